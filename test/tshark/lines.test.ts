// Command lines that fingers know from tshark and tcpdump: hopscope prints the same, or differs for the reason that lines.txt gives.
// The answers of both are recorded (record.mjs); where the tool is here in the same version, some lines are asked again, and all with
// HOPSCOPE_TOOLS=all: tshark takes half a second to start.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loaded } from '../cli/loaded.js';
import { type Answer, answerOf, asked, readLines, unnamed } from './lines.mjs';

const { version, recorded } = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as {
  readonly version: readonly string[];
  readonly recorded: Readonly<Record<string, Answer>>;
};
const lines = readLines();
const captures = resolve('captures');
const hopscope = loaded(() => ({ cwd: captures, env: { TZ: 'UTC' } }));

/** Blanks at the end of a line are nobody's intention. */
const trimmed = (text: string): string => unnamed(text).replace(/ +$/gm, '');

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

/** What stands between them in the page is made by this test (-u). */
const BEGIN = '<!-- command lines -->\n';
const END = '<!-- end of command lines -->\n';

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
    for (const [name] of line.matchAll(/\S+\.pcap(ng)?(?=\s|$)/g))
      expect(existsSync(join(captures, name)), name).toBe(name !== 'no-such-file.pcap');
});

it('docs/tshark-differences.md lists the lines that differ, and why', async () => {
  const page = resolve('docs/tshark-differences.md');
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const differing = lines.filter(({ differs }) => differs !== null);
  const rows = differing.map(({ line, differs }) => `| \`${line.replaceAll('|', '\\|')}\` | ${differs} |`);
  const told = `\n${lines.length} command lines are run in the tests, and print what tshark 4.0.17 and tcpdump 4.99 print, but for these:\n\n| command line | difference |\n|---|---|\n${rows.join('\n')}\n\n`;
  await expect(`${before}${BEGIN}${told}${END}${after}`).toMatchFileSnapshot(page);
});

it('most lines are answered the same', () => {
  expect(lines.length).toBeGreaterThanOrEqual(120);
  expect(lines.filter(({ differs }) => differs === null).length / lines.length).toBeGreaterThan(0.85);
});
