// What was said over HTTP/1, for reading: bodies put together from their chunks, unpacked, and set out where they are JSON or protobuf.
import { startsMessage } from '../../dissectors/http.js';
import { ascii, utf8 } from '../bytes/string.js';
import { grouped } from '../bytes/units.js';
import { jsonSetOut, MAX_SET_OUT, protobufSetOut } from './set-out.js';

/** A stretch of what one side said. */
export interface Piece {
  readonly isClient: boolean;
  /** The packet that it begins in. */
  readonly packet: number;
  readonly bytes: Uint8Array;
  /** Bytes of this side that are missing in the capture before these. */
  readonly missing: number;
  /** What was done to the bytes: they are not those of the packets. */
  readonly note?: string;
}

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** Why it is not all: damaged, or more than may be kept. */
  readonly problem: string | null;
}
/** Unpacks a content coding; null: it is not known. */
export type Unpack = (coding: string, bytes: Uint8Array) => Promise<Unpacked | null>;

/** Bytes of the lines before a body, and of a line before a chunk. */
const MAX_HEAD = 64 * 1024;
const MAX_CHUNK_LINE = 1024;
/** Codings on top of each other. */
const MAX_CODINGS = 4;

interface Placed extends Piece {
  /** Its place among the pieces. */
  readonly order: number;
}

/** Bytes of one side without a gap, and where its pieces begin in them. */
interface Stretch {
  readonly bytes: Uint8Array;
  readonly pieces: readonly { readonly at: number; readonly order: number }[];
  readonly missing: number;
}

/** The pieces with readable bodies, in their order; null: there is nothing that reads better. */
export async function readable(
  pieces: readonly Piece[],
  unpack: Unpack,
  /** After each message: others may be waiting. */
  turn: () => Promise<void> | undefined,
): Promise<readonly Piece[] | null> {
  const methods: (string | null)[] = [];
  const sides = [];
  // What was asked says whether an answer has a body.
  for (const isClient of [true, false]) {
    const side = new Side(pieces, isClient, methods, unpack);
    for (const stretch of stretches(pieces, isClient)) await side.read(stretch, turn);
    sides.push(side);
  }
  if (sides.every(({ isChanged }) => !isChanged)) return null;
  return sides.flatMap(({ out }) => out).sort((a, b) => a.order - b.order);
}

function stretches(pieces: readonly Piece[], isClient: boolean): Stretch[] {
  const groups: number[][] = [];
  pieces.forEach((piece, order) => {
    if (piece.isClient !== isClient) return;
    if (groups.length === 0 || piece.missing > 0) groups.push([]);
    groups.at(-1)?.push(order);
  });
  return groups.map((orders) => {
    const bytes = new Uint8Array(orders.reduce((sum, order) => sum + pieces[order].bytes.length, 0));
    let at = 0;
    const placed = orders.map((order) => {
      const from = at;
      bytes.set(pieces[order].bytes, from);
      at += pieces[order].bytes.length;
      return { at: from, order };
    });
    return { bytes, pieces: placed, missing: pieces[orders[0]].missing };
  });
}

interface Head {
  readonly first: string;
  readonly bodyAt: number;
  readonly header: (name: string) => string;
}

class Side {
  readonly out: Placed[] = [];
  isChanged = false;
  /** After an upgrade, or CONNECT, something else is spoken. */
  private isOver = false;
  /** Answers so far, each to the question of that number; -1: after a gap nobody knows to which. */
  private answers = 0;
  private stretch: Stretch = { bytes: new Uint8Array(), pieces: [], missing: 0 };

  constructor(
    private readonly pieces: readonly Piece[],
    private readonly isClient: boolean,
    /** What was asked, in order; null: it is not known. */
    private readonly methods: (string | null)[],
    private readonly unpack: Unpack,
  ) {}

  async read(stretch: Stretch, turn: () => Promise<void> | undefined): Promise<void> {
    this.stretch = stretch;
    if (stretch.missing > 0) {
      this.answers = -1;
      if (this.isClient) this.methods.push(null);
    }
    const { bytes } = stretch;
    let at = 0;
    while (at < bytes.length) {
      const head = this.isOver || !startsMessage(bytes, at, bytes.length) ? null : headOf(bytes, at);
      const next: number = head === null ? this.nextMessage(at) : await this.message(at, head);
      // What is no message is told as it is.
      if (head === null) this.keep(at, next, true);
      at = next;
      await turn();
    }
  }

