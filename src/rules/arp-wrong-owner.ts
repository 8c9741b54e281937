// ARP replies come from a machine that, by the topology, does not own the address.
import page from './arp-wrong-owner.md';
import { judgeOwners } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'arp-wrong-owner',
  title: 'The wrong machine answers for an address',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 826',
  hint: 'Find out why this machine has the address: a copied configuration, a stale lease, or somebody who listens in.',
  page,
  judge(facts, say) {
    judgeOwners(facts, 'arp', say);
  },
});
