// What a live run shows on a terminal: lines above, the summary below, and nothing lost between the two.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitted, LiveText } from '../../src/cli/live-text.js';
import type { Finding } from '../../src/rules/finding.js';
import { CLI, pause } from './lab.js';

let folder: string;
/** Writes a capture of so many ARP requests nobody answers, one each 60 ms, and ends when the file is there that it is given. */
let feeder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-view-'));
  feeder = join(folder, 'feed.mjs');
  writeFileSync(
    feeder,
    `import { existsSync } from 'node:fs';
const frame = Buffer.from('ffffffffffff020000000001080600010800060400010200000000010a4701020000000000000a470107', 'hex');
process.stdout.write(Buffer.from(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer));
for (let i = 0; i < Number(process.argv[2]); i++) {
  const ms = Date.now();
  process.stdout.write(Buffer.concat([Buffer.from(new Uint32Array([Math.floor(ms / 1000), (ms % 1000) * 1000, 42, 42]).buffer), frame]));
  await new Promise((done) => setTimeout(done, 60));
}
while (!existsSync(process.argv[3])) await new Promise((done) => setTimeout(done, 50));
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A terminal that runs a command for a shell. */
class Terminal {
  readonly ended: Promise<number>;
  /** Times a colour or faintness was asked for. */
  colors = 0;
  private readonly screen: InstanceType<typeof xterm.Terminal>;
  private readonly child: ReturnType<typeof spawn>;

  constructor(command: string, cols: number, rows: number, env: Record<string, string> = {}) {
    this.screen = new xterm.Terminal({ cols, rows, scrollback: 1000, allowProposedApi: true });
    const { CI: _, ...rest } = process.env;
    this.child = spawn('sh', ['-c', command], { cols, rows, env: { ...rest, TERM: 'xterm-256color', ...env } });
    this.child.onData((data) => {
      this.colors += data.split(/\x1b\[(?:[0-9;]*;)?(?:3[0-7]|9[0-7]|2)m/).length - 1;
      this.screen.write(data);
    });
    this.ended = new Promise((done) => this.child.onExit(({ exitCode }) => done(exitCode)));
  }

  /** The last lines, once they are as wanted. */
  async until(last: readonly RegExp[]): Promise<string[]> {
    for (let i = 0; i < 200; i++) {
      const lines = (await this.lines()).slice(-last.length);
      if (lines.length === last.length && last.every((wanted, n) => wanted.test(lines[n]))) return lines;
      await pause(50);
    }
    throw new Error(`the terminal never showed ${last.join(' ')}; there is\n${(await this.lines()).join('\n')}`);
  }

  resize(cols: number, rows: number): void {
    this.screen.resize(cols, rows);
    this.child.resize(cols, rows);
  }

  /** All lines, those that have left the screen too; what was wrapped is one. */
  async lines(): Promise<string[]> {
    await new Promise<void>((done) => this.screen.write('', done));
    const { active } = this.screen.buffer;
    const lines: string[] = [];
    for (let y = 0; y < active.length; y++) {
      const line = active.getLine(y);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped) lines.push((lines.pop() ?? '') + text);
      else lines.push(text);
    }
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }
}

const SUMMARY = [/^─+$/, / frames\/s · [\d.]+ [kM]?bit\/s · /, /^no answer from 10\.71\.1\.7 arp \(/, /^(\d+|no) error/];

describe('the terminal', () => {
  let runs = 0;
  /** Runs on `count` frames, until `end` is called. */
  const live = (
    count: number,
    size: readonly [number, number],
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ) => {
    const stop = join(folder, `stop${runs++}`);
    const words = [process.execPath, CLI, 'live', '-', ...args].map((word) => `'${word}'`).join(' ');
    const terminal = new Terminal(`'${process.execPath}' '${feeder}' ${count} '${stop}' | ${words}`, ...size, env);
    return { terminal, end: () => writeFileSync(stop, '') };
  };

  it('has every packet above the summary, once', async () => {
    const { terminal, end } = live(40, [120, 24]);
    await terminal.until(SUMMARY);
    const [, rates] = await terminal.until(SUMMARY.with(1, / · 40 frames · /));
    expect(rates).toContain('losses not known');
    end();
    expect(await terminal.ended).toBe(1);
    const after = await terminal.lines();
    expect(after.filter((line) => /Who has 10\.71\.1\.7/.test(line)).map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    // The summary goes when the report comes.
    expect(after.filter((line) => /frames\/s|Ctrl-C/.test(line))).toEqual([]);
    expect(after.at(-2)).toMatch(/^1 capture, 40 frames/);
    expect(after.at(-1)).toBe('40 questions: 40 explained above');
  });

  it('takes no line above the summary away with it, also where a change of it was still to be drawn', async () => {
    const script = join(folder, 'close.mjs');
    writeFileSync(
      script,
      `import { openLiveView } from ${JSON.stringify(pathToFileURL(join(dirname(CLI), 'live-view.mjs')).href)};
const view = openLiveView(false);
const status = { frames: 1, frameRate: 0, byteRate: 0, dropped: 0, conversations: 0, asked: [], errors: 0, warnings: 0, resolved: 0, elapsedMs: 0 };
for (let i = 1; i <= 8; i++) view.print('line ' + i + '\\n');
view.show(status);
await new Promise((done) => setTimeout(done, 300));
view.show({ ...status, frames: 2 });
view.show({ ...status, frames: 3 });
view.close();
console.log('end');
`,
    );
    const terminal = new Terminal(`'${process.execPath}' '${script}'`, 80, 24, {});
    expect(await terminal.ended).toBe(0);
    expect(await terminal.lines()).toEqual([...Array.from({ length: 8 }, (_, i) => `line ${i + 1}`), 'end']);
  });

  it('keeps to a narrow one, to NO_COLOR, and to a change of size', async () => {
    const { terminal, end } = live(60, [80, 24], ['--findings'], { NO_COLOR: '1' });
    await terminal.until(SUMMARY);
    terminal.resize(50, 16);
    const last = await terminal.until([/^─+$/, /…$/, /^no answer from 10\.71\.1\.7 arp \(/, /^1 error.*…$/]);
    for (const line of last) expect(line.length).toBeLessThanOrEqual(50);
    expect(terminal.colors).toBe(0);
    end();
    expect(await terminal.ended).toBe(1);
  });

  it('has no summary where there is no room for one', async () => {
    const { terminal, end } = live(10, [100, 6]);
    await terminal.until([/^ +10 .*Who has/]);
    end();
    await terminal.ended;
    const lines = await terminal.lines();
    expect(lines.filter((line) => /Who has/.test(line)).length).toBe(10);
    expect(lines.filter((line) => /frames\/s/.test(line))).toEqual([]);
  });
});

describe('the text', () => {
  const finding = {
    rule: 'dns-error',
    verdict: 'fail',
    severity: 'error',
    confidence: 'high',
    title: 'No \u001b]0;owned\u0007 answer',
    message: 'a\u001b[2Jb '.repeat(12),
    cause: '',
    hint: '',
    commands: ['ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2 # \u0007'],
    subject: { src: null, dst: null, proto: null, srcPort: null, dstPort: null },
    evidence: [],
    count: 3,
    first: '',
    last: '',
    id: '1',
    explains: [],
    foldedUnder: null,
  } as unknown as Finding;
  const text = new LiveText(false, () => 40);
  const BELL = '\u001b\u0007';
  const all = [
    text.event({ event: 'raised', finding }, 0),
    text.event({ event: 'updated', finding }, 0),
    text.event({ event: 'resolved', finding, how: `x${BELL}` }, 0),
    text.event({ event: 'notice', text: `eth${BELL} is gone` }, 0),
    text.event(
      { event: 'expectation', name: BELL, file: BELL, line: 1, verdict: 'fail', expected: BELL.repeat(40), seen: BELL },
      0,
    ),
  ];

  it('lets nothing of a packet reach the terminal as a command', () => {
    for (const one of all) {
      expect(one.endsWith('\n')).toBe(true);
      for (const char of one.replaceAll('\n', '')) expect(char.charCodeAt(0)).toBeGreaterThanOrEqual(32);
    }
  });

  it('is wrapped under its headline, commands apart', () => {
    const lines = text.event({ event: 'raised', finding }, 0).trimEnd().split('\n').slice(1);
    expect(lines.every((line) => line.startsWith('    '))).toBe(true);
    expect(lines.filter((line) => line.length > 40)).toEqual([expect.stringContaining('ip route add')]);
  });

  it('gives up the alignment of packets that are too long for the terminal', () => {
    expect(fitted('    1   0.5 in eth1      a → b\n   2 short\n', 20)).toBe('    1   0.5 in eth1 a → b\n   2 short\n');
    expect(fitted('   12 -0.5   a   b', 10)).toBe('   12 -0.5 a b');
  });
});
