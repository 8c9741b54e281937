// `-z conv,TYPE[,FILTER]`: who talked with whom, the busiest first. Each frame counts, as with tshark; `hopscope flows` counts a packet once.
import type { EndKind, Ends } from './ends.js';
import { EndsTable } from './ends-table.js';
import { type MakeStatistic, relativeSeconds } from './statistic.js';

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

const keyOf = (a: string, b: string, p: number, q: number, stream: number) => `${a} ${b} ${p} ${q} ${stream}`;

export const conversations =
  (kind: EndKind): MakeStatistic =>
  (rest, tools) => {
    const table = new EndsTable<Row>(kind, rest, tools);
    const { hasPorts } = table;
    return (context) => ({
      see(layers) {
        for (const ends of table.ends(layers)) {
          const at = relativeSeconds(layers, context);
          const { source, destination, sourcePort, destinationPort, stream } = ends;
          const key = keyOf(source, destination, sourcePort, destinationPort, stream);
          const back =
            table.find(key) === undefined
              ? table.find(keyOf(destination, source, destinationPort, sourcePort, stream))
              : undefined;
          const row = back ?? table.row(key, () => ({ ends, frames: [0, 0], bytes: [0, 0], start: at, stop: at }));
          if (row === null) continue;
          const way = back === undefined ? 0 : 1;
          row.frames[way]++;
          row.bytes[way] += layers.frame?.wireLength ?? 0;
          row.start = Math.min(row.start, at);
          row.stop = Math.max(row.stop, at);
        }
      },
      text() {
        const blank = ' '.repeat(hasPorts ? 59 : 47);
        const head =
          `${blank}|       <-      | |       ->      | |     Total     |    Relative    |   Duration   |\n` +
          `${blank}| Frames  Bytes | | Frames  Bytes | | Frames  Bytes |      Start     |              |\n`;
        const width = hasPorts ? 26 : 20;
        const name = (address: string, port: number) => (hasPorts ? `${address}:${port}` : address).padEnd(width);
        const sum = (n: number, size: number) => `  ${String(n).padStart(6)} ${shortSize(size).padEnd(9)}`;
        return table.text(
          'Conversations',
          head,
          ({ frames }) => frames[0] + frames[1],
          ({ ends, frames, bytes, start, stop }) =>
            `${name(ends.source, ends.sourcePort)} <-> ${name(ends.destination, ends.destinationPort)}` +
            `${sum(frames[1], bytes[1])}${sum(frames[0], bytes[0])}${sum(frames[0] + frames[1], bytes[0] + bytes[1])}` +
            `  ${start.toFixed(9).padStart(14)}   ${(stop - start).toFixed(4).padStart(12)}\n`,
        );
      },
    });
  };
