// Tunnels: the outer ends, the network identifier, and what runs inside.

import { PROTO_NAMES } from '../../../flows/proto.js';
import type { Edge } from '../../../flows/tunnels.js';
import type { Severity } from '../../../rules/finding.js';
import { ipOf, severityOf, slotsOf, sortable, worse } from './parts.js';
import { type ColumnOf, left, number, RowMaker, right, shownColumns, type TableMaker, type TableSource } from './table.js';

/** Conversations that are named; of the others there is a count. */
const NAMED = 2;

interface Tunnel {
  readonly edge: Edge;
  /** Slots of the conversations inside. */
  readonly inside: readonly number[];
}

export const tunnels: TableMaker = (source) => {
  const { tracker, only } = source;
  const severities = severityOf(source.found);
  const inside = insideOf(source);
  const columns = columnsOf(source);
  const rows = new RowMaker<Tunnel>(
    columns,
    (tunnel) => tunnel,
    ({ edge: e, inside: carried }) => {
      const net = e.src.family === 6 ? 'ipv6' : 'ip';
      const vni = e.vni < 0 || (e.kind !== 'vxlan' && e.kind !== 'geneve') ? '' : ` && ${e.kind}.vni == ${e.vni}`;
      const severity = carried.reduce<Severity | null>(
        (worst, c) => worse(worst, severities.get(tracker.conversations.uid[c]) ?? null),
        null,
      );
      return {
        severity,
        filter: `outer.${net}.src == ${e.src} && outer.${net}.dst == ${e.dst}${vni}`,
        packet: e.firstSeen.frame,
        depth: 0,
        ends: { a: `outer.${net}.addr == ${e.src}`, b: `outer.${net}.addr == ${e.dst}` },
      };
    },
  );
  const list = tracker.tunnels.list.filter((e) => only === null || inside.has(e.id));
  return {
    columns: shownColumns(columns),
    tabs: [
      rows.tab(
        'Tunnels',
        list.map((edge) => ({ edge, inside: [...(inside.get(edge.id) ?? [])] })),
      ),
    ],
  };
};

/** By tunnel: the conversations that went through it. */
function insideOf(source: TableSource): Map<number, Set<number>> {
  const inside = new Map<number, Set<number>>();
  for (const c of slotsOf(source))
    for (const way of [0, 1])
      for (const use of source.tracker.journeys.usesOf(c, way))
        for (const { edge } of use.path.hops) {
          if (edge < 0) continue;
          const set = inside.get(edge) ?? new Set();
          inside.set(edge, set.add(c));
        }
  return inside;
}

/** Empty where there is none; ordered as a number. */
const some = (title: string, weight: number, value: (edge: Edge) => number, least = 1): ColumnOf<Tunnel> =>
  right(
    title,
    weight,
    ({ edge }) => (value(edge) < least ? '' : String(value(edge))),
    ({ edge }) => Math.max(0, value(edge)),
  );

const columnsOf = (source: TableSource): ColumnOf<Tunnel>[] => [
  left('Kind', 8, ({ edge }) => edge.kind),
  left(
    'Outer source',
    9,
    ({ edge }) => String(edge.src),
    ({ edge }) => sortable(edge.src),
  ),
  left(
    'Outer destination',
    9,
    ({ edge }) => String(edge.dst),
    ({ edge }) => sortable(edge.dst),
  ),
  some('VNI', 8, ({ vni }) => vni, 0),
  left('Identity', 6, ({ edge }) => source.lab.topology?.identityName(edge.vni) ?? ''),
  number('Frames', 7, ({ edge }) => edge.frames),
  number('Conversations', 5, ({ inside }) => inside.length),
  left('Inside', 6, ({ inside }) => insideText(source, inside)),
  some('Overhead', 2, ({ overhead }) => overhead),
  some('Longest', 3, ({ longest }) => longest),
  some('Fragments', 3, ({ fragments }) => fragments),
];

/** `2 tcp, 1 icmp (10.0.0.1 → 10.0.0.2, …)` */
function insideText(source: TableSource, inside: readonly number[]): string {
  const protos = new Map<string, number>();
  for (const c of inside) {
    const proto = source.tracker.conversations.proto[c];
    const name = PROTO_NAMES[proto] ?? `ip-${proto}`;
    protos.set(name, (protos.get(name) ?? 0) + 1);
  }
  const ends = inside.slice(0, NAMED).map((c) => `${ipOf(source, c, true)} → ${ipOf(source, c, false)}`);
  const runs = [...protos].map(([name, n]) => `${n} ${name}`).join(', ');
  return [runs, ends.length > 0 ? `(${ends.join(', ')}${inside.length > NAMED ? ', …' : ''})` : ''].join(' ').trim();
}
