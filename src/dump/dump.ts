// Prints the frames of a capture, one after the other, into a writer that may ask to wait.
import { Line } from '../bytes/line.js';
import { unlessAborted } from '../capture/abort.js';
import { type CaptureSource, Frame } from '../capture/frame.js';
import { linkTypeName } from '../capture/linktypes.js';
import { ConversationMemory } from '../dissect/memory.js';
import { Origins } from '../dissect/origins.js';
import type { Past } from '../dissect/past.js';
import type { Registry } from '../dissect/registry.js';
import { Layers } from '../dissect/walk.js';
import { CaptureError } from '../errors.js';
import { pseudoHeader } from '../filter/frame-fields.js';

/** Writes one walked frame; may write nothing. */
export type PrintFrame = (layers: Layers, line: Line) => void;

export interface DumpOptions {
  /** Frames to read at most: as tshark counts, those that the filter leaves out too. */
  readonly limit: number;
  /** Frames to print at most, as tcpdump counts; left out: all. */
  readonly most?: number;
  /** Frames to leave out; null: none. */
  readonly filter: ((layers: Layers) => boolean) | null;
  /** Frames to read at all, as -2 -R has it: the others are not even counted; null: all. */
  readonly kept?: ((layers: Layers) => boolean) | null;
  /** Told of each frame that is read, also of those that are left out. */
  readonly see?: (layers: Layers) => void;
  /** Told of each frame that was printed. */
  readonly shown?: (frame: Frame) => void;
  /** What is remembered of the frames before; left out: nothing. */
  readonly past?: Past | null;
  readonly signal: AbortSignal;
}

/** Bytes gathered before they are handed on: writes are what costs most. */
const BATCH = 1 << 18;

/**
 * Reads `source` to its end, or until `limit` or `signal`. `write` is awaited: a slow reader holds the dump, and memory stays
 * flat. Returns why the reading stopped early, or null.
 */
export async function dump(
  source: CaptureSource,
  registry: Registry,
  /** Told of each frame before it is asked about. */
  begin: (frame: Frame) => void,
  print: PrintFrame,
  write: (bytes: Uint8Array) => Promise<void>,
  options: DumpOptions,
): Promise<CaptureError | null> {
  const { limit, filter, signal, shown, see, kept = null, most = Number.POSITIVE_INFINITY } = options;
  const frame = new Frame();
  const layers = new Layers(registry);
  layers.memory = new ConversationMemory();
  layers.origins = new Origins();
  const past = options.past ?? null;
  const line = new Line(BATCH + (BATCH >> 2));
  let seen = 0;
  let taken = 0;
  let printed = 0;
  const flush = async () => {
    await write(line.written);
    line.clear();
  };
  while (!signal.aborted) {
    while (seen < limit && printed < most && source.next(frame)) {
      const skip = pseudoHeader(frame);
      if (skip > 0 && frame.end - frame.start < skip) {
        await flush();
        return tooShort(source, frame);
      }
      seen++;
      if (kept !== null) frame.number = taken + 1;
      layers.walk(frame);
      past?.see(layers);
      begin(frame);
      if (kept !== null) {
        if (!kept(layers)) continue;
        taken++;
      }
      see?.(layers);
      if (filter === null || filter(layers)) {
        print(layers, line);
        printed++;
        shown?.(frame);
        if (line.at >= BATCH) {
          await flush();
          if (signal.aborted) return null;
        }
      }
    }
    if (seen >= limit || printed >= most) break;
    // Before waiting for a pipe, what is known goes out: a live capture is looked at while it grows.
    const more = source.fill();
    if (typeof more !== 'boolean' && line.at > 0) await flush();
    if (!(typeof more === 'boolean' ? more : await unlessAborted(more, signal))) break;
  }
  await flush();
  return seen >= limit || printed >= most ? null : source.error;
}

function tooShort(source: CaptureSource, { number, fileOffset, linkType }: Frame): CaptureError {
  const { path } = source.info;
  const what = `frame ${number} at byte ${fileOffset} is too short for the pseudo header of ${linkTypeName(linkType)}`;
  return new CaptureError('damaged', `${path}: ${what}; copy the file again`, path, number, fileOffset);
}
