// The owner of an address changes again and again.
import page from './arp-flap.md';
import { judgeChanges } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'arp-flap',
  title: 'An address moves from MAC to MAC again and again',
  group: 'neighbours',
  severity: 'warning',
  spec: 'RFC 5227 section 2.4',
  hint: 'Look why the owner changes: a lease that is lost again and again, VRRP peers that do not hear each other, or a loop in the switches.',
  page,
  judge(facts, say) {
    judgeChanges(facts, 'arp', true, say);
  },
});
