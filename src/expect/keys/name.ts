import { key } from '../key.js';
import { text } from '../shapes.js';

export default key({
  key: 'name',
  shape: text,
  beside: 'all',
  means: 'what the expectation is called; what it says when not given',
});