  /** Where the next piece begins with a message, after `at`. */
  private nextMessage(at: number): number {
    const { bytes, pieces } = this.stretch;
    for (let i = this.isOver ? pieces.length : this.pieceAt(at) + 1; i < pieces.length; i++)
      if (startsMessage(bytes, pieces[i].at, bytes.length)) return pieces[i].at;
    return bytes.length;
  }

  /** The piece of the stretch with the byte `at`. */
  private pieceAt(at: number): number {
    const { pieces } = this.stretch;
    let low = 0;
    for (let high = pieces.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (pieces[middle].at <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Bytes as they are, piece by piece. `isLoose`: they belong to no message, and may be a text of their own. */
  private keep(from: number, to: number, isLoose = false): void {
    const { bytes, pieces } = this.stretch;
    for (let i = this.pieceAt(from); i < pieces.length && pieces[i].at < to; i++) {
      const { at, order } = pieces[i];
      const [start, end] = [Math.max(from, at), Math.min(to, pieces[i + 1]?.at ?? bytes.length)];
      if (start >= end) continue;
      const part = bytes.subarray(start, end);
      // `{` or `[`
      const mayBeJson = isLoose && (part[0] === 0x7b || part[0] === 0x5b);
      const text = mayBeJson ? jsonSetOut(utf8(part, 0, part.length)) : null;
      this.add(text === null ? part : encode(text), order, start, text === null ? '' : 'JSON, set out');
    }
  }

  private add(bytes: Uint8Array, order: number, at: number, note: string): void {
    const { packet } = this.pieces[order];
    if (note !== '') this.isChanged = true;
    this.out.push({
      isClient: this.isClient,
      packet,
      bytes,
      missing: at === 0 ? this.stretch.missing : 0,
      order,
      ...(note !== '' && { note }),
    });
  }

  /** A message from `at` on; where it ends. */
  private async message(at: number, head: Head): Promise<number> {
    const { bytes } = this.stretch;
    const { bodyAt, header } = head;
    this.keep(at, bodyAt);
    if (this.hasNoBody(head)) return bodyAt;
    const isChunked = /\bchunked\s*$/i.test(header('transfer-encoding'));
    const length = /^\d{1,15}$/.exec(header('content-length').split(',')[0].trim());
    // Without a length a request has no body, and an answer lasts until the end.
    if (!isChunked && length === null && this.isClient) return bodyAt;
    if (isChunked) return this.chunked(bodyAt, head);
    const end = length === null ? bytes.length : Math.min(bytes.length, bodyAt + Number(length[0]));
    const isCut = length !== null && bodyAt + Number(length[0]) > bytes.length;
    await this.body([[bodyAt, end]], head, isCut ? ['its end is missing'] : []);
    return end;
  }

  /** RFC 9112 section 6.3. */
  private hasNoBody({ first, bodyAt }: Head): boolean {
    if (this.isClient) {
      const method = first.split(' ')[0];
      this.methods.push(method);
      return false;
    }
    const code = Number(/^\S+ +(\d{3})/.exec(first)?.[1] ?? 0);
    if (code === 101) this.isOver = true;
    if (code >= 100 && code < 200) return true;
    const method = this.answers < 0 ? null : (this.methods[this.answers++] ?? null);
    if (method === 'CONNECT' && code >= 200 && code < 300) this.isOver = true;
    if (this.isOver || code === 204 || code === 304 || method === 'HEAD') return true;
    // Whether it was HEAD is not known: then the next message begins at once.
    return method === null && startsMessage(this.stretch.bytes, bodyAt, this.stretch.bytes.length);
  }

  /** RFC 9112 section 7.1. */
  private async chunked(from: number, head: Head): Promise<number> {
    const { bytes } = this.stretch;
    const parts: [number, number][] = [];
    const notes: string[] = [];
    let at = from;
    for (;;) {
      const lineEnd = bytes.subarray(at, at + MAX_CHUNK_LINE).indexOf(0x0a);
      const size = lineEnd < 0 ? null : /^\s*([\da-f]{1,8})\s*(?:;|$)/i.exec(ascii(bytes, at, at + lineEnd).trimEnd());
      if (size === null) {
        notes.push(at >= bytes.length || lineEnd < 0 ? 'its end is missing' : 'what follows is no chunk');
        break;
      }
      const start = at + lineEnd + 1;
      const length = Number.parseInt(size[1], 16);
      if (length === 0) {
        at = afterTrailers(bytes, start);
        break;
      }
      const end = Math.min(bytes.length, start + length);
      parts.push([start, end]);
      if (start + length > bytes.length) notes.push('its end is missing');
      at = end;
      if (bytes[at] === 0x0d) at++;
      if (bytes[at] === 0x0a) at++;
      if (end === bytes.length) break;
    }
    await this.body(parts, head, [parts.length === 1 ? 'one chunk' : `${grouped(parts.length)} chunks`, ...notes]);
    return at;
  }

  /** `notes`: what was done to it already, or is wrong with it. */
  private async body(parts: readonly (readonly [number, number])[], { header }: Head, notes: readonly string[]): Promise<void> {
    const { bytes } = this.stretch;
    const length = parts.reduce((sum, [from, to]) => sum + to - from, 0);
    if (length === 0) return;
    const codings = header('content-encoding')
      .toLowerCase()
      .split(',')
      .map((one) => one.trim());
    const wanted = codings.filter((one) => one !== '' && one !== 'identity').slice(0, MAX_CODINGS);
    const type = header('content-type').toLowerCase();
    const whole = joined(bytes, parts, length);
    const done = [...notes];
    let plain = whole;
    for (const coding of wanted.reverse()) {
      const unpacked = await this.unpack(coding, plain);
      if (unpacked === null) {
        done.push(`${coding} is not unpacked here`);
        break;
      }
      const counts = `${grouped(plain.length)} bytes unpacked to ${grouped(unpacked.bytes.length)}`;
      done.push(`${coding}, ${counts}${unpacked.problem === null ? '' : `: ${unpacked.problem}`}`);
      if (unpacked.bytes.length === 0) break;
      plain = unpacked.bytes;
    }
    const text = setOut(plain, type);
    if (text !== null) done.push(text.kind);
    const { order } = this.stretch.pieces[this.pieceAt(parts[0][0])];
    if (plain !== whole || text !== null)
      this.add(text === null ? plain : encode(text.text), order, parts[0][0], done.join('; '));
    else {
      // The bytes are those of the packets: each keeps its own.
      const before = this.out.length;
      for (const [from, to] of parts) this.keep(from, to);
      if (done.length === 0 || this.out.length === before) return;
      this.isChanged = true;
      this.out[before] = { ...this.out[before], note: done.join('; ') };
    }
  }
}

/** JSON or protobuf over lines; null: it stays as it is. */
function setOut(bytes: Uint8Array, type: string): { readonly kind: string; readonly text: string } | null {
  if (bytes.length > MAX_SET_OUT) return null;
  if (/protobuf/.test(type)) {
    const text = protobufSetOut(bytes);
    return text === null ? null : { kind: 'protobuf, fields by their numbers', text };
  }
  const written = utf8(bytes, 0, bytes.length);
  const text = jsonSetOut(written);
  return text === null || text.trimEnd() === written.trimEnd() ? null : { kind: 'JSON, set out', text };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function joined(bytes: Uint8Array, parts: readonly (readonly [number, number])[], length: number): Uint8Array {
  if (parts.length === 1) return bytes.subarray(...parts[0]);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const [from, to] of parts) {
    whole.set(bytes.subarray(from, to), at);
    at += to - from;
  }
  return whole;
}

/** The lines before the body of a message; null: their end is not there. */
function headOf(bytes: Uint8Array, at: number): Head | null {
  const stop = Math.min(bytes.length, at + MAX_HEAD);
  let end = at;
  for (;;) {
    const line = bytes.subarray(end, stop).indexOf(0x0a);
    if (line < 0) return null;
    const isEmpty = line === 0 || (line === 1 && bytes[end] === 0x0d);
    end += line + 1;
    if (isEmpty) break;
  }
  const lines = ascii(bytes, at, end).split(/\r?\n/);
  const fields = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (colon > 0) fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value);
  }
  return { first: lines[0], bodyAt: end, header: (name) => fields.get(name) ?? '' };
}

/** After the last chunk come header lines, and an empty one. */
function afterTrailers(bytes: Uint8Array, from: number): number {
  const stop = Math.min(bytes.length, from + MAX_HEAD);
  let at = from;
  while (at < stop) {
    const line = bytes.subarray(at, stop).indexOf(0x0a);
    if (line < 0) return bytes.length;
    const isEmpty = line === 0 || (line === 1 && bytes[at] === 0x0d);
    at += line + 1;
    if (isEmpty) return at;
  }
  return at;
}
