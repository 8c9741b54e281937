// Ctrl-C at random times: the same as `npm run soak -- --interrupts N`, a few of them.
import { expect, it } from 'vitest';
import { times } from '../thorough.js';
import { CLI } from './help.js';

it('says nothing that the rest of the capture could change', { timeout: 600_000 }, async () => {
  const script = '../../scripts/interrupts.mjs';
  const { interrupts } = (await import(script)) as {
    interrupts(
      count: number,
      options: { cli: string; seed: number; connections: number },
    ): Promise<{ found: string[]; ends: Record<string, number> }>;
  };
  const { found, ends } = await interrupts(times(4, 12), { cli: CLI, seed: 3, connections: 1000 });
  expect(found).toEqual([]);
  // Killed before the program had begun, or ended by itself: with nothing said, with a part, with a verdict. How many of each, the machine says.
  for (const end of Object.keys(ends)) expect(['SIGINT', '130', '3', '1', '0']).toContain(end);
});
