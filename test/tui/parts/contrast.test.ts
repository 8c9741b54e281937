// Every style of every theme can be read: 4.5 to 1 between text and what is behind it (WCAG 2.2, 1.4.3), in the colours of xterm; lines of frames,
// which are no text, 3 to 1 (1.4.11).
import { expect, it } from 'vitest';
import { onBase, over, THEMES, type Theme, theme } from '../../../src/tui/screen/theme.js';

/** xterm's palette: 16 colours, a cube of 6x6x6, 24 greys. */
const SIXTEEN = [
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
] as const;
function rgb(n: number): readonly number[] {
  if (n < 16) return SIXTEEN[n]!;
  if (n >= 232) return Array<number>(3).fill(8 + (n - 232) * 10);
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  return [Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6].map(level);
}
function luminance(n: number): number {
  const [r, g, b] = rgb(n).map((part) => {
    const c = part / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(attr: number): number {
  const [a, b] = [luminance((attr >> 9) & 0x1ff), luminance(attr & 0x1ff)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const LINES = new Set(['edge']);

/** The styles by name, those of protocols among them. */
const stylesOf = (t: Theme): [string, number][] =>
  Object.entries({ ...t, ...t.protocols }).flatMap(([name, value]): [string, number][] =>
    typeof value === 'number' && name !== 'ink' && name !== 'paper' ? [[name, value]] : [],
  );

const cases = THEMES.filter((name) => name !== 'no-colour').flatMap((name) =>
  ([16, 256] as const).flatMap((depth) => [false, true].map((isLight) => [name, depth, isLight] as const)),
);
it.each(cases)('%s in %i colours (light terminal: %s)', (name, depth, isLight) => {
  const t = theme(name, depth, isLight);
  const bad: string[] = [];
  const look = (what: string, attr: number, least: number) => {
    const painted = onBase(attr, t);
    // A colour of its own for both: nothing is left to what the terminal has.
    if (((painted >> 9) & 0x1ff) === 0x1ff || (painted & 0x1ff) === 0x1ff) bad.push(`${what}: the terminal's own colour`);
    else if (contrast(painted) < least) bad.push(`${what}: ${contrast(painted).toFixed(2)}`);
  };
  for (const [style, attr] of stylesOf(t)) {
    look(style, attr, LINES.has(style) ? 3 : 4.5);
    // Lists paint any style on the chosen row.
    for (const under of ['selected', 'selectedAway'] as const)
      if (!LINES.has(style)) look(`${style} on ${under}`, over(attr, t[under]), 4.5);
  }
  expect(bad).toEqual([]);
});
