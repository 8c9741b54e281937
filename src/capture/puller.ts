// Pieces of input, as they come, taken in pieces as they are wanted.

/** Chunks as a string of bytes that can be asked for `n` at a time. */
export class Puller {
  chunk: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Bytes handed out so far. */
  taken = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(raw: AsyncIterable<Uint8Array>) {
    this.chunks = raw[Symbol.asyncIterator]();
  }

  /** True once `length` bytes stand at `at`; false when the input ends before. */
  async want(length: number): Promise<boolean> {
    while (this.chunk.length - this.at < length) {
      const next = await this.chunks.next();
      if (next.done) return false;
      if (this.at === this.chunk.length) this.chunk = next.value;
      else {
        const joined = new Uint8Array(this.chunk.length - this.at + next.value.length);
        joined.set(this.chunk.subarray(this.at));
        joined.set(next.value, this.chunk.length - this.at);
        this.chunk = joined;
      }
      this.at = 0;
    }
    return true;
  }

  take(length: number): Uint8Array {
    this.at += length;
    this.taken += length;
    return this.chunk.subarray(this.at - length, this.at);
  }

  /** The last `length` bytes that were taken are to be taken again; nothing was asked for since. */
  giveBack(length: number): void {
    this.at -= length;
    this.taken -= length;
  }

  get waiting(): number {
    return this.chunk.length - this.at;
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    while (this.waiting > 0 || (await this.want(1))) yield this.take(this.waiting);
  }
}
