// Filter text into tokens. The language is Wireshark's (wireshark-filter(4), version 4.0).
import { problem, type Span } from './problem.js';

/** Longest filter text, in characters. */
export const MAX_TEXT = 64 * 1024;

export type Sign = '(' | ')' | '{' | '}' | ',' | '..' | '+' | '-' | '*' | '/' | '%';

/** Comparison operators, and the words that mean the same. */
export type Comparison = '==' | '!=' | '===' | '~=' | '<' | '<=' | '>' | '>=' | 'contains' | 'matches';

export type Token = Span &
  (
    | { readonly type: 'word'; readonly text: string }
    | { readonly type: 'string'; readonly bytes: Uint8Array; readonly raw: boolean }
    | { readonly type: 'char'; readonly code: number }
    /** `[0:2,4]` or, with `hash`, `#[1-2]` and `#2`: the text between the brackets. */
    | { readonly type: 'ranges'; readonly text: string; readonly hash: boolean; readonly inner: Span }
    | { readonly type: 'compare'; readonly op: Comparison }
    | { readonly type: 'logic'; readonly op: 'and' | 'or' | 'xor' | 'not' }
    | { readonly type: 'in' }
    | { readonly type: 'quantifier'; readonly all: boolean }
    | { readonly type: '&' }
    | { readonly type: 'symbol'; readonly symbol: Sign }
    | { readonly type: 'end' }
  );

/** Operators, longest first. */
const OPERATORS: readonly (readonly [string, Comparison | 'and' | 'or' | 'xor' | 'not' | '&'])[] = [
  ['===', '==='],
  ['!==', '~='],
  ['==', '=='],
  ['!=', '!='],
  ['~=', '~='],
  ['<=', '<='],
  ['>=', '>='],
  ['&&', 'and'],
  ['||', 'or'],
  ['^^', 'xor'],
  ['<', '<'],
  ['>', '>'],
  ['~', 'matches'],
  ['!', 'not'],
  ['&', '&'],
];

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['eq', '=='],
  ['any_eq', '=='],
  ['ne', '!='],
  ['all_ne', '!='],
  ['all_eq', '==='],
  ['any_ne', '~='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
  ['contains', 'contains'],
  ['matches', 'matches'],
]);

/** Words that are part of the language, for completion. */
export const WORDS: readonly string[] = [...COMPARISONS.keys(), 'and', 'or', 'xor', 'not', 'in', 'any', 'all'];

/** Throws FilterError. The last token is always `end`. */
export function tokens(text: string): Token[] {
  if (text.length > MAX_TEXT) {
    const at = { start: MAX_TEXT, end: MAX_TEXT };
    throw problem(text, at, `the filter is longer than ${MAX_TEXT} characters`, 'use ranges and prefixes for long lists');
  }
  const list: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    list.push(token);
    at = token.end;
  }
  list.push({ type: 'end', start: text.trimEnd().length, end: text.trimEnd().length });
  return list;
}

// A word is a name (with @ in front: its bytes), a number or an address. `..` ends it: it is the range operator. A slash belongs to it only in `10.0.0.0/8`
// and `fd00::/8`; between numbers and names it divides.
const WORD = /(?:@(?=[A-Za-z_]))?[\w:](?:(?!\.\.)[\w.:-])*(?:(?<=[.:][\da-fA-F.:]*)\/\d+)?/y;

function tokenAt(text: string, start: number): Token {
  const c = text[start]!;
  if (c === '"') return stringAt(text, start, start, false);
  if ((c === 'r' || c === 'R') && text[start + 1] === '"') return stringAt(text, start, start + 1, true);
  if (c === "'") return charAt(text, start);
  if (c === '#') return layerAt(text, start);
  if (c === '[') {
    const inner = bracket(text, start, start);
    return { type: 'ranges', text: text.slice(inner.start, inner.end), hash: false, inner, start, end: inner.end + 1 };
  }
  if (text.startsWith('..', start)) return { type: 'symbol', symbol: '..', start, end: start + 2 };
  if ('(){},+-*/%'.includes(c)) return { type: 'symbol', symbol: c as Sign, start, end: start + 1 };
  for (const [spelling, op] of OPERATORS) {
    if (!text.startsWith(spelling, start)) continue;
    const span = { start, end: start + spelling.length };
    if (op === '&') return { type: '&', ...span };
    if (op === 'and' || op === 'or' || op === 'xor' || op === 'not') return { type: 'logic', op, ...span };
    return { type: 'compare', op, ...span };
  }
  WORD.lastIndex = start;
  const match = WORD.exec(text);
  if (match === null) {
    const hint =
      c === '=' ? 'equal is written ==' : c === '|' ? 'or is written || or or' : c === '^' ? 'exclusive or is written ^^' : '';
    throw problem(text, { start, end: start + 1 }, `"${c}" means nothing here`, hint);
  }
  return wordToken(match[0], start);
}

