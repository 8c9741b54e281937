// Authentication header and encapsulating security payload.
import { vectors } from './vectors.js';

vectors(
  'ipsec',
  ['ah', 'esp'],
  [
    {
      name: 'AH before an echo request',
      hex:
        '02000000000b02000000000a080045000038000100004033f68ec0000201c000020201040000000010010000000500010203' +
        '0405060708090a0b080033360001000261626364',
      protocols: 'eth:ethertype:ip:ah:icmp:data',
      fields: {
        'ah.icv': '000102030405060708090a0b',
        'ah.length': '4',
        'ah.next_header': '1',
        'ah.reserved': '0000',
        'ah.sequence': '5',
        'ah.spi': '0x00001001',
      },
    },
    {
      name: 'AH over IPv6 before UDP',
      hex:
        '02000000000b02000000000a86dd600000000028334020010db800000000000000000000000120010db80000000000000000' +
        '00000002110500000000100200000006000102030405060708090a0b0c0d0e0f0fa00fa1000c000061626364',
      protocols: 'eth:ethertype:ipv6:ah:udp:data',
      fields: {
        'ah.icv': '000102030405060708090a0b0c0d0e0f',
        'ah.length': '5',
        'ah.next_header': '17',
        'ah.reserved': '0000',
        'ah.sequence': '6',
        'ah.spi': '0x00001002',
      },
    },
    {
      name: 'ESP',
      hex:
        '02000000000b02000000000a080045000044000100004032f683c0000201c000020200c0ffee000000090001020304050607' +
        '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627',
      protocols: 'eth:ethertype:ip:esp',
      fields: {
        'esp.sequence': '9',
        'esp.spi': '0x00c0ffee',
      },
    },
    {
      name: 'ESP in UDP',
      hex:
        '02000000000b02000000000a08004500004c000100004011f69cc0000201c0000202119411940038da0700c0ffee0000000a' +
        '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627',
      protocols: 'eth:ethertype:ip:udp:udpencap:esp',
      fields: {
        'esp.sequence': '10',
        'esp.spi': '0x00c0ffee',
      },
    },
    {
      name: 'keepalive of ESP in UDP',
      hex: '02000000000b02000000000a08004500001d000100004011f6cbc0000201c000020211941194000959afff',
      protocols: 'eth:ethertype:ip:udp:udpencap',
      fields: {},
    },
  ],
);
