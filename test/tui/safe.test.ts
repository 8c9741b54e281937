// What a daily user of termshark would fall into: nothing is thrown away or written over without a word, numbers are those of the files, every
// frame of a finding is marked, light terminals are readable, columns stay where they are.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atFirst, Pty } from './pty.js';

const CAPTURE = 'captures/native-missing-route.pcap';

/** The flows view, before and after its rows have come. */
const FLOWS = /^ Flows \d|\[All \d+\]/m;

let pty: Pty;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-safe-'));
});
afterEach(async () => {
  await pty?.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (args: readonly string[] = [CAPTURE], options: Parameters<typeof Pty.show>[1] = {}) => {
  const isPlain = args.filter((arg) => arg.includes('captures/')).length === 1;
  pty = Pty.show(isPlain && args[0] !== '--follow' ? atFirst(args) : ['tui', ...args], { cols: 120, rows: 40, ...options });
  await pty.until(/No\. .*Source/);
  await pty.still();
};

describe('nothing is lost', () => {
  it('Ctrl-C stops what is followed, and only then quits', async () => {
    const file = join(folder, 'growing.pcap');
    copyFileSync(CAPTURE, file);
    await open(['--follow', file]);
    await pty.until('● live');
    await pty.press('\x03');
    await pty.until('stopped; what was read is kept');
    expect(pty.exit).toBeNull();
    await pty.press('gg');
    await pty.until((text) => /61 packets/.test(text.split('\n')[0]!) && !text.includes('● live'));
    pty.send('\x03');
    expect((await pty.ended).code).toBe(0);
  });

  it('w asks before it writes over a file, and :save! does not', async () => {
    const file = join(folder, 'mine.txt');
    copyFileSync('package.json', file);
    const mine = readFileSync(file, 'utf8');
    await open();
    await pty.until('1 fault');
    for (const keys of [`w${file}\r`, `:w ${file}\r`]) {
      await pty.press(keys);
      await pty.until('is there already. Write over it?');
      await pty.press('n');
      expect(readFileSync(file, 'utf8')).toBe(mine);
    }
    await pty.press(`:w ${file}\r`);
    await pty.press('y');
    await pty.until('61 packets written to');
    expect(statSync(file).size).toBeGreaterThan(mine.length);
    await pty.press('/icmp\r');
    await pty.until('= 18 of 61');
    await pty.press(`:save! ${file}\r`);
    await pty.until('18 packets written to');
  });
});

describe('a comment', () => {
  it('is written on a packet, marked, asked for before the end, and saved', async () => {
    await open();
    await pty.until('1 fault');
    await pty.press('C');
    await pty.until('Comment on packet 1');
    await pty.press('why\\nhere\r');
    await pty.until(/^ " {2,}1 /m);
    await pty.until('▸ Comment: why');
    await pty.press('C');
    await pty.until('why\\nhere');
    await pty.press('\x1b');
    await pty.press('q');
    await pty.until('Quit hopscope? 1 changed comment is not saved');
    await pty.press('n');
    await pty.press(`:w ${join(folder, 'copy.pcapng')}\r`);
    await pty.until('61 packets written to');
    await pty.press('q');
    await pty.until(/Quit hopscope\? ─/);
    await pty.press('n');
    await pty.press(`:load ${join(folder, 'copy.pcapng')}\r`);
    await pty.until('▸ Comment: why');
    await pty.press('iC');
    await pty.until('Comment on the capture ─');
    await pty.press('of the lab\r');
    await pty.until(/Comment +of the lab/);
  });
});

describe('marked packets', () => {
  it('are marked one by one and in ranges, and saved alone', async () => {
    await open();
    await pty.until('1 fault');
    await pty.press('  jjV');
    await pty.until('5 packets marked');
    expect(pty.lines().filter((line) => /^.\* +\d+ /.test(line))).toHaveLength(5);
    await pty.press('w');
    await pty.until('Those shown from the first mark to the last');
    await pty.press(`m${join(folder, 'five.pcapng')}\r`);
    await pty.until('5 packets written to');
    await pty.press('w');
    await pty.press(`r10-19\r${join(folder, 'ten.pcapng')}\r`);
    await pty.until('10 packets written to');
    await pty.press('U');
    await pty.until('no packet is marked');
    await pty.press(`:w ${join(folder, 'two.pcapng')} 1,61\r`);
    await pty.until('2 packets written to');
    await pty.press(':w x.pcapng 62\r');
    await pty.until('there is no frame 62');
  });
});

describe('several captures', () => {
  const args = [`gw-a=${CAPTURE}`, 'gw-b=captures/native-healthy.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
  it('have the numbers of their files, by which one goes to them', async () => {
    await open(args);
    await pty.until(/253 packets/);
    const chosen = () => pty.lines().find((_, y) => pty.style(20, y).isBold && /gw-[ab] +(in|out|-)/.test(pty.lines()[y]!)) ?? '';
    // gw-b was captured later: its first frame is the 62nd of the run.
    await pty.press(':gw-b:7\r');
    expect(chosen()).toMatch(/^. +7 .*gw-b/);
    await pty.press(':192\r');
    expect(chosen()).toMatch(/^. +192 .*gw-b/);
    await pty.press(':193\r');
    expect(pty.lines().at(-1)).toContain('there is no frame 193 beside gw-b:192; give its point: gw-b:193');
    await pty.press(':gw-a:3\r');
    expect(chosen()).toMatch(/^! +3 .*gw-a/);
    await pty.press('/frame.len == 1\r');
    await pty.until('= 0 of 253');
    await pty.press(':gw-b:7\r');
    expect(pty.lines().at(-1)).toContain('packet gw-b:7 is not shown: the filter hides it');
    await pty.press('x');
    // UTC, as in reports.
    await pty.press(':04:18:04.446556\r');
    expect(chosen()).toMatch(/^. +5 .*gw-b/);
    await pty.press(':2026-11-21 04:16:42.682117\r');
    expect(chosen()).toMatch(/^! +6 .*gw-a/);
    await pty.press(':05:00:00\r');
    expect(pty.lines().at(-1)).toContain('no packet at 05:00:00 or later (UTC)');
  });
});

describe('the packets of a finding', () => {
  it('are all marked, and n and N walk through all of them', async () => {
    // tshark -Y 'ip.dst == 172.20.2.1': 22 frames, each ping and each SYN as it comes in and as it leaves.
    await open([CAPTURE, '-t', 'captures/native-missing-route.topology.yaml', '-Y', 'ip.dst == 172.20.2.1']);
    await pty.until('1 fault');
    await pty.until(/= 22 of 61/);
    pty.resize(120, 60);
    await pty.until((text) => text.split('\n').filter((line) => /^! +\d+ /.test(line)).length === 22);
    await pty.press('n');
    // The first of them was chosen already.
    await pty.until('egress-wrong-interface: evidence 2 of 22');
    for (let i = 3; i <= 22; i++) await pty.press('n');
    await pty.until('egress-wrong-interface: evidence 22 of 22');
    await pty.press('N');
    await pty.until('egress-wrong-interface: evidence 21 of 22');
  });
});

describe('a light terminal', () => {
  const paper = () => pty.style(60, 5).bg;
  it('is known by its answer to OSC 11', async () => {
    await open();
    expect(pty.raw).toContain('\x1b]11;?');
    expect(paper()).toBe(234);
    pty.send('\x1b]11;rgb:ffff/fdfd/f6f6\x1b\\');
    await pty.until(() => paper() === 231);
    // Half of an answer is no key either.
    pty.send('\x1b]11;rgb:0000/00');
    pty.send('00/0000\x07');
    await pty.until(() => paper() === 234);
    expect(pty.lines().at(-1)).not.toContain('means nothing');
  });
  it('is known by COLORFGBG; a theme that was chosen stays', async () => {
    await open([CAPTURE], { env: { COLORFGBG: '0;15' } });
    expect(paper()).toBe(231);
    await pty.press(':theme dark\r');
    expect(paper()).toBe(234);
  });
  it('has 16 colours, or none', async () => {
    await open([CAPTURE], { env: { COLORFGBG: '0;15', TERM: 'xterm', COLORTERM: undefined } });
    expect(paper()).toBe(7);
    await pty.close();
    await open([CAPTURE], { env: { COLORFGBG: '0;15', NO_COLOR: '1' } });
    expect(paper()).toBe(-1);
    expect(pty.raw).not.toContain('\x1b]11;?');
  });
});

describe('columns', () => {
  it.each([
    ['captures/vxlan-one-way.pcap', 80],
    ['captures/ipv6-healthy.pcap', 100],
    ['captures/lb-failover.pcap', 120],
  ])('of %s at %i columns only grow while one pages', async (file, cols) => {
    await open([file], { cols, rows: 24 });
    await pty.until(/fault|hint|undecided/);
    const titles = () =>
      [...pty.line(/No\. /).matchAll(/\S+/g)].map((match) => [match[0], match.index + match[0].length] as const);
    let before = new Map(titles());
    for (let i = 0; i < 6; i++) {
      await pty.press(i < 4 ? '\x1b[6~' : '\x1b[5~');
      const now = new Map(titles());
      // One that went for want of room does not come back, and none moves to the left but for that.
      for (const title of now.keys()) expect([...before.keys()]).toContain(title);
      if (now.size === before.size) for (const [title, at] of now) expect(at).toBeGreaterThanOrEqual(before.get(title)!);
      before = now;
    }
  });

  it('drop out with Hop as the last of them', async () => {
    await open([CAPTURE], { cols: 60, rows: 24 });
    for (const cols of [60, 70, 80]) {
      pty.resize(cols, 24);
      await pty.press('j');
      expect(pty.line(/No\. /)).toContain('Hop');
    }
  });
});

describe('keys', () => {
  it('a digit before a colon shows its view, however soon the colon comes; a number goes into the command line', async () => {
    await open();
    await pty.press('2:');
    expect(pty.lines().at(-1)).toMatch(/^:/);
    await pty.press('\x1b');
    await pty.until(FLOWS);
    await pty.press('17:');
    expect(pty.lines().at(-1)).toMatch(/^:17/);
    await pty.press('\r');
    await pty.until((text) => /^. +17 /m.test(text) && !text.startsWith(':'));
  });

  it('Esc goes one step back, and does nothing at the bottom', async () => {
    await open();
    await pty.until((text) => text.includes('1 fault') && !/findings follow|reading /.test(text));
    await pty.still();
    const bottom = pty.text();
    await pty.press('\x1b');
    await pty.press('\x1b');
    expect(pty.text()).toBe(bottom);
    await pty.press('\t');
    await pty.press('\\');
    const zoomed = pty.text();
    expect(zoomed).not.toBe(bottom);
    await pty.press('\x1b');
    expect(pty.text()).not.toBe(zoomed);
    await pty.press('\x1b');
    await pty.press('}');
    await pty.press('}');
    await pty.until(/^ Journeys \d/m);
    await pty.press('\x1b');
    await pty.until(FLOWS);
    await pty.press('\x1b');
    expect(pty.text()).toBe(bottom);
    await pty.press('M');
    expect(pty.text()).toContain('Misc');
    await pty.press('\x1b');
    expect(pty.text()).toBe(bottom);
  });
});
