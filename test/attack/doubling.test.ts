// Twice the input takes twice the time, in every command: work that grows with the square of what a capture holds shows here, long before
// it holds anybody up. One process runs all of them: after the first runs its code is compiled, and what is measured is work on the capture.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measured } from '../cli/loaded.js';
import { some, thoroughly, times } from '../thorough.js';
import {
  answered,
  datagrams,
  dnsQuestions,
  fragments,
  icmpErrors,
  manyMacs,
  pcapAt,
  routesOf,
  silentForMany,
  silentServers,
  stream,
  sweepOnLink,
  type Timed,
  tunnels,
} from './floods.js';
import { file, folder, hopscope, onScreen } from './help.js';

/** Twice, and what caches and the collector take; four times is what work with the square of the input takes. */
const MOST = 3;
/** What takes less holds nobody up, and is too little to compare. */
const LEAST_SECONDS = 0.03;
/** Where each run is a process of its own, a start is in both. */
const MOST_WITH_START = 2.3;
const env = { HOPSCOPE_WORKERS: '0' };
const run = measured(() => ({ cwd: folder(), env }));

const sheetFor = (path: string): string =>
  file(
    `${path.replaceAll(/\W/g, '')}.yaml`,
    `version: 1\nname: d\ncaptures: { a: ${JSON.stringify(path)} }\nexpect:\n  - findings: { none: [error] }\n  - flow: { src: 10.0.0.0/8, dst: 10.0.0.0/8 }\n  - never: tcp.flags.reset == 1\n`,
  );
/** What tcpdump prints of `n` connections, of which each sends one SYN. */
const printedSyns = (n: number): string =>
  Array.from(
    { length: n },
    (_, i) =>
      `12:${String(Math.floor(i / 60_000) % 60).padStart(2, '0')}:${((i / 1000) % 60).toFixed(6).padStart(9, '0')} IP 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}.40000 > 10.200.0.1.80: Flags [S], seq ${i * 7919}, win 64240, length 0\n`,
  ).join('');
const good = file('good.pcap', pcapAt(answered(3)));

const FLOODS = {
  conversations: [datagrams, 10_000],
  'failed conversations': [silentForMany, 6000],
  findings: [silentServers, 6000],
  'ARP targets': [sweepOnLink, 12_000],
  'ARP targets given up': [sweepOnLink, 140_000],
  MACs: [manyMacs, 15_000],
  segments: [stream, 40_000],
  'DNS questions': [dnsQuestions, 12_000],
  'ICMP errors': [icmpErrors, 12_000],
  fragments: [fragments, 30_000],
  tunnels: [tunnels, 12_000],
} as const satisfies Record<string, readonly [(n: number) => Timed[], number]>;

type Flood = keyof typeof FLOODS;

const CASES: readonly (readonly [command: string, flood: Flood, args: (path: string) => string[]])[] = [
  ['diagnose', 'conversations', (path) => ['diagnose', path]],
  ['diagnose', 'failed conversations', (path) => ['diagnose', path]],
  ['diagnose', 'findings', (path) => ['diagnose', path, '-f', 'json']],
  ['diagnose', 'ARP targets', (path) => ['diagnose', path]],
  ['diagnose', 'MACs', (path) => ['diagnose', path]],
  // The longest by far; test/attack/given-up.test.ts has another sweep over more than is kept.
  ['diagnose', 'ARP targets given up', (path) => ['diagnose', path]],
  ['diagnose', 'DNS questions', (path) => ['diagnose', path]],
  ['diagnose', 'ICMP errors', (path) => ['diagnose', path]],
  ['diagnose', 'fragments', (path) => ['diagnose', path]],
  ['diagnose', 'tunnels', (path) => ['diagnose', path]],
  ['verify', 'failed conversations', (path) => ['verify', sheetFor(path)]],
  ['verify', 'findings', (path) => ['verify', sheetFor(path), '-f', 'junit']],
  ['diff', 'findings', (path) => ['diff', good, path]],
  ['diff', 'ARP targets', (path) => ['diff', path, good]],
  ['record', 'conversations', (path) => ['record', path]],
  ['flows', 'failed conversations', (path) => ['flows', path]],
  ['dump', 'conversations', (path) => ['dump', path, '-T', 'fields', '-e', 'conversation', '-e', 'hop.path']],
  ['follow', 'segments', (path) => ['follow', path, '0']],
  ['info', 'MACs', (path) => ['info', path]],
  ['export', 'findings', (path) => ['export', path, '--overwrite', '--parquet', 'doubled']],
  ['sql', 'findings', (path) => ['sql', 'SELECT proto, count(*) FROM conversations GROUP BY proto', path]],
];

