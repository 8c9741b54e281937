// CARP.
import { vectors } from './vectors.js';

vectors(
  'carp',
  ['carp'],
  [
    {
      name: 'an advertisement',
      hex: '01005e00001202000000000a08004500003800010000ff701941c0000201e0000012210164070001826c0123456789abcdef000102030405060708090a0b0c0d0e0f10111213',
      decodeAs: 'ip.proto==112,carp',
      protocols: 'eth:ethertype:ip:carp',
      fields: {
        'carp.adver_int': '1',
        'carp.advskew': '100',
        'carp.authlen': '7',
        'carp.checksum': '0x826c',
        'carp.counter': '81985529216486895',
        'carp.demotion': '0',
        'carp.hmac': '000102030405060708090a0b0c0d0e0f10111213',
        'carp.type': '1',
        'carp.typever': '33',
        'carp.version': '2',
        'carp.vhid': '1',
      },
    },
  ],
);
