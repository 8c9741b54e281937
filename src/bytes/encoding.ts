// Text files as bytes: UTF-8, or UTF-16 where its mark says so, as Windows writes it.
import { latin1, utf8 } from '#host';

/** What a byte order mark at the start says, or every other byte that is nought; null for other texts. */
export function utf16Of(bytes: Uint8Array, at = 0): 'le' | 'be' | null {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + 4);
  if (first === 0xff && second === 0xfe) return 'le';
  if (first === 0xfe && second === 0xff) return 'be';
  if (first > 8 && second === 0 && third > 8 && fourth === 0) return 'le';
  return first === 0 && second > 8 && third === 0 && fourth > 8 ? 'be' : null;
}

/** Length of the byte order mark at the start. */
const markOf = (bytes: Uint8Array): number => (bytes[0] === 0xff || bytes[0] === 0xfe ? 2 : 0);

const UTF16 = {
  le: new TextDecoder('utf-16le', { ignoreBOM: true }),
  be: new TextDecoder('utf-16be', { ignoreBOM: true }),
} as const;

/** UTF-16 in whole characters without its mark; half a character at the end is left out. */
export function fromUtf16(bytes: Uint8Array, order: 'le' | 'be'): string {
  return UTF16[order].decode(bytes.subarray(0, bytes.length & ~1));
}

export function decodeText(bytes: Uint8Array): string {
  const order = utf16Of(bytes);
  if (order !== null) return fromUtf16(bytes.subarray(markOf(bytes)), order);
  return utf8(bytes);
}

/** Text in characters that may stand for bytes: enough for what is told by ASCII, and no time is spent on the rest. */
export function asCharacters(bytes: Uint8Array): string {
  const order = utf16Of(bytes);
  if (order !== null) return fromUtf16(bytes.subarray(markOf(bytes)), order);
  return latin1(bytes);
}

/** Bytes that a text for people does not have, in [from, to). Logs of terminals have bells, backspaces and escapes. */
export function isText(bytes: Uint8Array, from = 0, to = bytes.length): boolean {
  if (utf16Of(bytes, from) !== null) return true;
  for (let i = from; i < to; i++) {
    const b = bytes[i]!;
    if (b < 7 || (b > 13 && b < 32 && b !== 27) || b === 127) return false;
  }
  return true;
}

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
