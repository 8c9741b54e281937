// How tcpdump prints each protocol that it has words of its own for: one file beside the dissector.
import type { TcpdumpStyle } from '../../src/dissect/tcpdump.js';
import arp from './arp.js';
import dhcp from './dhcp.js';
import dns from './dns.js';
import fragment from './fragment.js';
import geneve from './geneve.js';
import gre from './gre.js';
import icmp from './icmp.js';
import icmpv6 from './icmpv6.js';
import ip from './ip.js';
import isis from './isis.js';
import links from './links.js';
import ospf from './ospf.js';
import slow from './slow.js';
import tcp from './tcp.js';
import udp from './udp.js';
import vrrp from './vrrp.js';
import vxlan from './vxlan.js';

export const tcpdumpStyles: readonly TcpdumpStyle[] = [
  arp,
  dhcp,
  dns,
  fragment,
  geneve,
  gre,
  icmp,
  icmpv6,
  ip,
  isis,
  ...links,
  ospf,
  slow,
  tcp,
  udp,
  vrrp,
  vxlan,
];
