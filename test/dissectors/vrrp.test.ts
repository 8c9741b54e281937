// VRRP versions 2 and 3.
import { vectors } from './vectors.js';

vectors(
  'vrrp',
  ['vrrp'],
  [
    {
      name: 'version 2 with a password',
      hex:
        '02000000000b02000000000a08004500002c00010000ff70194dc0000201e000001221076402010173acc0000263c0000264' +
        '7365637265740000',
      protocols: 'eth:ethertype:ip:vrrp',
      fields: {
        'vrrp.addr_count': '2',
        'vrrp.adver_int': '1',
        'vrrp.auth_string': 'secret',
        'vrrp.auth_type': '1',
        'vrrp.checksum': '0x73ac',
        'vrrp.ip_addr': '192.0.2.99;192.0.2.100',
        'vrrp.prio': '100',
        'vrrp.type': '1',
        'vrrp.typever': '33',
        'vrrp.version': '2',
        'vrrp.virt_rtr_id': '7',
      },
    },
    {
      name: 'version 2 without',
      hex: '02000000000b02000000000a08004500002800010000ff701951c0000201e00000122107ff010001bb54c000026300000000' + '00000000',
      protocols: 'eth:ethertype:ip:vrrp',
      fields: {
        'vrrp.addr_count': '1',
        'vrrp.adver_int': '1',
        'vrrp.auth_type': '0',
        'vrrp.checksum': '0xbb54',
        'vrrp.ip_addr': '192.0.2.99',
        'vrrp.prio': '255',
        'vrrp.type': '1',
        'vrrp.typever': '33',
        'vrrp.version': '2',
        'vrrp.virt_rtr_id': '7',
      },
    },
    {
      name: 'version 3',
      hex: '02000000000b02000000000a08004500002400010000ff701955c0000201e000001231016402000148a0c0000263c0000264',
      protocols: 'eth:ethertype:ip:vrrp',
      fields: {
        'vrrp.addr_count': '2',
        'vrrp.checksum': '0x48a0',
        'vrrp.ip_addr': '192.0.2.99;192.0.2.100',
        'vrrp.prio': '100',
        'vrrp.reserved_mbz': '0',
        'vrrp.short_adver_int': '1',
        'vrrp.type': '1',
        'vrrp.typever': '49',
        'vrrp.version': '3',
        'vrrp.virt_rtr_id': '1',
      },
    },
    {
      name: 'version 3 over IPv6',
      hex:
        '02000000000b02000000000a86dd60000000002870fffe800000000000000000000000000001ff0200000000000000000000' +
        '0000001231056402006472a1fe80000000000000000000000000006320010db8000000000000000000000063',
      protocols: 'eth:ethertype:ipv6:vrrp',
      fields: {
        'vrrp.addr_count': '2',
        'vrrp.checksum': '0x72a1',
        'vrrp.ipv6_addr': 'fe80::63;2001:db8::63',
        'vrrp.prio': '100',
        'vrrp.reserved_mbz': '0',
        'vrrp.short_adver_int': '100',
        'vrrp.type': '1',
        'vrrp.typever': '49',
        'vrrp.version': '3',
        'vrrp.virt_rtr_id': '5',
      },
    },
  ],
);
