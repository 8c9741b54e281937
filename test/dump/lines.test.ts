// Lines of packets against lines written by hand.
import { describe, expect, it } from 'vitest';
import {
  advertisement,
  arp,
  captureFile,
  dns,
  echo,
  echo6,
  encodePacket,
  ethernet,
  forward,
  icmpError,
  icmpv6,
  ipv4,
  ipv6,
  mtuBytes,
  sll2,
  type TestFrame,
  tcp,
  udp,
  vlan,
  vxlan,
} from '../rules/lab.js';
import { type PrintOptions, printed } from './print.js';

const NAMES = { 2: 'eth0', 3: 'eth1', 4: 'eth2' };

async function lines(frames: readonly TestFrame[], options: PrintOptions = {}): Promise<string[]> {
  const { text } = await printed(captureFile(frames), { ifmap: NAMES, ...options });
  return text.trimEnd().split('\n');
}

/** Behind the addresses. */
const about = async (frames: readonly TestFrame[], options?: PrintOptions): Promise<string[]> =>
  (await lines(frames, options)).map((line) => line.replace(/^.*? \u2192 \S* +/, ''));

const A = '10.0.1.5';
const B = '10.0.2.5';
const ends = { src: A, dst: B, ttl: 64 };
const ping = sll2({ if: 3, dir: 'in' }, ipv4({ ...ends, id: 1 }, echo({ id: 7, seq: 1 })));
const outer = { src: '192.168.10.100', dst: '192.168.20.100', vni: 63446 };

