// What a text says of each packet is what tshark says of the capture that tcpdump printed: field by field, for every form.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printed } from '../dump/print.js';
import { some, times } from '../thorough.js';
import { asBytes, hasTcpdump, tcpdump } from './help.js';

const CAPTURES = resolve(import.meta.dirname, '../../captures');
const hasTshark = spawnSync('tshark', ['--version']).error === undefined;

const ALWAYS = [
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.len',
  'udp.srcport',
  'udp.dstport',
  'vxlan.vni',
];
const MORE = [
  ...ALWAYS,
  'tcp.flags',
  'tcp.window_size_value',
  'tcp.options.mss_val',
  'tcp.options.timestamp.tsval',
  'icmp.type',
  'icmp.code',
  'icmp.ident',
  'icmp.seq',
  'arp.opcode',
  'arp.src.proto_ipv4',
];
const VERBOSE = [...MORE, 'ip.ttl', 'ip.id', 'ip.len', 'ip.flags.df', 'ipv6.hlim', 'ipv6.plen'];
const LINK = [...MORE, 'eth.src', 'eth.dst', 'vlan.id', 'sll.ifindex', 'sll.pkttype', 'frame.len'];

/**
 * Captures of protocols whose messages tcpdump prints in words of their own: how long they were is not said. And one that tcpdump takes for
 * another tunnel.
 */
const LEFT_OUT =
  /lacp|isis|bgp|ospf|vrrp|bfd|dhcp|clipped|encrypted|mpls|erspan|gtp|protocol|wireguard|clock-jump|dropped|fragment|unknown-link/;
const captures =
  hasTcpdump && hasTshark ? readdirSync(CAPTURES).filter((name) => /\.pcap$/.test(name) && !LEFT_OUT.test(name)) : [];

const tshark = (path: string, fields: readonly string[]): string[] =>
  spawnSync(
    'tshark',
    ['-n', '-r', path, '-T', 'fields', '-E', 'occurrence=f', '-d', 'udp.port==8472,vxlan', ...fields.flatMap((f) => ['-e', f])],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  )
    .stdout.replace(/\n$/, '')
    .split('\n');

const TYPES = ['icmp.type', 'icmpv6.type'];
/** Those that quote. */
const ERROR = /^(?:3|4|5|11|12)\b|\t[1-4]$/;

const FORMS = [
  ['-nn', ALWAYS],
  ['-nnv', VERBOSE],
  ['-nne', LINK],
  ['-nnev', LINK],
] as const;

/** Each form for some of the captures, each capture in one form at most, and all forms for these. */
const EACH = times(6 * FORMS.length, FORMS.length);
const ALL_FORMS = new Set(['native-missing-route.pcap', 'geneve-one-way.pcap']);
const cases = captures.flatMap((name, n) =>
  FORMS.filter((_, form) => n % EACH === form || ALL_FORMS.has(name)).map(([form, fields]) => ({ name, form, fields })),
);

describe('what a text says is what tshark says of the capture', () => {
  it.each(some(cases, 2))('$name as tcpdump $form prints it', async ({ name, form, fields }) => {
    const path = join(CAPTURES, name);
    const { text: ours } = await printed(asBytes(tcpdump(path, form)), {
      type: 'fields',
      field: fields,
      setting: ['occurrence=f'],
    });
    const asked = [...new Set([...fields, ...TYPES])];
    const theirs = tshark(path, asked).map((row) => row.split('\t'));
    const rows = ours.replace(/\n$/, '').split('\n');
    expect(rows.length).toBe(theirs.length);
    const wrong = rows.flatMap((row, n) => {
      // What an error quotes is in the text with -v only; and what is made up for it without would be compared here.
      if (ERROR.test(TYPES.map((type) => theirs[n][asked.indexOf(type)]).join('\t'))) return [];
      const [a, b] = [row.split('\t'), theirs[n]];
      return fields.flatMap((field, i) =>
        (a[i] ?? '') === (b[i] ?? '') ? [] : [`frame ${n + 1} ${field}: ${a[i]}, tshark ${b[i]}`],
      );
    });
    expect(wrong.slice(0, 4)).toEqual([]);
  });
});

describe('what is not printed', () => {
  const line = (more: string) =>
    asBytes(`09:00:00.000000 IP ${more}10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 7, win 64240, length 0\n`);
  const brief = line('');
  const verbose = line('(tos 0x0, ttl 63, id 9, offset 0, flags [DF], proto TCP (6), length 40)\n    ');
  const NAMES = ['ip.ttl', 'ip.id', 'ip.checksum', 'tcp.checksum', 'ip.dsfield.dscp', 'tcp.dstport'];

  it('is empty in columns', async () => {
    expect((await printed(brief, { type: 'fields', field: NAMES })).text).toBe('\t\t\t\t\t80\n');
    expect((await printed(verbose, { type: 'fields', field: NAMES })).text).toBe('63\t0x0009\t\t\t0\t80\n');
  });

  it('matches no filter', async () => {
    const count = async (bytes: Uint8Array, filter: string) =>
      (await printed(bytes, { type: 'fields', field: ['tcp.dstport'], filter })).text.length / 3;
    for (const filter of [
      'ip.ttl < 5',
      'ip.ttl',
      'ip.id == 0',
      'ip.checksum',
      'tcp.checksum == 0',
      'ip.ttl in {0..9}',
      'all ip.ttl == 0',
    ])
      expect(await count(brief, filter), filter).toBe(0);
    expect(await count(brief, 'tcp.dstport == 80 && !ip.ttl')).toBe(1);
    expect(await count(verbose, 'ip.ttl == 63 && ip.id == 9')).toBe(1);
  });
});
