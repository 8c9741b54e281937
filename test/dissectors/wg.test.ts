// WireGuard messages.
import { vectors } from './vectors.js';

vectors(
  'wg',
  ['wg'],
  [
    {
      name: 'an initiation',
      hex: '02000000000b02000000000a0800450000b0000100004011f638c0000201c00002029c40ca6c009cbb890100000044332211000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b',
      protocols: 'eth:ethertype:ip:udp:wg',
      fields: {
        'wg.encrypted_static': '1',
        'wg.encrypted_timestamp': '1',
        'wg.ephemeral': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
        'wg.mac1': '6c6d6e6f707172737475767778797a7b',
        'wg.mac2': '7c7d7e7f808182838485868788898a8b',
        'wg.reserved': '000000',
        'wg.sender': '0x11223344',
        'wg.type': '1',
      },
    },
    {
      name: 'a response',
      hex: '02000000000b02000000000a080045000078000100004011f670c0000201c0000202ca6c9c4000649f1d020000008877665544332211000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f',
      protocols: 'eth:ethertype:ip:udp:wg',
      fields: {
        'wg.encrypted_empty': '1',
        'wg.ephemeral': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
        'wg.mac1': '303132333435363738393a3b3c3d3e3f',
        'wg.mac2': '404142434445464748494a4b4c4d4e4f',
        'wg.receiver': '0x11223344',
        'wg.reserved': '000000',
        'wg.sender': '0x55667788',
        'wg.type': '2',
      },
    },
    {
      name: 'a cookie reply',
      hex: '02000000000b02000000000a08004500005c000100004011f68cc0000201c0000202ca6c9c400048b4550300000044332211000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637',
      protocols: 'eth:ethertype:ip:udp:wg',
      fields: {
        'wg.encrypted_cookie': '18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637',
        'wg.nonce': '000102030405060708090a0b0c0d0e0f1011121314151617',
        'wg.receiver': '0x11223344',
        'wg.reserved': '000000',
        'wg.type': '3',
      },
    },
    {
      name: 'data',
      hex: '02000000000b02000000000a08004500005c000100004011f68cc0000201c00002029c40ca6c0048f29d04000000887766550500000000000000000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f',
      protocols: 'eth:ethertype:ip:udp:wg',
      fields: {
        'wg.counter': '5',
        'wg.encrypted_packet': '1',
        'wg.receiver': '0x55667788',
        'wg.reserved': '000000',
        'wg.type': '4',
      },
    },
    {
      name: 'a keepalive',
      hex: '02000000000b02000000000a08004500003c000100004011f6acc0000201c00002029c40ca6c0028e3df04000000887766550600000000000000000102030405060708090a0b0c0d0e0f',
      protocols: 'eth:ethertype:ip:udp:wg',
      fields: {
        'wg.counter': '6',
        'wg.encrypted_packet': '1',
        'wg.receiver': '0x55667788',
        'wg.reserved': '000000',
        'wg.type': '4',
      },
    },
  ],
);
