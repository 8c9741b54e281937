// Bytes that come from no file, in pieces.

const PIECE = 1 << 20;

/** Of a Blob a piece at a time: what a browser or a disk holds need not be in memory as a whole. */
export async function* piecesOf(bytes: Uint8Array | Blob): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) yield bytes;
  else for (let at = 0; at < bytes.size; at += PIECE) yield new Uint8Array(await bytes.slice(at, at + PIECE).arrayBuffer());
}
