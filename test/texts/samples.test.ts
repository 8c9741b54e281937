// Samples of what people paste, line by line. They are looked for in a folder of reference texts beside the checkout. What each line says is read
// here by a few patterns of its own, which know nothing of the reader; what is special stands in a table, written from the samples by hand.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ipv4 } from '../../src/bytes/show.js';
import { printedNodes } from '../../src/capture/text-file.js';
import { standIn } from '../../src/texts/names.js';
import { importTopology } from '../../src/topology/import/import.js';
import { printed } from '../dump/print.js';
import { asBytes, readText } from './help.js';

const FOLDER = resolve(import.meta.dirname, '../../../shared/text-samples');
const isThere = existsSync(FOLDER);
if (!isThere) console.log(`the samples of pasted texts are left out: no ${FOLDER}`);
const sample = (name: string): string => readFileSync(join(FOLDER, `${name}.txt`), 'utf8');

const FIELDS = {
  time: 'frame.time_epoch',
  device: 'hop.interface',
  direction: 'hop.direction',
  src: 'ip.src',
  dst: 'ip.dst',
  src6: 'ipv6.src',
  dst6: 'ipv6.dst',
  sport: 'tcp.srcport',
  dport: 'tcp.dstport',
  flags: 'tcp.flags',
  seq: 'tcp.seq_raw',
  ack: 'tcp.ack_raw',
  win: 'tcp.window_size_value',
  mss: 'tcp.options.mss_val',
  tsval: 'tcp.options.timestamp.tsval',
  tsecr: 'tcp.options.timestamp.tsecr',
  wscale: 'tcp.options.wscale.shift',
  length: 'tcp.len',
  ttl: 'ip.ttl',
  id: 'ip.id',
  df: 'ip.flags.df',
} as const;
type Facts = Partial<Record<keyof typeof FIELDS, string>>;

