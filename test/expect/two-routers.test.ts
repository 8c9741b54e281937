// The flake test: a healthy lab of two routers, whose captures start and end at random times, with clocks that differ and cards that merge
// segments. Nothing of it may ever fail. And the suite that was recorded on such a lab, where its captures are at hand.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verify } from '../../src/main/verify.js';
import type { Run } from '../../src/report/run.js';
import { Random } from '../fuzz/random.js';
import { PLAIN_VERIFY } from '../main/options.js';
import type { TestFrame } from '../rules/lab.js';
import { times } from '../thorough.js';
import { file, pcap, results } from './help.js';
import { capturedLab, SUITE, TOPOLOGY } from './two-routers.js';

interface Window {
  readonly from: number;
  readonly to: number;
  /** How far the clock of the point is ahead, in seconds. */
  readonly ahead: number;
}

const topology = file('lab.yaml', TOPOLOGY);

const held = (captures: readonly { readonly point: string; readonly path: string }[]): Promise<Run> =>
  verify({ ...PLAIN_VERIFY, paths: [], texts: [{ name: 'suite.yaml', text: SUITE }], captures, topology: [topology] });

const cut = (frames: readonly TestFrame[], { from, to, ahead }: Window): TestFrame[] =>
  frames.filter(({ at = 0 }) => at >= from && at <= to).map((frame) => ({ ...frame, at: (frame.at ?? 0) + ahead + 1 }));

const captured = (lab: ReadonlyMap<string, readonly TestFrame[]>, windows: (point: string) => Window) =>
  [...lab].map(([point, frames]) => ({ point, path: file(`${point}.pcap`, pcap(cut(frames, windows(point)))) }));

/** `NAME: VERDICT, what was seen`, of all that are not as they may be. */
const others = (run: Run, allowed: readonly string[]): string[] =>
  results(run)
    .filter(({ verdict }) => !allowed.includes(verdict))
    .map(({ name, verdict, seen }) => `${name}: ${verdict}, ${seen}`);

const jitter = (random: Random) => () => random.below(1_000_000) / 1_000_000;

describe('a healthy lab of two routers', () => {
  it.each([false, true])('holds as a whole (merged segments: %s)', async (merges) => {
    const run = await held(captured(capturedLab(jitter(new Random(1)), merges), () => ({ from: 0, to: 99, ahead: 0 })));
    expect(others(run, ['pass'])).toEqual([]);
  });

  it('never fails, whenever the captures start and end, and whatever their clocks and cards do', async () => {
    const failed: string[] = [];
    let passed = 0;
    const seeds = times(8, 100);
    for (let seed = 1; seed <= seeds; seed++) {
      const random = new Random(seed);
      const part = jitter(random);
      const lab = capturedLab(part, seed % 2 === 0);
      const run = await held(
        captured(lab, () => ({
          from: part(),
          to: 10.5 - part(),
          // Of clocks that NTP keeps.
          ahead: seed % 4 < 2 ? 0 : (part() - 0.5) * 0.004,
        })),
      );
      failed.push(...others(run, ['pass', 'inconclusive']).map((text) => `seed ${seed}: ${text}`));
      passed += results(run).filter(({ verdict }) => verdict === 'pass').length;
    }
    expect(failed).toEqual([]);
    // Undecided is no way out: most of it can be told.
    expect(passed).toBeGreaterThan(5 * seeds);
  }, 300_000);
});

const RECORDED = resolve(process.env['HOPSCOPE_REPRO'] ?? '../shared/repro/two-routers');
const isThere = existsSync(join(RECORDED, 'suite.yaml'));
if (!isThere)
  console.log(`two routers: no captures in ${RECORDED}; set HOPSCOPE_REPRO to a folder that has suite.yaml and caps/`);

/** What must be said first of each broken state. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  'svc-down': /refused \(reset\)/,
  route: /n1 in lxc1|egress-wrong-interface/,
  lbdup: /36:51:a5:1d:ea:0a \(n3\) answers/,
  vni: /n1 in lxc1/,
  r2drop: /n1 in lxc1/,
};

describe.skipIf(!isThere)('the recorded lab', () => {
  const CAPS = join(RECORDED, 'caps');
  const inputs = (state: string) =>
    readdirSync(join(CAPS, state)).map((name) => ({ point: name.replace('.pcap', ''), path: join(CAPS, state, name) }));
  const suite = (captures: readonly { readonly point: string; readonly path: string }[]): Promise<Run> =>
    verify({ ...PLAIN_VERIFY, paths: [join(RECORDED, 'suite.yaml')], captures });

  it('holds', async () => {
    expect(others(await suite(inputs('healthy')), ['pass'])).toEqual([]);
  });

  it.each(Object.keys(FAULTS))('fails where it is broken: %s', async (state) => {
    const run = await suite(inputs(state));
    const [first] = results(run).filter(({ verdict }) => verdict === 'fail');
    expect(first?.seen).toMatch(FAULTS[state]!);
  });

  it('never fails when cut at random times', async () => {
    const failed: string[] = [];
    for (let seed = 1; seed <= times(3, 15); seed++) {
      const part = jitter(new Random(seed));
      // One of them captures all along: of what none of them saw, nothing is known.
      const whole = seed % 3;
      const captures = inputs('healthy').map(({ point, path }, i) => ({
        point,
        path: i === whole ? path : file(`${point}.pcap`, cutFile(readFileSync(path), part(), part())),
      }));
      failed.push(...others(await suite(captures), ['pass', 'inconclusive']).map((text) => `seed ${seed}: ${text}`));
    }
    expect(failed).toEqual([]);
  }, 300_000);
});

/** A classic pcap of microseconds without its first and last moments, in seconds. */
function cutFile(bytes: Buffer, first: number, last: number): Buffer {
  const records: { readonly us: number; readonly record: Buffer }[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const end = at + 16 + bytes.readUInt32LE(at + 8);
    records.push({ us: bytes.readUInt32LE(at) * 1e6 + bytes.readUInt32LE(at + 4), record: bytes.subarray(at, end) });
    at = end;
  }
  const [from, to] = [records[0]!.us + first * 1e6, records.at(-1)!.us - last * 1e6];
  return Buffer.concat([
    bytes.subarray(0, 24),
    ...records.filter(({ us }) => us >= from && us <= to).map(({ record }) => record),
  ]);
}
