// MPLS label stacks.
import { vectors } from './vectors.js';

vectors(
  'mpls',
  ['mpls'],
  [
    {
      name: 'two labels before IPv4',
      hex: '02000000000b02000000000a884700010040000111404500001e00030000401166ca0a0000010a00000203e807d0000a7ebd' + '6162',
      protocols: 'eth:ethertype:mpls:ip:udp:data',
      fields: {
        'mpls.bottom': '0;1',
        'mpls.exp': '0;0',
        'mpls.label': '16;17',
        'mpls.ttl': '64;64',
      },
    },
    {
      name: 'IPv6 behind one label',
      hex:
        '02000000000b02000000000a8847186a014060000000000a114020010db800000000000000000000000120010db800000000' +
        '00000000000000029c409c41000a0a816162',
      protocols: 'eth:ethertype:mpls:ipv6:udp:data',
      fields: {
        'mpls.bottom': '1',
        'mpls.exp': '0',
        'mpls.label': '100000',
        'mpls.ttl': '64',
      },
    },
    {
      name: 'over UDP',
      hex:
        '02000000000b02000000000a08004500003e123400004011e477c0000201c0000202c00019eb002a0000000131404500001e' +
        '00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:mpls:ip:udp:data',
      fields: {
        'mpls.bottom': '1',
        'mpls.exp': '0',
        'mpls.label': '19',
        'mpls.ttl': '64',
      },
    },
    {
      name: 'a message of the path',
      hex: '0200000000020200000000018847000640400000e1010100000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
      protocols: 'eth:ethertype:mpls',
      fields: {
        'mpls.bottom': '0;1',
        'mpls.exp': '0;0',
        'mpls.label': '100;14',
        'mpls.ttl': '64;1',
      },
    },
  ],
);
