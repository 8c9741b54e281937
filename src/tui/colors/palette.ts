// Colours of somebody's choice as a terminal has them: the nearest of its palette, with text that can be read.
import type { Attr } from '../screen/paint.js';
import { attrOf, type Depth } from '../screen/theme.js';

/** Red, green, blue, of 255. */
export type Rgb = readonly [number, number, number];

/** As xterm paints the first sixteen. */
const SIXTEEN: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
const LEVELS = [0, 95, 135, 175, 215, 255] as const;
/** Number and colour of each that all terminals of 256 colours paint alike. */
const CUBE: readonly (readonly [number, Rgb])[] = [
  ...LEVELS.flatMap((r, i) => LEVELS.flatMap((g, j) => LEVELS.map((b, k) => [16 + 36 * i + 6 * j + k, [r, g, b]] as const))),
  ...Array.from({ length: 24 }, (_, i) => [232 + i, [8 + 10 * i, 8 + 10 * i, 8 + 10 * i]] as const),
];

/** WCAG 2.2, 1.4.3. */
const LEAST = 4.5;

function luminance([r, g, b]: Rgb): number {
  const linear = (part: number) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}
const contrast = (a: Rgb, b: Rgb): number => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};
const distance = (a: Rgb, b: Rgb): number => a.reduce((sum, part, i) => sum + (part - b[i]) ** 2, 0);

/** The nearest pair of the palette; where it could not be read, the text is the black or the white of the palette. */
export function nearestPair(bg: Rgb, fg: Rgb, depth: Exclude<Depth, 0>): Attr {
  const palette = depth === 256 ? CUBE : SIXTEEN.map((color, i) => [i, color] as const);
  const nearest = (wanted: Rgb) =>
    palette.reduce((best, one) => (distance(one[1], wanted) < distance(best[1], wanted) ? one : best));
  const [paper, ink] = [nearest(bg), nearest(fg)];
  if (contrast(paper[1], ink[1]) >= LEAST) return attrOf(ink[0], paper[0]);
  const [black, white] = [nearest([0, 0, 0]), nearest([255, 255, 255])];
  return attrOf((contrast(paper[1], black[1]) >= contrast(paper[1], white[1]) ? black : white)[0], paper[0]);
}
