import { given, key } from '../key.js';
import { shareRange } from '../shapes.js';
import each from './each.js';

export default key({
  key: 'share',
  shape: shareRange.describe('Share that each value has of all of them'),
  beside: ['flow', 'nat', 'where'],
  means:
    'with `each`: the share of conversations or frames that each value has of those of all values: `20-80%`, `{ atLeast: 20% }`',
  check(_, spec, tell) {
    if (given(spec, each) === undefined) tell('share', 'a share is one of several; write each: { backend: [...] } with it');
  },
});
