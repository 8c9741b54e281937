// One line of typed text: a filter, a search, a command.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import type { Key } from '../screen/input.js';
import { type Attr, type Row, type Span, span } from '../screen/paint.js';

/** Longer texts are not taken: nobody types them. */
const MAX_LENGTH = 10_000;

export class LineInput {
  private letters: string[] = [];
  private at = 0;
  private first = 0;

  get text(): string {
    return this.letters.join('');
  }
  /** The cursor, as an offset in the text. */
  get cursor(): number {
    return this.letters.slice(0, this.at).join('').length;
  }
  set(text: string, cursor = text.length): void {
    this.letters = [...text].slice(0, MAX_LENGTH);
    this.at = [...text.slice(0, cursor)].length;
  }
  insert(text: string): void {
    const letters = [...text.replace(/[\r\n\t]+/g, ' ')].filter((c) => c >= ' ' && c !== '\x7f');
    this.letters.splice(this.at, 0, ...letters.slice(0, MAX_LENGTH - this.letters.length));
    this.at = Math.min(this.at + letters.length, this.letters.length);
  }
  /** Puts `text` in the place of what stands between the offset `start` and the cursor. */
  complete(start: number, text: string): void {
    const whole = this.text;
    const cursor = this.cursor;
    this.set(whole.slice(0, start) + text + whole.slice(cursor), start + text.length);
  }

  /** Takes a key of editing; false for another one. */
  type(key: Key): boolean {
    const { letters } = this;
    const wordBefore = (): number => {
      let i = this.at;
      while (i > 0 && !/\w/.test(letters[i - 1])) i--;
      while (i > 0 && /\w/.test(letters[i - 1])) i--;
      return i;
    };
    const wordBehind = (): number => {
      let i = this.at;
      while (i < letters.length && !/\w/.test(letters[i])) i++;
      while (i < letters.length && /\w/.test(letters[i])) i++;
      return i;
    };
    if (key === 'space') this.insert(' ');
    else if ([...key].length === 1) this.insert(key);
    else if (key === 'left' || key === 'ctrl-b') this.at = Math.max(0, this.at - 1);
    else if (key === 'right' || key === 'ctrl-f') this.at = Math.min(letters.length, this.at + 1);
    else if (key === 'home' || key === 'ctrl-a') this.at = 0;
    else if (key === 'end' || key === 'ctrl-e') this.at = letters.length;
    else if (key === 'ctrl-left' || key === 'alt-b') this.at = wordBefore();
    else if (key === 'ctrl-right' || key === 'alt-f') this.at = wordBehind();
    else if (key === 'backspace') {
      if (this.at > 0) letters.splice(--this.at, 1);
    } else if (key === 'delete') letters.splice(this.at, 1);
    else if (key === 'ctrl-k') letters.splice(this.at);
    else if (key === 'ctrl-u') this.at = Math.max(0, this.at - letters.splice(0, this.at).length);
    else if (key === 'ctrl-w' || key === 'alt-backspace') {
      const from = wordBefore();
      letters.splice(from, this.at - from);
      this.at = from;
    } else return false;
    return true;
  }

  /** Before each drawing in `width` columns: the part of the text that holds the cursor. */
  settle(width: number): void {
    const room = Math.max(1, width - 1);
    if (this.at < this.first) this.first = this.at;
    while (this.first < this.at && this.between(this.first, this.at) > room) this.first++;
  }

  /** Columns of the letters from one to another. */
  private between(from: number, to: number): number {
    return this.letters.slice(from, to).reduce((sum, c) => sum + widthOf(c), 0);
  }
  /** Column of the cursor in what is drawn. */
  get cursorX(): number {
    return this.between(this.first, this.at);
  }

  /** The part that fits, or the start where nobody types; `marked` is a stretch of the text that is shown in another way. */
  draw(
    width: number,
    attr: Attr,
    marked: { readonly from: number; readonly to: number; readonly attr: Attr } | null = null,
    hasFocus = true,
  ): Row {
    const room = Math.max(1, width - 1);
    const first = hasFocus ? this.first : 0;
    const spans: Span[] = [];
    let used = 0;
    let offset = this.letters.slice(0, first).join('').length;
    for (const c of this.letters.slice(first)) {
      if (used + widthOf(c) > room) break;
      const isMarked = marked !== null && offset >= marked.from && offset < marked.to;
      spans.push(span(c, isMarked ? marked.attr : attr));
      used += widthOf(c);
      offset += c.length;
    }
    spans.push({ text: ' '.repeat(Math.max(0, width - used)), attr });
    return spans;
  }
}

const widthOf = (letter: string): number => displayWidth(plainWidth(letter));
