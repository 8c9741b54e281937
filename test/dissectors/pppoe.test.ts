// PPPoE discovery and sessions.
import { vectors } from './vectors.js';

vectors(
  'pppoe',
  ['pppoe', 'pppoed', 'ppp'],
  [
    {
      name: 'PADI',
      hex: '02000000000b02000000000a886311090000000c010100000103000400001761',
      protocols: 'eth:ethertype:pppoed',
      fields: {
        'pppoe.code': '0x09',
        'pppoe.payload_length': '12',
        'pppoe.session_id': '0x0000',
        'pppoe.type': '1',
        'pppoe.version': '1',
        'pppoed.tags': '1',
        'pppoed.tags.host_uniq': '00001761',
      },
    },
    {
      name: 'PADO',
      hex:
        '02000000000b02000000000a886311070000003601020006627261732d3101010008696e7465726e65740104001000010203' +
        '0405060708090a0b0c0d0e0f0105000800000de901026162',
      protocols: 'eth:ethertype:pppoed',
      fields: {
        'pppoe.code': '0x07',
        'pppoe.payload_length': '54',
        'pppoe.session_id': '0x0000',
        'pppoe.type': '1',
        'pppoe.version': '1',
        'pppoed.tags': '1',
        'pppoed.tags.ac_cookie': '000102030405060708090a0b0c0d0e0f',
        'pppoed.tags.ac_name': 'bras-1',
        'pppoed.tags.service_name': 'internet',
        'pppoed.tags.vendor_id': '3561',
      },
    },
    {
      name: 'PADS with the tag of another vendor',
      hex: '02000000000b02000000000a886311650021000f010100000105000700007ed9616263',
      protocols: 'eth:ethertype:pppoed',
      fields: {
        'pppoe.code': '0x65',
        'pppoe.payload_length': '15',
        'pppoe.session_id': '0x0021',
        'pppoe.type': '1',
        'pppoe.version': '1',
        'pppoed.tags': '1',
        'pppoed.tags.vendor_id': '32473',
        'pppoed.tags.vendor_unspecified': '616263',
      },
    },
    {
      name: 'PADT with an error',
      hex: '02000000000b02000000000a886311a7002100120203000a676f696e6720646f776e00000000',
      protocols: 'eth:ethertype:pppoed',
      fields: {
        'pppoe.code': '0xa7',
        'pppoe.payload_length': '18',
        'pppoe.session_id': '0x0021',
        'pppoe.type': '1',
        'pppoe.version': '1',
        'pppoed.tags': '1',
        'pppoed.tags.generic_error': 'going down',
      },
    },
    {
      name: 'IPv4 in a session, padded',
      hex:
        '02000000000b02000000000a8864110000210022002145000020000100003f0167d80a0100010a0100020800192500070003' +
        '70696e6700000000000000000000',
      protocols: 'eth:ethertype:pppoes:ppp:ip:icmp:data',
      fields: {
        'ppp.protocol': '0x0021',
        'pppoe.code': '0x00',
        'pppoe.payload_length': '34',
        'pppoe.session_id': '0x0021',
        'pppoe.type': '1',
        'pppoe.version': '1',
      },
    },
    {
      name: 'IPv6 in a session',
      hex:
        '02000000000b02000000000a8864110000210034005760000000000a114020010db800000000000000000000000120010db8' +
        '0000000000000000000000020fa00fa1000a1cbb6869',
      protocols: 'eth:ethertype:pppoes:ppp:ipv6:udp:data',
      fields: {
        'ppp.protocol': '0x0057',
        'pppoe.code': '0x00',
        'pppoe.payload_length': '52',
        'pppoe.session_id': '0x0021',
        'pppoe.type': '1',
        'pppoe.version': '1',
      },
    },
    {
      name: 'LCP',
      hex: '02000000000b02000000000a8864110000210010c0210101000e010405d40506d4a58cbe',
      protocols: 'eth:ethertype:pppoes:ppp:lcp',
      fields: {
        'ppp.code': '1',
        'ppp.identifier': '1',
        'ppp.length': '14',
        'ppp.protocol': '0xc021',
        'pppoe.code': '0x00',
        'pppoe.payload_length': '16',
        'pppoe.session_id': '0x0021',
        'pppoe.type': '1',
        'pppoe.version': '1',
      },
    },
    {
      name: 'a session has no address and control',
      hex: '02000000000b02000000000a8864110000070018ff03002145000014000100004000f6e5c0000201c0000202',
      protocols: 'eth:ethertype:pppoes:ppp:data',
      fields: {
        'ppp.protocol': '0x00ff',
        'pppoe.code': '0x00',
        'pppoe.payload_length': '24',
        'pppoe.session_id': '0x0007',
        'pppoe.type': '1',
        'pppoe.version': '1',
      },
    },
    {
      name: 'as the link of the capture',
      link: 51,
      hex: '110000070016002145000014000100004000f6e5c0000201c0000202',
      protocols: 'pppoes:ppp:ip',
      fields: {
        'ppp.protocol': '0x0021',
        'pppoe.code': '0x00',
        'pppoe.payload_length': '22',
        'pppoe.session_id': '0x0007',
        'pppoe.type': '1',
        'pppoe.version': '1',
      },
    },
  ],
);
