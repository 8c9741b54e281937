// TLS records and hellos.
import { vectors } from './vectors.js';

vectors(
  'tls',
  ['tls'],
  [
    {
      name: 'client hello',
      hex:
        '02000000000b02000000000a08004500008c000100004006f667c0000201c00002029c4001bb000000010000000150182000' +
        '980f0000160301005f0100005b0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f046162' +
        '63640004130113020100002a00000014001200000f7777772e6578616d706c652e636f6d0010000e000c0268320868747470' +
        '2f312e31',
      protocols: 'eth:ethertype:ip:tcp:tls',
      fields: {
        'tls.handshake': '1',
        'tls.handshake.ciphersuite': '0x1301;0x1302',
        'tls.handshake.extension.len': '20;14',
        'tls.handshake.extension.type': '0;16',
        'tls.handshake.extensions_alpn_str': 'h2;http/1.1',
        'tls.handshake.extensions_server_name': 'www.example.com',
        'tls.handshake.length': '91',
        'tls.handshake.session_id_length': '4',
        'tls.handshake.type': '1',
        'tls.handshake.version': '0x0303',
        'tls.record': '1',
        'tls.record.content_type': '22',
        'tls.record.length': '95',
        'tls.record.version': '0x0301',
      },
    },
    {
      name: 'server hello, then encrypted records',
      hex:
        '02000000000b02000000000a080045000087000100004006f66cc0000201c00002029c4001bb000000010000000150182000' +
        '876b000016030300310200002d0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f001301' +
        '000005ff01000100140303000101170303001e000000000000000000000000000000000000000000000000000000000000',
      protocols: 'eth:ethertype:ip:tcp:tls',
      fields: {
        'tls.handshake': '1',
        'tls.handshake.ciphersuite': '0x1301',
        'tls.handshake.extension.len': '1',
        'tls.handshake.extension.type': '65281',
        'tls.handshake.length': '45',
        'tls.handshake.session_id_length': '0',
        'tls.handshake.type': '2',
        'tls.handshake.version': '0x0303',
        'tls.record': '1;1;1',
        'tls.record.content_type': '22;20;23',
        'tls.record.length': '49;1;30',
        'tls.record.version': '0x0303;0x0303;0x0303',
      },
    },
    {
      name: 'alert',
      hex:
        '02000000000b02000000000a08004500002f000100004006f6c4c0000201c00002029c4001bb000000010000000150182000' +
        '2bbf000015030300020228',
      protocols: 'eth:ethertype:ip:tcp:tls',
      fields: {
        'tls.alert_message': '1',
        'tls.alert_message.desc': '40',
        'tls.alert_message.level': '2',
        'tls.record': '1',
        'tls.record.content_type': '21',
        'tls.record.length': '2',
        'tls.record.version': '0x0303',
      },
    },
    {
      name: 'no TLS on its port',
      hex:
        '02000000000b02000000000a08004500003d000100004006f6b6c0000201c00002029c4001bb000000010000000150182000' +
        'a60d00005353482d322e302d4f70656e5353485f392e360d0a',
      protocols: 'eth:ethertype:ip:tcp:data',
      fields: {},
    },
  ],
);
