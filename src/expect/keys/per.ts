import * as z from 'zod';
import { key } from '../key.js';

export default key({
  key: 'per',
  shape: z.enum(['conversation', 'capture']).describe('What a sequence happens in'),
  beside: ['sequence'],
  means: '`conversation`, or `capture` for frames of different conversations',
});
