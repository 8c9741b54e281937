// Linux cooked headers of both versions.
import { vectors } from './vectors.js';

vectors(
  'sll',
  ['sll'],
  [
    {
      name: 'version 1, to us',
      link: 113,
      hex: '00000001000602000000000a0000080045000024123400004001e4a1c0000201c00002020800666700010002616263646566' + '6768',
      protocols: 'sll:ethertype:ip:icmp:data',
      fields: {
        'sll.addr': '02000000000a0000',
        'sll.etype': '0x0800',
        'sll.halen': '6',
        'sll.hatype': '1',
        'sll.pkttype': '0',
        'sll.proto': '0x0800',
        'sll.src.eth': '02:00:00:00:00:0a',
      },
    },
    {
      name: 'version 1, sent by us, no address',
      link: 113,
      hex: '0004030400000000000000000000080045000024123400004001e4a1c0000201c00002020800666700010002616263646566' + '6768',
      protocols: 'sll:ethertype:ip:icmp:data',
      fields: {
        'sll.addr': '0000000000000000',
        'sll.etype': '0x0800',
        'sll.halen': '0',
        'sll.hatype': '772',
        'sll.pkttype': '4',
        'sll.proto': '0x0800',
      },
    },
    {
      name: 'version 2, sent by us',
      link: 276,
      hex:
        '08000000000000030001040602000000000a000045000028123400004006e498c0000201c00002029c409c41010203040000' +
        '000050022000cf560000',
      protocols: 'sll:ethertype:ip:tcp',
      fields: {
        'sll.addr': '02000000000a0000',
        'sll.etype': '0x0800',
        'sll.halen': '6',
        'sll.hatype': '1',
        'sll.ifindex': '3',
        'sll.pkttype': '4',
        'sll.proto': '0x0800',
        'sll.src.eth': '02:00:00:00:00:0a',
      },
    },
    {
      name: 'version 2, for another host',
      link: 276,
      hex:
        '86dd0000000000070001030602000000000b000060000000000a114020010db800000000000000000000000120010db80000' +
        '000000000000000000029c409c41000a0a816162',
      protocols: 'sll:ethertype:ipv6:udp:data',
      fields: {
        'sll.addr': '02000000000b0000',
        'sll.etype': '0x86dd',
        'sll.halen': '6',
        'sll.hatype': '1',
        'sll.ifindex': '7',
        'sll.pkttype': '3',
        'sll.proto': '0x86dd',
        'sll.src.eth': '02:00:00:00:00:0b',
      },
    },
    {
      name: 'version 2, ARP broadcast',
      link: 276,
      hex: '08060000000000030001010602000000000a0000000108000604000102000000000ac0000201000000000000c0000202',
      protocols: 'sll:ethertype:arp',
      fields: {
        'sll.addr': '02000000000a0000',
        'sll.etype': '0x0806',
        'sll.halen': '6',
        'sll.hatype': '1',
        'sll.ifindex': '3',
        'sll.pkttype': '1',
        'sll.proto': '0x0806',
        'sll.src.eth': '02:00:00:00:00:0a',
      },
    },
    {
      name: 'version 2, an IPv4 address from a tunnel',
      link: 276,
      hex:
        '080000000000000903000004c00002010000000045000024123400004001e4a1c0000201c000020208006667000100026162' + '636465666768',
      protocols: 'sll:ethertype:ip:icmp:data',
      fields: {
        'sll.addr': 'c000020100000000',
        'sll.etype': '0x0800',
        'sll.halen': '4',
        'sll.hatype': '768',
        'sll.ifindex': '9',
        'sll.pkttype': '0',
        'sll.proto': '0x0800',
        'sll.src.ipv4': '192.0.2.1',
      },
    },
    {
      name: 'version 1, LLC',
      link: 113,
      hex: '00020001000602000000000a0000000442420300000080',
      protocols: 'sll:llc:stp',
      fields: {
        'sll.addr': '02000000000a0000',
        'sll.halen': '6',
        'sll.hatype': '1',
        'sll.ltype': '0x0004',
        'sll.pkttype': '2',
        'sll.proto': '0x0004',
        'sll.src.eth': '02:00:00:00:00:0a',
      },
    },
    {
      name: 'version 2, a GRE device',
      link: 276,
      hex:
        '86dd000000000009030a0004c00002010000000060000000000a114020010db800000000000000000000000120010db80000' +
        '000000000000000000029c409c41000a0a816162',
      protocols: 'sll:ipv6:udp:data',
      fields: {
        'sll.addr': 'c000020100000000',
        'sll.gretype': '0x86dd',
        'sll.halen': '4',
        'sll.hatype': '778',
        'sll.ifindex': '9',
        'sll.pkttype': '0',
        'sll.proto': '0x86dd',
        'sll.src.ipv4': '192.0.2.1',
      },
    },
  ],
);
