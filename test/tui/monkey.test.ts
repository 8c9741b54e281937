// Keys, clicks and sizes at random: whatever comes, the program answers, and gives the terminal back.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Pty } from './pty.js';

let pty: Pty;
afterEach(() => pty?.close());

const KEYS = [
  ...'jkhlgGnNmxodewsFTcLpfra=+-<>|\\[]{}?:/123456789 ybtiRvA!SVUC',
  ...[
    '\r',
    '\t',
    '\x1b',
    '\x1b[Z',
    '\x1b[A',
    '\x1b[B',
    '\x1b[C',
    '\x1b[D',
    '\x1b[5~',
    '\x1b[6~',
    '\x7f',
    '\x06',
    '\x0f',
    '\x17=',
    'gg',
    "'a",
  ],
  ...['\x1b2', '\x1b3', '\x1b4', '\x1b5', '\x1b6', '\x1b7', '\x1b8', '\x1b9', '\x1b1'],
  ...['\x1b[<0;10;5M', '\x1b[<0;50;3M', '\x1b[<65;20;8M', '\x1b[<64;60;20M', '\x1b[<0;70;18M', '\x1b[200~tcp || icmp\x1b[201~'],
];
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
  [60, 15],
  [40, 12],
  [30, 5],
  [1, 1],
  [250, 60],
] as const;

/** Keys that are sent without a wait between them. */
const BURST = 6;

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of all seeds together; HOPSCOPE_MONKEY=20000 sends as many as in a night. */
const SENT = Number(process.env['HOPSCOPE_MONKEY'] ?? 750);
/** Each of them sends its share. */
const SEEDS = 4;
/** For each key, on a machine with ten times the work it can do. */
const KEY_MS = 100;

/** Sends keys and sizes; `spared`: keys that are left out. */
async function hammer(seed: number, spared: string): Promise<void> {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  await pty.until(/1 Packets .*9 Traffic/);
  const sent: string[] = [];
  for (let i = 0; i < SENT / SEEDS; i++) {
    if (next() < 0.03) {
      const [cols, rows] = pick(SIZES);
      pty.resize(cols, rows);
      sent.push(`${cols}x${rows}`);
    } else {
      const key = pick(KEYS);
      if (key === spared) continue;
      sent.push(key);
      // Most come in bursts, as from somebody who leans on the keyboard; some are waited for.
      if (i % BURST === 0) await pty.type(key);
      else pty.send(key);
    }
    expect(pty.exit, `ended after ${JSON.stringify(sent)}\n${pty.text()}`).toBeNull();
  }
  pty.resize(120, 40);
  for (let i = 0; i < 8; i++) await pty.press('\x1b');
  await pty.press('1');
  expect(pty.lines()[0]).toContain('hopscope');
  for (let i = 0; i < 4; i++) await pty.press('\x1b');
  // The first ones may end a load, a search or a dialog; one that comes while the program ends would be the shell's.
  for (let i = 0; i < 4 && pty.exit === null && pty.modes().screen === 'alternate'; i++) await pty.press('\x03');
  await pty.until(() => pty.exit !== null);
  expect(await pty.ended, JSON.stringify(sent)).toEqual({ code: 0, signal: 0 });
  await pty.until(() => pty.modes().screen === 'normal');
  expect(pty.modes()).toMatchObject({ screen: 'normal', mouse: 'none', isCursorHidden: false });
}

it.each([
  [1, 'captures/native-missing-route.pcap'],
  [2, 'captures/vxlan-router.pcap'],
  [3, 'captures/ipv6-missing-route.pcap'],
  [4, 'captures/native-missing-route.pcap', '--expect', 'expectations/native-routing.yaml'],
] as [number, ...string[]][])('seed %i on %s', { timeout: 60_000 + SENT * KEY_MS }, async (seed, ...args) => {
  pty = Pty.start(['tui', ...args], { cols: 120, rows: 40 });
  // Nothing is written into the checkout.
  await hammer(seed, 'w');
});

it('changes no file that is there, nor one that grows', { timeout: 60_000 + SENT * KEY_MS }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-monkey-'));
  const capture = readFileSync('captures/native-missing-route.pcap');
  // Names that somebody types who leans on the keyboard and ends on Enter.
  const files = ['growing.pcap', 'router.pcap', 'a', 'j', 'g', '1', 'shown.pcapng'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, capture.subarray(0, -100));
  const [growing] = files;
  const appended = setTimeout(() => appendFileSync(growing!, capture.subarray(-100)), 500);
  pty = Pty.start(['tui', '--follow', 'growing.pcap'], { cols: 120, rows: 40, cwd: folder });
  await hammer(5, '');
  clearTimeout(appended);
  expect(readFileSync(growing!).equals(capture)).toBe(true);
  for (const file of files.slice(1)) expect(readFileSync(file).equals(capture.subarray(0, -100)), file).toBe(true);
  rmSync(folder, { recursive: true });
});
