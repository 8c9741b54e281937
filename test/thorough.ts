// Tests that try many things of one kind try a part of them each time, and all of them where HOPSCOPE_THOROUGH is set: .ci/run does that.
const isThorough = (process.env['HOPSCOPE_THOROUGH'] ?? '') !== '';

export const times = (usual: number, thorough: number): number => (isThorough ? thorough : usual);
