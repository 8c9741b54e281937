import type { Line } from '../../src/bytes/line.js';
import { utf8 } from '../../src/bytes/string.js';
import { startsMessage } from '../http.js';

/** `: HTTP`, and the first line of a message that begins at `at`; with `isVerbose` all lines of text. */
export function httpLine(b: Uint8Array, at: number, end: number, length: number, isVerbose: boolean, line: Line): void {
  line.text(': HTTP');
  if (!startsMessage(b, at, end)) return;
  if (isVerbose) {
    line.text(`, length: ${length}`);
    for (let from = at; from >= 0 && from < end; ) from = textLine(b, from, end, line);
    return;
  }
  let stop = at;
  while (stop < end && stop < at + 1024 && b[stop] !== CR && b[stop] !== LF) stop++;
  line.text(': ');
  line.safe(utf8(b, at, stop), 1024);
}

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;

/** Writes the line of text at `from`, and returns where the next one is; -1: it is no text, or its end was not captured. */
function textLine(b: Uint8Array, from: number, end: number, line: Line): number {
  let at = from;
  while (at < end && (b[at] === TAB || (b[at] >= 0x20 && b[at] < 0x7f))) at++;
  const isCut = at === end;
  const size = isCut ? 0 : b[at] === LF ? 1 : b[at] === CR && at + 1 < end && b[at + 1] === LF ? 2 : -1;
  if (size < 0) return -1;
  line.text('\n\t');
  line.safe(utf8(b, from, at), 4096);
  if (isCut) line.text(' [|http]');
  return isCut ? -1 : at + size;
}
