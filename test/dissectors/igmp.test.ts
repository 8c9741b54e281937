// IGMP of all versions.
import { vectors } from './vectors.js';

vectors(
  'igmp',
  ['igmp'],
  [
    {
      name: 'version 1 query',
      hex: '02000000000b02000000000a08004500001c00010000010217ddc0000201e00000011100eeff00000000',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0xeeff',
        'igmp.maddr': '0.0.0.0',
        'igmp.type': '0x11',
        'igmp.version': '1',
      },
    },
    {
      name: 'version 2 query',
      hex: '02000000000b02000000000a08004500001c00010000010217ddc0000201e00000011164ee9b00000000',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0xee9b',
        'igmp.maddr': '0.0.0.0',
        'igmp.max_resp': '100',
        'igmp.type': '0x11',
        'igmp.version': '2',
      },
    },
    {
      name: 'version 1 report',
      hex: '02000000000b02000000000a08004500001c00010000010217ddc0000201e000000112000bfce0000251',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0x0bfc',
        'igmp.maddr': '224.0.2.81',
        'igmp.type': '0x12',
        'igmp.version': '1',
      },
    },
    {
      name: 'version 2 report',
      hex: '02000000000b02000000000a08004500001c00010000010217ddc0000201e0000001160007fce0000251',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0x07fc',
        'igmp.maddr': '224.0.2.81',
        'igmp.max_resp': '0',
        'igmp.type': '0x16',
        'igmp.version': '2',
      },
    },
    {
      name: 'version 2 leave',
      hex: '02000000000b02000000000a08004500001c00010000010217ddc0000201e0000001170006fce0000251',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0x06fc',
        'igmp.maddr': '224.0.2.81',
        'igmp.max_resp': '0',
        'igmp.type': '0x17',
        'igmp.version': '2',
      },
    },
    {
      name: 'version 3 query, a long time and two sources',
      hex: '02000000000b02000000000a08004500002800010000010217d1c0000201e000000111830000e00002510a7d0002c0000201' + 'c0000202',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0x0000',
        'igmp.maddr': '224.0.2.81',
        'igmp.max_resp': '152',
        'igmp.num_src': '2',
        'igmp.qqic': '125',
        'igmp.qrv': '2',
        'igmp.s': '1',
        'igmp.saddr': '192.0.2.1;192.0.2.2',
        'igmp.type': '0x11',
        'igmp.version': '3',
      },
    },
    {
      name: 'version 3 report, two records',
      hex:
        '02000000000b02000000000a08004500003000010000010217c9c0000201e0000001220000000000000204000000e00000fb' +
        '01000001e0000251c0000201',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.aux_data_len': '0;0',
        'igmp.checksum': '0x0000',
        'igmp.maddr': '224.0.0.251;224.0.2.81',
        'igmp.num_grp_recs': '2',
        'igmp.num_src': '0;1',
        'igmp.record_type': '4;1',
        'igmp.saddr': '192.0.2.1',
        'igmp.type': '0x22',
        'igmp.version': '3',
      },
    },
    {
      name: 'a trace query',
      hex:
        '02000000000b02000000000a08004500002c00010000010217cdc0000201e00000011f2038a300000000c0000201c0000202' +
        'c000020340000007',
      protocols: 'eth:ethertype:ip:igmp:igmp',
      fields: {
        'igmp.checksum': '0x38a3',
        'igmp.maddr': '0.0.0.0',
        'igmp.type': '0x1f',
      },
    },
    {
      name: 'DVMRP inside',
      hex: '02000000000b02000000000a08004500001c00010000010217ddc0000201e00000011301000000000eff',
      protocols: 'eth:ethertype:ip:igmp:dvmrp',
      fields: {},
    },
    {
      name: 'a type that is not known',
      hex: '02000000000b02000000000a08004500001800010000010217e1c0000201e000000131000000',
      protocols: 'eth:ethertype:ip:igmp',
      fields: {
        'igmp.type': '0x31',
      },
    },
  ],
);
