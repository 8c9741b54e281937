// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
import * as z from 'zod';
import { key } from '../key.js';
import { list, text } from '../shapes.js';

export default key({
  key: 'for',
  shape: z
    .record(z.string().regex(/^[\w-]+$/, 'a variable is named with letters, digits, - and _'), list(z.union([text, z.number()])))
    .refine((map) => Object.keys(map).length > 0, { error: 'it is empty; write { src: pods of a, dst: [b, c] }' })
    .describe('An expectation for each combination: { src: pods of a, dst: [b, c] }'),
  beside: 'all',
  usage: '`for: { src: ..., dst: ... }`',
  means:
    'an expectation for each combination of the values, named by `${src}` and `${dst}`; `pods of NODE` is each of these pods, a service each of its backends; nothing is paired with itself; 1000 at most',
});
