// Search in the bytes of a stream: text, or a pattern between slashes.
import type { StreamChunk } from '../session.js';

export interface Found {
  readonly chunk: number;
  readonly from: number;
  readonly to: number;
}

/** A byte is a character here: offsets in the text are offsets in the bytes. */
const bytesText = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** `text`, without regard to case; `/pattern/` a regular expression; `/pattern/i` one without regard to case. Null: not one. */
export function patternOf(text: string): RegExp | null {
  const given = /^\/(.+)\/(i?)$/s.exec(text);
  // Patterns are of bytes too: what is no ASCII stands as its UTF-8.
  const source = Buffer.from(given?.[1] ?? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'utf8').toString('latin1');
  try {
    return new RegExp(source, given === null ? 'gi' : `g${given[2]}`);
  } catch {
    return null;
  }
}

/** The next match after (or the last before) a byte of a chunk; the search does not wrap around. */
export function findIn(
  chunks: readonly StreamChunk[],
  pattern: RegExp,
  at: { readonly chunk: number; readonly offset: number },
  backwards: boolean,
): Found | null {
  const step = backwards ? -1 : 1;
  for (let chunk = at.chunk; chunk >= 0 && chunk < chunks.length; chunk += step) {
    const isHere = chunk === at.chunk;
    let last: Found | null = null;
    for (const match of bytesText(chunks[chunk].bytes).matchAll(pattern)) {
      if (match[0] === '') continue;
      const found = { chunk, from: match.index, to: match.index + match[0].length };
      if (!backwards) {
        if (!isHere || found.from > at.offset) return found;
      } else if (!isHere || found.from < at.offset) last = found;
      else break;
    }
    if (last !== null) return last;
  }
  return null;
}
