// `-z endpoints,TYPE[,FILTER]`: what each address, or address and port, sent and received, the busiest first.
import type { EndKind } from './ends.js';
import { EndsTable } from './ends-table.js';
import type { MakeStatistic } from './statistic.js';

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
  (rest, tools) => {
    const table = new EndsTable<Row>(kind, rest, tools);
    const { hasPorts } = table;
    const rowOf = (address: string, port: number): Row | null =>
      table.row(`${address} ${port}`, () => ({ address, port, sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 }));
    return () => ({
      see(layers) {
        const length = layers.frame?.wireLength ?? 0;
        for (const { source, destination, sourcePort, destinationPort } of table.ends(layers)) {
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
        const number = (n: number, width: number) => String(n).padStart(width);
        return table.text(
          'Endpoints',
          `                       |${port}  Packets  | |  Bytes  | | Tx Packets | | Tx Bytes | | Rx Packets | | Rx Bytes |\n`,
          ({ sent, received }) => sent + received,
          (row) =>
            `${row.address.padEnd(20)}      ${hasPorts ? `${number(row.port, 5)}     ` : ''}` +
            `${number(row.sent + row.received, 6)}     ${number(row.sentBytes + row.receivedBytes, 9)}` +
            `     ${number(row.sent, 6)}       ${number(row.sentBytes, 9)}` +
            `      ${number(row.received, 6)}       ${number(row.receivedBytes, 9)}   \n`,
        );
      },
    });
  };
