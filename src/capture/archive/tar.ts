// tar: POSIX.1-2017 "pax" (ustar, extended headers), and what GNU tar adds: long names, sizes in base 256.
import { latin1, utf8 } from '#host';
import { Puller } from '../puller.js';
import { UnpackError } from '../unpack-error.js';
import type { Member } from './archive.js';

const BLOCK = 512;
/** Bytes of an extended header; names are a few hundred. */
const MAX_EXTENDED = 1 << 20;

const LEFT_OUT: Readonly<Record<string, string>> = {
  '1': 'a link, which is not followed',
  '2': 'a link, which is not followed',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  S: 'a sparse file; archive it without -S',
};

/** Whether a block is the header of a member: its checksum says so, in archives of every age. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK || block[0] === 0) return false;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : block[i]!;
  return sum === octal(block, 148, 8);
}

/** The members of an archive that is not compressed (any more). Throws UnpackError. */
export async function* tarMembers(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Member> {
  const input = new Puller(raw);
  /** What extended headers say of the next member. */
  let extended: { path?: string; size?: number } = {};
  while (await input.want(BLOCK)) {
    const header = input.take(BLOCK).slice();
    // Two blocks of zeros are the end; tapes fill up with more.
    if (header[0] === 0) return;
    if (!isTarHeader(header)) throw new UnpackError('damaged', 'a header in it has a wrong checksum');
    const type = header[156] === 0 ? '0' : String.fromCharCode(header[156]!);
    const said = octal(header, 124, 12);
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      const text = await wholeOf(input, said);
      if (type === 'x') extended = { ...extended, ...recordsOf(text) };
      if (type === 'L') extended = { ...extended, path: untilZero(text) };
      continue;
    }
    const { path: name = nameOf(header), size = said } = extended;
    extended = {};
    const isDirectory = type === '5' || (type === '0' && name.endsWith('/'));
    const isFile = !isDirectory && (type === '0' || type === '7');
    // Links and devices have no content, whatever their size says (pax, "size").
    const left = { bytes: isFile || type === 'S' ? size : 0 };
    const padding = (BLOCK - (left.bytes % BLOCK)) % BLOCK;
    if (!isDirectory)
      yield {
        name,
        leftOut: isFile ? null : (LEFT_OUT[type] ?? `a member of kind '${type}'`),
        content: bytesOf(input, left, name),
      };
    for await (const _ of bytesOf(input, left, name));
    await pass(input, padding, name);
  }
  if (input.waiting > 0) throw new UnpackError('cut', 'it breaks off in a header');
}

async function* bytesOf(input: Puller, left: { bytes: number }, name: string): AsyncGenerator<Uint8Array> {
  while (left.bytes > 0) {
    if (!(await input.want(1))) throw new UnpackError('cut', `it breaks off in '${name}'`);
    const piece = input.take(Math.min(left.bytes, input.waiting));
    left.bytes -= piece.length;
    yield piece;
  }
}

async function pass(input: Puller, bytes: number, name: string): Promise<void> {
  for await (const _ of bytesOf(input, { bytes }, name));
}

async function wholeOf(input: Puller, size: number): Promise<Uint8Array> {
  if (size > MAX_EXTENDED) throw new UnpackError('damaged', 'an extended header in it is larger than 1 MB');
  if (!(await input.want(size))) throw new UnpackError('cut', 'it breaks off in an extended header');
  const text = input.take(size).slice();
  await pass(input, (BLOCK - (size % BLOCK)) % BLOCK, 'an extended header');
  return text;
}

/** Records of a pax header: `LENGTH KEY=VALUE\n`, the length counting all of it. */
function recordsOf(text: Uint8Array): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < text.length; ) {
    const blank = text.indexOf(0x20, at);
    const length = Number(latin1(text.subarray(at, blank)));
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at + 1 || at + length > text.length) break;
    const record = utf8(text.subarray(blank + 1, at + length - 1));
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    if (record.startsWith('path=')) found.path = untilZero(new TextEncoder().encode(value));
    if (record.startsWith('size=') && /^\d{1,15}$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}

function nameOf(header: Uint8Array): string {
  const own = untilZero(header.subarray(0, 100));
  const isUstar = latin1(header.subarray(257, 262)) === 'ustar';
  // GNU's old format has times where ustar has the start of a long name.
  const prefix = isUstar && header[263] === 0x30 ? untilZero(header.subarray(345, 500)) : '';
  return prefix === '' ? own : `${prefix}/${own}`;
}

function untilZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8(bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** A number of a header: octal digits, or base 256 where its first bit is set. NaN for anything else. */
function octal(header: Uint8Array, at: number, length: number): number {
  if ((header[at]! & 0x80) !== 0) {
    let value = header[at]! & 0x7f;
    for (let i = at + 1; i < at + length; i++) value = value * 256 + header[i]!;
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }
  const text = latin1(header.subarray(at, at + length)).replace(/^[ \0]+|[ \0].*$/gs, '');
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}
