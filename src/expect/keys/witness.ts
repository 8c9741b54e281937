import { key } from '../key.js';
import { filter } from '../shapes.js';

export default key({
  key: 'witness',
  shape: filter.describe('What shows that the capture could have seen it'),
  beside: ['never'],
  usage: '`witness: FILTER`',
  means: 'there is a frame of it, so that what must never be could have been seen; without it any frame will do',
});
