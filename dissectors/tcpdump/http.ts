import type { Line } from '../../src/bytes/line.js';
import { utf8 } from '../../src/bytes/string.js';
import { startsMessage } from '../http.js';

/** `: HTTP`, and the first line of a message that begins at `at`. */
export function httpLine(b: Uint8Array, at: number, end: number, line: Line): void {
  line.text(': HTTP');
  if (!startsMessage(b, at, end)) return;
  let stop = at;
  while (stop < end && stop < at + 1024 && b[stop] !== 0x0d && b[stop] !== 0x0a) stop++;
  line.text(': ');
  line.safe(utf8(b, at, stop), 1024);
}
