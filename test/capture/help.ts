// Shared by the tests of this folder: read a source to its end, feed bytes in pieces.
import { type CaptureInfo, type CaptureInterface, type CaptureSource, type Direction, Frame } from '../../src/capture/frame.js';
import type { ByteInput } from '../../src/capture/input.js';
import { emptyInfo } from '../../src/capture/records.js';
import { InputSource } from '../../src/capture/source.js';
import { CaptureWriter, type WriteOptions } from '../../src/capture/write.js';
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

/** Feeds `bytes` in pieces of the given sizes, over and over; `later` by promise instead of at once. */
export class PieceInput implements ByteInput {
  readonly compression = null;
  position = 0;
  private turn = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly sizes: readonly number[],
    private readonly later = false,
  ) {}

  read(into: Uint8Array, at: number): number | Promise<number> {
    const wanted = this.sizes[this.turn++ % this.sizes.length];
    const size = Math.min(wanted, into.length - at, this.bytes.length - this.position);
    into.set(this.bytes.subarray(this.position, this.position + size), at);
    this.position += size;
    return this.later ? Promise.resolve(size) : size;
  }

  close(): void {}
}

/** A source over bytes, fed in pieces. */
export const pieces = (bytes: Uint8Array, sizes: readonly number[] = [1 << 20], later = false): CaptureSource =>
  new InputSource('test', new PieceInput(bytes, sizes, later), { capacity: 64 });

export interface Packet {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly data: Uint8Array;
  readonly extra: number;
  readonly direction: Direction;
  readonly interfaceId: number;
}

/** The description of a capture that packets are written from. */
export const infoOf = (interfaces: readonly Partial<CaptureInterface>[]): CaptureInfo => {
  const info = emptyInfo('test', null);
  interfaces.forEach((given, id) => {
    info.interfaces.push({
      id,
      section: 1,
      linkType: 1,
      snapLength: 0,
      name: null,
      description: null,
      filter: null,
      dropped: null,
      received: null,
      ...given,
    });
  });
  return info;
};

/** The packets as a capture file. */
export function written(packets: readonly Packet[], info: CaptureInfo, options: WriteOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new CaptureWriter((bytes) => parts.push(bytes.slice()), 'test', options);
  const frame = new Frame();
  packets.forEach((packet, i) => {
    frame.bytes = packet.data;
    frame.start = 0;
    frame.end = packet.data.length;
    frame.wireLength = packet.data.length + packet.extra;
    frame.number = i + 1;
    frame.interfaceId = packet.interfaceId;
    frame.linkType = info.interfaces[packet.interfaceId].linkType;
    frame.direction = packet.direction;
    frame.seconds = packet.seconds;
    frame.nanoseconds = packet.nanoseconds;
    writer.write(frame, info);
  });
  writer.finish();
  return Buffer.concat(parts);
}
