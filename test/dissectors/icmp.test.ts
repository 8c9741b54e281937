// ICMP messages.
import { vectors } from './vectors.js';

vectors(
  'icmp',
  ['icmp'],
  [
    {
      name: 'echo request',
      hex: '02000000000b02000000000a080045000024123400004001e4a1c0000201c00002020800542f123400076162636465666768',
      protocols: 'eth:ethertype:ip:icmp:data',
      fields: {
        'icmp.checksum': '0x542f',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.ident': '4660',
        'icmp.ident_le': '13330',
        'icmp.seq': '7',
        'icmp.seq_le': '1792',
        'icmp.type': '8',
      },
    },
    {
      name: 'echo reply',
      hex: '02000000000b02000000000a080045000024123400004001e4a1c0000201c000020200005c2f123400076162636465666768',
      protocols: 'eth:ethertype:ip:icmp:data',
      fields: {
        'icmp.checksum': '0x5c2f',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.ident': '4660',
        'icmp.ident_le': '13330',
        'icmp.seq': '7',
        'icmp.seq_le': '1792',
        'icmp.type': '0',
      },
    },
    {
      name: 'fragmentation needed, with the packet it is about',
      hex:
        '02000000000b02000000000a080045000040123400004001e485c0000201c00002020304e3e1000005784500002400090000' +
        '0111cd84c0000201c63364079c40829a001037667061796c6f616421',
      protocols: 'eth:ethertype:ip:icmp:ip:udp:data',
      fields: {
        'icmp.checksum': '0xe3e1',
        'icmp.checksum.status': '1',
        'icmp.code': '4',
        'icmp.mtu': '1400',
        'icmp.type': '3',
      },
    },
    {
      name: 'port unreachable',
      hex:
        '02000000000b02000000000a080045000040123400004001e485c0000201c00002020303e95a000000004500002400090000' +
        '0111cd84c0000201c63364079c40829a001037667061796c6f616421',
      protocols: 'eth:ethertype:ip:icmp:ip:udp:data',
      fields: {
        'icmp.checksum': '0xe95a',
        'icmp.checksum.status': '1',
        'icmp.code': '3',
        'icmp.type': '3',
      },
    },
    {
      name: 'redirect',
      hex:
        '02000000000b02000000000a080045000038123400004001e48dc0000201c000020205012456c00002fe4500001c00090000' +
        '0111cd8cc0000201c63364079c40829a0008f4c6',
      protocols: 'eth:ethertype:ip:icmp:ip:udp',
      fields: {
        'icmp.checksum': '0x2456',
        'icmp.checksum.status': '1',
        'icmp.code': '1',
        'icmp.redir_gw': '192.0.2.254',
        'icmp.type': '5',
      },
    },
    {
      name: 'time exceeded, eight bytes of TCP quoted',
      hex:
        '02000000000b02000000000a080045000038123400004001e48dc0000201c00002020b0025fa000000004500002800090000' +
        '01060000c0000201c63364079c40005000000001',
      protocols: 'eth:ethertype:ip:icmp:ip:tcp',
      fields: {
        'icmp.checksum': '0x25fa',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.type': '11',
      },
    },
    {
      name: 'parameter problem',
      hex:
        '02000000000b02000000000a080045000040123400004001e485c0000201c00002020c00cc5d140000004500002400090000' +
        '0111cd84c0000201c63364079c40829a001037667061796c6f616421',
      protocols: 'eth:ethertype:ip:icmp:ip:udp:data',
      fields: {
        'icmp.checksum': '0xcc5d',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.pointer': '20',
        'icmp.type': '12',
      },
    },
    {
      name: 'timestamp',
      hex: '02000000000b02000000000a080045000028123400004001e49dc0000201c00002020d00db8c00010002000003e8000007d0' + '00000bb8',
      protocols: 'eth:ethertype:ip:icmp',
      fields: {
        'icmp.checksum': '0xdb8c',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.ident': '1',
        'icmp.ident_le': '256',
        'icmp.originate_timestamp': '1000',
        'icmp.receive_timestamp': '2000',
        'icmp.seq': '2',
        'icmp.seq_le': '512',
        'icmp.transmit_timestamp': '3000',
        'icmp.type': '13',
      },
    },
    {
      name: 'address mask reply',
      hex: '02000000000b02000000000a080045000020123400004001e4a5c0000201c00002021200eefb00010002ffffff00',
      protocols: 'eth:ethertype:ip:icmp',
      fields: {
        'icmp.address_mask': '255.255.255.0',
        'icmp.checksum': '0xeefb',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.ident': '1',
        'icmp.ident_le': '256',
        'icmp.seq': '2',
        'icmp.seq_le': '512',
        'icmp.type': '18',
      },
    },
    {
      name: 'router advertisement',
      hex: '02000000000b02000000000a080045000024000100004001f6d4c0000201c00002020900000001020708c000020100000000',
      protocols: 'eth:ethertype:ip:icmp',
      fields: {
        'icmp.checksum': '0x0000',
        'icmp.checksum.status': '0',
        'icmp.code': '0',
        'icmp.router_address': '192.0.2.1',
        'icmp.type': '9',
      },
    },
    {
      name: 'extended echo request',
      hex: '02000000000b02000000000a08004500001c000100004001f6dcc0000201c00002022a00000012340501',
      protocols: 'eth:ethertype:ip:icmp',
      fields: {
        'icmp.checksum': '0x0000',
        'icmp.checksum.status': '0',
        'icmp.code': '0',
        'icmp.ext.echo.seq': '5',
        'icmp.ident': '4660',
        'icmp.ident_le': '13330',
        'icmp.type': '42',
      },
    },
    {
      name: 'a redirect quotes eight bytes behind the header',
      hex: '02000000000b02000000000a080045000050000100004001f6a8c0000201c000020205010000c00002fe450000340001000040068e84c0000202c633640904d2005001020304000000055018200069c20000736f6d65207061796c6f6164',
      protocols: 'eth:ethertype:ip:icmp:ip:tcp',
      fields: {
        'icmp.checksum': '0x0000',
        'icmp.checksum.status': '0',
        'icmp.code': '1',
        'icmp.redir_gw': '192.0.2.254',
        'icmp.type': '5',
      },
    },
    {
      name: 'an error that says how much it quotes',
      hex: '02000000000b02000000000a080045000050000100004001f6a8c0000201c00002020b00000000030000450000340001000040068e84c0000202c633640904d2005001020304000000055018200069c20000736f6d65207061796c6f6164',
      protocols: 'eth:ethertype:ip:icmp:ip:tcp',
      fields: {
        'icmp.checksum': '0x0000',
        'icmp.checksum.status': '0',
        'icmp.code': '0',
        'icmp.type': '11',
      },
    },
    {
      name: 'the labels of the packet, in an extension',
      hex: '0200000000020200000000010800450000a80001000040018e1dc0000201c63364020b00df660020000045000030000100000111537dc6336402cb00710980e8829a001ce13e78787878787878787878787878787878787878780000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000200000000008010105dc5501',
      protocols: 'eth:ethertype:ip:icmp:ip:udp:data',
      fields: {
        'icmp.checksum': '0xdf66',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.ext.checksum': '0x0000',
        'icmp.ext.class': '1',
        'icmp.ext.ctype': '1',
        'icmp.ext.length': '8',
        'icmp.ext.res': '0x0000',
        'icmp.ext.version': '2',
        'icmp.mpls.exp': '2',
        'icmp.mpls.label': '24005',
        'icmp.mpls.s': '1',
        'icmp.mpls.ttl': '1',
        'icmp.type': '11',
      },
    },
    {
      name: 'an extended echo that asks for an interface by its name',
      hex: '0200000000020200000000010800450000280001000040018e9dc0000201c63364022a00e24900070301200000000008030165746830',
      protocols: 'eth:ethertype:ip:icmp',
      fields: {
        'icmp.checksum': '0xe249',
        'icmp.checksum.status': '1',
        'icmp.code': '0',
        'icmp.ext.checksum': '0x0000',
        'icmp.ext.class': '3',
        'icmp.ext.ctype': '1',
        'icmp.ext.echo.seq': '3',
        'icmp.ext.length': '8',
        'icmp.ext.res': '0x0000',
        'icmp.ext.version': '2',
        'icmp.ident': '7',
        'icmp.ident_le': '1792',
        'icmp.int_ident.name': 'eth0',
        'icmp.type': '42',
      },
    },
  ],
);