function wordToken(word: string, start: number): Token {
  const span = { start, end: start + word.length };
  const op = COMPARISONS.get(word);
  if (op !== undefined) return { type: 'compare', op, ...span };
  if (word === 'and' || word === 'or' || word === 'xor' || word === 'not') return { type: 'logic', op: word, ...span };
  if (word === 'in') return { type: 'in', ...span };
  if (word === 'any' || word === 'all') return { type: 'quantifier', all: word === 'all', ...span };
  if (word === 'bitwise_and') return { type: '&', ...span };
  return { type: 'word', text: word, ...span };
}

function layerAt(text: string, start: number): Token {
  if (text[start + 1] === '[') {
    const inner = bracket(text, start, start + 1);
    return { type: 'ranges', text: text.slice(inner.start, inner.end), hash: true, inner, start, end: inner.end + 1 };
  }
  const digits = /^\d+/.exec(text.slice(start + 1, start + 12));
  if (digits === null)
    throw problem(
      text,
      { start, end: start + 1 },
      'a layer is a number',
      'e.g. ip.src#2 for the second, ip.src#[-1] for the last',
    );
  const inner = { start: start + 1, end: start + 1 + digits[0].length };
  return { type: 'ranges', text: digits[0], hash: true, inner, start, end: inner.end };
}

/** The text between the bracket at `open` and the next closing one. */
function bracket(text: string, start: number, open: number): Span {
  const close = text.indexOf(']', open);
  if (close === -1) throw problem(text, { start, end: text.length }, 'the bracket is not closed', 'e.g. eth.src[0:3]');
  return { start: open + 1, end: close };
}

const ESCAPES: Readonly<Record<string, number>> = {
  "'": 0x27,
  '"': 0x22,
  '\\': 0x5c,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

const utf8 = new TextEncoder();

/** Reads the escape sequence whose backslash is at `at` into `out`; returns the offset after it. */
function escapeAt(text: string, at: number, out: number[]): number {
  const c = text[at + 1] ?? '';
  const simple = ESCAPES[c];
  if (simple !== undefined) {
    out.push(simple);
    return at + 2;
  }
  const rest = text.slice(at + 1, at + 10);
  const number = /^x([0-9a-fA-F]{1,2})/.exec(rest) ?? /^([0-7]{1,3})/.exec(rest);
  if (number !== null) {
    const value = Number.parseInt(number[1]!, number[0].startsWith('x') ? 16 : 8);
    if (value > 255) throw problem(text, { start: at, end: at + 1 + number[0].length }, 'an octal escape ends at \\377');
    out.push(value);
    return at + 1 + number[0].length;
  }
  const unicode = /^u([0-9a-fA-F]{4})/.exec(rest) ?? /^U([0-9a-fA-F]{8})/.exec(rest);
  if (unicode !== null) {
    const code = Number.parseInt(unicode[1]!, 16);
    const end = at + 1 + unicode[0].length;
    if (code > 0x10ffff) throw problem(text, { start: at, end }, 'there is no such Unicode code point');
    out.push(...utf8.encode(String.fromCodePoint(code)));
    return end;
  }
  throw problem(
    text,
    { start: at, end: at + 2 },
    `"\\${c}" is no escape sequence`,
    'a backslash is written \\\\, or the string r"…"',
  );
}

function stringAt(text: string, start: number, quote: number, raw: boolean): Token {
  const bytes: number[] = [];
  let at = quote + 1;
  for (;;) {
    if (at >= text.length) throw problem(text, { start, end: text.length }, 'the string is not closed', 'end it with "');
    const c = text[at]!;
    if (c === '"') break;
    if (c === '\\' && !raw) at = escapeAt(text, at, bytes);
    else {
      // In a raw string a backslash keeps a quote from ending it, and stays.
      const length = c === '\\' && at + 1 < text.length ? 2 : text.codePointAt(at)! > 0xffff ? 2 : 1;
      bytes.push(...utf8.encode(text.slice(at, at + length)));
      at += length;
    }
  }
  return { type: 'string', bytes: Uint8Array.from(bytes), raw, start, end: at + 1 };
}

function charAt(text: string, start: number): Token {
  const bytes: number[] = [];
  let at = start + 1;
  if (text[at] === '\\') at = escapeAt(text, at, bytes);
  else if (at < text.length) bytes.push(...utf8.encode(text[at++]!));
  if (text[at] !== "'" || bytes.length !== 1)
    throw problem(
      text,
      { start, end: Math.min(text.length, at + 1) },
      'a character constant is one byte',
      'text stands in double quotes',
    );
  return { type: 'char', code: bytes[0]!, start, end: at + 1 };
}
