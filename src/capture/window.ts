// The bytes at hand. A window slides over the input: what was read is forgotten, what is left moves to the front,
// so memory follows the largest record and never the file.
import { CaptureError, type CaptureProblem } from '../errors.js';
import type { ByteInput } from './input.js';

/** wiretap's largest record (D-Bus and USB captures). A longer one is damage, and no reason to ask for memory. */
export const MAX_RECORD = 128 * 1024 * 1024;

const MAX_WINDOW = MAX_RECORD + 64 * 1024;

/** A chunk whose frames nobody needs any more, with room for `left` bytes and more: twice as many, where that is more than usual. */
export type Chunks = (left: number) => Uint8Array;

export class Window {
  bytes: Uint8Array;
  /** First byte that was not consumed, and the end of what was read. */
  at = 0;
  end = 0;
  /** Offset of `bytes[0]` in the uncompressed input. */
  base = 0;
  /** Bytes still to be passed over without a look: the rest of a large block nobody needs. */
  skip = 0;
  error: CaptureError | null = null;

  constructor(
    readonly path: string,
    readonly input: ByteInput,
    capacity: number,
    /** Where frames are looked at behind the window's back, it takes turns; else it has a chunk of its own. */
    private readonly chunks: Chunks | null = null,
  ) {
    this.bytes = new Uint8Array(chunks === null ? Math.max(capacity, 64) : 0);
  }

  /** Offset in the input of the first byte not consumed. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Ends the reading. `message` starts in lower case, says what and what to do; path and place are put in front. */
  fail(problem: CaptureProblem, frame: number, offset: number, message: string): false {
    const where = frame > 0 ? `frame ${frame} at byte ${offset}` : offset > 0 ? `byte ${offset}` : 'start of the file';
    // A file without bytes has no place to name.
    const place = problem === 'empty' ? this.path : `${this.path}: ${where}`;
    this.error ??= new CaptureError(problem, `${place}: ${message}`, this.path, frame, offset);
    return false;
  }

  /** Reads on; 0 at the end of the input. The chunk may be replaced: older frames are void. */
  read(): number | Promise<number> {
    if (this.chunks !== null) this.turn(this.chunks);
    else if (this.at > 0) {
      this.bytes.copyWithin(0, this.at, this.end);
      this.base += this.at;
      this.end -= this.at;
      this.at = 0;
    } else if (this.end === this.bytes.length && this.end < MAX_WINDOW) {
      // It grows with the bytes that are really there, not with what a record claims to hold.
      const larger = new Uint8Array(Math.min(2 * this.end, MAX_WINDOW));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    const got = this.input.read(this.bytes, this.end);
    return typeof got === 'number' ? this.took(got) : got.then((n) => this.took(n));
  }

  /** Passes over `length` bytes, at hand or not. */
  pass(length: number): void {
    const here = Math.min(length, this.end - this.at);
    this.at += here;
    this.skip = length - here;
  }

  /** Goes on in another chunk, with what is left of this one. */
  private turn(chunks: Chunks): void {
    const left = this.bytes.subarray(this.at, this.end);
    const chunk = chunks(left.length);
    chunk.set(left);
    this.bytes = chunk;
    this.base += this.at;
    this.at = 0;
    this.end = left.length;
  }

  private took(got: number): number {
    this.end += got;
    if (this.skip > 0) this.pass(this.skip);
    return got;
  }
}
