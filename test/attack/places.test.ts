// Files that are no files, disks without room, pipes nobody reads.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { some, thoroughly } from '../thorough.js';
import { hopscope as alone, CLI, ethernet, expectOneLine, file, folder, hopscopeInOne, inFolder, ipv4, pcap } from './help.js';

const hopscope = hopscopeInOne();
const PING = ethernet(0x0800, ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1)));
const FRAMES = Array.from({ length: 3000 }, () => PING);
const capture = file('a.pcap', pcap(FRAMES));
const isRoot = process.getuid?.() === 0;

/** A line of shell; `$H` is hopscope. */
function shell(line: string): SpawnSyncReturns<string> {
  const run = spawnSync('bash', ['-c', line], {
    cwd: folder(),
    encoding: 'utf8',
    // Against hanging only: with the machine at a load of ten, a start of hopscope takes seconds.
    timeout: 45_000,
    maxBuffer: 1 << 28,
    env: { ...process.env, H: `${process.execPath} ${CLI}` },
  });
  expect(run.error?.message, 'it hangs').toBeUndefined();
  expect(run.stderr).not.toMatch(/internal error|node:internal|at file:\/\//);
  return run;
}

describe('inputs', () => {
  it.each(
    some(
      [
        ['nothing', 'nothing.pcap', 4, /there is no such file; check the path/],
        ['a link to nothing', 'dangling', 4, /there is no such file/],
        ['a link to itself', 'circle', 4, /too many symbolic links/],
        ['a name of 5000 characters', 'x'.repeat(5000), 4, /name too long/],
        ['a folder below a file', 'a.pcap/b.pcap', 4, /there is no such file/],
      ],
      2,
    ),
  )('%s', async (_, path, status, says) => {
    if (!existsSync(inFolder('circle')) && !readdirSync(folder()).includes('circle')) {
      symlinkSync('circle', inFolder('circle'));
      symlinkSync('nowhere', inFolder('dangling'));
    }
    for (const command of [['diagnose'], ['dump'], ['flows']]) {
      const ran = await hopscope([...command, path]);
      expect(ran.status).toBe(status);
      expectOneLine(ran.err);
      expect(ran.err).toMatch(says);
    }
  });
  it('a directory', async () => {
    mkdirSync(inFolder('bare'));
    // What is in it is the question that info answers.
    expect(await hopscope(['info', 'bare'])).toMatchObject({ status: 0, err: '' });
    for (const command of ['diagnose', 'flows', 'dump', 'record']) {
      const none = await hopscope([command, 'bare']);
      expect(none.status, command).toBe(2);
      expectOneLine(none.err);
      expect(none.err).toMatch(/no capture is in/);
    }
  });
  it.each(some(['/dev/zero', '/dev/full', '/dev/urandom', '/dev/null'], 2))('the device %s', async (path) => {
    for (const command of ['diagnose', 'dump', 'info', 'flows', 'record']) {
      const ran = await hopscope([command, path]);
      expect(ran.status).toBe(4);
      expectOneLine(ran.err);
      expect(ran.err).toMatch(/is neither a file nor a pipe/);
    }
  });
  it('an empty name', async () => {
    for (const command of ['diagnose', 'dump', 'info', 'flows']) {
      const ran = await hopscope([command, '']);
      expect(ran.status).toBe(4);
      expectOneLine(ran.err);
      expect(ran.err).toMatch(/the name of a capture is empty/);
    }
  });
  it('an empty file', async () => {
    writeFileSync(inFolder('empty.pcap'), '');
    const said = 'empty.pcap: the file is empty; was the capture stopped too early?\n';
    expect(await hopscope(['diagnose', 'empty.pcap'])).toMatchObject({ status: 4, out: `✗ ${said}`, err: '' });
    for (const command of ['dump', 'record'])
      expect(await hopscope([command, 'empty.pcap'])).toMatchObject({ status: 4, out: '', err: `hopscope: ${said}` });
  });
  it('a named pipe that nobody writes into: Ctrl-C ends it', () => {
    shell('mkfifo silent');
    for (const command of some(['diagnose', 'dump', 'info', 'flows', 'record'], 3)) {
      // timeout says 124 when the signal that it sent was enough, 137 when it had to kill.
      const ran = shell(`timeout -s INT -k 5 1 $H ${command} silent`);
      expect(ran.status, command).toBe(124);
    }
  });
  it.each([
    ['-t', ['diagnose', 'a.pcap', '-t', '/dev/zero']],
    ['verify', ['verify', '/dev/zero']],
    ['import', ['topology', 'import', 'router=/dev/zero']],
    ['a topology that is a folder', ['diagnose', 'a.pcap', '-t', '.']],
    ['a topology without an end of lines', ['diagnose', 'a.pcap', '-t', '/dev/urandom']],
  ])('a device where a text belongs: %s', async (_, args) => {
    const ran = await hopscope(args);
    expect(ran.status).toBe(2);
    expectOneLine(ran.err);
  });
  it('a socket', async () => {
    const path = inFolder('socket');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    const ran = await hopscope(['diagnose', path]);
    server.close();
    expect(ran.status).toBe(4);
    expect(ran.err).toMatch(/neither a file nor a pipe/);
  });
  it('a named pipe is read like a file', () => {
    const ran = shell('mkfifo pipe && (cat a.pcap > pipe &) && $H diagnose pipe -f json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ captures: [{ frames: 3000, error: null }] });
  });
  it('a named pipe whose writer dies: what came is kept', () => {
    const ran = shell('mkfifo cutpipe && (head -c 100000 a.pcap > cutpipe &) && $H info cutpipe -f json');
    expect(ran.status).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      captures: [{ frames: expect.any(Number), error: expect.stringMatching(/breaks off/) }],
    });
  });
  it.each([
    ['a directory', '.', /is a directory, so it cannot be followed/],
    ['a named pipe', 'waiting', /is no plain file, so it cannot be followed/],
  ])('live does not follow %s', async (_, path, says) => {
    if (path === 'waiting') shell('mkfifo waiting');
    const ran = alone(['live', '--follow', path, '--duration', '2']);
    expect(ran.status).toBe(4);
    expectOneLine(ran.err);
    expect(ran.err).toMatch(says);
  });
  it('live waits for a file that is not there, and passes nothing if it does not come', async () => {
    const ran = alone(['live', '--follow', 'nothing', '--duration', '2']);
    expect(ran.status).toBe(3);
    expectOneLine(ran.err);
    expect(ran.err).toMatch(/is not there yet; waiting for it/);
  });
  it('what is no capture is told by every command that takes a pipe', () => {
    for (const command of some(['live', 'diagnose', 'dump', 'info', 'flows'], 3)) {
      const ran = shell(`$H ${command} - < /dev/zero`);
      expect(ran.status, command).toBe(4);
      expect(`${ran.stdout}${ran.stderr}`.replace(/\s+/g, ' ')).toMatch(/not a pcap or pcapng capture/);
    }
  });
  it('symbolic and hard links to a capture', async () => {
    symlinkSync('a.pcap', inFolder('soft.pcap'));
    linkSync(capture, inFolder('hard.pcap'));
    for (const path of ['soft.pcap', 'hard.pcap']) expect((await hopscope(['info', path])).status).toBe(0);
  });
  it('a side file that is a folder, or a link to itself', async () => {
    for (const [name, make] of [
      ['side1.pcap', (path: string) => mkdirSync(path)],
      ['side2.pcap', (path: string) => symlinkSync(path, path)],
    ] as const) {
      const path = file(name, pcap([PING]));
      make(`${path}.ifmap.json`);
      const ran = await hopscope(['diagnose', path]);
      expect(ran.status).toBe(2);
      expectOneLine(ran.err);
    }
  });
  it('closed and empty standard input', () => {
    expect(shell('$H - <&-').status).toBe(4);
    expect(shell('$H - < /dev/null').status).toBe(4);
    expect(shell('$H info - < .').status).toBe(4);
  });
  it.skipIf(!isRoot)('no rights', () => {
    const path = file('secret.pcap', pcap([PING]));
    chmodSync(path, 0);
    chmodSync(folder(), 0o755);
    // Root may read everything: another user is asked.
    const run = spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'cat', CLI], { encoding: 'utf8' });
    if (run.status !== 0) return console.log('another user cannot read the program here: nothing can be shown');
    const ran = shell(`setpriv --reuid=65534 --regid=65534 --clear-groups $H diagnose ${path}`);
    expect(ran.status).toBe(4);
    expect(ran.stderr).toMatch(/no permission, it cannot be read; run `sudo chmod a\+r` on it/);
    const out = shell(`setpriv --reuid=65534 --regid=65534 --clear-groups $H diagnose a.pcap -o ${inFolder('denied.txt')}`);
    expect(out.status).toBe(2);
    expect(out.stderr).toMatch(/no right to write there/);
  });
});

