// A frame that a program or a plug-in makes, in the engine's record.
import { type CaptureInfo, DIRECTION, type Frame as EngineFrame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import { emptyInfo } from '../capture/records.js';
import { UsageError } from '../errors.js';

/** A frame of somebody else. */
export interface MadeFrame {
  readonly bytes: Uint8Array;
  readonly wireLength?: number | undefined;
  readonly linkType?: number | undefined;
  readonly timeNs?: bigint | null | undefined;
  readonly direction?: 'in' | 'out' | null | undefined;
  readonly interface?: string | null | undefined;
}

/** Puts what is known of a frame into the engine's record; interfaces of `info` by name and link type. */
export function fill(frame: EngineFrame, from: MadeFrame, number: number, info: CaptureInfo): void {
  const { bytes, wireLength = bytes.length, linkType = LINKTYPE.EN10MB, timeNs = null, direction = null } = from;
  if (!(wireLength >= bytes.length))
    throw new UsageError(`frame ${number}: ${wireLength} bytes on the wire, and ${bytes.length} of them are given`);
  frame.bytes = bytes;
  frame.start = 0;
  frame.end = bytes.length;
  frame.wireLength = wireLength;
  frame.number = number;
  frame.linkType = linkType;
  frame.hasTime = timeNs !== null;
  frame.seconds = timeNs === null ? 0 : Number(timeNs / 1_000_000_000n);
  frame.nanoseconds = timeNs === null ? 0 : Number(timeNs % 1_000_000_000n);
  frame.direction = direction === null ? DIRECTION.unknown : DIRECTION[direction];
  frame.interfaceId = interfaceOf(info, from.interface ?? null, linkType);
}

function interfaceOf({ interfaces }: CaptureInfo, name: string | null, linkType: number): number {
  const known = interfaces.findIndex((one) => one.name === name && one.linkType === linkType);
  if (known >= 0) return known;
  interfaces.push({
    id: interfaces.length,
    section: 1,
    linkType,
    snapLength: 262_144,
    name,
    description: null,
    filter: null,
    dropped: null,
    received: null,
  });
  return interfaces.length - 1;
}

/** An info for frames that come from no file. */
export const noFile = (): CaptureInfo => ({ ...emptyInfo('-', null), format: 'pcapng' });
