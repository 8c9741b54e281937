// `openCapture`: the frames of a capture.
import { captureFrom } from '../capture/from-chunks.js';
import { openCapture as openSource } from '../capture/open.js';
import { piecesOf } from './bytes.js';
import type { Capture, OpenOptions } from './frame.js';
import { framesOf } from './frames-of.js';

/**
 * Opens a capture: pcap, pcapng, gzip or zstd of them; a path also to what tcpdump printed. Throws CaptureError for what cannot be opened.
 */
export function openCapture(given: string | Uint8Array | Blob, { signal }: OpenOptions = {}): Capture {
  const path = typeof given === 'string' ? given : 'bytes';
  const open = () => (typeof given === 'string' ? openSource(given) : captureFrom(piecesOf(given), path));
  // What is wrong with the path is told now, not at the first frame.
  open().close();
  return framesOf(path, signal, open);
}
