// How far a reading has come.

/** How far a reading has come. */
export interface Progress {
  /** Bytes of all files read so far, as they lie on disk. */
  readonly bytes: number;
  /** Size of all files; null when one of them is a pipe. */
  readonly totalBytes: number | null;
  readonly frames: number;
}

/** Who watches a piece of work. */
export interface Watching {
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
