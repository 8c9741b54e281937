// Frames worth keeping for later runs, as a capture that every other tool can show.
import { writeFileSync } from 'node:fs';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { CaptureWriter } from '../../src/capture/write.js';
import type { Input } from './input.js';

/** A corpus lies in the repository: small frames first, and no more than this. */
const MAX_BYTES = 200 * 1024;

/** Writes a pcapng with an interface for each link type. Returns how many frames are in it. */
export function keep(path: string, inputs: readonly Input[]): number {
  const info = emptyInfo('corpus', null);
  const parts: Uint8Array[] = [];
  const writer = new CaptureWriter((bytes) => parts.push(bytes.slice()), path, { application: 'hopscope fuzzer' });
  const frame = new Frame();
  let size = 0;
  let count = 0;
  for (const { bytes, linkType, wireLength } of [...inputs].sort((a, b) => a.bytes.length - b.bytes.length)) {
    size += bytes.length + 40;
    if (size > MAX_BYTES) break;
    // A link type of a pcapng has 16 bits.
    if (linkType > 0xffff) continue;
    let interfaceId = info.interfaces.findIndex((known) => known.linkType === linkType);
    if (interfaceId < 0) {
      const common = { section: 1, snapLength: 0, description: null, filter: null, dropped: null, received: null };
      interfaceId = info.interfaces.push({ id: info.interfaces.length, linkType, name: `link${linkType}`, ...common }) - 1;
    }
    Object.assign(frame, { bytes, start: 0, end: bytes.length, wireLength, linkType, interfaceId, number: ++count });
    writer.write(frame, info);
  }
  writer.finish();
  writeFileSync(path, Buffer.concat(parts));
  return count;
}
