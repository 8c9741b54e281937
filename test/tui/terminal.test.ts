// The terminal before, during and after: what it is asked for, what is given back, what must never reach it.
import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atFirst, Pty, pause } from './pty.js';

const CAPTURE = 'captures/native-missing-route.pcap';
const CLI = process.env['HOPSCOPE_CLI'] ?? 'dist/cli.js';

let pty: Pty;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-tui-test-'));
});
afterEach(async () => {
  await pty?.close();
  rmSync(folder, { recursive: true, force: true });
});

const opened =
  (screen: typeof Pty.show) =>
  async (args: readonly string[] = [CAPTURE], options: Parameters<typeof Pty.show>[1] = {}): Promise<void> => {
    pty = screen(args[0] === CAPTURE ? atFirst(args) : ['tui', ...args], { cols: 100, rows: 30, ...options });
    await pty.until(/No\. .*Source/);
    await pty.still();
  };
/** In a process of its own, of which it is the point how it ends; and where it is not. */
const open = opened(Pty.start);
const look = opened(Pty.show);

const RESTORED = { screen: 'normal', mouse: 'none', paste: false, isCursorHidden: false, isSgrMouse: false };

describe('the terminal', () => {
  it('is asked for buttons and held motion in SGR coding, and for nothing that floods', async () => {
    await open();
    expect(pty.modes()).toMatchObject({
      screen: 'alternate',
      mouse: 'drag',
      paste: true,
      isSgrMouse: true,
      isCursorHidden: true,
    });
    expect(pty.raw).not.toMatch(/\x1b\[\?(1003|1005)h/);
  });

  it.each([
    ['q and yes', 'qy', 0],
    ['Ctrl-C', '\x03', 0],
    ['ZZ', 'ZZ', 0],
    [':q!', ':q!\r', 0],
  ])('is given back after %s', async (_, keys, code) => {
    await open();
    await pty.until(/[1-9] faults?/);
    pty.send(keys);
    expect(await pty.ended).toEqual({ code, signal: 0 });
    await pause(20);
    expect(pty.modes()).toEqual(RESTORED);
    expect(pty.text().trim()).toBe('');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ])('is given back after %s', async (signal, code) => {
    await open();
    pty.pty.kill(signal);
    expect(await pty.ended).toEqual({ code, signal: 0 });
    await pause(20);
    expect(pty.modes()).toEqual(RESTORED);
  });

  it('is given back after a fault in the program, which is told', async () => {
    const fault = `import{isMainThread}from'node:worker_threads';isMainThread&&setTimeout(()=>{throw new Error('from nowhere')},2500)`;
    await open([CAPTURE], { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` } });
    expect((await pty.ended).code).toBe(70);
    await pause(20);
    expect(pty.modes()).toEqual(RESTORED);
    expect(pty.text()).toContain('internal error: from nowhere');
  });

  it('is given back while the program is stopped, and taken again', async () => {
    const isStopped = async () => {
      const isHeld = () => / T /.test(readFileSync(`/proc/${pty.pty.pid}/stat`, 'utf8').replace(/^.*\)/, ''));
      await pty.until((text) => text.trim() === '' && isHeld());
    };
    await open();
    pty.send('\x1a');
    await isStopped();
    expect(pty.modes()).toMatchObject({ screen: 'normal', mouse: 'none', paste: false, isCursorHidden: false });
    pty.pty.kill('SIGCONT');
    await pty.until(/No\. .*Source/);
    await pty.press('jj');
    expect(pty.modes()).toMatchObject({ screen: 'alternate', mouse: 'drag', paste: true });
    expect(pty.line(/^[! ] +3 /)).toContain('172.20.0.96');
    // From outside too.
    pty.pty.kill('SIGTSTP');
    await isStopped();
    pty.pty.kill('SIGCONT');
    await pty.until(/No\. .*Source/);
  });

  it('gets no colours with NO_COLOR, and only its own with 16', async () => {
    await look([CAPTURE], { env: { NO_COLOR: '1' } });
    await pty.until(/1 fault/);
    expect(pty.raw).not.toMatch(/\x1b\[(?:\d+;)*(?:3|4|9|10)[0-8](?:;\d+)*m/);
    expect(pty.line(/^! +3 /)).toContain('172.20.0.96');
    await pty.close();
    await look([CAPTURE], { env: { TERM: 'xterm', COLORTERM: undefined } });
    expect(pty.raw).not.toContain('8;5;');
    expect(pty.raw).toMatch(/\x1b\[[\d;]*3[0-7]/);
  });

  it('may be another one than xterm', async () => {
    for (const TERM of ['tmux-256color', 'screen', 'linux', 'vt220', 'xterm-kitty']) {
      await look([CAPTURE], { env: { TERM } });
      expect(pty.line(/^[! ] +3 /)).toContain('172.20.0.96');
      expect(pty.text()).toContain('│');
      await pty.close();
    }
  });
});

describe('what cannot be shown is told in one line', () => {
  const run = (...args: string[]) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [CLI, 'tui', ...args], { encoding: 'utf8' });
    return { status, stderr, stdout };
  };
  it('without a terminal', () => {
    const { status, stderr, stdout } = run(CAPTURE);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^hopscope: the terminal UI needs a terminal, .*\n$/);
  });
  it.each([
    ['a missing file', [join('nowhere', 'x.pcap')], 4, /nowhere\/x\.pcap: there is no such file/],
    ['a file that is no capture', ['package.json'], 4, /package\.json/],
    ['a wrong filter', [CAPTURE, '-Y', 'ip.srcc == 1'], 2, /ip\.srcc/],
    ['a wrong decode-as rule', [CAPTURE, '-d', 'udp.port==x,vxlan'], 2, /udp\.port==x/],
  ])('%s', async (_, args, code, text) => {
    pty = Pty.start(['tui', ...args], { cols: 200, rows: 24 });
    expect((await pty.ended).code).toBe(code);
    await pause(20);
    expect(pty.text().trim()).toMatch(text);
    expect(pty.raw).not.toContain('\x1b[?1049h');
    expect(pty.text().trim().split('\n').length).toBeLessThanOrEqual(3);
  });
  it('with a dumb terminal', async () => {
    pty = Pty.start(['tui', CAPTURE], { env: { TERM: 'dumb' } });
    expect((await pty.ended).code).toBe(2);
    await pause(20);
    expect(pty.text()).toContain("TERM is 'dumb'");
  });
});

/** An Ethernet frame with a DNS question for a name of these bytes. */
function question(name: Buffer): Buffer {
  const label = Buffer.concat([Buffer.from([name.length]), name, Buffer.from([3]), Buffer.from('lab'), Buffer.from([0])]);
  const dns = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), label, Buffer.from('00010001', 'hex')]);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(40_000, 0);
  udp.writeUInt16BE(53, 2);
  udp.writeUInt16BE(8 + dns.length, 4);
  const ip = Buffer.from('4500000000004000401100000a0000010a000002', 'hex');
  ip.writeUInt16BE(20 + 8 + dns.length, 2);
  return Buffer.concat([Buffer.from('0200000000020200000000010800', 'hex'), ip, udp, dns]);
}
function capture(frames: readonly Buffer[]): Buffer {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  return Buffer.concat([head, ...frames.flatMap((frame, i) => [record(frame, i), frame])]);
}
function record(frame: Buffer, second: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_700_000_000 + second, 0);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return head;
}

describe('text of packets', () => {
  it('never reaches the terminal raw, and keeps the columns', async () => {
    const names = ['\x1b]0;owned\x07\x1b[2J\x9b31m', '서울-라우터', '😀emoji😀', 'abc\u202edef\u200b', '\r\n\t\x7f'];
    const file = join(folder, 'names.pcap');
    writeFileSync(file, capture([...names, 'plain'].map((name) => question(Buffer.from(name)))));
    await look([file]);
    const rows = pty.lines().filter((line) => /10\.0\.0\.1 +10\.0\.0\.2/.test(line));
    expect(rows).toHaveLength(6);
    // All rows have their columns at the same place, wide characters or not.
    const places = new Set(rows.map((row) => row.indexOf('10.0.0.2')));
    expect(places.size).toBe(1);
    expect(pty.text()).toContain('서울-라우터');
    expect(pty.text()).not.toContain('😀');
    expect(pty.raw).not.toContain('\x1b]0;owned');
    expect(pty.raw).not.toMatch(/[\u202e\u200b\x9b]/);
    expect(pty.clears).toBe(1);
    // Walking over them draws nothing astray.
    for (let i = 0; i < 5; i++) await pty.press('j');
    await pty.press('\t');
    await pty.press('e');
    await pty.press('\x1b');
    for (let i = 0; i < 5; i++) await pty.press('k');
    expect(
      pty
        .lines()
        .filter((line) => /10\.0\.0\.1 +10\.0\.0\.2/.test(line))
        .map((row) => row.indexOf('10.0.0.2')),
    ).toEqual(rows.map((row) => row.indexOf('10.0.0.2')));
    expect(pty.lines()[0]).toContain('names.pcap');
    expect(pty.lines().at(-1)).toContain('filter');
    expect(pty.raw).not.toMatch(/[\u202e\u200b\x9b]/);
  });

  it('nor does the name of a file or a filter', async () => {
    const file = join(folder, 'a\x1b[31m한글.pcap');
    copyFileSync(CAPTURE, file);
    await look([file]);
    expect(pty.lines()[0]).toContain('\\x1b[31m한글.pcap');
    await pty.press('/한글 "\x1b[200~\x1b[31m\x1b[201~');
    expect(pty.line('Filter:')).toContain('한글 "');
    expect(pty.raw).not.toContain('"\x1b[31m');
  });
});

describe('files', () => {
  it('that are damaged are shown as far as they go', async () => {
    const file = join(folder, 'cut.pcap');
    writeFileSync(file, readFileSync(CAPTURE).subarray(0, 4000));
    await look([file]);
    await pty.until(/damaged/);
    await pty.until(/× .*cut\.pcap.*$/);
    expect(pty.line(/^[! ] +3 /)).toContain('172.20.0.96');
    pty.send('ZZ');
    expect((await pty.ended).code).toBe(4);
  });

  it('that grow are followed: the list stays at the end until the user moves', async () => {
    const all = readFileSync(CAPTURE);
    const file = join(folder, 'growing.pcap');
    writeFileSync(file, all.subarray(0, 2400));
    await look(['--follow', file], { cols: 120, rows: 40 });
    await pty.until('● live');
    const count = () => Number(/(\d+) packets/.exec(pty.lines()[0]!)?.[1]);
    const before = count();
    appendFileSync(file, all.subarray(2400));
    await pty.until(() => count() === 61);
    expect(before).toBeLessThan(40);
    await pty.until(/^[! ] +61 /m);
    await pty.until(/1 fault/);
    await pty.press('gg');
    appendFileSync(file, all.subarray(24));
    await pty.until(() => count() === 122);
    expect(pty.line(/^[! ] +1 /)).not.toBe('');
  });

  it('may be a pipe: the keys come from the terminal', async () => {
    const script = `cat ${CAPTURE} | '${process.execPath}' '${CLI}' tui -`;
    pty = Pty.start(['-c', script], { command: 'sh', cols: 120, rows: 40 });
    await pty.until(/1 fault/);
    await pty.until(/61 packets/);
    await pty.press('jj');
    await pty.press('/icmp\r');
    await pty.until(/= \d+ of 61/);
    await pty.press('x');
    pty.send('ZZ');
    expect((await pty.ended).code).toBe(0);
    await pause(20);
    expect(pty.modes()).toEqual(RESTORED);
  });

  it('are drawn whole when the window was smaller for a moment', async () => {
    await opened(Pty.start)(['captures/native-missing-route.pcap']);
    await pty.until(/1 fault · 3 folded/);
    // Columns only grow: they are as wide as they will be.
    pty.resize(120, 40);
    await pty.press('G');
    await pty.until(/TCP Retransmission/);
    const whole = pty.text();
    for (let i = 0; i < 5; i++) {
      pty.resize(40, 10);
      pty.resize(120, 40);
      await pty.press('\x1b');
      expect(pty.text()).toBe(whole);
    }
  });

  it('keep answering keys and sizes while they are read', async () => {
    const file = join(folder, 'large.pcap');
    const made = spawnSync(process.execPath, ['scripts/generate-capture.mjs', file, '--frames', '100000', '--shape', 'vxlan']);
    expect(made.status).toBe(0);
    await look([file]);
    for (const [cols, rows] of [
      [80, 24],
      [200, 50],
      [61, 16],
      [120, 40],
    ] as const) {
      pty.resize(cols, rows);
      await pty.press('jjjj');
      expect(pty.lines()[0]).toContain('large.pcap');
      expect(pty.lines().at(-1)!.length).toBeLessThanOrEqual(cols);
    }
    await pty.until(/100 000 packets/, 60_000);
    await pty.until((text) => !/[█░]/.test(text), 60_000);
    await pty.press('G');
    await pty.until(/^[! ] *100000 /m);
    // The load can be ended, and what was read stays.
    await pty.press(':reload\r');
    await pty.press('\x03');
    await pty.until(/stopped|packets/);
  });
});
