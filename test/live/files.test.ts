// Live from a pipe and from files that somebody else writes: no rights needed.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { some } from '../thorough.js';
import { CLI, pause, Watched } from './lab.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-live-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = Buffer.from(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer);

/** An ARP request, Ethernet; nobody answers. `asked`: last byte of the address asked for. */
function arp(asked: number, atMs = Date.now()): Buffer {
  const frame = Buffer.alloc(42);
  Buffer.from('ffffffffffff', 'hex').copy(frame, 0);
  Buffer.from('020000000001', 'hex').copy(frame, 6);
  Buffer.from('08060001080006040001', 'hex').copy(frame, 12);
  Buffer.from('020000000001', 'hex').copy(frame, 22);
  Buffer.from([10, 71, 1, 2]).copy(frame, 28);
  Buffer.from([10, 71, 1, asked]).copy(frame, 38);
  const record = Buffer.from(new Uint32Array([Math.floor(atMs / 1000), (atMs % 1000) * 1000, 42, 42]).buffer);
  return Buffer.concat([record, frame]);
}

/** The answer of 02:00:00:00:00:99, now. */
function arpReply(asked: number): Buffer {
  const record = arp(asked);
  const frame = record.subarray(16);
  frame.set([2, 0, 0, 0, 0, 1], 0);
  frame.set([2, 0, 0, 0, 0, 0x99], 6);
  frame[21] = 2;
  frame.set([2, 0, 0, 0, 0, 0x99, 10, 71, 1, asked, 2, 0, 0, 0, 0, 1, 10, 71, 1, 2], 22);
  return record;
}

/** The same address is asked for five times, a second apart, from five seconds ago. */
const silence = (asked: number): Buffer => Buffer.concat([5, 4, 3, 2, 1].map((ago) => arp(asked, Date.now() - ago * 1000)));

const live = (...args: string[]) =>
  new Watched(spawn(process.execPath, [CLI, 'live', '--format', 'jsonl', ...args], { stdio: ['pipe', 'pipe', 'pipe'] }));

