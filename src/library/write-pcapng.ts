// `writePcapng`: frames as a capture.
import { Frame as EngineFrame } from '../capture/frame.js';
import { createCapture } from '../capture/write.js';
import { InterruptedError } from '../errors.js';
import { fill, noFile } from '../main/made-frame.js';
import type { NewFrame, OpenOptions } from './frame.js';

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
