// BGP messages in a segment.
import { vectors } from './vectors.js';

vectors(
  'bgp',
  ['bgp'],
  [
    {
      name: 'OPEN with capabilities',
      hex:
        '02000000000b02000000000a080045000055000100004006f69ec0000201c000020200b39c40000000010000000150182000' +
        '9b920000ffffffffffffffffffffffffffffffff002d0104fde800b4c000020110020e010400010001020041040000fde8',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.cap.4as': '65000',
        'bgp.cap.length': '4;0;4',
        'bgp.cap.type': '1;2;65',
        'bgp.length': '45',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.open.holdtime': '180',
        'bgp.open.identifier': '192.0.2.1',
        'bgp.open.myas': '65000',
        'bgp.open.opt.len': '16',
        'bgp.open.opt.param.len': '14',
        'bgp.open.opt.param.type': '2',
        'bgp.open.version': '4',
        'bgp.type': '1',
      },
    },
    {
      name: 'KEEPALIVE, then UPDATE',
      hex:
        '02000000000b02000000000a08004500009c000100004006f657c0000201c000020200b39c40000000010000000150182000' +
        '0cc90000ffffffffffffffffffffffffffffffff001304ffffffffffffffffffffffffffffffff0061020004180a0100003f' +
        '400101004002060202fde8fde9400304c00002018004040000000540050400000064c00808fde80001ffffff01800904c000' +
        '0207800a08c0000208c0000209080a160b020400',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '19;97',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff;ffffffffffffffffffffffffffffffff',
        'bgp.nlri_prefix': '10.0.0.0;11.2.4.0;0.0.0.0',
        'bgp.path_attribute.cluster_id': '192.0.2.8;192.0.2.9',
        'bgp.prefix_length': '24;8;22;0',
        'bgp.type': '4;2',
        'bgp.update.path_attribute': '1;1;1;1;1;1;1;1',
        'bgp.update.path_attribute.as_path_segment.as2': '65000;65001',
        'bgp.update.path_attribute.as_path_segment.length': '2',
        'bgp.update.path_attribute.as_path_segment.type': '2',
        'bgp.update.path_attribute.community_as': '65000',
        'bgp.update.path_attribute.community_value': '1',
        'bgp.update.path_attribute.community_wellknown': '0xffffff01',
        'bgp.update.path_attribute.flags': '0x40;0x40;0x40;0x80;0x40;0xc0;0x80;0x80',
        'bgp.update.path_attribute.flags.extended_length': '0;0;0;0;0;0;0;0',
        'bgp.update.path_attribute.flags.optional': '0;0;0;1;0;1;1;1',
        'bgp.update.path_attribute.flags.partial': '0;0;0;0;0;0;0;0',
        'bgp.update.path_attribute.flags.transitive': '1;1;1;0;1;1;0;0',
        'bgp.update.path_attribute.flags.unused': '0x00;0x00;0x00;0x00;0x00;0x00;0x00;0x00',
        'bgp.update.path_attribute.length': '1;6;4;4;4;8;4;8',
        'bgp.update.path_attribute.local_pref': '100',
        'bgp.update.path_attribute.multi_exit_disc': '5',
        'bgp.update.path_attribute.next_hop': '192.0.2.1',
        'bgp.update.path_attribute.origin': '0',
        'bgp.update.path_attribute.originator_id': '192.0.2.7',
        'bgp.update.path_attribute.type_code': '1;2;3;4;5;8;9;10',
        'bgp.update.path_attributes.length': '63',
        'bgp.update.withdrawn_routes.length': '4',
        'bgp.withdrawn_prefix': '10.1.0.0',
      },
    },
    {
      name: 'AS numbers of four bytes',
      hex:
        '02000000000b02000000000a080045000051000100004006f6a2c0000201c000020200b39c40000000010000000150182000' +
        '43ee0000ffffffffffffffffffffffffffffffff00290200000012400101025002000a02020001000100010002',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '41',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.type': '2',
        'bgp.update.path_attribute': '1;1',
        'bgp.update.path_attribute.as_path_segment.as4': '65537;65538',
        'bgp.update.path_attribute.as_path_segment.length': '2',
        'bgp.update.path_attribute.as_path_segment.type': '2',
        'bgp.update.path_attribute.flags': '0x40;0x50',
        'bgp.update.path_attribute.flags.extended_length': '0;1',
        'bgp.update.path_attribute.flags.optional': '0;0',
        'bgp.update.path_attribute.flags.partial': '0;0',
        'bgp.update.path_attribute.flags.transitive': '1;1',
        'bgp.update.path_attribute.flags.unused': '0x00;0x00',
        'bgp.update.path_attribute.length': '1;10',
        'bgp.update.path_attribute.origin': '2',
        'bgp.update.path_attribute.type_code': '1;2',
        'bgp.update.path_attributes.length': '18',
        'bgp.update.withdrawn_routes.length': '0',
      },
    },
    {
      name: 'IPv6 routes',
      hex:
        '02000000000b02000000000a080045000090000100004006f663c0000201c000020200b39c40000000010000000150182000' +
        'f3810000ffffffffffffffffffffffffffffffff00680200000051400101004002060202fde8fde9900e0033000201202001' +
        '0db8000000000000000000000001fe800000000000000000000000000001002020010db84020010db800010002800f0a0002' +
        '013020010db80009',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '104',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.mp_reach_nlri_ipv6_prefix': '2001:db8::;2001:db8:1:2::',
        'bgp.mp_unreach_nlri_ipv6_prefix': '2001:db8:9::',
        'bgp.prefix_length': '32;64;48',
        'bgp.type': '2',
        'bgp.update.path_attribute': '1;1;1;1',
        'bgp.update.path_attribute.as_path_segment.as2': '65000;65001',
        'bgp.update.path_attribute.as_path_segment.length': '2',
        'bgp.update.path_attribute.as_path_segment.type': '2',
        'bgp.update.path_attribute.flags': '0x40;0x40;0x90;0x80',
        'bgp.update.path_attribute.flags.extended_length': '0;0;1;0',
        'bgp.update.path_attribute.flags.optional': '0;0;1;1',
        'bgp.update.path_attribute.flags.partial': '0;0;0;0',
        'bgp.update.path_attribute.flags.transitive': '1;1;0;0',
        'bgp.update.path_attribute.flags.unused': '0x00;0x00;0x00;0x00',
        'bgp.update.path_attribute.length': '1;6;51;10',
        'bgp.update.path_attribute.mp_reach_nlri.afi': '2',
        'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6': '2001:db8::1',
        'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local': 'fe80::1',
        'bgp.update.path_attribute.mp_reach_nlri.safi': '1',
        'bgp.update.path_attribute.mp_unreach_nlri.afi': '2',
        'bgp.update.path_attribute.mp_unreach_nlri.safi': '1',
        'bgp.update.path_attribute.origin': '0',
        'bgp.update.path_attribute.type_code': '1;2;14;15',
        'bgp.update.path_attributes.length': '81',
        'bgp.update.withdrawn_routes.length': '0',
      },
    },
    {
      name: 'VPN routes with labels',
      hex:
        '02000000000b02000000000a080045000085000100004006f66ec0000201c000020200b39c40000000010000000150182000' +
        '4ae00000ffffffffffffffffffffffffffffffff005d0200000046400101004002060202fde8fde9900e00200001800c0000' +
        '000000000000c000020100700006410000fde8000000070a0203800f12000180708000000001c000020100090a0204',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.label_stack': '100 (bottom);0 (withdrawn)',
        'bgp.length': '93',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.mp_reach_nlri_ipv4_prefix': '10.2.3.0',
        'bgp.mp_unreach_nlri_ipv4_prefix': '10.2.4.0',
        'bgp.prefix_length': '112;112',
        'bgp.rd': '65000:7;192.0.2.1:9',
        'bgp.type': '2',
        'bgp.update.path_attribute': '1;1;1;1',
        'bgp.update.path_attribute.as_path_segment.as2': '65000;65001',
        'bgp.update.path_attribute.as_path_segment.length': '2',
        'bgp.update.path_attribute.as_path_segment.type': '2',
        'bgp.update.path_attribute.flags': '0x40;0x40;0x90;0x80',
        'bgp.update.path_attribute.flags.extended_length': '0;0;1;0',
        'bgp.update.path_attribute.flags.optional': '0;0;1;1',
        'bgp.update.path_attribute.flags.partial': '0;0;0;0',
        'bgp.update.path_attribute.flags.transitive': '1;1;0;0',
        'bgp.update.path_attribute.flags.unused': '0x00;0x00;0x00;0x00',
        'bgp.update.path_attribute.length': '1;6;32;18',
        'bgp.update.path_attribute.mp_reach_nlri.afi': '1',
        'bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4': '192.0.2.1',
        'bgp.update.path_attribute.mp_reach_nlri.safi': '128',
        'bgp.update.path_attribute.mp_unreach_nlri.afi': '1',
        'bgp.update.path_attribute.mp_unreach_nlri.safi': '128',
        'bgp.update.path_attribute.origin': '0',
        'bgp.update.path_attribute.type_code': '1;2;14;15',
        'bgp.update.path_attributes.length': '70',
        'bgp.update.withdrawn_routes.length': '0',
      },
    },
    {
      name: 'NOTIFICATION',
      hex:
        '02000000000b02000000000a08004500003d000100004006f6b6c0000201c000020200b39c40000000010000000150182000' +
        '67a30000ffffffffffffffffffffffffffffffff0015030604',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '21',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.notify.major_error': '6',
        'bgp.notify.minor_error_cease': '4',
        'bgp.type': '3',
      },
    },
    {
      name: 'NOTIFICATION of a bad OPEN',
      hex:
        '02000000000b02000000000a08004500003d000100004006f6b6c0000201c000020200b39c40000000010000000150182000' +
        '69a70000ffffffffffffffffffffffffffffffff0015030202',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '21',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.notify.major_error': '2',
        'bgp.notify.minor_error_open': '2',
        'bgp.type': '3',
      },
    },
    {
      name: 'ROUTE-REFRESH',
      hex:
        '02000000000b02000000000a08004500003f000100004006f6b4c0000201c000020200b39c40000000010000000150182000' +
        '66a50000ffffffffffffffffffffffffffffffff00170500020001',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '23',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.route_refresh.afi': '2',
        'bgp.route_refresh.safi': '1',
        'bgp.route_refresh.subtype': '0',
        'bgp.type': '5',
      },
    },
    {
      name: 'a message that starts inside the segment',
      hex:
        '02000000000b02000000000a080045000055000100004006f69ec0000201c000020200b39c40000000010000000150182000' +
        '8ec2000074686520656e64206f6620616e6f74686572206d657373616765ffffffffffffffffffffffffffffffff001304',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {
        'bgp.length': '19',
        'bgp.marker': 'ffffffffffffffffffffffffffffffff',
        'bgp.type': '4',
      },
    },
    {
      name: 'only the end of a message',
      hex:
        '02000000000b02000000000a080045000042000100004006f6b1c0000201c000020200b39c40000000010000000150182000' +
        '92e8000074686520656e64206f6620616e6f74686572206d657373616765',
      protocols: 'eth:ethertype:ip:tcp:bgp',
      fields: {},
    },
  ],
);
