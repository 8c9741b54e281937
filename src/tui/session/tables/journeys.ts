// Journeys: one packet a row, with the places its copies were seen at; read from the index and the packets.
import type { Severity } from '../../../rules/finding.js';
import type { PacketList, Table, TableColumn, TableQuery, TableRow } from '../../session.js';
import { PacketCells } from '../cells.js';
import type { Engine } from '../engine.js';
import { copiesOf, type Hop, journeyOf } from '../journey.js';
import { FoundPackets } from '../list.js';
import { asItIs, namingBy } from '../naming.js';
import { natural } from '../order.js';
import { type ColumnOf, left, milliseconds, RowMaker, right, shownColumns } from './table.js';

/** While a sort goes on, the screen is told this often; where it then asks for no rows, nobody waits for the sort. */
const TELL_MS = 300;
const ABANDONED_MS = 1500;
/** A sort lets the screen have its turn this often. */
const TURN_MS = 4;
/** Rows remembered. */
const MAX_ROWS = 4000;

/** A journey spelled out: its first packet as it is listed, and where all its copies were seen. */
interface Journey {
  readonly number: number;
  readonly cells: readonly string[];
  readonly copies: readonly number[];
  readonly hops: readonly Hop[];
}

/** What the packet list shows of the first packet; COLUMN says which is which. */
const CELLS = ['time', 'source', 'destination', 'proto', 'info'] as const;
const NAMED = ['time', 'source-name', 'destination-name', 'proto', 'info'] as const;
const COLUMN = { time: 0, source: 1, destination: 2, proto: 3, info: 4 } as const;

/** By the number of the first packet. */
function columnsOf(engine: Engine, cell: (number: number, at: number) => string): ColumnOf<number, Journey>[] {
  const { packets, copies } = engine;
  const shown = (at: number) => (journey: Journey) => journey.cells[at];
  const tookNs = (all: readonly number[]) => {
    const times = all.map((n) => packets.store.timeNs(n));
    return Math.max(...times) - Math.min(...times);
  };
  return [
    right(
      'No.',
      5,
      ({ number }) => String(number),
      (n) => n,
    ),
    right('Time', 6, shown(COLUMN.time), (n) => packets.store.timeNs(n)),
    left('Source', 9, shown(COLUMN.source), (n) => cell(n, COLUMN.source)),
    left('Destination', 9, shown(COLUMN.destination), (n) => cell(n, COLUMN.destination)),
    left('Proto', 7, shown(COLUMN.proto), (n) => cell(n, COLUMN.proto)),
    right(
      'Hops',
      5,
      (journey) => String(journey.copies.length),
      (n) => copiesOf(packets, n).length,
    ),
    left(
      'Path',
      8,
      ({ hops }) =>
        hops.map(({ place, tunnel, change }) => `${tunnel === '' ? place : `${place} (${tunnel})`}${change}`).join(' > '),
      (n) =>
        journeyOf(copies, n)
          .map(({ place }) => place)
          .join(' > '),
    ),
    left(
      'TTL',
      4,
      // Routers on the path of a tunnel count down the outer one.
      ({ hops }) => hops.map(({ ttl, outerTtl }) => (outerTtl > 0 ? `${outerTtl}/${ttl}` : ttl)).join(' '),
      (n) =>
        journeyOf(copies, n)
          .map(({ ttl }) => ttl)
          .join(' > '),
    ),
    right(
      'Took ms',
      3,
      (journey) => (journey.copies.length > 1 ? milliseconds(tookNs(journey.copies)) : ''),
      (n) => Math.max(...copiesOf(packets, n).map((copy) => packets.store.timeNs(copy))) - packets.store.timeNs(n),
    ),
    left('Info', 2, shown(COLUMN.info), (n) => cell(n, COLUMN.info)),
  ];
}

/** One packet a row, with all its copies. */
export class JourneyTable implements Table {
  readonly columns: readonly TableColumn[];
  private heads = new Uint32Array(1024);
  private used = 0;
  private looked = 0;
  private order: Uint32Array | null = null;
  private ordered = -1;
  private isSorting = false;
  /** When its rows were last asked for, in ms. */
  private shownAt = 0;
  private readonly cells: PacketCells;
  private readonly maker: RowMaker<number, Journey>;
  private readonly made = new Map<number, TableRow>();

  constructor(
    private readonly engine: Engine,
    private readonly query: TableQuery,
    private readonly list: PacketList,
    private readonly severityOf: (number: number) => Severity | null,
    private readonly onChange: () => void,
    /** Names of the topology in place of addresses. */
    private readonly areNames: boolean,
  ) {
    this.cells = new PacketCells(engine.packets, areNames ? NAMED : CELLS, engine.extras);
    const columns = columnsOf(engine, (n, at) => this.cellsOf(n)[at]);
    this.columns = shownColumns(columns);
    this.maker = new RowMaker(
      columns,
      (n) => this.spell(n),
      (n, { copies }) => ({
        severity: copies.reduce<Severity | null>((worst, copy) => worst ?? this.severityOf(copy), null),
        filter: `frame.number in {${copies.join(', ')}}`,
        packet: n,
        depth: 0,
        ends: null,
      }),
    );
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
      keys.push(this.maker.key(n, column));
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

  private cellsOf(n: number): readonly string[] {
    return this.engine.packets.read(n) ? this.cells.cells(0) : CELLS.map(() => '');
  }

  private spell(n: number): Journey {
    const { packets, copies } = this.engine;
    return {
      number: n,
      cells: this.cellsOf(n),
      copies: copiesOf(packets, n),
      hops: journeyOf(copies, n, this.areNames ? namingBy(this.engine.lab) : asItIs),
    };
  }

  private row(n: number): TableRow {
    const known = this.made.get(n);
    if (known !== undefined && !this.isPartial) return known;
    const row = this.maker.row(n);
    if (this.made.size > MAX_ROWS) this.made.clear();
    this.made.set(n, row);
    return row;
  }
}
