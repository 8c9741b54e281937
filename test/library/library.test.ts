// The library says what the commands say.
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  analyze,
  CaptureError,
  compileFilter,
  dissect,
  FilterError,
  type Frame,
  follow,
  HopscopeError,
  importTopology,
  live,
  loadTopology,
  openCapture,
  TopologyError,
  UsageError,
  verify,
  writePcapng,
} from '../../src/library/index.js';

import { loaded } from '../cli/loaded.js';

const CAPTURES = join(import.meta.dirname, '..', '..', 'captures');
const of = (name: string) => join(CAPTURES, name);
const MISSING = of('native-missing-route.pcap');
const LAB = of('lab.topology.yaml');

const program = loaded();
const hopscope = async (...args: string[]): Promise<string> => (await program(...args)).stdout;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-library-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const framesOf = async (path: string): Promise<Frame[]> => {
  const frames: Frame[] = [];
  for await (const frame of openCapture(path)) frames.push(frame);
  return frames;
};

describe('analyze', () => {
  it.each([
    'native-missing-route.pcap',
    'vxlan-healthy.pcap',
    'dns-silent.pcap',
    'capture-dropped.pcapng',
    'encrypted-only.pcap',
  ])('reports of %s what diagnose reports', async (name) => {
    const run = await analyze(of(name));
    expect(run.report).toEqual(JSON.parse(await hopscope('diagnose', of(name), '-f', 'json')));
    const flows = JSON.parse(await hopscope('flows', of(name), '-f', 'json')) as { flows: { id: number; src: string }[] };
    expect(run.conversations.map(({ id, src }) => ({ id, src }))).toEqual(flows.flows.map(({ id, src }) => ({ id, src })));
  });

  it('takes points by name, and a topology as files or as data', async () => {
    const topology = loadTopology(LAB);
    const [byFile, byData] = await Promise.all([
      analyze({ router: MISSING }, { topology: LAB }),
      analyze([{ point: 'router', path: MISSING }], { topology }),
    ]);
    expect(byFile.verdict).toBe('fail');
    expect(byFile.findings[0]).toMatchObject({ rule: 'egress-wrong-interface', subject: { interfaceExpected: 'eth2' } });
    expect(byData.report).toEqual(byFile.report);
  });

  it('lets runs go on side by side', async () => {
    const names = ['native-missing-route.pcap', 'vxlan-healthy.pcap', 'dns-silent.pcap', 'geneve-one-way.pcap'];
    const alone: unknown[] = [];
    for (const name of names) alone.push((await analyze(of(name))).report);
    expect((await Promise.all(names.map((name) => analyze(of(name))))).map(({ report }) => report)).toEqual(alone);
  });

  it('says pass, fail and inconclusive', async () => {
    expect((await analyze(of('vxlan-healthy.pcap'))).verdict).toBe('pass');
    expect((await analyze(MISSING, { topology: LAB })).verdict).toBe('fail');
    expect((await analyze(of('encrypted-only.pcap'))).verdict).toBe('inconclusive');
    const ended = await analyze(of('vxlan-healthy.pcap'), { signal: AbortSignal.abort() });
    expect(ended.verdict).toBe('inconclusive');
    expect(ended.captures[0]).toMatchObject({ frames: 0, interrupted: true });
  });

  it('writes the reports that the commands write', async () => {
    const run = await analyze(MISSING, { topology: LAB });
    for (const format of ['text', 'markdown', 'junit', 'sarif', 'tap'] as const)
      expect(await run.format(format)).toBe(await hopscope('diagnose', MISSING, '-t', LAB, '-f', format, '--picture', 'none'));
    expect(await run.format('html')).toMatch(/^<!doctype html>/i);
    await expect(run.format('pdf' as never)).rejects.toThrow("unknown format 'pdf'; one of text, json,");
  });

  it('chooses rules, filters frames, and throws what is wrong with either', async () => {
    const some = await analyze(MISSING, { rules: { only: ['arp-no-reply'], settings: { 'arp-no-reply.within': '2s' } } });
    expect(some.report.rules?.filter((id) => !id.startsWith('run-'))).toEqual(['arp-no-reply']);
    expect((await analyze(MISSING, { filter: 'icmp' })).report.captures[0]?.frames).toBeLessThan(61);
    await expect(analyze(MISSING, { filter: 'ip.src ==' })).rejects.toBeInstanceOf(FilterError);
    await expect(analyze(MISSING, { rules: { only: ['no-such'] } })).rejects.toBeInstanceOf(UsageError);
    await expect(analyze('no/such/file.pcap')).rejects.toMatchObject({ code: 'capture', problem: 'missing' });
    await expect(analyze([])).rejects.toThrow('no capture is named');
    await expect(analyze(MISSING, { topology: { nodes: { a: { interfaces: { eth0: { mac: 'x' } } } } } })).rejects.toBeInstanceOf(
      TopologyError,
    );
    await expect(analyze(MISSING, { topology: of('README-no.yaml') })).rejects.toBeInstanceOf(HopscopeError);
  });
});

