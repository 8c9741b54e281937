// Pictures of text on the screen: what each stretch is decides its colour.
import { displayWidth } from '../../bytes/text.js';
import type { Ink, Run } from '../../picture/paint/canvas.js';
import type { Attr, Row, Span } from '../screen/paint.js';
import type { Theme } from '../screen/theme.js';

const STYLES: Readonly<Record<Ink, (theme: Theme) => Attr>> = {
  name: (theme) => theme.strong,
  dim: (theme) => theme.dim,
  wrong: (theme) => theme.error,
  expected: (theme) => theme.info,
  tunnel: (theme) => theme.protocols.tunnel,
  good: (theme) => theme.good,
};

/** The texts of painters are safe, and of known width. */
export const inked = (runs: readonly Run[], theme: Theme): Row =>
  runs.map(({ ink, text }) => ({ text, attr: ink === null ? theme.text : STYLES[ink](theme) }));

/** The row without `out` columns behind its first `kept`. */
export function cropped(row: Row, kept: number, out: number): Row {
  if (out === 0) return row;
  const spans: Span[] = [];
  let at = 0;
  for (const { text, attr } of row) {
    let shown = '';
    for (const letter of text) {
      const size = displayWidth(letter);
      if (at < kept || at >= kept + out) shown += letter;
      at += size;
    }
    if (shown !== '') spans.push({ text: shown, attr });
  }
  return spans;
}
