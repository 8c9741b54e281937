// The ladder as it is seen and typed on: from a flow, a journey, a packet and a finding.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { at, captureFile, echo, forward, ipv4, sll2 } from '../rules/lab.js';
import { type Options, Pty } from './pty.js';

const ROUTER = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const FINDINGS = '\x1b6';
const [LEFT, RIGHT, ENTER] = ['\x1b[D', '\x1b[C', '\r'];

let pty: Pty;
afterEach(() => pty?.close());

const folder = mkdtempSync(join(tmpdir(), 'hopscope-ladder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(args: readonly string[], options: Options): Promise<void> {
  pty = Pty.show(['tui', ...args], options);
  await pty.until(/fault|no fault found|undecided|hint/);
  await pty.still();
}
async function ladder(keys: string): Promise<void> {
  await pty.press(keys);
  await pty.until((text) => !text.includes('drawing …'));
  await pty.still();
}
/** What went to the clipboard last (OSC 52). */
const copied = (): string =>
  Buffer.from([...pty.raw.matchAll(/\x1b\]52;c;([^\x07]*)\x07/g)].at(-1)?.[1] ?? '', 'base64').toString();
const chosen = (): string => pty.line(/^›/);

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
  [60, 15],
])('at %ix%i', (cols, rows) => {
  it('draws a finding: places, what was expected, what never came', async () => {
    await open(ROUTER, { cols, rows });
    await pty.press(FINDINGS);
    await ladder('y');
    const text = pty.text();
    for (const name of ['default/curl-pod', 'eth1', 'eth0', 'eth2', 'default/webpod']) expect(text).toContain(name);
    expect(text).toMatch(/─ttl .*──✗/);
    expect(text).toMatch(/╌expected╌+▷/);
    expect(text).toContain('no answer for 1.32 s');
    expect(pty.lines().every((line) => displayWidth(line) <= cols)).toBe(true);
    // The first arrow that goes wrong is chosen, and told in words.
    expect(chosen()).toContain('✗');
    expect(text).toMatch(/frame 6 · 04:16:42\.682117/);
    // Its end: all packets of the finding, and the silence after them.
    await pty.press('G');
    expect(pty.text()).toContain('no answer by any interface for 13.2 s');
    await pty.press('gg');
    expect(chosen()).toContain('0 s');
  });

  it('goes from arrow to packet and back, and keeps its place', async () => {
    await open(ROUTER, { cols, rows });
    await pty.press(FINDINGS);
    await ladder('y');
    await pty.press('nn');
    const place = chosen();
    expect(place).toContain('✗');
    await pty.press(ENTER);
    await pty.until(/No\. /);
    await pty.press('\x7f');
    expect(chosen()).toBe(place);
  });
});

it('says what it needs on a smaller screen', async () => {
  pty = Pty.show(['tui', ...ROUTER], { cols: 40, rows: 12 });
  await pty.until('hopscope needs 60x15');
  await pty.press('y');
  expect(pty.lines()[0]).toContain('hopscope needs 60x15');
  // It is there as soon as there is room.
  pty.resize(80, 24);
  await pty.until(/No\. /);
});

it('tells times since the first packet, of day, and since the arrow above', async () => {
  await open(ROUTER, { cols: 100, rows: 30 });
  await pty.press(FINDINGS);
  await ladder('y');
  expect(chosen()).toMatch(/^› +\+15 µs/);
  await pty.press('t');
  expect(chosen()).toMatch(/^› *04:16:42\.682117/);
  await pty.press('j'.repeat(4));
  await pty.press('t');
  expect(pty.lines()[6]).toMatch(/^ +\+15 µs/);
  await pty.press('t');
  expect(chosen()).toMatch(/^› +\+1\.32 s/);
});

it('draws a copy as part of its packet, and a tunnel with a frame', async () => {
  await open(['captures/vxlan-router.pcap'], { cols: 100, rows: 30 });
  await ladder('jjy');
  const text = pty.text();
  expect(text).toContain('6 packets');
  expect(text.match(/Echo reque/g)).toHaveLength(2);
  expect(text).toMatch(/╔═ VXLAN VNI 63446 ═+╗/);
  expect(text).toMatch(/═ttl 63═+▶/);
  // What was not captured is dotted.
  expect(text).toMatch(/·Echo reque…·▶/);
  await ladder('\x1b2');
  await ladder('y');
  expect(pty.lines()[2]).toMatch(/^ (icmp|tcp|udp) .* packets?$/);
  await ladder('\x1b3');
  await ladder('y');
  expect(pty.text()).toMatch(/═ttl 63═+▶/);
});

