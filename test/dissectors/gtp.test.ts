// GTP-U.
import { vectors } from './vectors.js';

vectors(
  'gtp',
  ['gtp'],
  [
    {
      name: 'a user packet',
      hex:
        '02000000000b02000000000a080045000044000100004011f6a4c0000201c0000202086808680030276730ff002000001234' +
        '45000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'eth:ethertype:ip:udp:gtp:ip:icmp:data',
      fields: {
        'gtp.flags': '0x30',
        'gtp.flags.e': '0',
        'gtp.flags.payload': '1',
        'gtp.flags.pn': '0',
        'gtp.flags.reserved': '0',
        'gtp.flags.s': '0',
        'gtp.flags.version': '1',
        'gtp.length': '32',
        'gtp.message': '0xff',
        'gtp.teid': '0x00001234',
      },
    },
    {
      name: 'with a sequence number',
      hex:
        '02000000000b02000000000a080045000048000100004011f6a0c0000201c0000202086808680034255432ff002400001234' +
        '0007000045000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'eth:ethertype:ip:udp:gtp:ip:icmp:data',
      fields: {
        'gtp.flags': '0x32',
        'gtp.flags.e': '0',
        'gtp.flags.payload': '1',
        'gtp.flags.pn': '0',
        'gtp.flags.reserved': '0',
        'gtp.flags.s': '1',
        'gtp.flags.version': '1',
        'gtp.length': '36',
        'gtp.message': '0xff',
        'gtp.seq_number': '0x0007',
        'gtp.teid': '0x00001234',
      },
    },
    {
      name: 'with a PDU session container',
      hex:
        '02000000000b02000000000a08004500005e000100004011f68ac0000201c000020208680868004aa75434ff003a00001234' +
        '000000850110090060000000000a114020010db800000000000000000000000120010db80000000000000000000000020fa0' +
        '0fa1000a1cbb6869',
      protocols: 'eth:ethertype:ip:udp:gtp:ipv6:udp:data',
      fields: {
        'gtp.ext_hdr': '1',
        'gtp.ext_hdr.length': '1',
        'gtp.ext_hdr.next': '0x85;0x00',
        'gtp.flags': '0x34',
        'gtp.flags.e': '1',
        'gtp.flags.payload': '1',
        'gtp.flags.pn': '0',
        'gtp.flags.reserved': '0',
        'gtp.flags.s': '0',
        'gtp.flags.version': '1',
        'gtp.length': '58',
        'gtp.message': '0xff',
        'gtp.teid': '0x00001234',
      },
    },
    {
      name: 'echo request',
      hex: '02000000000b02000000000a080045000028000100004011f6c0c0000201c000020208680868001426b23201000400001234' + '00070000',
      protocols: 'eth:ethertype:ip:udp:gtp',
      fields: {
        'gtp.flags': '0x32',
        'gtp.flags.e': '0',
        'gtp.flags.payload': '1',
        'gtp.flags.pn': '0',
        'gtp.flags.reserved': '0',
        'gtp.flags.s': '1',
        'gtp.flags.version': '1',
        'gtp.length': '4',
        'gtp.message': '0x01',
        'gtp.seq_number': '0x0007',
        'gtp.teid': '0x00001234',
      },
    },
    {
      name: 'another version is not GTP-U',
      hex:
        '02000000000b02000000000a080045000031000100004011f6b7c0000201c000020208680868001d82dfe800000000000000' +
        '00000000000000000000000000',
      protocols: 'eth:ethertype:ip:udp:data',
      fields: {},
    },
    {
      name: 'version 2',
      hex: '02000000000b02000000000a080045000029000100004011f6bfc0000201c0000202084b084b0015212040010009000001000300010005',
      protocols: 'eth:ethertype:ip:udp:gtp',
      fields: {},
    },
    {
      name: 'version 0',
      hex: '02000000000b02000000000a080045000044000100004011f6a4c0000201c00002020868086800304ba41eff001400010002ffffffff000000000000000045000014000100004000f6e5c0000201c0000202',
      protocols: 'eth:ethertype:ip:udp:gtp:ip',
      fields: {
        'gtp.flags': '0x1e',
        'gtp.flags.payload': '1',
        'gtp.flags.reserved': '7',
        'gtp.flags.snn': '0',
        'gtp.flags.version': '0',
        'gtp.flow_label': '0x0002',
        'gtp.length': '20',
        'gtp.message': '0xff',
        'gtp.seq_number': '0x0001',
        'gtp.sndcp_number': '0xff',
      },
    },
    {
      name: 'charging records on the port of the control plane',
      hex: '0200000000020200000000010800450000220001000040118e93c0000201c6336402c351084b000e0000200100000007',
      protocols: 'eth:ethertype:ip:udp:gtp',
      fields: {
        'gtp.flags': '0x20',
        'gtp.flags.payload': '0',
        'gtp.flags.reserved': '0',
        'gtp.length': '0',
        'gtp.message': '0x01',
        'gtp.seq_number': '0x0007',
      },
    },
  ],
);
