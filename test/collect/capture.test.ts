// `hopscope capture` in a real lab: ssh and namespaces, a fault and its repair, points that fail in every way there is, and nothing left behind.

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundleSheet, bundleShape } from '../../src/main/bundle-schema.js';
import { finished, type Outcome, said } from '../cli/child.js';
import { thoroughly } from '../thorough.js';
import { CaptureLab, missing, noVxlan } from './lab.js';

const why = missing();
if (why !== null) console.log(`test/collect/capture.test.ts is skipped: ${why}`);
const tunnelless = why === null ? noVxlan() : null;
if (tunnelless !== null) console.log(`the nodes of the lab are joined by routes, not by VXLAN: ${tunnelless}`);

describe.skipIf(why !== null)('capture', () => {
  let net: CaptureLab;
  /** Throws where it is not as its schema has it. */
  const sheet = (folder: string): BundleSheet =>
    bundleShape.parse(JSON.parse(readFileSync(net.file(`${folder}/bundle.json`), 'utf8')));
  const all = ({ stdout, stderr }: Outcome) => `${stdout}\n${stderr}`;
  /** A program that stands for a way to a point: it changes something, and runs its arguments. */
  const way = (name: string, script: string): { command: string[] } => {
    writeFileSync(net.file(name), `#!/bin/sh\n${script}\n`);
    chmodSync(net.file(name), 0o755);
    return { command: ['ip', 'netns', 'exec', net.lab.namespace('otherpod'), net.file(name)] };
  };

  beforeAll(async () => {
    net = new CaptureLab(tunnelless === null);
    await net.build();
  }, 240_000);
  afterEach(async () => {
    expect(await net.left()).toEqual([]);
    await net.lab.all({ router: 'ip route replace 172.20.2.0/24 via 192.168.20.100' });
  });
  afterAll(() => net.end());

  const CURL = 'curl -sS --connect-timeout 2 http://172.20.2.1/';
  /** Short, for tests: nothing is late here. */
  const LINGER = ['--linger', '1s'];
  const OVER_TUNNEL = 'curl -sS --connect-timeout 1 http://172.20.3.1/';

  it('names the missing route with its command, and is clean once that is repaired', async () => {
    const lab = net.points('lab.yaml');
    await net.lab.all({ router: 'ip route del 172.20.2.0/24' });
    const run = [...LINGER, '--run', `curl-pod:${CURL}`, '--run', `curl-pod:${OVER_TUNNEL}`];
    const faulty = await net.hopscope('capture', lab, '-o', 'run1/', ...run);
    expect(faulty.code, all(faulty)).toBe(1);
    expect(faulty.stdout).toContain('Packets to 172.20.2.0/24 leave router by up0 instead of eth2');
    expect(faulty.stdout).toMatch(/On router:\n\s+ip route add 172\.20\.2\.0\/24 via 192\.168\.20\.100 dev eth2/);
    expect(faulty.stdout).toContain('curl: not answered at curl-pod, timed out (run1/command-1.txt:2)');
    expect(faulty.stdout).toMatch(/\n1 fault with \d symptoms?\n/);
    const said = sheet('run1');
    const ran = [
      { point: 'curl-pod', end: 28 },
      { point: 'curl-pod', end: 0 },
    ];
    expect(said).toMatchObject({ state: 'whole', endedBy: 'command', commands: ran, changes: [] });
    for (const { state, clock } of Object.values(said.points)) {
      expect(state).toBe('ended');
      // One clock, asked by round trips.
      expect(Math.abs(clock!.aheadMs)).toBeLessThanOrEqual(clock!.doubtMs);
    }
    // Our own connections are in no capture: they would feed themselves.
    expect(said.leftOut).toContain('tcp port 22 and host 192.168.10.100 and host 192.168.20.100');
    const at = (point: string, filter: string) => net.hopscope('dump', `run1/${point}.pcapng`, '-Y', filter);
    for (const point of ['router', 'w0']) expect(await at(point, 'tcp.port == 22')).toMatchObject({ code: 0, stdout: '' });
    if (net.isTunnelled) expect((await at('w1', 'udp.dstport == 8472')).stdout).toContain('172.20.0.1');
    expect((await net.hopscope('run1')).stdout).toBe(faulty.stdout);
    expect(readdirSync(net.lab.folder).filter((name) => /unfinished|tmp/.test(name))).toEqual([]);

    await net.lab.all({ router: 'ip route add 172.20.2.0/24 via 192.168.20.100' });
    const clean = await net.hopscope('capture', lab, '-o', 'run2', ...run);
    expect(clean.stdout, all(clean)).toContain('nothing wrong found');
    expect(clean.code).toBe(0);
    // What was repaired between the two, as docs/capture-labs.md has it.
    const repaired = await net.hopscope('topology', 'diff', 'run1/before', 'run2/before');
    expect(repaired.stdout, all(repaired)).toMatch(/route 172\.20\.2\.0\/24 of router/);
  }, 240_000);

  thoroughly(
    'goes on at the others where a point fails or lies, and says what changed',
    async () => {
      const behind = `exec "$@"`;
      const captures = 'case "$*" in *LINUX_SLL2*" -w "*|*"-w - "*)';
      mkdirSync(net.file('bin'));
      for (const tool of ['sh', 'cat', 'sed', 'tr', 'head', 'uname', 'setsid', 'timeout', 'sleep', 'true'])
        symlinkSync(`/usr/bin/${tool}`, net.file(`bin/${tool}`));
      const lab = net.points('bad.yaml', {
        late: way('late', `sleep 1; ${behind}`),
        garbage: way('garbage', `${captures} echo listening on any >&2; exec yes nonsense;; *) ${behind};; esac`),
        endless: way('endless', `case "$*" in *mark-*) exec yes text;; *) ${behind};; esac`),
        bare: way('bare', `PATH=${net.file('bin')} exec "$@"`),
        gone: { netns: 'there-is-none' },
        shut: { ssh: '192.168.30.100:2222' },
      });
      const going = net.start(
        ...[
          'capture',
          lab,
          '-o',
          'run3',
          '--run',
          'w0:ip route add 203.0.113.0/24 via 192.168.20.200; sleep 2',
          '--run',
          `curl-pod:${CURL}`,
        ],
      );
      await said(going, 'running ip route add');
      net.cutConnections('w1');
      const { code, stdout, stderr } = await finished(going);
      const found = sheet('run3');
      expect(code, `${stdout}\n${stderr}`).toBe(3);
      const states = Object.fromEntries(Object.entries(found.points).map(([name, { state }]) => [name, state]));
      expect(states).toMatchObject({
        ...{ router: 'ended', w0: 'ended', webpod: 'ended', late: 'ended', endless: 'ended' },
        ...{ garbage: 'lost', w1: 'lost', bare: 'failed', gone: 'failed', shut: 'failed' },
      });
      expect(stderr).toContain('hopscope: not all went as it was asked for: ');
      expect(found.points['garbage']!.why).toContain('is no capture');
      expect(found.points['w1']!.why).toBe('the connection was lost');
      expect(found.points['gone']!.why).toBe('there is no such network namespace; `ip netns list` lists them');
      expect(found.points['shut']!.why).toContain('connection refused; is the machine up');
      expect(found.points['bare']!.why).toContain('tcpdump is not installed there');
      expect(found.points['endless']!.captures).toEqual(['endless.pcapng']);
      expect(stderr).toContain('changed meanwhile: + route 203.0.113.0/24 of w0: via 192.168.20.200');
      expect(found.changes).toMatchObject([{ kind: 'new', what: 'route', node: 'w0', name: '203.0.113.0/24' }]);
      // Opened later, it says so again.
      const again = await net.hopscope('run3');
      expect(again.code).toBe(3);
      expect(again.stdout).toBe(stdout);
      expect(again.stdout).toContain('Not all was captured at gone');
      expect(again.stderr).toContain('hopscope: not all went as it was asked for: w1 lost: the connection was lost; ');
      const told = (await net.hopscope('info', 'run3')).stdout;
      expect(told).toContain('note: gone failed: there is no such network namespace');
      expect(told).toMatch(/note: endless: without addr \(before\)/);
      await net.lab.all({ w0: 'ip route del 203.0.113.0/24' });
    },
    240_000,
  );

  /** Two points without ssh, which begin sooner. */
  const two = (): string[] => ['router', 'curl-pod'].map((node) => `${node}=netns:${net.lab.namespace(node)}`);
  const made = (name: string): string[] => readdirSync(net.lab.folder).filter((file) => file.startsWith(name));

  it('takes no wrong filter, and no run at a point that is not there, and starts nothing then', async () => {
    const filter = await net.hopscope('capture', ...two(), '-o', 'none', '--capture-filter', 'tcp prt 80', '--duration', '1s');
    expect(filter.code).toBe(2);
    expect(filter.stderr).toMatch(/the filter 'tcp prt 80' of \S+: .*syntax error.*; pcap-filter\(7\) has the syntax\n$/);
    const point = await net.hopscope('capture', ...two(), '-o', 'none', '--run', 'ruter:ping -c 1 192.0.2.1');
    expect(point).toMatchObject({ code: 2, stderr: "hopscope: --run: no point is called 'ruter'; did you mean 'router'?\n" });
    expect(made('none')).toEqual([]);
  }, 240_000);

  it('prints what it would run, and runs nothing', async () => {
    const { code, stdout } = await net.hopscope(
      'capture',
      net.points('lab.yaml'),
      '-o',
      'none',
      '--dry-run',
      '--',
      'touch',
      net.file('touched'),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/# router\n[\s\S]*\nssh .* -F \S+ -- 192\.168\.10\.200 /);
    expect(stdout).toContain('tcpdump -i any -n -U -w - ');
    expect(stdout).toContain(`# this machine: the command\ntouch ${net.file('touched')}\n`);
    expect(made('none')).toEqual([]);
    expect(made('touched')).toEqual([]);
  }, 240_000);

  it('leaves nothing where Ctrl-C comes before the packets, and reports where it comes after', async () => {
    const slow = net.points('slow.yaml', { slow: way('slow', 'sleep 4; exec "$@"') });
    const early = net.start('capture', slow, '-o', 'early', '--duration', '1m');
    const earlyEnd = finished(early);
    await said(early, 'asking');
    early.kill('SIGINT');
    expect((await earlyEnd).code).toBe(130);
    expect(made('early')).toEqual([]);
    const late = net.start('capture', ...two(), '-o', 'interrupted');
    const lateEnd = finished(late);
    await said(late, 'Ctrl-C ends it');
    await net.lab.run('curl-pod', 'ping -c 2 -i 0.2 172.20.2.1');
    late.kill('SIGINT');
    const { code, stdout } = await lateEnd;
    expect(stdout).toMatch(/nothing wrong found: 2 captures/);
    expect(code).toBe(0);
    expect(sheet('interrupted')).toMatchObject({ state: 'whole', endedBy: 'interrupt' });
  }, 240_000);

  it('leaves a folder that can be read, and nothing at the points, after kill -9', async () => {
    const child = net.start('capture', ...two(), '-o', 'killed', '--run', 'curl-pod:ping -i 0.2 172.20.2.1');
    const end = finished(child);
    await said(child, 'running ping');
    await new Promise((done) => setTimeout(done, 2500));
    child.kill('SIGKILL');
    await end;
    expect(made('killed')).toEqual(['killed.unfinished']);
    expect(sheet('killed.unfinished')).toMatchObject({ state: 'unfinished' });
    const read = await net.hopscope('killed.unfinished');
    expect(read.stdout, all(read)).toMatch(/2 captures, \d+ frames/);
    expect(read.code).toBe(0);
    const again = await net.hopscope('capture', ...two(), '-o', 'killed', '--duration', '1s');
    expect(again.stderr).toContain('killed.unfinished is there, of a run that was broken off');
    expect(again.code).toBe(2);
  }, 240_000);

  thoroughly(
    'ends by the number of packets and by their size, in rings, and verifies',
    async () => {
      writeFileSync(
        net.file('expect.yaml'),
        'version: 1\nname: lab\nexpect:\n  - { name: ping, flow: { dst: 172.20.2.1 }, answered: true }\n',
      );
      const pinging = net.lab.run('curl-pod', 'ping -q -i 0.01 -c 1500 -s 1000 172.20.2.1');
      const ring = await net.hopscope(
        ...[
          'capture',
          ...two(),
          '-o',
          'ring',
          '--count',
          '1000',
          '--ring',
          '64kB,3',
          '--expect',
          'expect.yaml',
          '--format',
          'junit=out.xml',
        ],
      );
      expect(ring.code, all(ring)).toBe(0);
      expect(readFileSync(net.file('out.xml'), 'utf8')).toMatch(/<testcase[^>]*name="ping"/);
      const said = sheet('ring');
      expect(said.endedBy).toBe('count');
      expect(said.points['router']!.captures).toHaveLength(3);
      expect(made('ring')).toEqual(['ring']);
      const size = await net.hopscope('capture', ...two(), '-o', 'size', '--max-size', '100kB', '--duration', '1m', '-q');
      expect(size.stderr).toBe('');
      expect(sheet('size')).toMatchObject({
        endedBy: 'points',
        points: { router: { state: 'full' }, 'curl-pod': { state: 'full' } },
      });
      await pinging;
    },
    240_000,
  );

  thoroughly(
    'says why where an expectation fails, and writes several reports of one run',
    async () => {
      writeFileSync(
        net.file('failing.yaml'),
        'version: 1\nname: lab\nexpect:\n  - { name: ping, flow: { dst: 172.20.2.1, proto: icmp }, answered: true }\n',
      );
      await net.lab.all({ router: 'ip route del 172.20.2.0/24' });
      const reports = ['--expect', 'failing.yaml', '--format', 'junit=failed.xml', '--format', 'html=failed.html'];
      const command = ['--run', 'curl-pod:ping -c 2 -i 0.2 -W 3 172.20.2.1'];
      const { code, stdout, stderr } = await net.hopscope('capture', ...two(), '-o', 'failed', ...reports, ...command);
      expect(code, `${stdout}\n${stderr}`).toBe(1);
      expect(stdout).toMatch(/\n(?:✗ error|! warning): /);
      expect(stdout).toMatch(/\nThat is what the rules find; `hopscope failed` says more\n$/);
      expect(readFileSync(net.file('failed.xml'), 'utf8')).toMatch(/<failure/);
      expect(readFileSync(net.file('failed.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*ping/i);
    },
    240_000,
  );

  it('says so where the disk is full', async () => {
    const disk = net.file('disk');
    mkdirSync(disk);
    const script = `mount -t tmpfs -o size=200k tmpfs ${disk} && exec "$@"`;
    const pinging = net.lab.run('curl-pod', 'ping -q -i 0.01 -c 600 -s 1000 172.20.2.1');
    const { code, stderr } = await finished(
      spawn('unshare', [
        '-m',
        'sh',
        '-c',
        script,
        'sh',
        process.execPath,
        'dist/cli.js',
        'capture',
        ...two(),
        '-o',
        `${disk}/run`,
        '--duration',
        '30s',
      ]),
    );
    expect(stderr).toContain('lost, ');
    expect(stderr).toContain('the disk is full');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^hopscope: cannot write \S+: the disk is full; -o names another folder$/,
    );
    expect(code).toBe(2);
    await pinging;
  }, 240_000);
});
