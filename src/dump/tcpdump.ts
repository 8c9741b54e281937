// Packets as `tcpdump -nn` and its options print them, with the interface names of the capturing machine. Unlike tcpdump before version 5,
// VXLAN on port 8472 is called VXLAN and not OTV: the Linux kernel's port is Cilium's and flannel's. What is printed of each protocol
// stands beside its dissector, in dissectors/tcpdump.
import { header2, sll2 } from '../../dissectors/sll.js';
import { tcpdumpStyles } from '../../dissectors/tcpdump/index.js';
import { PACKET_TYPES } from '../../dissectors/tcpdump/links.js';
import { writeHexPairs } from '../bytes/hexdump.js';
import type { Line } from '../bytes/line.js';
import type { Frame } from '../capture/frame.js';
import { Origins } from '../dissect/origins.js';
import { ROLE } from '../dissect/registry.js';
import type { Below, Printing, TcpdumpChoice, TcpdumpStyle } from '../dissect/tcpdump.js';
import type { Layers } from '../dissect/walk.js';
import type { Sight } from '../flows/sight.js';
import type { TcpdumpTimes } from './times.js';

/** The printers by what they stand on, then by protocol. */
type Printers = Readonly<Record<Below, (TcpdumpStyle['print'] | undefined)[]>>;

function printers(): Printers {
  const all: Printers = { frame: [], link: [], ip: [], udp: [] };
  for (const { of, after, print } of tcpdumpStyles)
    for (const { ref } of of) for (const below of after) all[below][ref.id] = print;
  return all;
}

/** The bytes below a line: in which form, and whether from the header of the link on. */
export interface BytesBelow {
  readonly form: 'hex' | 'both' | 'ascii';
  readonly whole: boolean;
}

/** What is asked of a packet beside its line. */
export interface TcpdumpOptions extends TcpdumpChoice {
  /** `-#`: the number of the line. */
  readonly numbered: boolean;
  /** `-x`, `-X` and `-A`; null: no bytes. */
  readonly bytes: BytesBelow | null;
}

/** What letters of tcpdump's options ask for. */
export function optionsOf(letters: string): TcpdumpOptions {
  const count = (letter: string) => letters.split(letter).length - 1;
  const form = count('A') > 0 ? 'ascii' : count('X') > 0 ? 'both' : count('x') > 0 ? 'hex' : null;
  return {
    links: count('e') > 0,
    verbose: count('v'),
    quick: count('q') > 0,
    absolute: count('S') > 0,
    unchecked: count('K') > 0,
    numbered: count('#') > 0,
    bytes: form === null ? null : { form, whole: count('x') > 1 || count('X') > 1 },
  };
}

export class TcpdumpPrinter implements Printing {
  readonly origins = new Origins();
  layers!: Layers;
  line!: Line;
  shown = 0;
  ipEnd = 0;
  isFragment = false;
  private lines = 0;
  private printers: Printers | null = null;

  constructor(
    private readonly sight: Sight,
    private readonly times: Pick<TcpdumpTimes, 'write'>,
    readonly choice: TcpdumpOptions = optionsOf(''),
  ) {}

  print(layers: Layers, line: Line): void {
    const frame = layers.frame;
    if (frame === null) return;
    this.layers = layers;
    this.line = line;
    this.shown = Math.min(layers.count, layers.quotedFrom);
    this.isFragment = false;
    if (this.choice.numbered) {
      line.decPadded(++this.lines, NUMBER_WIDTH);
      line.text('  ');
    }
    this.times.write(frame, line);
    if (layers.count > 0 && layers.proto[0] === sll2.ref.id) {
      const from = line.at;
      line.safe(this.sight.name(layers) ?? '?', 64);
      line.padFrom(from, 5);
      line.space();
      const type = line.at;
      line.text(PACKET_TYPES[header2.get.pkttype(layers.bytes, layers.start[0])] ?? '?');
      line.padFrom(type, 3);
      line.space();
    }
    this.packet(0);
    line.newline();
    if (this.choice.bytes !== null) this.bytes(frame, this.choice.bytes);
  }

  /** Bytes as far as they were captured. */
  private bytes(frame: Frame, { form, whole }: BytesBelow): void {
    const { layers, line, shown } = this;
    const { roles } = layers.registry;
    let i = 0;
    while (i < shown && roles[layers.proto[i]] === ROLE.link) i++;
    const from = whole ? frame.start : i < layers.count ? layers.start[i] : i > 0 ? layers.body[i - 1] : frame.start;
    if (form === 'ascii') writeAscii(line, frame.bytes, from, frame.end);
    else writeRows(line, frame.bytes, from, frame.end, form === 'both');
  }

  packet(first: number): void {
    const { layers, line, shown } = this;
    const { roles } = layers.registry;
    let i = first;
    while (i < shown && roles[layers.proto[i]] === ROLE.link) {
      if (this.choice.links) this.after('frame', i);
      i++;
    }
    if (i >= shown) line.text(`[|${layers.count < 1 ? 'link' : 'packet'}]`);
    else if (!this.after('link', i)) this.plain(i);
  }

  quote(i: number): void {
    const { shown, ipEnd, isFragment } = this;
    this.shown = this.layers.count;
    this.after('link', i);
    this.shown = shown;
    this.ipEnd = ipEnd;
    this.isFragment = isFragment;
  }

  after(below: Below, i: number): boolean {
    // Protocols have their numbers once a registry is made: at the first packet at the latest.
    this.printers ??= printers();
    const print = i < this.shown ? this.printers[below][this.layers.proto[i]] : undefined;
    print?.(this, i);
    return print !== undefined;
  }

  plain(i: number): void {
    const { layers, line } = this;
    const proto = layers.proto[i];
    const d = layers.registry.protocols[proto];
    line.text(proto === 0 ? 'unknown' : (d.as ?? d.name).toUpperCase());
    line.text(', length ');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.start[i]));
  }
}

/** Columns of the number of a line. */
const NUMBER_WIDTH = 5;
const ROW = 16;
const SPACE = 0x20;
const DOT = 0x2e;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
/** Columns of the bytes of a row: eight pairs of them, each with a blank. */
const HEX_WIDTH = 40;

const isGraphic = (byte: number): boolean => byte > SPACE && byte < 0x7f;

/** `-x`, and with the characters `-X`. */
function writeRows(line: Line, b: Uint8Array, from: number, end: number, withText: boolean): void {
  for (let row = from; row < end; row += ROW) {
    const stop = Math.min(row + ROW, end);
    line.text('\t');
    const start = writeHexPairs(line, b, row, stop, row - from);
    if (withText) {
      line.padFrom(start, HEX_WIDTH);
      line.text('  ');
      for (let o = row; o < stop; o++) line.byte(isGraphic(b[o]) ? b[o] : DOT);
    }
    line.newline();
  }
}

/** `-A`: characters and line ends as they are, dots for what would move the cursor or mean something to a terminal. */
function writeAscii(line: Line, b: Uint8Array, from: number, end: number): void {
  for (let o = from; o < end; o++) {
    const byte = b[o];
    if (byte === CR && (o + 1 === end || b[o + 1] === LF)) continue;
    line.byte(isGraphic(byte) || byte === SPACE || byte === TAB || byte === LF ? byte : DOT);
  }
  line.newline();
}
