// NTP.
import { vectors } from './vectors.js';

vectors(
  'ntp',
  ['ntp'],
  [
    {
      name: 'client',
      hex:
        '02000000000b02000000000a08004500004c000100004011f69cc0000201c0000202007b007b00388795e30006e800000000' +
        '0000001f494e4954000000000000000000000000000000000000000000000000ea5d8f005ce5a000',
      protocols: 'eth:ethertype:ip:udp:ntp',
      fields: {
        'ntp.flags': '0xe3',
        'ntp.flags.li': '3',
        'ntp.flags.mode': '3',
        'ntp.flags.vn': '4',
        'ntp.org': 'NULL',
        'ntp.ppoll': '6',
        'ntp.precision': '232',
        'ntp.rec': 'NULL',
        'ntp.refid': '494e4954',
        'ntp.reftime': 'NULL',
        'ntp.rootdelay': '0',
        'ntp.rootdispersion': '31',
        'ntp.stratum': '0',
        'ntp.xmt': 'Aug  7, 2024 06:13:20.362878799 UTC',
      },
    },
    {
      name: 'server',
      hex:
        '02000000000b02000000000a08004500004c000100004011f69cc0000201c0000202007b007b0038a3c51c0206e900000120' +
        '00000230c0000209ea5d8b1810000000ea5d8f005ce5a000ea5d8f0080000000ea5d8f0080000001',
      protocols: 'eth:ethertype:ip:udp:ntp',
      fields: {
        'ntp.flags': '0x1c',
        'ntp.flags.li': '0',
        'ntp.flags.mode': '4',
        'ntp.flags.vn': '3',
        'ntp.org': 'Aug  7, 2024 06:13:20.362878799 UTC',
        'ntp.ppoll': '6',
        'ntp.precision': '233',
        'ntp.rec': 'Aug  7, 2024 06:13:20.500000000 UTC',
        'ntp.refid': 'c0000209',
        'ntp.reftime': 'Aug  7, 2024 05:56:40.062500000 UTC',
        'ntp.rootdelay': '288',
        'ntp.rootdispersion': '560',
        'ntp.stratum': '2',
        'ntp.xmt': 'Aug  7, 2024 06:13:20.500000000 UTC',
      },
    },
    {
      name: 'a time after 2036',
      hex:
        '02000000000b02000000000a08004500004c000100004011f69cc0000201c0000202007b007b0038b534240106e900000000' +
        '00000000475053000000000540000000000000054000000000000005400000000000000540000000',
      protocols: 'eth:ethertype:ip:udp:ntp',
      fields: {
        'ntp.flags': '0x24',
        'ntp.flags.li': '0',
        'ntp.flags.mode': '4',
        'ntp.flags.vn': '4',
        'ntp.org': 'Feb  7, 2036 06:28:21.250000000 UTC',
        'ntp.ppoll': '6',
        'ntp.precision': '233',
        'ntp.rec': 'Feb  7, 2036 06:28:21.250000000 UTC',
        'ntp.refid': '47505300',
        'ntp.reftime': 'Feb  7, 2036 06:28:21.250000000 UTC',
        'ntp.rootdelay': '0',
        'ntp.rootdispersion': '0',
        'ntp.stratum': '1',
        'ntp.xmt': 'Feb  7, 2036 06:28:21.250000000 UTC',
      },
    },
  ],
);
