// The other views as they are seen and typed on, at the sizes people have.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { captureFile, ethernet, ipv4, sll2, type TestFrame, udp } from '../rules/lab.js';
import { times } from '../thorough.js';
import { atFirst, Pty } from './pty.js';
import { conversation, LONG_A, LONG_B, text } from './talk.js';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
].slice(0, times(1, 3)) as [cols: number, rows: number][];
const ROUTER = ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const ENTER = '\r';
const ESC = '\x1b';
const alt = (digit: number) => `${ESC}${digit}`;

const folder = mkdtempSync(join(tmpdir(), 'hopscope-views-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function capture(frames: readonly TestFrame[]): string {
  const path = join(folder, `${files++}.pcapng`);
  writeFileSync(path, captureFile(frames));
  return path;
}

let pty: Pty;
afterEach(() => pty?.close());

async function open(cols: number, rows: number, args: readonly string[]): Promise<void> {
  pty = Pty.show(args[0]!.includes('=') ? ['tui', ...args] : atFirst(args), { cols, rows });
  await pty.until(/fault|no fault found|undecided|hint/);
  await pty.still();
}
/** Is this the view whose name is bold in the row of views? */
const isOpen = (digit: number): boolean => {
  const x = pty.lines()[1]!.indexOf(String(digit));
  return x >= 0 && pty.style(x + 1, 1).isBold;
};
/** Opens a view by its number and waits until it is whole. */
async function view(digit: number): Promise<void> {
  await pty.press(alt(digit));
  await pty.until(() => isOpen(digit));
  await pty.until((screen) => !screen.includes('reading …'));
  await pty.still();
}
/** The row that is chosen: the first one with a background, from line `from` on. */
const chosen = (from = 2): string => pty.lines().find((_, y) => y >= from && ![-1, 234, 231].includes(pty.style(2, y).bg)) ?? '';
const filterLine = () => pty.line('Filter:');

const others = (count: number): TestFrame[] =>
  Array.from({ length: count }, (_, i) =>
    sll2({}, ipv4({ src: '10.8.0.1', dst: '10.8.0.2' }, udp({ src: 6000 + i, dst: 7000, data: 9 }))),
  );

describe.each(SIZES)('views at %ix%i', (cols, rows) => {
  it('flows: both ends whole, facts below, and from a row to its packets', async () => {
    await open(cols, rows, ROUTER);
    await view(2);
    expect(pty.line('[All 10]')).toContain('TCP 5');
    expect(pty.line(/^! +(?:#\d+ )?icmp/)).toMatch(/172\.20\.0\.96.* 172\.20\.2\.1/);
    expect(pty.line(/^ +(?:#\d+ )?tcp /)).toContain('192.168.20.100:10250');
    // What the row has no room for stands below it.
    expect(pty.text()).toContain('S0: asked, no answer');
    expect(pty.text()).toContain('in eth1 > out eth0');
    // Why it is marked, and the finding itself.
    expect(pty.text()).toContain('! Packets to 172.20.2.0/24 leave router by eth0 instead of eth2');
    await pty.press('!');
    await pty.until(' why       The node');
    await pty.press('\x7f');
    await pty.press(']');
    await pty.until('172.20.0.96:56974');
    expect(pty.line('[TCP 5]')).toContain('All 10');
    await pty.press('j');
    await pty.until(() => chosen().includes('192.168.10.100:51294'));
    await pty.press(ENTER);
    await pty.until(/= 20 of 61/);
    expect(filterLine()).toContain('ip.addr == 192.168.10.100');
    // Back to the view before; the row goes to its first packet as well, and the filter stays.
    await pty.press('\x7f');
    expect(pty.text()).toContain('[TCP 5]');
    await pty.press(' ');
    expect(pty.line(/^ +21 /)).toContain('192.168.10.100');
    expect(pty.clears).toBe(1);
  });

  it('journeys: the places of each packet', async () => {
    await open(cols, rows, ROUTER);
    await view(3);
    expect(pty.line('Journeys 29')).not.toBe('');
    expect(pty.line(/^! .*172\.20\.0\.96/)).toMatch(/172\.20\.0\.96 +172\.20\.2\.1/);
    expect(pty.line(/^! .*172\.20\.0\.96/)).toContain('in eth1 > out eth0');
    expect(pty.text()).toContain('63 62');
    await pty.press(ENTER);
    await pty.until(/= 2 of 61/);
    expect(filterLine()).toContain('frame.number in {3, 6}');
  });

  it('neighbours: who asks, who has it, who does not answer', async () => {
    await open(cols, rows, ROUTER);
    await view(4);
    expect(pty.line('[ARP 4]')).toContain('ND 0');
    expect(pty.line(/^ +192\.168\.10\.200/)).toContain('08:00:27:a4:11:c8');
    expect(pty.line(/^.. *192\.168\.10\.101/)).toContain('no answer');
    await pty.press('oO');
    expect(pty.text()).toMatch(/Address[▲▼]/);
    await pty.press(']');
    await pty.until('no neighbour discovery');
  });

  it('neighbours: changes over time, one below the other', async () => {
    await open(cols, rows, ['captures/lb-failover.pcap']);
    await view(4);
    expect(pty.line(/^. 192\.168\.10\.211/)).toContain('changed');
    expect(pty.line('Changes ')).toContain('');
    expect(pty.text()).toMatch(/08:00:27:d5:e8:d7 → 08:00:27:fb:78:e5 at \d/);
  });

  it('tunnels: ends, identity, what runs inside', async () => {
    await open(cols, rows, ['captures/geneve-healthy.pcap', '-t', 'captures/lab.topology.yaml']);
    await view(5);
    expect(pty.line(/^ {2}geneve/)).toMatch(/192\.168\.10\.100 +192\.168\.20\.100 +3258/);
    expect(pty.text()).toContain('1 icmp, 2 tcp');
    await pty.press(ENTER);
    await pty.until(/= \d+ of 151/);
    expect(filterLine()).toContain('outer.ip.src == 192.168.10.100');
  });

  it('a capture without tunnels says so, and how to decode others', async () => {
    await open(cols, rows, ROUTER);
    await view(5);
    expect(pty.text()).toContain('no tunnel in the capture');
    await pty.press(ENTER);
    await pty.press('s');
    expect(pty.text()).toContain('no packet is selected');
  });

  it('conversations: tabs, order, filters of both ends', async () => {
    await open(cols, rows, ROUTER);
    await view(7);
    expect(pty.text()).toMatch(/Ethernet \d+ .*IPv4 3.*IPv6 1.*TCP 5.*UDP 0/);
    // The first kind that has any.
    expect(pty.text()).toContain('[IPv4 3]');
    await pty.press(']]');
    await pty.until(() => /172\.20\.0\.96 +56974 +172\.20\.2\.1 +80/.test(chosen()));
    await pty.press('p');
    expect(pty.text()).toContain('Prepare a filter');
    expect(pty.line(' 9  B → any')).toContain('tcp.srcport == 80');
    await pty.press('2');
    expect(filterLine()).toMatch(/ip\.dst == 172\.20\.2\.1 && tcp\.dstport == 80 /);
    await pty.press(`${ESC}`);
    await view(7);
    // Not selected, then applied.
    await pty.press('a');
    await pty.press('l');
    expect(pty.line('[not selected]')).not.toBe('');
    await pty.press(ENTER);
    await pty.until(/= 59 of 61/);
    expect(filterLine()).toContain('!(ip.addr == 172.20.0.96');
    // Only what the filter shows.
    await view(7);
    await pty.press('L');
    await pty.until('[TCP 4]');
    expect(pty.text()).toContain('only what belongs to: !(');
  });

  it('protocols: a tree with bars', async () => {
    await open(cols, rows, ROUTER);
    await view(8);
    expect(pty.line('Linux cooked')).toMatch(cols > 80 ? /█{12} 100\.0 % +61/ : /2 +100\.0 % +61/);
    expect(pty.line('  Address Resolution Protocol')).toMatch(cols > 80 ? /█.* 11\.5 %/ : /Protocol +11\.5 %/);
    await pty.press('jj');
    await pty.press(ENTER);
    await pty.until(/= 34 of 61/);
    expect(filterLine()).toContain('tcp');
  });

  it('traffic: the filter in front of all, steps, values, packets of a step', async () => {
    await open(cols, rows, [...ROUTER, '-Y', 'tcp']);
    await view(9);
    await pty.until('▲ 0');
    expect(pty.text()).toContain('13.2 s in');
    expect(pty.text()).toContain('█ tcp   ░ all packets');
    // The packets of the filter, in front of all.
    await pty.until(/[│┤][ ░]*[▁▂▃▄▅▆▇█]/);
    expect(pty.text()).toMatch(/[│┤] *░/);
    await pty.press('n');
    await pty.until(/ ▲ .*of the filter [1-9]/);
    const before = pty.line('Packets in ');
    await pty.press('-');
    await pty.until((screen) => screen.includes('Packets in ') && !screen.includes(before));
    await pty.press('+');
    await pty.press('b');
    await pty.until('Bytes in ');
    await pty.press('gg');
    await pty.until(' ▲ 0');
    await pty.press('n');
    await pty.until(/ ▲ .*of the filter [1-9]/);
    await pty.press(ENTER);
    await pty.until(/= \d+ of 61/);
    expect(filterLine()).toMatch(/\(tcp\) && frame\.time_relative >= 1\.\d/);
  });

  it('properties: what the capture says of itself', async () => {
    await open(cols, rows, ROUTER);
    await pty.press('i');
    expect(pty.line('Link types')).toContain('LINUX_SLL2');
    expect(pty.line('Interface 3')).toContain('eth1');
    expect(pty.line('Duration')).toContain('13.2 s');
  });

  it('stream: sides, forms, search, to the packet, filter out', async () => {
    await open(cols, rows, ROUTER);
    await pty.press('21G');
    await pty.press('s');
    await pty.until('client 6 packets');
    expect(pty.text()).toContain('192.168.10.100:51294 → 192.168.20.100:10250');
    expect(pty.text()).toContain('server 4 packets');
    const request = pty.lines().findIndex((line) => line.includes('→ GET / HTTP/1.1'));
    const answer = pty.lines().findIndex((line) => line.includes('← HTTP/1.1 200 OK'));
    expect(request).toBeGreaterThan(0);
    // A side has a sign and a colour.
    const x = pty.lines()[answer]!.indexOf('←');
    expect(pty.style(x, answer).fg).not.toBe(pty.style(x, request + 1).fg);
    await pty.press('c');
    expect(pty.text()).not.toContain('200 OK');
    await pty.press('s');
    expect(pty.text()).not.toContain('→ GET');
    await pty.press('e');
    await pty.press('x');
    expect(pty.line('47 45 54 20 2f')).toMatch(/00000000 {2}47 45 54 20 2f 20 48 54 {2}54 .*GET \/ HTTP\/1\.1/);
    await pty.press('x');
    expect(pty.text()).toContain('474554202f20');
    await pty.press('x');
    await pty.press('/');
    await pty.press('content-type');
    await pty.press(ENTER);
    expect(chosen()).toContain('Content-Type');
    expect(pty.lines().at(-1)).toContain('in packet 31');
    await pty.press(ENTER);
    expect(pty.line(/^ +31 /)).toContain('192.168.20.100');
    await pty.press('s');
    await pty.press('F');
    await pty.until(/= 41 of 61/);
    expect(filterLine()).toContain('!(ip.addr == 192.168.10.100');
  });

  it('decode as: rules from the packet, completed, removed, in force everywhere', async () => {
    const frames = [1, 2, 3].map(() =>
      sll2({}, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp({ src: 5000, dst: 5001, data: 40 }))),
    );
    await open(cols, rows, [capture(frames)]);
    await pty.press('d');
    expect(pty.text()).toContain('no rule');
    await pty.press('a');
    expect(pty.text()).toContain('udp.port==5001,');
    await pty.press('nonsense');
    await pty.press(ENTER);
    expect(pty.text()).toContain('no protocol "nonsense"');
    await pty.press(`${'\x7f'.repeat(8)}vx\t`);
    expect(pty.text()).toContain('udp.port==5001,vxlan');
    await pty.press(ENTER);
    await pty.press(ESC);
    await view(8);
    await pty.until(/Virtual|VXLAN/);
    await pty.press('d');
    await pty.press('D');
    await pty.until('no rule');
    await pty.press(ESC);
    await pty.until((screen) => !/VXLAN/.test(screen));
  });

  it('long IPv6 addresses are never cut', async () => {
    await open(cols, rows, [capture(conversation([text('hello')], [], 6))]);
    for (const digit of [2, 3, 7]) {
      await view(digit);
      // The first tab that has rows is shown by itself.
      if (digit === 7) await pty.until('[IPv6 1]');
      await pty.until(LONG_A);
      expect(pty.text()).toContain(LONG_B);
    }
  });

  it('Korean, emoji and hostile bytes keep their place and do nothing', async () => {
    const said = [text('GET /한국어/이름 🎉 HTTP/1.1\r\n'), text('\x1b[2J\x1b]0;evil\x07\x9b31m\u202eabc\u200b\r\n')];
    await open(cols, rows, [
      capture(conversation(said, [text('안녕하세요 세계\n'), Uint8Array.of(0xff, 0xfe, 0x80, 0x1b, 0x63)])),
    ]);
    await pty.press('s');
    await pty.until('← 안녕하세요 세계');
    expect(pty.text()).toContain('→ GET /한국어/이름 □ HTTP/1.1');
    expect(pty.text()).toContain('→ ·[2J·]0;evil·');
    expect(pty.text()).toContain('← ····c');
    expect(pty.raw).not.toMatch(/\x1b\]0;evil|\u202e/);
    expect(pty.clears).toBe(1);
    await pty.press('/');
    await pty.press('이름');
    await pty.press(ENTER);
    expect(pty.lines().at(-1)).toContain('in packet 4');
  });

  it('names in Korean and emoji stand in their columns', async () => {
    const topology = join(folder, 'names.yaml');
    writeFileSync(
      topology,
      JSON.stringify({
        nodes: { k: { interfaces: { eth0: { mac: '0a:00:00:00:00:77' } } } },
        pods: { '10.9.0.1': { name: '기본/파드 🎉', node: 'k' }, '10.8.0.1': { name: '\x1b[31m\u202e빨강', node: 'k' } },
      }),
    );
    await open(cols, rows, [capture([...conversation([text('a')], []), ...others(2)]), '-t', topology]);
    await view(2);
    const lines = pty.lines().filter((line) => /^..(#\d+ )? *(tcp|udp) /.test(line));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('10.9.0.1:40000 (기본/파드 □)');
    expect(lines[1]).toContain('10.8.0.1:6000 (\\x1b[31m\\u{202e}빨강)');
    // A wide letter is one character of the line and two columns of the screen.
    const column = (line: string) => displayWidth(line.slice(0, line.search(/10\.[98]\.0\.2/)));
    expect(new Set(lines.map(column)).size).toBe(1);
    expect(pty.clears).toBe(1);
  });

  it('missing bytes are said in their place', async () => {
    const frames = conversation([text('first '), text('lost'), text('third')], []);
    await open(cols, rows, [capture(frames.toSpliced(4, 1))]);
    await pty.press('s');
    await pty.until('4 bytes are missing');
    const lines = pty.lines();
    const at = lines.findIndex((line) => line.includes('× 4 bytes are missing in the capture'));
    expect(lines[at - 1]).toContain('→ first');
    expect(lines[at + 1]).toContain('→ third');
  });
});

it('a view follows the size of the screen, down to what it needs', async () => {
  await open(200, 50, ROUTER);
  for (const digit of [2, 3, 4, 7, 8, 9]) {
    await view(digit);
    for (const [cols, rows] of [
      [60, 15],
      [250, 60],
      [59, 14],
      [80, 24],
    ] as const) {
      pty.resize(cols, rows);
      await pty.until(
        cols === 59 ? 'needs 60x15' : (screen) => screen.includes(' hopscope  ') && screen.split('\n').length === rows,
      );
      expect(pty.exit).toBeNull();
    }
    if (digit === 2) expect(pty.line(/^! +(?:#\d+ )?icmp/)).toMatch(/172\.20\.0\.96.* 172\.20\.2\.1/);
  }
});

it('views grow with a capture that grows', async () => {
  const path = join(folder, 'growing.pcapng');
  const all = captureFile([...conversation([text('one')], [text('two')]), ...others(30)]);
  const first = captureFile(conversation([text('one')], [text('two')]));
  writeFileSync(path, first);
  pty = Pty.show(['tui', '--follow', path], { cols: 120, rows: 40 });
  await pty.until('● live');
  await pty.press(alt(2));
  await pty.until('10.9.0.1:40000');
  await pty.press(alt(9));
  await pty.until(/ ▲ .*packet/);
  writeFileSync(path, all.subarray(first.length), { flag: 'a' });
  await pty.until('35 packets');
  await pty.press(alt(2));
  await pty.until(/UDP 30/);
  // What there is none of is said, though it may still come.
  await pty.press(alt(5));
  await pty.until('no tunnel in the capture');
  expect(pty.clears).toBe(1);
});

it('a capture that breaks off is shown as far as it goes, in every view', async () => {
  const path = join(folder, 'broken.pcapng');
  const whole = captureFile([...conversation([text('one')], [text('two')]), ...others(3)]);
  writeFileSync(path, whole.subarray(0, whole.length - 10));
  pty = Pty.show(['tui', path], { cols: 120, rows: 40 });
  await pty.until('damaged');
  for (const digit of [2, 3, 7, 8]) {
    await view(digit);
    expect(pty.text()).toMatch(/10\.9\.0\.1|Internet Protocol/);
  }
  await pty.press('i');
  expect(pty.line('Error')).not.toBe('');
});

it('every key of a view is answered with less than 10 kB and no clearing', async () => {
  await open(200, 50, ROUTER);
  for (const digit of [2, 3, 4, 5, 7, 8, 9]) {
    await view(digit);
    for (const keys of ['j', 'k', 'G', 'gg', 'o', 'O', ']', '[', 'L', 'L', '\\', '\\', '\\', '+', '-', 'b']) {
      const before = pty.bytes;
      await pty.press(keys);
      expect(pty.bytes - before, `view ${digit}, key ${keys}`).toBeLessThan(10_000);
    }
  }
  expect(pty.clears).toBe(1);
});

it('views take the mouse: tabs, names of columns, rows, the wheel', async () => {
  const click = (x: number, y: number) => `${ESC}[<0;${x + 1};${y + 1}M${ESC}[<0;${x + 1};${y + 1}m`;
  const at = (part: string): [number, number] => {
    const y = pty.lines().findIndex((line) => line.includes(part));
    return [pty.lines()[y]!.indexOf(part), y];
  };
  await open(120, 40, ROUTER);
  await view(2);
  await pty.press(click(...at('TCP 5')));
  await pty.until('[TCP 5]');
  await pty.press(click(...at('Source')));
  await pty.until('Source▲');
  await pty.until(() => chosen(3).includes('172.20.0.96:56974'));
  await pty.press(click(...at('Source▲')));
  await pty.until('Source▼');
  await pty.until(() => chosen(3).includes('192.168.10.100:51294'));
  const [x, y] = at('172.20.0.96:56986');
  await pty.press(click(x, y));
  expect(chosen(3)).toContain('172.20.0.96:56986');
  await pty.press(`${ESC}[<65;20;10M`);
  // A second click is Enter.
  await pty.press(click(x, y));
  await pty.until(/= \d+ of 61/);
  expect(filterLine()).toContain('tcp.port == 56986');
});

it('Ethernet conversations are counted where the capture has them', async () => {
  const frame = (mac: string, dstMac: string) =>
    ethernet({ mac, dstMac }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp({ src: 5000, dst: 5001, data: 4 })));
  await open(120, 40, [
    capture([frame('0a:00:00:00:00:01', '0a:00:00:00:00:02'), frame('0a:00:00:00:00:02', '0a:00:00:00:00:01')]),
  ]);
  await view(7);
  expect(pty.text()).toContain('[Ethernet 1]');
  expect(chosen()).toMatch(/0a:00:00:00:00:01 +0a:00:00:00:00:02 +2/);
});

it('all keys of the views are in the help', async () => {
  await open(120, 50, ROUTER);
  for (const [keys, words] of [
    [alt(2), 'follow the stream of the row'],
    [alt(9), 'finer steps'],
  ] as const) {
    await pty.press(keys);
    await pty.press('?');
    await pty.press('/');
    await pty.press(words);
    await pty.press(ENTER);
    expect(pty.text()).toContain(words);
    await pty.press(ESC);
  }
});
