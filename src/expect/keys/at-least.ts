import * as z from 'zod';
import { key } from '../key.js';

export default key({
  key: 'atLeast',
  shape: z.int().min(0),
  beside: ['flow', 'nat', 'where', 'arp', 'ndp', 'sequence'],
  means: 'no fewer than so many; of `arp` and `ndp`, questions and answers',
});
