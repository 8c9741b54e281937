// The one line that shows how far a long import has come.
import { expect, it } from 'vitest';
import { LineProgress } from '../../src/cli/line-progress.js';
import { importTopology } from '../../src/topology/import/import.js';

function drawn(isTTY: boolean, steps: readonly (readonly [ms: number, what: string, part: number])[]): string[] {
  const written: string[] = [];
  let now = 0;
  const progress = new LineProgress({ isTTY, write: (text) => written.push(text) }, () => now);
  for (const [ms, what, part] of steps) {
    now = ms;
    progress.show(what, part);
  }
  progress.stop();
  return written;
}

it('is drawn after a while, not for each step, and taken away', () => {
  const steps = [
    [100, 'reading a.log', 0.1],
    [800, 'reading a.log', 0.25],
    [810, 'reading a.log', 0.26],
    [2000, 'reading \x1b[2Jb.log', 1.2],
  ] as const;
  const written = drawn(true, steps);
  expect(written).toHaveLength(3);
  expect(written[0]).toBe('\r\x1b[Kreading a.log: 25 %, 1 s');
  expect(written[1]).toContain(': 100 %, 2 s');
  // The name of a file does not act on the terminal.
  expect(written[1]?.slice(4)).not.toContain('\x1b');
  expect(written[2]).toBe('\r\x1b[K');
});

it('is not drawn where nobody looks, nor for what is quick', () => {
  expect(drawn(false, [[5000, 'x', 0.5]])).toEqual([]);
  expect(drawn(true, [[500, 'x', 0.5]])).toEqual([]);
});

it('an import tells how far it is in each input', () => {
  const told: [string, number][] = [];
  const text = Array.from({ length: 50 }, (_, n) => `root@n${n}:~# ip route\ndefault via 10.0.${n}.1 dev eth0\n`).join('');
  importTopology([{ name: 'log', text }], (name, part) => told.push([name, part]));
  expect(told).toHaveLength(50);
  expect(told.every(([name, part], i) => name === 'log' && part <= 1 && part > (told[i - 1]?.[1] ?? 0))).toBe(true);
});
