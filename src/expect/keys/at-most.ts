import * as z from 'zod';
import { given, key } from '../key.js';
import atLeast from './at-least.js';

export default key({
  key: 'atMost',
  shape: z.int().min(0),
  beside: ['flow', 'nat', 'where', 'sequence'],
  means: 'no more than so many',
  check(most, spec, tell) {
    const least = given(spec, atLeast);
    if (least !== undefined && least > most) tell('atMost', `at least ${least} and at most ${most} cannot both be`);
  },
});
