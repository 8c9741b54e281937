// Makes an input that fails smaller as long as it still fails.

/** At most so many tries: a crash is looked at by people, who do not need the very smallest. */
const MAX_TRIES = 600;

/** `fails`: whether these bytes still fail in the same way. */
export async function minimised(bytes: Uint8Array, fails: (bytes: Uint8Array) => Promise<boolean>): Promise<Uint8Array> {
  let best = Uint8Array.from(bytes);
  let tries = 0;
  const better = async (next: Uint8Array): Promise<boolean> => {
    if (tries++ >= MAX_TRIES || !(await fails(next))) return false;
    best = Uint8Array.from(next);
    return true;
  };
  // From the end, pieces of half the size each time; then what is left becomes zero.
  for (let size = best.length >> 1; size >= 1; size >>= 1)
    for (let at = best.length - size; at >= 0; at -= size)
      await better(Buffer.concat([best.subarray(0, at), best.subarray(Math.min(at + size, best.length))]));
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue;
    const next = best.slice();
    next[at] = 0;
    await better(next);
  }
  return best;
}
