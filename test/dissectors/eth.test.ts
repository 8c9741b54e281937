// Ethernet II and IEEE 802.3.
import { vectors } from './vectors.js';

vectors(
  'eth',
  ['eth', 'llc'],
  [
    {
      name: 'an Ethernet type that nobody claims',
      hex: '02000000000b02000000000a88b568656c6c6f',
      protocols: 'eth:ethertype:data',
      fields: {
        'eth.addr': '02:00:00:00:00:0b;02:00:00:00:00:0a',
        'eth.dst': '02:00:00:00:00:0b',
        'eth.src': '02:00:00:00:00:0a',
        'eth.type': '0x88b5',
      },
    },
    {
      name: '802.3 with a length, LLC and padding',
      hex:
        '0180c200000002000000000a0007909003010203040000000000000000000000000000000000000000000000000000000000' +
        '00000000000000000000',
      protocols: 'eth:llc:data',
      fields: {
        'eth.addr': '01:80:c2:00:00:00;02:00:00:00:00:0a',
        'eth.dst': '01:80:c2:00:00:00',
        'eth.len': '7',
        'eth.src': '02:00:00:00:00:0a',
        'llc.control': '0x0003',
        'llc.dsap': '0x90',
        'llc.ssap': '0x90',
      },
    },
    {
      name: 'an address that is multicast and locally administered',
      hex: '03005e00000102000000000a88b578',
      protocols: 'eth:ethertype:data',
      fields: {
        'eth.addr': '03:00:5e:00:00:01;02:00:00:00:00:0a',
        'eth.dst': '03:00:5e:00:00:01',
        'eth.src': '02:00:00:00:00:0a',
        'eth.type': '0x88b5',
      },
    },
    {
      name: 'a length of 0',
      hex: '02000000000b02000000000a0000616263646566',
      protocols: 'eth:ethertype:data',
      fields: {
        'eth.addr': '02:00:00:00:00:0b;02:00:00:00:00:0a',
        'eth.dst': '02:00:00:00:00:0b',
        'eth.src': '02:00:00:00:00:0a',
        'eth.type': '0x0000',
      },
    },
    {
      name: 'neither length nor type',
      hex: '02000000000b02000000000a05e0616263646566',
      protocols: 'eth:data',
      fields: {
        'eth.addr': '02:00:00:00:00:0b;02:00:00:00:00:0a',
        'eth.dst': '02:00:00:00:00:0b',
        'eth.src': '02:00:00:00:00:0a',
      },
    },
  ],
);
