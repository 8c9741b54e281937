// gzip that is unpacked at once: small files, and the start of others.
import { gunzipHead, gunzipWhole, readSync } from '#host';

/** Packed bytes that are enough to tell what is inside: deflate makes 4 MB of them at most. */
const HEAD = 4096;

/** What the first bytes of a gzip file unpack to; `start` was read already. Empty for what is no gzip. */
export function unzippedHead(fd: number, start: Uint8Array): Uint8Array {
  const packed = new Uint8Array(HEAD);
  packed.set(start);
  const length = start.length + readSync(fd, packed, start.length, HEAD - start.length, null);
  return gunzipHead(packed.subarray(0, length));
}

/** A whole file. Throws RangeError where it unpacks to more than `most` bytes, and what zlib says of damage. */
export const unzipped = gunzipWhole;
