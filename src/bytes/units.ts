// Durations, sizes and counts: the one reader of what people write, and the one printer. What is printed can be read back.
// Bad text gives null: the caller knows where it stood and what to say.

/** Nanoseconds of each unit of time. Two signs look like a µ: U+00B5 and U+03BC. */
const TIMES: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

/** The nearest whole number; null below 0 and where a double is not exact. */
function wholeFrom0(n: number): number | null {
  const whole = Math.round(n);
  return whole >= 0 && Number.isSafeInteger(whole) ? whole : null;
}

/**
 * Nanoseconds, whole, of `500ms`, `1.5 s`, `2m`, `1min`, `1 h 30 min`; a number without a unit is seconds. Null where the text is
 * no duration, and where it is longer than a double can count in nanoseconds (104 days).
 */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return wholeFrom0(value * 1e9);
  const text = value.trim();
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ns|us|\u00b5s|\u03bcs|ms|s|min|m|h|d)\s*/gy)];
  let ns = 0;
  if (/^\d+(?:\.\d+)?$/.test(text)) ns = Number(text) * 1e9;
  else if (parts.length === 0 || parts.reduce((length, part) => length + part[0].length, 0) !== text.length) return null;
  // A unit comes once, and larger ones come first: `5 s 2 min` is a slip.
  let last = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of parts) {
    const factor = TIMES[unit!]!;
    if (factor >= last) return null;
    last = factor;
    ns += Number(amount) * factor;
  }
  return wholeFrom0(ns);
}

/** Three significant digits at most, without a tail of zeros. */
const short = (n: number): string => String(Number(n >= 99.95 ? n.toFixed(0) : n >= 9.995 ? n.toFixed(1) : n.toFixed(2)));

/** `ns`: nanoseconds. `850 ns`, `1.5 ms`, `2.25 s`, `4 min 5 s`, `3 h 2 min`. */
export function duration(ns: number): string {
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns < 999.5) return `${Math.round(ns)} ns`;
  if (ns < 999.5e3) return `${short(ns / 1e3)} µs`;
  if (ns < 999.5e6) return `${short(ns / 1e6)} ms`;
  if (ns < 59.95e9) return `${short(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  const pair = (big: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big} ${unit}` : `${big} ${unit} ${small} ${smallUnit}`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** Decimal units as tcpdump's -C and disk makers count, binary ones by their own names (IEC 80000-13). */
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  pb: 1e15,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes, whole, of `64MB`, `1.5 GB`, `512MiB`, `100k`, or of a number of bytes; null where it is none. */
export function parseSize(value: string | number): number | null {
  if (typeof value === 'number') return wholeFrom0(value);
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim());
  const factor = match === null ? undefined : SIZES[match[2]!.toLowerCase()];
  if (match === null || factor === undefined) return null;
  return wholeFrom0(Number(match[1]) * factor);
}

const scaled = (n: number, step: number, units: readonly string[]): string => {
  let i = 0;
  while (n >= step * 0.9995 && i < units.length - 1) {
    n /= step;
    i++;
  }
  return `${i === 0 ? Math.round(n) : short(n)} ${units[i]}`;
};

/** `535 MB`: decimal units, see `parseSize`. */
export const size = (bytes: number): string => scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);

/** `bitsPerSecond`: `94.1 Mbit/s`. */
export const rate = (bitsPerSecond: number): string =>
  scaled(bitsPerSecond, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);

const COUNTS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** A number from 0 on, of `12`, `12 040`, `2.5`, `10k`, `1.25 M`; null where it is none. */
export function parseCount(value: string): number | null {
  const match = /^(\d{1,3}(?: \d{3})+|\d+(?:\.\d+)?)\s*([kMGT]?)$/.exec(value.trim());
  if (match === null) return null;
  const n = Number(match[1]!.replaceAll(' ', '')) * COUNTS[match[2]!]!;
  return n <= Number.MAX_SAFE_INTEGER ? n : null;
}

/** The same, whole and from 1 on: frames, files, threads. */
export function parseWhole(value: string): number | null {
  const n = parseCount(value);
  return n !== null && n >= 1 && Number.isInteger(n) ? n : null;
}

/** `1.25 M`-like counts, for tables that are short of room. */
export const count = (n: number): string => scaled(n, 1000, ['', 'k', 'M', 'G', 'T']).trimEnd();

/** Digits in groups of three, from five digits on. */
export function grouped(n: number): string {
  return n < 10_000 ? String(n) : String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `1 frame`, `3 frames`, `12 040 frames`. */
export function quantity(n: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(n)} ${n === 1 ? singular : plural}`;
}
