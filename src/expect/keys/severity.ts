import * as z from 'zod';
import { key } from '../key.js';
import { said } from '../shapes.js';

export default key({
  key: 'severity',
  shape: z.enum(['error', 'warning', 'info'], { error: said('a severity', 'error, warning or info') }),
  beside: 'all',
  means: 'of its failure, in the reports: `error` (as without it), `warning`, or `info`, which does not make the run fail',
});
