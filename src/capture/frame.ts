// A frame is a place, not a copy: the reader owns the bytes and one Frame record is reused for all of them.

import type { PrintedInfo } from '../texts/printed.js';

/** How the capturing host saw the frame. `other`: for another host (promiscuous mode). */
export const DIRECTION = { unknown: 0, in: 1, out: 2, other: 3 } as const;
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION];

/** What of a frame is not known, though there are bytes for it: a text has been read that does not print it. */
export { OPEN as UNKNOWN } from '../texts/frame.js';

export class Frame {
  /** The chunk that holds the frame. Valid until the source is asked to `fill()` again. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the frame's first byte in `bytes`. */
  start = 0;
  /** Offset after its last captured byte. */
  end = 0;
  /** Length on the wire, in bytes; at least `end - start` in an honest file. */
  wireLength = 0;
  /** From 1, as in Wireshark (packets only; pcapng custom blocks are not counted). */
  number = 0;
  /** Offset of the record (pcap) or block (pcapng) in the uncompressed file. */
  fileOffset = 0;
  /** LINKTYPE_ number of the frame's interface. */
  linkType = 0;
  /** Index into the source's `interfaces`. */
  interfaceId = 0;
  /** From pcapng epb_flags; 0 (unknown) elsewhere. */
  direction: Direction = DIRECTION.unknown;
  /** Seconds since 1970 and nanoseconds in that second; exact. `hasTime` is false for a Simple Packet Block. */
  seconds = 0;
  nanoseconds = 0;
  hasTime = true;
  /** Bits of UNKNOWN. */
  unknown = 0;
  /** Nanoseconds since the capture's first frame (`baseSeconds`); may step back. */
  timeNs = 0;
}

/** One interface of a capture, as its file describes it. pcap has exactly one. */
export interface CaptureInterface {
  /** Index in the capture, counted over all sections. */
  readonly id: number;
  /** Section it belongs to, from 1. */
  readonly section: number;
  readonly linkType: number;
  readonly snapLength: number;
  /** pcapng if_name and if_description. */
  readonly name: string | null;
  readonly description: string | null;
  /** pcapng if_filter, as text where it is text. */
  readonly filter: string | null;
  /** Frames dropped, as the file's statistics say (isb_ifdrop + isb_osdrop); null when it does not say. */
  dropped: number | null;
  /** Frames received according to the statistics; null when it does not say. */
  received: number | null;
  /** Digits of a second that the interface's clock tells, 0 to 9; undefined: as the file's variant says. */
  readonly decimals?: number;
}

export interface CaptureInfo {
  /** As given on the command line; `-` for standard input. */
  readonly path: string;
  /** e.g. `pcap`, `pcap (nanosecond)`, `pcapng`; null until the header was read. */
  format: 'pcap' | 'pcapng' | null;
  /** `little`, `big`, or `mixed` for a pcapng whose sections differ. */
  byteOrder: 'little' | 'big' | 'mixed' | null;
  /** e.g. `microsecond`, `nanosecond`, `modified`; for pcapng `per interface`. */
  variant: string | null;
  compression: 'gzip' | 'zstd' | null;
  /** Some frames have parts that are not known (`Frame.unknown`). */
  withUnknown: boolean;
  /** What a text that tcpdump printed was taken for; null for a capture. Fills while it is read. */
  printed: PrintedInfo | null;
  /** File size in bytes as on disk; null for a pipe. */
  size: number | null;
  readonly interfaces: CaptureInterface[];
  /** Whole seconds since 1970 of the first frame: the zero of every Frame's `timeNs`. */
  baseSeconds: number;
  /** pcapng shb_hardware, shb_os, shb_userappl and opt_comment of the section headers. */
  readonly hardware: string[];
  readonly os: string[];
  readonly application: string[];
  readonly comments: string[];
  /** Comments on frames: frame number to text. Bounded. */
  readonly frameComments: Map<number, string>;
  /** Names from Name Resolution Blocks: address text to names. Bounded. */
  readonly names: Map<string, string[]>;
  /** Blocks that were skipped because their type is unknown or custom: type to count. */
  readonly skippedBlocks: Map<number, number>;
  /** Sum of epb_dropcount over all frames. */
  dropCount: number;
}

/**
 * Pull reader over a capture. `next()` never waits: it returns false when the bytes at hand hold no whole record;
 * then `fill()` reads on. A plain file fills synchronously, so the loop pays for no promise:
 *
 *     do { while (source.next(frame)) use(frame); } while (await source.fill());
 *
 * (`fill()` returns a boolean or a promise of one; await only a promise.) After it returned false, `error` says whether the end was a clean one.
 */
export interface CaptureSource {
  readonly info: CaptureInfo;
  /** Puts the next whole record into `frame`. */
  next(frame: Frame): boolean;
  /** Reads on; false at the end of the input or at an error. */
  fill(): boolean | Promise<boolean>;
  /** Why reading stopped early, or null. */
  readonly error: import('../errors.js').CaptureError | null;
  /** Bytes of the file (compressed size) consumed so far, for progress. */
  readonly position: number;
  close(): void;
}
