// The frame.* fields: what the capture says about a frame, before any header is read.
import { spanText, timeText } from '../bytes/time.js';
import type { CaptureInfo, Frame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import { protocolStack } from '../dissect/extra.js';
import type { Layers } from '../dissect/walk.js';

/** What the frame.* fields are made from; one record, reused for every frame. */
export class FrameContext {
  firstSeconds = 0;
  firstNanoseconds = 0;
  previousSeconds = 0;
  previousNanoseconds = 0;
  private started = false;

  constructor(readonly info: CaptureInfo) {}

  /** To be called when a frame is to be printed, before its fields are asked for. */
  begin(frame: Frame): void {
    if (this.started || !frame.hasTime) return;
    this.started = true;
    this.firstSeconds = this.previousSeconds = frame.seconds;
    this.firstNanoseconds = this.previousNanoseconds = frame.nanoseconds;
  }

  /** To be called for every frame of the capture, printed or not, when its turn is over. */
  done(frame: Frame): void {
    this.begin(frame);
    if (!frame.hasTime) return;
    this.previousSeconds = frame.seconds;
    this.previousNanoseconds = frame.nanoseconds;
  }
}

/** Text of a frame field, or null where the frame has none. */
export type FrameField = (frame: Frame, layers: Layers, context: FrameContext) => string | null;

/** Wireshark's own numbers of link types (wiretap/wtap.h). */
const ENCAPSULATION = new Map<number, number>([
  [LINKTYPE.NULL, 15],
  [LINKTYPE.EN10MB, 1],
  [LINKTYPE.RAW, 7],
  [LINKTYPE.LOOP, 15],
  [LINKTYPE.LINUX_SLL, 25],
  [LINKTYPE.IPV4, 129],
  [LINKTYPE.IPV6, 130],
  [LINKTYPE.LINUX_SLL2, 210],
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

const interfaceOf = (frame: Frame, { info }: FrameContext) => info.interfaces[frame.interfaceId];

export const FRAME_FIELDS: Readonly<Record<string, FrameField>> = {
  'frame.number': (f) => String(f.number),
  'frame.time': (f) => (f.hasTime ? timeText(f.seconds, f.nanoseconds) : null),
  'frame.time_epoch': (f) => (f.hasTime ? spanText(f.seconds, f.nanoseconds) : null),
  'frame.time_relative': (f, _, c) =>
    f.hasTime ? spanText(f.seconds - c.firstSeconds, f.nanoseconds - c.firstNanoseconds) : null,
  'frame.time_delta': (f, _, c) =>
    f.hasTime ? spanText(f.seconds - c.previousSeconds, f.nanoseconds - c.previousNanoseconds) : null,
  'frame.len': (f) => String(f.wireLength - pseudoHeader(f)),
  'frame.cap_len': (f) => String(f.end - f.start - pseudoHeader(f)),
  'frame.protocols': (_, layers) => protocolStack(layers),
  'frame.encap_type': (f) => String(ENCAPSULATION.get(f.linkType) ?? 0),
  'frame.section_number': (f, _, c) => (c.info.format === 'pcapng' ? String(interfaceOf(f, c)?.section ?? 1) : null),
  // pcapng numbers interfaces anew in each section.
  'frame.interface_id': (f, _, c) => {
    const own = interfaceOf(f, c);
    if (c.info.format !== 'pcapng' || own === undefined) return null;
    return String(own.id - c.info.interfaces.findIndex((i) => i.section === own.section));
  },
  'frame.interface_name': (f, _, c) => interfaceOf(f, c)?.name ?? null,
  'frame.interface_description': (f, _, c) => interfaceOf(f, c)?.description ?? null,
  'frame.comment': (f, _, c) => c.info.frameComments.get(f.number) ?? null,
};
