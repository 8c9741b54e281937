// Opens a capture that is no file.
import type { CaptureSource } from './frame.js';
import { ChunkInput } from './input.js';
import { InputSource, type SourceOptions } from './source.js';

/** A source over chunks of bytes from anywhere, e.g. the output of a child process. `close` is called once. */
export function captureFrom(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  options: SourceOptions = {},
  close: () => void = () => undefined,
): CaptureSource {
  return new InputSource(path, new ChunkInput(chunks, close), options);
}