/** What is short shows work that grows with the square as well, if it is much; what must fill a table is as long as that. */
const lengthOf = (flood: Flood): number => FLOODS[flood][1] / (flood === 'ARP targets given up' ? 1 : times(2, 1));

const floods = new Map<Flood, readonly [string, string]>();

/** Two captures, the second twice as long. */
function captures(flood: Flood): readonly [string, string] {
  const known = floods.get(flood);
  if (known !== undefined) return known;
  const [make] = FLOODS[flood];
  const n = lengthOf(flood);
  const paths = [n, 2 * n].map((size) => file(`${flood.replaceAll(' ', '')}${size}.pcap`, pcapAt(make(size)))) as [
    string,
    string,
  ];
  floods.set(flood, paths);
  return paths;
}

describe('twice the input', () => {
  /** Asks for the ratio of what two inputs cost, the second twice as long. */
  const expectLinear = async (cost: (which: 0 | 1) => number | Promise<number>, most: number): Promise<void> => {
    // What disturbs a measurement only adds to it, so that the least of several is the nearest.
    const least: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let tries = 0; tries < 5 && !(least[1] / least[0] < most); tries++)
      for (const which of [0, 1] as const) least[which] = Math.min(least[which], await cost(which));
    expect(least[1] / least[0]).toBeLessThan(most);
  };
  /** Seconds of CPU of a run in the process that runs all; the shorter input is run once before, and what that takes is not looked at. */
  const expectRunLinear = async (args: (which: 0 | 1) => string[]): Promise<void> => {
    const seconds = async (which: 0 | 1): Promise<number> => {
      const { said, cost } = await run(...args(which));
      expect([0, 1, 3], said.stderr).toContain(said.code);
      return Math.max(cost.cpuSeconds, LEAST_SECONDS);
    };
    await seconds(0);
    await expectLinear(seconds, MOST);
  };

  it.each(some(CASES, 4))('%s, %s', { timeout: 240_000 }, async (_, flood, args) => {
    const both = captures(flood);
    await expectRunLinear((which) => args(both[which]));
  });

  it('live, findings', { timeout: 240_000 }, async () => {
    const inputs = captures('findings').map((path) => readFileSync(path));
    await expectLinear(
      (which) => hopscope(['live', '-', '--findings'], { env, maxMb: 700, input: inputs[which]! }).cpuSeconds,
      MOST_WITH_START,
    );
  });

  thoroughly(
    'tui, findings',
    async () => {
      await expectLinear(async (which) => (await onScreen(captures('findings')[which])).cpuSeconds, MOST_WITH_START);
    },
    240_000,
  );

  it('topology import, routes', { timeout: 240_000 }, async () => {
    const shorter = times(3000, 6000);
    const routes = [shorter, 2 * shorter].map((n) => file(`routes${n}.txt`, routesOf(n)));
    await expectRunLinear((which) => ['topology', 'import', `router=${routes[which]}`]);
  });

  it('info, connections of a printed text', { timeout: 240_000 }, async () => {
    const shorter = times(20_000, 80_000);
    const texts = [shorter, 2 * shorter].map((n) => file(`syns${n}.txt`, printedSyns(n)));
    await expectRunLinear((which) => ['info', texts[which]!]);
  });
});
