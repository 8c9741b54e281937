// Messages of which a printed text says that they were there, and not what they say, though rules judge by that.
import { UNKNOWN } from '../capture/frame.js';
import { type Mark, mark } from './mark.js';
import { type Packet, PROTO } from './packet.js';

/** How many messages of a protocol, and the first of them. */
export interface Unprinted {
  count: number;
  readonly first: Mark;
}

/** IANA protocol numbers. */
const BY_PROTO: Readonly<Record<number, string>> = { 89: 'OSPF', 112: 'VRRP' };
/** By UDP port: RFC 2131, RFC 8415, RFC 5881, RFC 7130. */
const BY_PORT: Readonly<Record<number, string>> = {
  67: 'DHCP',
  68: 'DHCP',
  546: 'DHCPv6',
  547: 'DHCPv6',
  3784: 'BFD',
  4784: 'BFD',
};
const BGP_PORT = 179;

/** Notes the packet where it is such a message. */
export function noteUnprinted(p: Packet, unprinted: Map<string, Unprinted>): void {
  const name = (p.unknown & UNKNOWN.cut) !== 0 ? 'cut' : nameOf(p);
  if (name === undefined) return;
  const known = unprinted.get(name);
  if (known === undefined) unprinted.set(name, { count: 1, first: mark(p) });
  else known.count++;
}

function nameOf(p: Packet): string | undefined {
  // Bytes that are printed (-x) have their checksums.
  if ((p.unknown & UNKNOWN.checksum) === 0 || !p.hasIp) return undefined;
  if (p.proto === PROTO.udp) return BY_PORT[p.dstPort];
  if (p.proto === PROTO.tcp) return p.payloadLength > 0 && (p.srcPort === BGP_PORT || p.dstPort === BGP_PORT) ? 'BGP' : undefined;
  return BY_PROTO[p.proto];
}
