// VXLAN, with group policy, and VXLAN-GPE.
import { vectors } from './vectors.js';

vectors(
  'vxlan',
  ['vxlan'],
  [
    {
      name: 'an Ethernet frame inside',
      hex:
        '02000000000b02000000000a080045000050123400004011e465c0000201c0000202c00012b5003c00000800000000f7d600' +
        '02000000010b02000000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:data',
      fields: {
        'vxlan.flag_a': '0',
        'vxlan.flag_d': '0',
        'vxlan.flag_g': '0',
        'vxlan.flag_i': '1',
        'vxlan.flags': '0x0800',
        'vxlan.gbp': '0',
        'vxlan.reserved8': '0',
        'vxlan.vni': '63446',
      },
    },
    {
      name: "Linux's port",
      hex:
        '02000000000b02000000000a08004500004e123400004011e467c0000201c0000202c00012b5003a00000800000000000100' +
        'ffffffffffff02000000000a0806000108000604000102000000000a0a0000010000000000000a000002',
      protocols: 'eth:ethertype:ip:udp:vxlan:eth:ethertype:arp',
      fields: {
        'vxlan.flag_a': '0',
        'vxlan.flag_d': '0',
        'vxlan.flag_g': '0',
        'vxlan.flag_i': '1',
        'vxlan.flags': '0x0800',
        'vxlan.gbp': '0',
        'vxlan.reserved8': '0',
        'vxlan.vni': '1',
      },
    },
    {
      name: 'group policy',
      hex:
        '02000000000b02000000000a080045000050123400004011e465c0000201c0000202c00012b5003c00008848123400a1b207' +
        '02000000010b02000000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:data',
      fields: {
        'vxlan.flag_a': '1',
        'vxlan.flag_d': '1',
        'vxlan.flag_g': '1',
        'vxlan.flag_i': '1',
        'vxlan.flags': '0x8848',
        'vxlan.gbp': '4660',
        'vxlan.reserved8': '7',
        'vxlan.vni': '41394',
      },
    },
    {
      name: 'the I flag is clear',
      hex:
        '02000000000b02000000000a080045000050123400004011e465c0000201c0000202c00012b5003c00000000000000a1b200' +
        '02000000010b02000000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:data',
      fields: {
        'vxlan.flag_a': '0',
        'vxlan.flag_d': '0',
        'vxlan.flag_g': '0',
        'vxlan.flag_i': '0',
        'vxlan.flags': '0x0000',
        'vxlan.gbp': '0',
        'vxlan.reserved8': '0',
        'vxlan.vni': '41394',
      },
    },
    {
      name: 'GPE with IPv4',
      hex:
        '02000000000b02000000000a080045000042123400004011e473c0000201c0000202c00012b6002e00000c00000100a1b200' +
        '4500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:ip:udp:data',
      fields: {
        'vxlan.flags': '0x0c',
        'vxlan.next_proto': '1',
        'vxlan.reserved8': '0',
        'vxlan.vni': '41394',
      },
    },
    {
      name: 'a tunnel in a tunnel',
      hex:
        '02000000000b02000000000a080045000082123400004011e433c0000201c0000202c00012b5006e00000800000000000500' +
        '02000000000b02000000000a08004500005000040000401166950a0100010a010002c00112b5003c00000800000000000600' +
        '02000000010b02000000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:data',
      fields: {
        'vxlan.flag_a': '0;0',
        'vxlan.flag_d': '0;0',
        'vxlan.flag_g': '0;0',
        'vxlan.flag_i': '1;1',
        'vxlan.flags': '0x0800;0x0800',
        'vxlan.gbp': '0;0',
        'vxlan.reserved8': '0;0',
        'vxlan.vni': '5;6',
      },
    },
  ],
);
