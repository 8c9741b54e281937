// `-z endpoints,TYPE[,FILTER]`: what each address, or address and port, sent and received, the busiest first.
import { byFrames, moreRows } from './conversations.js';
import { END_KINDS, type EndKind, EndsReader } from './ends.js';
import { LINE, type MakeStatistic } from './statistic.js';

/** Rows kept; what comes after is counted in one line. */
const MAX_ROWS = 1 << 20;

interface Row {
  readonly address: string;
  readonly port: number;
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
}

export const endpoints =
  (kind: EndKind): MakeStatistic =>
  (rest, { registry, filter }) => {
    const chosen = filter(rest);
    const reader = new EndsReader(registry, kind);
    const { title, hasPorts } = END_KINDS[kind];
    const rows = new Map<string, Row>();
    let left = 0;
    const rowOf = (address: string, port: number): Row | null => {
      const key = `${address} ${port}`;
      let row = rows.get(key);
      if (row === undefined) {
        if (rows.size >= MAX_ROWS) {
          left++;
          return null;
        }
        row = { address, port, sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };
        rows.set(key, row);
      }
      return row;
    };
    return () => ({
      see(layers) {
        if (!chosen.matches(layers)) return;
        const length = layers.frame?.wireLength ?? 0;
        for (const { source, destination, sourcePort, destinationPort } of reader.of(layers)) {
          const from = rowOf(source, sourcePort);
          if (from !== null) {
            from.sent++;
            from.sentBytes += length;
          }
          const to = rowOf(destination, destinationPort);
          if (to !== null) {
            to.received++;
            to.receivedBytes += length;
          }
        }
      },
      text() {
        const port = hasPorts ? '  Port  ||' : '';
        let text = `${LINE}\n${title} Endpoints\nFilter:${chosen.text === '' ? '<No Filter>' : chosen.text}\n`;
        text += `                       |${port}  Packets  | |  Bytes  | | Tx Packets | | Tx Bytes | | Rx Packets | | Rx Bytes |\n`;
        const number = (n: number, width: number) => String(n).padStart(width);
        for (const row of byFrames(rows.values(), ({ sent, received }) => sent + received)) {
          text += `${row.address.padEnd(20)}      ${hasPorts ? `${number(row.port, 5)}     ` : ''}`;
          text += `${number(row.sent + row.received, 6)}     ${number(row.sentBytes + row.receivedBytes, 9)}`;
          text += `     ${number(row.sent, 6)}       ${number(row.sentBytes, 9)}`;
          text += `      ${number(row.received, 6)}       ${number(row.receivedBytes, 9)}   \n`;
        }
        return `${text}${moreRows(left)}${LINE}\n`;
      },
    });
  };
