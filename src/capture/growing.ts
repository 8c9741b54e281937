// A capture that somebody else is still writing: where its end is reached, wait for more.
import { closeSync, fstatSync, openSync, readSync, sleep, statSync } from '#host';
import { CaptureError } from '../errors.js';
import { unlessAborted } from './abort.js';
import type { CaptureSource } from './frame.js';
import type { ByteInput } from './input.js';
import { onPath } from './open.js';
import { InputSource } from './source.js';

export interface FollowOptions {
  /** Ends the following cleanly: `fill()` returns false, and there is no error. So does `close()`. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at the file. */
  readonly pollMs?: number;
}

/**
 * A source over a growing file. `fill()` gives a promise where it has to wait. A file that was cut down or replaced ends
 * the source with an `io` error, after what the old one still held.
 */
export function followCapture(path: string, { signal, pollMs = 100 }: FollowOptions = {}): CaptureSource {
  const stats = onPath(path, () => statSync(path));
  // The opening of a named pipe would wait for its writer, and hold everything else.
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'is a directory' : 'is no plain file';
    throw new CaptureError(
      'not-a-file',
      `${path}: ${what}, so it cannot be followed; name the file that is being written, or pipe it into -`,
      path,
    );
  }
  const fd = onPath(path, () => openSync(path, 'r'));
  return new InputSource(path, new GrowingInput(path, fd, pollMs, signal), { unfinished: true });
}

class GrowingInput implements ByteInput {
  readonly compression = null;
  position = 0;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly path: string,
    private readonly fd: number,
    private readonly pollMs: number,
    signal?: AbortSignal,
  ) {
    this.signal = signal === undefined ? this.stop.signal : AbortSignal.any([signal, this.stop.signal]);
  }

  read(into: Uint8Array, at: number): number | Promise<number> {
    if (this.signal.aborted) return 0;
    const got = this.more(into, at);
    return got > 0 ? got : this.wait(into, at);
  }

  close(): void {
    this.stop.abort();
    closeSync(this.fd);
  }

  private more(into: Uint8Array, at: number): number {
    const got = readSync(this.fd, into, at, into.length - at, this.position);
    this.position += got;
    return got;
  }

  private async wait(into: Uint8Array, at: number): Promise<number> {
    for (;;) {
      // Looked at before reading: what the writer put there before it moved on is not lost.
      const replaced = this.isReplaced();
      if (fstatSync(this.fd).size < this.position)
        throw new Error('the file became shorter while it was read; start again to read the new content');
      const got = this.more(into, at);
      if (got > 0) return got;
      if (replaced) throw new Error('the file was replaced by another (rotated?); start again to follow the new one');
      const goesOn = await unlessAborted(
        sleep(this.pollMs).then(() => true),
        this.signal,
      );
      if (!goesOn) return 0;
    }
  }

  /** Is there another file under the path now? A file that was only removed may still grow. */
  private isReplaced(): boolean {
    const mine = fstatSync(this.fd);
    const there = statSync(this.path, { throwIfNoEntry: false });
    return there !== undefined && (there.ino !== mine.ino || there.dev !== mine.dev);
  }
}
