// Services of the lab whose packets are few and tell much: leases, routing and redundancy protocols. Nothing else comes here.
import { CLIENT_PORT, SERVER_PORT } from '../../../dissectors/dhcp.js';
import { FLAG } from '../../../dissectors/tcp.js';
import { type Packet, PROTO } from '../packet.js';
import { BfdSessions } from './bfd.js';
import { BgpPeerings } from './bgp.js';
import { Leases } from './dhcp.js';
import { OspfRouters } from './ospf.js';
import { VirtualRouters } from './vrrp.js';
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

/** By UDP port: whether a datagram to it belongs to a service. One look-up for each datagram. */
const udpPorts = new Uint8Array(0x10000);
for (const port of [SERVER_PORT, CLIENT_PORT, CLIENT6_PORT, SERVER6_PORT, ...BFD_PORTS]) udpPorts[port] = 1;

export class Services {
  readonly leases = new Leases();
  readonly ospf = new OspfRouters();
  readonly vrrp = new VirtualRouters();
  readonly bgp = new BgpPeerings();
  readonly bfd = new BfdSessions();
  readonly handshakes = new Handshakes();

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
        this.vrrp.observe(p);
    }
  }

  /** Live: what is over must not be judged for ever. */
  forgetBefore(ns: number): void {
    for (const kind of this.kinds) kind.forgetBefore(ns);
  }

  get forgotten(): number {
    return this.kinds.reduce((sum, { forgotten }) => sum + forgotten, 0);
  }

  private get kinds() {
    return [this.leases, this.ospf, this.vrrp, this.bgp, this.bfd, this.handshakes];
  }

  private datagram(p: Packet, uid: number, isNew: boolean): void {
    const { dstPort } = p;
    if (dstPort === SERVER_PORT || dstPort === CLIENT_PORT) {
      if (p.family === 4) this.leases.observe(p, uid, isNew);
    } else if (dstPort === SERVER6_PORT || dstPort === CLIENT6_PORT) {
      if (p.family === 6) this.leases.observe6(p, uid, isNew);
    } else if (udpPorts[dstPort] === 0) {
      if (isNew) this.handshakes.observe(p, uid);
    } else if (isNew) this.bfd.observe(p, uid);
  }
}
