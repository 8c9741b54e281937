// Writes what was said into a file, as hopscope follow prints it.
import { open } from 'node:fs/promises';
import { FollowPrinter } from '../../dump/follow-output.js';
import type { Stream, StreamChunk } from '../session.js';
import type { Form } from './lines.js';

/** Bytes written, of these chunks of a stream. A file that is there is written over only if it may be. */
export async function saveStream(
  path: string,
  replaces: boolean,
  stream: Stream,
  chunks: readonly StreamChunk[],
  form: Form,
): Promise<number> {
  const file = await open(path, replaces ? 'w' : 'wx');
  let written = 0;
  try {
    const printer = new FollowPrinter(form === 'decoded' ? 'text' : form, null, async (bytes) => {
      written += bytes.length;
      await file.writeFile(bytes);
      return true;
    });
    printer.begin(...stream.ends);
    await printer.pieces(chunks);
  } finally {
    await file.close();
  }
  return written;
}
