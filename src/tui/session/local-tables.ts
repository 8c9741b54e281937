// Tables that are read from the index and the captures' own words: journeys and properties.

import { plainWidth } from '../../bytes/text.js';
import { duration, size } from '../../bytes/units.js';
import type { ReportCapture } from '../../report/run.js';
import type { Severity } from '../../rules/finding.js';
import type { PacketList, Table, TableColumn, TableQuery, TableRow } from '../session.js';
import { Columns } from './columns.js';
import type { Engine } from './engine.js';
import { copiesOf, journeyOf } from './journey.js';
import { FoundPackets } from './list.js';
import { natural } from './order.js';

/** While a sort goes on, the screen is told this often; where it then asks for no rows, nobody waits for the sort. */
const TELL_MS = 300;
const ABANDONED_MS = 1500;
/** A sort lets the screen have its turn this often. */
const TURN_MS = 4;

const JOURNEY_COLUMNS: readonly TableColumn[] = [
  { title: 'No.', align: 'right', weight: 5 },
  { title: 'Time', align: 'right', weight: 6 },
  { title: 'Source', align: 'left', weight: 9 },
  { title: 'Destination', align: 'left', weight: 9 },
  { title: 'Proto', align: 'left', weight: 7 },
  { title: 'Hops', align: 'right', weight: 5 },
  { title: 'Path', align: 'left', weight: 8 },
  { title: 'TTL', align: 'left', weight: 4 },
  { title: 'Took', align: 'right', weight: 3 },
  { title: 'Info', align: 'left', weight: 2 },
];

/** One packet a row, with all its copies. */
export class JourneyTable implements Table {
  readonly columns = JOURNEY_COLUMNS;
  private heads = new Uint32Array(1024);
  private used = 0;
  private looked = 0;
  private order: Uint32Array | null = null;
  private ordered = -1;
  private isSorting = false;
  /** When its rows were last asked for, in ms. */
  private shownAt = 0;
  private readonly cells: Columns;
  private readonly made = new Map<number, TableRow>();

  constructor(
    private readonly engine: Engine,
    private readonly query: TableQuery,
    private readonly list: PacketList,
    private readonly severityOf: (number: number) => Severity | null,
    private readonly onChange: () => void,
  ) {
    this.cells = new Columns(engine.packets, ['time', 'source', 'destination', 'proto', 'info'], engine.extras);
  }

  get isPartial(): boolean {
    const { state } = this.engine.progress;
    return state === 'running' || state === 'following' || this.isSorting;
  }

  get count(): number {
    this.look();
    return this.used;
  }

  get tabs() {
    return [{ title: 'Journeys', count: this.count }];
  }

  rows(from: number, n: number): readonly TableRow[] {
    this.look();
    this.shownAt = performance.now();
    const heads = this.places();
    const rows: TableRow[] = [];
    for (let i = from; i < Math.min(from + n, this.used); i++) rows.push(this.row(heads[i]));
    return rows;
  }

  /** Takes the packets that have come since: of each journey its first. */
  private look(): void {
    const { store } = this.engine.packets;
    const limited = this.query.limitToFilter && this.list instanceof FoundPackets ? this.list.all() : null;
    const count = limited === null ? store.count : limited.length;
    for (; this.looked < count; this.looked++) {
      const n = limited === null ? this.looked + 1 : limited[this.looked];
      if (store.conversation(n) < 0) continue;
      const next = store.next(n);
      // Copies are linked in the order of their numbers, and the last with the first.
      if (next !== 0 && limited === null ? this.isInside(n, next) : limited !== null && this.isKnown(n, next)) continue;
      if (this.used === this.heads.length) {
        const larger = new Uint32Array(this.used * 2);
        larger.set(this.heads);
        this.heads = larger;
      }
      this.heads[this.used++] = n;
    }
  }

  /** A packet whose journey has begun before. */
  private isInside(n: number, next: number): boolean {
    if (next < n) return true;
    return copiesOf(this.engine.packets, n).some((copy) => copy < n);
  }

  /** In a limited list the first of the copies that is in it stands for all. */
  private isKnown(n: number, next: number): boolean {
    if (next === 0) return false;
    const copies = copiesOf(this.engine.packets, n);
    for (let i = this.used - 1; i >= Math.max(0, this.used - 64); i--) if (copies.includes(this.heads[i])) return true;
    return false;
  }

  private places(): Uint32Array {
    const { sortBy, descending } = this.query;
    if (sortBy === null) return this.heads;
    if (this.order !== null && this.ordered === this.used) return this.order;
    if (!this.isSorting) void this.sort(sortBy, descending ? -1 : 1);
    return this.order !== null && this.order.length === this.used ? this.order : this.heads;
  }

  /** Texts have to be read from the packets: in slices, and the rows stand as they were meanwhile. */
  private async sort(column: number, sign: number): Promise<void> {
    this.isSorting = true;
    const heads = this.heads.slice(0, this.used);
    const keys: (number | string)[] = [];
    let turnAt = performance.now() + TURN_MS;
    let toldAt = performance.now();
    for (const n of heads) {
      keys.push(this.key(n, column));
      const now = performance.now();
      if (now < turnAt) continue;
      if (now > toldAt + TELL_MS) {
        toldAt = now;
        this.onChange();
      }
      await new Promise((resolve) => setImmediate(resolve));
      turnAt = performance.now() + TURN_MS;
      // Whoever asked looks at something else by now: what is left is done when he comes back.
      if (turnAt > this.shownAt + ABANDONED_MS) {
        this.isSorting = false;
        return;
      }
    }
    const compare = (a: number | string, b: number | string): number =>
      typeof a === 'number' ? a - Number(b) : natural(a, String(b));
    const places = Uint32Array.from(heads, (_, i) => i).sort((a, b) => sign * compare(keys[a], keys[b]) || a - b);
    this.order = places.map((i) => heads[i]);
    this.ordered = heads.length;
    this.isSorting = false;
    this.onChange();
  }

