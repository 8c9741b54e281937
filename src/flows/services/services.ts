// Services of the lab whose packets are few and tell much: leases, routing and redundancy protocols. Nothing else comes here.
import { CLIENT_PORT, SERVER_PORT } from '../../../dissectors/dhcp.js';
import { isisHello } from '../../../dissectors/isis.js';
import { lacp } from '../../../dissectors/lacp.js';
import { FLAG } from '../../../dissectors/tcp.js';
import { type Packet, PROTO } from '../packet.js';
import { BfdSessions } from './bfd.js';
import { BgpPeerings } from './bgp.js';
import { Leases } from './dhcp.js';
import { IsisSystems } from './isis.js';
import { LacpPorts } from './lacp.js';
import { OspfRouters } from './ospf.js';
import { VirtualRouters } from './virtual-routers.js';
import { Handshakes } from './wireguard.js';

/** IANA protocol numbers. */
const OSPF = 89;
const VRRP = 112;
const BGP_PORT = 179;
/** Client and server port of DHCPv6, RFC 8415 section 7.2. */
const CLIENT6_PORT = 546;
const SERVER6_PORT = 547;
/** One hop (RFC 5881), several (RFC 5883), links of a bundle (RFC 7130). */
const BFD_PORTS = [3784, 4784, 6784];
/** HSRP over IPv4 and IPv6, GLBP (IANA). */
const HSRP_PORT = 1985;
const HSRP6_PORT = 2029;
const GLBP_PORT = 3222;

/** Groups of slow protocols and of IS-IS (IEEE 802.1Q-2018 table 8-1, ISO/IEC 10589 clause 8.4.8, RFC 5309), without their last byte. */
const LINK_GROUPS = new Set([0x0180c20000, 0x09002b0000]);

/** By UDP port: whether a datagram to it belongs to a service. One look-up for each datagram. */
const udpPorts = new Uint8Array(0x10000);
for (const port of [SERVER_PORT, CLIENT_PORT, CLIENT6_PORT, SERVER6_PORT, ...BFD_PORTS, HSRP_PORT, HSRP6_PORT, GLBP_PORT])
  udpPorts[port] = 1;

export class Services {
  readonly leases = new Leases();
  readonly ospf = new OspfRouters();
  readonly virtualRouters = new VirtualRouters();
  readonly bgp = new BgpPeerings();
  readonly bfd = new BfdSessions();
  readonly handshakes = new Handshakes();
  readonly lacp = new LacpPorts();
  readonly isis = new IsisSystems();

  /** Whether the packet is for one of them. Asked of every packet. */
  concerns(p: Packet): boolean {
    switch (p.proto) {
      case PROTO.tcp:
        return (p.dstPort === BGP_PORT || p.srcPort === BGP_PORT) && (p.payloadLength > 0 || (p.flags & FLAG.syn) !== 0);
      case PROTO.udp:
        return udpPorts[p.dstPort] !== 0 || Handshakes.is(p);
      default:
        return p.proto === OSPF || p.proto === VRRP;
    }
  }

  /** A packet of conversation `uid`. `isNew`: not a copy of one that was seen before. */
  observe(p: Packet, uid: number, isNew: boolean): void {
    if (p.laterFragment) return;
    switch (p.proto) {
      case PROTO.tcp:
        if (isNew && p.hasL4) this.bgp.observe(p, uid);
        break;
      case PROTO.udp:
        if (p.hasL4) this.datagram(p, uid, isNew);
        break;
      case OSPF:
        this.ospf.observe(p, uid);
        break;
      default:
        this.virtualRouters.observe(p);
    }
  }

  /** A frame without IP and ARP. */
  observeLink(p: Packet): void {
    const target = p.destinationMac();
    // Cooked headers do not say it.
    if (target >= 0 && !LINK_GROUPS.has(Math.floor(target / 0x100))) return;
    const { layers } = p;
    const n = layers.find(lacp.ref.id);
    const hello = layers.find(isisHello.ref.id);
    if (n >= 0) this.lacp.observe(p, layers.start[n], layers.end[n]);
    else if (hello > 0) this.isis.observe(p, layers.start[hello - 1], layers.start[hello], layers.end[hello]);
  }

  /** Live: what is over must not be judged for ever. */
  forgetBefore(ns: number): void {
    for (const kind of this.kinds) kind.forgetBefore(ns);
  }

  get forgotten(): number {
    return this.kinds.reduce((sum, { forgotten }) => sum + forgotten, 0);
  }

  private get kinds() {
    return [this.leases, this.ospf, this.virtualRouters, this.bgp, this.bfd, this.handshakes, this.lacp, this.isis];
  }

  private datagram(p: Packet, uid: number, isNew: boolean): void {
    const { dstPort } = p;
    if (dstPort === SERVER_PORT || dstPort === CLIENT_PORT) {
      if (p.family === 4) this.leases.observe(p, uid, isNew);
    } else if (dstPort === SERVER6_PORT || dstPort === CLIENT6_PORT) {
      if (p.family === 6) this.leases.observe6(p, uid, isNew);
    } else if (dstPort === HSRP_PORT || dstPort === HSRP6_PORT) {
      this.virtualRouters.observeHsrp(p);
    } else if (dstPort === GLBP_PORT) {
      this.virtualRouters.observeGlbp(p);
    } else if (udpPorts[dstPort] === 0) {
      if (isNew) this.handshakes.observe(p, uid);
    } else if (isNew) this.bfd.observe(p, uid);
  }
}
