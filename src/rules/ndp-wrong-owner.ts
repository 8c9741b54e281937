// Neighbour advertisements come from a machine that, by the topology, does not own the address.
import page from './ndp-wrong-owner.md';
import { judgeOwners } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'ndp-wrong-owner',
  title: 'The wrong machine answers for an IPv6 address',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 4861 section 7.2.5',
  hint: 'Find out why this machine has the address: a copied configuration, a stale lease, or somebody who listens in.',
  page,
  judge(facts, say) {
    judgeOwners(facts, 'nd', say);
  },
});
