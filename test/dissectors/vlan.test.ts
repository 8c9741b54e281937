// 802.1Q and 802.1ad tags.
import { vectors } from './vectors.js';

vectors(
  'vlan',
  ['vlan', 'eth'],
  [
    {
      name: 'one tag',
      hex: '02000000000b02000000000a8100a06408004500001e123400004011e497c0000201c00002029c409c41000ae1f16162',
      protocols: 'eth:ethertype:vlan:ethertype:ip:udp:data',
      fields: {
        'eth.addr': '02:00:00:00:00:0b;02:00:00:00:00:0a',
        'eth.dst': '02:00:00:00:00:0b',
        'eth.src': '02:00:00:00:00:0a',
        'eth.type': '0x8100',
        'vlan.dei': '0',
        'vlan.etype': '0x0800',
        'vlan.id': '100',
        'vlan.priority': '5',
      },
    },
    {
      name: 'two tags',
      hex: '02000000000b02000000000a810070078100002a0806000108000604000102000000000ac0000201000000000000c0000202',
      protocols: 'eth:ethertype:vlan:ethertype:vlan:ethertype:arp',
      fields: {
        'eth.addr': '02:00:00:00:00:0b;02:00:00:00:00:0a',
        'eth.dst': '02:00:00:00:00:0b',
        'eth.src': '02:00:00:00:00:0a',
        'eth.type': '0x8100',
        'vlan.dei': '1;0',
        'vlan.etype': '0x8100;0x0806',
        'vlan.id': '7;42',
        'vlan.priority': '3;0',
      },
    },
    {
      name: 'a tag before a length',
      hex: '0180c200000002000000000a81000064000790900301020304',
      protocols: 'eth:ethertype:vlan:llc:data',
      fields: {
        'eth.addr': '01:80:c2:00:00:00;02:00:00:00:00:0a',
        'eth.dst': '01:80:c2:00:00:00',
        'eth.src': '02:00:00:00:00:0a',
        'eth.type': '0x8100',
        'vlan.dei': '0',
        'vlan.id': '100',
        'vlan.len': '7',
        'vlan.priority': '0',
      },
    },
  ],
);
