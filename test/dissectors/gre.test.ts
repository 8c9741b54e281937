// GRE in all its shapes.
import { vectors } from './vectors.js';

vectors(
  'gre',
  ['gre'],
  [
    {
      name: 'plain',
      hex:
        '02000000000b02000000000a08004500003600010000402ff694c0000201c0000202000008004500001e00030000401166ca' +
        '0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:gre:ip:udp:data',
      fields: {
        'gre.flags.checksum': '0',
        'gre.flags.key': '0',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '0',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '0',
        'gre.flags_and_version': '0x0000',
        'gre.proto': '0x0800',
      },
    },
    {
      name: 'checksum, key and sequence number',
      hex:
        '02000000000b02000000000a08004500004200010000402ff688c0000201c0000202b0000800123400000000002a00000007' +
        '4500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:gre:ip:udp:data',
      fields: {
        'gre.checksum': '0x1234',
        'gre.flags.checksum': '1',
        'gre.flags.key': '1',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '1',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '0',
        'gre.flags_and_version': '0xb000',
        'gre.key': '0x0000002a',
        'gre.offset': '0',
        'gre.proto': '0x0800',
        'gre.sequence_number': '7',
      },
    },
    {
      name: 'an Ethernet frame (NVGRE)',
      hex:
        '02000000000b02000000000a08004500004800010000402ff682c0000201c00002022000655800a1b20702000000010b0200' +
        '0000010a08004500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:gre:eth:ethertype:ip:udp:data',
      fields: {
        'gre.flags.checksum': '0',
        'gre.flags.key': '1',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '0',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '0',
        'gre.flags_and_version': '0x2000',
        'gre.key': '0x00a1b207',
        'gre.proto': '0x6558',
      },
    },
    {
      name: 'PPTP with acknowledgment',
      hex:
        '02000000000b02000000000a08004500004600010000402ff684c0000201c00002023081880b000e00180000000100000002' +
        'ff0300214500001e00030000401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:gre:ppp:ip:udp:data',
      fields: {
        'gre.ack_number': '2',
        'gre.flags.ack': '1',
        'gre.flags.checksum': '0',
        'gre.flags.key': '1',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '1',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '1',
        'gre.flags_and_version': '0x3081',
        'gre.key.call_id': '24',
        'gre.key.payload_length': '14',
        'gre.proto': '0x880b',
        'gre.sequence_number': '1',
      },
    },
    {
      name: 'a redirected packet',
      hex:
        '02000000000b02000000000a08004500003a00010000402ff690c0000201c00002020000883e000000004500001e00030000' +
        '401166ca0a0000010a00000203e807d0000a7ebd6162',
      protocols: 'eth:ethertype:ip:gre:ip:udp:data',
      fields: {
        'gre.flags.checksum': '0',
        'gre.flags.key': '0',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '0',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '0',
        'gre.flags_and_version': '0x0000',
        'gre.proto': '0x883e',
      },
    },
    {
      name: 'a payload that nobody claims',
      hex: '02000000000b02000000000a08004500001c00010000402ff6aec0000201c0000202000088b501020304',
      protocols: 'eth:ethertype:ip:gre:data',
      fields: {
        'gre.flags.checksum': '0',
        'gre.flags.key': '0',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '0',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '0',
        'gre.flags_and_version': '0x0000',
        'gre.proto': '0x88b5',
      },
    },
    {
      name: 'version 1 with a key that is not PPTP',
      hex: '02000000000b02000000000a08004500003800010000402ff692c0000201c000020220010800001400054500001c00010000401166ce0a0000010a000002000100020008ebd8',
      protocols: 'eth:ethertype:ip:gre:ip:udp',
      fields: {
        'gre.flags.checksum': '0',
        'gre.flags.key': '1',
        'gre.flags.recursion_control': '0',
        'gre.flags.reserved': '0',
        'gre.flags.routing': '0',
        'gre.flags.sequence_number': '0',
        'gre.flags.strict_source_route': '0',
        'gre.flags.version': '1',
        'gre.flags_and_version': '0x2001',
        'gre.key': '0x00140005',
        'gre.proto': '0x0800',
      },
    },
  ],
);
