// gzip that is unpacked at once: small files, and the start of others.
import { gunzipHead, gunzipWhole, readSync } from '#host';

/** Packed bytes that are enough to tell what is inside: deflate makes 4 MB of them at most. */
export const PACKED_HEAD = 4096;

/** The first bytes of a gzip file, enough for `unzippedStart`; `start` was read already. */
export function packedHead(fd: number, start: Uint8Array): Uint8Array {
  const packed = new Uint8Array(PACKED_HEAD);
  packed.set(start);
  return packed.subarray(0, start.length + readSync(fd, packed, start.length, PACKED_HEAD - start.length, null));
}

/** What the start of gzip data unpacks to; empty for what is none. */
export const unzippedStart = (packed: Uint8Array): Uint8Array => gunzipHead(packed.subarray(0, PACKED_HEAD));

/** What the first bytes of a gzip file unpack to; `start` was read already. Empty for what is no gzip. */
export const unzippedHead = (fd: number, start: Uint8Array): Uint8Array => unzippedStart(packedHead(fd, start));

/** A whole file. Throws RangeError where it unpacks to more than `most` bytes, and what zlib says of damage. */
export const unzipped = gunzipWhole;
