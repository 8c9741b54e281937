import { key } from '../key.js';
import { text } from '../shapes.js';

export default key({
  key: 'use',
  shape: text.describe('Takes over the keys of a block: FILE#NAME, or #NAME of this file; its own keys come before'),
  beside: 'all',
  usage: '`use: FILE#NAME`',
  means: 'takes over the keys of a block, of another file or of this one (`#NAME`); what is written beside it comes before',
});
