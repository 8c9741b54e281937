import { key } from '../key.js';
import { range } from '../shapes.js';

export default key({
  key: 'count',
  shape: range.describe('Frames of where, conversations of flow, runs of sequence'),
  beside: ['flow', 'nat', 'where', 'sequence'],
  means: 'how many frames, conversations or runs: `3`, `"3-5"`, `{ atMost: 5 }`; at least one when nothing is said',
  check(_, spec, tell) {
    const { atLeast, atMost } = spec;
    if (atLeast !== undefined || atMost !== undefined)
      tell(atLeast === undefined ? 'atMost' : 'atLeast', 'count says it already; write count: { atLeast: ..., atMost: ... }');
  },
});
