// BFD control packets.
import { vectors } from './vectors.js';

vectors(
  'bfd',
  ['bfd'],
  [
    {
      name: 'up',
      hex:
        '02000000000b02000000000a080045000034000100004011f6b4c0000201c0000202c0000ec80020613520c8031800000001' +
        '00000002000493e0000493e000000000',
      protocols: 'eth:ethertype:ip:udp:bfd',
      fields: {
        'bfd.desired_min_tx_interval': '300000',
        'bfd.detect_time_multiplier': '3',
        'bfd.diag': '0x00',
        'bfd.flags': '0xc8',
        'bfd.flags.a': '0',
        'bfd.flags.c': '1',
        'bfd.flags.d': '0',
        'bfd.flags.f': '0',
        'bfd.flags.m': '0',
        'bfd.flags.p': '0',
        'bfd.message_length': '24',
        'bfd.my_discriminator': '0x00000001',
        'bfd.required_min_echo_interval': '0',
        'bfd.required_min_rx_interval': '300000',
        'bfd.sta': '0x03',
        'bfd.version': '1',
        'bfd.your_discriminator': '0x00000002',
      },
    },
    {
      name: 'down with authentication',
      hex:
        '02000000000b02000000000a08004500004c000100004011f69cc0000201c0000202c00012b00038c1582144053000000001' +
        '00000000000f4240000f4240000000000218020000000005000102030405060708090a0b0c0d0e0f',
      protocols: 'eth:ethertype:ip:udp:bfd',
      fields: {
        'bfd.auth.len': '24',
        'bfd.auth.type': '2',
        'bfd.desired_min_tx_interval': '1000000',
        'bfd.detect_time_multiplier': '5',
        'bfd.diag': '0x01',
        'bfd.flags': '0x44',
        'bfd.flags.a': '1',
        'bfd.flags.c': '0',
        'bfd.flags.d': '0',
        'bfd.flags.f': '0',
        'bfd.flags.m': '0',
        'bfd.flags.p': '0',
        'bfd.message_length': '48',
        'bfd.my_discriminator': '0x00000001',
        'bfd.required_min_echo_interval': '0',
        'bfd.required_min_rx_interval': '1000000',
        'bfd.sta': '0x01',
        'bfd.version': '1',
        'bfd.your_discriminator': '0x00000000',
      },
    },
  ],
);
