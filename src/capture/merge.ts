// Several captures as one, in the order of time. A capture may step back by some milliseconds within itself; that is
// left as it is, since only the next frame of each source is looked at: no frame is held back or copied.
import type { CaptureError } from '../errors.js';
import { type CaptureSource, Frame } from './frame.js';

const EMPTY = 0; // the head was handed out, or never read
const READY = 1;
const ENDED = 2;

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
  private readonly state: number[];
  /** The source that has no whole record at hand. */
  private waiting = -1;

  constructor(
    private readonly sources: readonly Heads<Head>[],
    /** One per source; the one that `next()` named is valid until `next()` is called again. */
    readonly heads: readonly Head[],
    /** Nanoseconds that the clock of each source is ahead. */
    private readonly aheadNs: readonly number[] = sources.map(() => 0),
  ) {
    this.state = sources.map(() => EMPTY);
  }

  /** Index of the source whose head comes next; -1 when `fill()` has to read on first. */
  next(): number {
    const { heads, state, sources } = this;
    if (sources.length === 1) {
      if (sources[0]!.next(heads[0]!)) return 0;
      this.waiting = 0;
      return -1;
    }
    let first = -1;
    for (let i = 0; i < sources.length; i++) {
      if (state[i] === EMPTY) {
        if (!sources[i]!.next(heads[i]!)) {
          this.waiting = i;
          return -1;
        }
        state[i] = READY;
      }
      if (state[i] === READY && (first < 0 || this.before(i, first))) first = i;
    }
    if (first >= 0) state[first] = EMPTY;
    return first;
  }

  /** Reads on where bytes are missing; false when all sources have ended. */
  fill(): boolean | Promise<boolean> {
    const i = this.waiting;
    if (i < 0) return false;
    const more = this.sources[i]!.fill();
    return typeof more === 'boolean' ? this.filled(i, more) : more.then((yes) => this.filled(i, yes));
  }

  /** A frame without time has no place to wait for: it comes at once. Otherwise the order of the sources breaks a tie. */
  private before(i: number, k: number): boolean {
    const a = this.heads[i]!;
    const b = this.heads[k]!;
    if (!a.hasTime || !b.hasTime) return !a.hasTime && b.hasTime;
    const ahead = this.aheadNs[i]! - this.aheadNs[k]!;
    return (a.seconds - b.seconds) * 1e9 + (a.nanoseconds - b.nanoseconds) < ahead;
  }

  private filled(i: number, more: boolean): boolean {
    this.waiting = -1;
    if (!more) this.state[i] = ENDED;
    return this.state.some((state) => state !== ENDED);
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
