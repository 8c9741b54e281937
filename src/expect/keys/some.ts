import { given, key } from '../key.js';
import { choices } from '../shapes.js';
import each from './each.js';

export default key({
  key: 'some',
  shape: choices.describe('As each, but one that holds is enough'),
  beside: 'all',
  means: 'as `each`: holds for one value at least',
  check(_, spec, tell) {
    if (given(spec, each) !== undefined) tell('some', 'each and some cannot stand together; write two expectations');
  },
});
