// PIM.
import { vectors } from './vectors.js';

vectors(
  'pim',
  ['pim'],
  [
    {
      name: 'hello',
      hex:
        '02000000000b02000000000a08004500002e000100000167175ac0000201e000000d200038c6000100020069001300040000' +
        '00010014000477770001',
      protocols: 'eth:ethertype:ip:pim',
      fields: {
        'pim.cksum': '0x38c6',
        'pim.dr_priority': '1',
        'pim.generation_id': '2004287489',
        'pim.optionlength': '2;4;4',
        'pim.optiontype': '1;19;20',
        'pim.type': '0',
        'pim.version': '2',
      },
    },
    {
      name: 'register',
      hex:
        '02000000000b02000000000a08004500003a000100004067f651c0000201c00002092100deff000000004500001e00010000' +
        '401180ca0a010001ef0101010fa00fa1000a7e2b6869',
      protocols: 'eth:ethertype:ip:pim:ip:udp:data',
      fields: {
        'pim.cksum': '0xdeff',
        'pim.register_flag': '0x00000000',
        'pim.register_flag.border': '0',
        'pim.register_flag.null_register': '0',
        'pim.type': '1',
        'pim.version': '2',
      },
    },
    {
      name: 'null register',
      hex: '02000000000b02000000000a08004500001c000100004067f66fc0000201c00002092100deff40000000',
      protocols: 'eth:ethertype:ip:pim',
      fields: {
        'pim.cksum': '0xdeff',
        'pim.register_flag': '0x40000000',
        'pim.register_flag.border': '0',
        'pim.register_flag.null_register': '1',
        'pim.type': '1',
        'pim.version': '2',
      },
    },
  ],
);
