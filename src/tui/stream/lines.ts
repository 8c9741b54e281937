// The chunks of a stream as rows: text, hex or raw. Rows are stretches of bytes; they are spelled out only when they are looked at,
// and counted in slices, so that 16 MB do not hold up a key.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { grouped } from '../../bytes/units.js';
import type { StreamChunk } from '../session.js';

/** `decoded`: text whose bodies were unpacked and set out. */
export type Form = 'decoded' | 'text' | 'hex' | 'raw';
export const FORMS: readonly Form[] = ['decoded', 'text', 'hex', 'raw'];
export type Side = 'both' | 'client' | 'server';

/** Bytes of a row of hex. */
export const HEX_BYTES = 16;
/** A blank would hide a tab; this many columns show it. */
const TAB = '→   ';
const HIDDEN = '·';

/** Length of the UTF-8 character at `at`; 1 for what is none. */
function charLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 1;
  return length;
}

/** What a character outside ASCII is shown as, by its code. */
const known = new Map<number, string>();
const MAX_KNOWN = 20_000;

function shownCode(code: number): string {
  let text = known.get(code);
  if (text === undefined) {
    const isWhole = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    text = isWhole ? plainWidth(String.fromCodePoint(code)) : HIDDEN;
    // What was made safe has become several characters.
    if ([...text].length > 1 || displayWidth(text) === 0) text = HIDDEN;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(code, text);
  }
  return text;
}

/** The character at `at` as it is shown; what a terminal would act on is a dot. */
function shown(bytes: Uint8Array, at: number, length: number): string {
  const lead = bytes[at];
  if (length === 1) return lead === 0x09 ? TAB : lead >= 0x20 && lead < 0x7f ? String.fromCharCode(lead) : HIDDEN;
  let code = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) code = (code << 6) | (bytes[at + i] & 0x3f);
  return shownCode(code);
}

/** Bytes as text: line ends are blanks of no width, all else is visible. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; ) {
    const length = charLength(bytes, at);
    const isEnd = length === 1 && (bytes[at] === 0x0a || (bytes[at] === 0x0d && bytes[at + 1] === 0x0a));
    if (!isEnd) text += shown(bytes, at, length);
    at += length;
  }
  return text;
}

/** Offsets at which the rows of a chunk begin, `width` columns wide. */
export function rowStarts(bytes: Uint8Array, form: Form, width: number): number[] {
  const starts = [0];
  if (form === 'hex' || form === 'raw') {
    const step = form === 'hex' ? HEX_BYTES : Math.max(1, width >> 1);
    for (let at = step; at < bytes.length; at += step) starts.push(at);
    return starts;
  }
  let used = 0;
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at];
    if (code === 0x0a) {
      at++;
      used = 0;
      if (at < bytes.length) starts.push(at);
      continue;
    }
    const length = code < 0x80 ? 1 : charLength(bytes, at);
    const isEnd = code === 0x0d && bytes[at + 1] === 0x0a;
    const size = isEnd
      ? 0
      : code >= 0x20 && code < 0x7f
        ? 1
        : code === 0x09
          ? TAB.length
          : displayWidth(shown(bytes, at, length));
    if (used + size > width && used > 0) {
      starts.push(at);
      used = 0;
    }
    used += size;
    at += length;
  }
  return starts;
}

/** One row: bytes of a chunk, or a remark on those that follow. */
export interface StreamRow {
  /** Place in the chunks that are shown. */
  readonly chunk: number;
  readonly from: number;
  readonly to: number;
  /** '' where it has bytes. */
  readonly remark: string;
  readonly isFirst: boolean;
}

/** What stands before the bytes of a chunk. */
const remarks = ({ missing, note }: StreamChunk): string[] => [
  ...(missing > 0 ? [`× ${grouped(missing)} bytes are missing in the capture`] : []),
  ...(note === undefined ? [] : [`[${note}]`]),
];

/** Rows of the chunks of one side, in one form and width. */
export class StreamRows {
  readonly chunks: readonly StreamChunk[];
  /** First row of each chunk that was counted. */
  private readonly first: number[] = [];
  private total = 0;
  private known: { readonly chunk: number; readonly starts: readonly number[] } | null = null;

  constructor(
    chunks: readonly StreamChunk[],
    side: Side,
    private readonly form: Form,
    private readonly width: number,
  ) {
    this.chunks = side === 'both' ? chunks : chunks.filter(({ isClient }) => isClient === (side === 'client'));
  }

  /** Rows counted so far. */
  get count(): number {
    return this.total;
  }
  get isWhole(): boolean {
    return this.first.length === this.chunks.length;
  }

  /** Counts on, for about `ms`. */
  goOn(ms: number): void {
    const until = performance.now() + ms;
    while (!this.isWhole) {
      const at = this.first.length;
      const chunk = this.chunks[at];
      this.first.push(this.total);
      this.total += this.starts(at).length + remarks(chunk).length;
      if (performance.now() > until) return;
    }
  }

  private starts(chunk: number): readonly number[] {
    if (this.known?.chunk !== chunk) this.known = { chunk, starts: rowStarts(this.chunks[chunk].bytes, this.form, this.width) };
    return this.known.starts;
  }

  /** The chunk of a row; 0 where there is none. */
  chunkAt(row: number): number {
    let low = 0;
    let high = this.first.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.first[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
  firstRow(chunk: number): number {
    return this.first[chunk] ?? 0;
  }

  row(at: number): StreamRow | null {
    if (at < 0 || at >= this.total) return null;
    const chunk = this.chunkAt(at);
    const { bytes } = this.chunks[chunk];
    const starts = this.starts(chunk);
    const before = remarks(this.chunks[chunk]);
    const i = at - this.first[chunk] - before.length;
    if (i < 0) return { chunk, from: 0, to: 0, remark: before[before.length + i], isFirst: false };
    return { chunk, from: starts[i], to: starts[i + 1] ?? bytes.length, remark: '', isFirst: i === 0 };
  }

  /** The row that shows the byte `offset` of a chunk. */
  rowOf(chunk: number, offset: number): number {
    while (this.first.length <= chunk && !this.isWhole) this.goOn(50);
    const starts = this.starts(chunk);
    let i = starts.length - 1;
    while (i > 0 && starts[i] > offset) i--;
    return this.firstRow(chunk) + i + remarks(this.chunks[chunk]).length;
  }
}
