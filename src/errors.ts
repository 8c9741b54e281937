// Mistakes of the user or of a file. What a packet says is never an error: it is a result.
// `code` is stable; `message` says what, where, and ends in what to try.

export type ErrorCode = 'usage' | 'capture' | 'filter' | 'topology' | 'expectation' | 'interrupted';

export abstract class HopscopeError extends Error {
  abstract readonly code: ErrorCode;
}

/** Wrong command line: an unknown option, a value that does not parse. */
export class UsageError extends HopscopeError {
  readonly code = 'usage';
}

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
  readonly code = 'topology';
}

/** An expectation file that does not parse or check; one line a problem. */
export class ExpectationError extends HopscopeError {
  readonly code = 'expectation';
}

/** Somebody ended the run before anything could be said. */
export class InterruptedError extends HopscopeError {
  readonly code = 'interrupted';
  constructor(message = 'interrupted before anything could be said; nothing was written') {
    super(message);
  }
}
