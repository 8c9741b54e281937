// What both hosts have in common.

/** Bytes that come in their own time. `close` is called once. */
export interface Pipe {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly close: () => void;
}

/** Unpacks deflate (RFC 1951) piece by piece. */
export interface RawInflater {
  /** What is wrong with the data; null while nothing is. */
  readonly problem: string | null;
  readonly hasEnded: boolean;
  /** Takes a piece in: how many of its bytes belonged to the data. */
  push(piece: Uint8Array): Promise<number>;
  /** What was unpacked since it was asked for last. */
  take(): Uint8Array[];
  close(): void;
}
