// The same captures through every entry point that judges or counts. Numbers of conversations, findings, evidence times and frame
// numbers agree; where they do not, the difference stands in DIFFERENCES with its reason.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { utc } from '../../src/bytes/show.js';
import { Frame } from '../../src/capture/frame.js';
import type { Feed } from '../../src/capture/live/feed.js';
import { FollowFeed } from '../../src/capture/live/follow.js';
import { PipeFeed } from '../../src/capture/live/stdin.js';
import { openCapture } from '../../src/capture/open.js';
import { Registry } from '../../src/dissect/registry.js';
import { Numbers } from '../../src/flows/numbers.js';
import { Packet } from '../../src/flows/packet.js';
import { analyze } from '../../src/main/analyze.js';
import { diff } from '../../src/main/diff.js';
import { FileRun } from '../../src/main/file-run.js';
import { collectFlows } from '../../src/main/flows.js';
import { follow } from '../../src/main/follow.js';
import { runLive } from '../../src/main/live.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import { record } from '../../src/main/record.js';
import { verify } from '../../src/main/verify.js';
import type { Run as RunReport } from '../../src/report/run.js';
import type { Finding } from '../../src/rules/finding.js';
import { printed } from '../dump/print.js';
import { ask, exported } from '../export/help.js';
import { some } from '../thorough.js';
import { filled, loaded, open } from '../tui/session/help.js';

/** Bound for a loaded machine. */
const PATIENCE_MS = 120_000;

/** What entry points do otherwise, and why. */
const DIFFERENCES = {
  live: 'an end that was not waited for leaves questions open: live tells faults, and not what is undecided at the end of a pipe',
  'live --follow': 'a record that is not whole at the end of the file is still being written: it is waited for, and is no damage',
  follow: 'only TCP and UDP conversations can be followed; the numbers of others exist and are refused',
  'follow from a pipe':
    'a pipe is read once: what was said before the first matching frame is gone; its number is that of the file',
  'export rows': 'a conversation that had to make room and comes back has a row for each time, under the same number',
} as const;

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-equivalence-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const given = (files: Readonly<Record<string, string>>, more: Partial<AnalyzeOptions> = {}): AnalyzeOptions => ({
  files: Object.entries(files).map(([point, path]) => ({ point, path })),
  topology: [],
  ifmap: '2=eth0,3=eth1,4=eth2',
  decodeAs: [],
  filter: null,
  at: null,
  rules: { only: [], except: [], settings: [] },
  ...more,
});

/** As `editcap -t SECONDS` makes it, of a little-endian pcap in microseconds or nanoseconds. */
function shifted(path: string, seconds: number): string {
  const bytes = readFileSync(path);
  const unit = bytes.readUInt32LE(0) === 0xa1b23c4d ? 1e9 : 1e6;
  for (let offset = 24; offset + 16 <= bytes.length; offset += 16 + bytes.readUInt32LE(offset + 8)) {
    const time = bytes.readUInt32LE(offset) * unit + bytes.readUInt32LE(offset + 4) + seconds * unit;
    bytes.writeUInt32LE(Math.floor(time / unit), offset);
    bytes.writeUInt32LE(time % unit, offset + 4);
  }
  const there = at(`shifted-${basename(path)}`);
  writeFileSync(there, bytes);
  return there;
}

/** The capture, broken off within a record. */
function broken(path: string): string {
  const bytes = readFileSync(path);
  const there = at(`broken-${basename(path)}`);
  writeFileSync(there, bytes.subarray(0, bytes.length - 11));
  return there;
}

/** By the capture's own clock, RFC 3339: frame number to time. */
function fileTimes(path: string): Map<number, string> {
  const source = openCapture(path);
  const frame = new Frame();
  const times = new Map<number, string>();
  do while (source.next(frame)) times.set(frame.number, utc(frame.seconds, frame.nanoseconds));
  while (source.fill() === true);
  source.close();
  return times;
}

/** How many pieces of evidence there are; each has to have the time that its file has. */
function checkTimes(findings: readonly Finding[], files: Readonly<Record<string, string>>): number {
  const times = new Map(Object.entries(files).map(([point, path]) => [point, fileTimes(path)]));
  const all = findings.flatMap(({ evidence }) => evidence);
  for (const { point, frame, time } of all)
    expect({ point, frame, time }).toEqual({ point, frame, time: times.get(point)?.get(frame) });
  return all.length;
}

