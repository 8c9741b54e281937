// Every dissector there is. A new one needs its file, its line here, and its test.
import { arp } from './arp.js';
import { bfd } from './bfd.js';
import { bgp } from './bgp.js';
import { carp } from './carp.js';
import { dhcp } from './dhcp.js';
import { dhcpv6 } from './dhcpv6.js';
import { dns, dnsTcp, llmnr, mdns } from './dns.js';
import { erspan } from './erspan.js';
import { eth } from './eth.js';
import { geneve } from './geneve.js';
import { glbp } from './glbp.js';
import { gre } from './gre.js';
import { gtp } from './gtp.js';
import { hsrp } from './hsrp.js';
import { http, ssdp } from './http.js';
import { icmp } from './icmp.js';
import { icmpExtension } from './icmp-extension.js';
import { icmpv6 } from './icmpv6.js';
import { igmp } from './igmp.js';
import { ip } from './ip.js';
import { ah, esp, udpEncap } from './ipsec.js';
import { destination, fragment, hopByHop, ipv6, routing } from './ipv6.js';
import { isis, isisCsnp, isisHello, isisLsp, isisPsnp, osi } from './isis.js';
import { lacp, marker, oampdu, slow } from './lacp.js';
import { lisp, lispData } from './lisp.js';
import { llc } from './llc.js';
import { more } from './more.js';
import { mpls } from './mpls.js';
import { loop, nullLoopback } from './null.js';
import { ospf } from './ospf.js';
import { ccp, chap, ipcp, ipv6cp, lcp, pap, ppp } from './ppp.js';
import { pppoed, pppoes } from './pppoe.js';
import { raw } from './raw.js';
import { sctp } from './sctp.js';
import { sll, sll2 } from './sll.js';
import { stp } from './stp.js';
import { tcp } from './tcp.js';
import { tls } from './tls.js';
import { udp } from './udp.js';
import { udplite } from './udplite.js';
import { vlan } from './vlan.js';
import { vrrp } from './vrrp.js';
import { vxlan, vxlanGpe } from './vxlan.js';
import { wg } from './wg.js';

export const dissectors = [
  eth,
  llc,
  vlan,
  sll,
  sll2,
  nullLoopback,
  loop,
  raw,
  arp,
  ip,
  ipv6,
  hopByHop,
  destination,
  routing,
  fragment,
  icmp,
  icmpExtension,
  icmpv6,
  tcp,
  udp,
  udplite,
  vxlan,
  vxlanGpe,
  geneve,
  gre,
  mpls,
  igmp,
  dns,
  dnsTcp,
  mdns,
  llmnr,
  dhcp,
  http,
  ssdp,
  stp,
  vrrp,
  sctp,
  ah,
  esp,
  udpEncap,
  pppoed,
  pppoes,
  ppp,
  lcp,
  ipcp,
  ipv6cp,
  ccp,
  pap,
  chap,
  erspan,
  gtp,
  dhcpv6,
  tls,
  bgp,
  ospf,
  bfd,
  slow,
  lacp,
  marker,
  oampdu,
  hsrp,
  glbp,
  carp,
  lispData,
  lisp,
  osi,
  isis,
  isisHello,
  isisLsp,
  isisCsnp,
  isisPsnp,
  wg,
  ...more,
];