describe('a line of the list', () => {
  it('has number, time, hop, addresses, protocol, length and info', async () => {
    expect(await lines([ping, forward(ping, { if: 4 })])).toEqual([
      '    1     0.000000000 in eth1         10.0.1.5 \u2192 10.0.2.5        ICMP 104 Echo (ping) request id=0x0007 seq=1',
      '    2     0.001000000 out eth2        10.0.1.5 \u2192 10.0.2.5        ICMP 104 Echo (ping) request id=0x0007 seq=1',
    ]);
  });

  it('has tabs between the columns where they are asked for', async () => {
    expect(await lines([ping], { type: 'tabs' })).toEqual([
      '    1\t0.000000000\t10.0.1.5\t\u2192\t10.0.2.5\tICMP\t104\tEcho (ping) request id=0x0007 seq=1',
    ]);
  });

  it('shows the inner packet and what carries it', async () => {
    const inner = ipv4(ends, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1000, mss: 1410 }));
    const [line] = await lines([sll2({ if: 3, dir: 'in' }, vxlan(outer, inner))]);
    expect(line).toBe(
      '    1     0.000000000 in eth1         10.0.1.5 \u2192 10.0.2.5        vxlan 63446 192.168.10.100>192.168.20.100 TCP  114 40000 \u2192 80 [SYN] Seq=0 Win=64240 Len=0 MSS=1410',
    );
  });

  it('names an interface by its number where nobody names it, and passes on who it was for', async () => {
    const [line] = await lines([sll2({ if: 9, dir: 'other' }, ipv4(ends, echo()))]);
    expect(line).toMatch(/^ {4}1 {5}0\.000000000 passing if9 /);
  });

  it('counts sequence numbers from the start of a stream, copies as well', async () => {
    const syn = sll2({ if: 3, dir: 'in' }, ipv4(ends, tcp({ src: 1, dst: 2, flags: 'S', seq: 0xffffffff })));
    const back = { src: B, dst: A, ttl: 64 };
    const frames = [
      syn,
      forward(syn, { if: 4 }),
      sll2({ if: 4, dir: 'in' }, ipv4(back, tcp({ src: 2, dst: 1, flags: 'SA', seq: 500, ack: 0 }))),
      sll2({ if: 3, dir: 'in' }, ipv4(ends, tcp({ src: 1, dst: 2, flags: 'PA', seq: 0, ack: 501, data: 10 }))),
      // A stream seen from its middle.
      sll2({ if: 3, dir: 'in' }, ipv4(ends, tcp({ src: 5, dst: 6, flags: 'A', seq: 7000, ack: 9000, data: 3 }))),
    ];
    expect((await about(frames)).map((line) => line.replace(/^TCP +\d+ /, ''))).toEqual([
      '1 \u2192 2 [SYN] Seq=0 Win=64240 Len=0',
      '1 \u2192 2 [SYN] Seq=0 Win=64240 Len=0',
      '2 \u2192 1 [SYN, ACK] Seq=0 Ack=1 Win=64240 Len=0',
      '1 \u2192 2 [PSH, ACK] Seq=1 Ack=1 Win=64240 Len=10',
      '5 \u2192 6 [ACK] Seq=1 Ack=1 Win=64240 Len=3',
    ]);
  });

  it('says what ARP, DNS, ICMP errors and neighbour discovery are about', async () => {
    const quoted = ipv4({ ...ends, 'flags.df': 1 }, udp({ src: 5000, dst: 53, data: 100 }));
    const mac = '0a:00:00:00:00:0c';
    const frames = [
      sll2({ if: 3, dir: 'in' }, arp({ sender: A, senderMac: mac, target: B })),
      sll2({ if: 3, dir: 'in' }, arp({ op: 'reply', sender: B, senderMac: mac, target: A })),
      sll2({ if: 3, dir: 'in' }, arp({ sender: '0.0.0.0', senderMac: mac, target: B })),
      sll2({ if: 3, dir: 'in' }, arp({ sender: B, senderMac: mac, target: B })),
      sll2({ if: 3, dir: 'in' }, ipv4(ends, udp({ src: 5000, dst: 53, data: dns({ id: 0x1234 }) }))),
      sll2(
        { if: 4, dir: 'in' },
        ipv4(
          { src: B, dst: A },
          udp({ src: 53, dst: 5000, data: dns({ id: 0x1234, response: true, answers: ['192.0.2.1', '192.0.2.2'] }) }),
        ),
      ),
      sll2({ if: 4, dir: 'in' }, ipv4({ src: B, dst: A }, udp({ src: 53, dst: 5000, data: dns({ response: true, rcode: 3 }) }))),
      sll2(
        { if: 4, dir: 'in' },
        ipv4({ src: '192.0.2.254', dst: A }, icmpError({ type: 3, code: 4, rest: mtuBytes(1400) }, quoted, 28)),
      ),
      sll2({ if: 4, dir: 'in' }, ipv4({ src: '192.0.2.254', dst: A }, icmpError({ type: 11 }, quoted))),
      sll2({ if: 4, dir: 'in' }, advertisement('fe80::1', mac, 'fe80::2')),
    ];
    expect((await about(frames)).map((line) => line.replace(/^(\S+) +\d+ /, '$1 '))).toEqual([
      'ARP Who has 10.0.2.5? Tell 10.0.1.5',
      `ARP 10.0.2.5 is at ${mac}`,
      'ARP Who has 10.0.2.5? (ARP probe)',
      'ARP ARP announcement for 10.0.2.5',
      'DNS Query 0x1234 A example.com',
      'DNS Response 0x1234 A example.com A 192.0.2.1 A 192.0.2.2',
      'DNS Response 0x0001 No such name A example.com',
      'ICMP Destination unreachable (Fragmentation needed) mtu=1400 [about 10.0.1.5 \u2192 10.0.2.5 UDP 5000 \u2192 53 Len=100]',
      'ICMP Time-to-live exceeded (Time to live exceeded in transit) [about 10.0.1.5 \u2192 10.0.2.5 UDP 5000 \u2192 53 Len=100]',
      `ICMPv6 Neighbor advertisement fe80::1 (sol, ovr) is at ${mac}`,
    ]);
  });

  it('shows the VLAN of an Ethernet frame, and no hop where the capture tells none', async () => {
    const [line] = await lines([ethernet({}, vlan(20, ipv4(ends, echo())))], { ifmap: {} });
    expect(line).toBe(
      '    1     0.000000000        10.0.1.5 \u2192 10.0.2.5        vlan 20 ICMP 102 Echo (ping) request id=0x0007 seq=1',
    );
  });

  it('says where a frame was cut short', async () => {
    const [line] = await lines([{ ...ping, snap: 44 }]);
    expect(line).toMatch(/\[cut short\]$/);
  });
});

