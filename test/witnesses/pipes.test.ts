// Texts of other tools through pipes and from standard input, and beside captures in the commands that show packets.
import { spawn } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { finished, type Outcome } from '../cli/child.js';
import { startReading } from '../cli/reading.js';
import { captureFile, ethernet, ipv4, tcp } from '../rules/lab.js';
import { Pty } from '../tui/pty.js';
import { file, hubbleLine, type Seen } from './help.js';

const CLI = 'dist/cli.js';
const silent: Seen = {
  src: '10.9.0.1',
  dst: '10.9.0.2',
  sport: 40_000,
  dport: 8443,
  proto: 'tcp',
  isAnswered: false,
  sent: 3,
  // When the captures of the tests begin.
  ms: 1_754_667_411_000,
};
const syn = (s: number, ttl: number) =>
  ethernet(
    { at: s },
    ipv4({ src: silent.src, dst: silent.dst, id: s + 1, ttl }, tcp({ src: silent.sport, dst: silent.dport, flags: 'S', seq: 1 })),
  );
const capture = captureFile([0, 1, 3].map((s) => syn(s, 64)));
const path = file(capture, 'router.pcap');
const hubble = `${[0, 1000, 3000].map((at) => hubbleLine(silent, { at, node: 'w0', what: 'Policy denied DROPPED' })).join('\n')}\n`;
const printed =
  '15:36:51.000000 IP 10.9.0.1.40000 > 10.9.0.2.8443: Flags [S], seq 1, win 64240, length 0\n15:36:52.000000 IP 10.9.0.1.40000 > 10.9.0.2.8443: Flags [S], seq 1, win 64240, length 0\n';

function hopscope(args: readonly string[], stdin: string | Uint8Array): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'pipe' });
  child.stdin.on('error', () => undefined).end(stdin);
  return finished(child);
}
const shell = (line: string): Promise<Outcome> =>
  finished(
    spawn('bash', ['-c', line], { env: { ...process.env, H: `${process.execPath} ${CLI}` }, stdio: ['ignore', 'pipe', 'pipe'] }),
  );

describe('a text of another tool', { timeout: 60_000 }, () => {
  it.each([
    ['alone', ['-'], hubble, /A policy denies 10\.9\.0\.1 → 10\.9\.0\.2/],
    ['compressed', ['-'], gzipSync(hubble), /A policy denies/],
    ['beside a capture', [path, '-'], hubble, /\(-:1\).*✗ tcp-no-answer/],
    ['with packets among its lines', ['-'], printed + hubble, /\(-:3\).*1 text of other tools.*1 fault with 1 symptom/],
    ['after the packets of a capture', ['-', file(hubble, 'hubble.txt')], capture, /hubble\.txt:1\).*✗ tcp-no-answer/],
  ])('from standard input, %s', async (_, args, stdin, says) => {
    const { code, stdout, stderr } = await hopscope(args, stdin);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(says);
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  it('as a file on standard input, and through a named pipe', async () => {
    expect((await shell(`$H - < ${file(hubble)}`)).stdout).toContain('A policy denies');
    expect((await shell(`$H - < ${path}`)).stdout).toContain('No answer from 10.9.0.2');
    expect((await shell(`$H ${path} <(cat ${file(hubble)})`)).stdout).toContain('A policy denies');
    expect((await shell(`$H info - < ${file(hubble)}`)).stdout).toMatch(/Hubble\nlines {4}3: 3 used/);
  });

  it('that goes on is judged as far as it came when somebody ends it', async () => {
    const { child, hasRead } = startReading([CLI, '-'], Buffer.byteLength(hubble));
    const ended = finished(child);
    child.stdin.write(hubble);
    await hasRead;
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(stdout).toContain('A policy denies');
    expect(stdout).toContain('Let it read to the end');
    expect(code).toBe(1);
  });

  it('leaves nothing running where another input cannot be opened', async () => {
    const child = spawn(process.execPath, [CLI, '/nowhere.pcap', '-'], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined).write(hubble.repeat(1000));
    const { code, stderr } = await finished(child);
    expect(stderr).toContain('no such file');
    expect(code).toBe(4);
  });

  it('is quoted by the conversations that it tells of', async () => {
    const text = file(hubble, 'hubble.txt');
    const { stdout } = await hopscope(['flows', path, text], '');
    expect(stdout).toMatch(/\n {6}\| Hubble: dropped at w0, Policy denied ×3 \(.*hubble\.txt:1\)\n/);
    const { flows } = JSON.parse((await hopscope(['flows', path, text, '-f', 'json'], '')).stdout);
    expect(flows[0].quotes).toMatchObject([{ says: 'Hubble: dropped at w0, Policy denied', line: 1, count: 3 }]);
    expect((await hopscope(['flows', path, '-f', 'json'], '')).stdout).not.toContain('quotes');
  });

  it.each(['flows', 'dump', 'record', 'tui', 'follow'])('%s says that it has no packets', async (command) => {
    const text = file(hubble, 'hubble.txt');
    const { code, stderr } = await hopscope([command, text, ...(command === 'follow' ? ['0'] : [])], '');
    expect(stderr).toMatch(/^hopscope: .*hubble\.txt has no packets[^\n]*let `hopscope [^`]*hubble\.txt` judge it\n$/);
    expect(code).toBe(2);
  });

  it('stands between the frames in the findings of the screen', async () => {
    const pty = Pty.start(['tui', path, file(hubble, 'hubble.txt')], { cols: 120, rows: 40 });
    try {
      await pty.until(/fault/);
      await pty.press('\x1b6');
      // Where lines are broken depends on the length of the path.
      const unbroken = (text: string) => text.replace(/\s+/g, ' ');
      await pty.until((text) => /hubble\.txt:1 .*Hubble: dropped at w0, Policy denied ×3/.test(unbroken(text)));
      expect(unbroken(pty.text())).toMatch(/ evidence \S*hubble\.txt:1 /);
    } finally {
      pty.close();
    }
  });
});
