// Prints the frames of a capture, one after the other, into a writer that may ask to wait.
import { type CaptureSource, Frame } from '../capture/frame.js';
import { linkTypeName } from '../capture/linktypes.js';
import { ConversationMemory } from '../dissect/memory.js';
import type { Registry } from '../dissect/registry.js';
import { Layers } from '../dissect/walk.js';
import { CaptureError } from '../errors.js';
import { pseudoHeader } from '../filter/frame-fields.js';
import type { FrameContext } from './frame-context.js';

/** Text of one walked frame; '' prints nothing. */
export type PrintFrame = (layers: Layers) => string;

export interface DumpOptions {
  /** Frames to print at most. */
  readonly limit: number;
  /** Frames to leave out; null: none. */
  readonly filter: ((layers: Layers) => boolean) | null;
  readonly signal: AbortSignal;
}

/** Characters gathered before they are handed on: writes are what costs most. */
const BATCH = 1 << 16;

/**
 * Reads `source` to its end, or until `limit` or `signal`. `write` is awaited: a slow reader holds the dump, and memory stays
 * flat. Returns why the reading stopped early, or null.
 */
export async function dump(
  source: CaptureSource,
  registry: Registry,
  context: FrameContext,
  print: PrintFrame,
  write: (text: string) => Promise<void>,
  options: DumpOptions,
): Promise<CaptureError | null> {
  const frame = new Frame();
  const layers = new Layers(registry);
  layers.memory = new ConversationMemory(layers);
  let printed = 0;
  let text = '';
  for (;;) {
    while (printed < options.limit && source.next(frame)) {
      if (frame.end - frame.start < pseudoHeader(frame)) {
        const { number, fileOffset } = frame;
        const what = `frame ${number} at byte ${fileOffset} is too short for the pseudo header of ${linkTypeName(frame.linkType)}`;
        if (text !== '') await write(text);
        return new CaptureError(
          'damaged',
          `${source.info.path}: ${what}; copy the file again`,
          source.info.path,
          number,
          fileOffset,
        );
      }
      layers.walk(frame);
      context.begin(frame);
      if (options.filter === null || options.filter(layers)) {
        text += print(layers);
        printed++;
        if (text.length >= BATCH) {
          await write(text);
          text = '';
          if (options.signal.aborted) return null;
        }
      }
      context.done(frame);
    }
    if (printed >= options.limit || options.signal.aborted) break;
    // Before waiting for a pipe, what is known goes out: a live capture is looked at while it grows.
    const more = source.fill();
    if (typeof more !== 'boolean' && text !== '') {
      await write(text);
      text = '';
    }
    if (!(typeof more === 'boolean' ? more : await more)) break;
  }
  if (text !== '') await write(text);
  return printed >= options.limit ? null : source.error;
}
