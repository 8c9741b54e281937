// Values over time as columns of blocks: what is shown stands solid in front of all there is.
import type { Attr, Row, Span } from '../screen/paint.js';

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ALL = '░';

export interface Looks {
  readonly shown: Attr;
  readonly all: Attr;
  readonly text: Attr;
  /** The chosen column. */
  readonly chosen: Attr;
}

/** `height` rows of `wide` columns a value, the highest first. `shown[i]` is at most `all[i]`; `top` is the value at the upper edge. */
export function plotRows(
  all: readonly number[],
  shown: readonly number[],
  top: number,
  height: number,
  wide: number,
  chosen: number,
  looks: Looks,
): Row[] {
  const eighths = (value: number) => {
    const n = Math.round((value / Math.max(top, 1e-9)) * height * 8);
    // One packet among a million is still seen.
    return value > 0 ? Math.max(1, Math.min(n, height * 8)) : 0;
  };
  const front = shown.map(eighths);
  const back = all.map(eighths);
  return Array.from({ length: height }, (_, y) => {
    const below = (height - 1 - y) * 8;
    const spans: Span[] = [];
    for (let x = 0; x < all.length; x++) {
      const solid = Math.min(8, Math.max(0, front[x] - below));
      const behind = back[x] > below;
      const ch = (solid > 0 ? EIGHTHS[solid] : behind ? ALL : ' ').repeat(wide);
      const attr = x === chosen ? looks.chosen : solid > 0 ? looks.shown : behind ? looks.all : looks.text;
      const last = spans.at(-1);
      if (last !== undefined && last.attr === attr) spans[spans.length - 1] = { text: last.text + ch, attr };
      else spans.push({ text: ch, attr });
    }
    return spans;
  });
}

/** The next 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value * (1 - 1e-9)) ?? 10 * power;
}

/** `0 s`, `1.5 s`, `2 min`, `1:30 h`: times on the axis, as short as they stay clear for this step. */
export function timeText(ns: number, stepNs: number): string {
  const seconds = ns / 1e9;
  if (stepNs < 1e6) return `${(ns / 1e6).toFixed(3)} ms`;
  if (stepNs >= 60e9) {
    const minutes = Math.round(seconds / 60);
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`;
  }
  const digits = stepNs % 1e9 === 0 ? 0 : stepNs % 1e8 === 0 ? 1 : stepNs % 1e7 === 0 ? 2 : 3;
  return `${seconds.toFixed(digits)} s`;
}
