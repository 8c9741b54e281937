// The cells of the screen: what should stand in each, and what the terminal shows. Only what differs is written, in as few bytes as
// that takes: over a slow line they are most of what a key costs.
import { displayWidth } from '../../bytes/text.js';
import { type Attr, PLAIN, type Row } from './paint.js';
import { changeOf } from './sgr.js';
import { type Base, looksAlike, onBase } from './theme.js';

const BLANK = 0x20;
/** The right half of a wide character: it prints nothing. */
const HALF = 0;
/** From here on a code stands for a letter with marks on it. */
const CLUSTER = 0x11_0000;
/** Letters with marks that are told apart; further ones are shown without theirs. */
const MAX_CLUSTERS = 4096;
/** So many cells that need no change are written again rather than passed over. */
const NEAR = 4;

/** Most lines are what they were before the key: they need no look at their letters. */
function saysTheSame(row: Row, before: Row): boolean {
  if (row.length !== before.length) return false;
  for (let i = 0; i < row.length; i++) {
    const [a, b] = [row[i], before[i]];
    if (a !== b && (a === undefined || b === undefined || a.attr !== b.attr || a.text !== b.text)) return false;
  }
  return true;
}

export class Cells {
  width = 0;
  height = 0;
  private codes = new Uint32Array(0);
  private attrs = new Int32Array(0);
  private shownCodes = new Uint32Array(0);
  private shownAttrs = new Int32Array(0);
  /** By row: something was put there that it did not have. */
  private dirty = new Uint8Array(0);
  /** By row: the whole line that was put there last, with nothing over it. */
  private lines: (Row | null)[] = [];
  /** Colours where a style names none. */
  private base: Base | null = null;
  private readonly clusters: string[] = [];
  private readonly clusterOf = new Map<string, number>();
  private readonly widths = new Map<number, number>();
  private out = '';
  /** The style that the terminal writes in, and where it writes next. */
  private style: Attr = PLAIN;
  private atX = -1;
  private atY = -1;

  /** `erases`: the rest of a line can be erased in the colour of its background. */
  constructor(private readonly erases: boolean) {}

  /** Paints with these colours from now on. */
  setBase(base: Base): void {
    this.base = base;
    this.lines = [];
  }

  /** A screen of this size, of which all is blank: what must be written to make it so. */
  begin(width: number, height: number): string {
    this.width = width;
    this.height = height;
    const size = width * height;
    this.codes = new Uint32Array(size).fill(BLANK);
    this.attrs = new Int32Array(size).fill(PLAIN);
    this.shownCodes = new Uint32Array(size).fill(BLANK);
    this.shownAttrs = new Int32Array(size).fill(PLAIN);
    this.dirty = new Uint8Array(height);
    this.lines = [];
    return '\x1b[m\x1b[H\x1b[2J';
  }

  /** Puts a row into the cells. `toEdge`: it is the whole line, blank where the row has nothing. */
  put(row: Row, x: number, y: number, toEdge: boolean): void {
    if (y < 0 || y >= this.height) return;
    const before = this.lines[y] ?? null;
    if (toEdge && before !== null && saysTheSame(row, before)) return;
    this.lines[y] = toEdge ? row : null;
    const { codes, width: columns } = this;
    const start = y * columns;
    const end = start + columns;
    let at = start + x;
    // A wide character of which only one half is covered goes.
    if (at > start && codes[at] === HALF) this.set(at - 1, BLANK, this.attrs[at - 1] ?? PLAIN, y);
    for (const { text, attr } of row) {
      const style = this.painted(attr);
      for (let i = 0; i < text.length && at < end; i++) {
        let code = text.charCodeAt(i);
        let width = code < 0x7f ? (code < BLANK ? 0 : 1) : -1;
        if (width < 0) {
          code = text.codePointAt(i) ?? BLANK;
          if (code > 0xffff) i++;
          width = this.widthOf(code);
        }
        if (width === 0) {
          // A mark on the letter before it: they are one cell.
          if (at > start + x && code >= 0xa0) this.mark(at - 1, code, y);
          continue;
        }
        const isSplit = width === 2 && at + 1 === end;
        this.set(at++, isSplit ? BLANK : code, style, y);
        if (width === 2 && !isSplit) this.set(at++, HALF, style, y);
      }
    }
    if (at < end && codes[at] === HALF) this.set(at, BLANK, this.attrs[at] ?? PLAIN, y);
    if (toEdge) for (const blank = this.painted(PLAIN); at < end; at++) this.set(at, BLANK, blank, y);
  }

  private painted(attr: Attr): Attr {
    return this.base === null ? attr : onBase(attr, this.base);
  }

  private set(at: number, code: number, attr: Attr, y: number): void {
    if (this.codes[at] === code && this.attrs[at] === attr) return;
    this.codes[at] = code;
    this.attrs[at] = attr;
    this.dirty[y] = 1;
  }

