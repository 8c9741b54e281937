// What a target is given.

/** Longest frame that is made, in bytes: options and tunnels have room, and a copy stays cheap. */
export const MAX_FRAME = 4096;

/** One frame. */
export interface Input {
  readonly linkType: number;
  readonly bytes: Uint8Array;
  readonly wireLength: number;
}

/** What a frame of a capture has beside its bytes. */
export interface BlankFrame {
  readonly timeNs: number;
  readonly interfaceId: number;
  readonly direction: 0 | 1 | 2 | 3;
}

/** Something that must never be: thrown by a target, kept as a case. */
export class Broken extends Error {}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}

// C0 without newline and tab, DEL, C1, bidi controls and isolates, zero-width characters, line separators.
const UNSAFE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

/** Text that a terminal shows as it is meant. */
export function mustBeClean(text: string, where: string): void {
  const found = UNSAFE.exec(text);
  if (found !== null)
    throw new Broken(
      `${where} has the character ${found[0].codePointAt(0)?.toString(16)} in ${JSON.stringify(text.slice(0, 200))}`,
    );
}