/** What hopscope makes of each packet. */
async function rows(text: string, fields: readonly string[]): Promise<string[][]> {
  const { text: made } = await printed(asBytes(text), {
    type: 'fields',
    field: [...fields],
    setting: ['separator=/t', 'occurrence=a', 'aggregator=,'],
    ifmap: (await readText(text)).devices,
  });
  return made
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

const START = /^(?:> )?(?:\[\S+\] )?(?: *\d+ {2})?(?: )?((?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+|\d{10}\.\d+) (.*)$/;
const SECONDS = (clock: string): string => {
  const [, date, h, m, s, fraction] = /^(?:(\S+) )?(\d\d):(\d\d):(\d\d)\.(\d+)$/.exec(clock) ?? [];
  if (h === undefined) return `${clock}000`;
  const day = date === undefined ? 0 : Date.parse(`${date}T00:00:00Z`) / 1000;
  return `${day + Number(h) * 3600 + Number(m) * 60 + Number(s)}.${fraction}000`;
};
const DIRECTIONS: Readonly<Record<string, string>> = { In: 'in', Out: 'out', B: 'in', M: 'in', P: 'passing' };
const BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, '.': 16, U: 32, E: 64, W: 128 };

/** What the lines of one packet say, read from left to right. `isns`: where sequence numbers of each direction start. */
function facts(lines: readonly string[], isns: Map<string, number>): Facts {
  const [, clock, first] = START.exec(lines[0]) ?? [];
  const found: Facts = { time: SECONDS(clock) };
  const any = /^(\S+) +(In|Out|B|M|P) +(?:ifindex|IP|ARP)/.exec(first);
  if (any !== null) {
    found.device = any[1] === '?' ? '' : any[1];
    found.direction = DIRECTIONS[any[2]];
  }
  // What an ICMP error quotes stands behind a tab: its headers come after the packet's own.
  const quoted = lines.findIndex((line) => line.startsWith('\tIP '));
  const own = lines.slice(0, quoted < 0 ? undefined : quoted).join('\n');
  const whole = lines.join('\n');
  const all = (pattern: RegExp) => [...whole.matchAll(pattern)].map((match) => match[1]).join(',');
  const ends = [
    ...whole.matchAll(
      /(?<![\d.:])(\d+\.\d+\.\d+\.(?:\d+|x))(?:\.([\w-]+))? > (\d+\.\d+\.\d+\.\d+x?|\d+\.\d+\.\d+\.x)(?:\.([\w-]+))?: /g,
    ),
  ];
  // Any of 240.0.0.0/4, the same wherever the word is met.
  const hidden = (address: string) => (address.endsWith('x') ? ipv4(standIn(address)) : address);
  if (ends.length > 0) {
    found.src = ends.map(([, src]) => hidden(src)).join(',');
    found.dst = ends.map(([, , , dst]) => hidden(dst)).join(',');
  }
  const port = (name: string) => (name === 'http' ? '80' : name);
  const tcp = /Flags \[([^\]]+)\].*?(?:, seq (\d+)(?::(\d+))?)?(?:, ack (\d+))?, win (\d+)(.*)/s.exec(own);
  const six = /([0-9a-f:]+::[0-9a-f:]+?)(?:\.(\d+))? > ([0-9a-f:]+?)(?:\.(\d+))?: /.exec(own);
  if (six !== null) [found.src6, found.dst6] = [six[1], six[3]];
  if (tcp !== null) {
    const last = ends.at(-1);
    const [src, sport, dst, dport] = last === undefined ? (six ?? []).slice(1) : last.slice(1);
    const [there, back] = [`${src}.${sport}`, `${dst}.${dport}`];
    found.sport = port(sport);
    found.dport = port(dport);
    const bits = tcp[1] === 'none' ? 0 : [...tcp[1]].reduce((sum, letter) => sum + BITS[letter], 0);
    found.flags = `0x${bits.toString(16).padStart(4, '0')}`;
    // tcpdump counts from the first packet of each direction on; -v in the middle of a connection as well.
    if (tcp[1].includes('S')) isns.set(there, Number(tcp[2]));
    const from = isns.get(there) ?? 0;
    if (tcp[2] !== undefined) found.seq = tcp[1].includes('S') ? tcp[2] : String((from + Number(tcp[2])) % 2 ** 32);
    if (tcp[4] !== undefined)
      found.ack = tcp[1].includes('S') ? tcp[4] : String(((isns.get(back) ?? 0) + Number(tcp[4])) % 2 ** 32);
    found.win = tcp[5];
    const option = (pattern: RegExp) => pattern.exec(tcp[6])?.[1] ?? '';
    found.mss = option(/mss (\d+)/);
    found.tsval = option(/TS\s+val (\d+)/);
    found.tsecr = option(/ecr (\d+)/);
    found.wscale = option(/wscale (\d+)/);
    found.length = /length (\d+)/.exec(tcp[6])?.[1] ?? '';
  }
  if (/\btos 0x/.test(own)) {
    found.ttl = all(/ttl (\d+)/g);
    found.id = [...whole.matchAll(/, id (\d+), offset/g)]
      .map(([, id]) => `0x${Number(id).toString(16).padStart(4, '0')}`)
      .join(',');
    found.df = [...whole.matchAll(/flags \[(\w+)\], proto/g)].map(([, flag]) => (flag === 'DF' ? '1' : '0')).join(',');
  } else if (!lines.some((line) => line.startsWith('\t0x'))) Object.assign(found, { ttl: '', id: '', df: '' });
  return found;
}

/** Lines of each packet, from the line with its time on. */
function packetsOf(text: string): string[][] {
  const packets: string[][] = [];
  let isOpen = false;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/^> /, '');
    if (START.test(raw)) packets.push([raw]);
    else if (/^(?:\s|IP |length |[0-9a-f]{2}:)/.test(line) && line !== '' && isOpen) packets.at(-1)?.push(line);
    isOpen = packets.length > 0 && !/^(?:\^C|\d+ packets?|reading|Warning)/.test(line);
  }
  return packets;
}

describe.skipIf(!isThere)('every line of a sample says the same of its packet', () => {
  it.each([
    ['p01-nn-any', 40],
    ['p02-e-any', 40],
    ['p03-nn-one-if', 22],
    ['p04-e-v-twoline', 22],
    ['p05-any-v-twoline', 26],
    ['p06-tttt-names', 22],
    ['p07-X', 3],
    ['p08-vxlan-otv', 4],
    ['p09-ipip', 24],
    ['p10-vlan-arp', 18],
    ['p11-icmp-error', 18],
    ['p12-nd', 13],
    ['p13-frag6', 26],
    ['p25-noisy-paste', 1],
  ] as const)('%s', async (name, count) => {
    const text = sample(name);
    const packets = packetsOf(text);
    expect(packets).toHaveLength(count);
    const made = await rows(text, Object.values(FIELDS));
    expect(made).toHaveLength(count);
    const isns = new Map<string, number>();
    const keys = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
    for (const [i, lines] of packets.entries()) {
      const said = facts(lines, isns);
      // Without -v what an error quotes is not printed: what stands for it is the packet before.
      if (/ICMP .* unreachable/.test(lines[0]))
        for (const key of ['src', 'dst'] as const) said[key] += `,${facts(packets[i - 1], isns)[key]}`;
      const have = Object.fromEntries(keys.flatMap((key, column) => (said[key] === undefined ? [] : [[key, made[i][column]]])));
      expect(have, lines.join('\n')).toEqual(said);
    }
    const { info } = await readText(text);
    expect(info).toMatchObject({ packets: count, unread: 0 });
  });
});

