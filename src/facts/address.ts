// Addresses as rules are given them. Each of a few ends has many conversations, and rules key by it over and over: the same object, which
// keeps its text and its network once they were asked for.
import { mix } from '../bytes/mix.js';
import { Ip } from '../topology/ip.js';

/** Addresses kept at once, by a hash; another one takes the place of one that hashes alike. */
const KEPT = 1 << 11;

/** An address that never changes. */
class Address extends Ip {
  private text: string | null = null;
  private guessed: string | null = null;

  override toString(): string {
    this.text ??= super.toString();
    return this.text;
  }

  get network(): string {
    this.guessed ??= networkOf(this);
    return this.guessed;
  }
}

const kept = new Array<Address>(KEPT).fill(new Address());
/** Their words, which are quicker to compare than fields. */
const words = new Int32Array(KEPT * 4);

/** The address of these four words. Shared: not to be refilled. */
export function address(a: number, b: number, c: number, d: number): Ip {
  const slot = mix(Math.imul(d, 0x9e3779b1) ^ Math.imul(c ^ Math.imul(b, 31) ^ a, 0x85ebca6b)) & (KEPT - 1);
  const at = slot * 4;
  if (words[at + 3] === (d | 0) && words[at + 2] === (c | 0) && words[at + 1] === (b | 0) && words[at] === (a | 0))
    return kept[slot];
  words[at] = a;
  words[at + 1] = b;
  words[at + 2] = c;
  words[at + 3] = d;
  kept[slot] = new Address(a, b, c, d);
  return kept[slot];
}

/** Network of an address for guessing who its neighbours are: /24 and /64, what pod CIDRs and links are usually made of. */
export const guessedNetwork = (ip: Ip): string => (ip instanceof Address ? ip.network : networkOf(ip));

const networkOf = (ip: Ip): string =>
  ip.family === 4 ? `${new Ip(0, 0, 0xffff, (ip.d & 0xffffff00) >>> 0)}/24` : `${new Ip(ip.a, ip.b, 0, 0)}/64`;
