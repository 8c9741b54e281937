// Shares and ranges as people write them; durations and counts: src/bytes/units.ts.
import { parseDuration, parseSize } from '../bytes/units.js';

/** Nanoseconds of a duration that the schema let pass. */
export const nanoseconds = (value: string | number): number => parseDuration(value) as number;

/** Both ends included. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** A number, `3-5`, `>= 3`, `<5`, or { atLeast, atMost }; null when it is none of them. */
export function parseBounds(
  value: number | string | { atLeast?: number | undefined; atMost?: number | undefined },
): Bounds | null {
  if (typeof value === 'number') return { least: value, most: value };
  if (typeof value === 'object')
    return value.atLeast === undefined && value.atMost === undefined
      ? null
      : { least: value.atLeast ?? 0, most: value.atMost ?? Number.POSITIVE_INFINITY };
  const single = /^(<=|>=|<|>|)\s*(\d+)$/.exec(value.trim());
  if (single !== null) {
    const n = Number(single[2]);
    switch (single[1]) {
      case '<=':
        return { least: 0, most: n };
      case '<':
        return { least: 0, most: n - 1 };
      case '>=':
        return { least: n, most: Number.POSITIVE_INFINITY };
      case '>':
        return { least: n + 1, most: Number.POSITIVE_INFINITY };
      default:
        return { least: n, most: n };
    }
  }
  const pair = /^(\d+)\s*-\s*(\d+)$/.exec(value.trim());
  return pair === null || Number(pair[1]) > Number(pair[2]) ? null : { least: Number(pair[1]), most: Number(pair[2]) };
}

export const inBounds = (n: number, { least, most }: Bounds): boolean => n >= least && n <= most;

export function showBounds({ least, most }: Bounds): string {
  if (least === most) return String(least);
  if (most === Number.POSITIVE_INFINITY) return `at least ${least}`;
  return least === 0 ? `at most ${most}` : `${least} to ${most}`;
}

/** 0 to 1, of `2%` or `0.02`. */
export function parseShare(value: string | number): number {
  const text = String(value);
  return text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
}

/** Shares from 0 to 1, of `20-80%` or { atLeast, atMost }; null when it is none of them. */
export function parseShares(
  value: string | { atLeast?: string | number | undefined; atMost?: string | number | undefined },
): Bounds | null {
  let [least, most] = [0, 1];
  if (typeof value === 'string') {
    const [from, to] = value.split('-').map((one) => Number(one.trim().replace(/%$/, '')) / 100);
    [least, most] = [from, to];
  } else {
    if (value.atLeast === undefined && value.atMost === undefined) return null;
    [least, most] = [parseShare(value.atLeast ?? 0), parseShare(value.atMost ?? '100%')];
  }
  return least <= most && most <= 1 ? { least, most } : null;
}

/** `33.3%`. */
export const showShare = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

const BITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Bits per second of `10Mbit/s`; null when it is no rate. */
export function parseRate(value: string | number): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kMGT]?)bit\/s$/.exec(String(value));
  return match === null ? null : Number(match[1]) * BITS[match[2]];
}

/** Bytes of a size, or bits per second of a rate, that the schema let pass. */
export const parseAmount = (value: string | number): number => parseRate(value) ?? (parseSize(value) as number);
