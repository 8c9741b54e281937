// ICMPv6: errors, echo, neighbour discovery, multicast listeners.
import { vectors } from './vectors.js';

vectors(
  'icmpv6',
  ['icmpv6'],
  [
    {
      name: 'echo request',
      hex:
        '02000000000b02000000000a86dd6000000000103afffe800000000000000000000000000001ff0200000000000000000000' +
        '000000018000de5e123400076162636465666768',
      protocols: 'eth:ethertype:ipv6:icmpv6:data',
      fields: {
        'icmpv6.checksum': '0xde5e',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.echo.identifier': '0x1234',
        'icmpv6.echo.sequence_number': '7',
        'icmpv6.type': '128',
      },
    },
    {
      name: 'neighbour solicitation',
      hex:
        '02000000000b02000000000a86dd6000000000203afffe800000000000000000000000000001ff0200000000000000000000' +
        '000000018700799100000000fe800000000000000000000000000002010102000000000a',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x7991',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.ns.target_address': 'fe80::2',
        'icmpv6.opt.length': '1',
        'icmpv6.opt.linkaddr': '02:00:00:00:00:0a',
        'icmpv6.opt.src_linkaddr': '02:00:00:00:00:0a',
        'icmpv6.opt.type': '1',
        'icmpv6.type': '135',
      },
    },
    {
      name: 'neighbour advertisement',
      hex:
        '02000000000b02000000000a86dd6000000000203afffe800000000000000000000000000001ff0200000000000000000000' +
        '000000018800978fe0000000fe800000000000000000000000000002020102000000000b',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x978f',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.na.flag': '0xe0000000',
        'icmpv6.nd.na.flag.o': '1',
        'icmpv6.nd.na.flag.r': '1',
        'icmpv6.nd.na.flag.rsv': '0',
        'icmpv6.nd.na.flag.s': '1',
        'icmpv6.nd.na.target_address': 'fe80::2',
        'icmpv6.opt.length': '1',
        'icmpv6.opt.linkaddr': '02:00:00:00:00:0b',
        'icmpv6.opt.target_linkaddr': '02:00:00:00:00:0b',
        'icmpv6.opt.type': '2',
        'icmpv6.type': '136',
      },
    },
    {
      name: 'router solicitation',
      hex:
        '02000000000b02000000000a86dd6000000000103afffe800000000000000000000000000001ff0200000000000000000000' +
        '0000000185007a2400000000010102000000000a',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x7a24',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.opt.length': '1',
        'icmpv6.opt.linkaddr': '02:00:00:00:00:0a',
        'icmpv6.opt.src_linkaddr': '02:00:00:00:00:0a',
        'icmpv6.opt.type': '1',
        'icmpv6.type': '133',
      },
    },
    {
      name: 'router advertisement',
      hex:
        '02000000000b02000000000a86dd6000000000683afffe800000000000000000000000000001ff0200000000000000000000' +
        '0000000186003b344048070800007530000003e8010102000000000a0501000000000578030440c000015180000038400000' +
        '000020010db8000100000000000000000000190500000000025820010db800000000000000000000005320010db800000000' +
        '0000000000000054',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x3b34',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.ra.cur_hop_limit': '64',
        'icmpv6.nd.ra.flag': '0x48',
        'icmpv6.nd.ra.flag.h': '0',
        'icmpv6.nd.ra.flag.m': '0',
        'icmpv6.nd.ra.flag.o': '1',
        'icmpv6.nd.ra.flag.p': '0',
        'icmpv6.nd.ra.flag.prf': '1',
        'icmpv6.nd.ra.flag.rsv': '0',
        'icmpv6.nd.ra.reachable_time': '30000',
        'icmpv6.nd.ra.retrans_timer': '1000',
        'icmpv6.nd.ra.router_lifetime': '1800',
        'icmpv6.opt.length': '1;1;4;5',
        'icmpv6.opt.linkaddr': '02:00:00:00:00:0a',
        'icmpv6.opt.mtu': '1400',
        'icmpv6.opt.prefix': '2001:db8:1::',
        'icmpv6.opt.prefix.flag': '0xc0',
        'icmpv6.opt.prefix.flag.a': '1',
        'icmpv6.opt.prefix.flag.l': '1',
        'icmpv6.opt.prefix.flag.r': '0',
        'icmpv6.opt.prefix.flag.reserved': '0',
        'icmpv6.opt.prefix.length': '64',
        'icmpv6.opt.prefix.preferred_lifetime': '14400',
        'icmpv6.opt.prefix.valid_lifetime': '86400',
        'icmpv6.opt.rdnss': '2001:db8::53;2001:db8::54',
        'icmpv6.opt.rdnss.lifetime': '600',
        'icmpv6.opt.src_linkaddr': '02:00:00:00:00:0a',
        'icmpv6.opt.type': '1;5;3;25',
        'icmpv6.type': '134',
      },
    },
    {
      name: 'redirect',
      hex:
        '02000000000b02000000000a86dd6000000000303afffe800000000000000000000000000001ff0200000000000000000000' +
        '00000001890048c000000000fe80000000000000000000000000000220010db8000000000000000000000007020102000000' +
        '000b',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x48c0',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.rd.target_address': 'fe80::2',
        'icmpv6.opt.length': '1',
        'icmpv6.opt.linkaddr': '02:00:00:00:00:0b',
        'icmpv6.opt.target_linkaddr': '02:00:00:00:00:0b',
        'icmpv6.opt.type': '2',
        'icmpv6.rd.na.destination_address': '2001:db8::7',
        'icmpv6.type': '137',
      },
    },
    {
      name: 'duplicate address detection with a nonce',
      hex:
        '02000000000b02000000000a86dd6000000000203afffe800000000000000000000000000001ff0200000000000000000000' +
        '000000018700658f00000000fe8000000000000000000000000000020e01010203040506',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x658f',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.ns.target_address': 'fe80::2',
        'icmpv6.opt.length': '1',
        'icmpv6.opt.nonce': '010203040506',
        'icmpv6.opt.type': '14',
        'icmpv6.type': '135',
      },
    },
    {
      name: 'listener query',
      hex:
        '02000000000b02000000000a86dd6000000000183afffe800000000000000000000000000001ff0200000000000000000000' +
        '0000000182007c4103e80000ff0200000000000000000000000000fb',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x7c41',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.mld.maximum_response_delay': '1000',
        'icmpv6.mld.multicast_address': 'ff02::fb',
        'icmpv6.type': '130',
      },
    },
    {
      name: 'listener report',
      hex:
        '02000000000b02000000000a86dd6000000000183afffe800000000000000000000000000001ff0200000000000000000000' +
        '0000000183007f2900000000ff0200000000000000000000000000fb',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x7f29',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.mld.maximum_response_delay': '0',
        'icmpv6.mld.multicast_address': 'ff02::fb',
        'icmpv6.type': '131',
      },
    },
    {
      name: 'listener report version 2',
      hex:
        '02000000000b02000000000a86dd6000000000403afffe800000000000000000000000000001ff0200000000000000000000' +
        '000000018f00413d0000000204000000ff0200000000000000000000000000fb01000001ff02000000000000000000000001' +
        '000320010db8000000000000000000000001',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x413d',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.mldr.mar.aux_data_len': '0;0',
        'icmpv6.mldr.mar.multicast_address': 'ff02::fb;ff02::1:3',
        'icmpv6.mldr.mar.nb_sources': '0;1',
        'icmpv6.mldr.mar.record_type': '4;1',
        'icmpv6.mldr.mar.source_address': '2001:db8::1',
        'icmpv6.mldr.nb_mcast_records': '2',
        'icmpv6.type': '143',
      },
    },
    {
      name: 'packet too big, with the packet it is about',
      hex:
        '02000000000b02000000000a86dd6000000000403a4020010db800000000000000000000000120010db80000000000000000' +
        '0000000202002be100000500600000000010114020010db800000000000000000000000220010db800000000000000000000' +
        '000903e807d0001007046162636465666768',
      protocols: 'eth:ethertype:ipv6:icmpv6:ipv6:udp:data',
      fields: {
        'icmpv6.checksum': '0x2be1',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.mtu': '1280',
        'icmpv6.type': '2',
      },
    },
    {
      name: 'parameter problem',
      hex:
        '02000000000b02000000000a86dd6000000000403a4020010db800000000000000000000000120010db80000000000000000' +
        '0000000204012eda00000006600000000010114020010db800000000000000000000000220010db800000000000000000000' +
        '000903e807d0001007046162636465666768',
      protocols: 'eth:ethertype:ipv6:icmpv6:ipv6:udp:data',
      fields: {
        'icmpv6.checksum': '0x2eda',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '1',
        'icmpv6.pointer': '6',
        'icmpv6.type': '4',
      },
    },
    {
      name: 'a redirect with the packet that it is about',
      hex: '02000000000b02000000000a86dd6000000000703aff20010db800000000000000000000000120010db80000000000000000000000028900755600000000fe80000000000000000000000000000120010db8000100000000000000000009020102000000000c0408000000000000600000000010114020010db800000000000000000000000220010db8000100000000000000000009138817700010a8833132333435363738',
      protocols: 'eth:ethertype:ipv6:icmpv6:ipv6:udp:data',
      fields: {
        'icmpv6.checksum': '0x7556',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.rd.target_address': 'fe80::1',
        'icmpv6.opt.length': '1;8',
        'icmpv6.opt.linkaddr': '02:00:00:00:00:0c',
        'icmpv6.opt.target_linkaddr': '02:00:00:00:00:0c',
        'icmpv6.opt.type': '2;4',
        'icmpv6.rd.na.destination_address': '2001:db8:1::9',
        'icmpv6.type': '137',
      },
    },
    {
      name: 'a router advertisement with routes',
      hex: '02000000000b02000000000a86dd6000000000403aff20010db800000000000000000000000120010db80000000000000000000000028600493b40080708000000000000000018033000ffffffff20010db800050000000000000000000018030000ffffffff00000000000000000000000000000000',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x493b',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.ra.cur_hop_limit': '64',
        'icmpv6.nd.ra.flag': '0x08',
        'icmpv6.nd.ra.flag.h': '0',
        'icmpv6.nd.ra.flag.m': '0',
        'icmpv6.nd.ra.flag.o': '0',
        'icmpv6.nd.ra.flag.p': '0',
        'icmpv6.nd.ra.flag.prf': '1',
        'icmpv6.nd.ra.flag.rsv': '0',
        'icmpv6.nd.ra.reachable_time': '0',
        'icmpv6.nd.ra.retrans_timer': '0',
        'icmpv6.nd.ra.router_lifetime': '1800',
        'icmpv6.opt.length': '3;3',
        'icmpv6.opt.prefix': '2001:db8:5::;::',
        'icmpv6.opt.prefix.length': '48;0',
        'icmpv6.opt.type': '24;24',
        'icmpv6.type': '134',
      },
    },
    {
      name: 'a link-layer address of another link',
      hex: '02000000000b02000000000a86dd6000000000283aff20010db800000000000000000000000120010db80000000000000000000000028700c4390000000020010db80000000000000000000000020102000102030405060708090a0b0c0d',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0xc439',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.nd.ns.target_address': '2001:db8::2',
        'icmpv6.opt.length': '2',
        'icmpv6.opt.linkaddr': '000102030405060708090a0b0c0d',
        'icmpv6.opt.src_linkaddr': '000102030405060708090a0b0c0d',
        'icmpv6.opt.type': '1',
        'icmpv6.type': '135',
      },
    },
    {
      name: 'an extended echo request',
      hex: '02000000000b02000000000a86dd6000000000083a4020010db800000000000000000000000120010db8000000000000000000000002a000123400070101',
      protocols: 'eth:ethertype:ipv6:icmpv6',
      fields: {
        'icmpv6.checksum': '0x1234',
        'icmpv6.checksum.status': '0',
        'icmpv6.code': '0',
        'icmpv6.echo.identifier': '0x0007',
        'icmpv6.type': '160',
      },
    },
    {
      name: 'an extended echo that asks for an interface by its index',
      hex: '02000000000202000000000186dd6000000000143a4020010db800000000000000000000000120010db8000000000000000000000002a000de1800070301200000000008030200000011',
      protocols: 'eth:ethertype:ipv6:icmpv6:icmp',
      fields: {
        'icmpv6.checksum': '0xde18',
        'icmpv6.checksum.status': '1',
        'icmpv6.code': '0',
        'icmpv6.echo.identifier': '0x0007',
        'icmpv6.type': '160',
      },
    },
  ],
);
