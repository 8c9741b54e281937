// What every reader of a printed listing has in common.
import type { Draft } from './draft.js';
import type { Hint } from './hint.js';

/** Where a listing stands, and whose it is. */
export interface Scope {
  readonly draft: Draft;
  /** Null when nothing says on which node it was printed. */
  readonly node: string | null;
  /** The input's name, for messages. */
  readonly from: string;
  readonly hint: Hint;
}

/** A listing that is being read. */
export interface Reader {
  /** Takes the next line; false when the line is not of this listing, which then ends. `next` is the line after, or empty. */
  take(line: string, next: string): boolean;
  /** All lines have been taken. A text says why nothing of it was used. */
  end?(): string | null;
}

/** A kind of listing, told from its first line. */
export interface Listing {
  /** What it is, for people: `ip addr`. */
  readonly what: string;
  /** Says nothing that could be used without the name of a node. */
  readonly needsNode?: boolean;
  /** The characters that a first line may begin with; left out: any. A line that begins otherwise is not tried. */
  readonly begins?: RegExp;
  /** Whether it begins with `line`; `next` is the line after, or empty. */
  starts(line: string, next: string, hint: Hint): boolean;
  open(scope: Scope): Reader;
}

/** A listing that is known and says nothing about the topology: its lines are left out with one word. */
export function saysNothing(what: string, begins: RegExp, first: RegExp, more: RegExp, why: string): Listing {
  return {
    what,
    begins,
    starts: (line) => first.test(line),
    open: () => ({ take: (line) => first.test(line) || more.test(line), end: () => why }),
  };
}