const brief = (findings: readonly Finding[]) =>
  findings.map(({ rule, verdict, title, evidence }) => ({
    rule,
    verdict,
    title,
    evidence: evidence.map(({ point, frame, conversation, time }) => `${point} ${frame} #${conversation} ${time}`),
  }));

const CAPTURES = ['geneve-one-way', 'routing-loop', 'dns-silent', 'native-missing-route', 'masquerade-healthy'] as const;
const capture = (name: string) => `captures/${name}.pcap`;

const ends = ({
  src,
  srcPort,
  dst,
  dstPort,
  proto,
}: Record<'src' | 'dst' | 'proto', string> & Record<'srcPort' | 'dstPort', number | null>) =>
  `${proto} ${src} ${srcPort} ${dst} ${dstPort}`;
const numbered = async (options: AnalyzeOptions) =>
  new Map((await collectFlows(options)).flows.map((flow) => [flow.id, ends(flow)]));

/** What a conversation said, by direction, and its number. */
async function followed(options: AnalyzeOptions, which: string): Promise<{ id: number | null; said: [string, string] }> {
  const said: [string, string] = ['', ''];
  const data = (way: number, bytes: Uint8Array) => {
    said[way as 0 | 1] += Buffer.from(bytes).toString('latin1');
  };
  const { id } = await follow(options, which, { begin() {}, data, gap() {}, drain: async () => true });
  return { id, said };
}

/** Frame number to number of its conversation, as `dump -e` prints it; -1: it has none. */
async function dumped(path: string, filter?: string): Promise<Map<number, number>> {
  const { text } = await printed(path, { type: 'fields', field: ['frame.number', 'conversation'], ...(filter && { filter }) });
  const rows = text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '');
  return new Map(rows.map((line) => line.split('\t')).map(([frame, c]) => [Number(frame), c === '' ? -1 : Number(c)]));
}

async function live(feed: Feed, point: string, filter: string | null, count: number | null = null): Promise<RunReport> {
  const { files: _, ...lab } = given({}, { at: point, filter });
  const { run } = await runLive({
    feed,
    lab,
    captureFilter: null,
    keep: null,
    durationMs: null,
    count,
    untilFinding: false,
    expect: [],
    signal: new AbortController().signal,
    onEvent: () => undefined,
    tail: null,
  });
  return run;
}

