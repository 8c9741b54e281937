// What comes through a pipe, or from standard input, looked at before it is known who is to read it.
import { asCharacters, isText } from '../bytes/encoding.js';
import { isPrinted, LOOK } from '../texts/recognise.js';
import { unlessAborted } from './abort.js';
import { pipeAt } from './open.js';
import { Puller } from './puller.js';
import { SNIFF_LENGTH, sniff } from './sniff.js';
import { PACKED_HEAD } from './unzip.js';

export class Piped implements AsyncIterable<Uint8Array> {
  private readonly bytes: Puller;
  /** Told of all bytes that are handed out. */
  heard: (bytes: Uint8Array) => void = () => undefined;

  /** Null for a file, which can be looked at and read again. `-` is standard input. Throws CaptureError. */
  static at(path: string): Piped | null {
    const pipe = pipeAt(path);
    return pipe === null ? null : new Piped(pipe.chunks, pipe.close);
  }

  private constructor(
    stream: AsyncIterable<Uint8Array>,
    /** Whoever reads no further calls it; once or more. */
    readonly close: () => void,
  ) {
    this.bytes = new Puller(stream);
  }

  /** The first bytes, as many as tell what it is: of a text without packets up to LOOK of them. Until `signal`, what has come by then. */
  async head(signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { bytes } = this;
    const want = (length: number): Promise<boolean> => unlessAborted(bytes.want(length), signal);
    if (!(await want(SNIFF_LENGTH))) return this.waiting;
    const start = this.waiting;
    const format = sniff(start, 0, start.length);
    if (format === 'gzip') await want(PACKED_HEAD);
    else if (format === null && isText(start))
      while (bytes.waiting < LOOK && !isPrinted(asCharacters(this.waiting))) if (!(await want(bytes.waiting + 1))) break;
    return this.waiting;
  }

  /** What has come, and was not handed out yet, up to LOOK bytes. */
  get waiting(): Uint8Array {
    const { chunk, at, waiting } = this.bytes;
    return chunk.subarray(at, at + Math.min(waiting, LOOK));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.bytes.rest()) {
      this.heard(piece);
      yield piece;
    }
  }
}
