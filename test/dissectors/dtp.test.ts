// DTP.
import { vectors } from './vectors.js';

vectors(
  'dtp',
  ['dtp'],
  [
    {
      name: 'a trunk of 802.1Q',
      hex: '01000cccccccaabbcc0003100022aaaa0300000c2004010001000500000200058100030005a50004000aaabbcc000310000000000000000000000000',
      protocols: 'eth:llc:dtp',
      fields: {
        'dtp.domain': '',
        'dtp.senderid': 'aa:bb:cc:00:03:10',
        'dtp.tas': '0x01',
        'dtp.tat': '0x05',
        'dtp.tlv_len': '5;5;5;10',
        'dtp.tlv_type': '0x0001;0x0002;0x0003;0x0004',
        'dtp.tos': '0x01',
        'dtp.tot': '0x05',
        'dtp.version': '1',
      },
    },
  ],
);
