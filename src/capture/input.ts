// Where the bytes come from: a plain file (read at once) or anything that arrives in its own time (read by promise).
import { readSync } from 'node:fs';
import { type Compression, unpacked } from './unpack.js';

export interface ByteInput {
  /** Puts bytes into `into` from `at` on; how many, 0 at the end of the input. */
  read(into: Uint8Array, at: number): number | Promise<number>;
  /** Bytes taken from the source so far, still compressed. */
  readonly position: number;
  /** Known once the first bytes were read. */
  readonly compression: Compression | null;
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
    let got = this.head.length;
    if (got > 0) {
      into.set(this.head, at);
      this.head = this.head.subarray(got);
    }
    got += readSync(this.fd, into, at + got, into.length - at - got, null);
    this.position += got;
    return got;
  }

  close(): void {
    this.onClose();
  }
}

/** Chunks of any size that come by promise, unpacked where they are compressed. */
export class ChunkInput implements ByteInput {
  compression: Compression | null = null;
  position = 0;
  private readonly chunks: AsyncGenerator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(
    raw: AsyncIterable<Uint8Array>,
    private readonly onClose: () => void,
  ) {
    this.chunks = unpacked(this.counted(raw), (compression) => {
      this.compression = compression;
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
