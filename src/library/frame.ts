// Frames as programs hold them: copies, that stay what they are when the next one is read. A program that looks at millions of frames asks
// a run instead, which copies nothing.
import { utc } from '../bytes/show.js';
import { type CaptureInfo, DIRECTION, Frame as EngineFrame } from '../capture/frame.js';
import { captureFrom, openCapture as openSource } from '../capture/open.js';
import { createCapture } from '../capture/write.js';
import { type CaptureError, InterruptedError } from '../errors.js';
import { fill, noFile } from '../main/made-frame.js';
import { piecesOf } from './bytes.js';

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

export interface OpenOptions {
  /** Ends the reading: no more frames are given. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a capture: pcap, pcapng, gzip or zstd of them; a path also to what tcpdump printed. Throws CaptureError for what cannot be opened.
 */
export function openCapture(given: string | Uint8Array | Blob, { signal }: OpenOptions = {}): Capture {
  const path = typeof given === 'string' ? given : 'bytes';
  const open = () => (typeof given === 'string' ? openSource(given) : captureFrom(piecesOf(given), path));
  // What is wrong with the path is told now, not at the first frame.
  open().close();
  const state = { format: null as Capture['format'], error: null as CaptureError | null };
  return {
    path,
    get format() {
      return state.format;
    },
    get error() {
      return state.error;
    },
    async *[Symbol.asyncIterator]() {
      const source = open();
      const frame = new EngineFrame();
      state.error = null;
      try {
        do {
          while (source.next(frame)) {
            if (signal?.aborted) return;
            state.format = source.info.format;
            yield copyOf(frame, source.info);
          }
        } while (!signal?.aborted && (await source.fill()));
        state.format = source.info.format;
        state.error = source.error;
      } finally {
        source.close();
      }
    },
  };
}

function copyOf(frame: EngineFrame, info: CaptureInfo): Frame {
  const { direction } = frame;
  return {
    number: frame.number,
    time: frame.hasTime ? utc(frame.seconds, frame.nanoseconds) : null,
    timeNs: frame.hasTime ? BigInt(frame.seconds) * 1_000_000_000n + BigInt(frame.nanoseconds) : null,
    bytes: frame.bytes.slice(frame.start, frame.end),
    wireLength: frame.wireLength,
    linkType: frame.linkType,
    interface: info.interfaces[frame.interfaceId]?.name ?? null,
    direction: direction === DIRECTION.unknown ? null : direction === DIRECTION.out ? 'out' : 'in',
    fileOffset: frame.fileOffset,
    comment: info.frameComments.get(frame.number)?.split('\0')[0] ?? null,
  };
}

/** A frame that a program makes or has changed. */
export type NewFrame = Pick<Frame, 'bytes'> & Partial<Omit<Frame, 'bytes' | 'fileOffset' | 'number' | 'time'>>;

/**
 * Writes frames as pcapng, with interfaces, directions and comments. The file is there when all of it is; it replaces one of the same
 * name. Returns the number of frames. Throws CaptureError where it cannot be written, UsageError for a frame that contradicts itself,
 * and InterruptedError where `signal` ended it: then there is no file.
 */
export async function writePcapng(
  path: string,
  frames: Iterable<NewFrame> | AsyncIterable<NewFrame>,
  { signal }: OpenOptions = {},
): Promise<number> {
  const file = createCapture(path, { format: 'pcapng' });
  const info = noFile();
  const frame = new EngineFrame();
  let count = 0;
  try {
    for await (const one of frames) {
      if (signal?.aborted) throw new InterruptedError();
      fill(frame, one, ++count, info);
      file.write(frame, info, one.comment == null ? [] : [one.comment]);
    }
    file.finish();
  } catch (error) {
    file.abort();
    throw error;
  }
  return count;
}
