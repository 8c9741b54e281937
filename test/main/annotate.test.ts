// Annotated captures, as tshark reads them: the comments are the findings' evidence, the frames are those of the capture.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { analyze } from '../../src/main/analyze.js';
import { annotate } from '../../src/main/annotate.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import type { Run } from '../../src/report/run.js';
import { loaded } from '../cli/loaded.js';
import { some, times } from '../thorough.js';
import { PLAIN } from './options.js';

const hopscope = loaded();

const folder = mkdtempSync(join(tmpdir(), 'hopscope-annotate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));
const hasTshark = spawnSync('tshark', ['--version']).status === 0;
if (!hasTshark) process.stderr.write('annotate: tshark is not installed, so nothing is compared with it\n');

const SEPARATOR = '\x1f';

/** Rows of fields, several values of one ended by SEPARATOR. */
function tshark(file: string, fields: readonly string[], ...more: string[]): string[][] {
  const args = [
    '-r',
    file,
    '-T',
    'fields',
    '-E',
    `aggregator=${SEPARATOR}`,
    ...fields.flatMap((field) => ['-e', field]),
    ...more,
  ];
  const { stdout, status, stderr } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`tshark failed: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

const optionsFor = (files: readonly string[], topology: readonly string[]): AnalyzeOptions => ({
  ...PLAIN,
  files: files.map((path) => ({ point: null, path })),
  topology,
  workers: 0,
});

/** Frame number to the notes that findings have on it; of one capture. */
function evidenceOf(run: Run): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const { verdict, evidence, rule, title } of run.findings)
    for (const { frame, note } of verdict === 'pass' ? [] : evidence)
      found.set(frame, [...(found.get(frame) ?? []), `${rule}: ${title}; this frame: ${note}`]);
  return found;
}

/** All that a frame is, from each record of a file. */
async function framesOf(path: string): Promise<string[]> {
  const source = openCapture(path);
  const frame = new Frame();
  const all: string[] = [];
  do {
    while (source.next(frame)) {
      const bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end)).toString('hex');
      all.push([frame.seconds, frame.nanoseconds, frame.wireLength, frame.linkType, frame.direction, bytes].join(' '));
    }
  } while (await source.fill());
  expect(source.error).toBeNull();
  source.close();
  return all;
}

/** What the file itself calls its first interface. */
async function firstName(path: string): Promise<string | null> {
  const source = openCapture(path);
  const frame = new Frame();
  while (!source.next(frame) && (await source.fill()));
  source.close();
  return source.info.interfaces[0]?.name ?? null;
}

// tshark takes a quarter of a second to start: it reads each third of those.
it.each(some(captures, 6).map((name, i) => [name, hasTshark && i % times(3, 1) === 0] as const))(
  '%s',
  async (name, isReadAgain) => {
    const base = name.replace(/\.\w+$/, '');
    const topology = `captures/${base}.topology.yaml`;
    const options = optionsFor([`captures/${name}`], existsSync(topology) ? [topology] : []);
    const run = await analyze(options);
    const path = join(folder, `${base}.pcapng`);
    const written = await annotate(options, run, path);
    expect(written.errors).toEqual(run.captures.flatMap(({ error }) => error ?? []));
    const [frames, before] = [await framesOf(path), await framesOf(`captures/${name}`)];
    expect(frames).toEqual(before);
    expect(written.frames).toBe(before.length);
    if (!isReadAgain) return;
    const evidence = evidenceOf(run);
    const rows = tshark(path, ['frame.number', 'frame.interface_name', 'pkt_comment', 'frame.comment']);
    const [{ linkTypes, point, interfaces }] = run.captures as [Run['captures'][number]];
    const own = await firstName(`captures/${name}`);
    const commented = rows.filter(([, , has]) => has === 'pkt_comment');
    expect(commented.map(([number]) => Number(number)).sort((a, b) => a - b)).toEqual([...evidence.keys()].sort((a, b) => a - b));
    for (const [number, iface, , comment] of commented) {
      const expected = [...new Set(evidence.get(Number(number)))];
      const found = comment!.split(SEPARATOR);
      expect(found.map((one) => one.replace(/^\w+ /, '').replaceAll('\\\\', '\\'))).toEqual(
        expected.map((one) => one.replaceAll('\\\\', '\\')),
      );
      const shown = /; this frame: (?:in |out |passing )?([^\s,]+)/.exec(found[0]!)?.[1];
      const isNamed = linkTypes.includes('LINUX_SLL2') || interfaces.some((one) => one.name === shown && one.nameFrom !== 'none');
      expect(iface).toBe(isNamed ? shown : (own ?? point));
    }
  },
);

describe.runIf(hasTshark)('names', () => {
  it('of pods, services and nodes are resolved', async () => {
    const [file, topology] = ['captures/native-missing-route.pcap', 'captures/native-missing-route.topology.yaml'];
    const options = optionsFor([file], [topology]);
    const path = join(folder, 'names.pcapng');
    await annotate(options, await analyze(options), path);
    const hosts = new Set(tshark(path, ['ip.src_host', 'ip.dst_host'], '-N', 'n').flat());
    expect([...hosts]).toEqual(expect.arrayContaining(['default/curl-pod', 'default/webpod', 'k8s-ctr']));
  });

  it('of several captures say the point, and the frames of all stand in the order of time', async () => {
    const files = ['captures/vxlan-healthy.pcap', 'captures/vxlan-one-way.pcap', 'captures/lb-failover.pcap'];
    const options = optionsFor(files, []);
    const path = join(folder, 'several.pcapng');
    const run = await analyze(options);
    const { frames } = await annotate(options, run, path);
    const rows = tshark(path, ['frame.interface_name', 'frame.time_epoch', 'frame.encap_type']);
    expect(rows.length).toBe(frames);
    expect(frames).toBe(run.captures.reduce((sum, one) => sum + one.frames, 0));
    const times = rows.map(([, time]) => Number(time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const points = new Set(rows.map(([iface]) => iface!.split(' ')[0]));
    expect([...points].sort()).toEqual(run.captures.map(({ point }) => point).sort());
    expect(new Set(rows.map(([, , type]) => type)).size).toBe(2);
  });
});

describe('the command', () => {
  const capture = 'captures/native-missing-route.pcap';

  it('writes only what the filter keeps, and finds what is wrong in all', async () => {
    const path = join(folder, 'kept.pcapng');
    const { code, stdout } = await hopscope('annotate', capture, '-Y', 'hop.interface == "if2" && icmp', '-o', path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/kept\.pcapng: \d+ frames, [1-9]\d* of them with/);
    const all = await framesOf(capture);
    const kept = await framesOf(path);
    expect(kept.length).toBeGreaterThan(0);
    expect(all).toEqual(expect.arrayContaining(kept));
    expect(kept.length).toBeLessThan(all.length);
  });

  it('never writes over what it reads, nor over a capture that it did not make', async () => {
    const own = join(folder, 'own.pcap');
    writeFileSync(own, readFileSync(capture));
    const other = join(folder, 'other.pcap');
    writeFileSync(other, readFileSync(capture));
    for (const [path, what] of [
      [own, /is read by this run/],
      [other, /is a capture, and is not replaced/],
    ] as const) {
      const { code, stderr } = await hopscope('annotate', own, '-o', path);
      expect(stderr).toMatch(what);
      expect(code).toBe(2);
      expect(readFileSync(path).equals(readFileSync(capture))).toBe(true);
    }
    const again = join(folder, 'again.pcapng');
    for (let i = 0; i < 2; i++) expect((await hopscope('annotate', own, '-o', again)).code).toBe(0);
  });

  it('says in one line what is missing', async () => {
    for (const args of [[capture], ['-', '-o', join(folder, 'x.pcapng')]]) {
      const { code, stderr } = await hopscope('annotate', ...args);
      expect(code).toBeGreaterThan(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/-o annotated\.pcapng|save it to a file/);
    }
  });
});

describe('--evidence', () => {
  const capture = 'captures/native-missing-route.pcap';

  it('writes the frames of the findings and no others', async () => {
    const path = join(folder, 'evidence.pcapng');
    const { code } = await hopscope('diagnose', capture, '-q', '--evidence', path);
    expect(code).toBe(1);
    const wanted = evidenceOf(await analyze(optionsFor([capture], [])));
    const all = await framesOf(capture);
    expect(await framesOf(path)).toEqual([...wanted.keys()].sort((a, b) => a - b).map((number) => all[number - 1]));
  });

  it('writes a file for each cause into a folder', async () => {
    const path = join(folder, 'causes');
    mkdirSync(path);
    const { code } = await hopscope('captures/vxlan-wrong-node.pcap', '-q', '--evidence', `${path}/`);
    expect(code).toBe(1);
    const files = readdirSync(path);
    expect(files).toEqual([expect.stringMatching(/^tunnel-wrong-endpoint-[0-9a-f]{8}\.pcapng$/)]);
    expect((await framesOf(join(path, files[0]!))).length).toBeGreaterThan(0);
  });

  it('of verify and diff is that of what fails', async () => {
    const sheet = join(folder, 'sheet.yaml');
    writeFileSync(
      sheet,
      `version: 1\nname: lab\nexpect:\n  - name: answered\n    flow: { dst: 172.20.2.0/24 }\n    answered: true\n`,
    );
    const verified = join(folder, 'verified.pcapng');
    const { code, stderr } = await hopscope('verify', sheet, '--capture', capture, '-q', '--evidence', verified);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect((await framesOf(verified)).length).toBeGreaterThan(0);
    const compared = join(folder, 'compared.pcapng');
    await hopscope('diff', 'captures/native-healthy.pcap', capture, '-q', '--evidence', compared);
    expect((await framesOf(compared)).length).toBeGreaterThan(0);
  });

  it('replaces no capture', async () => {
    const other = join(folder, 'precious.pcap');
    writeFileSync(other, readFileSync('captures/native-healthy.pcap'));
    const { code, stderr } = await hopscope(capture, '-q', '--evidence', other);
    expect(code).toBe(2);
    expect(stderr).toMatch(/not replaced by evidence/);
    expect(readFileSync(other).equals(readFileSync('captures/native-healthy.pcap'))).toBe(true);
  });
});