/** Written from the samples: packet (from 1), field, value. */
const TABLE: Readonly<Record<string, readonly (readonly [packet: number, field: string, value: string])[]>> = {
  'p01-nn-any': [
    [1, 'arp.opcode', '1'],
    [1, 'arp.src.proto_ipv4', '10.186.15.218'],
    [1, 'arp.dst.proto_ipv4', '10.186.15.217'],
    [2, 'arp.opcode', '2'],
    [2, 'arp.src.hw_mac', '42:01:0a:ba:0f:d9'],
    [3, 'vxlan.vni', '31337'],
    [3, 'udp.srcport', '59309'],
    [3, 'udp.dstport', '8472'],
    [3, 'ip.proto', '17,6'],
    [3, 'eth.src', ''],
    [3, 'sll.src.eth', ''],
    [3, 'sll.ifindex', ''],
    [3, 'ip.flags', ''],
    [6, 'arp.src.hw_mac', '42:01:0a:ba:0f:01'],
  ],
  'p02-e-any': [
    [1, 'sll.src.eth', '42:01:0a:ba:0f:da'],
    [1, 'sll.ifindex', '2'],
    [1, 'frame.len', '48'],
    [3, 'sll.src.eth', '42:01:0a:ba:0f:da'],
    [3, 'frame.len', '130'],
    [3, 'eth.src', '5a:00:00:00:02:01'],
    [3, 'eth.dst', '5a:00:00:00:01:01'],
    [4, 'sll.ifindex', '3'],
    [4, 'sll.src.eth', '5a:00:00:00:02:01'],
    [4, 'frame.len', '80'],
  ],
  'p03-nn-one-if': [[1, 'eth.src', '']],
  'p04-e-v-twoline': [
    [1, 'eth.src', '42:01:0a:ba:0f:d9'],
    [1, 'eth.dst', '42:01:0a:ba:0f:01'],
    [1, 'frame.len', '74'],
    [1, 'ip.flags', '0x02'],
    [1, 'ip.len', '60'],
    [2, 'eth.src', '42:01:0a:ba:0f:01'],
  ],
  'p05-any-v-twoline': [
    [1, 'icmp.type', '8'],
    [1, 'icmp.ident', '24469'],
    [1, 'icmp.seq', '1'],
    [1, 'ip.len', '84'],
    [2, 'arp.src.proto_ipv4', '192.168.77.30'],
    [3, 'arp.src.hw_mac', '00:00:5e:00:53:11'],
    [7, 'icmp.seq', '3'],
  ],
  'p08-vxlan-otv': [
    [1, 'arp.dst.proto_ipv4', '10.30.0.164'],
    [2, 'arp.src.hw_mac', '00:50:56:aa:01:64'],
    [3, 'vxlan.vni', '1'],
    [3, 'udp.srcport', '32900'],
    [3, 'icmp.ident', '14842'],
    [3, 'ip.len', '134,84'],
    [3, 'ip.flags', '0x00,0x02'],
    [4, 'icmp.seq', '1'],
  ],
  'p09-ipip': [
    [2, 'ip.proto', '4,6'],
    [12, 'icmp.type', '3'],
    [12, 'icmp.code', '4'],
    [12, 'icmp.mtu', '1480'],
  ],
  'p10-vlan-arp': [
    [1, 'vlan.id', '4013'],
    [1, 'eth.src', 'e6:04:18:60:08:52'],
    [1, 'eth.dst', 'ff:ff:ff:ff:ff:ff'],
    [1, 'arp.dst.proto_ipv4', '100.65.0.1'],
    [1, 'frame.len', '46'],
    [3, 'arp.src.hw_mac', '00:1c:73:00:00:99'],
    [4, 'frame.len', '78'],
    [4, 'eth.dst', 'e6:04:18:60:08:63'],
  ],
  'p11-icmp-error': [
    [2, 'vxlan.vni', '4096'],
    [2, 'udp.dstport', '4789'],
    [8, 'icmp.mtu', '1400'],
  ],
  'p12-nd': [
    [1, 'icmpv6.type', '135'],
    [1, 'icmpv6.nd.ns.target_address', '2001:db8:5::110'],
    [1, 'icmpv6.opt.linkaddr', '52:54:00:06:00:99'],
    [1, 'ipv6.hlim', '255'],
    [2, 'icmpv6.type', '136'],
    [2, 'icmpv6.nd.na.target_address', '2001:db8:5::110'],
    [2, 'icmpv6.nd.na.flag.s', '1'],
    [2, 'icmpv6.nd.na.flag.o', '1'],
    [2, 'icmpv6.opt.linkaddr', '52:54:00:06:00:01'],
    [3, 'ipv6.hlim', '64'],
    [4, 'ipv6.hlim', '63'],
    [9, 'icmpv6.nd.na.flag.s', '0'],
    [9, 'icmpv6.opt.linkaddr', '52:54:00:06:00:02'],
    [10, 'tcp.srcport', '50010'],
  ],
  'p13-frag6': [
    [1, 'udp.length', '136'],
    [9, 'ipv6.fraghdr.offset', '0'],
    [9, 'ipv6.fraghdr.more', '1'],
    [9, 'udp.srcport', '51871'],
    [10, 'ipv6.fraghdr.offset', '176'],
    [10, 'ipv6.fraghdr.more', '0'],
    [17, 'udp.length', '40'],
    [18, 'udp.length', '24'],
  ],
};

