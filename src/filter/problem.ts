// A FilterError that shows the place: the line, a caret line under the wrong part, and what to try.
import { safeLines, safeText } from '../bytes/text.js';
import { FilterError } from '../errors.js';

/** A stretch of the filter text: offsets of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const spanOf = (from: Span, to: Span): Span => ({ start: from.start, end: to.end });

/** Characters shown on either side of the fault in a long line. */
const AROUND = 70;

/** `what` says what is wrong, `hint` what to try. */
export function problem(text: string, at: Span, what: string, hint = ''): FilterError {
  const start = Math.min(at.start, text.length);
  const end = Math.max(Math.min(at.end, text.length), start);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const nextBreak = text.indexOf('\n', start);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const from = Math.max(lineStart, start - AROUND);
  const to = Math.min(lineEnd, Math.max(start + 1, Math.min(end, start + AROUND)) + AROUND);
  const cut = { before: from > lineStart ? '…' : '', behind: to < lineEnd ? '…' : '' };
  const shown = printable(text.slice(from, to));
  const carets = Math.max(1, Math.min(end, to) - start);
  const line = text.slice(0, start).split('\n').length;
  const where = `${text.includes('\n') ? `line ${line}, ` : ''}column ${start - lineStart + 1}`;
  const indent = ' '.repeat(cut.before.length + start - from);
  return new FilterError(
    `${safeText(what)} (${where})\n  ${cut.before}${shown}${cut.behind}\n  ${indent}${'^'.repeat(carets)}${hint === '' ? '' : `\n${safeLines(hint)}`}`,
    start,
    end,
  );
}

/** What a user typed or a file held may hold escape sequences; one character stays one column. */
const printable = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Cs}]/gu, ' ');
