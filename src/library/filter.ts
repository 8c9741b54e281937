// `compileFilter`: display filters on single frames.
import { UsageError } from '../errors.js';
import { namedFields } from '../filter/dictionary.js';
import { compileFilter as compile } from '../filter/filter.js';
import { benchOf } from './bench.js';
import type { DissectOptions } from './dissect.js';
import type { Frame, NewFrame } from './frame.js';

/** A compiled display filter; it keeps nothing of the frames that it was asked about. */
export interface Filter {
  readonly text: string;
  /** Does the frame match? */
  matches(frame: Frame | NewFrame): boolean;
}

/**
 * Compiles a display filter in Wireshark's language. Throws FilterError, which shows the place; UsageError for fields that a frame by itself
 * does not have: interfaces, conversations and paths are those of a run (`analyze(..., { filter })`).
 */
export function compileFilter(text: string, { decodeAs = [] }: Pick<DissectOptions, 'decodeAs'> = {}): Filter {
  const bench = benchOf(decodeAs);
  const { matches, needs } = compile(text, bench.registry, namedFields());
  const [need] = needs;
  if (need !== undefined)
    throw new UsageError(`'${text}' asks for what one frame does not tell (${need}); analyze(captures, { filter }) knows it`);
  return {
    text,
    matches: (frame) => matches(bench.read(frame, 'number' in frame ? frame.number : 1)),
  };
}
