// The packets that are shown: all of them, or those that the query thread found.
import type { Order, PacketColumn, PacketList, PacketRow, Progress } from '../session.js';

/** What a list asks of its session. */
export interface ListSource {
  /** Packets of the run so far. */
  readonly total: () => number;
  readonly progress: () => Progress;
  readonly row: (number: number, before: number, columns: readonly PacketColumn[]) => PacketRow;
}

export class AllPackets implements PacketList {
  readonly filter = '';
  readonly order = null;
  constructor(private readonly source: ListSource) {}

  get count(): number {
    return this.source.total();
  }
  get progress(): Progress {
    return this.source.progress();
  }
  rows(from: number, n: number, columns: readonly PacketColumn[]): PacketRow[] {
    const rows: PacketRow[] = [];
    const end = Math.min(from + n, this.count);
    for (let p = Math.max(0, from); p < end; p++) rows.push(this.source.row(p + 1, p, columns));
    return rows;
  }
  numberAt(position: number): number {
    return position >= 0 && position < this.count ? position + 1 : 0;
  }
  positionOf(number: number): number {
    return Math.min(number, this.count) - 1;
  }
}

export class FoundPackets implements PacketList {
  private numbers = new Uint32Array(1024);
  count = 0;

  constructor(
    readonly filter: string,
    readonly order: Order | null,
    private readonly source: ListSource,
    /** Of the pass that fills the list. */
    readonly id: number,
  ) {}

  get progress(): Progress {
    return this.source.progress();
  }

  add(found: Uint32Array, whole: boolean): void {
    if (whole) {
      this.numbers = found as Uint32Array<ArrayBuffer>;
      this.count = found.length;
      return;
    }
    const count = this.count + found.length;
    if (count > this.numbers.length) {
      const larger = new Uint32Array(Math.max(count, this.numbers.length * 2));
      larger.set(this.numbers.subarray(0, this.count));
      this.numbers = larger;
    }
    this.numbers.set(found, this.count);
    this.count = count;
  }

  /** All numbers, in the order of the list. */
  all(): Uint32Array {
    return this.numbers.subarray(0, this.count);
  }

  rows(from: number, n: number, columns: readonly PacketColumn[]): PacketRow[] {
    const rows: PacketRow[] = [];
    const end = Math.min(from + n, this.count);
    for (let p = Math.max(0, from); p < end; p++)
      rows.push(this.source.row(this.numbers[p], p > 0 ? this.numbers[p - 1] : 0, columns));
    return rows;
  }

  numberAt(position: number): number {
    return position >= 0 && position < this.count ? this.numbers[position] : 0;
  }

  positionOf(number: number): number {
    const { numbers, count } = this;
    if (this.order !== null) {
      let best = -1;
      for (let p = 0; p < count; p++) {
        if (numbers[p] === number) return p;
        if (numbers[p] < number && (best < 0 || numbers[p] > numbers[best])) best = p;
      }
      return best;
    }
    let low = 0;
    for (let high = count; low < high; ) {
      const middle = (low + high) >>> 1;
      if (numbers[middle] > number) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }
}
