import * as z from 'zod';
import { key } from '../key.js';
import { list, said } from '../shapes.js';

export default key({
  key: 'tags',
  shape: list(z.string().regex(/^[\w.:-]{1,64}$/, { error: said('a tag', 'letters, digits, ., :, - and _') })).describe(
    'Chosen by --tag',
  ),
  beside: 'all',
  means: '`slow`, `[nightly, ipv6]`: `--tag nightly` takes only these, `--tag "!slow"` all but those',
});
