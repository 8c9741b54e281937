// Drafts hold on the capture they were made from, and fail on a faulty one of the same scenario; differences by role.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { diff } from '../../src/main/diff.js';
import type { AnalyzeOptions, CaptureInput } from '../../src/main/options.js';
import { record } from '../../src/main/record.js';
import { verify } from '../../src/main/verify.js';
import type { Run } from '../../src/report/run.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LAB = 'captures/lab.topology.yaml';
const IFMAP = '2=eth0,3=eth1,4=eth2';

const options = (files: readonly CaptureInput[], topology: string | null, ifmap: string | null): AnalyzeOptions => ({
  files,
  topology: topology === null ? [] : [topology],
  ifmap,
  decodeAs: [],
  filter: null,
  at: null,
  rules: { only: [], except: [], settings: [] },
});

const held = (text: string, captures: readonly CaptureInput[], topology: string | null, ifmap: string | null): Promise<Run> =>
  verify({
    paths: [],
    texts: [{ name: 'draft.yaml', text: text.replace(/^(topology|captures|ifmap):.*\n/gm, '') }],
    captures,
    topology: topology === null ? [] : [topology],
    ifmap,
    decodeAs: [],
    settings: [],
    grep: null,
    failFast: false,
    uncovered: false,
  });

const failures = (run: Run): string[] =>
  (run.suites ?? []).flatMap((s) => s.expectations.filter((e) => e.verdict === 'fail').map((e) => `${e.name}: ${e.seen}`));

const router = (name: string): CaptureInput => ({ point: 'router', path: join('captures', name) });

const PAIRS: readonly (readonly [good: string, bad: string, why: RegExp])[] = [
  ['native-healthy.pcap', 'native-missing-route.pcap', /in eth1 → out eth0/],
  ['vxlan-router.pcap', 'vxlan-wrong-node.pcap', /192\.168\.10\.101|no answer/],
  ['geneve-healthy.pcap', 'geneve-one-way.pcap', /no answer|no packet back/],
  ['lb-announced.pcap', 'lb-unanswered.pcap', /no answer/],
  ['masquerade-healthy.pcap', 'masquerade-missing.pcap', /frame|nat-missing/],
  ['dns-router.pcap', 'dns-silent.pcap', /no answer|no packet back/],
  ['ipv6-healthy.pcap', 'ipv6-missing-route.pcap', /in eth1 → out eth0/],
];

describe.each([
  ['with a topology', LAB, null],
  ['without one', null, IFMAP],
] as const)('a draft %s', (_, topology, ifmap) => {
  it.each(PAIRS)('of %s holds there, and fails on %s', async (good, bad, why) => {
    const { text, faults } = await record(options([router(good)], topology, ifmap), null);
    expect(faults).toEqual([]);
    expect(text.match(/^ {2}- name:/gm)?.length ?? 0).toBeGreaterThan(2);
    // No ephemeral port and no time: it is to be read, and to hold on the next capture.
    expect(text).not.toMatch(/srcPort|frame\./);
    const same = await held(text, [router(good)], topology, ifmap);
    expect(failures(same)).toEqual([]);
    expect(same.summary.inconclusive).toBe(0);
    const other = await held(text, [router(bad)], topology, ifmap);
    expect(failures(other).join('\n')).toMatch(why);
  });
});

it('a draft beside its capture finds it again', async () => {
  const output = join(folder, 'draft.yaml');
  const { text } = await record(options([router('native-healthy.pcap')], LAB, null), output);
  writeFileSync(output, text);
  const run = await verify({ ...(await base()), paths: [output] });
  expect(failures(run)).toEqual([]);
  expect(run.captures[0]?.frames).toBeGreaterThan(100);
});

const base = async () => ({
  captures: [],
  topology: [],
  ifmap: null,
  decodeAs: [],
  settings: [],
  grep: null,
  failFast: false,
  uncovered: false,
});

describe('differences of two captures', () => {
  const compare = (good: string, bad: string) => diff([router(good)], [router(bad)], options([], LAB, null));

  it('are none between a capture and itself', async () => {
    const run = await compare('native-healthy.pcap', 'native-healthy.pcap');
    expect(run.findings).toEqual([]);
    expect(run.summary.pass).toBeGreaterThan(5);
  });

  it('name the first thing that differs, with frames of both sides and the cause', async () => {
    const run = await compare('native-healthy.pcap', 'native-missing-route.pcap');
    expect(run.findings[0]).toMatchObject({ title: '172.20.0.96 → 172.20.2.1 icmp: takes another path' });
    expect(run.findings[0]?.message).toBe('Good: in eth1 → out eth2. Bad: in eth1 → out eth0.');
    expect(run.findings[0]?.cause).toMatch(/^egress-wrong-interface/);
    expect(new Set(run.findings[0]?.evidence.map((e) => e.point))).toEqual(new Set(['good router', 'bad router']));
    expect(run.findings[0]?.explains.length).toBeGreaterThan(0);
  });

  it('see answers, tunnels and owners', async () => {
    const titles = async (good: string, bad: string) => (await compare(good, bad)).findings.map((f) => f.title).join('\n');
    expect(await titles('geneve-healthy.pcap', 'geneve-one-way.pcap')).toMatch(/is not answered any more/);
    expect(await titles('lb-announced.pcap', 'lb-unanswered.pcap')).toMatch(/192\.168\.10\.211: does not answer any more/);
    expect(await titles('dns-router.pcap', 'dns-silent.pcap')).toMatch(/172\.20\.2\.197 udp 53: is not answered any more/);
  });
});

/** A folder of captures with `NAME.POINT.truth.json` beside each; NAME starts with the scenario's number. */
const labs = process.env['HOPSCOPE_LABS'] ?? '';

describe.skipIf(!existsSync(labs))('every healthy lab capture', () => {
  const all = existsSync(labs) ? readdirSync(labs).filter((name) => /\.pcap(ng)?$/.test(name)) : [];
  const truth = (name: string) => JSON.parse(readFileSync(join(labs, name.replace(/\.pcap(ng)?$/, '.truth.json')), 'utf8'));
  const place = (name: string) => `${name.slice(0, 2)} ${name.split('.')[1]}`;
  const healthy = all.filter((name) => truth(name).health === 'healthy');

  it.each(healthy)('%s', async (name) => {
    const { capture, ifindex } = truth(name);
    const ifmap =
      Object.entries(ifindex ?? {})
        .map(([n, dev]) => `${n}=${dev}`)
        .join(',') || null;
    const input = (file: string): CaptureInput => ({ point: capture.host, path: join(labs, file) });
    const { text } = await record(options([input(name)], null, ifmap), null);
    expect(failures(await held(text, [input(name)], null, ifmap))).toEqual([]);
    for (const other of all) {
      const { health, expected_findings: expected } = truth(other);
      if (health !== 'faulty' || expected.length === 0 || place(other) !== place(name)) continue;
      expect(failures(await held(text, [input(other)], null, ifmap)), other).not.toEqual([]);
    }
  });
});
