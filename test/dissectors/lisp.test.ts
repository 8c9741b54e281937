// LISP, data and control.
import { vectors } from './vectors.js';

vectors(
  'lisp',
  ['lisp', 'lisp-data'],
  [
    {
      name: 'data with a nonce and locator status bits',
      hex: '02000000000b02000000000a080045000044000100004011f6a4c0000201c0000202ee4810f5003087d4c01234560000000f4500002000010000400166d70a0100010a020002080019270007000170696e67',
      protocols: 'eth:ethertype:ip:udp:lisp-data:ip:icmp:data',
      fields: {
        'lisp-data.flags': '0xc0',
        'lisp-data.flags.enr': '0',
        'lisp-data.flags.iid': '0',
        'lisp-data.flags.lsb': '1',
        'lisp-data.flags.mv': '0',
        'lisp-data.flags.nonce': '1',
        'lisp-data.flags.res': '0x00',
        'lisp-data.lsb': '0x0000000f',
        'lisp-data.nonce': '1193046',
      },
    },
    {
      name: 'data with an instance',
      hex: '02000000000b02000000000a080045000054000100004011f694c0000201c0000202ee4810f50040b11e480000000003e9036000000000083a4020010db800000000000000000000000120010db80000000000000000000000028000244600010001',
      protocols: 'eth:ethertype:ip:udp:lisp-data:ipv6:icmpv6',
      fields: {
        'lisp-data.flags': '0x48',
        'lisp-data.flags.enr': '0',
        'lisp-data.flags.iid': '1',
        'lisp-data.flags.lsb': '1',
        'lisp-data.flags.mv': '0',
        'lisp-data.flags.nonce': '0',
        'lisp-data.flags.res': '0x00',
        'lisp-data.iid': '1001',
        'lisp-data.lsb8': '0x03',
      },
    },
    {
      name: 'data with map versions',
      hex: '02000000000b02000000000a080045000044000100004011f6a4c0000201c0000202ee4810f500301c4310005009000000004500002000010000400166d70a0100010a020002080019270007000170696e67',
      protocols: 'eth:ethertype:ip:udp:lisp-data:ip:icmp:data',
      fields: {
        'lisp-data.dstmapver': '9',
        'lisp-data.flags': '0x10',
        'lisp-data.flags.enr': '0',
        'lisp-data.flags.iid': '0',
        'lisp-data.flags.lsb': '0',
        'lisp-data.flags.mv': '1',
        'lisp-data.flags.nonce': '0',
        'lisp-data.flags.res': '0x00',
        'lisp-data.mapver': '0x005009',
        'lisp-data.srcmapver': '5',
      },
    },
    {
      name: 'a Map-Request',
      hex: '02000000000b02000000000a08004500003c000100004011f6acc0000201c0000202ee4810f6002882e412000001112233445566778800010a0100010001c0000201001800010a020000',
      protocols: 'eth:ethertype:ip:udp:lisp',
      fields: {
        'lisp.irc': '0',
        'lisp.nonce': '0x1122334455667788',
        'lisp.records': '1',
        'lisp.type': '1',
      },
    },
    {
      name: 'a Map-Reply',
      hex: '02000000000b02000000000a080045000044000100004011f6a4c0000201c0000202ee4810f600305fc5280000011122334455667788000005a001181000000000010a0200000164ff0000050001c0000209',
      protocols: 'eth:ethertype:ip:udp:lisp',
      fields: {
        'lisp.nonce': '0x1122334455667788',
        'lisp.records': '1',
        'lisp.type': '2',
      },
    },
    {
      name: 'a Map-Register',
      hex: '02000000000b02000000000a08004500005c000100004011f68cc0000201c0000202ee4810f60048f55c38000101010203040506070800010014000102030405060708090a0b0c0d0e0f10111213000005a001181000000000010a0200000164ff0000050001c0000209',
      protocols: 'eth:ethertype:ip:udp:lisp',
      fields: {
        'lisp.nonce': '0x0102030405060708',
        'lisp.records': '1',
        'lisp.type': '3',
      },
    },
    {
      name: 'an encapsulated control message',
      hex: '02000000000b02000000000a08004500005c000100004011f68cc0000201c0000202ee4810f60048105a800000004500003c00010000401166ab0a0100010a02000210f610f60028d23510000001112233445566778800010a0100010001c0000201001800010a020000',
      protocols: 'eth:ethertype:ip:udp:lisp:ip:udp:lisp',
      fields: {
        'lisp.irc': '0',
        'lisp.nonce': '0x1122334455667788',
        'lisp.records': '1',
        'lisp.type': '8;1',
      },
    },
  ],
);
