// DHCPv6.
import { vectors } from './vectors.js';

vectors(
  'dhcpv6',
  ['dhcpv6'],
  [
    {
      name: 'Solicit',
      hex:
        '02000000000b02000000000a86dd60000000003c1140fe800000000000000000000000000001ff0200000000000000000000' +
        '0001000202220223003c013701abcdef0001000e000100012a00000002000000000a00060004001700180008000200640003' +
        '000c000000070000000000000000',
      protocols: 'eth:ethertype:ipv6:udp:dhcpv6',
      fields: {
        'dhcpv6.duid.bytes': '000100012a00000002000000000a',
        'dhcpv6.duid.type': '1',
        'dhcpv6.elapsed_time': '1000',
        'dhcpv6.iaid': '00000007',
        'dhcpv6.iaid.t1': '0',
        'dhcpv6.iaid.t2': '0',
        'dhcpv6.msgtype': '1',
        'dhcpv6.option.length': '14;4;2;12',
        'dhcpv6.option.type': '1;6;8;3',
        'dhcpv6.requested_option_code': '23;24',
        'dhcpv6.xid': '0xabcdef',
      },
    },
    {
      name: 'Reply',
      hex:
        '02000000000b02000000000a86dd6000000000c31140fe800000000000000000000000000001ff0200000000000000000000' +
        '000100020223022200c3e47d07abcdef0001000e000100012a00000002000000000a0002000a0003000102000000000b0003' +
        '00350000000700000e10000015180005002520010db800000000000000000000004200001c2000001d4c000d000900006772' +
        '616e7465640017002020010db800000000000000000000004220010db8000000000000000000000042001900290000000800' +
        '000e1000001518001a001900001c2000001d4c3820010db800000000000000000000004200070001ff0020000400000258',
      protocols: 'eth:ethertype:ipv6:udp:dhcpv6',
      fields: {
        'dhcpv6.dns_server': '2001:db8::42;2001:db8::42',
        'dhcpv6.duid.bytes': '000100012a00000002000000000a;0003000102000000000b',
        'dhcpv6.duid.type': '1;3',
        'dhcpv6.iaaddr.ip': '2001:db8::42',
        'dhcpv6.iaaddr.pref_lifetime': '7200',
        'dhcpv6.iaaddr.valid_lifetime': '7500',
        'dhcpv6.iaid': '00000007;00000008',
        'dhcpv6.iaid.t1': '3600;3600',
        'dhcpv6.iaid.t2': '5400;5400',
        'dhcpv6.iaprefix.pref_addr': '2001:db8::42',
        'dhcpv6.iaprefix.pref_len': '56',
        'dhcpv6.iaprefix.pref_lifetime': '7200',
        'dhcpv6.iaprefix.valid_lifetime': '7500',
        'dhcpv6.lifetime': '600',
        'dhcpv6.msgtype': '7',
        'dhcpv6.option.length': '14;10;53;37;9;32;41;25;1;4',
        'dhcpv6.option.type': '1;2;3;5;13;23;25;26;7;32',
        'dhcpv6.option_preference': '255',
        'dhcpv6.status_code': '0',
        'dhcpv6.status_msg': 'granted',
        'dhcpv6.xid': '0xabcdef',
      },
    },
    {
      name: 'Relay-reply around a Reply',
      hex:
        '02000000000b02000000000a86dd6000000000f11140fe800000000000000000000000000001ff0200000000000000000000' +
        '000100020223022300f1dc230d0120010db8000000000000000000000042fe80000000000000000000000000000100120004' +
        '65746830000900bb07abcdef0001000e000100012a00000002000000000a0002000a0003000102000000000b000300350000' +
        '000700000e10000015180005002520010db800000000000000000000004200001c2000001d4c000d000900006772616e7465' +
        '640017002020010db800000000000000000000004220010db8000000000000000000000042001900290000000800000e1000' +
        '001518001a001900001c2000001d4c3820010db800000000000000000000004200070001ff0020000400000258',
      protocols: 'eth:ethertype:ipv6:udp:dhcpv6',
      fields: {
        'dhcpv6.dns_server': '2001:db8::42;2001:db8::42',
        'dhcpv6.duid.bytes': '000100012a00000002000000000a;0003000102000000000b',
        'dhcpv6.duid.type': '1;3',
        'dhcpv6.hopcount': '1',
        'dhcpv6.iaaddr.ip': '2001:db8::42',
        'dhcpv6.iaaddr.pref_lifetime': '7200',
        'dhcpv6.iaaddr.valid_lifetime': '7500',
        'dhcpv6.iaid': '00000007;00000008',
        'dhcpv6.iaid.t1': '3600;3600',
        'dhcpv6.iaid.t2': '5400;5400',
        'dhcpv6.iaprefix.pref_addr': '2001:db8::42',
        'dhcpv6.iaprefix.pref_len': '56',
        'dhcpv6.iaprefix.pref_lifetime': '7200',
        'dhcpv6.iaprefix.valid_lifetime': '7500',
        'dhcpv6.interface_id': '65746830',
        'dhcpv6.lifetime': '600',
        'dhcpv6.linkaddr': '2001:db8::42',
        'dhcpv6.msgtype': '13;7',
        'dhcpv6.option.length': '4;187;14;10;53;37;9;32;41;25;1;4',
        'dhcpv6.option.type': '18;9;1;2;3;5;13;23;25;26;7;32',
        'dhcpv6.option_preference': '255',
        'dhcpv6.peeraddr': 'fe80::1',
        'dhcpv6.status_code': '0',
        'dhcpv6.status_msg': 'granted',
        'dhcpv6.xid': '0xabcdef',
      },
    },
    {
      name: 'temporary addresses',
      hex:
        '02000000000b02000000000a86dd6000000000581140fe800000000000000000000000000001ff0200000000000000000000' +
        '000100020222022300586fe70300000100040020000000090005001820010db8000000000000000000000042000000010000' +
        '0002000c001020010db8000000000000000000000042001f001020010db8000000000000000000000042',
      protocols: 'eth:ethertype:ipv6:udp:dhcpv6',
      fields: {
        'dhcpv6.iaaddr.ip': '2001:db8::42',
        'dhcpv6.iaaddr.pref_lifetime': '1',
        'dhcpv6.iaaddr.valid_lifetime': '2',
        'dhcpv6.iata': '00000009',
        'dhcpv6.msgtype': '3',
        'dhcpv6.option.length': '32;24;16;16',
        'dhcpv6.option.type': '4;5;12;31',
        'dhcpv6.sntp_server': '2001:db8::42',
        'dhcpv6.unicast': '2001:db8::42',
        'dhcpv6.xid': '0x000001',
      },
    },
  ],
);
