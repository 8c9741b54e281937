// Packets as people paste them into issues, chats and blogs: what the paste says is what is read, and no line is wrongly refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { looksLike } from '../../src/capture/sniff.js';
import { inputsOf } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import { standIn } from '../../src/texts/names.js';
import { nodesIn } from '../../src/texts/nodes.js';
import { promptOf } from '../../src/texts/noise.js';
import { printed } from '../dump/print.js';
import { PLAIN } from '../main/options.js';
import { asBytes, readText } from './help.js';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-pasted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SYN = (n: number) =>
  `IP 10.8.0.2.45000 > 10.9.0.2.8080: Flags [S], seq 1000, win 64240, options [mss 1460,sackOK,TS val ${n} ecr 0,nop,wscale 7], length 0\n`;

describe('what is read of a paste', () => {
  it.each<[string, string, { packets: number; unread: number; nodes: string[]; devices: (string | null)[] }]>([
    [
      'broken at 80 columns, the banner too',
      `user@laptop:~$ sudo tcpdump -nnvi eth0 tcp port 443
tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144
bytes
11:00:00.000001 IP (tos 0x0, ttl 64, id 4242, offset 0, flags [DF], proto TCP (6
), length 60)
    192.168.7.2.51000 > 192.168.9.9.443: Flags [S], cksum 0x1234 (correct), seq
100, win 64240, options [mss 1460,sackOK,TS val 55 ecr 0,nop,wscale 7], length 0
`,
      { packets: 1, unread: 0, nodes: ['laptop'], devices: ['eth0'] },
    ],
    [
      'without a banner: the command says the interface',
      `[root@n1 ~]# tcpdump -XXni eth0 -c1 udp
10:00:00.500000 IP 10.1.1.1.1000 > 10.1.1.2.2000: UDP, length 4
        0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.
        0x0010:  0020 0001 4000 4011 24c8 0a01 0101 0a01  ....@.@.$.......
        0x0020:  0102 03e8 07d0 000c 0000 6162 6364       ..........abcd
`,
      { packets: 1, unread: 0, nodes: ['n1'], devices: ['eth0'] },
    ],
    [
      'prompts of a name alone',
      `node-a$ sudo tcpdump -ni eth1\n10:00:00.000001 ${SYN(1)}node-b$ tcpdump --interface=eth2 -n\n10:00:00.000301 ${SYN(1)}`,
      { packets: 2, unread: 0, nodes: ['node-a', 'node-b'], devices: ['eth1', 'eth2'] },
    ],
    [
      'a prompt of zsh, in UTF-8',
      `\xe2\x9e\x9c  ~ kubectl exec -it web -- tcpdump -ni eth0\nDefaulted container "web" out of: web, init (init)\n10:00:00.000001 ${SYN(1)}^Ccommand terminated with exit code 130\n\xe2\x9e\x9c  ~ \n`,
      { packets: 1, unread: 0, nodes: [], devices: ['eth0'] },
    ],
    [
      'jobs of the shell',
      `me@c:~$ ping -c1 10.9.0.2 & sudo tcpdump -ni eth0 -c1\n[1] 4242\n10:00:00.000001 ${SYN(1)}[1]+  Exit 1                  ping -c1 10.9.0.2\n`,
      { packets: 1, unread: 0, nodes: ['c'], devices: ['eth0'] },
    ],
    [
      'from PowerShell',
      `PS C:\\Users\\me> ssh gw tcpdump -ni ens3\r\n10:00:00.000001 ${SYN(1).trimEnd()}\r\n`,
      { packets: 1, unread: 0, nodes: [], devices: ['ens3'] },
    ],
    [
      'indented, between sentences',
      `On gw1 we see:\n\n    10:00:00.000001 ${SYN(1)}    10:00:01.000001 ${SYN(1000)}\nRegards\n`,
      { packets: 2, unread: 2, nodes: [], devices: [null] },
    ],
    [
      'half lines at both ends',
      `...:00.000001 IP 10.8.0.2.45000 > 10.9.0.2.8080: Flags [S], seq 1000, win 64240, length 0\n10:00:01.000001 ${SYN(1)}10:00:02.000001 IP 10.8.0.2.45000 > 10.9.0.2.8080: Flags [S], seq 1000, win 642`,
      { packets: 2, unread: 1, nodes: [], devices: [null] },
    ],
  ])('%s', async (_, text, { packets, unread, nodes, devices }) => {
    const found = await readText(text);
    expect(found.error).toBeNull();
    expect(found.info).toMatchObject({ packets, unread, nodes });
    expect(found.interfaces).toEqual(devices);
    expect(nodesIn(text)).toEqual(nodes);
  });

  it('is no prompt where people write', () => {
    for (const line of ['It costs 5$ a node', '$HOME is not set', 'C: no such drive', 'sh-5.1#', 'items# 3', 'a$ b'])
      expect(promptOf(line)?.node ?? null).toBeNull();
  });
});

