// Times as tshark writes them.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** `Aug  8, 2025 15:36:51.979000000 UTC`. `seconds` since 1970, whole. */
export function timeText(seconds: number, nanoseconds: number): string {
  // Frames come many to a second.
  if (seconds !== latest.seconds) {
    latest.text = secondText(seconds);
    latest.seconds = seconds;
  }
  return latest.text === null ? `${seconds}.${nine(nanoseconds)}` : `${latest.text}.${nine(nanoseconds)} UTC`;
}

const latest: { seconds: number; text: string | null } = { seconds: Number.NaN, text: null };

/** Null where the calendar ends. */
function secondText(seconds: number): string | null {
  const d = new Date(seconds * 1000);
  if (Number.isNaN(d.getTime())) return null;
  const day = String(d.getUTCDate()).padStart(2);
  const clock = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
  return `${MONTHS[d.getUTCMonth()]} ${day}, ${d.getUTCFullYear()} ${clock}`;
}

const nine = (n: number): string => String(n).padStart(9, '0');

/** Seconds with nine decimals of a span in nanoseconds, which may be negative. */
export function spanText(nanoseconds: bigint): string {
  const n = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  return `${nanoseconds < 0n ? '-' : ''}${n / 1_000_000_000n}.${nine(Number(n % 1_000_000_000n))}`;
}
