import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By the path in the tree: the kind of link. */
export const CAPTURES = {
  'captures/native-missing-route.pcap': 'cooked',
  'captures/vxlan-healthy.pcap': 'ethernet',
  'captures/tcp-admin-prohibited.pcap': 'cooked',
  'captures/ipv6-missing-route.pcap': 'cooked',
  'captures/dns-router.pcap': 'cooked',
  'captures/vlan-uplink.pcap': 'ethernet',
  'captures/geneve-options.pcap': 'ethernet',
  'test/dissectors/past/one-interface.pcap': 'ethernet',
};

const parts = readFileSync(join(import.meta.dirname, 'expressions.txt'), 'utf8').split(/^\[(\w+)\]\n/m);
const lines = (text) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** The expressions for captures of a kind of link. */
export function expressions(kind) {
  const at = parts.indexOf(kind);
  return [...lines(parts[0]), ...(at < 0 ? [] : lines(parts[at + 1]))];
}
