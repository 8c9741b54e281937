// The command line at the bottom: what is typed, what was typed before, and what it could become.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { type Commander, completeCommand, runCommand } from '../commands.js';
import type { Key } from '../screen/input.js';
import { cell, type Overlay, type Row } from '../screen/paint.js';
import { LineInput } from '../widgets/line-input.js';

/** Completions that are shown. */
const SHOWN = 8;

export class CommandBar {
  private input: LineInput | null = null;
  private choices: readonly string[] = [];
  private readonly past: string[] = [];
  /** Which of `past` is shown; -1: what is being typed. */
  private at = -1;

  constructor(private readonly app: Commander) {}

  get isOpen(): boolean {
    return this.input !== null;
  }
  open(text = ''): void {
    this.input = new LineInput();
    this.input.set(text);
    this.at = -1;
  }
  private close(): void {
    this.input = null;
    this.choices = [];
  }

  /** Runs a line; what is wrong with it is said. */
  run(line: string): void {
    const wrong = runCommand(line, this.app);
    if (wrong !== null) this.app.say(wrong, 'error');
  }

  /** False: it is not open. */
  type(key: Key): boolean {
    const { input } = this;
    if (input === null) return false;
    if (key === 'enter') {
      const { text } = input;
      this.close();
      if (text.trim() !== '') this.past.unshift(text);
      this.run(text);
    } else if (key === 'esc' || key === 'ctrl-c' || (key === 'backspace' && input.text === '')) this.close();
    else if (key === 'tab') {
      const { line, choices } = completeCommand(input.text, this.app);
      input.set(line);
      this.choices = choices;
    } else if (key === 'up' || key === 'down') {
      this.at = Math.max(-1, Math.min(this.at + (key === 'up' ? 1 : -1), this.past.length - 1));
      input.set(this.past[this.at] ?? '');
    } else {
      this.choices = [];
      input.type(key);
    }
    return true;
  }
  /** False: it is not open. */
  paste(text: string): boolean {
    this.input?.insert(text);
    return this.isOpen;
  }

  settle(width: number): void {
    this.input?.settle(width - 1);
  }

  /** The row at the bottom, and where its cursor is; null: it is not open. */
  draw(width: number): { readonly row: Row; readonly x: number } | null {
    const { input } = this;
    const { theme } = this.app;
    return input === null
      ? null
      : { row: [{ text: ':', attr: theme.key }, ...input.draw(width - 1, theme.text)], x: input.cursorX + 1 };
  }

  /** What the line could become, above it; null: there is no choice. */
  list(width: number, height: number): Overlay | null {
    const { choices } = this;
    const { theme } = this.app;
    if (choices.length < 2) return null;
    const shown = choices.slice(0, SHOWN);
    const size = Math.min(width - 2, Math.max(...shown.map((one) => displayWidth(plainWidth(one)))) + 2);
    const rows: Row[] = shown.map((one) => [cell(` ${one}`, size, theme.bar)]);
    if (choices.length > shown.length) rows.push([cell(` … ${choices.length - shown.length} more`, size, theme.bar)]);
    return { x: 1, y: height - 1 - rows.length, rows };
  }
}
