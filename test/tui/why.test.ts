// The screen opens on the first evidence, and says why it is one: where the packet came in and went out, where it should have gone, what
// came back, and which field shows it.
import { afterEach, describe, expect, it } from 'vitest';
import { atFirst, Pty } from './pty.js';

const ROUTER = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];

let pty: Pty;
afterEach(() => pty?.close());

const open = async (cols: number, rows: number, args: readonly string[] = ROUTER, env: Record<string, string> = {}) => {
  pty = Pty.show(['tui', ...args], { cols, rows, env });
  await pty.until(/[1-9] (faults?|hints?|undecided)/);
  await pty.still();
};
/** Rows on another background than the terminal's. */
const marked = (part: string) => {
  const y = pty.lines().findIndex((line) => line.includes(part));
  return y >= 0 && (pty.style(pty.lines()[y]!.indexOf(part), y).bg !== pty.style(2, 4).bg || pty.style(1, y).isInverse);
};

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
])('at %ix%i', (cols, rows) => {
  it('opens on the first evidence, with the tree at its field, and says why', async () => {
    await open(cols, rows);
    await pty.until('egress-wrong-interface 1 of 22');
    await pty.until('no reply in 13.2 s');
    expect(marked('172.20.0.96       ') || marked('172.20.0.96  ')).toBe(true);
    expect(pty.line('Destination address')).toMatch(/^ +Destination address: 172\.20\.2\.1/);
    const text = pty.text();
    expect(text).toMatch(/wanted +out eth2 \(172\.20\.2\.0\/24 is k8s-w0\)/);
    if (rows >= 40) {
      expect(text).toMatch(/^ +in +eth1 +ttl 63 +◀ this frame/m);
      expect(text).toMatch(/^× out +eth0 +ttl 62 +\+15 µs/m);
    } else expect(text).toMatch(/in eth1 ttl 63 → × out eth0 ttl 62/);
    // Nobody has asked for it: no message hides the keys.
    expect(pty.lines().at(-1)).toContain('/ filter');
    expect(pty.clears).toBe(1);
  });
});

it('keeps its one line where there is no room', async () => {
  await open(60, 15);
  await pty.until('Destination address: 172.20.2.1');
  expect(pty.text()).toMatch(/── in eth1 ttl 63 /);
  pty.resize(40, 12);
  await pty.until('hopscope needs 60x15');
});

it.each([
  ['a light terminal', { COLORFGBG: '0;15' }],
  ['16 colours', { TERM: 'xterm', COLORTERM: '' }],
  ['no colours', { NO_COLOR: '1' }],
])('marks the field in tree and bytes on %s, and the other bytes are quiet', async (_name, env) => {
  await open(120, 40, ROUTER, env);
  await pty.until('egress-wrong-interface 1 of 22');
  // The last byte of the address: 02 01 at 0x26 of this frame.
  const y = pty.lines().findIndex((line) => line.includes('│0020  '));
  const at = pty.lines()[y]!.indexOf('│0020  ') + 7;
  const [field, other] = [pty.style(at + 7 * 3, y), pty.style(at + 14 * 3, y)];
  expect([field.bg, field.isInverse, field.isBold]).not.toEqual([other.bg, other.isInverse, other.isBold]);
});

it('a key that was pressed before the findings are known leaves the packet where it is; --go too', async () => {
  pty = Pty.show(['tui', ...ROUTER, '--go', '8'], { cols: 120, rows: 40 });
  await pty.until('1 fault');
  // Frame 8 is one of the finding, and opens at its field.
  await pty.until('egress-wrong-interface 3 of 22');
  await pty.until('Destination address: 172.20.2.1');
  await pty.close();
  pty = Pty.show(atFirst(ROUTER), { cols: 120, rows: 40 });
  await pty.until('1 fault');
  await pty.still();
  expect(pty.text()).not.toContain('1 of 22');
});

it('what one chooses in the tree stays while one moves, and n takes back the field of the finding', async () => {
  await open(120, 40);
  await pty.until('egress-wrong-interface 1 of 22');
  await pty.press('\t');
  await pty.press('kkkk');
  await pty.press('\x1b');
  await pty.press('jjj');
  await pty.until('egress-wrong-interface 2 of 22');
  expect(marked('Time to live: 62')).toBe(true);
  await pty.press('n');
  await pty.until('evidence 3 of 22');
  await pty.press('k');
  await pty.press('j');
  expect(marked('Destination address: 172.20.2.1')).toBe(true);
});

it('of a tunnel the field is that of the ends that the finding is about', async () => {
  await open(120, 40, ['captures/vxlan-wrong-node.pcap']);
  await pty.until('tunnel-wrong-endpoint 1 of');
  await pty.until(/wanted +to 192\.168\.10\.100/);
  expect(marked('Destination address: 192.168.10.101')).toBe(true);
});

it('of several captures names are shortened in their middle, and the packet tells more than its capture', async () => {
  const args = ['frr-gateway-south=captures/native-missing-route.pcap', 'kubernetes-control-plane=captures/native-healthy.pcap'];
  await open(80, 24, args);
  await pty.until(/return-missing 1 of/);
  expect(pty.line(/^! +3 /)).toMatch(/3 frr-ga…south +in if3 +172\.20\.0\.96 +172\.20\.2\.1 .*Echo \(ping\) req/);
});

it('names the views at 80x24, and their keys where there is no row for them', async () => {
  await open(80, 24);
  expect(pty.lines()[1]).toBe('1Packets 2Flows 3Journeys 4ARP 5Tunnels 6Findings 7Convs 8Protos 9Traffic');
  await pty.press('\x1b[<0;15;2M');
  await pty.until('[All');
  pty.resize(60, 15);
  await pty.press('1');
  await pty.until('1-9 views');
});