describe('a file that changes while it is read', () => {
  const readSome = (path: string, change: () => void): { frames: number; error: string | undefined } => {
    const source = openCapture(path, { capacity: 4096 });
    const frame = new Frame();
    let frames = 0;
    for (let more = source.fill(); more; more = source.fill()) {
      while (source.next(frame)) frames++;
      change();
    }
    source.close();
    return { frames, error: source.error?.message };
  };
  it('cut shorter: the frames before are kept, and it is said', () => {
    const path = file('cut.pcap', pcap(FRAMES));
    const { frames, error } = readSome(path, () => truncateSync(path, 20_001));
    expect(frames).toBeGreaterThan(10);
    expect(frames).toBeLessThan(3000);
    expect(error).toMatch(/breaks off/);
  });
  it('emptied', () => {
    const path = file('emptied.pcap', pcap(FRAMES));
    const { frames } = readSome(path, () => truncateSync(path, 0));
    expect(frames).toBeGreaterThan(10);
  });
  it('overwritten with something else', () => {
    const path = file('over.pcap', pcap(FRAMES));
    const { frames, error } = readSome(path, () => writeFileSync(path, Buffer.alloc(300_000, 0xff)));
    expect(frames).toBeGreaterThan(10);
    expect(error).toMatch(/the record claims|damaged/);
  });
  it('growing', () => {
    const path = file('growing.pcap', pcap(FRAMES));
    let grown = 0;
    const { frames } = readSome(path, () => {
      if (grown++ === 0) writeFileSync(path, pcap([PING]).subarray(24), { flag: 'a' });
    });
    expect(frames).toBe(3001);
  });
});

