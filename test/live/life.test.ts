// Findings follow the facts: in the time of the packets, assessed as a live run does, so that no machine can be too slow for it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgetWhatIsOver } from '../../src/flows/ageing.js';
import { FileRun } from '../../src/main/file-run.js';
import { type FindingEvent, Life } from '../../src/main/life.js';
import { chooseRules } from '../../src/rules/choose.js';
import { assess } from '../../src/rules/engine.js';
import { catalogue } from '../../src/rules/index.js';
import { file, pcap } from '../expect/help.js';
import { back, reply, request, through } from '../expect/pings.js';
import { PLAIN } from '../main/options.js';
import { at, type TestFrame } from '../rules/lab.js';

const REPRO = '../shared/repro/live';

type Told = { readonly ns: number; readonly what: string; readonly count: number; readonly how: string };

interface Followed {
  readonly told: readonly Told[];
  readonly last: readonly string[];
}

const followed = (frames: readonly TestFrame[]): Promise<Followed> =>
  followedFile(file('pings.pcap', pcap(frames)), '2=eth0,3=eth1,4=eth2');

/** What a live run of this capture prints, and when; and what its report has at the end. */
async function followedFile(path: string, ifmap: string | null): Promise<Followed> {
  const run = await FileRun.open({ ...PLAIN, files: [{ point: 'router', path }], ifmap });
  const only = ['egress-wrong-interface', 'path-leg-dead', 'tcp-no-answer', 'icmp-echo-no-reply'];
  const rules = chooseRules(catalogue, { ...PLAIN.rules, only });
  const life = new Life();
  const told: Told[] = [];
  const { tracker } = run;
  let steps = 0;
  const step = () => {
    // A live run has no end that it could be without.
    run.interrupted = false;
    const world = run.facts(false);
    let gone = 0;
    const assessment = assess(world, rules, run.time);
    const events = life.compare(assessment, world, tracker.nowNs / 1e6, (uids) => {
      gone = uids.length;
      for (const uid of uids) {
        const conversation = world.conversation(uid);
        if (conversation !== null) tracker.remove(conversation.slot);
      }
    });
    if (steps++ % 4 === 0) gone += forgetWhatIsOver(tracker);
    if (gone > 0 && assessment.findings.length > 0) life.rebase(assess(run.facts(false), rules, run.time));
    told.push(
      ...events.map((one: FindingEvent) => ({
        ns: tracker.nowNs,
        what: `${one.event} ${one.finding.rule}`,
        count: one.finding.count,
        how: one.event === 'resolved' ? one.how : '',
      })),
    );
  };
  let dueNs = 0;
  await run.read(() => {
    if (tracker.nowNs < dueNs) return;
    dueNs = tracker.nowNs + 250e6;
    step();
  });
  const last = life.counted(assess(run.facts(true), rules, run.time));
  return { told, last: last.map(({ rule, count }) => `${rule} ${count}`) };
}

const answered = (seq: number, seconds: number): TestFrame[] =>
  [...through(request(seq)), ...back(reply(seq))].map((frame, i) => at(seconds + i / 10_000, frame));
const lost = (seq: number, seconds: number, out: number): TestFrame[] =>
  through(request(seq), out).map((frame, i) => at(seconds + i / 10_000, frame));

/** Pings twice a second for 40 s, lost in these times. */
const pings = (out: number, ...outages: (readonly [from: number, to: number])[]): TestFrame[] =>
  Array.from({ length: 80 }, (_, i) => i / 2).flatMap((seconds, seq) =>
    outages.some(([from, to]) => seconds >= from && seconds < to) ? lost(seq, seconds, out) : answered(seq, seconds),
  );

describe('a fault of a conversation that goes on', () => {
  it('is told within two seconds of when its answers are due, settled within five of its repair, and each time anew', async () => {
    const { told, last } = await followed(pings(2, [8, 16], [26, 32]));
    const times = (what: string) => told.filter((one) => one.what === what).map(({ ns }) => ns / 1e9);
    const between = (seconds: number | undefined, from: number, to: number) => {
      expect(seconds).toBeGreaterThanOrEqual(from);
      expect(seconds).toBeLessThanOrEqual(to);
    };
    for (const [what, wait] of [
      ['egress-wrong-interface', 3],
      ['icmp-echo-no-reply', 4],
    ] as const) {
      const [raised, resolved] = [times(`raised ${what}`), times(`resolved ${what}`)];
      expect([what, raised.length, resolved.length]).toEqual([what, 2, 2]);
      between(raised[0], 8, 8 + wait);
      between(resolved[0], 16, 21);
      between(raised[1], 26, 26 + wait);
      between(resolved[1], 32, 37);
    }
    const counts = told.filter(({ what }) => what === 'resolved egress-wrong-interface');
    expect(counts.map(({ count, how }) => [count, how])).toEqual([
      [16, 'packets to 10.0.2.5 now leave by eth2 and are answered'],
      [12, 'packets to 10.0.2.5 now leave by eth2 and are answered'],
    ]);
    expect(last).toEqual([]);
  });

  it('stands as long as some packets are lost now and then, and where they merely stop', async () => {
    // Each second of eight, from the beginning to the end.
    const often = Array.from({ length: 20 }, (_, i) => [2 * i + 1, 2 * i + 1.5] as const);
    const some = await followed(pings(4, ...often));
    expect(some.told.map(({ what }) => what).filter((what) => !what.startsWith('updated'))).toEqual([
      'raised icmp-echo-no-reply',
    ]);
    expect(some.last.join()).toMatch(/icmp-echo-no-reply/);
    const stopped = await followed([...pings(2, [8, 16]).filter(({ at: seconds = 0 }) => seconds < 16), ...answered(99, 39)]);
    expect(stopped.told.map(({ what }) => what)).not.toContain('resolved egress-wrong-interface');
  });

  it('never counts less than before, though most of it was let go of', async () => {
    const { told } = await followed(pings(2, [8, 30]));
    const byRule = new Map<string, number>();
    for (const { what, count } of told) {
      const [event = '', rule = ''] = what.split(' ');
      expect(count).toBeGreaterThanOrEqual(event === 'raised' ? 0 : (byRule.get(rule) ?? 0));
      byRule.set(rule, count);
    }
    expect(byRule.get('egress-wrong-interface')).toBe(44);
  });

  it.skipIf(!existsSync(REPRO))('is counted as `diagnose` counts it, where it is told each time it comes', async () => {
    const { told, last } = await followedFile(join(REPRO, 'route-removed-no-nat.pcapng'), null);
    const sum = (rule: string) =>
      told.filter(({ what }) => what === `resolved ${rule}`).reduce((total, { count }) => total + count, 0);
    // 39 pings and 8 connection attempts left by eth0.
    expect([sum('egress-wrong-interface'), sum('tcp-no-answer'), last]).toEqual([47, 8, []]);
  });
});
