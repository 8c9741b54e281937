// Two OSPF routers of one link: whether they hear each other, and get on (RFC 2328 sections 10.1 to 10.6).
import type { OspfRouter } from '../flows/services/ospf.js';

/**
 * Two routers on one link. What one machine sends by several interfaces comes from one router; and where the interface is not known, addresses of
 * two networks are two links.
 */
export const isOneLink = (a: OspfRouter, b: OspfRouter): boolean =>
  a !== b &&
  a.segment === b.segment &&
  !(a.isOwn && b.isOwn) &&
  (a.mac < 0 || a.mac !== b.mac) &&
  (a.said === null || b.said === null || ((a.address.d ^ b.address.d) & a.said.mask & b.said.mask) === 0);

/** Both were there at the same time, each for longer than a hello takes. */
export const isTogether = (a: OspfRouter, b: OspfRouter): boolean =>
  a.hellos > 1 && b.hellos > 1 && a.firstHelloNs < b.lastHelloNs && b.firstHelloNs < a.lastHelloNs;

/** First descriptions again and again, for longer than a retransmission takes (RxmtInterval: 5 s, RFC 2328 appendix C.3), and nothing after. */
export const isStuck = (a: OspfRouter, b: OspfRouter): boolean =>
  a.inits + b.inits > 2 &&
  Math.max(a.inits, b.inits) > 1 &&
  a.lastExchangeNs < a.lastInitNs &&
  b.lastExchangeNs < b.lastInitNs &&
  Math.max(a.lastInitNs, b.lastInitNs) - Math.min(a.firstInitNs, b.firstInitNs) > 4e9;

/** `a` goes on sending hellos for longer than it could miss those of `b`, and its last one does not list it. */
export function isDeaf(a: OspfRouter, b: OspfRouter): boolean {
  if (a.said === null || b.said === null || a.hears.includes(b.routerId)) return false;
  // Two hellos of `b` at least, and two of `a` after them; `b` is still there.
  const waitNs = 2 * Math.max(a.said.hello, 1) * 1e9;
  return b.hellos > 2 && a.lastHelloNs - b.firstHelloNs > waitNs && a.lastHelloNs - b.lastHelloNs < waitNs;
}
