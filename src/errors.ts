// Mistakes of the user or of a file. What a packet says is never an error: it is a result.
// `code` is stable; `message` says what, where, and ends in what to try.

/** The `code` of each error class. */
export type ErrorCode = 'usage' | 'capture' | 'filter' | 'topology' | 'expectation' | 'points' | 'interrupted';

/** What all errors of hopscope are: `message` says what, where, and what to do. */
export abstract class HopscopeError extends Error {
  abstract readonly code: ErrorCode;
}

/** Wrong command line: an unknown option, a value that does not parse. */
export class UsageError extends HopscopeError {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** What is wrong with a capture: `cut` breaks off in a frame, `damaged` holds what no capture does. */
export type CaptureProblem =
  | 'missing'
  | 'not-a-file'
  | 'no-rights'
  | 'empty'
  | 'not-a-capture'
  | 'cut'
  | 'damaged'
  | 'unsupported'
  | 'io';

/** A capture that is damaged, cut, or not a capture. Frames before `offset` were still delivered. */
export class CaptureError extends HopscopeError {
  override readonly name = 'CaptureError';
  readonly code = 'capture';
  constructor(
    readonly problem: CaptureProblem,
    message: string,
    /** Path as given, `-` for standard input. */
    readonly path: string,
    /** Number of the frame that could not be read, from 1; 0 when the file header is at fault. */
    readonly frame = 0,
    /** Byte offset in the (uncompressed) file. */
    readonly offset = 0,
  ) {
    super(message);
  }
}

/** A display filter that does not parse or check. `message` holds the caret line. */
export class FilterError extends HopscopeError {
  override readonly name = 'FilterError';
  readonly code = 'filter';
  constructor(
    message: string,
    /** Offset of the first wrong character in the filter text. */
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

/** A topology file that does not parse or check; `message` names file, line and the nearest key, one line a problem. */
export class TopologyError extends HopscopeError {
  override readonly name = 'TopologyError';
  readonly code = 'topology';
}

/** An expectation file that does not parse or check; one line a problem. */
export class ExpectationError extends HopscopeError {
  override readonly name = 'ExpectationError';
  readonly code = 'expectation';
}

/** Capture points that do not parse or check, in a file (one line a problem) or in arguments. */
export class PointsError extends HopscopeError {
  override readonly name = 'PointsError';
  readonly code = 'points';
}

/** Somebody ended the run before anything could be said. */
export class InterruptedError extends HopscopeError {
  override readonly name = 'InterruptedError';
  readonly code = 'interrupted';
  constructor(message = 'interrupted before anything could be said; nothing was written') {
    super(message);
  }
}

/** What the system says of a place where nothing can be written, by its code, in words; null for others. */
export function whyUnwritable(error: unknown): string | null {
  return UNWRITABLE[(error as NodeJS.ErrnoException).code ?? ''] ?? null;
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'the folder does not exist',
  EACCES: 'no right to write there',
  EPERM: 'no right to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be larger than is allowed',
  EBUSY: 'a file system is mounted there',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
};