describe('numbers of conversations', { timeout: PATIENCE_MS }, () => {
  it.each(CAPTURES)(
    '%s: flows with and without a filter, with few kept at once, follow, tables, the full screen',
    async (name) => {
      const path = capture(name);
      const all = await numbered(given({ router: path }));
      expect([...all.keys()]).toEqual(Array.from(all, (_, i) => i));
      for (const filter of ['tcp', 'udp', 'icmp', 'ip.dst == 172.20.2.1']) {
        const some = await numbered(given({ router: path }, { filter }));
        for (const [id, who] of some) expect(`${filter}: ${id} ${who}`).toBe(`${filter}: ${id} ${all.get(id)}`);
      }
      for (const [id, who] of await numbered(given({ router: path }, { maxConversations: 2 })))
        expect(`${id} ${who}`).toBe(`${id} ${all.get(id)}`);
      for (const [id, who] of all) {
        if (!/^(tcp|udp) /.test(who)) continue;
        let begun = '';
        const sink = { begin: (a: string, b: string) => (begun = `${a} ${b}`), data() {}, gap() {}, drain: async () => true };
        // Also where it has to make room in between.
        await follow(given({ router: path }, { maxConversations: 2 }), String(id), sink);
        const [proto, src, srcPort, dst, dstPort] = who.split(' ');
        const told = (ip: string, port: string) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
        expect(`${proto} ${begun}`).toBe(`${proto} ${told(src!, srcPort!)} ${told(dst!, dstPort!)}`);
      }
      const session = await open(path);
      await loaded(session);
      const rows = await filled(
        session,
        session.table('flows', { tab: 0, sortBy: null, descending: false, limitToFilter: false }),
      );
      await session.close();
      expect(rows.map(([id]) => Number(id!.replace('#', '')))).toEqual([...all.keys()]);
    },
  );

  it('tables: packets and conversations have the numbers of flows, also where conversations make room', async () => {
    const path = capture('native-missing-route');
    const all = await numbered(given({ router: path }));
    await exported(at('tables'), given({ router: path }, { maxConversations: 2 }));
    const [rows] = await ask(
      at('tables'),
      'SELECT DISTINCT conversation, ip_src, ip_dst FROM packets WHERE conversation IS NOT NULL',
    );
    expect(rows!.length).toBeGreaterThan(2);
    for (const row of rows!) {
      const who = all.get(Number(row['conversation']))!;
      expect(who).toContain(` ${row['ip_src']} `);
      expect(who).toContain(` ${row['ip_dst']} `);
    }
  });

  it.each(some(CAPTURES, 2))('%s: dump, with and without a filter', async (name) => {
    const path = capture(name);
    const all = await dumped(path);
    await exported(at(`dump-${name}`), given({ router: path }));
    const [rows] = await ask(at(`dump-${name}`), 'SELECT frame_number, conversation FROM packets ORDER BY frame_number');
    expect([...all]).toEqual(rows!.map((row) => [Number(row['frame_number']), Number(row['conversation'] ?? -1)]));
    for (const id of (await numbered(given({ router: path }))).keys()) {
      const some = await dumped(path, `conversation == ${id}`);
      expect(some.size).toBeGreaterThan(0);
      expect([...some]).toEqual([...all].filter(([, c]) => c === id));
    }
    for (const filter of ['tcp', 'ip.dst == 172.20.2.1'])
      for (const [frame, c] of await dumped(path, filter)) expect(`${frame} ${c}`).toBe(`${frame} ${all.get(frame)}`);
  });

  it.each(CAPTURES)(
    '%s: follow started from a filter is that of the number that dump names, from a pipe its end',
    async (name) => {
      const path = capture(name);
      const who = await numbered(given({ router: path }));
      // The second one begins in the middle of a conversation.
      for (const filter of ['tcp || udp', 'tcp.len > 0 || udp.length > 8']) {
        const matching = [...(await dumped(path, filter)).values()].find((c) => /^(tcp|udp) /.test(who.get(c) ?? ''));
        const found = await followed(given({ router: path }), filter);
        expect(found.id).toBe(matching ?? null);
        if (matching === undefined) continue;
        expect(found.said).toEqual((await followed(given({ router: path }), String(matching))).said);
        expect(found.said).toEqual((await followed(given({ router: path }, { maxConversations: 2 }), filter)).said);
        const fd = openSync(path, 'r');
        try {
          const piped = await followed(given({ router: `/dev/fd/${fd}` }), filter);
          expect(DIFFERENCES['follow from a pipe']).toContain('first matching frame');
          expect(piped.id).toBe(matching);
          for (const way of [0, 1] as const) expect(found.said[way].endsWith(piped.said[way])).toBe(true);
        } finally {
          closeSync(fd);
        }
      }
    },
  );

  it('a number outlives its conversation, a million of others, and is given once', () => {
    const numbers = new Numbers();
    const words = new Int32Array(8);
    const number = (n: number) => {
      words[3] = n;
      return numbers.of(words, 0, 80, 1024, 6);
    };
    expect([number(7), number(8), number(7)]).toEqual([0, 1, 0]);
    for (let n = 100; n < 100 + (1 << 20); n++) number(n);
    expect([number(7), number(8), number(9)]).toEqual([0, 1, 2 + (1 << 20)]);
  });

  it('does not depend on the direction in which a conversation is first seen', () => {
    const numbers = new Numbers();
    const packet = new Packet(new Registry(dissectors));
    const source = openCapture(capture('native-missing-route'));
    const frame = new Frame();
    const swapped = new Int32Array(8);
    do
      while (source.next(frame)) {
        packet.read(frame);
        if (!packet.hasIp) continue;
        const words = Int32Array.from(packet.address);
        swapped.set(words.subarray(4), 0);
        swapped.set(words.subarray(0, 4), 4);
        const { srcPort, dstPort, proto } = packet;
        expect(numbers.of(swapped, 0, dstPort, srcPort, proto)).toBe(numbers.of(words, 0, srcPort, dstPort, proto));
      }
    while (source.fill() === true);
    source.close();
  });
});

