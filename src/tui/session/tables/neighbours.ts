// Neighbours: who asked for an address, who has it, and how that changed.
import { macNumber } from '../../../bytes/show.js';
import type { Neighbour } from '../../../flows/neighbour.js';
import type { Severity } from '../../../rules/finding.js';
import type { FoundFinding } from '../wire.js';
import { sortable, worse } from './parts.js';
import { type ColumnOf, left, number, RowMaker, shownColumns, type TableMaker, type TableSource } from './table.js';

const FIELDS = {
  arp: ['arp.src.proto_ipv4', 'arp.dst.proto_ipv4'],
  nd: ['icmpv6.nd.ns.target_address', 'icmpv6.nd.na.target_address'],
} as const;

export const neighbours: TableMaker = (source) => {
  const columns = columnsOf(source);
  const bad = severityOfTargets(source.found);
  const rows = new RowMaker<Neighbour>(
    columns,
    (n) => n,
    (n) => ({
      severity: bad.get(String(n.target)) ?? null,
      filter: FIELDS[n.kind].map((name) => `${name} == ${n.target}`).join(' || '),
      packet: (n.questions[0] ?? n.firstAnswer)?.frame ?? 0,
      depth: 0,
      ends: null,
    }),
  );
  // Who merely asked is no neighbour of interest: what was asked for, claimed or probed is.
  const all = [...source.tracker.neighbours.list].filter((n) => n.asked > 0 || n.claims.length > 0 || n.probes > 0);
  const of = (kind: Neighbour['kind']) => all.filter((n) => n.kind === kind);
  return { columns: shownColumns(columns), tabs: [rows.tab('ARP', of('arp')), rows.tab('ND', of('nd'))] };
};

const columnsOf = ({ tracker, seconds }: TableSource): ColumnOf<Neighbour>[] => [
  left(
    'Address',
    9,
    (n) => String(n.target),
    (n) => sortable(n.target),
  ),
  left('MAC', 9, (n) => (n.holder < 0 ? '' : macNumber(n.holder))),
  left('State', 8, stateOf),
  left('Interface', 7, (n) => tracker.ports.name(n.port)),
  left('Kind', 5, (n) => (n.kind === 'arp' ? 'ARP' : 'ND')),
  left('Asked by', 6, (n) => n.askers.map(String).join(', ')),
  number('Asked', 4, (n) => n.asked),
  number('Answers', 4, (n) => n.answers),
  number('Unanswered', 5, (n) => n.unanswered + (Number.isNaN(n.openSinceNs) ? 0 : n.openCount)),
  left('Claimed by', 2, (n) => n.claims.map((c) => macNumber(c.mac)).join(', ')),
  left('Changes', 3, (n) =>
    n.changes.map((c) => `${macNumber(c.from)} → ${macNumber(c.to)} at ${seconds(c.mark.timeNs)}`).join('; '),
  ),
];

function stateOf(n: Neighbour): string {
  if (n.conflicts > 0) return `${n.claims.length} answer`;
  if (n.holder < 0) return n.asked > 0 ? 'no answer' : 'announced by nobody';
  if (n.changeCount > 0) return n.changeCount === 1 ? 'changed' : `changed ${n.changeCount} times`;
  return Number.isNaN(n.openSinceNs) ? 'answers' : 'no longer answers';
}

function severityOfTargets(found: readonly FoundFinding[]): Map<string, Severity> {
  const bad = new Map<string, Severity>();
  for (const { finding } of found)
    if (finding.verdict === 'fail' && finding.subject.target !== null)
      bad.set(finding.subject.target, worse(bad.get(finding.subject.target) ?? null, finding.severity) as Severity);
  return bad;
}
