import { key } from '../key.js';
import { text } from '../shapes.js';

export default key({
  key: 'skip',
  shape: text.describe('Not checked, and why'),
  beside: 'all',
  usage: '`skip: REASON`',
  means: 'not checked',
});