describe('frames', () => {
  it('come with their bytes and times, as tshark -T fields has them', async () => {
    const frames = await framesOf(MISSING);
    const lines = (
      await hopscope('dump', MISSING, '-T', 'fields', '-e', 'frame.number', '-e', 'frame.len', '-e', 'frame.time_epoch')
    )
      .trim()
      .split('\n');
    const epoch = (ns: bigint | null) => `${ns! / 1_000_000_000n}.${String(ns! % 1_000_000_000n).padStart(9, '0')}`;
    expect(frames.map(({ number, wireLength, timeNs }) => [number, wireLength, epoch(timeNs)].join('\t'))).toEqual(lines);
    // Copies: none of them changed while the next ones were read.
    expect(new Set(frames.map(({ bytes }) => bytes.buffer)).size).toBe(frames.length);
  });

  it('end where a file is damaged, with the reason', async () => {
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, readFileSync(MISSING).subarray(0, 1000));
    const capture = openCapture(path);
    let count = 0;
    for await (const _ of capture) count++;
    expect(count).toBeGreaterThan(3);
    expect(capture.error).toBeInstanceOf(CaptureError);
    expect(() => openCapture(folder)).toThrow(CaptureError);
  });

  it('are taken apart as dump does it', async () => {
    const frames = await framesOf(of('vxlan-healthy.pcap'));
    const lines = (await hopscope('dump', of('vxlan-healthy.pcap'), '-T', 'fields', '-e', 'ip.addr', '-e', 'vxlan.vni')).split(
      '\n',
    );
    for (const [i, { bytes, linkType, wireLength }] of frames.entries()) {
      const { values, protocols, problem } = dissect(bytes, { linkType, wireLength });
      expect([values('ip.addr').join(','), values('vxlan.vni').join(',')].join('\t')).toBe(lines[i]);
      expect(protocols.length).toBeGreaterThan(1);
      expect(problem).toBeNull();
    }
    expect(dissect(new Uint8Array(5)).problem).toBe('malformed');
    const tunnelled = frames.find(({ bytes, linkType }) => dissect(bytes, { linkType }).protocols.includes('vxlan'))!;
    const { linkType, wireLength } = tunnelled;
    expect(dissect(tunnelled.bytes.subarray(0, 60), { linkType, wireLength }).problem).toBe('cut');
  });

  it('are chosen by display filters', async () => {
    const icmp = compileFilter('icmp.type == 8');
    const chosen = (await framesOf(MISSING)).filter((frame) => icmp.matches(frame)).map(({ number }) => String(number));
    expect(chosen).toEqual(
      (await hopscope('dump', MISSING, '-Y', 'icmp.type == 8', '-T', 'fields', '-e', 'frame.number')).trim().split('\n'),
    );
    expect(() => compileFilter('ip.src = =')).toThrow(FilterError);
    expect(() => compileFilter('hop.interface == "eth0"')).toThrow(/one frame does not tell/);
  });

  it('are written as a capture that says the same', async () => {
    const path = join(folder, 'written.pcapng');
    const frames = await framesOf(of('vxlan-healthy.pcap'));
    expect(await writePcapng(path, openCapture(of('vxlan-healthy.pcap')))).toBe(frames.length);
    expect((await framesOf(path)).map(({ bytes, timeNs }) => ({ bytes, timeNs }))).toEqual(
      frames.map(({ bytes, timeNs }) => ({ bytes, timeNs })),
    );
    const made = { bytes: Uint8Array.from([1, 2, 3]), interface: 'eth7', direction: 'out', comment: 'made here' } as const;
    await writePcapng(path, [{ ...made, timeNs: 5n, wireLength: 60 }]);
    expect(await framesOf(path)).toMatchObject([{ ...made, timeNs: 5n, wireLength: 60, linkType: 1 }]);
    await expect(writePcapng(path, [{ bytes: new Uint8Array(9), wireLength: 3 }])).rejects.toBeInstanceOf(UsageError);
    // What was there stays.
    expect(await framesOf(path)).toHaveLength(1);
  });
});