describe('--style tcpdump', () => {
  const shown = async (frames: readonly TestFrame[]) =>
    (await lines(frames, { style: 'tcpdump' })).map((line) => line.replace(/^[\d:]+\.\d{6} /, ''));

  it('prints interface, direction and packets as tcpdump does', async () => {
    const syn = { src: 40_000, dst: 80, flags: 'S', seq: 1000, mss: 1460 } as const;
    const frames = [
      sll2({ if: 3, dir: 'broadcast' }, arp({ sender: A, senderMac: '0a:00:00:00:00:0c', target: B })),
      sll2({ if: 3, dir: 'in' }, ipv4(ends, tcp(syn))),
      sll2({ if: 4, dir: 'out' }, ipv4({ src: B, dst: A }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 9000, ack: 1001 }))),
      sll2({ if: 3, dir: 'in' }, ipv4(ends, tcp({ src: 40_000, dst: 80, flags: 'PA', seq: 1001, ack: 9001, data: 5 }))),
      sll2({ if: 4, dir: 'other' }, ipv4(ends, udp({ src: 5000, dst: 53, data: dns({ id: 7 }) }))),
      sll2({ if: 4, dir: 'in' }, ipv6({ src: 'fe80::1', dst: 'fe80::2' }, udp({ src: 1, dst: 2, data: 4 }))),
    ];
    expect(await shown(frames)).toEqual([
      'eth1  B   ARP, Request who-has 10.0.2.5 tell 10.0.1.5, length 28',
      'eth1  In  IP 10.0.1.5.40000 > 10.0.2.5.80: Flags [S], seq 1000, win 64240, options [mss 1460], length 0',
      'eth2  Out IP 10.0.2.5.80 > 10.0.1.5.40000: Flags [S.], seq 9000, ack 1001, win 64240, length 0',
      'eth1  In  IP 10.0.1.5.40000 > 10.0.2.5.80: Flags [P.], seq 1:6, ack 1, win 64240, length 5: HTTP',
      'eth2  P   IP 10.0.1.5.5000 > 10.0.2.5.53: 7+ A? example.com. (29)',
      'eth2  In  IP6 fe80::1.1 > fe80::2.2: UDP, length 4',
    ]);
  });

  it('prints what a tunnel carries on a line of its own', async () => {
    expect(await shown([sll2({ if: 3, dir: 'in' }, vxlan(outer, ipv4(ends, echo())))])).toEqual([
      'eth1  In  IP 192.168.10.100.50000 > 192.168.20.100.8472: VXLAN, flags [I] (0x08), vni 63446',
      'IP 10.0.1.5 > 10.0.2.5: ICMP echo request, id 7, seq 1, length 64',
    ]);
  });

  it.each([
    ['ICMP', ipv4({ src: B, dst: A }, icmpError({ type: 3, code: 1 }, ipv4(ends, udp({ src: 5000, dst: 53, data: 9 })), 1))],
    [
      'ICMPv6',
      ipv6(
        { src: 'fd00::b', dst: 'fd00::a' },
        icmpv6(
          { type: 1, code: 0 },
          Uint8Array.of(0, 0, 0, 0, ...encodePacket(ipv6({ src: 'fd00::a', dst: 'fd00::c' }, echo6())).subarray(0, 1)),
        ),
      ),
    ],
  ])('names no address that an %s error does not quote', async (_, error) => {
    const [line] = await shown([sll2({ if: 3, dir: 'in' }, error), sll2({ if: 3, dir: 'in' }, ipv4(ends, echo()))]);
    expect(line).toMatch(/ unreachable(?: route )?, length \d+$/);
  });
});

describe('hop and level fields', () => {
  const encapsulated = sll2({ if: 4, dir: 'out' }, vxlan(outer, ipv4({ ...ends, ttl: 63, id: 1 }, echo({ id: 7, seq: 1 }))));
  const fields = (frames: readonly TestFrame[], ...field: string[]) => lines(frames, { type: 'fields', field });

  it('tell where a packet was seen, and its whole path with each copy', async () => {
    expect(await fields([ping, forward(ping, { if: 4 })], 'hop.interface', 'hop.direction', 'hop.path')).toEqual([
      'eth1\tin\tin eth1 > out eth2',
      'eth2\tout\tin eth1 > out eth2',
    ]);
    expect(await fields([ping, encapsulated], 'hop.path')).toEqual(['in eth1 > out eth2 (vxlan)', 'in eth1 > out eth2 (vxlan)']);
  });

  it('keep packets apart that only look alike', async () => {
    const other = sll2({ if: 3, dir: 'in' }, ipv4({ ...ends, id: 2 }, echo({ id: 7, seq: 2 })));
    const frames = [
      ping,
      other,
      forward(other, { if: 2 }),
      sll2({ if: 3, dir: 'in' }, arp({ sender: A, senderMac: '0a:00:00:00:00:0c', target: B })),
    ];
    expect(await fields(frames, 'frame.number', 'hop.path')).toEqual([
      '1\tin eth1',
      '2\tin eth1 > out eth0',
      '3\tin eth1 > out eth0',
      '4\tin eth1',
    ]);
  });

  it('hold frames back for a second and no longer', async () => {
    const late = { ...forward(ping, { if: 4 }), at: 3 };
    expect(await fields([ping, late], 'hop.path')).toEqual(['in eth1', 'out eth2']);
  });

  it('may stand in filters', async () => {
    const frames = [ping, forward(ping, { if: 4 }), sll2({ if: 2, dir: 'in' }, ipv4({ ...ends, id: 9 }, echo({ seq: 9 })))];
    const numbers = (filter: string) => lines(frames, { type: 'fields', field: ['frame.number'], filter });
    expect(await numbers('hop.path == "in eth1 > out eth2"')).toEqual(['1', '2']);
    expect(await numbers('hop.interface == "eth2" && hop.direction == "out"')).toEqual(['2']);
    // `in` is an operator as well.
    expect(await numbers('hop.direction == in')).toEqual(['1', '3']);
    expect(await numbers('hop.direction in {in, out} and hop.interface == eth2')).toEqual(['2']);
    await expect(numbers('in == 3')).rejects.toThrow();
  });

  it('tell outer from inner, and one occurrence from another', async () => {
    const row = await fields([encapsulated], 'ip.src', 'outer.ip.src', 'inner.ip.src', 'ip.dst#2', 'inner.ip.ttl');
    expect(row).toEqual([`192.168.10.100,${A}\t192.168.10.100\t${A}\t${B}\t63`]);
  });
});

