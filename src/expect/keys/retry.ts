import * as z from 'zod';
import { key } from '../key.js';

export default key({
  key: 'retry',
  shape: z.int().min(1).max(100).describe('Runs of the file in which it may fail, as long as it holds in another one'),
  beside: 'all',
  means:
    'it may fail in so many of the runs that `captures` lists, as long as it holds in another one; the result says that it is flaky. Of one run nothing changes',
});
