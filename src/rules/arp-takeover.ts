// An address moved from one MAC to another, once or twice: a fail-over.
import page from './arp-takeover.md';
import { judgeChanges } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'arp-takeover',
  title: 'An address moved to another MAC',
  group: 'neighbours',
  severity: 'info',
  spec: 'RFC 5227 section 3',
  hint: 'Nothing to do if a fail-over was meant.',
  page,
  judge(facts, say) {
    judgeChanges(facts, 'arp', false, say);
  },
});