describe('findings, frame numbers, evidence times', { timeout: PATIENCE_MS }, () => {
  it.each(some(CAPTURES, 2))('%s, whole and broken off: diagnose, tables, the full screen, live', async (name) => {
    for (const path of [capture(name), broken(capture(name))]) {
      const files = { router: path };
      const whole = await analyze(given(files));
      checkTimes(whole.findings, files);
      const session = await open([], { captures: [{ point: 'router', path }], ifmap: '2=eth0,3=eth1,4=eth2' });
      await loaded(session);
      expect(brief(session.findings)).toEqual(brief(whole.findings));
      await session.close();
      const place = at(`findings-${basename(path)}`);
      await exported(place, given(files));
      const [rows] = await ask(place, 'SELECT rule, verdict, title FROM findings');
      expect(rows!.map((r) => `${r['rule']} ${r['verdict']} ${r['title']}`).sort()).toEqual(
        whole.findings.map((f) => `${f.rule} ${f.verdict} ${f.title}`).sort(),
      );
      const [marks] = await ask(
        place,
        `SELECT e.frame_number AS frame, e.conversation AS given, p.conversation AS own
         FROM evidence e JOIN packets p USING (capture, frame_number) ORDER BY e.finding, e.position`,
      );
      for (const { frame, given, own } of marks!) expect(`frame ${frame} #${given}`).toBe(`frame ${frame} #${own}`);
      expect(marks!.map(({ frame, given }) => `${frame} ${given}`).sort()).toEqual(
        whole.findings.flatMap(({ evidence }) => evidence.map((e) => `${e.frame} ${e.conversation}`)).sort(),
      );
      const piped = await live(new PipeFeed(path), 'router', null);
      checkTimes(piped.findings, files);
      expect(DIFFERENCES.live).toContain('undecided');
      const faults = (findings: readonly Finding[]) =>
        findings
          .filter((f) => f.verdict === 'fail')
          .map((f) => f.id)
          .sort();
      expect(faults(piped.findings)).toEqual(faults(whole.findings));
      const frames = whole.captures[0]!.frames;
      const growing = await live(new FollowFeed(path, () => undefined), 'router', null, frames);
      checkTimes(growing.findings, files);
      expect(growing.captures[0]!.frames).toBe(frames);
      expect(faults(growing.findings)).toEqual(faults(whole.findings));
      expect(DIFFERENCES['live --follow']).toContain('no damage');
      expect(growing.captures[0]!.error).toBeNull();
      const conversations = await dumped(path);
      for (const { evidence } of [...growing.findings, ...piped.findings])
        for (const { frame, conversation } of evidence)
          expect(`${frame} #${conversation ?? -1}`).toBe(`${frame} #${conversations.get(frame)}`);
    }
  });

  it('a filter leaves the same frames to diagnose, flows, tables and live', async () => {
    const files = { router: capture('native-missing-route') };
    for (const filter of ['tcp', 'ip.dst == 172.20.2.1', 'hop.direction == "in"']) {
      const options = given(files, { filter });
      const frames = (await analyze(options)).captures.map((c) => c.frames);
      const run = await FileRun.open(options);
      await run.read();
      expect(run.captures().map((c) => c.frames)).toEqual(frames);
      expect((await live(new PipeFeed(files.router), 'router', filter)).captures.map((c) => c.frames)).toEqual(frames);
      const place = at(`kept-${filter.length}`);
      await exported(place, options);
      const [[row]] = (await ask(place, 'SELECT count(*) AS n FROM packets')) as [[Record<string, unknown>]];
      expect([Number(row['n'])]).toEqual(frames);
    }
  });

  it.each([0, 3.5])('two points whose clocks are %d s apart: everybody tells the times of the files', async (seconds) => {
    const router = capture('native-missing-route');
    const files = { router, worker: shifted(router, seconds) };
    const whole = await analyze(given(files));
    expect(checkTimes(whole.findings, files)).toBeGreaterThan(0);
    const sheet = at('sheet.yaml');
    writeFileSync(sheet, 'version: 1\nname: all\nexpect:\n  - { name: no faults, findings: { none: [error, warning, info] } }\n');
    const held = await verify({
      paths: [sheet],
      captures: given(files).files,
      topology: [],
      ifmap: '2=eth0,3=eth1,4=eth2',
      decodeAs: [],
      settings: [],
      grep: null,
      failFast: false,
      uncovered: false,
    });
    expect(held.findings).not.toHaveLength(0);
    expect(checkTimes(held.findings, files)).toBeGreaterThan(0);
    expect(held.captures.map(({ first, last }) => [first, last])).toEqual(whole.captures.map(({ first, last }) => [first, last]));
    const compared = await diff(given({ router: capture('native-healthy') }), given(files), given({}));
    const bad = compared.findings.map((f) => ({ ...f, evidence: f.evidence.filter(({ point }) => point.startsWith('bad ')) }));
    expect(checkTimes(bad, { 'bad router': files.router, 'bad worker': files.worker })).toBeGreaterThan(0);
    // What is drafted of captures that run apart is what is drafted of captures that do not.
    const drafted = async (worker: string) =>
      (await record(given({ router, worker }), null)).text.replaceAll(basename(worker), 'worker.pcap').split('\n').slice(3);
    expect(await drafted(files.worker)).toEqual(await drafted(shifted(router, 0)));
  });
});
