// Bytes as `tshark -x` prints them: the offset, sixteen bytes, and what is printable of them.
import { Line } from './line.js';
import { writeHexByte } from './stamp.js';

const ROW = 16;
const SPACE = 0x20;
const DOT = 0x2e;

/** How rows begin: the offset of the first one, the least digits of an offset, a text before it. */
export interface RowStart {
  readonly offset: number;
  readonly digits: number;
  readonly indent: string;
}

const AT_ZERO: RowStart = { offset: 0, digits: 4, indent: '' };

/** Writes bytes [from, end), a line for each row. */
export function writeHexdump(line: Line, b: Uint8Array, from: number, end: number, start = AT_ZERO): void {
  const { offset, digits, indent } = start;
  for (let row = from; row < end; row += ROW) {
    line.text(indent);
    const at = offset + row - from;
    if (at < 16 ** digits && digits <= 8) line.hex(at, digits);
    else line.text(at.toString(16));
    line.space();
    const stop = row + ROW < end ? row + ROW : end;
    line.room(4 * ROW);
    for (let o = row; o < stop; o++) {
      line.space();
      writeHexByte(line, b[o]!);
    }
    for (let o = stop; o < row + ROW + 1; o++) line.text('   ');
    for (let o = row; o < stop; o++) line.byte(b[o]! >= SPACE && b[o]! < 0x7f ? b[o]! : DOT);
    line.newline();
  }
}

/** `0x0010:  4500 0054`, a row as `tcpdump -x` prints it; returns where its bytes begin in the line. */
export function writeHexPairs(line: Line, b: Uint8Array, from: number, end: number, offset: number): number {
  line.text('0x');
  line.hex(offset, offset > 0xffff ? 8 : 4);
  line.text(': ');
  const start = line.at;
  for (let o = from; o < end; o++) {
    if ((o - from) % 2 === 0) line.space();
    line.room(2);
    writeHexByte(line, b[o]!);
  }
  return start;
}

/** The rows as a text, without a newline at the end. */
export function hexdump(b: Uint8Array): string {
  const line = new Line(5 * b.length + 128);
  writeHexdump(line, b, 0, b.length);
  return line.toString().slice(0, -1);
}