describe('words that stand where addresses were', () => {
  const judged = async (text: string, ...more: string[]) => {
    const paths = [text, ...more].map((one, i) => {
      const path = join(folder, `paste${i}.txt`);
      writeFileSync(path, one);
      return path;
    });
    return analyze({ ...PLAIN, ...(await inputsOf(paths)), workers: 0 });
  };
  const reset = (client: string, server: string) =>
    `14:00:02.000001 eth0  In  IP ${client}.50124 > ${server}.443: Flags [S], seq 7, win 64240, length 0
14:00:02.000051 eth0  Out IP ${server}.443 > ${client}.50124: Flags [R.], seq 0, ack 8, win 0, length 0
`;

  it('are what a finding speaks of', async () => {
    const { findings } = await judged(reset('<client>', '203.0.113.x'));
    expect(findings[0]).toMatchObject({
      title: '203.0.113.x refuses connections to port 443',
      message: 'A connection attempt from <client> to 203.0.113.x port 443 got a reset at once.',
      names: [{ word: '<client>' }, { word: '203.0.113.x' }],
    });
    expect(JSON.stringify(findings[0].commands)).not.toMatch(/2[45]\d\./);
  });

  it('addresses that are addresses have none', async () => {
    const { findings } = await judged(reset('10.0.0.1', '10.0.0.2'));
    expect(findings[0].title).toBe('10.0.0.2 refuses connections to port 443');
    expect(findings[0].names).toBeUndefined();
  });

  it('are the same host in every text of a run, whatever stands before', async () => {
    const other = reset('other.example', 'third.example').replaceAll('14:00:02', '14:00:01');
    const { findings } = await judged(reset('<client>', '203.0.113.x'), `${other}${reset('<client>', '203.0.113.x')}`);
    expect(findings.map(({ title }) => title).sort()).toEqual([
      '203.0.113.x refuses connections to port 443',
      'third.example refuses connections to port 443',
    ]);
  });

  it('have addresses that no host has, each its own', () => {
    const all = Array.from({ length: 5000 }, (_, n) => standIn(`host${n}.example`));
    expect(Math.min(...all)).toBeGreaterThan(0xf000_0000);
    expect(Math.max(...all)).toBeLessThan(0xffff_ffff);
    // A text gives a word whose address another one has the next that is free.
    expect(new Set(all).size).toBeGreaterThan(4990);
  });
});

