// Frames as programs hold them: copies, that stay what they are when the next one is read. A program that looks at millions of frames asks
// a run instead, which copies nothing.
import type { CaptureError } from '../errors.js';

/** A frame of a capture. */
export interface Frame {
  /** From 1, as in Wireshark. */
  readonly number: number;
  /** UTC, RFC 3339 with nine decimals; null where the capture has none. */
  readonly time: string | null;
  /** The same in nanoseconds since 1970. */
  readonly timeNs: bigint | null;
  /** The captured bytes. */
  readonly bytes: Uint8Array;
  /** Length on the wire, in bytes. */
  readonly wireLength: number;
  /** LINKTYPE_ number (tcpdump.org/linktypes.html). */
  readonly linkType: number;
  /** Name of the interface, where the capture has one. */
  readonly interface: string | null;
  /** How the capturing host saw it, where a pcapng says so. Of cooked captures (`-i any`) the header says it: `sll.pkttype`. */
  readonly direction: 'in' | 'out' | null;
  /** Offset of its record in the uncompressed file. */
  readonly fileOffset: number;
  readonly comment: string | null;
}

/** Frames of a capture, from its start, as often as they are asked for. */
export interface Capture extends AsyncIterable<Frame> {
  /** `bytes` where it is no file. */
  readonly path: string;
  /** `pcap`, `pcapng`; null before a frame was read. */
  readonly format: 'pcap' | 'pcapng' | null;
  /** Why the last reading ended early: one clear line; null where it came to the end of the file. The frames before it were given. */
  readonly error: CaptureError | null;
}

/** What `openCapture` and `writePcapng` take beside the capture. */
export interface OpenOptions {
  /** Ends the reading: no more frames are given. */
  readonly signal?: AbortSignal;
}

/** A frame that a program makes or has changed. */
export type NewFrame = Pick<Frame, 'bytes'> & Partial<Omit<Frame, 'bytes' | 'fileOffset' | 'number' | 'time'>>;
