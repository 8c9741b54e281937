// BSD loopback.
import { vectors } from './vectors.js';

vectors(
  'null',
  ['null'],
  [
    {
      name: 'IPv4, little-endian',
      link: 0,
      hex: '0200000045000024123400004001e4a1c0000201c000020208006667000100026162636465666768',
      protocols: 'null:ip:icmp:data',
      fields: {
        'null.family': '2',
      },
    },
    {
      name: 'IPv4, big-endian',
      link: 0,
      hex: '0000000245000024123400004001e4a1c0000201c000020208006667000100026162636465666768',
      protocols: 'null:ip:icmp:data',
      fields: {
        'null.family': '2',
      },
    },
    {
      name: 'IPv6 of Darwin',
      link: 0,
      hex: '1e00000060000000000a114020010db800000000000000000000000120010db80000000000000000000000029c409c41000a' + '0a816162',
      protocols: 'null:ipv6:udp:data',
      fields: {
        'null.family': '30',
      },
    },
    {
      name: 'IPv6 of FreeBSD',
      link: 0,
      hex: '1c00000060000000000a114020010db800000000000000000000000120010db80000000000000000000000029c409c41000a' + '0a816162',
      protocols: 'null:ipv6:udp:data',
      fields: {
        'null.family': '28',
      },
    },
    {
      name: 'an Ethernet type in place of a family',
      link: 0,
      hex: '0f00080045000024123400004001e4a1c0000201c000020208006667000100026162636465666768',
      protocols: 'null:ip:icmp:data',
      fields: {
        'null.type': '0x0800',
      },
    },
    {
      name: 'a family that nobody claims',
      link: 0,
      hex: '63000000616263',
      protocols: 'null:data',
      fields: {
        'null.family': '99',
      },
    },
    {
      name: 'a family of 16 bits',
      link: 0,
      hex: '000200004500001c000100004001f6dcc0000201c00002020800f7fd00010001',
      protocols: 'null:ip:icmp',
      fields: {
        'null.family': '2',
      },
    },
    {
      name: 'the loopback of OpenBSD',
      link: 108,
      hex: '000000186000000000083aff20010db800000000000000000000000120010db80000000000000000000000028000244500010002',
      protocols: 'null:ipv6:icmpv6',
      fields: {
        'null.family': '24',
      },
    },
    {
      name: 'the loopback of OpenBSD in the other order is not known',
      link: 108,
      hex: '020000004500001c000100004001f6dcc0000201c00002020800f7fd00010001',
      protocols: 'null:data',
      fields: {
        'null.family': '33554432',
      },
    },
  ],
);