describe('what stands around lines', () => {
  const SYN = 'IP 10.1.0.5.43544 > 10.9.0.9.443: Flags [S], seq 100, win 64240, options [mss 1460], length 0';
  const times = ['14:09:53.307158', '14:09:54.307158', '14:09:56.307158'];
  const lines = times.map((time) => `${time} eth1  In  ${SYN}`);
  it.each([
    ['quotes of a chat', lines.map((line) => `\u201c${line}\u201d`)],
    ['straight quotes', lines.map((line) => `"${line}"`)],
    ['numbers of lines', ['  1  root@gw:~# tcpdump -nni any host 10.9.0.9', ...lines.map((line, n) => `  ${n + 2}  ${line}`)]],
    ['colours within a line', lines.map((line) => line.replace('eth1', '\x1b[33meth1\x1b[0m'))],
    [
      'the source of a page',
      [`<pre><code>${lines[0]}`, ...lines.slice(1), '</code></pre>'].map((line) => line.replaceAll(' > ', ' &gt; ')),
    ],
    [
      'a journal and a name in front',
      lines.map((line, n) => `${n < 2 ? 'Nov 30 14:09:53 gw tcpdump[4711]: ' : 'client-1  | '}${line}`),
    ],
    ['line ends of Windows', lines.map((line) => `${line}\r`)],
    ['a mail that quotes', lines.map((line) => `> ${line}`)],
  ])('%s', async (_, pasted) => {
    const path = join(folder, 'around.txt');
    writeFileSync(path, `Hello, this is what I see:\n\n${pasted.join('\n')}\n\nany idea?\n`);
    const { findings, captures } = await analyze({ ...PLAIN, ...(await inputsOf([path])), workers: 0 });
    expect(captures.map(({ frames }) => frames)).toEqual([3]);
    expect(findings.map(({ rule, evidence }) => `${rule} ${evidence[0].note}`)).toEqual(['tcp-no-answer in eth1']);
  });

  it('lines of tshark are told as such: they lack what packets are told by', () => {
    const text =
      '    1 0.000000000     10.1.0.5 \u2192 10.9.0.9     TCP 76 43544 \u2192 443 [SYN] Seq=0 Win=64240 Len=0 MSS=1460\n';
    const bytes = Buffer.from(`$ tshark -ni any\n${text}`);
    expect(looksLike(bytes, 0, bytes.length)).toMatch(/^lines of tshark.*tshark -w FILE/);
  });
});

