// The filters whose answers tshark knows, and the captures that they are asked of.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from './kinds.mjs';

export const CAPTURES = [
  'native-missing-route.pcap',
  'vxlan-healthy.pcap',
  'vxlan-port-unreachable.pcap',
  'geneve-options.pcap',
  'vxlan-over-ipv6.pcap',
  'vlan-uplink.pcap',
  'dns-healthy.pcap',
  'cooked-v1.pcapng',
];

const written = readFileSync(join(import.meta.dirname, 'filters.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
export const FILTERS = [...new Set([...written, ...Object.values(KINDS).flat()])];