it('copies a row, the ladder as text, and as Mermaid', async () => {
  await open(ROUTER, { cols: 120, rows: 40 });
  await pty.press(FINDINGS);
  await ladder('y');
  await pty.press(`c${ENTER}`);
  expect(copied()).toBe('frame 6 · 04:16:42.682117 · eth1 (router) → eth0 (router), ttl 62, here it goes wrong');
  await pty.press(`c${LEFT}${ENTER}`);
  expect(copied()).toMatch(/^Packets to .*\n\n +default\/curl-pod .*eth1 .*webpod\n/);
  expect(copied()).toContain('╌expected╌');
  await pty.press(`c${LEFT}${LEFT}${ENTER}`);
  expect(copied()).toMatch(/^sequenceDiagram\n {2}participant p0 as default\/curl-pod/);
});

/** Pings that nobody answers. */
function pings(count: number): string {
  const path = join(folder, `${count}.pcapng`);
  const [a, b] = ['10.9.0.1', '10.9.1.2'];
  const frames = Array.from({ length: count }, (_, i) => {
    const asked = at(i, sll2({ if: 2 }, ipv4({ src: a, dst: b, ttl: 64, id: i + 1 }, echo({ seq: i + 1 }))));
    return [asked, at(i + 0.001, forward(asked, { if: 3, dir: 'out' }))];
  }).flat();
  writeFileSync(path, captureFile(frames));
  return path;
}

it('shows a long conversation in parts', async () => {
  await open([pings(450)], { cols: 80, rows: 24 });
  await pty.press('G');
  await ladder('y');
  expect(pty.text()).toContain('401-450 of 450');
  expect(pty.text()).toContain('seq=450');
  await ladder('[');
  await pty.until('201-400 of 450');
  await ladder('[');
  await pty.until('1-200 of 450');
  await pty.press('[');
  expect(pty.text()).toContain('this is the first part');
  await ladder(']');
  await pty.until('201-400 of 450');
});

it('shows only packets that are part of a fault, and says where there are none', async () => {
  await open(['captures/mtu-blackhole.pcap'], { cols: 100, rows: 30 });
  await pty.press(FINDINGS);
  await ladder('y');
  const all = Number(/(\d+) packets/.exec(pty.lines()[2]!)?.[1]);
  await ladder('b');
  await pty.until('broken packets');
  const broken = Number(/(\d+) broken packets/.exec(pty.lines()[2]!)?.[1]);
  expect(broken).toBeGreaterThan(1);
  expect(broken).toBeLessThan(all);
  expect(pty.text()).not.toContain('SYN-ACK');
  await ladder('b');
  await pty.until('SYN-ACK');
  await pty.close();
  await open(['captures/vxlan-router.pcap'], { cols: 80, rows: 24 });
  await ladder('jjy');
  await ladder('b');
  await pty.until('no packet of this conversation is part of a fault');
});

it('moves sideways where the places do not fit beside each other', async () => {
  await open(['captures/vxlan-wrong-node.pcap'], { cols: 60, rows: 20 });
  await pty.press(FINDINGS);
  await ladder('y');
  expect(pty.text()).toContain('172.20.2.1');
  expect(pty.text()).not.toContain('172.20.0.66');
  await pty.press(`${RIGHT}${RIGHT}`);
  expect(pty.text()).toContain('172.20.0.66');
  // Times stay.
  expect(pty.text()).toMatch(/^ +0 s/m);
  await pty.press(`${LEFT}${LEFT}`);
  expect(pty.text()).not.toContain('172.20.0.66');
});

it('says why there is none', async () => {
  await open(['captures/arp-flap.pcap'], { cols: 80, rows: 24 });
  await ladder('y');
  // ARP belongs to no conversation; the finding about it has a ladder of the link.
  await pty.until(/192\.168\.1\.20 is here|belongs to no conversation/);
});

describe.each([
  ['dark, 256 colours', {}, false],
  ['light, 256 colours', { COLORFGBG: '0;15' }, true],
  ['dark, 16 colours', { TERM: 'xterm', COLORTERM: undefined }, false],
  ['light, 16 colours', { TERM: 'xterm', COLORTERM: undefined, COLORFGBG: '0;15' }, true],
])('%s', (_, env, isLight) => {
  it('paints what goes wrong in another colour than what does not', async () => {
    await open(ROUTER, { cols: 100, rows: 30, env });
    await pty.press(FINDINGS);
    await ladder('y');
    await pty.press('gg');
    const at = (part: RegExp): { fg: number; bg: number } => {
      const y = pty.lines().findIndex((line, i) => i > 5 && part.test(line));
      return pty.style(pty.lines()[y]!.search(part), y);
    };
    const [wrong, plain] = [at(/✗/), at(/─ttl/)];
    expect(wrong.fg).not.toBe(at(/╌expected/).fg);
    expect(wrong.fg).not.toBe(pty.style(2, 3).fg);
    expect(plain.bg).toBe(wrong.bg);
    expect([231, 7].includes(wrong.bg)).toBe(isLight);
  });
});

it('needs no colour', async () => {
  await open(ROUTER, { cols: 80, rows: 24, env: { NO_COLOR: '1' } });
  await pty.press(FINDINGS);
  await ladder('y');
  expect(pty.text()).toMatch(/✗/);
  expect(pty.raw).not.toMatch(/\x1b\[[\d;]*(?:38|48);5/);
});
