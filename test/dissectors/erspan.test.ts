// ERSPAN types I to III over GRE.
import { vectors } from './vectors.js';

vectors(
  'erspan',
  ['erspan'],
  [
    {
      name: 'type I',
      hex:
        '02000000000b02000000000a08004500004600010000402ff684c0000201c0000202000088be02000000001b02000000001a' +
        '080045000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'eth:ethertype:ip:gre:erspan:eth:ethertype:ip:icmp:data',
      fields: {},
    },
    {
      name: 'type II',
      hex:
        '02000000000b02000000000a08004500005200010000402ff678c0000201c0000202100088be000000631064a85300100abc' +
        '02000000001b02000000001a080045000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'eth:ethertype:ip:gre:erspan:eth:ethertype:ip:icmp:data',
      fields: {
        'erspan.cos': '5',
        'erspan.encap': '1',
        'erspan.index': '2748',
        'erspan.reserved': '1',
        'erspan.spanid': '83',
        'erspan.truncated': '0',
        'erspan.version': '1',
        'erspan.vlan': '100',
      },
    },
    {
      name: 'type III',
      hex:
        '02000000000b02000000000a08004500005600010000402ff674c0000201c0000202100022eb000000632064a85301020304' +
        '0011803a02000000001b02000000001a080045000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'eth:ethertype:ip:gre:erspan:eth:ethertype:ip:icmp:data',
      fields: {
        'erspan.bso': '1',
        'erspan.cos': '5',
        'erspan.direction': '1',
        'erspan.ft': '0',
        'erspan.gra': '1',
        'erspan.hw': '3',
        'erspan.o': '0',
        'erspan.p': '1',
        'erspan.sgt': '17',
        'erspan.spanid': '83',
        'erspan.timestamp': '16909060',
        'erspan.truncated': '0',
        'erspan.version': '2',
        'erspan.vlan': '100',
      },
    },
    {
      name: 'type III with a platform header',
      hex:
        '02000000000b02000000000a08004500005e00010000402ff66cc0000201c0000202100022eb000000632064a85301020304' +
        '001180330c0000010000000202000000001b02000000001a080045000020000100003f0167d80a0100010a01000208001925' +
        '0007000370696e67',
      protocols: 'eth:ethertype:ip:gre:erspan:eth:ethertype:ip:icmp:data',
      fields: {
        'erspan.bso': '1',
        'erspan.cos': '5',
        'erspan.direction': '0',
        'erspan.ft': '0',
        'erspan.gra': '1',
        'erspan.hw': '3',
        'erspan.o': '1',
        'erspan.p': '1',
        'erspan.platid': '3',
        'erspan.sgt': '17',
        'erspan.spanid': '83',
        'erspan.timestamp': '16909060',
        'erspan.truncated': '0',
        'erspan.version': '2',
        'erspan.vlan': '100',
      },
    },
    {
      name: 'type III with an IP packet',
      hex:
        '02000000000b02000000000a08004500004800010000402ff682c0000201c0000202100022eb000000632064005301020304' +
        '0011083045000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'eth:ethertype:ip:gre:erspan:ip:icmp:data',
      fields: {
        'erspan.bso': '0',
        'erspan.cos': '0',
        'erspan.direction': '0',
        'erspan.ft': '2',
        'erspan.gra': '0',
        'erspan.hw': '3',
        'erspan.o': '0',
        'erspan.p': '0',
        'erspan.sgt': '17',
        'erspan.spanid': '83',
        'erspan.timestamp': '16909060',
        'erspan.truncated': '0',
        'erspan.version': '2',
        'erspan.vlan': '100',
      },
    },
    {
      name: 'a version that nobody knows',
      hex: '02000000000b02000000000a08004500003400010000402ff696c0000201c0000202100088be00000001080000000102030478787878787878787878787878787878',
      protocols: 'eth:ethertype:ip:gre:erspan',
      fields: {
        'erspan.version': '0;0',
      },
    },
  ],
);
