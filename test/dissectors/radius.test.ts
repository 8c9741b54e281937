// RADIUS.
import { vectors } from './vectors.js';

vectors(
  'radius',
  ['radius'],
  [
    {
      name: 'an Access-Request',
      hex: '02000000000b02000000000a080045000055000100004011f693c0000201c0000202c35007140041bc4b012a0039000102030405060708090a0b0c0d0e0f010773746576650212aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0406c0000201050600000007',
      protocols: 'eth:ethertype:ip:udp:radius',
      fields: {
        'radius.NAS_IP_Address': '192.0.2.1',
        'radius.NAS_Port': '7',
        'radius.User_Name': 'steve',
        'radius.authenticator': '000102030405060708090a0b0c0d0e0f',
        'radius.avp.length': '7;18;6;6',
        'radius.avp.type': '1;2;4;5',
        'radius.code': '1',
        'radius.id': '42',
        'radius.length': '57',
      },
    },
    {
      name: 'an Access-Reject',
      hex: '02000000000b02000000000a08004500003e000100004011f6aac0000201c00002020714c350002a1c4b032a0022000102030405060708090a0b0c0d0e0f120e6e6f20737563682075736572',
      protocols: 'eth:ethertype:ip:udp:radius',
      fields: {
        'radius.Reply_Message': 'no such user',
        'radius.authenticator': '000102030405060708090a0b0c0d0e0f',
        'radius.avp.length': '14',
        'radius.avp.type': '18',
        'radius.code': '3',
        'radius.id': '42',
        'radius.length': '34',
      },
    },
    {
      name: 'an Accounting-Request',
      hex: '02000000000b02000000000a08004500003c000100004011f6acc0000201c0000202c35007150028c06404010020000102030405060708090a0b0c0d0e0f2806000000012c0630303031',
      protocols: 'eth:ethertype:ip:udp:radius',
      fields: {
        'radius.authenticator': '000102030405060708090a0b0c0d0e0f',
        'radius.avp.length': '6;6',
        'radius.avp.type': '40;44',
        'radius.code': '4',
        'radius.id': '1',
        'radius.length': '32',
      },
    },
    {
      name: 'an Access-Accept with an attribute of a vendor',
      hex: '02000000000b02000000000a080045000045000100004011f6a3c0000201c00002020714c3500031bd80022a0029000102030405060708090a0b0c0d0e0f08060a0000091a0f000000090109613d623d636465',
      protocols: 'eth:ethertype:ip:udp:radius',
      fields: {
        'radius.Framed-IP-Address': '10.0.0.9',
        'radius.authenticator': '000102030405060708090a0b0c0d0e0f',
        'radius.avp.length': '6;15',
        'radius.avp.type': '8;26',
        'radius.code': '2',
        'radius.id': '42',
        'radius.length': '41',
      },
    },
  ],
);
