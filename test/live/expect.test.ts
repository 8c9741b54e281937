// Expectations held while packets arrive: the same answer as for a file, and what fails for good is told at once.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PipeFeed } from '../../src/capture/live/stdin.js';
import { type LiveEvent, runLive } from '../../src/main/live.js';
import { verify } from '../../src/main/verify.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN, PLAIN_VERIFY } from '../main/options.js';
import { CLI, Watched } from './lab.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-expect-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verdicts = ({ suites }: Run) =>
  suites?.flatMap((s) => s.expectations.map(({ name, verdict, seen, line, count }) => ({ name, verdict, seen, line, count })));

async function live(sheet: string, capture: string): Promise<{ run: Run; events: LiveEvent[] }> {
  const events: LiveEvent[] = [];
  const { run } = await runLive({
    feed: new PipeFeed(capture),
    lab: {
      ...PLAIN,
      at: 'router',
    },
    captureFilter: null,
    keep: null,
    durationMs: null,
    count: null,
    untilFinding: false,
    expect: [sheet],
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    tail: null,
  });
  return { run, events };
}

const fromFile = (sheet: string, capture: string) =>
  verify({
    ...PLAIN_VERIFY,
    paths: [sheet],
    captures: [{ point: 'router', path: capture }],
  });

describe('hopscope live --expect', () => {
  it.each([
    ['native-routing', 'native-healthy'],
    ['native-routing', 'native-missing-route'],
    ['vxlan', 'vxlan-router'],
    ['vxlan', 'vxlan-wrong-node'],
    ['geneve', 'geneve-healthy'],
    ['geneve', 'geneve-one-way'],
    ['lb-address', 'lb-announced'],
    ['lb-address', 'lb-unanswered'],
    ['masquerade', 'masquerade-healthy'],
    ['dns', 'dns-router'],
    ['ipv6', 'ipv6-healthy'],
  ])('%s on %s: as verify says it of the file', async (sheet, capture) => {
    const [path, file] = [`expectations/${sheet}.yaml`, `captures/${capture}.pcap`];
    const [{ run, events }, known] = await Promise.all([live(path, file), fromFile(path, file)]);
    expect(verdicts(run)).toEqual(verdicts(known));
    expect(run.findings.map(({ id, verdict }) => ({ id, verdict }))).toEqual(
      known.findings.map(({ id, verdict }) => ({ id, verdict })),
    );
    // What was told before the end has failed at the end.
    const failed = new Set(run.findings.filter((f) => f.verdict === 'fail').map((f) => f.title));
    for (const event of events) if (event.event === 'expectation') expect(failed).toContain(event.name);
  });

  const watch = (...args: string[]) =>
    new Watched(spawn(process.execPath, [CLI, 'live', '-', '--format', 'jsonl', ...args], { stdio: ['pipe', 'pipe', 'pipe'] }));

  const sheet = (text: string): string => {
    const path = join(folder, 'sheet.yaml');
    writeFileSync(path, `version: 1\nname: lab\nexpect:\n${text}`);
    return path;
  };

  it('tells at once that a frame came which must never come, and stops there when asked to', async () => {
    const path = sheet(`  - name: nothing leaves towards the internet
    never: "hop.interface == eth0 && ip.src == 172.20.0.0/16"
    witness: "ip"
`);
    const watched = watch('--expect', path, '--at', 'router', '-t', resolve('captures/lab.topology.yaml'), '--until-finding');
    // The pipe stays open.
    watched.child.stdin?.write(readFileSync('captures/native-missing-route.pcap'));
    const told = await watched.event((e) => e.event === 'expectation', 8000);
    expect(told).toMatchObject({ name: 'lab: nothing leaves towards the internet', file: path, line: 4, verdict: 'fail' });
    expect(await watched.code).toBe(1);
    expect(watched.events.at(-1)).toMatchObject({ event: 'end', ended: 'finding' });
  });

  it('a finding that must not come up is held against it, also when it is settled in the end', async () => {
    const path = sheet('  - { name: nothing is wrong, findings: { none: [error] } }\n');
    const watched = watch('--expect', path);
    const header = Buffer.from(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer);
    const arp = (operation: number, agoMs: number) => {
      const frame = Buffer.from(
        operation === 1
          ? 'ffffffffffff020000000001080600010800060400010200000000010a4701020000000000000a470107'
          : '020000000001020000000099080600010800060400020200000000990a4701070200000000010a470102',
        'hex',
      );
      const atMs = Date.now() - agoMs;
      const record = new Uint32Array([Math.floor(atMs / 1000), (atMs % 1000) * 1000, frame.length, frame.length]);
      return Buffer.concat([Buffer.from(record.buffer), frame]);
    };
    watched.child.stdin?.write(Buffer.concat([header, ...[5000, 4000, 3000, 2000].map((ago) => arp(1, ago))]));
    const told = await watched.event((e) => e.event === 'expectation', 8000);
    expect(told.seen).toMatch(/^arp-no-reply: Nobody answers ARP for 10\.71\.1\.7/);
    watched.child.stdin?.write(Buffer.concat([arp(1, 0), arp(2, 0)]));
    await watched.resolved('arp-no-reply', 6000);
    watched.child.stdin?.end();
    expect(await watched.code).toBe(1);
    expect(watched.events.at(-1)?.report?.findings).toMatchObject([{ rule: 'expectation', verdict: 'fail' }]);
  });

  it('exits as verify does: 0 where all holds, 1 where something was never seen, 2 for a mistake in a file', () => {
    const run = (text: string, input: string) =>
      spawnSync(process.execPath, [CLI, 'live', '-', '--expect', sheet(text), '--at', 'router'], {
        input: readFileSync(input),
        encoding: 'utf8',
      });
    const good = run('  - { name: queries, where: dns }\n', 'captures/dns-router.pcap');
    expect(good.status, good.stderr).toBe(0);
    expect(good.stdout).toContain('✓ queries');
    const none = run('  - { name: web, where: "tcp.dstport == 8443" }\n', 'captures/dns-router.pcap');
    expect(none.status).toBe(1);
    expect(none.stdout).toContain('no such frame');
    const wrong = run('  - { name: web, where: "tcp.dstprt == 80" }\n', 'captures/dns-router.pcap');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/sheet\.yaml:4:\d+: .*tcp\.dstport/s);
    const elsewhere = run('  - { name: web, at: server, where: tcp }\n', 'captures/dns-router.pcap');
    expect(elsewhere.status).toBe(2);
    expect(elsewhere.stderr).toContain("no capture was taken at 'server'");
  });
});