  private mark(at: number, code: number, y: number): void {
    const on = this.codes[at] === HALF ? at - 1 : at;
    const text = this.text(this.codes[on] ?? BLANK) + String.fromCodePoint(code);
    let cluster = this.clusterOf.get(text);
    if (cluster === undefined) {
      if (this.clusters.length >= MAX_CLUSTERS) return;
      cluster = CLUSTER + this.clusters.push(text) - 1;
      this.clusterOf.set(text, cluster);
    }
    this.codes[on] = cluster;
    this.dirty[y] = 1;
  }

  private text(code: number): string {
    return code >= CLUSTER ? (this.clusters[code - CLUSTER] ?? ' ') : String.fromCodePoint(code);
  }

  private widthOf(code: number): number {
    let width = this.widths.get(code);
    if (width === undefined) {
      width = code < 0xa0 ? 0 : displayWidth(String.fromCodePoint(code));
      if (this.widths.size < MAX_CLUSTERS) this.widths.set(code, width);
    }
    return width;
  }

  /** What brings the terminal from what it shows to what it should; it shows that from then on. */
  write(): string {
    this.out = '';
    this.style = PLAIN;
    this.atX = this.atY = -1;
    for (let y = 0; y < this.height; y++)
      if (this.dirty[y] === 1) {
        this.dirty[y] = 0;
        this.writeRow(y);
      }
    this.wear(PLAIN);
    return this.out;
  }

  private writeRow(y: number): void {
    const { width, codes } = this;
    const start = y * width;
    const end = this.erases ? this.blanksFrom(start, width) : width;
    for (let x = 0; x < end; ) {
      const size = codes[start + x + 1] === HALF && x + 1 < width ? 2 : 1;
      if (this.isShown(start + x) && (size === 1 || this.isShown(start + x + 1))) {
        x += size;
        continue;
      }
      this.goTo(x, y);
      this.writeCell(start + x);
      if (size === 2) this.take(start + x + 1);
      x += size;
      this.atX = x;
    }
    // Erased at once, where any of them is not yet as it should be.
    for (let x = end; x < width; x++) {
      if (this.isShown(start + x)) continue;
      this.goTo(end, y);
      this.wearUnder(this.attrs[start + end] ?? PLAIN);
      this.out += '\x1b[K';
      for (let i = start + end; i < start + width; i++) this.take(i);
      break;
    }
  }

  /** Column from which on a line has only blanks of one background; its width where they are too few to be worth a word. */
  private blanksFrom(start: number, width: number): number {
    const { codes, attrs } = this;
    const last = attrs[start + width - 1] ?? PLAIN;
    let from = width;
    while (from > 0 && codes[start + from - 1] === BLANK && looksAlike(attrs[start + from - 1] ?? PLAIN, last)) from--;
    return width - from > NEAR ? from : width;
  }

  /** Does the cell look as it should? The colour of letters does not matter for a blank. */
  private isShown(at: number): boolean {
    const code = this.codes[at];
    if (code !== this.shownCodes[at]) return false;
    const [attr = PLAIN, shown = PLAIN] = [this.attrs[at], this.shownAttrs[at]];
    return attr === shown || (code === BLANK && looksAlike(attr, shown));
  }

  private take(at: number): void {
    this.shownCodes[at] = this.codes[at] ?? BLANK;
    this.shownAttrs[at] = this.attrs[at] ?? PLAIN;
  }

  private writeCell(at: number): void {
    const { codes, attrs } = this;
    const code = codes[at] ?? BLANK;
    const attr = attrs[at] ?? PLAIN;
    if (code === BLANK) this.wearUnder(attr);
    else this.wear(attr);
    this.out += this.text(code);
    this.take(at);
  }

  private wear(attr: Attr): void {
    if (attr === this.style) return;
    this.out += changeOf(this.style, attr);
    this.style = attr;
  }
  /** For blanks any style will do that has the same background. */
  private wearUnder(attr: Attr): void {
    if (!looksAlike(attr, this.style)) this.wear(attr);
  }

  /** Cells are reached by their absolute place: where a terminal takes another width for a character, the rest still stands where it should. */
  private goTo(x: number, y: number): void {
    if (this.atY === y && this.atX === x) return;
    if (this.atY !== y) this.out += x === 0 ? `\x1b[${y + 1}H` : `\x1b[${y + 1};${x + 1}H`;
    else if (!this.fill(x, y)) this.out += `\x1b[${x + 1}G`;
    this.atX = x;
    this.atY = y;
  }

  /** Writes the few cells up to this one again; false where that would take more than to pass over them. */
  private fill(x: number, y: number): boolean {
    if (x - this.atX > NEAR) return false;
    const start = y * this.width;
    for (let i = this.atX; i < x; i++) {
      const code = this.codes[start + i] ?? BLANK;
      const attr = this.attrs[start + i] ?? PLAIN;
      const isSame = attr === this.style || (code === BLANK && looksAlike(attr, this.style));
      if (code < BLANK || code >= 0x7f || !isSame) return false;
    }
    for (let i = this.atX; i < x; i++) this.out += String.fromCharCode(this.codes[start + i] ?? BLANK);
    return true;
  }
}
