// IEEE 802.2 and SNAP.
import { vectors } from './vectors.js';

vectors(
  'llc',
  ['llc'],
  [
    {
      name: 'SNAP with IPv4',
      hex: '02000000000b02000000000a0026aaaa0300000008004500001e123400004011e497c0000201c00002029c409c41000ae1f1' + '6162',
      protocols: 'eth:llc:ip:udp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '0',
        'llc.ssap': '0xaa',
        'llc.type': '0x0800',
      },
    },
    {
      name: 'SNAP with a Cisco protocol',
      hex: '02000000000b02000000000a000caaaa0300000c099902000000',
      protocols: 'eth:llc:data',
      fields: {
        'llc.cisco_pid': '0x0999',
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '12',
        'llc.ssap': '0xaa',
      },
    },
    {
      name: 'SNAP of an organization of its own',
      hex: '02000000000b02000000000a000aaaaa0300cafe12340102',
      protocols: 'eth:llc:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '51966',
        'llc.ssap': '0xaa',
      },
    },
    {
      name: 'an information frame has two control bytes',
      hex: '02000000000b02000000000a0006909102040102',
      protocols: 'eth:llc:data',
      fields: {
        'llc.control': '0x0402',
        'llc.dsap': '0x90',
        'llc.ssap': '0x91',
      },
    },
    {
      name: 'a response that nobody claims',
      hex: '02000000000b02000000000a00059091730102',
      protocols: 'eth:llc:data',
      fields: {
        'llc.control': '0x0073',
        'llc.dsap': '0x90',
        'llc.ssap': '0x91',
      },
    },
    {
      name: 'IPv4 without SNAP',
      hex: '02000000000b02000000000a00210606034500001e123400004011e497c0000201c00002029c409c41000ae1f16162',
      protocols: 'eth:llc:ip:udp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0x06',
        'llc.ssap': '0x06',
      },
    },
    {
      name: 'a frame that carries nothing',
      hex: '02000000000b02000000000a00264242130000000000000000000000000000000000000000000000000000000000000000000000',
      protocols: 'eth:llc:data',
      fields: {
        'llc.control': '0x0013',
        'llc.dsap': '0x42',
        'llc.ssap': '0x42',
      },
    },
    {
      name: 'a bridged Ethernet frame',
      hex: '0200000000020200000000010036aaaa030080c20007000002000000000202000000000108004500001e000100004011f6cac0000201c0000202c351c352000a93cf6162',
      protocols: 'eth:llc:eth:ethertype:ip:udp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '32962',
        'llc.ssap': '0xaa',
      },
    },
    {
      name: 'a bridged BPDU',
      hex: '020000000002020000000001000caaaa030080c2000e00000080',
      protocols: 'eth:llc:stp',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '32962',
        'llc.ssap': '0xaa',
      },
    },
    {
      name: 'an XID, which carries no packet',
      hex: '0200000000020200000000010026aaaabf00000008004500001e000100004011f6cac0000201c0000202c351c352000a93cf6162',
      protocols: 'eth:llc:data',
      fields: {
        'llc.control': '0x00bf',
        'llc.dsap': '0xaa',
        'llc.oui': '0',
        'llc.ssap': '0xaa',
      },
    },
    {
      name: 'ATM of RFC 2684: IP',
      link: 100,
      hex: 'aaaa03000000080045000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'llc:ip:icmp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '0',
        'llc.ssap': '0xaa',
        'llc.type': '0x0800',
      },
    },
    {
      name: 'ATM of RFC 2684: bridged Ethernet',
      link: 100,
      hex: 'aaaa030080c20007000002000000000b02000000000c080045000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'llc:eth:ethertype:ip:icmp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xaa',
        'llc.oui': '32962',
        'llc.ssap': '0xaa',
      },
    },
    {
      name: 'ATM of RFC 2684: PPP',
      link: 100,
      hex: 'fefe03cf002145000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'llc:osi:ppp:ip:icmp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xfe',
        'llc.ssap': '0xfe',
      },
    },
    {
      name: 'NLPID of IP',
      link: 100,
      hex: 'fefe03cc45000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'llc:osi:ip:icmp:data',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xfe',
        'llc.ssap': '0xfe',
      },
    },
    {
      name: 'NLPID of IPv6',
      link: 100,
      hex: 'fefe038e6000000000083a40000000000000000000000000000000010000000000000000000000000000000180007fbb00000000',
      protocols: 'llc:osi:ipv6:icmpv6',
      fields: {
        'llc.control': '0x0003',
        'llc.dsap': '0xfe',
        'llc.ssap': '0xfe',
      },
    },
  ],
);
