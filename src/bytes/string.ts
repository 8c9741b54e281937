// Text inside packets. What is no text becomes U+FFFD; nothing here is safe to print before it went through `safeText`.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes [start, end) as UTF-8. */
export const utf8 = (b: Uint8Array, start: number, end: number): string => decoder.decode(b.subarray(start, end));

/** The same up to the first zero byte. */
export function zeroTerminated(b: Uint8Array, start: number, end: number): string {
  const zero = b.indexOf(0, start);
  return utf8(b, start, zero >= 0 && zero < end ? zero : end);
}

/** Bytes [start, end) as ASCII: what has the high bit set is no text. */
export function ascii(b: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += b[i]! < 0x80 ? String.fromCharCode(b[i]!) : '\ufffd';
  return text;
}
