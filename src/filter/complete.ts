// What could be typed at the cursor: names of fields and protocols, functions, operators, names of values.
import type { ExtraField } from '../dissect/extra.js';
import type { Registry } from '../dissect/registry.js';
import { FilterError } from '../errors.js';
import { type Token, tokens, WORDS } from './lexer.js';
import { namesOfValues } from './literals.js';
import { type Found, namesOf } from './names.js';
import { functionNames } from './operands.js';

export interface Completion {
  /** What replaces the text between `start` and the cursor. */
  readonly text: string;
  readonly kind: 'field' | 'protocol' | 'function' | 'operator' | 'value';
  /** What it stands for, e.g. `Source address`; '' where the text says it all. */
  readonly title: string;
}

export interface Completions {
  /** Offset in the filter text where the completed word starts. */
  readonly start: number;
  readonly items: readonly Completion[];
}

const MOST = 100;

/** Completions for the word that ends at `cursor`, best first; none after a fault. `valuesOf`: values that a field has, the most frequent first; null: they are being counted. */
export function completions(
  text: string,
  cursor: number,
  registry: Registry,
  extras: readonly ExtraField[] = [],
  valuesOf: (field: string) => readonly Completion[] | null = () => [],
): Completions {
  const before = text.slice(0, cursor);
  // A text in quotes is completed where it can only be a value.
  const quoted = /"[^"\\]*$/.exec(before)?.[0];
  const inside = quoted === undefined ? null : read(before.slice(0, -quoted.length));
  const isQuoted = inside !== null && isValuePlace(inside);
  const word = isQuoted ? quoted! : /[\w.:-]*$/.exec(before)![0];
  const start = before.length - word.length;
  const past = isQuoted ? inside : read(before.slice(0, start));
  if (past === null) return { start, items: [] };
  const last = past.at(-1);
  const known = new Map(extras.map((extra) => [extra.def.name, extra]));
  const names = namesOf(registry);
  const found = (name: string): Found | null => names.find(name, known);
  if (isValuePlace(past)) {
    const field = past.findLast((t) => t.type === 'word' && found(t.text) !== null);
    const defs = field?.type === 'word' ? found(field.text)!.target.defs : [];
    const values = [...new Set(defs.flatMap(namesOfValues))].map(
      (name): Completion => ({
        text: /^\w+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`,
        kind: 'value',
        title: '',
      }),
    );
    const had = field?.type === 'word' ? valuesOf(field.text) : [];
    if (had === null) return { start, items: [] };
    const seen = likely(had, word);
    const others = filtered(values, word).filter(({ text: one }) => !seen.some((item) => item.text === one));
    if (isQuoted || seen.length + values.length > 0) return { start, items: [...seen, ...others] };
  }
  if (
    last?.type === 'word' ||
    last?.type === 'string' ||
    last?.type === 'char' ||
    last?.type === 'ranges' ||
    isSymbol(last, ')}')
  )
    return { start, items: filtered(OPERATORS, word) };
  const items = names.all(known.keys()).map((name): Completion => {
    const { target } = found(name)!;
    return { text: name, kind: target.kind === 'protocol' ? 'protocol' : 'field', title: target.defs[0]!.title };
  });
  // Levels of a tunnel are offered once they are asked for.
  const level = /^(?:outer|inner)\./.exec(word)?.[0];
  const levels = level === undefined ? [] : items.map((item) => ({ ...item, text: level + item.text }));
  return { start, items: filtered([...items, ...levels, ...FUNCTIONS], word) };
}

const OPERATORS: readonly Completion[] = ['==', '!=', '<', '<=', '>', '>=', '===', '~=', ...WORDS]
  .filter((op) => op !== 'any' && op !== 'all')
  .map((text) => ({ text, kind: 'operator', title: '' }));

const FUNCTIONS: readonly Completion[] = [
  ...functionNames.map((name): Completion => ({ text: `${name}(`, kind: 'function', title: '' })),
  ...['not', 'any', 'all'].map((text): Completion => ({ text, kind: 'operator', title: '' })),
];

/** The tokens of a text; null where it ends inside a string or holds a fault. */
function read(text: string): Token[] | null {
  try {
    return tokens(text).slice(0, -1);
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

const isSymbol = (t: Token | undefined, symbols: string): boolean => t?.type === 'symbol' && symbols.includes(t.symbol);

/** Does a value come next: after a comparison, or in a set? */
function isValuePlace(past: readonly Token[]): boolean {
  const last = past.at(-1);
  if (last?.type === 'compare') return true;
  if (!isSymbol(last, '{,') && !(last?.type === 'symbol' && last.symbol === '..')) return false;
  const open = past.findLastIndex((t) => isSymbol(t, '{'));
  return open > 0 && past[open - 1]!.type === 'in';
}

/** In their own order, those that begin so before those that have it somewhere. */
function likely(items: readonly Completion[], word: string): Completion[] {
  const wanted = bare(word);
  const fitting = items.filter(({ text }) => bare(text).includes(wanted));
  const begins = ({ text }: Completion) => bare(text).startsWith(wanted);
  return [...fitting.filter(begins), ...fitting.filter((item) => !begins(item))].slice(0, MOST);
}

const bare = (text: string): string => text.toLowerCase().replace(/^"|"$/g, '');

function filtered(items: readonly Completion[], word: string): Completion[] {
  const wanted = bare(word);
  const rank = (c: Completion): number => {
    const text = bare(c.text);
    // The names that go on at the next dot are offered before those that are further down.
    if (text.startsWith(wanted)) return text === wanted ? 0 : 1 + text.slice(wanted.length).split('.').length;
    return wanted !== '' && text.includes(wanted) ? 100 : Number.POSITIVE_INFINITY;
  };
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .filter((r) => r.rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank || (a.item.text < b.item.text ? -1 : 1))
    .slice(0, MOST)
    .map((r) => r.item);
}
