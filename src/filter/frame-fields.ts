// The frame.* fields for filters: what the capture says about a frame.
import { Moment } from '../bytes/time.js';
import type { CaptureInfo, Frame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import { type ExtraField, protocolStack } from '../dissect/extra.js';
import { type FieldType, type FieldValue, field } from '../dissect/fields.js';
import type { Layers } from '../dissect/walk.js';

/** The times that a frame's own is compared with; kept by whoever reads the capture. */
export interface FrameTimes {
  readonly firstSeconds: number;
  readonly firstNanoseconds: number;
  readonly previousSeconds: number;
  readonly previousNanoseconds: number;
  /** null: nothing is known. */
  readonly info: CaptureInfo | null;
}

function extra(name: string, title: string, type: FieldType, read: (frame: Frame, layers: Layers) => FieldValue): ExtraField {
  return { def: field(name, title, type), read: (layers) => (layers.frame === null ? null : read(layers.frame, layers)) };
}

/** The time of the frame, or the span to it from a moment that `since` tells; false: from none. */
export function timed(
  name: string,
  title: string,
  type: 'time' | 'duration',
  since: (start: Moment) => boolean = (start) => start.set(0, 0),
): ExtraField {
  const own = new Moment();
  const moment = ({ frame }: Layers, into: Moment): boolean =>
    frame?.hasTime === true && since(into) && into.set(frame.seconds - into.seconds, frame.nanoseconds - into.nanoseconds);
  const read = (layers: Layers): FieldValue =>
    moment(layers, own) ? BigInt(own.seconds) * 1_000_000_000n + BigInt(own.nanoseconds) : null;
  return { def: field(name, title, type), read, moment };
}

/** Wireshark's own numbers of link types (wiretap/wtap.h). */
const ENCAPSULATION = new Map<number, number>([
  [LINKTYPE.NULL, 15],
  [LINKTYPE.EN10MB, 1],
  [6, 2],
  [9, 4],
  [10, 6],
  [50, 4],
  [LINKTYPE.RAW, 7],
  [104, 28],
  [105, 20],
  [107, 26],
  [LINKTYPE.LOOP, 15],
  [LINKTYPE.LINUX_SLL, 25],
  [127, 23],
  [129, 9],
  [138, 62],
  [140, 42],
  [141, 43],
  [144, 44],
  [165, 63],
  [189, 95],
  [192, 97],
  [195, 104],
  [196, 100],
  [227, 125],
  [LINKTYPE.IPV4, 129],
  [LINKTYPE.IPV6, 130],
  [230, 127],
  [235, 132],
  [237, 157],
  [239, 141],
  [242, 180],
  [252, 155],
  [253, 158],
  [266, 182],
  [LINKTYPE.LINUX_SLL2, 210],
  [288, 208],
]);

/**
 * Bytes of pseudo headers that say how a frame was captured. Wireshark takes them off before it counts a frame's length
 * (www.tcpdump.org/linktypes.html has their layouts).
 */
const PSEUDO_HEADER = new Map<number, number>([
  [139, 4], // MTP2_WITH_PHDR
  [144, 16], // LINUX_IRDA
  [177, 16], // LINUX_LAPD
  [196, 5], // SITA
  [201, 4], // BLUETOOTH_HCI_H4_WITH_PHDR
  [204, 1], // PPP_WITH_DIR
  [245, 2], // NFC_LLCP
  [254, 4], // BLUETOOTH_LINUX_MONITOR
]);

/** Bytes before the frame proper. A frame shorter than this is damaged. */
export const pseudoHeader = (frame: Frame): number => PSEUDO_HEADER.get(frame.linkType) ?? 0;

/** The fields of the frame; `times` of the capture that the frame at hand is from. */
export function frameFields(times: FrameTimes): ExtraField[] {
  const told = (
    name: string,
    title: string,
    type: FieldType,
    read: (frame: Frame, info: CaptureInfo) => FieldValue,
  ): ExtraField => ({
    ...extra(name, title, type, (frame) => (times.info === null ? null : read(frame, times.info))),
    needs: 'capture',
  });
  const point = (f: Frame, info: CaptureInfo) => info.interfaces[f.interfaceId];
  // What only pcapng tells.
  const pcapng = (info: CaptureInfo) => info.format === 'pcapng';
  return [
    extra('frame.number', 'Frame number', 'uint32', (f) => f.number),
    extra('frame.len', 'Frame length on the wire', 'uint32', (f) => f.wireLength - pseudoHeader(f)),
    extra('frame.cap_len', 'Frame length stored into the capture file', 'uint32', (f) => f.end - f.start - pseudoHeader(f)),
    timed('frame.time', 'Arrival time', 'time'),
    timed('frame.time_epoch', 'Epoch time', 'duration'),
    extra('frame.encap_type', 'Encapsulation type', 'int32', (f) => ENCAPSULATION.get(f.linkType) ?? 0),
    extra('frame.protocols', 'Protocols in frame', 'string', (_, layers) => protocolStack(layers)),
    {
      ...timed(
        'frame.time_relative',
        'Time since the first frame',
        'duration',
        (start) => times.info !== null && start.set(times.firstSeconds, times.firstNanoseconds),
      ),
      needs: 'capture',
    },
    {
      ...timed(
        'frame.time_delta',
        'Time since the previous frame',
        'duration',
        (start) => times.info !== null && start.set(times.previousSeconds, times.previousNanoseconds),
      ),
      needs: 'capture',
    },
    told('frame.section_number', 'Section number', 'uint32', (f, info) => (pcapng(info) ? (point(f, info)?.section ?? 1) : null)),
    told('frame.interface_id', 'Interface id', 'uint32', (f, info) => {
      const own = point(f, info);
      if (!pcapng(info) || own === undefined) return null;
      // Interfaces are numbered anew in each section.
      return own.id - info.interfaces.findIndex((i) => i.section === own.section);
    }),
    told('frame.interface_name', 'Interface name', 'string', (f, info) =>
      pcapng(info) ? (point(f, info)?.name ?? 'unknown') : null,
    ),
    told('frame.interface_description', 'Interface description', 'string', (f, info) => point(f, info)?.description ?? null),
    told('pkt_comment', 'Packet comments', 'none', (f, info) => (info.frameComments.has(f.number) ? 1 : null)),
    told('frame.comment', 'Comment', 'string', (f, info) => info.frameComments.get(f.number)?.split('\0')[0] ?? null),
  ];
}
