// Names and values as text: short ones beside each other in columns, long ones on lines of their own, below them unless they come
// first.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { cell, type Row, type Span, span } from '../screen/paint.js';
import type { Theme } from '../screen/theme.js';
import { wrapRow } from './pager.js';

export interface Fact {
  readonly name: string;
  /** Empty: it is left out. */
  readonly text: string;
}

/** Columns of a short fact, its name included. */
const SHORT = 37;
const GAP = 2;

/** Rows of at most `width`; the first column stays empty. */
export function factRows(facts: readonly Fact[], theme: Theme, width: number): Row[] {
  const known = facts.filter(({ text }) => text !== '');
  const nameWidth = Math.min(18, Math.max(0, ...known.map(({ name }) => displayWidth(plainWidth(name))))) + GAP;
  const perRow = Math.max(1, Math.floor((width - 1) / (SHORT + GAP)));
  const isShort = ({ text }: Fact) => displayWidth(plainWidth(text)) <= SHORT - nameWidth;
  const rows: Row[] = [];
  let line: Span[] = [];
  let used = 0;
  const flush = () => {
    if (line.length > 0) rows.push(line);
    line = [];
    used = 0;
  };
  const lead: Span = { text: ' ', attr: theme.text };
  const label = (name: string) => cell(name, nameWidth, theme.dim);
  const long = (fact: Fact) =>
    rows.push(...wrapRow([lead, label(fact.name), span(fact.text, theme.text)], width - 1, nameWidth + 1));
  const firstShort = known.findIndex(isShort);
  const start = firstShort < 0 ? known.length : firstShort;
  known.slice(0, start).forEach(long);
  for (const fact of known.filter(isShort)) {
    if (line.length === 0) line.push(lead);
    line.push(label(fact.name), cell(fact.text, SHORT - nameWidth + GAP, theme.text));
    if (++used === perRow) flush();
  }
  flush();
  known.filter((fact, i) => i >= start && !isShort(fact)).forEach(long);
  return rows;
}
