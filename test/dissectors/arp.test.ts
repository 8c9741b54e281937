// ARP for IPv4 over Ethernet, and what else the header can say.
import { vectors } from './vectors.js';

vectors(
  'arp',
  ['arp'],
  [
    {
      name: 'request',
      hex:
        '02000000000b02000000000a0806000108000604000102000000000ac0000201000000000000c00002020000000000000000' +
        '00000000000000000000',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw_mac': '00:00:00:00:00:00',
        'arp.dst.proto_ipv4': '192.0.2.2',
        'arp.hw.size': '6',
        'arp.hw.type': '1',
        'arp.opcode': '1',
        'arp.proto.size': '4',
        'arp.proto.type': '0x0800',
        'arp.src.hw_mac': '02:00:00:00:00:0a',
        'arp.src.proto_ipv4': '192.0.2.1',
      },
    },
    {
      name: 'reply',
      hex: '02000000000b02000000000a0806000108000604000202000000000bc000020202000000000ac0000201',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw_mac': '02:00:00:00:00:0a',
        'arp.dst.proto_ipv4': '192.0.2.1',
        'arp.hw.size': '6',
        'arp.hw.type': '1',
        'arp.opcode': '2',
        'arp.proto.size': '4',
        'arp.proto.type': '0x0800',
        'arp.src.hw_mac': '02:00:00:00:00:0b',
        'arp.src.proto_ipv4': '192.0.2.2',
      },
    },
    {
      name: 'probe',
      hex: '02000000000b02000000000a0806000108000604000102000000000a00000000000000000000c0000202',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw_mac': '00:00:00:00:00:00',
        'arp.dst.proto_ipv4': '192.0.2.2',
        'arp.hw.size': '6',
        'arp.hw.type': '1',
        'arp.isprobe': '1',
        'arp.opcode': '1',
        'arp.proto.size': '4',
        'arp.proto.type': '0x0800',
        'arp.src.hw_mac': '02:00:00:00:00:0a',
        'arp.src.proto_ipv4': '0.0.0.0',
      },
    },
    {
      name: 'reverse request',
      hex: '02000000000b02000000000a8035000108000604000302000000000a0000000002000000000a00000000',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw_mac': '02:00:00:00:00:0a',
        'arp.dst.proto_ipv4': '0.0.0.0',
        'arp.hw.size': '6',
        'arp.hw.type': '1',
        'arp.opcode': '3',
        'arp.proto.size': '4',
        'arp.proto.type': '0x0800',
        'arp.src.hw_mac': '02:00:00:00:00:0a',
        'arp.src.proto_ipv4': '0.0.0.0',
      },
    },
    {
      name: 'hardware addresses of 20 bytes',
      hex:
        '02000000000b02000000000a080600200800140400010a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0ac000020100000000' +
        '00000000000000000000000000000000c0000202',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw': '0000000000000000000000000000000000000000',
        'arp.dst.proto_ipv4': '192.0.2.2',
        'arp.hw.size': '20',
        'arp.hw.type': '32',
        'arp.opcode': '1',
        'arp.proto.size': '4',
        'arp.proto.type': '0x0800',
        'arp.src.hw': '0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
        'arp.src.proto_ipv4': '192.0.2.1',
      },
    },
    {
      name: 'addresses of a protocol that is not IPv4',
      hex:
        '02000000000b02000000000a0806000186dd0610000102000000000a20010db8000000000000000000000001000000000000' +
        '20010db8000000000000000000000002',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw_mac': '00:00:00:00:00:00',
        'arp.dst.proto': '20010db8000000000000000000000002',
        'arp.hw.size': '6',
        'arp.hw.type': '1',
        'arp.opcode': '1',
        'arp.proto.size': '16',
        'arp.proto.type': '0x86dd',
        'arp.src.hw_mac': '02:00:00:00:00:0a',
        'arp.src.proto': '20010db8000000000000000000000001',
      },
    },
    {
      name: 'announcement',
      hex: 'ffffffffffff020000000001080600010800060400010200000000010a0000090000000000000a000009',
      protocols: 'eth:ethertype:arp',
      fields: {
        'arp.dst.hw_mac': '00:00:00:00:00:00',
        'arp.dst.proto_ipv4': '10.0.0.9',
        'arp.hw.size': '6',
        'arp.hw.type': '1',
        'arp.isannouncement': '1',
        'arp.isgratuitous': '1',
        'arp.opcode': '1',
        'arp.proto.size': '4',
        'arp.proto.type': '0x0800',
        'arp.src.hw_mac': '02:00:00:00:00:01',
        'arp.src.proto_ipv4': '10.0.0.9',
      },
    },
  ],
);
