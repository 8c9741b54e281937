// What an address tells by itself.
import { Ip } from '../topology/ip.js';

export { guessedNetwork } from './address.js';

/** RFC 1918, RFC 6598 and RFC 4193: never answered from the internet. */
export function isPrivate(ip: Ip): boolean {
  if (ip.family === 6) return ip.a >>> 25 === 0x7e;
  const { d } = ip;
  return d >>> 24 === 10 || d >>> 20 === 0xac1 || d >>> 16 === 0xc0a8 || d >>> 22 === 0x191;
}

/** The /16 of an IPv4 address, of which clusters give their nodes pieces; of IPv6 the /48 of a site (RFC 4193 section 3.1). */
export const privateRange = (ip: Ip): string =>
  ip.family === 6 ? String(new Ip(ip.a, (ip.b & 0xffff0000) >>> 0, 0, 0)) : String(ip.d >>> 16);
