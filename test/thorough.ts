// Tests that try many things of one kind try a part of them each time, and all of them where HOPSCOPE_THOROUGH is set: .ci/run does that.
import { it } from 'vitest';

const isThorough = (process.env['HOPSCOPE_THOROUGH'] ?? '') !== '';

export const times = (usual: number, thorough: number): number => (isThorough ? thorough : usual);

/** Each so-many-th of a list, from the first one on; all of it where all is tried. */
export const some = <T>(list: readonly T[], each: number): T[] => list.filter((_, i) => i % times(each, 1) === 0);

/** A case that takes long, beside others of its kind that are tried each time: tried where all are. */
export const thoroughly = (name: string, test: () => void | Promise<void>, withinMs?: number): void => {
  if (isThorough) it(name, test, withinMs);
};
