// Command lines that fingers know from tshark and tcpdump: hopscope prints the same, or differs for the reason that lines.txt gives.
// The answers of both are recorded (record.mjs); where the tool is here in the same version, some lines are asked again, and all with
// HOPSCOPE_TOOLS=all: tshark takes half a second to start.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loaded } from '../cli/loaded.js';
import { type Answer, answerOf, asked, readLines } from './lines.mjs';

const { version, recorded } = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as {
  readonly version: readonly string[];
  readonly recorded: Readonly<Record<string, Answer>>;
};
const lines = readLines();
const captures = resolve('captures');
const hopscope = loaded(() => ({ cwd: captures, env: { TZ: 'UTC' } }));

/** Blanks at the end of a line are nobody's intention. */
const trimmed = (text: string): string => text.replace(/ +$/gm, '');

describe('hopscope dump', () => {
  it.each(lines)('$line', async ({ line, differs }) => {
    const own = await hopscope(...asked(line));
    const theirs = recorded[line]!;
    if (differs === null) {
      expect(trimmed(own.stdout)).toBe(trimmed(theirs.stdout));
      expect(own.code === 0, own.stderr).toBe(theirs.code === 0);
    } else {
      // A difference that is none any more is taken off the list.
      const isSame = trimmed(own.stdout) === trimmed(theirs.stdout) && (own.code === 0) === (theirs.code === 0);
      expect(isSame).toBe(false);
      expect(own.stdout + own.stderr).not.toContain('internal error');
    }
  });
});

const EVERY = process.env['HOPSCOPE_TOOLS'] === 'all' ? 1 : 10;
for (const [i, program] of ['tshark', 'tcpdump'].entries()) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const isHere = stdout?.split('\n')[0] === version[i];
  if (!isHere) console.log(`what ${program} answers was not asked again: ${version[i]} is not installed`);
  describe.skipIf(!isHere)(program, () => {
    const own = lines.filter(({ line }) => line.startsWith(`${program} `));
    it('answers as recorded', () => {
      for (const { line } of own.filter((_, n) => n % EVERY === 0)) expect(answerOf(line), line).toEqual(recorded[line]);
    }, 120_000);
  });
}

it('captures are those of the project', () => {
  for (const { line } of lines)
    for (const [name] of line.matchAll(/\S+\.pcap(ng)?(?=\s|$)/g)) expect(existsSync(join(captures, name)), name).toBe(true);
});
