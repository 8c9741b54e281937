// Packets in the order of a column: numbers as numbers, texts as texts, and what is equal as it was captured.
import type { ExtraField } from '../../dissect/extra.js';
import { type FieldValue, fieldCount } from '../../dissect/fields.js';
import { definitionsOf } from '../../dissect/lookup.js';
import { emitLayer, FieldCollector, shownLayers } from '../../dissect/tree.js';
import { UsageError } from '../../errors.js';
import { listed } from '../columns/packet-columns.js';
import type { Order } from '../session.js';
import { PacketCells } from './cells.js';
import type { Packets } from './packets.js';

/** Different texts of one column that are kept while it is sorted, and characters of each that count. */
const MAX_TEXTS = 4_000_000;
const MAX_TEXT = 80;

/** Types whose values are numbers. */
const NUMERIC = new Set([
  'bool',
  'uint8',
  'uint16',
  'uint24',
  'uint32',
  'uint64',
  'int32',
  'ipv4',
  'ether',
  'time',
  'duration',
  'float',
]);

/** The keys of packets, 8 bytes each (and each different text once) until they are sorted. */
export class Keys {
  /** The key is in the index: packets need not be read. */
  readonly readsNothing: boolean;
  private values = new Float64Array(4096);
  private count = 0;
  private readonly texts = new Map<string, number>();
  private readonly key: (n: number) => number;

  /** Throws UsageError for a column that there is not. */
  constructor(
    packets: Packets,
    private readonly order: Order,
    extras: readonly ExtraField[],
  ) {
    const { field } = order;
    const own = listed(field)?.order;
    this.readsNothing = own?.isIndexed === true;
    if (own !== undefined) this.key = (n) => own.key(packets, n);
    else this.key = numberKey(packets, field, extras) ?? this.textKey(packets, field, extras);
  }

  add(n: number): void {
    if (this.count === this.values.length) {
      const larger = new Float64Array(this.count * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = this.key(n);
  }

  /** `numbers`, whose keys were added in the same order, sorted. */
  sorted(numbers: Uint32Array): Uint32Array {
    const keys = this.texts.size > 0 ? this.ranked() : this.values;
    const places = new Uint32Array(this.count);
    for (let i = 0; i < places.length; i++) places[i] = i;
    const sign = this.order.descending ? -1 : 1;
    // What has no value comes last, whatever the direction.
    places.sort((a, b) => {
      const x = keys[a];
      const y = keys[b];
      if (x === y) return a - b;
      if (Number.isNaN(x)) return Number.isNaN(y) ? a - b : 1;
      return Number.isNaN(y) ? -1 : sign * (x - y);
    });
    for (let i = 0; i < places.length; i++) places[i] = numbers[places[i]];
    return places;
  }

  private textKey(packets: Packets, field: string, extras: readonly ExtraField[]): () => number {
    const columns = new PacketCells(packets, [field], extras);
    return () => {
      const text = columns.cells(0)[0].slice(0, MAX_TEXT);
      if (text === '') return Number.NaN;
      let id = this.texts.get(text);
      if (id === undefined) {
        if (this.texts.size >= MAX_TEXTS)
          throw new UsageError(`more than ${MAX_TEXTS} different values cannot be put in order; filter the packets first`);
        id = this.texts.size;
        this.texts.set(text, id);
      }
      return id;
    };
  }

  /** Ids of texts as their rank. */
  private ranked(): Float64Array {
    const texts = [...this.texts.keys()];
    const rank = new Float64Array(texts.length);
    const isLong = texts.length > 100_000;
    const ids = texts.map((_, i) => i).sort((a, b) => (isLong ? plain(texts[a], texts[b]) : natural(texts[a], texts[b])));
    ids.forEach((id, i) => {
      rank[id] = i;
    });
    return this.values.subarray(0, this.count).map((id) => (Number.isNaN(id) ? id : rank[id]));
  }
}

/** The first value of a field that is a number; null for other fields. */
function numberKey(packets: Packets, field: string, extras: readonly ExtraField[]): (() => number) | null {
  if (listed(field) !== undefined) return null;
  const { layers, registry } = packets;
  const extra = extras.find(({ def }) => def.name === field);
  if (extra !== undefined) return NUMERIC.has(extra.def.type) ? () => numberOf(extra.read(layers)) : null;
  const defs = definitionsOf(registry, field);
  if (defs.length === 0 || !defs.every(({ type }) => NUMERIC.has(type))) return null;
  const collector = new FieldCollector([defs], fieldCount());
  return () => {
    collector.reset();
    const shown = shownLayers(layers);
    for (let i = 0; i < shown && collector.values[0].length === 0; i++) emitLayer(layers, i, collector);
    return numberOf(collector.values[0][0] ?? null);
  };
}

const numberOf = (value: FieldValue): number => (value === null || typeof value === 'string' ? Number.NaN : Number(value));

const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Runs of digits compare as numbers: 10.0.0.9 before 10.0.0.10. */
export function natural(a: string, b: string): number {
  let i = 0;
  let k = 0;
  while (i < a.length && k < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(k);
    if (isDigit(x) && isDigit(y)) {
      const [p, q] = [i, k];
      while (i < a.length && isDigit(a.charCodeAt(i))) i++;
      while (k < b.length && isDigit(b.charCodeAt(k))) k++;
      const difference = Number(a.slice(p, i)) - Number(b.slice(q, k));
      if (difference !== 0) return difference;
    } else if (x !== y) return x - y;
    else {
      i++;
      k++;
    }
  }
  return a.length - i - (b.length - k) || plain(a, b);
}

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
