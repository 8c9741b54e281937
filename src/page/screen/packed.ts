// The engine as it lies in the page: zstd, seven bits a character (scripts/page.mjs packs it).
import { decompress } from 'fzstd';

/** Bytes of a text of seven bits a character. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 7) / 8));
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    bits = (bits << 7) | (text.charCodeAt(i) & 0x7f);
    held += 7;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = bits >> held;
    bits &= (1 << held) - 1;
  }
  return bytes;
}

export const unpacked = (text: string): Uint8Array<ArrayBuffer> => decompress(bytesOf(text)) as Uint8Array<ArrayBuffer>;
