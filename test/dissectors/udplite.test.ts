// UDP-Lite.
import { vectors } from './vectors.js';

vectors(
  'udplite',
  ['udp'],
  [
    {
      name: 'a checksum over the header only',
      hex: '0200000000020200000000010800450000200001000040888e1ec0000201c6336402c000c3520008123461626364',
      protocols: 'eth:ethertype:ip:udplite:data',
      fields: {
        'udp.checksum': '0x1234',
        'udp.checksum.status': '2',
        'udp.checksum_coverage': '8',
        'udp.dstport': '50002',
        'udp.length': '12',
        'udp.payload': '61626364',
        'udp.port': '49152;50002',
        'udp.srcport': '49152',
      },
    },
    {
      name: 'a checksum over all of it, over IPv6',
      hex: '02000000000202000000000186dd60000000000c884020010db800000000000000000000000120010db8000000000000000000000002c000c3520000123461626364',
      protocols: 'eth:ethertype:ipv6:udplite:data',
      fields: {
        'udp.checksum': '0x1234',
        'udp.checksum.status': '2',
        'udp.checksum_coverage': '0',
        'udp.dstport': '50002',
        'udp.length': '12',
        'udp.payload': '61626364',
        'udp.port': '49152;50002',
        'udp.srcport': '49152',
      },
    },
  ],
);
