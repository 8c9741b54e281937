// Every style of every theme can be read: 4.5 to 1 between text and what is behind it (WCAG 2.2, 1.4.3), in the colours of xterm; lines of frames,
// which are no text, 3 to 1 (1.4.11).
import { expect, it } from 'vitest';
import { onBase, over, THEMES, type Theme, theme } from '../../../src/tui/screen/theme.js';
import { contrast } from './contrast.js';

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
