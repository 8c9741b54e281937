// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
import { key } from '../key.js';
import { choices } from '../shapes.js';

export default key({
  key: 'each',
  shape: choices.describe('Once for each value, each must hold: { backend: [a, b] }, named by its dollar sign and braces'),
  beside: 'all',
  means: '`{ backend: [a, b] }` and `${backend}` in its texts: holds for each value; a service stands for its backends',
});
