// ATM as SunATM has it.
import { vectors } from './vectors.js';

vectors(
  'atm',
  ['atm'],
  [
    {
      name: 'IP behind LLC',
      link: 123,
      hex: '02000064aaaa03000000080045000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'atm:llc:ip:icmp:data',
      fields: {
        'atm.aal': '4',
        'atm.channel': '1',
        'atm.traffic_type': '1',
        'atm.vci': '100',
        'atm.vpi': '0',
      },
    },
    {
      name: 'bridged Ethernet, sent by the host',
      link: 123,
      hex: '82010065aaaa030080c20007000002000000000b02000000000c080045000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'atm:llc:eth:ethertype:ip:icmp:data',
      fields: {
        'atm.aal': '4',
        'atm.channel': '0',
        'atm.traffic_type': '1',
        'atm.vci': '101',
        'atm.vpi': '1',
      },
    },
    {
      name: 'Ethernet of LAN emulation',
      link: 123,
      hex: '01000032000102000000000b02000000000c08004500001c000100004001f6dcc0000201c00002020800f7ff00000000',
      protocols: 'atm:lane:eth:ethertype:ip:icmp',
      fields: {
        'atm.aal': '4',
        'atm.channel': '1',
        'atm.le_client.client': '0x0001',
        'atm.traffic.lane': '2',
        'atm.traffic_type': '3',
        'atm.vci': '50',
        'atm.vpi': '0',
      },
    },
    {
      name: 'a circuit of unknown traffic with LLC',
      link: 123,
      hex: '00000021aaaa03000000080045000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'atm:llc:ip:icmp:data',
      fields: {
        'atm.aal': '4',
        'atm.channel': '1',
        'atm.traffic_type': '0',
        'atm.vci': '33',
        'atm.vpi': '0',
      },
    },
    {
      name: 'a circuit of unknown traffic with IP',
      link: 123,
      hex: '0000002145000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'atm:ip:icmp:data',
      fields: {
        'atm.aal': '4',
        'atm.channel': '1',
        'atm.traffic_type': '0',
        'atm.vci': '33',
        'atm.vpi': '0',
      },
    },
    {
      name: 'a circuit of unknown traffic with something else',
      link: 123,
      hex: '00000021fefe03cf002145000024000100004001f6d4c0000201c000020208006668000100016162636465666768',
      protocols: 'atm:data',
      fields: {
        'atm.aal': '4',
        'atm.channel': '1',
        'atm.traffic_type': '0',
        'atm.vci': '33',
        'atm.vpi': '0',
      },
    },
  ],
);
