// DELTA_BINARY_PACKED of the Parquet format: times, offsets and frame numbers grow by little, so the steps between them take few
// bits. https://parquet.apache.org/docs/file-format/data-pages/encodings/
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';

const BLOCK = 128;
const MINIBLOCKS = 4;
const MINIBLOCK = BLOCK / MINIBLOCKS;

/**
 * Whole numbers, given as the first one and the distance of each from it. Null where a step does not fit into 32 bits more than
 * the smallest one of its block, or where distances are not exact: such values take no less room than they do plain.
 */
export function deltaPacked(first: bigint, distances: Float64Array): Uint8Array | null {
  const out = new ByteWriter(distances.length * 2 + 64);
  out.appendVarInt(BLOCK);
  out.appendVarInt(MINIBLOCKS);
  out.appendVarInt(distances.length);
  out.appendZigZag(first);
  const steps = new Float64Array(BLOCK);
  for (let from = 1; from < distances.length; from += BLOCK) {
    const count = Math.min(BLOCK, distances.length - from);
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const step = distances[from + i] - distances[from + i - 1];
      steps[i] = step;
      if (step < least) least = step;
      if (step > most) most = step;
    }
    if (!(most - least < 0x1_0000_0000 && Math.abs(least) < Number.MAX_SAFE_INTEGER)) return null;
    out.appendZigZag(BigInt(least));
    writeBlock(out, steps, least, count);
  }
  return out.getBytes();
}

/** The widths of the four parts, one byte each, and the parts that have values, filled up with zeros. */
function writeBlock(out: ByteWriter, steps: Float64Array, least: number, count: number): void {
  out.ensure(MINIBLOCKS + BLOCK * 4);
  const bytes = new Uint8Array(out.buffer);
  let at = out.index + MINIBLOCKS;
  for (let part = 0; part < MINIBLOCKS; part++) {
    const start = part * MINIBLOCK;
    const end = Math.min(start + MINIBLOCK, count);
    let most = 0;
    for (let i = start; i < end; i++) if (steps[i] - least > most) most = steps[i] - least;
    const width = 32 - Math.clz32(most);
    bytes[out.index + part] = width;
    if (width === 0) continue;
    // Below 2^40: a value of 32 bits after fewer than eight that are left over.
    let rest = 0;
    let bits = 0;
    for (let i = start; i < start + MINIBLOCK; i++) {
      rest += (i < end ? steps[i] - least : 0) * (1 << bits);
      for (bits += width; bits >= 8; bits -= 8) {
        const high = Math.floor(rest / 256);
        bytes[at++] = rest - high * 256;
        rest = high;
      }
    }
  }
  out.offset += at - out.index;
  out.index = at;
}
