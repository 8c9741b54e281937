// Several captures as one, in the order of time. A capture may step back by some milliseconds within itself; that is
// left as it is, since only the next frame of each source is looked at: no frame is held back or copied.
import type { CaptureError } from '../errors.js';
import { type CaptureSource, Frame } from './frame.js';

/** What the order goes by. */
interface Timed {
  readonly hasTime: boolean;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** As a capture source, of frames or of what was made of them. */
export interface Heads<Head> {
  next(head: Head): boolean;
  fill(): boolean | Promise<boolean>;
}

/**
 * The loop is that of a single source, with an index where the frame would be:
 *
 *     do { for (let i = merged.next(); i >= 0; i = merged.next()) use(merged.heads[i], i); } while (await merged.fill());
 */
export class Merged<Head extends Timed> {
  /** The sources whose heads are read, as a binary heap: none is due before the one at half its index. */
  private readonly heap: Int32Array;
  /** When each head is due, in nanoseconds since `zero`. */
  private readonly due: Float64Array;
  private ready = 0;
  /** Sources before this one have been read from. */
  private opened = 0;
  /** The head of the first source in the heap was handed out. */
  private isOut = false;
  /** Seconds since 1970; NaN before the first head with a time. A double tells nanoseconds apart for a hundred days from it. */
  private zero = Number.NaN;
  /** The source that has no whole record at hand. */
  private waiting = -1;

  constructor(
    private readonly sources: readonly Heads<Head>[],
    /** One per source; the one that `next()` named is valid until `next()` is called again. */
    readonly heads: readonly Head[],
    /** Nanoseconds that the clock of each source is ahead. */
    private readonly aheadNs: readonly number[] = sources.map(() => 0),
  ) {
    this.heap = new Int32Array(sources.length);
    this.due = new Float64Array(sources.length);
  }

  /** Index of the source whose head comes next; -1 when `fill()` has to read on first. */
  next(): number {
    const { heads, sources, heap } = this;
    if (sources.length === 1) {
      if (sources[0]!.next(heads[0]!)) return 0;
      this.waiting = 0;
      return -1;
    }
    for (; this.opened < sources.length; this.opened++) {
      if (!this.read(this.opened)) return -1;
      this.rise(this.ready++, this.opened);
    }
    if (this.isOut) {
      if (!this.read(heap[0]!)) return -1;
      this.isOut = false;
      this.sink(heap[0]!);
    }
    if (this.ready === 0) return -1;
    this.isOut = true;
    return heap[0]!;
  }

  /** Reads on where bytes are missing; false when all sources have ended. */
  fill(): boolean | Promise<boolean> {
    const i = this.waiting;
    if (i < 0) return false;
    const more = this.sources[i]!.fill();
    return typeof more === 'boolean' ? this.filled(more) : more.then((yes) => this.filled(yes));
  }

  /** Reads the next head of a source; false where bytes are missing. */
  private read(i: number): boolean {
    const head = this.heads[i]!;
    if (!this.sources[i]!.next(head)) {
      this.waiting = i;
      return false;
    }
    // A frame without time has no place to wait for: it comes at once.
    if (!head.hasTime) this.due[i] = Number.NEGATIVE_INFINITY;
    else {
      if (Number.isNaN(this.zero)) this.zero = head.seconds;
      this.due[i] = (head.seconds - this.zero) * 1e9 + head.nanoseconds - this.aheadNs[i]!;
    }
    return true;
  }

  /** The order of the sources breaks a tie. */
  private before(i: number, k: number): boolean {
    const { due } = this;
    return due[i]! < due[k]! || (due[i] === due[k] && i < k);
  }

  /** Puts source `i` into the heap, at `at` or above it. */
  private rise(at: number, i: number): void {
    const { heap } = this;
    let place = at;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.before(i, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = i;
  }

  /** Puts source `i` into the heap, at its top or below it. */
  private sink(i: number): void {
    const { heap, ready } = this;
    let place = 0;
    for (let below = 1; below < ready; below = place * 2 + 1) {
      if (below + 1 < ready && this.before(heap[below + 1]!, heap[below]!)) below++;
      if (!this.before(heap[below]!, i)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = i;
  }

  private filled(more: boolean): boolean {
    const { waiting } = this;
    this.waiting = -1;
    if (more) return true;
    if (this.sources.length === 1) return false;
    if (this.opened === waiting) this.opened++;
    else {
      this.isOut = false;
      if (--this.ready > 0) this.sink(this.heap[this.ready]!);
    }
    return this.ready > 0 || this.opened < this.sources.length;
  }
}

/** Frames of several captures. */
export class MergedSource extends Merged<Frame> {
  constructor(
    private readonly captures: readonly CaptureSource[],
    aheadNs?: readonly number[],
  ) {
    super(
      captures,
      captures.map(() => new Frame()),
      aheadNs,
    );
  }

  /** The first source's error, if any ended with one. The others were read on. */
  get error(): CaptureError | null {
    return this.captures.find((source) => source.error !== null)?.error ?? null;
  }

  get position(): number {
    return this.captures.reduce((sum, source) => sum + source.position, 0);
  }

  close(): void {
    for (const source of this.captures) source.close();
  }
}