describe('what stands behind a packet is of that packet', () => {
  const get =
    'IP 10.8.0.2.45000 > 10.9.0.2.80: Flags [P.], seq 1:79, ack 1, win 502, options [nop,nop,TS val 1 ecr 2], length 78: HTTP: GET / HTTP/1.1';
  const refused =
    'IP 10.9.0.2.80 > 10.8.0.2.45000: Flags [P.], seq 1:180, ack 79, win 502, options [nop,nop,TS val 1 ecr 2], length 179: HTTP: HTTP/1.1 502 Bad Gateway';
  const fields = async (text: string, ...field: string[]): Promise<string[]> => {
    const { text: made } = await printed(asBytes(text), { type: 'fields', field, setting: ['separator=,', 'aggregator=/'] });
    return made.split('\n').slice(0, -1);
  };

  it.each([
    ['-A', '', "E..~..@.?..B...`.......P....]'g....?.......$\n.2.SkO.Z", ''],
    ['-AA', '', "...'.....'....E..~..@.?..B...`.......P....]'g\n", ''],
    ['-A, quoted', '> ', 'E..~..@.?..B...`.......P\n.2.SkO.Z', '> '],
    ['-v', '', '', '\t'],
  ])('%s: header lines of HTTP name no machines', async (_, quote, bytes, before) => {
    const [asked, answer] = [
      ['GET / HTTP/1.1', 'Host: web', 'User-Agent: curl/7.88.1', ''],
      ['HTTP/1.1 502 Bad Gateway', 'Date: Mon, 1 Dec 2026 10:00:00 GMT', 'Server: nginx', '# $ ---', '0', ''],
    ].map((lines) => `${bytes === '' ? '' : `${quote}${bytes.replace('\n', `\n${quote}`)}`}${lines.join(`\n${before}`)}`);
    const text = `${quote}root@w1:~# tcpdump -nni eth0 ${_.slice(0, 2)} port 80
${quote}10:00:00.000001 ${get}${before === '\t' ? `\n\t${asked}` : `\n${asked}`}
${quote}10:00:00.000401 ${refused}${before === '\t' ? `\n\t${answer}` : `\n${answer}`}
${quote}^C
${quote}2 packets captured
${quote}root@w2:~# tcpdump -nni eth1
${quote}10:00:01.000001 ${SYN(1)}`;
    const { info } = await readText(text);
    expect(info).toMatchObject({ packets: 3, unread: 0, nodes: ['w1', 'w2'] });
    expect(nodesIn(text)).toEqual(['w1', 'w2']);
    expect((await fields(text, 'http.response.code', 'tcp.len')).slice(0, 2)).toEqual([',78', '502,179']);
  });

  it('a heading after the bytes of -A starts another machine', () => {
    const text = `on node w1:\n10:00:00.000001 ${get}\nE..~..@.?..B...P\nHost: web\n\n=== w2 ===\n10:00:00.000301 ${get}\n`;
    expect(nodesIn(text)).toEqual(['w1', 'w2']);
  });

  it('bytes of an option (-vv) are not those of the packet, which follow (-X)', async () => {
    const line = `09:00:00.000001 IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) fe80::2 > ff02::1:ff00:1: [icmp6 sum ok] ICMP6, neighbor solicitation, length 32, who has fe80::1
\t  source link-address option (1), length 8 (1): 02:00:00:00:00:02
\t    0x0000:  0200 0000 0002 aabb ccdd eeff 0011 2233
`;
    const dump =
      '\t0x0000:  6000 0000 0020 3aff fe80 0000 0000 0000  `.....:.........\n\t0x0010:  0000 0000 0000 0002 ff02 0000 0000 0000\n';
    for (const text of [line, line + dump]) {
      expect((await readText(text)).info).toMatchObject({ packets: 1, unread: 0 });
      expect(await fields(text, 'eth.type', 'ipv6.src', 'ipv6.plen')).toEqual(['0x86dd,fe80::2,32']);
    }
    // The same columns, as an old tcpdump has printed them: what does not fit the line is not its packet.
    expect(await fields(line.replace('\t    0x', '\t0x'), 'ipv6.src')).toEqual(['fe80::2']);
  });

  it('an ICMP error with -e and -v quotes without the word IP', async () => {
    const error = (
      seq: number,
    ) => `04:22:08.80823${seq} 08:00:27:a4:22:c8 > 08:00:27:eb:bf:4f, ethertype IPv4 (0x0800), length 126: (tos 0xc0, ttl 64, id 9${seq}, offset 0, flags [none], proto ICMP (1), length 112)
    192.168.20.200 > 192.168.20.100: ICMP host 192.168.10.211 unreachable, length 92
\t(tos 0x0, ttl 63, id 4${seq}, offset 0, flags [DF], proto ICMP (1), length 84)
    192.168.20.100 > 192.168.10.211: ICMP echo request, id 28340, seq ${seq}, length 64
`;
    expect(await fields(error(1) + error(2), 'ip.ttl', 'ip.id', 'icmp.seq')).toEqual([
      '64/63,0x005b/0x0029,1',
      '64/63,0x005c/0x002a,2',
    ]);
  });
});

