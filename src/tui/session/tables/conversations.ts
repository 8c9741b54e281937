// Conversations: pairs of ends with what went each way, as other tools count them: every packet once.
import { macNumber } from '../../../bytes/show.js';
import { size } from '../../../bytes/units.js';
import { PROTO } from '../../../flows/packet.js';
import type { Severity } from '../../../rules/finding.js';
import type { Ip } from '../../../topology/ip.js';
import { endsOf, ipOf, severityOf, slotsOf, sortable, worse } from './parts.js';
import {
  type ColumnOf,
  type Key,
  left,
  number,
  RowMaker,
  right,
  shownColumns,
  type TableMaker,
  type TableSource,
  wholeSeconds,
} from './table.js';

/** Two ends: addresses with or without ports, or stations. */
interface Pair {
  readonly a: string;
  readonly b: string;
  /** What `a` and `b` are ordered by. */
  readonly aKey: Key;
  readonly bKey: Key;
  readonly ports: readonly [number, number] | null;
  /** Filters for the two ends: made for the rows that are seen. */
  readonly ends: () => { readonly a: string; readonly b: string };
  readonly packets: [number, number];
  readonly bytes: [number, number];
  startNs: number;
  endNs: number;
  /** Number of the first packet. */
  first: number;
  severity: Severity | null;
}

export const conversations: TableMaker = (source) => {
  const columns = columnsOf(source);
  const rows = new RowMaker<Pair>(
    columns,
    (pair) => pair,
    ({ severity, ends, first }) => {
      const { a, b } = ends();
      return { severity, filter: `${a} && ${b}`, packet: first, depth: 0, ends: { a, b } };
    },
  );
  return {
    columns: shownColumns(columns),
    tabs: [
      rows.tab('Ethernet', stationPairs(source)),
      ...Object.entries(addressPairs(source)).map(([title, pairs]) => rows.tab(title, [...pairs.values()])),
    ],
  };
};

const columnsOf = (source: TableSource): ColumnOf<Pair>[] => [
  left(
    'Address A',
    9,
    ({ a }) => a,
    ({ aKey }) => aKey,
  ),
  right(
    'Port A',
    8,
    ({ ports }) => (ports === null ? '' : String(ports[0])),
    ({ ports }) => ports?.[0] ?? 0,
  ),
  left(
    'Address B',
    9,
    ({ b }) => b,
    ({ bKey }) => bKey,
  ),
  right(
    'Port B',
    8,
    ({ ports }) => (ports === null ? '' : String(ports[1])),
    ({ ports }) => ports?.[1] ?? 0,
  ),
  number('Pkts', 7, ({ packets }) => packets[0] + packets[1]),
  right(
    'Bytes',
    7,
    ({ bytes }) => size(bytes[0] + bytes[1]),
    ({ bytes }) => bytes[0] + bytes[1],
  ),
  number('Pkts A→B', 5, ({ packets }) => packets[0]),
  right(
    'Bytes A→B',
    4,
    ({ bytes }) => size(bytes[0]),
    ({ bytes }) => bytes[0],
  ),
  number('Pkts B→A', 5, ({ packets }) => packets[1]),
  right(
    'Bytes B→A',
    4,
    ({ bytes }) => size(bytes[1]),
    ({ bytes }) => bytes[1],
  ),
  right(
    'Start',
    2,
    ({ startNs }) => source.seconds(startNs),
    ({ startNs }) => startNs,
  ),
  right(
    'Seconds',
    1,
    ({ startNs, endNs }) => wholeSeconds(endNs - startNs),
    ({ startNs, endNs }) => endNs - startNs,
  ),
];

function addressPairs(source: TableSource): Readonly<Record<string, Map<string, Pair>>> {
  const t = source.tracker.conversations;
  const severities = severityOf(source.found);
  const tabs = {
    IPv4: new Map<string, Pair>(),
    IPv6: new Map<string, Pair>(),
    TCP: new Map<string, Pair>(),
    UDP: new Map<string, Pair>(),
  };
  const add = (map: Map<string, Pair>, c: number, withPorts: boolean, proto: string): void => {
    const [src, dst] = [ipOf(source, c, true), ipOf(source, c, false)];
    const ports = withPorts ? ([t.srcPort[c], t.dstPort[c]] as const) : null;
    const forth = `${src} ${ports?.[0] ?? ''} ${dst} ${ports?.[1] ?? ''}`;
    const back = `${dst} ${ports?.[1] ?? ''} ${src} ${ports?.[0] ?? ''}`;
    const isBack = map.has(back) && !map.has(forth);
    let pair = map.get(isBack ? back : forth);
    if (pair === undefined) {
      pair = newPair(src, dst, ports, proto);
      map.set(forth, pair);
    }
    for (const way of [0, 1]) {
      const i = c * 2 + way;
      if (t.packets[i] === 0) continue;
      const to = isBack ? 1 - way : way;
      pair.packets[to] += t.packets[i];
      pair.bytes[to] += t.bytes[i];
      if (t.firstNs[i] < pair.startNs) {
        pair.startNs = t.firstNs[i];
        pair.first = t.firstFrame[i];
      }
      pair.endNs = Math.max(pair.endNs, t.lastNs[i]);
    }
    pair.severity = worse(pair.severity, severities.get(t.uid[c]) ?? null);
  };
  for (const c of slotsOf(source)) {
    add(ipOf(source, c, true).family === 4 ? tabs.IPv4 : tabs.IPv6, c, false, '');
    if (t.proto[c] === PROTO.tcp) add(tabs.TCP, c, true, 'tcp');
    else if (t.proto[c] === PROTO.udp) add(tabs.UDP, c, true, 'udp');
  }
  return tabs;
}

function newPair(src: Ip, dst: Ip, ports: readonly [number, number] | null, proto: string): Pair {
  const [a, b] = [String(src), String(dst)];
  return {
    a,
    b,
    aKey: sortable(src),
    bKey: sortable(dst),
    ports,
    ends: () => endsOf({ src: a, dst: b, srcPort: ports?.[0] ?? null, dstPort: ports?.[1] ?? null, proto }),
    packets: [0, 0],
    bytes: [0, 0],
    startNs: Number.POSITIVE_INFINITY,
    endNs: 0,
    first: 0,
    severity: null,
  };
}

/** Stations belong to no conversation that they could be limited to. */
function stationPairs({ stations: s, only }: TableSource): Pair[] {
  return Array.from({ length: only === null ? s.used : 0 }, (_, i): Pair => {
    const [a, b] = [macNumber(s.a[i]), macNumber(s.b[i])];
    return {
      a,
      b,
      aKey: a,
      bKey: b,
      ports: null,
      ends: () => ({ a: `eth.addr == ${a}`, b: `eth.addr == ${b}` }),
      packets: [s.packets[i * 2], s.packets[i * 2 + 1]],
      bytes: [s.bytes[i * 2], s.bytes[i * 2 + 1]],
      startNs: s.firstNs[i],
      endNs: s.lastNs[i],
      first: s.first[i],
      severity: null,
    };
  });
}
