// Hashes of what packets say. Each run has its own seed, which nobody who writes a capture can know, and each word is mixed by itself before
// the next one comes: words that are folded together first can be chosen so that they hash alike under all seeds.
import { randomWord } from '#host';

/** Any 32 bits, others in each run. */
export const newSeed = (): number => randomWord() | 0;

const SEED = newSeed();
const SEED_HIGH = newSeed();

/** Spreads the bits of a 32-bit value (the finalizer of MurmurHash3, in the public domain). */
export function mix(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Of four 32-bit words, as an address has them. */
export function mixFour(a: number, b: number, c: number, d: number, seed = SEED): number {
  const h = mix(seed ^ d);
  // IPv4 is told by its last word.
  return (a | b) === 0 && (c | 0) === 0xffff ? h : mix(mix(mix(h ^ c) ^ b) ^ a);
}

/** The same of the words at `at`. */
export const mixAddress = (words: Int32Array | Uint32Array, at: number, seed = SEED): number =>
  mixFour(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, seed);

/** Of both ends of a conversation, each an address of four words from `at` on and a port: symmetric, both ways hash alike. */
export function mixEnds(words: Int32Array, at: number, srcPort: number, dstPort: number, proto: number, seed = SEED): number {
  const src = mix(mixAddress(words, at, seed) ^ srcPort);
  const dst = mix(mixAddress(words, at + 4, seed) ^ dstPort);
  return mix((src + dst + proto) | 0);
}

/**
 * Another number for each whole number below 2^53, for use as the key of a Map where packets choose the number: V8 hashes numbers without a
 * seed. Numbers below 2^32 stay below it.
 */
export function scattered(key: number): number {
  const high = Math.floor(key / 0x1_0000_0000);
  return high * 0x1_0000_0000 + (mix(key ^ mix(high ^ SEED_HIGH)) >>> 0);
}

/** What a few numbers are as the key of a Map: 53 bits of two hashes. Other ones have the same key as rarely as a message has the same UUID. */
export class Key {
  private low = 0;
  private high = 0;

  start(word: number): this {
    this.low = SEED;
    this.high = SEED_HIGH;
    return this.word(word);
  }

  /** 32 bits. */
  word(word: number): this {
    this.low = mix(this.low ^ word);
    this.high = mix((this.high + Math.imul(word, 0x9e3779b1)) | 0);
    return this;
  }

  /** A MAC, of 48 bits. */
  mac(mac: number): this {
    return this.word(mac).word(Math.floor(mac / 0x1_0000_0000));
  }

  address(ip: { readonly a: number; readonly b: number; readonly c: number; readonly d: number }): this {
    return this.word(ip.a).word(ip.b).word(ip.c).word(ip.d);
  }

  get value(): number {
    return (this.high >>> 11) * 0x1_0000_0000 + (this.low >>> 0);
  }
}
