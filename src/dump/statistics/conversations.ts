// `-z conv,TYPE[,FILTER]`: who talked with whom, the busiest first. Each frame counts, as with tshark; `hopscope flows` counts a packet once.
import { END_KINDS, type EndKind, type Ends, EndsReader } from './ends.js';
import { LINE, type MakeStatistic, relativeSeconds } from './statistic.js';

/** Rows kept; what comes after is counted in one line. */
const MAX_ROWS = 1 << 20;

interface Row {
  readonly ends: Ends;
  /** By direction: 0 as in the first frame, 1 against it. */
  readonly frames: [number, number];
  readonly bytes: [number, number];
  start: number;
  stop: number;
}

/** `9302 bytes`, `32 kB`: five digits at most, as tshark has it. */
export function shortSize(bytes: number): string {
  for (const [unit, name] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const)
    if (bytes / unit >= 10) return `${Math.floor(bytes / unit)} ${name}`;
  return `${bytes} bytes`;
}

/** The busiest first; rows that are equal stay in their order. */
export const byFrames = <T>(rows: Iterable<T>, frames: (row: T) => number): T[] =>
  [...rows].sort((a, b) => frames(b) - frames(a));

export const moreRows = (left: number): string =>
  left === 0 ? '' : `(${left} frames of further rows are not listed; choose with a filter)\n`;

export const conversations =
  (kind: EndKind): MakeStatistic =>
  (rest, { registry, filter }) => {
    const chosen = filter(rest);
    const reader = new EndsReader(registry, kind);
    const { title, hasPorts } = END_KINDS[kind];
    const rows = new Map<string, Row>();
    let left = 0;
    const keyOf = (a: string, b: string, p: number, q: number, stream: number) => `${a} ${b} ${p} ${q} ${stream}`;
    return (context) => ({
      see(layers) {
        if (!chosen.matches(layers)) return;
        const at = relativeSeconds(layers, context);
        const length = layers.frame?.wireLength ?? 0;
        for (const ends of reader.of(layers)) {
          const { source, destination, sourcePort, destinationPort, stream } = ends;
          const key = keyOf(source, destination, sourcePort, destinationPort, stream);
          let row = rows.get(key);
          const back = row === undefined ? rows.get(keyOf(destination, source, destinationPort, sourcePort, stream)) : undefined;
          row ??= back;
          if (row === undefined) {
            if (rows.size >= MAX_ROWS) {
              left++;
              continue;
            }
            row = { ends, frames: [0, 0], bytes: [0, 0], start: at, stop: at };
            rows.set(key, row);
          }
          const way = back === undefined ? 0 : 1;
          row.frames[way]++;
          row.bytes[way] += length;
          row.start = Math.min(row.start, at);
          row.stop = Math.max(row.stop, at);
        }
      },
      text() {
        const blank = ' '.repeat(hasPorts ? 59 : 47);
        let text = `${LINE}\n${title} Conversations\nFilter:${chosen.text === '' ? '<No Filter>' : chosen.text}\n`;
        text += `${blank}|       <-      | |       ->      | |     Total     |    Relative    |   Duration   |\n`;
        text += `${blank}| Frames  Bytes | | Frames  Bytes | | Frames  Bytes |      Start     |              |\n`;
        for (const { ends, frames, bytes, start, stop } of byFrames(rows.values(), (row) => row.frames[0] + row.frames[1])) {
          const width = hasPorts ? 26 : 20;
          const name = (address: string, port: number) => (hasPorts ? `${address}:${port}` : address).padEnd(width);
          const sum = (n: number, size: number) => `  ${String(n).padStart(6)} ${shortSize(size).padEnd(9)}`;
          text += `${name(ends.source, ends.sourcePort)} <-> ${name(ends.destination, ends.destinationPort)}`;
          text += sum(frames[1], bytes[1]) + sum(frames[0], bytes[0]) + sum(frames[0] + frames[1], bytes[0] + bytes[1]);
          text += `  ${start.toFixed(9).padStart(14)}   ${(stop - start).toFixed(4).padStart(12)}\n`;
        }
        return `${text}${moreRows(left)}${LINE}\n`;
      },
    });
  };
