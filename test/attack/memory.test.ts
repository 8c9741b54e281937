// What each command takes at most, as docs/limits.md has it: with tables that are full of open questions.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { some } from '../thorough.js';
import { answered, pcapAt, routesOf, silentServers } from './floods.js';
import { file, hopscope, onScreen, ROOT } from './help.js';

// What is measured is the run, and not whether its code was compiled before.
const env = { HOPSCOPE_WORKERS: '0', NODE_DISABLE_COMPILE_CACHE: '1' };
const page = readFileSync(join(ROOT, 'docs/limits.md'), 'utf8');
const stated = new Map(
  [...page.matchAll(/^\| ((?:`[\w ]+`(?:, )?)+) \| (\d+) MB \|/gm)].flatMap(([, commands, mb]) =>
    [...commands!.matchAll(/`([^`]+)`/g)].map(([, command]) => [command!, Number(mb)] as const),
  ),
);
/** A third of the tables: what is measured at a third must stay below what is stated for full ones. */
const capture = file('full.pcap', pcapAt(silentServers(40_000)));
const good = file('good.pcap', pcapAt(answered(3)));
file(
  'full.yaml',
  'version: 1\nname: f\ncaptures: { a: full.pcap }\nexpect:\n  - findings: { none: [error] }\n  - never: tcp.flags.reset == 1\n',
);

const COMMANDS = [
  ['diagnose', ['diagnose', capture]],
  ['verify', ['verify', 'full.yaml']],
  ['diff', ['diff', good, capture]],
  ['record', ['record', capture]],
  ['flows', ['flows', capture]],
  ['export', ['export', capture, '--parquet', 'full']],
  ['dump', ['dump', capture, '-T', 'fields', '-e', 'conversation', '-e', 'hop.path']],
  ['live', ['live', '-', '--findings']],
  ['info', ['info', capture]],
  ['follow', ['follow', capture, '0']],
  ['sql', ['sql', 'SELECT count(*) FROM conversations', capture]],
  ['topology import', ['topology', 'import', `router=${file('routes.txt', routesOf(40_000))}`]],
] as const satisfies (readonly [string, readonly string[]])[];

describe('memory', () => {
  it('is stated for every command', () => {
    for (const command of [...COMMANDS.map(([command]) => command), 'tui'])
      expect(stated.get(command), `docs/limits.md says nothing of ${command}`).toBeDefined();
  });

  // Each tenth of them, and the screen, where not all are tried.
  it.each(some(COMMANDS, 10))('%s', { timeout: 120_000 }, (command, args) => {
    const input = command === 'live' ? readFileSync(capture) : undefined;
    hopscope(args, { env, maxMb: stated.get(command)!, ...(input && { input }) });
  });

  it('tui', { timeout: 120_000 }, async () => {
    await onScreen(capture, stated.get('tui')!);
  });
});
