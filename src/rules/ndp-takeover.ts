// An IPv6 address moved from one MAC to another: a fail-over, or an owner that changes again and again.
import page from './ndp-takeover.md';
import { judgeChanges } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'ndp-takeover',
  title: 'An IPv6 address moved to another MAC',
  group: 'neighbours',
  severity: 'info',
  spec: 'RFC 4861 section 7.2.6',
  hint: 'Nothing to do if a fail-over was meant.',
  page,
  judge(facts, say) {
    judgeChanges(facts, 'nd', false, say);
    judgeChanges(facts, 'nd', true, (draft) =>
      say({
        ...draft,
        severity: 'warning',
        hint: 'Look why the owner changes: VRRP peers that do not hear each other, or a loop in the switches.',
      }),
    );
  },
});
