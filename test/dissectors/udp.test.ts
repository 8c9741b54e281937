// UDP.
import { vectors } from './vectors.js';

vectors(
  'udp',
  ['udp'],
  [
    {
      name: 'over IPv4',
      hex: '02000000000b02000000000a080045000021123400004011e494c0000201c00002029c409c41000dff7b68656c6c6f',
      protocols: 'eth:ethertype:ip:udp:data',
      fields: {
        'udp.checksum': '0xff7b',
        'udp.checksum.status': '1',
        'udp.dstport': '40001',
        'udp.length': '13',
        'udp.payload': '68656c6c6f',
        'udp.port': '40000;40001',
        'udp.srcport': '40000',
      },
    },
    {
      name: 'over IPv6',
      hex:
        '02000000000b02000000000a86dd60000000000d114020010db800000000000000000000000120010db80000000000000000' +
        '000000029c409c41000d280b68656c6c6f',
      protocols: 'eth:ethertype:ipv6:udp:data',
      fields: {
        'udp.checksum': '0x280b',
        'udp.checksum.status': '1',
        'udp.dstport': '40001',
        'udp.length': '13',
        'udp.payload': '68656c6c6f',
        'udp.port': '40000;40001',
        'udp.srcport': '40000',
      },
    },
    {
      name: 'without payload and without checksum',
      hex: '02000000000b02000000000a08004500001c123400004011e499c0000201c00002029c409c4100080000',
      protocols: 'eth:ethertype:ip:udp',
      fields: {
        'udp.checksum': '0x0000',
        'udp.checksum.status': '3',
        'udp.dstport': '40001',
        'udp.length': '8',
        'udp.port': '40000;40001',
        'udp.srcport': '40000',
      },
    },
  ],
);

vectors(
  'a payload that the protocol of the lower port does not take is that of the higher one',
  [],
  [
    {
      name: 'GTP',
      hex: '020000000002020000000001080045000052123400003f1153630a0101010a010102084b17c1003e00000000655800000a00020000000002020000000001080045000020123400003f1153950a0101010a010102c350c351000c000061626364',
      protocols: 'eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:data',
      fields: {},
    },
    {
      name: 'ISAKMP',
      hex: '020000000002020000000001080045000052123400003f1153630a0101010a01010201f417c1003e00000000655800000a00020000000002020000000001080045000020123400003f1153950a0101010a010102c350c351000c000061626364',
      protocols: 'eth:ethertype:ip:udp:isakmp',
      fields: {},
    },
    {
      name: 'SNMP',
      hex: '020000000002020000000001080045000052123400003f1153630a0101010a01010200a117c1003e00000000655800000a00020000000002020000000001080045000020123400003f1153950a0101010a010102c350c351000c000061626364',
      protocols: 'eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:data',
      fields: {},
    },
    {
      name: 'RADIUS',
      hex: '020000000002020000000001080045000052123400003f1153630a0101010a010102071417c1003e00000000655800000a00020000000002020000000001080045000020123400003f1153950a0101010a010102c350c351000c000061626364',
      protocols: 'eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp:data',
      fields: {},
    },
  ],
);
