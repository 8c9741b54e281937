// Where the bytes come from: a plain file (read at once) or anything that arrives in its own time (read by promise).
import { readSync } from '#host';
import { Printed } from '../texts/input.js';
import type { PrintedInfo } from '../texts/printed.js';
import type { ReaderOptions } from '../texts/reader.js';
import { type Compression, unpacked } from './unpack.js';

export interface ByteInput {
  /** Puts bytes into `into` from `at` on; how many, 0 at the end of the input. */
  read(into: Uint8Array, at: number): number | Promise<number>;
  /** Bytes taken from the source so far, still compressed. */
  readonly position: number;
  /** Known once the first bytes were read. */
  readonly compression: Compression | null;
  /** What a text that tcpdump printed was taken for; null of a capture. Fills while it is read. */
  readonly printed?: PrintedInfo | null;
  close(): void;
}

/** An uncompressed file through its descriptor, from where it stands. */
export class FileInput implements ByteInput {
  readonly compression = null;
  position = 0;

  constructor(
    private readonly fd: number,
    /** Bytes that were read already, to tell the format by. */
    private head: Uint8Array,
    private readonly onClose: () => void,
  ) {}

  read(into: Uint8Array, at: number): number {
    let got = Math.min(this.head.length, into.length - at);
    if (got > 0) {
      into.set(this.head.subarray(0, got), at);
      this.head = this.head.subarray(got);
    }
    if (at + got < into.length) got += readSync(this.fd, into, at + got, into.length - at - got, null);
    this.position += got;
    return got;
  }

  close(): void {
    this.onClose();
  }
}

/** Bytes of a text that are made a capture at a time. */
const TEXT_PIECE = 128 * 1024;

/** A text that tcpdump has printed, through the descriptor of its file. */
export class TextInput implements ByteInput {
  readonly compression = null;
  position = 0;
  private readonly made: Printed;
  private readonly piece = new Uint8Array(TEXT_PIECE);
  private ready: Uint8Array = new Uint8Array(0);
  private hasEnded = false;

  constructor(
    private readonly fd: number,
    /** The start of the text, which was read already. */
    private head: Uint8Array,
    options: ReaderOptions,
    private readonly onClose: () => void,
  ) {
    this.made = new Printed(options);
  }

  get printed(): PrintedInfo {
    return this.made.info;
  }

  read(into: Uint8Array, at: number): number {
    while (this.ready.length === 0) {
      if (this.hasEnded) return 0;
      this.more();
    }
    const size = Math.min(this.ready.length, into.length - at);
    into.set(this.ready.subarray(0, size), at);
    this.ready = this.ready.subarray(size);
    return size;
  }

  private more(): void {
    const { made } = this;
    if (this.head.length > 0) {
      this.position += this.head.length;
      made.push(this.head);
      this.head = new Uint8Array(0);
    } else {
      const got = readSync(this.fd, this.piece, 0, TEXT_PIECE, null);
      this.position += got;
      if (got > 0) made.push(this.piece.subarray(0, got));
      else {
        this.hasEnded = true;
        made.end();
      }
    }
    this.ready = made.take();
  }

  close(): void {
    this.onClose();
  }
}

/** Chunks of any size that come by promise, unpacked where they are compressed. */
export class ChunkInput implements ByteInput {
  compression: Compression | null = null;
  printed: PrintedInfo | null = null;
  position = 0;
  private readonly chunks: AsyncGenerator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(
    raw: AsyncIterable<Uint8Array>,
    private readonly onClose: () => void,
    /** Of a text: only what was printed on this node. */
    only: string | null = null,
  ) {
    this.chunks = unpacked(this.counted(raw), {
      compressed: (compression) => {
        this.compression = compression;
      },
      printed: (info) => {
        this.printed = info;
      },
      only,
    });
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    while (this.at === this.chunk.length) {
      const next = await this.chunks.next();
      if (next.done) return 0;
      this.chunk = next.value;
      this.at = 0;
    }
    const size = Math.min(this.chunk.length - this.at, into.length - at);
    into.set(this.chunk.subarray(this.at, this.at + size), at);
    this.at += size;
    return size;
  }

  close(): void {
    this.onClose();
    // Lets a decompressor go; what a broken-off stream has to say about it is of no interest any more.
    this.chunks.return(undefined).catch(() => undefined);
  }

  private async *counted(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of raw) {
      this.position += chunk.length;
      yield chunk;
    }
  }
}