  private key(n: number, column: number): number | string {
    const { packets, copies } = this.engine;
    const { store } = packets;
    const all = copiesOf(packets, n);
    if (column === 0) return n;
    if (column === 1) return store.timeNs(n);
    if (column === 5) return all.length;
    if (column === 8) return Math.max(...all.map((copy) => store.timeNs(copy))) - store.timeNs(n);
    if (column === 6 || column === 7) {
      const hops = journeyOf(copies, n);
      return hops.map(({ place, ttl }) => (column === 6 ? place : ttl)).join(' > ');
    }
    // Source, destination, protocol, info: cells 1 to 4.
    return packets.read(n) ? this.cells.cells(0)[column === 9 ? 4 : column - 1] : '';
  }

  private row(n: number): TableRow {
    const known = this.made.get(n);
    if (known !== undefined && !this.isPartial) return known;
    const { packets, copies } = this.engine;
    const [time, source, destination, proto, info] = packets.read(n) ? this.cells.cells(0) : ['', '', '', '', ''];
    const hops = journeyOf(copies, n);
    const all = copiesOf(packets, n);
    const times = all.map((copy) => packets.store.timeNs(copy));
    const path = hops
      .map(({ place, tunnel, change }) => `${tunnel === '' ? place : `${place} (${tunnel})`}${change}`)
      .join(' > ');
    // Routers on the way of a tunnel count down the outer one.
    const ttls = hops.map(({ ttl, outerTtl }) => (outerTtl > 0 ? `${outerTtl}/${ttl}` : ttl)).join(' ');
    const took = all.length > 1 ? duration(Math.max(...times) - Math.min(...times)) : '';
    const row: TableRow = {
      cells: [String(n), time, source, destination, proto, String(all.length), path, ttls, took, info],
      severity: all.reduce<Severity | null>((worst, copy) => worst ?? this.severityOf(copy), null),
      filter: `frame.number in {${all.join(', ')}}`,
      packet: n,
      depth: 0,
      ends: null,
    };
    if (this.made.size > 4000) this.made.clear();
    this.made.set(n, row);
    return row;
  }
}

/** What the captures say of themselves. */
export function propertiesTable({ lab, captures, settings, progress, count }: Engine): Table {
  const rows: TableRow[] = [];
  const row = (label: string, value: string | null, depth = 1, severity: Severity | null = null) => {
    if (value !== null && value !== '')
      rows.push({ cells: [label, plainWidth(value)], severity, filter: '', packet: 0, depth, ends: null });
  };
  lab.captures.forEach(({ label, source }, i) => {
    const { info } = source;
    const report: ReportCapture | undefined = captures[i];
    rows.push({ cells: [plainWidth(label), ''], severity: null, filter: '', packet: 0, depth: 0, ends: null });
    row('File', settings.captures[i].path);
    row(
      'Format',
      [info.format, info.variant, info.byteOrder === null ? null : `${info.byteOrder} endian`].filter(Boolean).join(', '),
    );
    row('Link types', report?.linkTypes.join(', ') ?? '');
    row('Packets', report === undefined ? (lab.captures.length === 1 ? String(count) : null) : String(report.frames));
    row('Bytes on the wire', report === undefined ? null : `${size(report.bytes)} (${report.bytes})`);
    row('First', report?.first ?? null);
    row('Last', report?.last ?? null);
    if (report !== undefined && report.first !== null && report.last !== null) {
      const seconds = (Date.parse(report.last) - Date.parse(report.first)) / 1000;
      row('Duration', duration(seconds * 1e9));
      if (seconds > 0) row('Rate', `${(report.frames / seconds).toFixed(1)} packets/s, ${size(report.bytes / seconds)}/s`);
    }
    if (report !== undefined) {
      row(
        'Dropped',
        report.dropped === null ? 'the file does not say' : String(report.dropped),
        1,
        report.dropped ? 'warning' : null,
      );
      row('Cut short', report.clipped === 0 ? null : `${report.clipped} packets, by the snapshot length`, 1, 'warning');
    }
    row('Hardware', info.hardware.join(', '));
    row('System', info.os.join(', '));
    row('Written by', info.application.join(', '));
    for (const comment of info.comments) row('Comment', comment);
    for (const one of (report?.interfaces ?? []).toSorted((a, b) => a.index - b.index)) {
      const from = one.nameFrom === 'none' ? '' : `, named by the ${one.nameFrom}`;
      row(`Interface ${one.index}`, `${one.name}: ${one.in} in, ${one.out} out${from}`);
    }
    for (const one of info.interfaces) {
      const parts = [
        one.snapLength > 0 ? `snapshot length ${one.snapLength}` : null,
        one.filter === null ? null : `capture filter "${one.filter}"`,
        one.description,
        one.received === null ? null : `${one.received} received`,
        one.dropped === null ? null : `${one.dropped} dropped`,
      ];
      row(
        info.interfaces.length === 1 ? 'Captured with' : `Description ${one.id}`,
        parts.filter((part) => part !== null).join(', '),
      );
    }
    row('Error', report?.error ?? null, 1, 'error');
  });
  const { state } = progress;
  return {
    columns: [
      { title: 'Property', align: 'left', weight: 9 },
      { title: 'Value', align: 'left', weight: 9 },
    ],
    count: rows.length,
    isPartial: state === 'running' || state === 'following',
    tabs: [{ title: 'Properties', count: rows.length }],
    rows: (from, n) => rows.slice(from, from + n),
  };
}