describe('what a text does not print has no value', () => {
  it.each([
    [
      'who asks by ARP',
      'ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28',
      ['arp.src.hw_mac', 'arp.dst.proto_ipv4'],
      ',10.0.0.1',
    ],
    [
      'whom ARP answers',
      'ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28',
      ['arp.src.hw_mac', 'arp.dst.hw_mac', 'arp.dst.proto_ipv4'],
      '02:00:00:00:00:01,,',
    ],
    ['-q: how long the header is', 'IP 10.0.0.1.1000 > 10.0.0.2.80: tcp 37', ['tcp.dstport', 'ip.len'], '80,'],
    ['the length of a later fragment', 'IP 10.0.0.1 > 10.0.0.2: ip-proto-17', ['ip.proto', 'ip.len'], '17,'],
    ['a protocol without a length', 'IP 10.0.0.1 > 224.0.0.5: OSPFv2, Hello', ['ip.proto', 'ip.len'], '89,'],
    [
      'what an error quotes',
      'IP 10.0.0.9 > 10.0.0.1: ICMP host 10.0.0.2 unreachable, length 36',
      ['ip.dst', 'tcp.srcport', 'tcp.dstport', 'tcp.flags'],
      '10.0.0.1/10.0.0.2,,,',
    ],
    ['neighbours', 'IP6 fe80::2 > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fe80::1, length 32', ['ipv6.plen'], '32'],
  ])('%s', async (_, line, field, expected) => {
    const text = `10:00:00.000001 IP 10.0.0.1.1000 > 10.0.0.2.80: Flags [S], seq 1, win 9, length 0\n10:00:00.000002 ${line}\n`;
    const { text: made } = await printed(asBytes(text), { type: 'fields', field, setting: ['separator=,', 'aggregator=/'] });
    expect(made.split('\n')[1]).toBe(expected);
    expect((await printed(asBytes(text))).text).not.toMatch(/about .*(?:Seq|1000)/);
  });
});

describe('other versions and systems', () => {
  const COLUMNS = [
    'ip.proto',
    'tcp.flags',
    'tcp.seq_raw',
    'tcp.ack_raw',
    'tcp.len',
    'tcp.options.mss_val',
    'tcp.options.timestamp.tsval',
  ];
  const first = async (text: string, ...field: string[]): Promise<string> => {
    const { text: made } = await printed(asBytes(text), { type: 'fields', field, setting: ['separator=,', 'aggregator=/'] });
    return made.split('\n')[0];
  };
  it.each([
    [
      'tcpdump 3',
      'IP 10.1.0.2.40000 > 10.2.0.2.80: S 1000:1000(0) win 5840 <mss 1460,sackOK,timestamp 5 0,nop,wscale 7>',
      COLUMNS,
      '6,0x0002,1000,0,0,1460,5',
    ],
    [
      'tcpdump 3, data',
      'IP 10.1.0.2.40000 > 10.2.0.2.80: P 5000000:5000099(99) ack 7000000 win 46',
      COLUMNS,
      '6,0x0018,5000000,7000000,99,,',
    ],
    ['OpenBSD', '10.2.0.2.80 > 10.1.0.2.40000: R 0:0(0) ack 1001 win 0 (DF)', COLUMNS, '6,0x0014,0,1001,0,,'],
    ['arp of both', 'arp who-has 10.1.0.1 tell 10.1.0.2', ['arp.opcode', 'arp.dst.proto_ipv4'], '1,10.1.0.1'],
    [
      'loopback of BSDs',
      'AF IPv4 (2), length 64: 127.0.0.1.1000 > 127.0.0.1.80: Flags [S], seq 7, win 9, options [mss 16344,nop,nop,nop,nop,nop,nop], length 0',
      ['frame.len', 'tcp.seq_raw'],
      '60,7',
    ],
    [
      'macOS, -k',
      '(en0, proc curl:4242, svc BE, out) IP 10.1.0.2.5000 > 10.1.0.9.443: Flags [S], seq 7, win 9, length 0',
      ['sll.pkttype', 'tcp.seq_raw'],
      '4,7',
    ],
    ['what is cut', 'IP 10.1.0.2.5000 > 10.1.0.9.443:  [|tcp]', ['ip.proto', 'udp.dstport'], '6,'],
    [
      'SCTP is not UDP',
      'IP 10.1.0.2.5000 > 10.1.0.9.38412: sctp (1) [INIT] [init tag: 1] [rwnd: 9] [OS: 1] [MIS: 1] [init TSN: 1]',
      ['ip.proto', 'udp.dstport', 'sctp.dstport'],
      '132,,38412',
    ],
  ])('%s', async (_, line, field, expected) => {
    const text = `10:00:00.000001 ${line}\n`;
    expect((await readText(text)).info).toMatchObject({ packets: 1, unread: 0 });
    expect(await first(text, ...field)).toBe(expected);
  });

  it('-k of macOS names interfaces', async () => {
    const line = (about: string) =>
      `10:00:00.000001 (${about}) IP 10.1.0.2.5000 > 10.1.0.9.443: Flags [S], seq 7, win 9, length 0\n`;
    expect((await readText(line('en0, in') + line('utun3, proc a:1, out'))).interfaces).toEqual(['en0', 'utun3']);
  });
});

