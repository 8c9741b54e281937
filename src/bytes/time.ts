// Times as tshark writes them.

/** A moment, in seconds since 1970, or a span of time, in numbers that are exact: seconds, and nanoseconds from 0 to 999999999 more. */
export class Moment {
  seconds = 0;
  nanoseconds = 0;

  /** Nanoseconds may be any number: what is more than a second, or less than none, is carried. */
  set(seconds: number, nanoseconds: number): true {
    if (nanoseconds >= 0 && nanoseconds < 1e9) {
      this.seconds = seconds;
      this.nanoseconds = nanoseconds;
      return true;
    }
    const carried = Math.floor(nanoseconds / 1e9);
    this.seconds = seconds + carried;
    this.nanoseconds = nanoseconds - carried * 1e9;
    return true;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** `Aug  8, 2025 15:36:51.979000000 UTC`. `seconds` since 1970, whole. */
export function timeText(seconds: number, nanoseconds: number): string {
  const text = secondText(seconds);
  return text === null ? `${seconds}.${nine(nanoseconds)}` : `${text}.${nine(nanoseconds)} UTC`;
}

/** The part before the dot; null where the calendar ends. Frames come many to a second. */
export function secondText(seconds: number): string | null {
  if (seconds !== latest.seconds) {
    latest.text = dateText(seconds);
    latest.seconds = seconds;
  }
  return latest.text;
}

const latest: { seconds: number; text: string | null } = { seconds: Number.NaN, text: null };

function dateText(seconds: number): string | null {
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
