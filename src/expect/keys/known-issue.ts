import { key } from '../key.js';
import { text } from '../shapes.js';

export default key({
  key: 'knownIssue',
  shape: text.describe('Why this is expected to fail: it is told when it holds again'),
  beside: 'all',
  usage: '`knownIssue: REASON`',
  means: 'expected to fail: a failure counts as skipped, with the reason; when it holds, that fails, so that the key is removed',
  check(_, spec, tell) {
    if (spec['skip'] !== undefined) tell('knownIssue', 'what is skipped is not known to fail; remove one of the two');
  },
});
