import { subject } from '../key.js';
import { neverSeen } from '../never-seen.js';
import { filter } from '../shapes.js';
import witness from './witness.js';

export default subject({
  key: 'never',
  shape: filter,
  beside: [],
  usage: '`never: FILTER`',
  means: 'no such frame; and there is one of its `witness`',
  about: 'other',
  early: true,
  judge(text, b) {
    const shown = b.get(witness);
    const lacking = `no frame of ${shown ?? 'any kind'} either`;
    return neverSeen(b, { path: ['never'], filter: text, witness: shown, expected: `no frame of ${text}`, lacking });
  },
});