describe('outputs', () => {
  const report = ['diagnose', 'a.pcap', '-f', 'json'];
  it.each([
    ['a directory', '.', /is a directory; name a file in it/],
    ['/dev/full', '/dev/full', /the disk is full/],
    ['a missing folder', 'no/report.json', /the folder does not exist/],
    ['a name that is too long', 'x'.repeat(300), /the name is too long/],
  ])('%s', async (_, path, says) => {
    const ran = await hopscope([...report, '-o', path]);
    expect(ran.status).toBe(2);
    expectOneLine(ran.err);
    expect(ran.err).toMatch(says);
    for (const wrong of [
      ['dump', 'a.pcap', '-w', path],
      ['record', 'a.pcap', '-o', path],
    ])
      expect([2, 4]).toContain((await hopscope(wrong)).status);
  });
  it('a symbolic link stays one, and its target is written', async () => {
    writeFileSync(inFolder('target.json'), 'old');
    chmodSync(inFolder('target.json'), 0o640);
    symlinkSync('target.json', inFolder('link.json'));
    expect((await hopscope([...report, '-o', 'link.json'])).err).toBe('');
    expect(lstatSync(inFolder('link.json')).isSymbolicLink()).toBe(true);
    expect(readlinkSync(inFolder('link.json'))).toBe('target.json');
    expect(statSync(inFolder('target.json')).mode & 0o777).toBe(0o640);
    expect(JSON.parse(readFileSync(inFolder('target.json'), 'utf8'))).toMatchObject({ schema: 'hopscope.report/2' });
  });
  it('what is read is not written over, by whatever name', async () => {
    const own = file('own.pcap', pcap(FRAMES));
    symlinkSync('own.pcap', inFolder('own-soft.pcap'));
    linkSync(own, inFolder('own-hard.pcap'));
    const topology = 'nodes: { a: { podCIDRs: [10.0.0.0/24] } }\n';
    writeFileSync(inFolder('own.yaml'), topology);
    const sheet = 'version: 1\nname: own\ncaptures: { a: own.pcap }\nexpect: [{ name: pings, where: icmp }]\n';
    writeFileSync(inFolder('sheet.yaml'), sheet);
    for (const over of ['own.pcap', './own.pcap', 'own-soft.pcap', 'own-hard.pcap'])
      for (const args of [
        ['diagnose', 'own.pcap', '-o', over],
        ['diagnose', 'a=own.pcap', '-f', `json=${over}`],
        ['dump', '-r', 'own.pcap', '-w', over],
        ['flows', 'own.pcap', '-o', over],
        ['record', 'own.pcap', '-o', over],
        ['diff', 'a.pcap', 'own.pcap', '-o', over],
        ['live', '--follow', 'own.pcap', '--duration', '1s', '-w', over],
        ['verify', 'sheet.yaml', '-o', over],
      ]) {
        const ran = await hopscope(args);
        expect(ran.status, args.join(' ')).toBe(2);
        expectOneLine(ran.err);
        // What a sheet names is known only once it is read; that a report does not replace a capture is known before.
        expect(ran.err).toContain(
          args[0] === 'verify' ? `${over} is a capture, and is not replaced by a report` : `${over} is read by this run`,
        );
      }
    expect((await hopscope(['diagnose', 'a.pcap', '-t', 'own.yaml', '-o', 'own.yaml'])).status).toBe(2);
    expect((await hopscope(['verify', 'sheet.yaml', '-f', 'junit=sheet.yaml'])).status).toBe(2);
    expect(readFileSync(own)).toEqual(readFileSync(capture));
    expect(readFileSync(inFolder('own.yaml'), 'utf8')).toBe(topology);
    expect(readFileSync(inFolder('sheet.yaml'), 'utf8')).toBe(sheet);
  });
  it('what a folder holds is not written over by who reads the folder, but for reports', async () => {
    mkdirSync(inFolder('run'));
    writeFileSync(inFolder('run/a.pcap'), pcap(FRAMES));
    writeFileSync(inFolder('run/lab.yaml'), 'nodes: { a: { podCIDRs: [10.0.0.0/24] } }\n');
    for (const args of [
      ['dump', 'run', '-w', 'run/a.pcap', '--overwrite'],
      ['dump', 'run/', '-w', './run/../run/a.pcap', '--overwrite'],
      ['diagnose', 'run', '-o', 'run/lab.yaml'],
      ['diagnose', 'run', '-f', 'json=run/a.pcap'],
    ]) {
      const ran = await hopscope(args);
      expect(ran.status, args.join(' ')).toBe(2);
      expect(ran.err).toMatch(/is read by this run, and would be written over/);
    }
    expect(readFileSync(inFolder('run/a.pcap'))).toEqual(pcap(FRAMES));
    for (const _ of ['first', 'again'])
      for (const kind of ['json', 'html'])
        expect([0, 1, 3]).toContain((await hopscope(['diagnose', 'run', '-f', `${kind}=run/report.${kind}`])).status);
  });
  it('live: a file that cannot be written ends it, and the exit code says so', () => {
    const ran = shell('$H live - -w /dev/full < a.pcap');
    expect(ran.status).toBe(4);
    expect(ran.stderr).toMatch(/the disk is full/);
  });
  it('an export goes into a folder of its own', async () => {
    for (const [path, says] of [
      ['a.pcap', /it is a file; name a folder/],
      ['/dev/full', /name a folder/],
      ['no/such', /does not exist/],
    ] as const) {
      const ran = await hopscope(['export', '--parquet', path, 'a.pcap']);
      expect(ran.status).toBe(2);
      expectOneLine(ran.err);
      expect(ran.err).toMatch(says);
    }
  });
  it('a link to itself is told', async () => {
    symlinkSync('ring.json', inFolder('ring.json'));
    const ran = await hopscope([...report, '-o', 'ring.json']);
    expect(ran.status).toBe(2);
    expectOneLine(ran.err);
  });
  it('a named pipe is written into', () => {
    const ran = shell(
      'mkfifo outpipe && (cat outpipe > got.json &) && $H diagnose a.pcap -f json -o outpipe; sleep 0.2; cat got.json',
    );
    expect(JSON.parse(ran.stdout)).toMatchObject({ captures: [{ frames: 3000 }] });
  });
  it('several outputs: one that fails does not keep the others', async () => {
    const ran = await hopscope(['diagnose', 'a.pcap', '-f', 'json=no/a.json', '-f', 'junit=ok.xml', '-f', 'text']);
    expect(ran.status).toBe(2);
    expect(readFileSync(inFolder('ok.xml'), 'utf8')).toMatch(/^<\?xml/);
    expect(ran.out).not.toBe('');
  });
  it('standard output on a full disk is no verdict', () => {
    for (const command of some(['dump', 'diagnose', 'info', 'flows'], 2)) {
      const line = `$H ${command} a.pcap > /dev/full`;
      const ran = shell(line);
      expect(ran.status, line).toBe(2);
      expect(ran.stderr).toMatch(/^hopscope: cannot write standard output: the disk is full/);
    }
  });
  it('nobody reads standard output any more', () => {
    for (const command of some(['dump', 'dump -V', 'dump -T json', 'flows', 'info -f json'], 2)) {
      const ran = shell(`set -o pipefail; $H ${command} a.pcap | head -c 10 > /dev/null; echo "$?"`);
      expect(ran.stderr).toBe('');
      expect(Number(ran.stdout)).toBeLessThan(5);
    }
  });
  it('closed standard output and standard error', () => {
    for (const line of [
      '$H dump a.pcap >&-',
      '$H diagnose a.pcap 2>&-',
      '$H diagnose nothing 2>&-',
      '$H diagnose nothing >&- 2>&-',
      '$H nothing 2> /dev/full',
    ])
      expect([0, 1, 2, 3, 4], line).toContain(shell(line).status);
  });

  it('a disk that gets full leaves no half a file', async () => {
    const disk = inFolder('disk');
    mkdirSync(disk);
    const mounted = isRoot ? spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0 : false;
    if (!mounted) return console.log('a small disk cannot be mounted here (that takes root): not shown');
    try {
      const live = shell(
        'head -c 100000 /dev/zero > disk/all 2> /dev/null; $H live - -w disk/live.pcapng < a.pcap; ls disk; rm disk/*',
      );
      expect(live.stderr).toMatch(/^hopscope: disk\/live\.pcapng: cannot be written \(the disk is full\)\n$/);
      expect(live.stdout).toMatch(/all\n$/);
      expect(live.stdout).not.toContain('live.pcapng');
      // One that gets full while packets are kept ends the keeping, not the run: what is wrong is told.
      const later = alone(['live', '-', '--findings', '-w', 'disk/live.pcapng'], {
        input: readFileSync(resolve('captures/tcp-zero-window.pcap')),
      });
      expect(later.err).toMatch(/disk\/live\.pcapng: cannot be written \(the disk is full\); packets are no longer kept/);
      expect(later.out).toMatch(/tcp-zero-window/);
      expect(later.status).toBe(4);
      rmSync(join(disk, 'live.pcapng'));
      writeFileSync(join(disk, 'report.json'), 'old');
      writeFileSync(join(disk, 'rest'), Buffer.alloc(56 * 1024));
      const ran = await hopscope(['flows', 'a.pcap', '-f', 'json', '-o', 'disk/report.json']);
      if (ran.status !== 0) expect(readFileSync(join(disk, 'report.json'), 'utf8')).toBe('old');
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('ended by a signal in the middle: no temporary file stays', async () => {
    const large = file('large.pcap', pcap(Array.from({ length: 300_000 }, () => PING)));
    const child = spawn(process.execPath, [CLI, 'dump', large, '-w', 'ended.pcapng'], { cwd: folder(), stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // It has begun to write, and is not done.
    while (child.exitCode === null && !readdirSync(folder()).some((name) => name.includes('.part')))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    await ended;
    expect(readdirSync(folder()).filter((name) => name.includes('.part') || name.includes('.tmp'))).toEqual([]);
  });
});

describe('many and long arguments', () => {
  it('2000 captures by name', () => {
    const ran = shell('ulimit -n 4096; $H info $(yes a.pcap | head -2000) -f json');
    expect(ran.status).toBe(0);
    expect((JSON.parse(ran.stdout) as { captures: unknown[] }).captures).toHaveLength(2000);
  });
  it('more captures than files can be open', () => {
    const ran = shell('ulimit -n 64; $H diagnose $(yes a.pcap | head -200)');
    expect([2, 4]).toContain(ran.status);
    expect(ran.stderr).toMatch(/too many open files; raise `ulimit -n`, or name fewer captures at once/);
    expectOneLine(ran.stderr);
  });
  thoroughly('10 000 filters, rules and columns', async () => {
    expect(
      (
        await hopscope([
          'dump',
          'a.pcap',
          '-c',
          '1',
          '-T',
          'fields',
          ...Array.from({ length: 10_000 }, () => ['-e', 'ip.src']).flat(),
        ])
      ).status,
    ).toBe(0);
    expect(
      (await hopscope(['diagnose', 'a.pcap', ...Array.from({ length: 10_000 }, () => ['--rule', 'arp-no-reply']).flat()])).status,
    ).toBe(0);
  });
  it('the descriptors that a run opens are closed again', () => {
    // A reader that leaks would run out of them.
    const fd = openSync(capture, 'r');
    for (let n = 0; n < 3000; n++) openCapture(capture, { capacity: 64 }).close();
    expect(openSync(capture, 'r')).toBeLessThan(fd + 100);
  });
});
