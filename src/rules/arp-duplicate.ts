// Two machines answer ARP for one address at the same time.
import page from './arp-duplicate.md';
import { judgeLeased } from './leased-address.js';
import { judgeAnsweredTwice, judgeDuplicates } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'arp-duplicate',
  title: 'Two MACs answer for one address',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 5227 section 2.4',
  hint: 'Find the second owner by its MAC and take the address away from it. For a load-balancer address: do two nodes hold its lease?',
  page,
  judge(facts, say) {
    judgeDuplicates(facts, 'arp', say);
    judgeAnsweredTwice(facts, 'arp', say);
    judgeLeased(facts, say);
  },
});
