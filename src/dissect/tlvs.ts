// Values one after the other that say their own length.

/**
 * Calls `visit` with where each of the values in [from, end) begins and ends. Its length counts the `head` bytes that it begins with, and may say
 * more than there is: then `to` lies behind `end`. One that says less than its head ends them.
 */
export function eachTlv(
  from: number,
  end: number,
  head: number,
  lengthAt: (at: number) => number,
  visit: (at: number, to: number) => void,
): void {
  for (let at = from; at + head <= end; ) {
    const length = lengthAt(at);
    if (length < head) return;
    visit(at, at + length);
    at += length;
  }
}