describe('tunnels on ports that nobody claims', () => {
  const odd = sll2({ if: 3, dir: 'in' }, vxlan({ ...outer, dstPort: 9999 }, ipv4(ends, echo())));

  it('are suggested and not decoded', async () => {
    const { text, hints } = await printed(captureFile([odd, odd, odd]));
    expect(text).toContain('UDP  ');
    expect(text).not.toContain('vxlan');
    expect(hints).toEqual(['3 packets to UDP port 9999 look like VXLAN; decode them with -d udp.port==9999,vxlan']);
  });

  it('are decoded when asked for, by ranges too', async () => {
    const { text, hints } = await printed(captureFile([odd, odd]), { decodeAs: ['udp.port==9990-9999,vxlan'] });
    expect(text).toContain('vxlan 63446 192.168.10.100>192.168.20.100 ICMP');
    expect(hints).toEqual([]);
  });

  it('are not seen in payloads that are something else', async () => {
    const frames = [1, 2, 3].map((n) => sll2({ if: 3, dir: 'in' }, ipv4(ends, udp({ src: n, dst: 9999, data: 64 }))));
    expect((await printed(captureFile(frames))).hints).toEqual([]);
  });
});

describe('details', () => {
  it('are a tree of titles and values, and bytes behind it', async () => {
    const text = (await lines([ping], { details: true, bytes: true })).join('\n');
    expect(text).toContain('\nInternet Protocol Version 4');
    expect(text).toContain('\n    Time to live: 64\n');
    expect(text).toContain('\n    Type: Echo (ping) request (8)\n');
    expect(text).toMatch(/\n0000 {2}08 00 00 00 00 00 00 03 {1,2}00 01/);
  });

  it('are JSON with every name once', async () => {
    const inner = ipv4(ends, echo());
    const text = (await lines([sll2({ if: 3, dir: 'in' }, vxlan(outer, inner))], { type: 'hopscope-json' })).join('\n');
    const [packet] = JSON.parse(text);
    expect(packet.layers.map((layer: { protocol: string }) => layer.protocol)).toEqual([
      'sll',
      'ip',
      'udp',
      'vxlan',
      'eth',
      'ip',
      'icmp',
      'data',
    ]);
    expect(packet.frame).toMatchObject({ 'frame.number': 1, 'hop.interface': 'eth1', 'hop.direction': 'in' });
    expect(packet.layers[5].fields).toMatchObject({ 'ip.src': A, 'ip.ttl': 64, 'ip.flags.df': true });
    expect(text.match(/"ip\.src"/g)).toHaveLength(2);
  });

  it('are JSON lines, and an empty array of nothing', async () => {
    const two = await lines([ping, ping], { type: 'jsonl' });
    expect(two.map((line) => JSON.parse(line).frame['frame.number'])).toEqual([1, 2]);
    expect(JSON.parse((await lines([ping], { type: 'hopscope-json', filter: 'arp' })).join(''))).toEqual([]);
  });

  it('repeat a field as an array', async () => {
    const answers = dns({ response: true, answers: ['192.0.2.1', '192.0.2.2'] });
    const [line] = await lines([sll2({}, ipv4(ends, udp({ src: 53, dst: 5000, data: answers })))], { type: 'jsonl' });
    expect(JSON.parse(line).layers.at(-1).fields['dns.a']).toEqual(['192.0.2.1', '192.0.2.2']);
  });
});

describe('-c', () => {
  it('counts frames that are read, as tshark does', async () => {
    const frames = [ping, sll2({}, arp({ sender: A, senderMac: '0a:00:00:00:00:0c', target: B })), ping];
    expect(await lines(frames, { count: 2, filter: 'icmp' })).toHaveLength(1);
  });
});
