// OSPF: header, hello and database description.
import { vectors } from './vectors.js';

vectors(
  'ospf',
  ['ospf'],
  [
    {
      name: 'hello of version 2',
      hex:
        '02000000000b02000000000a080045000044000100000159175ac0000201e000000502010030c00002010000000112340000' +
        '0000000000000000ffffff00000a020100000028c0000201c00002020a000001',
      protocols: 'eth:ethertype:ip:ospf',
      fields: {
        'ospf.hello': '1',
        'ospf.area_id': '0.0.0.1',
        'ospf.auth.none': '0000000000000000',
        'ospf.auth.type': '0',
        'ospf.checksum': '0x1234',
        'ospf.hello.active_neighbor': '10.0.0.1',
        'ospf.hello.backup_designated_router': '192.0.2.2',
        'ospf.hello.designated_router': '192.0.2.1',
        'ospf.hello.hello_interval': '10',
        'ospf.hello.network_mask': '255.255.255.0',
        'ospf.hello.router_dead_interval': '40',
        'ospf.hello.router_priority': '1',
        'ospf.msg': '1',
        'ospf.packet_length': '48',
        'ospf.srcrouter': '192.0.2.1',
        'ospf.version': '2',
      },
    },
    {
      name: 'acknowledgment with a key',
      hex:
        '02000000000b02000000000a080045000050000100000159174ec0000201e00000050205002cc00002010000000000000002' +
        '0000011000000005000000000000000000000000000000000000000000000000000000000000000000000000',
      protocols: 'eth:ethertype:ip:ospf',
      fields: {
        'ospf.area_id': '0.0.0.0',
        'ospf.auth.type': '2',
        'ospf.checksum': '0x0000',
        'ospf.msg': '5',
        'ospf.packet_length': '44',
        'ospf.srcrouter': '192.0.2.1',
        'ospf.version': '2',
      },
    },
    {
      name: 'hello of version 3',
      hex:
        '02000000000b02000000000a86dd6000000000285901fe800000000000000000000000000001ff0200000000000000000000' +
        '0000000503010028c000020100000001123400000000000501000013000a0028c0000201c00002020a000001',
      protocols: 'eth:ethertype:ipv6:ospf',
      fields: {
        'ospf.hello': '1',
        'ospf.area_id': '0.0.0.1',
        'ospf.checksum': '0x1234',
        'ospf.hello.active_neighbor': '10.0.0.1',
        'ospf.hello.backup_designated_router': '192.0.2.2',
        'ospf.hello.designated_router': '192.0.2.1',
        'ospf.hello.hello_interval': '10',
        'ospf.hello.interface_id': '5',
        'ospf.hello.router_dead_interval': '40',
        'ospf.hello.router_priority': '1',
        'ospf.instance_id': '0',
        'ospf.msg': '1',
        'ospf.packet_length': '40',
        'ospf.srcrouter': '192.0.2.1',
        'ospf.version': '3',
      },
    },
    {
      name: 'database description of version 2',
      hex:
        '02000000000b02000000000a080045000034000100000159356dc0000201c000020202020020c000020100000001f0260000' +
        '000000000000000005c44207000003e9',
      protocols: 'eth:ethertype:ip:ospf',
      fields: {
        'ospf.area_id': '0.0.0.1',
        'ospf.auth.none': '0000000000000000',
        'ospf.auth.type': '0',
        'ospf.checksum': '0xf026',
        'ospf.db.dd_sequence': '1001',
        'ospf.db.interface_mtu': '1476',
        'ospf.dbd': '0x07',
        'ospf.dbd.i': '1',
        'ospf.dbd.m': '1',
        'ospf.dbd.ms': '1',
        'ospf.dbd.r': '0',
        'ospf.msg': '2',
        'ospf.packet_length': '32',
        'ospf.srcrouter': '192.0.2.1',
        'ospf.version': '2',
      },
    },
    {
      name: 'database description of version 3',
      hex:
        '02000000000b02000000000a86dd60000000001c5901fe800000000000000000000000000001fe8000000000000000000000' +
        '000000020302001cc000020100000001123400000000001305dc000300000007',
      protocols: 'eth:ethertype:ipv6:ospf',
      fields: {
        'ospf.area_id': '0.0.0.1',
        'ospf.checksum': '0x1234',
        'ospf.db.dd_sequence': '7',
        'ospf.db.interface_mtu': '1500',
        'ospf.dbd': '0x03',
        'ospf.dbd.i': '0',
        'ospf.dbd.m': '1',
        'ospf.dbd.ms': '1',
        'ospf.dbd.r': '0',
        'ospf.instance_id': '0',
        'ospf.msg': '2',
        'ospf.packet_length': '28',
        'ospf.srcrouter': '192.0.2.1',
        'ospf.version': '3',
      },
    },
  ],
);
