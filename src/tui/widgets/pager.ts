// A page of text: help, a rule's page, the log. Lines are wrapped at words; `/` searches.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { unwrapped } from '../../report/wrap.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, fill, fit, type Picture, PLAIN, type Row, type Span, span } from '../screen/paint.js';
import { over, type Theme } from '../screen/theme.js';
import type { Dialog, Ui } from '../view.js';
import { LineDialog } from './dialogs.js';

/** A line before it is wrapped; continuation lines are indented by `hang`. */
export interface TextLine {
  readonly spans: Row;
  readonly hang?: number;
}

/** Wraps at blanks; a word that is longer than a line is broken. */
export function wrapRow(spans: Row, width: number, hang = 0): Row[] {
  const out: Row[] = [];
  let line: Span[] = [];
  let used = 0;
  const flush = () => {
    out.push(line);
    line = hang > 0 ? [{ text: ' '.repeat(hang), attr: PLAIN }] : [];
    used = hang;
  };
  for (const { text, attr } of spans) {
    for (const word of text.match(/ +|[^ ]+/g) ?? []) {
      let rest = word;
      if (used + displayWidth(rest) > width && used > hang) {
        flush();
        if (/^ +$/.test(rest)) continue;
      }
      while (used + displayWidth(rest) > width && displayWidth(rest) > width - hang && width > hang + 1) {
        let n = 0;
        let w = 0;
        const letters = [...rest];
        while (n < letters.length && w + displayWidth(letters[n]) <= width - used) w += displayWidth(letters[n++]);
        if (n === 0) break;
        line.push({ text: letters.slice(0, n).join(''), attr });
        rest = letters.slice(n).join('');
        flush();
      }
      line.push({ text: rest, attr });
      used += displayWidth(rest);
    }
  }
  out.push(line);
  return out;
}

/** Lines of simple Markdown, as the rules' pages have it: headings, lists, code, tables as they are. */
export function markdownLines(text: string, theme: Theme): TextLine[] {
  let isCode = false;
  const lines: TextLine[] = [];
  for (const raw of unwrapped(text)) {
    const line = plainWidth(raw);
    if (line.startsWith('```')) isCode = !isCode;
    else if (isCode) lines.push({ spans: [span(`  ${line}`, theme.accent)], hang: 4 });
    else if (/^#+ /.test(line)) lines.push({ spans: [span(line.replace(/^#+ /, ''), theme.heading)] });
    else
      lines.push({
        spans: inline(line, theme.text, theme.accent, theme.strong),
        hang: /^( *)(?:[-*]|\d+\.) /.exec(line)?.[0].length ?? 0,
      });
  }
  return lines;
}

function inline(line: string, text: Attr, code: Attr, strong: Attr): Row {
  return line
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .filter((part) => part !== '')
    .map((part) => {
      if (part.startsWith('`') && part.length > 2) return { text: part.slice(1, -1), attr: code };
      if (part.startsWith('**') && part.length > 4) return { text: part.slice(2, -2), attr: strong };
      return { text: part, attr: text };
    });
}

/** Lines in the colours of the screen: made anew when those are others, as where a terminal tells late that it is light. */
export function byTheme(ui: Ui, make: (theme: Theme) => readonly TextLine[]): () => readonly TextLine[] {
  let known: Theme | null = null;
  let lines: readonly TextLine[] = [];
  return () => {
    if (known !== ui.theme) lines = make(ui.theme);
    known = ui.theme;
    return lines;
  };
}

export class Pager implements Dialog {
  private top = 0;
  private height = 1;
  private rows: Row[] = [];
  private madeFor = -1;
  private madeOf: readonly TextLine[] | null = null;
  private needle = '';

  /** `lines` is asked at each drawing: a log grows. */
  constructor(
    private readonly ui: Ui,
    readonly title: string,
    private readonly lines: () => readonly TextLine[],
    private readonly keys: Readonly<Partial<Record<Action, () => void>>> = {},
  ) {}

  places(): readonly Place[] {
    return ['dialogs', 'text', 'lists'];
  }
  size(width: number, height: number): { width: number; height: number } {
    const wanted = Math.max(
      30,
      ...this.lines().map(({ spans }) => spans.reduce((sum, one) => sum + displayWidth(one.text), 0) + 2),
    );
    const inner = Math.min(wanted, width - 8, 100);
    return { width: inner, height: Math.min(height - 4, this.wrapped(inner).length) };
  }

  settle(width: number, height: number): void {
    this.height = height;
    this.top = Math.max(0, Math.min(this.top, this.wrapped(width).length - height));
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const shown = this.rows.slice(this.top, this.top + height).map((row): Row => {
      const isMatch = this.needle !== '' && textOf(row).includes(this.needle);
      const marked = isMatch ? row.map(({ text, attr }) => ({ text, attr: over(attr, theme.match) })) : row;
      return [{ text: ' ', attr: theme.dialog }, ...fit(marked, width - 1, theme.dialog)];
    });
    return { rows: fill(shown, width, height, theme.dialog) };
  }

  act(action: Action, count: number | null, _argument: Key): boolean {
    const times = count ?? 1;
    const own = this.keys[action];
    if (own !== undefined) own();
    else if (action === 'down') this.top += times;
    else if (action === 'up') this.top -= times;
    else if (action === 'page-down' || action === 'accept') this.top += this.height - 1;
    else if (action === 'page-up') this.top -= this.height - 1;
    else if (action === 'top') this.top = (count ?? 1) - 1;
    else if (action === 'bottom') this.top = count === null ? this.rows.length : count - 1;
    else if (action === 'next-match') this.find(1);
    else if (action === 'previous-match') this.find(-1);
    else if (action === 'search')
      this.ui.open(
        new LineDialog(this.ui, 'Search in the text', {
          text: this.needle,
          accept: (text) => {
            this.needle = text.toLowerCase();
            this.find(1);
            return null;
          },
        }),
      );
    else return false;
    return true;
  }
  mouse({ action }: Mouse): void {
    if (action === 'wheel-down') this.top += 3;
    if (action === 'wheel-up') this.top -= 3;
  }
  copies(): readonly string[] {
    return [this.rows.map(textOfCase).join('\n')];
  }

  private find(step: 1 | -1): void {
    if (this.needle === '') return;
    for (let i = this.top + step; i >= 0 && i < this.rows.length; i += step)
      if (textOf(this.rows[i]).includes(this.needle)) {
        this.top = i;
        return;
      }
    this.ui.say(`no ${step > 0 ? 'further' : 'earlier'} '${this.needle}'`);
  }
  private wrapped(width: number): Row[] {
    const lines = this.lines();
    if (this.madeFor !== width || this.madeOf !== lines) {
      this.rows = lines.flatMap(({ spans, hang }) => wrapRow(spans, width - 2, hang));
      this.madeFor = width;
      this.madeOf = lines;
    }
    return this.rows;
  }
}

const textOfCase = (row: Row): string => row.map(({ text }) => text).join('');
const textOf = (row: Row): string => textOfCase(row).toLowerCase();
