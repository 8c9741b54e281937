// RIP and RIPng.
import { vectors } from './vectors.js';

vectors(
  'rip',
  ['rip', 'ripng'],
  [
    {
      name: 'version 2: routes, one withdrawn',
      hex: '020000000002020000000001080045000048123400003f11536d0a0101010a010102020802080034000002020000000200000a000000ff000000000000000000000200020007c0a80000ffff00000a01010900000010',
      protocols: 'eth:ethertype:ip:udp:rip',
      fields: {
        'rip.command': '2',
        'rip.family': '2;2',
        'rip.ip': '10.0.0.0;192.168.0.0',
        'rip.metric': '2;16',
        'rip.netmask': '255.0.0.0;255.255.0.0',
        'rip.next_hop': '0.0.0.0;10.1.1.9',
        'rip.route_tag': '0;7',
        'rip.version': '2',
      },
    },
    {
      name: 'version 2 with a password',
      hex: '020000000002020000000001080045000048123400003f11536d0a0101010a010102020802080034000001020000ffff0002736563726574000000000000000000000000000000000000000000000000000000000010',
      protocols: 'eth:ethertype:ip:udp:rip',
      fields: {
        'rip.auth.passwd': 'secret',
        'rip.auth.type': '2',
        'rip.command': '1',
        'rip.family': '0',
        'rip.metric': '16',
        'rip.netmask': '0.0.0.0',
        'rip.next_hop': '0.0.0.0',
        'rip.route_tag': '0',
        'rip.version': '2',
      },
    },
    {
      name: 'version 1, all routes asked for',
      hex: '020000000002020000000001080045000034123400003f1153810a0101010a0101020208020800200000010100000000000000000000000000000000000000000010',
      protocols: 'eth:ethertype:ip:udp:rip',
      fields: {
        'rip.command': '1',
        'rip.family': '0',
        'rip.metric': '16',
        'rip.version': '1',
      },
    },
    {
      name: 'version 1',
      hex: '020000000002020000000001080045000034123400003f1153810a0101010a010102020802080020000002010000000200000a000000000000000000000000000003',
      protocols: 'eth:ethertype:ip:udp:rip',
      fields: {
        'rip.command': '2',
        'rip.family': '2',
        'rip.ip': '10.0.0.0',
        'rip.metric': '3',
        'rip.version': '1',
      },
    },
    {
      name: 'RIPng: a next hop and a route',
      hex: '02000000000202000000000186dd600000000034114020010db800000000000000000000000120010db8000000000000000000000002020902090034000102010000fe800000000000000000000000000009000000ff20010db800000000000000000000000000072001',
      protocols: 'eth:ethertype:ipv6:udp:ripng',
      fields: {
        'ripng.cmd': '2',
        'ripng.reserved': '0000',
        'ripng.rte.ipv6_prefix': 'fe80::9;2001:db8::',
        'ripng.rte.metric': '255;1',
        'ripng.rte.prefix_length': '0;32',
        'ripng.rte.route_tag': '0x0000;0x0007',
        'ripng.version': '1',
      },
    },
  ],
);