describe.skipIf(!isThere)('a sample says', () => {
  it.each(Object.entries(TABLE))('%s', async (name, cells) => {
    const fields = [...new Set(cells.map(([, field]) => field))];
    const made = await rows(sample(name), fields);
    const have = cells.map(([packet, field]) => [packet, field, made[packet - 1][fields.indexOf(field)]]);
    expect(have).toEqual(cells);
  });

  it('p07-X: the bytes themselves', async () => {
    const text = sample('p07-X');
    const dumped = packetsOf(text).map((lines) =>
      lines
        .slice(1)
        .map((line) => (/^\t0x[0-9a-f]+: {2}((?:[0-9a-f]{2,4} )+)/.exec(line)?.[1] ?? '').replaceAll(' ', ''))
        .join(''),
    );
    const { frames } = await readText(text);
    expect(frames.map(({ bytes }) => bytes.slice(28))).toEqual(dumped);
  });

  it('p14-ttt: differences first, then numbered lines with seconds since 1970, each a run of tcpdump', async () => {
    const path = join(FOLDER, 'p14-ttt.txt');
    expect(printedNodes(path)).toEqual(['part1', 'part2']);
    const times = async (part: string): Promise<string[]> => {
      const { text } = await printed(`${path}#${part}`, { type: 'fields', field: ['frame.time_epoch'] });
      return text.split('\n').slice(0, -1);
    };
    const micros = (await times('part1')).map((time) => Math.round(Number(time) * 1e6));
    expect(micros.map((time) => time - micros[0])).toEqual([0, 37, 40, 886_950]);
    expect(await times('part2')).toEqual(['1795961369.917039000', '1795961369.917076000', '1795961369.917079000']);
  });

  it('p16-ip-route-get: two answers for one packet each, and no table', () => {
    const imported = importTopology([{ name: 'p16', text: sample('p16-ip-route-get'), node: 'w1' }]);
    expect(imported.pieces.map(({ first, last, what, state }) => [first, last, what, state])).toEqual([
      [1, 2, 'ip route get', 'left'],
      [3, 4, 'ip route get', 'left'],
    ]);
    expect(imported.topology.nodes?.['w1']?.routes).toBeUndefined();
  });

  it.each([
    ['p15-conntrack-L', 'conntrack -L'],
    ['p17-hubble-compact', 'hubble observe'],
    ['p18-hubble-dict', 'hubble observe'],
    ['p19-hubble-jsonpb', 'hubble observe'],
    ['p20-cilium-monitor', 'cilium-dbg monitor'],
    ['p21-cilium-monitor-v', 'cilium-dbg monitor'],
    ['p22-pwru', 'pwru'],
    ['p23-conntrack', 'conntrack -L'],
    ['p24-dmesg', 'kernel log'],
  ])('%s: nothing of the topology, in every line', (name, what) => {
    const text = sample(name);
    const { pieces, topology } = importTopology([{ name, text, node: 'w1' }]);
    expect(new Set(pieces.map((piece) => `${piece.what} ${piece.state}`))).toEqual(new Set([`${what} left`]));
    expect(pieces.reduce((sum, { first, last }) => sum + last - first + 1, 0)).toBe(text.trimEnd().split('\n').length);
    expect(topology).toEqual({});
  });
});
