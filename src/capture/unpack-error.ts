// Why compressed input could not be unpacked to its end.

/** Compressed data that breaks off or does not unpack. */
export class UnpackError extends Error {
  constructor(
    readonly problem: 'cut' | 'damaged' | 'unsupported',
    message: string,
  ) {
    super(message);
  }
}
