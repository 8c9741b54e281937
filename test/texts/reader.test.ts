// Printed texts as people paste them: what is around the packets, what is broken, what is missing.
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../src/bytes/show.js';
import { UNKNOWN } from '../../src/capture/frame.js';
import { standIn } from '../../src/texts/names.js';
import { nodesIn } from '../../src/texts/nodes.js';
import { filterOf, promptOf } from '../../src/texts/noise.js';
import { isPrinted } from '../../src/texts/recognise.js';
import { printed } from '../dump/print.js';
import { asBytes, readText } from './help.js';

const rows = async (text: string, ...field: string[]): Promise<string[]> => {
  const { text: made } = await printed(asBytes(text), {
    type: 'fields',
    field,
    setting: ['separator=,', 'occurrence=a', 'aggregator=;'],
  });
  return made.split('\n').slice(0, -1);
};
const ENDS = ['ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.len'];

const SYN =
  '10.0.1.46.43544 > 192.0.2.12.443: Flags [S], seq 9000000, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0';

describe('sequence numbers', () => {
  it('are absolute again, however tcpdump made them relative', async () => {
    const text = `09:00:00.000001 IP ${SYN}
09:00:00.000002 IP 192.0.2.12.443 > 10.0.1.46.43544: Flags [S.], seq 7000000, ack 9000001, win 65160, length 0
09:00:00.000003 IP 10.0.1.46.43544 > 192.0.2.12.443: Flags [.], ack 1, win 502, length 0
09:00:00.000004 IP 10.0.1.46.43544 > 192.0.2.12.443: Flags [P.], seq 1:38, ack 1, win 502, length 37
09:00:00.000005 IP 192.0.2.12.443 > 10.0.1.46.43544: Flags [.], ack 38, win 501, length 0
`;
    expect(await rows(text, 'tcp.seq_raw', 'tcp.ack_raw')).toEqual([
      '9000000,0',
      '7000000,9000001',
      '9000001,7000001',
      '9000001,7000001',
      '7000001,9000038',
    ]);
  });

  it('stay as they are where -S printed them', async () => {
    const text = `09:00:00.000001 IP ${SYN}
09:00:00.000002 IP 192.0.2.12.443 > 10.0.1.46.43544: Flags [S.], seq 7000000, ack 9000001, win 65160, length 0
09:00:00.000003 IP 10.0.1.46.43544 > 192.0.2.12.443: Flags [P.], seq 9000001:9000038, ack 7000001, win 502, length 37
`;
    expect(await rows(text, 'tcp.seq_raw', 'tcp.ack_raw')).toEqual(['9000000,0', '7000000,9000001', '9000001,7000001']);
  });

  it('count from nought where the text begins in the middle', async () => {
    const text = `09:00:00.000003 IP 10.0.1.46.43544 > 192.0.2.12.443: Flags [P.], seq 1:38, ack 1, win 502, length 37
09:00:00.000004 IP 192.0.2.12.443 > 10.0.1.46.43544: Flags [.], ack 38, win 501, length 0
`;
    expect(await rows(text, 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.len')).toEqual(['1,1,37', '0,38,0']);
  });
});

describe('what is around packets', () => {
  const noisy = `> root@w5:~# kubectl -n kube-system exec ds/cilium -- tcpdump -ni any host 192.0.2.12 -vv
> tcpdump: data link type LINUX_SLL2
> tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes
> [EXT:w5] 14:09:53.307158 lxc4930 In  IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)
>     10.0.1.46.43544 > 192.0.2.x.443: Flags [S], cksum 0x1234 (incorrect -> 0x5678), seq 1, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7],
> length 0
> ^C
> 1 packet captured
> 2 packets received by filter
> 3 packets dropped by kernel
`;

  it('is passed over, and the packet in it is read', async () => {
    expect(await rows(noisy, ...ENDS, 'ip.ttl', 'tcp.options.mss_val')).toEqual([
      `10.0.1.46,43544,${ipv4(standIn('192.0.2.x'))},443,0x0002,1,0,0,64,1460`,
    ]);
    const { info, frames } = await readText(noisy);
    expect(info).toMatchObject({ lines: 10, packets: 1, used: 3, noise: 7, unread: 0, nodes: ['w5'], times: 'day' });
    expect(frames[0].time).toBe('50993.307158000');
  });

  it('reads the same in pieces of any size', async () => {
    const whole = await readText(noisy);
    for (const size of [1, 2, 7, 64]) expect(await readText(noisy, size)).toEqual(whole);
  });

  it('reads the same in UTF-16, of either order and in pieces of any size', async () => {
    const { frames, info } = await readText(noisy);
    const little = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(noisy, 'utf16le')]);
    for (const text of [little, Buffer.from(little).swap16()])
      for (const size of [1, 3, 1 << 16]) {
        const read = await readText(text, size);
        expect(read.frames).toEqual(frames);
        expect(read.info).toEqual(info);
      }
    // Half a character at the end costs nothing but itself.
    expect((await readText(little.subarray(0, -1))).frames).toEqual(frames);
  });

  it('counts what it does not understand, and shows it by its line', async () => {
    const { info, frames } = await readText(
      `09:00:00.000001 IP ${SYN}\nHTTP/1.1 200 OK\n09:00:00.000002 STP 802.1d, Config\n09:00:00.000003 IP ${SYN}\n`,
    );
    expect(frames).toHaveLength(2);
    expect(info?.unread).toBe(2);
    expect(info?.shown).toEqual([
      { line: 2, text: 'HTTP/1.1 200 OK' },
      { line: 3, text: '09:00:00.000002 STP 802.1d, Config' },
    ]);
  });

  it.each([
    ['Windows line ends', `09:00:00.000001 IP ${SYN}\r\n`],
    ['colours', `\x1b[32m09:00:00.000001 IP ${SYN}\x1b[0m\n`],
    ['a code block of four blanks', `    09:00:00.000001 IP ${SYN}\n`],
    ['the number of the packet (-#)', `    1  09:00:00.000001 IP ${SYN}\n`],
    ['no time (-t)', `IP ${SYN}\n`],
    ['since 1970 (-tt)', `1795961369.917039 IP ${SYN}\n`],
    ['a date (-tttt)', `2026-11-29 09:00:00.000001 IP ${SYN}\n`],
    ['nanoseconds', `09:00:00.000001123 IP ${SYN}\n`],
    ['a line that the terminal broke', `09:00:00.000001 IP ${SYN.replace(', length', ',\nlength')}\n`],
    ['no line end', `09:00:00.000001 IP ${SYN}`],
    ['names', `09:00:00.000001 IP ${SYN.replace('.443', '.https')}\n`],
  ])('%s', async (_, text) => {
    expect(await rows(text, ...ENDS)).toEqual(['10.0.1.46,43544,192.0.2.12,443,0x0002,9000000,0,0']);
  });

  it('differences of times are added up (-ttt), or are since the first line (-ttttt)', async () => {
    const text = (...times: string[]) => times.map((time) => ` ${time} IP ${SYN}\n`).join('');
    const { frames } = await readText(text('00:00:00.000000', '00:00:00.000037', '00:00:00.000003'));
    expect(frames.map(({ time }) => time)).toEqual(['0.000000000', '0.000037000', '0.000040000']);
    const first = await readText(text('00:00:00.000000', '00:00:00.000037', '00:00:00.000040'));
    expect(first.frames.map(({ time }) => time)).toEqual(['0.000000000', '0.000037000', '0.000040000']);
  });

  it('midnight passes', async () => {
    const { frames } = await readText(`23:59:59.900000 IP ${SYN}\n00:00:00.100000 IP ${SYN}\n`);
    expect(frames.map(({ time }) => time)).toEqual(['86399.900000000', '86400.100000000']);
  });
});