describe('topologies', () => {
  it('are read, imported, and refused with their places', () => {
    expect(loadTopology(LAB).nodes).toHaveProperty('router');
    const { topology } = importTopology([
      { node: 'r1', text: 'default via 10.0.0.1 dev eth0\n10.1.0.0/24 dev eth1 proto kernel scope link src 10.1.0.1\n' },
    ]);
    expect(topology.nodes?.['r1']?.routes).toHaveLength(2);
    expect(() => importTopology([{ text: 'nothing of use' }])).toThrow(TopologyError);
    expect(() => loadTopology(join(folder, 'absent.yaml'))).toThrow(/absent\.yaml/);
  });
});

describe('verify', () => {
  it('holds captures against expectations of the program', async () => {
    const checked = await verify(
      {
        name: 'mine',
        expect: [
          { name: 'icmp is seen', where: 'icmp' },
          { name: 'all is well', findings: { none: ['error'] } },
        ],
      },
      { captures: { router: MISSING }, topology: LAB },
    );
    expect(checked.verdict).toBe('fail');
    expect(checked.suites[0]?.expectations.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['icmp is seen', 'pass'],
      ['all is well', 'fail'],
    ]);
    await expect(verify({ expect: [{ flowz: {} }] }, { captures: MISSING })).rejects.toMatchObject({ code: 'expectation' });
  });
});

describe('follow', () => {
  it('gives what both said, as the command prints it', async () => {
    const said = await follow(of('http-bad-gateway.pcap'), 'tcp');
    const texts = said?.said.map((one) => ('bytes' in one ? Buffer.from(one.bytes).toString('latin1') : ''));
    expect(texts?.join('')).toMatch(/^GET .*HTTP\/1\.1 502/s);
    expect(said?.said[0]?.from).toBe('initiator');
    expect(await follow(MISSING, 99_999)).toBeNull();
  });
});

describe('live', () => {
  it('gives events while a file grows, and the report at its end', async () => {
    const path = join(folder, 'growing.pcap');
    copyFileSync(MISSING, path);
    const whole = readFileSync(MISSING);
    writeFileSync(path, whole.subarray(0, 600));
    const running = live({ follow: path }, { topology: LAB, at: 'router' });
    setTimeout(() => appendFileSync(path, whole.subarray(600)), 300);
    const rules: string[] = [];
    for await (const event of running) {
      if (event.event !== 'raised') continue;
      rules.push(event.finding.rule);
      if (event.finding.rule === 'egress-wrong-interface') running.stop();
    }
    expect(rules).toContain('egress-wrong-interface');
    expect((await running.result).verdict).toBe('fail');
  });

  it('rejects where nothing can be read', async () => {
    await expect(live({ follow: join(folder, 'no', 'such.pcap') }).result).rejects.toBeInstanceOf(CaptureError);
  });
});
