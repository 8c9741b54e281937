// Every dissector there is. A new one needs its file, its line here, and its test.
import { arp } from './arp.js';
import { dns } from './dns.js';
import { eth } from './eth.js';
import { geneve } from './geneve.js';
import { gre } from './gre.js';
import { icmp } from './icmp.js';
import { icmpv6 } from './icmpv6.js';
import { ip } from './ip.js';
import { destination, fragment, hopByHop, ipv6, routing } from './ipv6.js';
import { llc } from './llc.js';
import { nullLoopback } from './null.js';
import { raw } from './raw.js';
import { sll, sll2 } from './sll.js';
import { tcp } from './tcp.js';
import { udp } from './udp.js';
import { vlan } from './vlan.js';
import { vxlan, vxlanGpe } from './vxlan.js';

export const dissectors = [
  eth,
  llc,
  vlan,
  sll,
  sll2,
  nullLoopback,
  raw,
  arp,
  ip,
  ipv6,
  hopByHop,
  destination,
  routing,
  fragment,
  icmp,
  icmpv6,
  tcp,
  udp,
  vxlan,
  vxlanGpe,
  geneve,
  gre,
  dns,
];
