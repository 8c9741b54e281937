// Two machines send neighbour advertisements for one address at the same time.
import page from './ndp-duplicate.md';
import { judgeAnsweredTwice, judgeDuplicates } from './neighbours.js';
import { rule } from './rule.js';

export default rule({
  id: 'ndp-duplicate',
  title: 'Two MACs answer for one IPv6 address',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 4862 section 5.4',
  hint: 'Find the second owner by its MAC and take the address away from it.',
  page,
  judge(facts, say) {
    judgeDuplicates(facts, 'nd', say);
    judgeAnsweredTwice(facts, 'nd', say);
  },
});
