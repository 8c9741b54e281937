// zip archives in a browser, where yauzl has no files to read: what zip.ts has, as package.json says of `#zip`. Clause numbers are those of PKWARE's
// APPNOTE 6.3.10. The directory is read an entry at a time, and every length in it is held against the size of the file.
import { closeSync, latin1, openSync, rawInflater, readSync, statSync, utf8 } from '#host';
import { u16le, u32le, u64le } from '../../bytes/read.js';
import { slowCrc32 } from '../gunzip.js';
import { UnpackError } from '../unpack-error.js';
import type { Member } from './archive.js';

const END = 0x06054b50;
const END_LENGTH = 22;
/** Bytes of a comment after the end, as many as its length can say. */
const COMMENT_BYTES = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_LENGTH = 46;
const LOCAL = 0x04034b50;
const LOCAL_LENGTH = 30;
/** "See the Zip64 fields", section 4.4.1.4. */
const ELSEWHERE = 0xffff_ffff;
const ENCRYPTED = 1;
const UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;
const SYMBOLIC_LINK = 0o120000;
const KIND = 0o170000;
/** Deflate unpacks to 1032 times its size at most. */
const PIECE = 8 * 1024;

const damaged = (what: string): UnpackError => new UnpackError('damaged', `the zip archive is damaged (${what})`);

type Read = (at: number, length: number) => Uint8Array;

/** The members of the archive at `path`. Throws UnpackError. */
export async function* zipMembers(path: string): AsyncGenerator<Member> {
  const { size } = statSync(path);
  const fd = openSync(path, 'r');
  const read: Read = (at, length) => {
    const bytes = new Uint8Array(length);
    if (at < 0 || at + length > size || readSync(fd, bytes, 0, length, at) < length) throw damaged('it breaks off');
    return bytes;
  };
  try {
    const { count, from } = directory(read, size);
    let at = from;
    for (let n = 0; n < count; n++) {
      const head = read(at, ENTRY_LENGTH);
      if (u32le(head, 0) !== ENTRY) throw damaged('an entry of its directory is none');
      const [nameLength, extraLength] = [u16le(head, 28), u16le(head, 30)];
      const name = nameOf(head, read(at + ENTRY_LENGTH, nameLength));
      const extra = read(at + ENTRY_LENGTH + nameLength, extraLength);
      at += ENTRY_LENGTH + nameLength + extraLength + u16le(head, 32);
      if (!name.endsWith('/')) yield { name, leftOut: leftOut(head), content: contentOf(read, head, extra, name) };
    }
  } finally {
    closeSync(fd);
  }
}

/** Where the directory is: its record stands last, before a comment (4.3.16). */
function directory(read: Read, size: number): { readonly count: number; readonly from: number } {
  const tail = Math.min(size, END_LENGTH + COMMENT_BYTES);
  const bytes = read(size - tail, tail);
  let at = tail - END_LENGTH;
  while (at >= 0 && (u32le(bytes, at) !== END || at + END_LENGTH + u16le(bytes, at + 20) !== tail)) at--;
  if (at < 0) throw damaged('its directory is missing');
  const [count, from] = [u16le(bytes, at + 10), u32le(bytes, at + 16)];
  if (count !== 0xffff && from !== ELSEWHERE) return { count, from };
  // The locator of the Zip64 record stands before (4.3.15).
  const locator = read(size - tail + at - 20, 20);
  if (u32le(locator, 0) !== 0x07064b50) return { count, from };
  const record = read(Number(u64le(locator, 8)), 56);
  if (u32le(record, 0) !== 0x06064b50) throw damaged('its directory is missing');
  return { count: Number(u64le(record, 32)), from: Number(u64le(record, 48)) };
}

function nameOf(head: Uint8Array, raw: Uint8Array): string {
  const text = utf8(raw);
  const isUtf8 = (u16le(head, 8) & UTF8) !== 0 || !text.includes('\ufffd');
  // Windows writes its own separator.
  return (isUtf8 ? text : latin1(raw)).replaceAll('\\', '/');
}

function leftOut(head: Uint8Array): string | null {
  // The upper half are the rights of Unix, where it was made there.
  if ((u16le(head, 40) & KIND) === SYMBOLIC_LINK) return 'a link, which is not followed';
  if ((u16le(head, 8) & ENCRYPTED) !== 0) return 'it is encrypted; unpack it with its password';
  const method = u16le(head, 10);
  return method === STORED || method === DEFLATED ? null : `it is packed by method ${method}, which is not read; unpack it first`;
}

async function* contentOf(read: Read, head: Uint8Array, extra: Uint8Array, name: string): AsyncGenerator<Uint8Array> {
  const broken = (what: string) => new UnpackError('damaged', `'${name}' in it is damaged (${what})`);
  const { length, packed, local } = sizes(head, extra);
  const opening = read(local, LOCAL_LENGTH);
  if (u32le(opening, 0) !== LOCAL) throw broken('it is not where the directory says');
  const start = local + LOCAL_LENGTH + u16le(opening, 26) + u16le(opening, 28);
  const inflate = u16le(head, 10) === DEFLATED ? rawInflater(128 * 1024) : null;
  let [crc, done] = [0, 0];
  try {
    for (let used = 0; used < packed && inflate?.hasEnded !== true; used += PIECE) {
      const piece = read(start + used, Math.min(PIECE, packed - used));
      await inflate?.push(piece);
      for (const part of inflate?.take() ?? [piece]) {
        crc = slowCrc32(part, crc);
        done += part.length;
        if (done > length) throw broken('it is longer than the directory says');
        yield part;
      }
      if (inflate !== null && inflate.problem !== null) throw broken(inflate.problem);
    }
  } finally {
    inflate?.close();
  }
  if (done !== length) throw broken('it is shorter than the directory says');
  if (crc !== u32le(head, 16)) throw broken('its checksum is wrong');
}

/** Sizes and place of a member; where they are too large for the entry, in its Zip64 field (4.5.3), which holds those that are. */
function sizes(
  head: Uint8Array,
  extra: Uint8Array,
): { readonly length: number; readonly packed: number; readonly local: number } {
  const found = [u32le(head, 24), u32le(head, 20), u32le(head, 42)];
  for (let at = 0; at + 4 <= extra.length; at += 4 + u16le(extra, at + 2)) {
    if (u16le(extra, at) !== 1) continue;
    let value = at + 4;
    for (let i = 0; i < found.length; i++) {
      if (found[i] !== ELSEWHERE || value + 8 > extra.length) continue;
      found[i] = Number(u64le(extra, value));
      value += 8;
    }
    break;
  }
  const [length, packed, local] = found;
  return { length: length!, packed: packed!, local: local! };
}