describe('hopscope live -', () => {
  it('finds what is wrong while the pipe is open, and reports when it is closed', async () => {
    const watched = live('-');
    watched.child.stdin?.write(Buffer.concat([HEADER, silence(7)]));
    const raised = await watched.raised('arp-no-reply', 20_000);
    expect(raised.finding?.title).toContain('10.71.1.7');
    watched.child.stdin?.end();
    expect(await watched.code).toBe(1);
    expect(watched.events.at(-1)).toMatchObject({ event: 'end', ended: 'input' });
    expect(watched.events.at(-1)?.report?.findings.map((f) => f.rule)).toContain('arp-no-reply');
  });

  it('tells what settled a finding', async () => {
    const watched = live('-', '--findings');
    watched.child.stdin?.write(Buffer.concat([HEADER, silence(6)]));
    await watched.raised('arp-no-reply', 20_000);
    watched.child.stdin?.write(Buffer.concat([arp(6), arpReply(6)]));
    const settled = await watched.resolved('arp-no-reply', 20_000);
    expect(settled.how).toBe('10.71.1.6 is now answered by 02:00:00:00:00:99');
    watched.child.stdin?.end();
    // A silence that ended is no error any more; the report keeps it with its end.
    expect(await watched.code).toBe(0);
    expect(watched.events.at(-1)?.report?.findings).toMatchObject([
      {
        rule: 'arp-no-reply',
        severity: 'info',
        message: expect.stringMatching(/s after the first of them 02:00:00:00:00:99 answered\.$/),
        phases: [{ outcome: 'lost', count: 5 }],
      },
    ]);
  });

  it('waits for an answer that is not due yet, and calls it open at the end', async () => {
    const watched = live('-');
    watched.child.stdin?.write(Buffer.concat([HEADER, arp(5), arp(5)]));
    await pause(900);
    watched.child.stdin?.end();
    await watched.code;
    expect(watched.events.map((e) => e.event)).toEqual(['end']);
  });

  it('reports on Ctrl-C although the pipe stays open', async () => {
    const watched = live('-');
    watched.child.stdin?.write(Buffer.concat([HEADER, silence(8)]));
    await watched.raised('arp-no-reply', 20_000);
    watched.child.kill('SIGINT');
    expect(await watched.code).toBe(1);
    expect(watched.events.at(-1)).toMatchObject({ event: 'end', ended: 'signal' });
  });

  it('reports what came before the pipe broke off within a record', async () => {
    const watched = live('-');
    watched.child.stdin?.end(Buffer.concat([HEADER, silence(3), arp(3).subarray(0, 30)]));
    expect(await watched.code).toBe(4);
    const { report } = watched.events.at(-1) ?? {};
    expect(report?.captures[0]).toMatchObject({ frames: 5, error: expect.stringMatching(/^-: .*frame 6/) });
    expect(report?.findings.map((f) => f.rule)).toEqual(['arp-no-reply']);
  });

  it('ends quietly when nobody reads what it prints', async () => {
    const child = spawn(process.execPath, [CLI, 'live', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.write(Buffer.concat([HEADER, silence(4)]));
    await new Promise((done) => child.stdout.once('data', done));
    child.stdout.destroy();
    const more = setInterval(() => child.stdin.write(silence(4)), 50);
    const code = await new Promise((done) => child.once('exit', done));
    clearInterval(more);
    expect(code).toBe(1);
    expect(errors).toBe('');
  });

  it('takes a stream that is no capture for what it is', async () => {
    const watched = live('-');
    watched.child.stdin?.end('this is no capture, and it is long enough to be sure of that\n'.repeat(20));
    expect(await watched.code).toBe(4);
    expect(JSON.stringify(watched.events.at(-1))).toContain('not a pcap or pcapng capture');
  });

  it('finds out on which node the pipe was captured, as it does for a file', async () => {
    const capture = 'captures/native-missing-route.pcap';
    const watched = live('-', '-t', 'captures/lab.topology.yaml');
    watched.child.stdin?.end(readFileSync(capture));
    expect(await watched.code).toBe(1);
    const { status, stdout } = spawnSync(
      process.execPath,
      [CLI, capture, '-t', 'captures/lab.topology.yaml', '--format', 'json'],
      {
        encoding: 'utf8',
      },
    );
    expect(status).toBe(1);
    const [{ point, interfaces, frames }] = JSON.parse(stdout).captures;
    expect(point).toBe('router');
    expect(watched.events.at(-1)?.report?.captures[0]).toMatchObject({ point, interfaces, frames });
  });

  it('keeps a pipe that is silent no longer than it takes to end it', async () => {
    const watched = live('-', '-t', 'captures/lab.topology.yaml', '--duration', '20s');
    watched.child.stdin?.write(HEADER);
    await pause(3000);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(watched.events.at(-1)).toMatchObject({ event: 'end', ended: 'signal', report: { captures: [{ frames: 0 }] } });
  });

  it('ends in time although it could not be told where the pipe was captured', async () => {
    const watched = live('-', '-t', 'captures/lab.topology.yaml', '--duration', '1s');
    watched.child.stdin?.write(HEADER);
    await watched.code;
    expect(watched.events.at(-1)).toMatchObject({ event: 'end', ended: 'duration' });
  });

  it('prints packets as dump does, sequence numbers from the start of a stream', () => {
    const input = readFileSync('captures/native-healthy.pcap');
    const lines = (...args: string[]) =>
      spawnSync(process.execPath, [CLI, ...args], { input, encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.includes(' Len=0'));
    const printed = lines('live', '-', '--at', 'x', '--color', 'never');
    expect(printed.length).toBeGreaterThan(50);
    expect(printed).toEqual(lines('dump', '-'));
  });

  it('ends after so many frames', async () => {
    const watched = live('-', '-c', '3');
    watched.child.stdin?.write(Buffer.concat([HEADER, silence(9)]));
    await watched.code;
    expect(watched.events.at(-1)).toMatchObject({ event: 'end', ended: 'count', report: { captures: [{ frames: 3 }] } });
  });
});

it.each(
  some(
    [
      ['-', '-c', '20'],
      ['-', '--findings', '--duration', '60s'],
      ['--follow', 'captures/native-missing-route.pcap', '-c', '61', '-w', 'kept.pcapng'],
      ['-', '--expect', 'expectations/native-routing.yaml', '--format', 'jsonl=events'],
    ],
    2,
  ),
)('gives Node.js no reason for a warning: %s', (...args) => {
  const warnings = join(folder, 'warnings');
  const own = args.map((arg) => (/^kept|^jsonl=/.test(arg) ? arg.replace(/kept|events/, join(folder, '$&')) : arg));
  const run = spawnSync(process.execPath, [`--redirect-warnings=${warnings}`, CLI, 'live', ...own], {
    input: readFileSync('captures/native-missing-route.pcap'),
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(1);
  expect(run.stderr).not.toMatch(/Warning:|\(node:\d+\)/);
  expect(existsSync(warnings) ? readFileSync(warnings, 'utf8') : '').toBe('');
});

it('prints each packet that it counted, also where their number ended it', () => {
  const input = readFileSync('captures/native-healthy.pcap');
  for (const count of [1, 50]) {
    const { stdout } = spawnSync(process.execPath, [CLI, 'live', '-', '-c', String(count)], { input, encoding: 'utf8' });
    const lines = stdout.split('\n').filter((line) => /^ +\d+ +\d+\.\d{6} /.test(line));
    expect(lines.map((line) => Number(line.trim().split(' ')[0]))).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(stdout).toMatch(new RegExp(`1 capture, ${count} frames?,`));
  }
});

it.each(some(['native-missing-route', 'mtu-blackhole', 'tcp-zero-window'], 3))(
  'counts as diagnose does (%s), though it lets go of what is over',
  (name) => {
    const path = `captures/${name}.pcap`;
    const counts = (stdout: string) =>
      JSON.parse(stdout)
        .findings.filter(({ verdict }: { verdict: string }) => verdict === 'fail')
        .map(({ rule, title, count }: { rule: string; title: string; count: number }) => `${rule} ${title} ${count}`)
        .sort();
    const run = (args: string[], input?: Buffer) =>
      spawnSync(process.execPath, [CLI, ...args, '-q', '-f', 'json'], { encoding: 'utf8', ...(input && { input }) });
    const [whole, live] = [run([`x=${path}`]), run(['live', '-', '--at', 'x'], readFileSync(path))];
    expect(counts(live.stdout), live.stderr).toEqual(counts(whole.stdout));
    expect(counts(live.stdout).length).toBeGreaterThan(0);
  },
);

it('writes events to a file too, beside what is printed', () => {
  const file = join(folder, 'events.jsonl');
  const input = Buffer.concat([HEADER, silence(12)]);
  const { stdout } = spawnSync(process.execPath, [CLI, 'live', '-', '--findings', '-f', `jsonl=${file}`], {
    input,
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/No answer|10\.71\.1\.12/);
  const events = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.at(-1)).toMatchObject({ event: 'end', ended: 'input', report: { captures: [{ frames: 5 }] } });
});

describe('hopscope live --follow', () => {
  it('waits for a file that is not there yet', async () => {
    const file = join(folder, 'later.pcap');
    const watched = live('--follow', file);
    await watched.event((e) => e.event === 'notice' && e.text?.includes('waiting for it') === true, 20_000);
    await pause(300);
    writeFileSync(file, Buffer.concat([HEADER, silence(13)]));
    await watched.event((e) => e.event === 'raised' && e.finding?.title.includes('10.71.1.13') === true, 20_000);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(5);
    const never = live('--follow', join(folder, 'never.pcap'));
    await never.event((e) => e.event === 'notice', 20_000);
    never.child.kill('SIGINT');
    // Nothing was captured: that is no pass.
    expect(await never.code).toBe(3);
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'live', '--follow', join(folder, 'no', 'x.pcap')], {
      encoding: 'utf8',
    });
    expect([status, stderr.split('\n').length]).toEqual([4, 2]);
  });

  const frames = (watched: Watched) => watched.events.at(-1)?.report?.captures[0].frames;

  it('reads on as the file grows', async () => {
    const file = join(folder, 'grows.pcap');
    writeFileSync(file, Buffer.concat([HEADER, silence(10)]));
    const watched = live('--follow', file);
    await watched.event((e) => e.event === 'raised' && e.finding?.title.includes('10.71.1.10') === true, 20_000);
    appendFileSync(file, silence(11));
    await watched.event((e) => e.event === 'raised' && e.finding?.title.includes('10.71.1.11') === true, 20_000);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(10);
  });

  it('goes on with a file that was cut down and written anew', async () => {
    const file = join(folder, 'cut.pcap');
    writeFileSync(file, Buffer.concat([HEADER, silence(12)]));
    const watched = live('--follow', file);
    await watched.raised('arp-no-reply', 20_000);
    truncateSync(file, 0);
    await watched.notice(/cut down or replaced/, 4000);
    appendFileSync(file, Buffer.concat([HEADER, silence(13)]));
    await watched.event((e) => e.event === 'raised' && e.finding?.title.includes('10.71.1.13') === true, 20_000);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(10);
  });

  it('goes on with a file that was moved away and made anew', async () => {
    const file = join(folder, 'moved.pcap');
    writeFileSync(file, Buffer.concat([HEADER, silence(14)]));
    const watched = live('--follow', file);
    await watched.raised('arp-no-reply', 20_000);
    appendFileSync(file, arp(14));
    renameSync(file, `${file}.old`);
    await pause(300);
    writeFileSync(file, Buffer.concat([HEADER, silence(15)]));
    await watched.event((e) => e.event === 'raised' && e.finding?.title.includes('10.71.1.15') === true, 8000);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(11);
  });

  it.each(
    some(
      [
        ['tcpdump -C', 'big.pcap', 'big.pcap1'],
        ['dumpcap -b', 'ring_00001_20250808153651.pcap', 'ring_00002_20250808153702.pcap'],
      ],
      2,
    ),
  )('follows the files of %s', async (_, first, second) => {
    writeFileSync(join(folder, first), Buffer.concat([HEADER, silence(16)]));
    const watched = live('--follow', join(folder, first));
    await watched.raised('arp-no-reply', 20_000);
    writeFileSync(join(folder, second), Buffer.concat([HEADER, silence(17)]));
    await watched.notice(new RegExp(`^${second} carries on where ${first} ends$`), 20_000);
    await watched.event((e) => e.event === 'raised' && e.finding?.title.includes('10.71.1.17') === true, 20_000);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(10);
  });

  it('follows a ring whose names are used again (tcpdump -C 1 -W 3), however fast it turns', async () => {
    const ring = (n: number) => join(folder, `w.pcap${n}`);
    const fresh = (asked: number) => Buffer.concat([HEADER, silence(asked)]);
    // What an earlier run left behind is no part of this one.
    for (const n of [0, 1, 2]) writeFileSync(ring(n), fresh(100 + n));
    const watched = live('--follow', ring(0));
    const raised = (asked: number) =>
      watched.event((e) => e.event === 'raised' && e.finding?.title.includes(`10.71.1.${asked}`) === true, 8000);
    await raised(100);
    // As large as before at once, so that its size tells nothing; and the one behind it soon after.
    writeFileSync(ring(1), fresh(21));
    writeFileSync(ring(2), fresh(22));
    await watched.notice(/^w\.pcap1 carries on where w\.pcap0 ends$/, 20_000);
    await watched.notice(/^w\.pcap2 carries on where w\.pcap1 ends$/, 20_000);
    writeFileSync(ring(0), fresh(23));
    await watched.notice(/^w\.pcap0 carries on where w\.pcap2 ends$/, 20_000);
    for (const asked of [21, 22, 23]) await raised(asked);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(20);
    expect(watched.events.filter((e) => /10\.71\.1\.10[12]/.test(e.finding?.title ?? ''))).toEqual([]);
  });

  it('leaves alone what another capture writes beside it under a similar name', async () => {
    const [mine, other] = [join(folder, 'point1.pcap'), join(folder, 'point2.pcap')];
    writeFileSync(mine, Buffer.concat([HEADER, silence(31)]));
    writeFileSync(other, Buffer.concat([HEADER, silence(32)]));
    const watched = live('--follow', mine);
    await watched.raised('arp-no-reply', 20_000);
    for (let i = 0; i < 10; i++) {
      appendFileSync(other, silence(32));
      await pause(100);
    }
    appendFileSync(mine, arp(31));
    await pause(500);
    watched.child.kill('SIGINT');
    await watched.code;
    expect(frames(watched)).toBe(6);
    expect(watched.events.filter((e) => e.event === 'notice')).toEqual([]);
  });

  it('says what is wrong with the command line', async () => {
    const both = live('-', '-i', 'lo');
    expect(await both.code).toBe(2);
    expect(both.errors).toContain('one source at a time');
    const ring = live('-', '--ring', '1MB,2');
    expect(await ring.code).toBe(2);
    const unknown = live('-i', 'nosuchinterface0');
    expect(await unknown.code).toBe(2);
    expect(unknown.errors).toContain("no interface is called 'nosuchinterface0'");
  });
});
