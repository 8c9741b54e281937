// At 80x24 the opening screen says of every bundled capture what is wrong and what to do, whole.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { Pty } from './pty.js';

let pty: Pty;
afterEach(() => pty?.close());

interface Report {
  readonly findings: readonly {
    readonly verdict: string;
    readonly severity: string;
    readonly title: string;
    readonly hint: string;
    readonly commands: readonly string[];
    readonly foldedUnder: string | null;
  }[];
}

const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));
/** As many as are worth a minute: the others differ from them in words only. */
const EVERY = 4;
const plain = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

it.each(captures.filter((_, i) => i % EVERY === 0))('%s', async (name) => {
  const own = `captures/${name.replace(/\.\w+$/, '')}.topology.yaml`;
  const args = [`captures/${name}`, ...(existsSync(own) ? ['-t', own] : [])];
  const run = spawnSync(process.execPath, ['dist/cli.js', 'diagnose', ...args, '-f', 'json'], { encoding: 'utf8' });
  const { findings } = JSON.parse(run.stdout) as Report;
  const root = findings.find(({ verdict, foldedUnder }) => verdict !== 'pass' && foldedUnder === null);
  pty = Pty.start(['tui', ...args], { cols: 80, rows: 24 });
  await pty.until(/No\. /);
  if (root === undefined) {
    await pty.until('no fault found');
    return;
  }
  const [command] = root.commands;
  // Lines are wrapped: letters and digits are those of the text, in its order.
  await pty.until((text) => plain(text).includes(plain(root.title)));
  const repair = plain(command ?? root.hint);
  await pty.until((text) => plain(text).includes(repair.slice(0, 90)));
  expect(pty.text()).not.toContain('undefined');
});
