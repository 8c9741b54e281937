// Shared by the tests of this folder: read a source to its end, feed bytes in pieces.
import { type CaptureSource, Frame } from '../../src/capture/frame.js';
import type { CaptureError } from '../../src/errors.js';

export interface Seen {
  readonly ts: string | null;
  readonly caplen: number;
  readonly len: number;
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
  readonly number: number;
  readonly interfaceId: number;
  readonly direction: number;
  readonly linkType: number;
}

export const seen = (frame: Frame): Seen => ({
  ts: frame.hasTime ? `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}` : null,
  caplen: frame.end - frame.start,
  len: frame.wireLength,
  bytes: frame.bytes.slice(frame.start, frame.end),
  fileOffset: frame.fileOffset,
  number: frame.number,
  interfaceId: frame.interfaceId,
  direction: frame.direction,
  linkType: frame.linkType,
});

/** Every frame of a source, copied, and the error it ended with. */
export async function read(source: CaptureSource): Promise<{ frames: Seen[]; error: CaptureError | null }> {
  const frames: Seen[] = [];
  const frame = new Frame();
  do {
    while (source.next(frame)) frames.push(seen(frame));
  } while (await source.fill());
  source.close();
  return { frames, error: source.error };
}
