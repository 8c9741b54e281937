// Tests that try many things of one kind try a part of them each time, and all of them where HOPSCOPE_THOROUGH is set: .ci/run does that.
const isThorough = (process.env['HOPSCOPE_THOROUGH'] ?? '') !== '';

export const times = (usual: number, thorough: number): number => (isThorough ? thorough : usual);

/** Each so-many-th of a list, from the first one on; all of it where all is tried. */
export const some = <T>(list: readonly T[], each: number): T[] => list.filter((_, i) => i % times(each, 1) === 0);
