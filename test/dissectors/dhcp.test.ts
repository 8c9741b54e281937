// DHCP messages and options.
import { vectors } from './vectors.js';

vectors(
  'dhcp',
  ['dhcp'],
  [
    {
      name: 'discover',
      hex:
        '02000000000b02000000000a08004500013200010000401179bb00000000ffffffff00440043011e6269010106003903f326' +
        '000c80000000000000000000000000000000000002000000000a000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '00000000000000000000000000000000000000000000000000000000638253633501013d070102000000000a0c066e6f6465' +
        '2d313c0575646863703902024037040103060fff',
      protocols: 'eth:ethertype:ip:udp:dhcp',
      fields: {
        'dhcp.cookie': '99.130.83.99',
        'dhcp.flags': '0x8000',
        'dhcp.flags.bc': '1',
        'dhcp.flags.reserved': '0x0000',
        'dhcp.hops': '0',
        'dhcp.hw.len': '6',
        'dhcp.hw.mac_addr': '02:00:00:00:00:0a;02:00:00:00:00:0a',
        'dhcp.hw.type': '0x01;0x01',
        'dhcp.id': '0x3903f326',
        'dhcp.ip.client': '0.0.0.0',
        'dhcp.ip.relay': '0.0.0.0',
        'dhcp.ip.server': '0.0.0.0',
        'dhcp.ip.your': '0.0.0.0',
        'dhcp.option.dhcp': '1',
        'dhcp.option.dhcp_max_message_size': '576',
        'dhcp.option.hostname': 'node-1',
        'dhcp.option.length': '1;7;6;5;2;4',
        'dhcp.option.request_list_item': '1;3;6;15',
        'dhcp.option.type': '53;61;12;60;57;55;0',
        'dhcp.option.value': '01;0102000000000a;6e6f64652d31;7564686370;0240;0103060f',
        'dhcp.option.vendor_class_id': 'udhcp',
        'dhcp.secs': '12',
        'dhcp.type': '1',
      },
    },
    {
      name: 'acknowledgment',
      hex:
        '02000000000b02000000000a08004500015b000100004011799200000000ffffffff00430044014756c1020106003903f326' +
        '0000000000000000c000020ac00002010000000002000000000a000000000000000000007365727665720000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '626f6f7400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '00000000000000000000000000000000000000000000000000000000638253633501053604c0000201330400000e103a0400' +
        '0007083b0400000c4e0104ffffff000304c00002010608c0000235c00002360f0b6578616d706c652e636f6d1c04c00002ff' +
        '2a04c000027b1a0205aaff',
      protocols: 'eth:ethertype:ip:udp:dhcp',
      fields: {
        'dhcp.cookie': '99.130.83.99',
        'dhcp.file': 'boot',
        'dhcp.flags': '0x0000',
        'dhcp.flags.bc': '0',
        'dhcp.flags.reserved': '0x0000',
        'dhcp.hops': '0',
        'dhcp.hw.len': '6',
        'dhcp.hw.mac_addr': '02:00:00:00:00:0a',
        'dhcp.hw.type': '0x01',
        'dhcp.id': '0x3903f326',
        'dhcp.ip.client': '0.0.0.0',
        'dhcp.ip.relay': '0.0.0.0',
        'dhcp.ip.server': '192.0.2.1',
        'dhcp.ip.your': '192.0.2.10',
        'dhcp.option.broadcast_address': '192.0.2.255',
        'dhcp.option.dhcp': '5',
        'dhcp.option.dhcp_server_id': '192.0.2.1',
        'dhcp.option.domain_name': 'example.com',
        'dhcp.option.domain_name_server': '192.0.2.53;192.0.2.54',
        'dhcp.option.interface_mtu': '1450',
        'dhcp.option.ip_address_lease_time': '3600',
        'dhcp.option.length': '1;4;4;4;4;4;4;8;11;4;4;2',
        'dhcp.option.ntp_server': '192.0.2.123',
        'dhcp.option.rebinding_time_value': '3150',
        'dhcp.option.renewal_time_value': '1800',
        'dhcp.option.router': '192.0.2.1',
        'dhcp.option.subnet_mask': '255.255.255.0',
        'dhcp.option.type': '53;54;51;58;59;1;3;6;15;28;42;26;0',
        'dhcp.option.value':
          '05;c0000201;00000e10;00000708;00000c4e;ffffff00;c0000201;c0000235c0000236;6578616d706c652e636f6d;c00002ff;c000027b;05aa',
        'dhcp.secs': '0',
        'dhcp.server': 'server',
        'dhcp.type': '2',
      },
    },
    {
      name: 'request',
      hex:
        '02000000000b02000000000a08004500011e00010000401179cf00000000ffffffff00440043010ac34c010106003903f326' +
        '000000000000000000000000000000000000000002000000000a000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
        '00000000000000000000000000000000000000000000000000000000638253633501033204c000020a3604c00002010000ff',
      protocols: 'eth:ethertype:ip:udp:dhcp',
      fields: {
        'dhcp.cookie': '99.130.83.99',
        'dhcp.flags': '0x0000',
        'dhcp.flags.bc': '0',
        'dhcp.flags.reserved': '0x0000',
        'dhcp.hops': '0',
        'dhcp.hw.len': '6',
        'dhcp.hw.mac_addr': '02:00:00:00:00:0a',
        'dhcp.hw.type': '0x01',
        'dhcp.id': '0x3903f326',
        'dhcp.ip.client': '0.0.0.0',
        'dhcp.ip.relay': '0.0.0.0',
        'dhcp.ip.server': '0.0.0.0',
        'dhcp.ip.your': '0.0.0.0',
        'dhcp.option.dhcp': '3',
        'dhcp.option.dhcp_server_id': '192.0.2.1',
        'dhcp.option.length': '1;4;4',
        'dhcp.option.requested_ip_address': '192.0.2.10',
        'dhcp.option.type': '53;50;54;0;0',
        'dhcp.option.value': '03;c000020a;c0000201',
        'dhcp.secs': '0',
        'dhcp.type': '1',
      },
    },
    {
      name: 'options where the names have their place',
      hex: '02000000000b02000000000a08004500011e000100004011f5cac0000201c000020200430044010a6735020606003903f3260000000000000000c000023200000000000000000200000000aa000000000000000000000c056e616d6573ff00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000f076578616d706c65ff00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000638253633501053401030c0468c3a9000103ffffffff',
      protocols: 'eth:ethertype:ip:udp:dhcp',
      fields: {
        'dhcp.cookie': '99.130.83.99',
        'dhcp.flags': '0x0000',
        'dhcp.flags.bc': '0',
        'dhcp.flags.reserved': '0x0000',
        'dhcp.hops': '0',
        'dhcp.hw.len': '6',
        'dhcp.hw.mac_addr': '02:00:00:00:00:aa',
        'dhcp.hw.type': '0x06',
        'dhcp.id': '0x3903f326',
        'dhcp.ip.client': '0.0.0.0',
        'dhcp.ip.relay': '0.0.0.0',
        'dhcp.ip.server': '0.0.0.0',
        'dhcp.ip.your': '192.0.2.50',
        'dhcp.option.dhcp': '5',
        'dhcp.option.domain_name': 'example',
        'dhcp.option.hostname': 'names;h��',
        'dhcp.option.length': '1;1;5;7;4;3',
        'dhcp.option.type': '53;52;12;0;15;0;12;1;0',
        'dhcp.option.value': '05;03;6e616d6573;6578616d706c65;68c3a900;ffffff',
        'dhcp.secs': '0',
        'dhcp.type': '2',
      },
    },
  ],
);
