import * as z from 'zod';
import { key } from '../key.js';
import { momentNs } from '../moments.js';
import { asks, said } from '../shapes.js';

const end = z
  .union([z.string(), z.number()])
  .refine((value) => momentNs(value, () => 0) !== null && (value === 0 || !/^[\d.]+$/.test(String(value))), {
    error: said('a moment', '2026-01-05T12:00:00Z, with its zone, or a time since the start such as 5s'),
  })
  .meta({ examples: ['2026-01-05T12:00:00Z', '5s'] });

export default key({
  key: 'when',
  shape: asks(z.strictObject({ from: end.optional(), to: end.optional() })).describe('The time that this is about'),
  beside: ['flow', 'nat', 'where', 'never', 'encrypted', 'sequence'],
  usage: '`when: { from, to }`',
  means:
    'only frames, and conversations that begin, in that time: `2026-01-05T12:00:00Z`, with its zone, or a time since the start of the run; undecided where the captures do not cover it',
  check({ from, to }, _, tell) {
    const [first, last] = [from, to].map((value) => (value === undefined ? null : momentNs(value, () => 0)));
    const isWall = (value: unknown) => /^\d{4}-/.test(String(value));
    if (first != null && last != null && isWall(from) === isWall(to) && first() > last())
      tell('when', `from ${from} to ${to} holds no time: the end comes before the start`);
  },
});
