// What a run has beside its findings, captures that come from no file, and readings that are ended.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  analyze,
  CaptureError,
  follow,
  InterruptedError,
  type Journey,
  live,
  openCapture,
  verify,
  writePcapng,
} from '../../src/library/index.js';

const of = (name: string) => join(import.meta.dirname, '..', '..', 'captures', name);
const MISSING = of('native-missing-route.pcap');
const topology = of('lab.topology.yaml');
const bytesOf = (name: string) => new Uint8Array(readFileSync(of(name)));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-run-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('captures that come from no file', () => {
  it('are read as files are, and called as the program says', async () => {
    const bytes = bytesOf('native-missing-route.pcap');
    const asFile = await analyze({ router: MISSING }, { topology });
    const titles = asFile.findings.map(({ title }) => title);
    const given = [
      { router: bytes },
      { router: [new Blob([bytes])] },
      [{ point: 'router', name: 'upload.pcap', bytes: gzipSync(bytes) }],
    ];
    for (const inputs of given) {
      const run = await analyze(inputs, { topology });
      expect(run.findings.map(({ title }) => title)).toEqual(titles);
      expect(run.captures[0]?.file).toBe(Array.isArray(inputs) ? 'upload.pcap' : 'router');
      // Packets are read again for it.
      expect(await run.format('html')).toContain('<html');
    }
    expect((await analyze(new Blob([bytes]))).captures[0]?.file).toBe('capture 1');
  });

  it('are held against expectations, followed and opened', async () => {
    const web = { name: 'w', expect: [{ flow: { dstPort: 80 }, dropped: true }] };
    const checked = await verify(web, { captures: { router: bytesOf('native-missing-route.pcap') }, topology });
    expect(checked.verdict).toBe('pass');
    expect((await follow(bytesOf('http-bad-gateway.pcap'), 'tcp'))?.said[0]?.from).toBe('initiator');
    const numbers: number[] = [];
    const capture = openCapture(new Blob([bytesOf('vxlan-healthy.pcap')]));
    for await (const { number } of capture) numbers.push(number);
    expect(numbers).toHaveLength((await analyze(of('vxlan-healthy.pcap'))).captures[0]!.frames);
    expect(capture).toMatchObject({ path: 'bytes', format: 'pcap', error: null });
  });

  it('that are damaged say where; what is none is refused in one line', async () => {
    const cut = openCapture(bytesOf('vxlan-healthy.pcap').subarray(0, 200));
    let count = 0;
    for await (const _ of cut) count++;
    expect(count).toBeGreaterThan(0);
    expect(cut.error).toBeInstanceOf(CaptureError);
    const run = await analyze({ router: new TextEncoder().encode('no capture at all, and never was') });
    expect(run.verdict).not.toBe('pass');
  });

  it('leave nothing behind when what was asked is at hand', async () => {
    const own = mkdtempSync(join(folder, 'tmp-'));
    vi.stubEnv('TMPDIR', own);
    try {
      await follow(bytesOf('http-bad-gateway.pcap'), 'tcp');
      expect(readdirSync(own)).toEqual([]);
      const run = await analyze(bytesOf('http-bad-gateway.pcap'));
      expect(readdirSync(own)).toHaveLength(1);
      expect(run.captures).toHaveLength(1);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('journeys', () => {
  it('are every packet with its hops, as export writes them', async () => {
    const run = await analyze({ router: of('native-healthy.pcap') }, { topology });
    const journeys: Journey[] = [];
    for await (const journey of run.journeys()) journeys.push(journey);
    const of80 = run.conversations.find(({ dstPort }) => dstPort === 80)!;
    const forth = journeys.filter(({ conversation, direction }) => conversation === of80.id && direction === 'forth');
    expect(forth).toHaveLength(of80.forth.packets);
    for (const { hops, path } of forth) {
      expect(path).toBe('in eth1 > out eth2');
      expect(hops.map(({ point, interface: name, direction }) => `${point} ${direction} ${name}`)).toEqual([
        'router in eth1',
        'router out eth2',
      ]);
      expect(hops[1]!.ttl).toBe(hops[0]!.ttl! - 1);
    }
    expect(journeys.flatMap(({ hops }) => hops.map(({ time }) => time))[0]).toMatch(/^\d{4}-\d\d-\d\dT.*\.\d{9}Z$/);
  });

  it('have tunnels, and are read no further than they are asked for', async () => {
    const run = await analyze({ router: of('vxlan-router.pcap') }, { topology });
    for await (const { hops } of run.journeys()) {
      if (hops[0]?.tunnel == null) continue;
      expect(hops[0].tunnel.type).toBe('vxlan');
      expect(hops[0].tunnel.src).toMatch(/^192\.168\./);
      break;
    }
    const aborted = new AbortController();
    aborted.abort();
    let count = 0;
    for await (const _ of run.journeys({ signal: aborted.signal })) count++;
    expect(count).toBe(0);
  });
});

describe('neighbours and facts', () => {
  it('say who answers for an address, and who does not', async () => {
    const asked = await analyze({ router: of('lb-unanswered.pcap') }, { topology });
    expect(asked.neighbours.find(({ address }) => address === '192.168.10.211')).toMatchObject({
      kind: 'arp',
      mac: null,
      answers: 0,
    });
    const announced = await analyze({ router: of('lb-announced.pcap') }, { topology });
    const found = announced.neighbours.find(({ address }) => address === '192.168.10.211');
    expect(found?.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    expect(found?.claims).toEqual([{ mac: found?.mac, count: expect.any(Number) }]);
  });

  it('are those that rules judge by', async () => {
    const { facts } = await analyze({ router: MISSING }, { topology });
    const lost = facts.ailing().filter(({ responderPort }) => responderPort === 80);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(({ request, reply, isTcp }) => isTcp && request.syns > 0 && reply.packets === 0)).toBe(true);
    expect(facts.named(lost[0]!.responder)).toContain('(');
  });
});

describe('verdict and signals', () => {
  it('a point that was not captured leaves it open', async () => {
    const run = await analyze(of('native-healthy.pcap'));
    const { captures } = run;
    (captures[0] as { lacking?: unknown }).lacking = [{ point: 'webpod', text: 'webpod failed' }];
    expect(run.verdict).toBe('inconclusive');
  });

  it('what is ended by a signal is no pass, and writes nothing', async () => {
    const signal = AbortSignal.abort();
    expect((await analyze(of('native-healthy.pcap'), { signal, workers: 0 })).verdict).toBe('inconclusive');
    const path = join(folder, 'never.pcapng');
    await expect(writePcapng(path, openCapture(MISSING), { signal })).rejects.toBeInstanceOf(InterruptedError);
    expect(existsSync(path)).toBe(false);
  });

  it('a signal ends whatever reads', async () => {
    const signal = AbortSignal.abort();
    const asked = { expect: [{ where: 'tcp' }] };
    expect((await verify(asked, { captures: MISSING })).verdict).toBe('pass');
    expect((await verify(asked, { captures: MISSING, signal })).verdict).not.toBe('pass');
    expect(await follow(MISSING, 'tcp')).not.toBeNull();
    await expect(follow(MISSING, 'tcp', { signal })).rejects.toBeInstanceOf(InterruptedError);
    const ending = new AbortController();
    const numbers: number[] = [];
    for await (const { number } of openCapture(MISSING, { signal: ending.signal }))
      if (numbers.push(number) === 3) ending.abort();
    expect(numbers).toEqual([1, 2, 3]);
    const watching = new AbortController();
    const running = live({ follow: MISSING }, { signal: watching.signal });
    for await (const { event } of running) if (event === 'raised') watching.abort();
    expect((await running.result).captures[0]?.frames).toBe(61);
  });
});
