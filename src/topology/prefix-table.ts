// Longest prefix match as one binary search. Prefixes nest or are disjoint, so a sorted list of them can be cut into
// disjoint ranges once; a lookup then finds the last range that starts at or before the address. Nothing is allocated
// by a lookup, and 100 000 entries take 17 steps.
import { Ip, Prefix } from './ip.js';

/** `::ffff:0:0/96`, where IPv4 lives in the key space: `::/0` must not catch it. */
const V4_SPACE = new Prefix(Ip.v4(0), 0);

export class PrefixTable<T> {
  readonly #starts: Uint32Array;
  readonly #values: (readonly T[] | null)[];

  /** Values with the same prefix are found together, in the order given. */
  constructor(entries: Iterable<readonly [prefix: Prefix, value: T]>) {
    const byPrefix = new Map<string, { prefix: Prefix; values: T[] | null }>();
    for (const [prefix, value] of entries) {
      const key = prefix.key;
      const known = byPrefix.get(key);
      if (known?.values) known.values.push(value);
      else byPrefix.set(key, { prefix, values: [value] });
    }
    if (!byPrefix.has(V4_SPACE.key)) byPrefix.set(V4_SPACE.key, { prefix: V4_SPACE, values: null });
    const sorted = [...byPrefix.values()].sort(
      (x, y) => x.prefix.network.compare(y.prefix.network) || x.prefix.bits - y.prefix.bits,
    );

    const starts: Ip[] = [];
    const values: (readonly T[] | null)[] = [];
    const emit = (start: Ip, value: readonly T[] | null) => {
      // A range that another one at the same start replaces is empty.
      if (starts.length > 0 && starts[starts.length - 1].equals(start)) values[values.length - 1] = value;
      else {
        starts.push(start);
        values.push(value);
      }
    };
    const open: typeof sorted = [];
    const closeBefore = (start: Ip | null) => {
      while (open.length > 0) {
        const last = open[open.length - 1].prefix.last;
        if (start !== null && last.compare(start) >= 0) return;
        open.pop();
        const after = last.next();
        if (after !== null) emit(after, open.length > 0 ? open[open.length - 1].values : null);
      }
    };
    emit(new Ip(), null);
    for (const entry of sorted) {
      closeBefore(entry.prefix.network);
      open.push(entry);
      emit(entry.prefix.network, entry.values);
    }
    closeBefore(null);

    this.#starts = new Uint32Array(starts.length * 4);
    starts.forEach((ip, i) => {
      this.#starts.set([ip.a, ip.b, ip.c, ip.d], i * 4);
    });
    this.#values = values;
  }

  /** The values of the longest prefix that holds `ip`, or null. The array is the table's own: do not change it. */
  find(ip: Ip): readonly T[] | null {
    const starts = this.#starts;
    let low = 0;
    let high = this.#values.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = middle * 4;
      const order = starts[at] - ip.a || starts[at + 1] - ip.b || starts[at + 2] - ip.c || starts[at + 3] - ip.d;
      if (order <= 0) low = middle;
      else high = middle - 1;
    }
    return this.#values[low];
  }
}
