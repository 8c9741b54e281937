// Flows: each conversation with its state, its path and what carried it.
import { size } from '../../../bytes/units.js';
import { type Flow, flowOf } from '../../../flows/flow.js';
import { PROTO } from '../../../flows/packet.js';
import { endsOf, endText, ipOf, severityOf, slotsOf, sortable } from './parts.js';
import { type ColumnOf, left, RowMaker, right, shownColumns, type TableMaker, type TableSource, wholeSeconds } from './table.js';

const TABS: readonly (readonly [title: string, is: (proto: number) => boolean])[] = [
  ['All', () => true],
  ['TCP', (p) => p === PROTO.tcp],
  ['UDP', (p) => p === PROTO.udp],
  ['ICMP', (p) => p === PROTO.icmp || p === PROTO.icmpv6],
  ['Other', (p) => p !== PROTO.tcp && p !== PROTO.udp && p !== PROTO.icmp && p !== PROTO.icmpv6],
];

export const flows: TableMaker = (source) => {
  const { tracker } = source;
  const t = tracker.conversations;
  const severities = severityOf(source.found);
  const columns = columnsOf(source);
  const rows = new RowMaker<number, Flow>(
    columns,
    (c) => flow(source, c),
    (c, f) => ({
      severity: severities.get(f.id) ?? null,
      filter: filterOf(f),
      packet: t.firstFrame[c * 2 + firstWay(source, c)],
      depth: 0,
      ends: endsOf(f),
    }),
  );
  const all = [...slotsOf(source)].sort((a, b) => t.uid[a] - t.uid[b]);
  return {
    columns: shownColumns(columns),
    tabs: TABS.map(([title, is]) =>
      rows.tab(
        title,
        all.filter((c) => is(t.proto[c])),
      ),
    ),
  };
};

const flow = ({ tracker, paths, lab }: TableSource, c: number): Flow => flowOf(tracker, c, paths, lab.topology);

/** Each of a conversation's slot, spelled out as a flow. */
function columnsOf(source: TableSource): ColumnOf<number, Flow>[] {
  const t = source.tracker.conversations;
  const address = (c: number, isSource: boolean, port: number) => sortable(ipOf(source, c, isSource)) + String(port).padStart(5);
  const startNs = (c: number) =>
    Math.min(
      t.packets[c * 2] > 0 ? t.firstNs[c * 2] : Number.POSITIVE_INFINITY,
      t.packets[c * 2 + 1] > 0 ? t.firstNs[c * 2 + 1] : Number.POSITIVE_INFINITY,
    );
  return [
    right(
      '#',
      5,
      (f) => `#${f.id}`,
      (c) => t.uid[c],
    ),
    // An echo has an identifier, and no ports.
    left(
      'Proto',
      8,
      (f) => (hasPorts(f) ? f.proto : [f.proto, f.srcPort].filter((part) => part !== null).join(' ')),
      (c) => t.proto[c],
    ),
    left(
      'Source',
      9,
      (f) => endText(f.src, hasPorts(f) ? f.srcPort : null, f.srcName),
      (c) => address(c, true, t.srcPort[c]),
    ),
    left(
      'Destination',
      9,
      (f) => endText(f.dst, hasPorts(f) ? f.dstPort : null, f.dstName),
      (c) => address(c, false, t.dstPort[c]),
    ),
    left(
      'State',
      8,
      (f) => (f.history === '' ? f.state : `${f.state} ${f.history}`),
      (c) => flow(source, c).state,
    ),
    left(
      'Path',
      7,
      (f) => [f.forth.path ?? f.back.path ?? '', f.forth.otherPaths > 0 ? `(+${f.forth.otherPaths})` : ''].join(' ').trim(),
      (c) => flow(source, c).forth.path ?? '',
    ),
    left(
      'Tunnel',
      4,
      (f) => (f.forth.tunnels.length > 0 ? f.forth.tunnels : f.back.tunnels).join(', '),
      (c) => flow(source, c).forth.tunnels.join(),
    ),
    right(
      'Pkts →',
      6,
      (f) => String(f.forth.packets),
      (c) => t.packets[c * 2],
    ),
    right(
      '← Pkts',
      6,
      (f) => String(f.back.packets),
      (c) => t.packets[c * 2 + 1],
    ),
    right(
      'Bytes →',
      3,
      (f) => size(f.forth.bytes),
      (c) => t.bytes[c * 2],
    ),
    right(
      '← Bytes',
      3,
      (f) => size(f.back.bytes),
      (c) => t.bytes[c * 2 + 1],
    ),
    right('Start', 2, (f) => source.seconds(f.startNs), startNs),
    right(
      'Seconds',
      1,
      (f) => wholeSeconds(f.durationNs),
      (c) => t.lastSeen(c) - startNs(c),
    ),
    left(
      'Return path',
      2,
      (f) => f.back.path ?? '',
      (c) => flow(source, c).back.path ?? '',
    ),
  ];
}

const hasPorts = ({ proto }: Flow): boolean => proto === 'tcp' || proto === 'udp';

/** The direction that was seen first: 0 or 1. */
function firstWay({ tracker }: TableSource, c: number): number {
  const { packets, firstNs } = tracker.conversations;
  return packets[c * 2] > 0 && (packets[c * 2 + 1] === 0 || firstNs[c * 2] <= firstNs[c * 2 + 1]) ? 0 : 1;
}

function filterOf(f: Flow): string {
  const { a, b } = endsOf(f);
  const only = f.proto === 'icmp' || f.proto === 'icmpv6' ? ` && ${f.proto}` : '';
  return `${a} && ${b}${only}`;
}
