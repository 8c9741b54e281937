// Several captures that one program writes at once, in the order in which it writes their frames: it says that in a file of its own, a byte
// a frame, with the number of the capture. So a capture to which nothing comes holds up none of the others.
import { closeSync, openSync, readSync, sleep } from '#host';
import type { CaptureError } from '../errors.js';
import { unlessAborted } from './abort.js';
import { type CaptureSource, Frame } from './frame.js';

/** Captures that a byte can name. */
export const MOST_ORDERED = 256;
const POLL_MS = 50;

/** Read like a `MergedSource`. Each frame is in its file before its place is in the order. */
export class OrderedSource {
  readonly heads: readonly Frame[];
  private readonly fd: number;
  private readonly order = new Uint8Array(64 * 1024);
  private at = 0;
  private end = 0;
  private offset = 0;
  /** The capture whose frame is due and not read yet; -1: the order goes no further. */
  private waiting = -1;

  constructor(
    private readonly sources: readonly CaptureSource[],
    order: string,
    private readonly signal: AbortSignal,
  ) {
    this.heads = sources.map(() => new Frame());
    this.fd = openSync(order, 'r');
  }

  /** The first source's error, if any ended with one. */
  get error(): CaptureError | null {
    return this.sources.find((source) => source.error !== null)?.error ?? null;
  }

  get position(): number {
    return this.sources.reduce((sum, source) => sum + source.position, 0);
  }

  /** Index of the capture whose head comes next; -1 when `fill()` has to read on first. */
  next(): number {
    this.waiting = -1;
    if (this.at === this.end) return -1;
    const i = this.order[this.at]!;
    if (!this.sources[i]!.next(this.heads[i]!)) {
      this.waiting = i;
      return -1;
    }
    this.at++;
    return i;
  }

  /** Reads on; false when the signal has ended it, or a capture is damaged. */
  fill(): boolean | Promise<boolean> {
    if (this.waiting >= 0) return this.sources[this.waiting]!.fill();
    return this.more() || unlessAborted(this.wait(), this.signal);
  }

  close(): void {
    for (const source of this.sources) source.close();
    closeSync(this.fd);
  }

  private more(): boolean {
    const got = readSync(this.fd, this.order, 0, this.order.length, this.offset);
    this.at = 0;
    this.end = got;
    this.offset += got;
    return got > 0;
  }

  private async wait(): Promise<boolean> {
    while (!this.signal.aborted) {
      await sleep(POLL_MS);
      if (this.signal.aborted) break;
      if (this.more()) return true;
    }
    return false;
  }
}