describe('broken and indented', () => {
  it('wherever a line is broken, it is the same packet', async () => {
    const line =
      '10:00:00.000001 eth0  In  IP 10.1.0.2.40000 > 10.2.0.2.80: Flags [S.], seq 1000, ack 2000, win 64240, options [mss 1460,sackOK,TS val 5123 ecr 47,nop,wscale 7], length 0';
    const other = `09:00:00.000001 ${SYN(1)}`;
    const whole = await readText(`${other}${line}\n`);
    for (let at = line.indexOf(' > ') + 3; at < line.length; at++) {
      for (const break_ of [line[at] === ' ' ? '\n' : null, '\n']) {
        if (break_ === null) continue;
        const broken = line.slice(0, at) + break_ + line.slice(line[at] === ' ' ? at + 1 : at);
        const { frames, info } = await readText(`${other}${broken}\n`);
        expect([broken, info?.unread, frames.map(({ bytes }) => bytes)]).toEqual([
          broken,
          0,
          whole.frames.map(({ bytes }) => bytes),
        ]);
      }
    }
  });

  it('what a script puts in front of each line stands in front of all lines of a packet', async () => {
    const text = `[EXT:gw1] 10:00:00.000001 IP (tos 0x0, ttl 63, id 100, offset 0, flags [DF], proto TCP (6), length 60)
[EXT:gw1]     10.1.0.2.40000 > 10.2.0.2.80: Flags [S], cksum 0x1c0e (correct), seq 100, win 64240, options [mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7], length 0
`;
    expect((await readText(text)).info).toMatchObject({ packets: 1, unread: 0, open: 0 });
  });

  it('machines of a paste that is indented as a whole', () => {
    const text = `root@a:~# tcpdump -nni eth0\n10:00:00.000001 ${SYN(1)}^C\nroot@b:~# tcpdump -nni eth0\n10:00:00.000301 ${SYN(1)}`;
    expect(nodesIn(text.replace(/^/gm, '    '))).toEqual(['a', 'b']);
  });

  it('encodings, with a mark and without', async () => {
    const line = `10:00:00.000001 ${SYN(1)}`;
    const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
    for (const bytes of [
      Buffer.from(`\ufeff${line}`),
      Buffer.from(line, 'utf16le'),
      Buffer.from(`\ufeff${line}`, 'utf16le'),
      swapped(line),
      swapped(`\ufeff${line}`),
    ])
      for (const size of [1, 1000]) expect((await readText(bytes, size)).info).toMatchObject({ packets: 1, unread: 0 });
  });

  it('half a line of TCP is no UDP', async () => {
    const line = `10:00:00.000001 ${SYN(1)}`;
    for (const words of ['', 'F', 'Flags ['])
      expect((await readText(`${line}10:00:01.000001 IP 10.8.0.2.45000 > 10.9.0.2.8080: ${words}`)).info).toMatchObject({
        packets: 1,
        unread: 1,
      });
  });

  it('brackets and bars that stand for an address', async () => {
    const bars = Buffer.from('\u2588\u2588\u2588').toString('latin1');
    for (const word of ['{{server}}', '(hidden)', bars]) {
      const path = join(folder, 'bars.txt');
      writeFileSync(
        path,
        `10:00:00.000001 IP ${word}.443 > 10.0.0.2.50000: Flags [R.], seq 0, ack 8, win 0, length 0\n`,
        'latin1',
      );
      const { text } = await printed(path);
      expect(text).toContain(word === bars ? '\u2588\u2588\u2588' : word);
    }
  });
});
