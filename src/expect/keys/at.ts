import { key } from '../key.js';
import { list, text } from '../shapes.js';

export default key({
  key: 'at',
  shape: list(text).describe('Only at these points'),
  beside: 'all',
  means: 'only frames of these points',
  points: (at) => (Array.isArray(at) ? at.map((point, i) => ({ point, path: ['at', i] })) : [{ point: at, path: ['at'] }]),
});
