// Text from packets and files on its way to a terminal or a document. It may hold escape sequences, characters that
// turn the direction of writing, or nothing visible at all: every such character is replaced by a visible escape.

import { eastAsianWidth } from 'get-east-asian-width';

// C0, DEL and C1; soft hyphen; format characters (Unicode category Cf), among them the bidi controls and zero-width ones;
// whatever else Unicode lets a terminal leave out (variation selectors, fillers that look like letters, what is not assigned yet); line
// and paragraph separators; lone surrogates; the blank of braille; private use.
const UNSAFE = /[\0-\x1f\x7f-\x9f\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;

const visible = (c: string): string => {
  if (c === '\n') return '\\n';
  if (c === '\r') return '\\r';
  if (c === '\t') return '\\t';
  const code = c.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

const isPlain = (s: string): boolean => {
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
};

/** `s` with control, direction and invisible characters as `\x1b`, `\u{202e}`, ...; safe on a terminal line. */
export const safeText = (s: string): string => (isPlain(s) ? s : s.replace(UNSAFE, visible));

/** The same for text that may have several lines: newlines stay. */
export const safeLines = (s: string): string => (isPlain(s) ? s : s.split('\n').map(safeText).join('\n'));

// Terminals disagree on the width of emoji, so those are replaced by a sign of known width.
const EMOJI = /[\u{1f1e6}-\u{1f1ff}\u{1f300}-\u{1faff}\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23f3]/u;
const EMOJI_ALL = new RegExp(`${EMOJI.source}\\p{M}*`, 'gu');
export const EMOJI_SIGN = '\u25a1';

/** Safe text in which every character has a width all terminals agree on: emoji become a sign one column wide. */
export const plainWidth = (s: string): string => (isPlain(s) ? s : safeText(s).replace(EMOJI_ALL, EMOJI_SIGN));

const MARK = /\p{M}/u;

function charWidth(c: string): number {
  const code = c.codePointAt(0) ?? 0;
  // Lines and blocks, too, of which screens and drawings are full.
  if (code < 0x300 || (code >= 0x2500 && code <= 0x259f)) return 1;
  if (MARK.test(c)) return 0;
  return eastAsianWidth(code);
}

/** Columns that `s` takes on a terminal. Expects text that went through `plainWidth`. */
export function displayWidth(s: string): number {
  if (isPlain(s)) return s.length;
  let width = 0;
  for (const c of s) width += charWidth(c);
  return width;
}

/** `s` in at most `width` columns; where something had to go, the last column says so. */
export function truncate(s: string, width: number, sign = '\u2026'): string {
  if (width <= 0) return '';
  if (displayWidth(s) <= width) return s;
  const room = width - displayWidth(sign);
  if (room < 0) return '';
  let text = '';
  let used = 0;
  for (const c of s) {
    const w = charWidth(c);
    if (used + w > room) break;
    used += w;
    text += c;
  }
  return text + sign;
}

/** `s` in at most `width` columns, without its middle: what names of machines differ in stands at their ends. */
export function truncateMiddle(s: string, width: number, sign = '\u2026'): string {
  if (displayWidth(s) <= width) return s;
  const tail = Math.max(0, (width - displayWidth(sign)) >> 1);
  let end = '';
  let used = 0;
  for (const c of [...s].reverse()) {
    const w = charWidth(c);
    if (used + w > tail) break;
    used += w;
    end = c + end;
  }
  return truncate(s, width - used, sign) + end;
}

/** `s` in exactly `width` columns: cut, or filled with blanks on the right (or the left, for numbers). */
export function pad(s: string, width: number, side: 'left' | 'right' = 'right'): string {
  const text = truncate(s, width);
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'right' ? text + fill : fill + text;
}

// JSON leaves DEL, C1 and the characters that turn a terminal's line around as they are; escaped, the value is the same.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text that is the same JSON, safe to print on a terminal. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Controls that C writes with a letter, as tshark does. */
export const C_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** The same text with those controls spelled out. */
export const escapeControls = (text: string): string =>
  /[\u0007-\r]/.test(text) ? text.replace(/[\u0007-\r]/g, (c) => C_ESCAPES[c]!) : text;