describe('what is not printed', () => {
  it('is marked, and stays so in a capture that is written', async () => {
    const { frames } = await readText(`09:00:00.000001 IP ${SYN}\n`);
    expect(frames[0].unknown).toBe(UNKNOWN.link | UNKNOWN.ttl | UNKNOWN.checksum);
    const any = await readText(`09:00:00.000001 eth0  In  IP ${SYN}\n`);
    expect(any.frames[0].unknown).toBe(UNKNOWN.ttl | UNKNOWN.checksum | UNKNOWN.index);
    const full = await readText(
      `09:00:00.000001 02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 74: (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto TCP (6), length 60)\n    ${SYN}\n`,
    );
    expect(full.frames[0].unknown).toBe(UNKNOWN.checksum);
  });

  it('payload counts in the length on the wire only', async () => {
    const { frames } = await readText('09:00:00.000001 IP 10.0.0.1.5000 > 10.0.0.2.6000: UDP, length 1000\n');
    expect([frames[0].bytes.length / 2, frames[0].wireLength]).toEqual([42, 1042]);
  });
});

describe('tunnels, errors, neighbours', () => {
  it.each([
    [
      'VXLAN on 8472, which tcpdump calls OTV',
      `09:00:00.000001 IP 192.168.10.100.41878 > 192.168.20.100.8472: OTV, flags [I] (0x08), overlay 0, instance 31337\nIP ${SYN}\n`,
      ['vxlan.vni', 'ip.src', 'tcp.dstport'],
      '31337,192.168.10.100;10.0.1.46,443',
    ],
    [
      'VXLAN, -v',
      `09:00:00.000001 IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 110)\n    192.168.10.100.41878 > 192.168.20.100.4789: VXLAN, flags [I] (0x08), vni 7\nIP (tos 0x0, ttl 63, id 2, offset 0, flags [DF], proto TCP (6), length 60)\n    ${SYN}\n`,
      ['vxlan.vni', 'ip.ttl', 'ip.len', 'tcp.dstport'],
      '7,64;63,110;60,443',
    ],
    [
      'Geneve with options',
      `09:00:00.000001 IP 10.4.1.5.61000 > 10.4.1.6.6081: Geneve, Flags [C], vni 0x22, options [8 bytes]: IP ${SYN}\n`,
      ['geneve.vni', 'ip.dst', 'tcp.dstport'],
      '0x000022,10.4.1.6;192.0.2.12,443',
    ],
    [
      'IP in IP',
      `09:00:00.000001 IP 10.241.0.21 > 10.242.1.14: IP ${SYN}\n`,
      ['ip.proto', 'ip.dst'],
      '4;6,10.242.1.14;192.0.2.12',
    ],
    [
      'VLAN',
      `09:00:00.000001 02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), length 78: vlan 4013, p 0, ethertype IPv4 (0x0800), ${SYN}\n`,
      ['vlan.id', 'tcp.dstport', 'frame.len'],
      '4013,443,78',
    ],
    [
      'ARP',
      '09:00:00.000001 ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28\n',
      ['arp.opcode', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'],
      '1,10.0.0.2,10.0.0.1',
    ],
    [
      'neighbour advertisement, -v',
      '09:00:00.000001 IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is 2001:db8::1, Flags [solicited, override]\n\t  destination link-address option (2), length 8 (1): 52:54:00:06:00:01\n',
      ['icmpv6.type', 'icmpv6.nd.na.target_address', 'icmpv6.opt.linkaddr'],
      '136,2001:db8::1,52:54:00:06:00:01',
    ],
    [
      'DNS',
      '09:00:00.000001 IP 10.0.0.2.40000 > 10.0.0.3.53: 4660+ [1au] A? shop.example.com. (45)\n',
      ['dns.id', 'dns.qry.name', 'udp.length'],
      '0x1234,shop.example.com,53',
    ],
  ] as const)('%s', async (_, text, fields, expected) => {
    expect(await rows(text, ...fields)).toEqual([expected]);
  });

  it('an answer of DNS has the question of the query', async () => {
    const text = `09:00:00.000001 IP 10.0.0.2.40000 > 10.0.0.3.53: 4660+ A? shop.example.com. (34)
09:00:00.000002 IP 10.0.0.3.53 > 10.0.0.2.40000: 4660 NXDomain 0/1/0 (112)
`;
    expect(await rows(text, 'dns.flags.response', 'dns.flags.rcode', 'dns.qry.name')).toEqual([
      '0,,shop.example.com',
      '1,3,shop.example.com',
    ]);
  });

  it('an ICMP error speaks of the packet before it', async () => {
    const text = `09:00:00.000001 IP 10.0.0.2.40000 > 10.0.0.3.9000: UDP, length 10
09:00:00.000002 IP 10.0.0.3 > 10.0.0.2: ICMP 10.0.0.3 udp port 9000 unreachable, length 46
`;
    expect((await rows(text, 'icmp.type', 'icmp.code', 'udp.srcport', 'udp.dstport'))[1]).toBe('3,3,,9000');
  });
});

describe('who printed it', () => {
  it('a text of two machines is told apart', () => {
    const text = `root@w5:~# tcpdump -ni any\n09:00:00.000001 IP ${SYN}\nroot@w6:~# tcpdump -ni any\n09:00:00.000001 IP ${SYN}\nroot@w7:~# ls\nfile\n`;
    expect(nodesIn(text)).toEqual(['w5', 'w6']);
    expect(nodesIn(`on node A:\n09:00:00.000001 IP ${SYN}\n`)).toEqual(['A']);
  });

  it('prompts tell the filter', () => {
    expect(promptOf('root@w5:~# tcpdump -ni any -c 5 tcp port 80 -vv')).toEqual({
      node: 'w5',
      runs: true,
      filter: 'tcp port 80',
      device: 'any',
      command: 'tcpdump -ni any -c 5 tcp port 80 -vv',
      isSure: true,
    });
    expect(filterOf("sudo tcpdump -i eth0 -nn 'icmp or arp' 2>/dev/null")).toBe('icmp or arp');
    expect(filterOf('tcpdump -nni any')).toBe(null);
  });

  it.each([
    ['a log of something else', '09:00:00.123456 IP stack started\n', false],
    ['ip route', 'default via 10.0.0.1 dev eth0\n', false],
    ['conntrack', 'tcp      6 117 SYN_SENT src=10.0.1.46 dst=10.96.0.9 sport=43544 dport=80\n', false],
    ['Hubble', 'Nov 29 14:09:53.307: default/a:1 (ID:1) -> default/b:2 (ID:2) to-endpoint FORWARDED (TCP Flags: SYN)\n', false],
    ['a packet in the middle of a log', `INFO start\nx\n09:00:00.000001 IP ${SYN}\n`, true],
  ])('%s', (_, text, expected) => {
    expect(isPrinted(text)).toBe(expected);
  });
});
