// The frames of a source as programs are given them.
import { utc } from '../bytes/show.js';
import { type CaptureInfo, type CaptureSource, DIRECTION, Frame as EngineFrame } from '../capture/frame.js';
import type { CaptureError } from '../errors.js';
import type { Capture, Frame } from './frame.js';

/** `open` is called anew for each reading. */
export function framesOf(path: string, signal: AbortSignal | undefined, open: () => CaptureSource): Capture {
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
