// The frame.* fields for filters: what the capture says about a frame.
import type { CaptureInfo, Frame } from '../capture/frame.js';
import { type ExtraField, protocolStack } from '../dissect/extra.js';
import { type FieldType, type FieldValue, field } from '../dissect/fields.js';
import type { Layers } from '../dissect/walk.js';

/** The times that a frame's own is compared with; kept by whoever reads the capture. */
export interface FrameTimes {
  readonly firstSeconds: number;
  readonly firstNanoseconds: number;
  readonly previousSeconds: number;
  readonly previousNanoseconds: number;
  readonly info: CaptureInfo;
}

function extra(name: string, title: string, type: FieldType, read: (frame: Frame, layers: Layers) => FieldValue): ExtraField {
  return { def: field(name, title, type), read: (layers) => (layers.frame === null ? null : read(layers.frame, layers)) };
}

const absolute = (f: Frame): bigint | null => (f.hasTime ? BigInt(f.seconds) * 1_000_000_000n + BigInt(f.nanoseconds) : null);

/** Seconds from one moment to another. Nanoseconds are exact in a double up to about a hundred days. */
const span = (f: Frame, seconds: number, nanoseconds: number): number | null =>
  f.hasTime ? ((f.seconds - seconds) * 1e9 + (f.nanoseconds - nanoseconds)) / 1e9 : null;

/** Without `times` the fields that need them (relative times, interfaces) are left out. */
export function frameFields(times: FrameTimes | null): ExtraField[] {
  const own = [
    extra('frame.number', 'Frame number', 'uint32', (f) => f.number),
    extra('frame.len', 'Frame length on the wire', 'uint32', (f) => f.wireLength),
    extra('frame.cap_len', 'Frame length stored into the capture file', 'uint32', (f) => f.end - f.start),
    extra('frame.time', 'Arrival time', 'time', absolute),
    extra('frame.time_epoch', 'Epoch time', 'duration', absolute),
    extra('frame.protocols', 'Protocols in frame', 'string', (_, layers) => protocolStack(layers)),
  ];
  if (times === null) return own;
  const point = (f: Frame) => times.info.interfaces[f.interfaceId];
  return [
    ...own,
    extra('frame.time_relative', 'Time since the first frame', 'duration', (f) =>
      span(f, times.firstSeconds, times.firstNanoseconds),
    ),
    extra('frame.time_delta', 'Time since the previous frame', 'duration', (f) =>
      span(f, times.previousSeconds, times.previousNanoseconds),
    ),
    extra('frame.interface_name', 'Interface name', 'string', (f) => point(f)?.name ?? null),
    extra('frame.interface_description', 'Interface description', 'string', (f) => point(f)?.description ?? null),
    extra('frame.comment', 'Comment', 'string', (f) => times.info.frameComments.get(f.number) ?? null),
  ];
}
