// The map on top of the findings, and timelines: of a finding, and below the plot of the traffic.
import { afterEach, describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { Pty } from './pty.js';

const ROUTER = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const [FINDINGS, TRAFFIC] = ['\x1b6', '\x1b9'];
const RIGHT = '\x1b[C';

let pty: Pty;
afterEach(() => pty?.close());

async function open(args: readonly string[], cols: number, rows: number, env = {}): Promise<void> {
  pty = Pty.show(['tui', ...args], { cols, rows, env });
  await pty.until(/fault|no fault found|undecided|hint/);
  await pty.still();
}
const fits = (cols: number): boolean => pty.lines().every((line) => displayWidth(line) <= cols);

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
])('at %ix%i', (cols, rows) => {
  it('has the map of the chosen finding on top, with the repair', async () => {
    await open(ROUTER, cols, rows);
    await pty.press(FINDINGS);
    await pty.until('expected here');
    const text = pty.text();
    expect(text).toMatch(/router ─┤/);
    expect(text).toMatch(/──eth0──✗▶ {2}10\.0\.2\.2/);
    expect(text).toMatch(/╌╌eth2╌╌╌▷ {2}k8s-w0/);
    expect(text).toContain('on router: ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2');
    // What packets did, whole.
    expect(text).toContain('0 in, 11 out, none answered, to 172.20.2.1');
    // List and details are still there.
    expect(text).toContain('icmp-echo-no-reply');
    expect(text).toContain('error: Packets to 172.20.2.0/24');
    expect(fits(cols)).toBe(true);
    await pty.press('\\');
    expect(pty.text()).not.toContain('expected here');
    await pty.press('\\');
    await pty.until('expected here');
  });

  it('has the outcomes of a finding over time in its details', async () => {
    await open(['captures/lb-failover.pcap'], cols, rows);
    await pty.press(FINDINGS);
    // Some of it may be further down.
    for (let i = 0; i < 6 && !/▲ {2}04:22:36\.\d+ /.test(pty.text()); i++) await pty.press(' ');
    const text = pty.text();
    expect(text).toMatch(/░░ lost ×4 from /);
    expect(text).toMatch(/▲ {2}\d\d:\d\d:\d\d\.\d+ 192\.168\.10\.\d+ moves from /);
    expect(fits(cols)).toBe(true);
  });

  it('has them below the plot, in the columns of its steps', async () => {
    await open(['captures/lb-failover.pcap'], cols, rows);
    await pty.press(TRAFFIC);
    await pty.until('█ answered');
    const band = pty.line(/^! tcp/);
    expect(band).toMatch(/█+.*░+.*▲.*█/);
    // The name in front is cut: it is whole after the band, where that leaves room.
    if (cols >= 120) expect(band).toMatch(/ tcp-no-answer$/);
    // The step in which the address moves.
    await pty.press(RIGHT.repeat(Math.round(band.indexOf('▲') - 9)));
    for (let i = 0; i < 40 && !pty.text().includes(' moves from '); i++)
      await pty.press(i % 2 === 0 ? RIGHT.repeat(i + 1) : '\x1b[D'.repeat(i + 1));
    expect(pty.line('moves from')).toMatch(/^ ▲ \d\d:\d\d:\d\d\.\d+ /);
    expect(fits(cols)).toBe(true);
  });
});

it('gives way where there is no room', async () => {
  await open(ROUTER, 60, 15);
  await pty.press(FINDINGS);
  await pty.until('egress-wrong-interface');
  await pty.still();
  expect(pty.text()).not.toContain('✗▶');
  expect(pty.text()).toContain('error: Packets to 172.20.2.0/24');
  await pty.press(TRAFFIC);
  await pty.until('Packets in');
  expect(pty.text()).not.toContain('answered');
  // It is there when the screen grows.
  pty.resize(100, 30);
  await pty.until('answered');
  await pty.press(FINDINGS);
  await pty.until('✗▶');
});

it.each([
  ['light', { COLORFGBG: '0;15' }],
  ['16 colours', { TERM: 'xterm', COLORTERM: undefined }],
  ['no colour', { NO_COLOR: '1' }],
])('reads on a terminal with %s', async (_, env) => {
  await open(ROUTER, 80, 24, env);
  await pty.press(FINDINGS);
  await pty.until('✗▶');
  const y = pty.lines().findIndex((line) => line.includes('✗▶'));
  const [wrong, plain] = [pty.style(pty.lines()[y]!.indexOf('✗'), y), pty.style(2, y + 1)];
  if (!('NO_COLOR' in env)) expect(wrong.fg).not.toBe(plain.fg);
});

it('follows the finding that is chosen', async () => {
  await open(ROUTER, 120, 40);
  await pty.press(FINDINGS);
  await pty.until('✗▶');
  await pty.press('j');
  await pty.still();
  await pty.until((text) => !text.includes('╌╌eth2╌╌╌▷'));
  await pty.press('k');
  await pty.until('╌╌eth2╌╌╌▷');
});
