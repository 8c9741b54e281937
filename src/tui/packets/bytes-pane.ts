// The bytes of a packet: offset, hex, characters; the field chosen in the tree and its layer stand out.
import { hexdump } from '../../bytes/hexdump.js';
import type { Action } from '../keys.js';
import type { Attr, Row, Span } from '../screen/paint.js';
import { over, type Theme } from '../screen/theme.js';
import { Cursor } from '../widgets/cursor.js';
import type { Desk, Pane } from './pane.js';
import type { TreePane } from './tree-pane.js';

export interface Stretch {
  readonly at: number;
  readonly length: number;
}

const OFFSET = 6;
const NOTHING = new Uint8Array();
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Columns of a row of `n` bytes. */
export const bytesWidth = (n: number): number => OFFSET + n * 3 + Math.ceil(n / 8) + n;

/** Bytes a row: as many as fit, in steps that a person can count. */
export function bytesPerRow(width: number): number {
  for (const n of [32, 16, 8]) if (bytesWidth(n) <= width) return n;
  return 4;
}

export class BytesPane implements Pane {
  readonly place = 'bytes';
  /** Rows, not bytes. */
  private readonly cursor = new Cursor();
  private at = 0;
  private perRow = 16;
  private shownField = '';

  constructor(
    private readonly desk: Desk,
    private readonly tree: TreePane,
  ) {}

  private get bytes(): Uint8Array {
    return this.desk.detail?.bytes ?? NOTHING;
  }

  settle(width: number, height: number, hasFocus: boolean): void {
    const { bytes, tree, desk } = this;
    const { field } = tree.stretches;
    const n = bytesPerRow(width);
    this.perRow = n;
    this.at = Math.max(0, Math.min(this.at, bytes.length - 1));
    const name = field === null ? '' : `${desk.detail?.number} ${field.at} ${field.length}`;
    if (hasFocus) this.cursor.at = Math.floor(this.at / n);
    else if (field !== null && field.length > 0 && name !== this.shownField) this.cursor.at = Math.floor(field.at / n);
    this.shownField = name;
    this.cursor.settle(Math.ceil(bytes.length / n), height);
  }

  /** Bytes are quiet: the field stands out, and its header a little. */
  draw(_width: number, height: number, hasFocus: boolean): Row[] {
    const { bytes, perRow: n, cursor } = this;
    const { theme } = this.desk.ui;
    const { field, layer } = this.tree.stretches;
    const rows: Row[] = [];
    for (let y = cursor.top; y < cursor.top + height && y * n < bytes.length; y++)
      rows.push(this.line(bytes, y * n, n, field, layer, theme, hasFocus));
    return rows;
  }

  /** It gets the focus: at the field that the tree has chosen. */
  enter(): void {
    this.at = this.tree.stretches.field?.at ?? 0;
  }

  private line(
    bytes: Uint8Array,
    from: number,
    n: number,
    field: Stretch | null,
    layer: Stretch | null,
    theme: Theme,
    hasFocus: boolean,
  ): Row {
    const isIn = (at: number, part: Stretch | null) => part !== null && at >= part.at && at < part.at + part.length;
    const attrAt = (at: number, plain: Attr): Attr => {
      if (at >= bytes.length) return theme.text;
      if (hasFocus && at === this.at) return theme.cursor;
      if (isIn(at, field)) return theme.bytesField;
      return isIn(at, layer) ? over(plain, theme.bytesLayer) : plain;
    };
    const spans: Span[] = [{ text: `${from.toString(16).padStart(4, '0')}  `, attr: theme.dim }];
    const add = (text: string, attr: Attr): void => {
      const last = spans.at(-1)!;
      if (last.attr === attr) spans[spans.length - 1] = { text: last.text + text, attr };
      else spans.push({ text, attr });
    };
    const gapAttr = (at: number): Attr => {
      // The blank between two bytes of one stretch belongs to it.
      const [a, b] = [attrAt(at, theme.dim), attrAt(at + 1, theme.dim)];
      return a === b && a !== theme.cursor ? a : theme.dim;
    };
    for (let i = 0; i < n; i++) {
      const at = from + i;
      add(at < bytes.length ? HEX[bytes[at]] : '  ', attrAt(at, theme.dim));
      if (i < n - 1) add(i % 8 === 7 ? '  ' : ' ', at + 1 < bytes.length ? gapAttr(at) : theme.dim);
    }
    add('  ', theme.dim);
    for (let i = 0; i < n && from + i < bytes.length; i++) {
      const byte = bytes[from + i];
      add(byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·', attrAt(from + i, theme.dim));
    }
    return spans;
  }

  act(action: Action, count: number | null): boolean {
    if (action === 'accept') this.desk.focus('tree');
    else if (this.move(action, count, this.bytes.length)) this.tree.chooseByte(this.at);
    else return false;
    return true;
  }

  private move(action: Action, count: number | null, length: number): boolean {
    const times = count ?? 1;
    const { perRow: n } = this;
    const page = n * Math.max(1, this.cursor.height - 1);
    if (action === 'left') this.at -= times;
    else if (action === 'right') this.at += times;
    else if (action === 'up') this.at -= this.at >= n * times ? n * times : 0;
    else if (action === 'down') this.at += this.at + n * times < length ? n * times : 0;
    else if (action === 'page-up') this.at -= page;
    else if (action === 'page-down') this.at += page;
    else if (action === 'top') this.at = 0;
    else if (action === 'bottom') this.at = length - 1;
    else return false;
    this.at = Math.max(0, Math.min(this.at, length - 1));
    return true;
  }

  click(x: number, y: number): void {
    const at = this.byteAt(x, y);
    if (at < 0) return;
    this.at = at;
    this.tree.chooseByte(at);
  }
  scroll(rows: number): void {
    this.cursor.scroll(rows);
  }

  copies(): readonly string[] {
    const { bytes } = this;
    const { field } = this.tree.stretches;
    if (this.desk.detail === null) return [];
    const hex = (from: number, to: number) => Buffer.from(bytes.slice(from, to)).toString('hex');
    return [
      ...(field === null ? [] : [hex(field.at, field.at + field.length)]),
      hex(0, bytes.length),
      hexdump(Uint8Array.from(bytes)),
    ];
  }

  /** Byte at a place of the pane; -1 beside them. */
  private byteAt(x: number, y: number): number {
    const { perRow: n } = this;
    const { length } = this.bytes;
    const from = (this.cursor.top + y) * n;
    const hexWidth = n * 3 + Math.ceil(n / 8) - 1;
    let i = -1;
    if (x >= OFFSET && x < OFFSET + hexWidth) i = Math.floor((x - OFFSET - Math.floor((x - OFFSET) / 25)) / 3);
    else if (x > OFFSET + hexWidth) i = x - OFFSET - hexWidth - 1;
    return i >= 0 && i < n && from + i < length ? from + i : -1;
  }
}
