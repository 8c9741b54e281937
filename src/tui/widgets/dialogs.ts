// Small dialogs: a question, a list to choose from, a line to type.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { wrap } from '../../report/wrap.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, cell, fill, type Picture, type Row, span } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Dialog, Ui } from '../view.js';
import { Cursor } from './cursor.js';
import { LineInput } from './line-input.js';

export interface Choice {
  readonly text: string;
  /** Shown at the right: a key, a count. */
  readonly note?: string;
  /** A single character chooses it at once. */
  readonly key?: string;
  readonly attr?: Attr;
  choose(): void;
}

/** A list to choose from; Enter, its key or a click takes an entry, which closes the dialog. */
export class ListDialog implements Dialog {
  private readonly cursor = new Cursor();

  constructor(
    private readonly ui: Ui,
    readonly title: string,
    private readonly choices: readonly Choice[],
    private readonly more: { readonly empty?: string; readonly act?: (action: Action, index: number) => boolean } = {},
  ) {}

  get index(): number {
    return this.cursor.at;
  }
  places(): readonly Place[] {
    return ['dialogs', 'lists'];
  }
  size(): { width: number; height: number } {
    const notes = Math.max(0, ...this.choices.map(({ note }) => (note === undefined ? 0 : displayWidth(plainWidth(note)) + 2)));
    const texts = Math.max(displayWidth(this.more.empty ?? ''), ...this.choices.map((c) => displayWidth(plainWidth(c.text))));
    return { width: Math.max(displayWidth(this.title) + 6, texts + notes + 2), height: Math.max(1, this.choices.length) };
  }

  settle(_width: number, height: number): void {
    this.cursor.settle(this.choices.length, height);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    if (this.choices.length === 0)
      return { rows: fill([[span(` ${this.more.empty ?? 'none'}`, theme.dim)]], width, height, theme.dialog) };
    const rows: Row[] = this.choices.slice(this.cursor.top, this.cursor.top + height).map((choice, i) => {
      const isChosen = this.cursor.top + i === this.cursor.at;
      const of = (attr: Attr) => (isChosen ? over(attr, theme.selected) : attr);
      const note = plainWidth(choice.note ?? '');
      const noteWidth = note === '' ? 0 : displayWidth(note) + 1;
      return [
        cell(`${isChosen ? '›' : ' '}${choice.text}`, width - noteWidth, of(choice.attr ?? theme.dialog)),
        cell(`${note} `, noteWidth, of(theme.dim)),
      ];
    });
    return { rows: fill(rows, width, height, theme.dialog) };
  }

  type(key: Key): boolean {
    const choice = this.choices.find((one) => one.key === key);
    if (choice === undefined) return false;
    this.take(choice);
    return true;
  }
  act(action: Action, count: number | null): boolean {
    if (this.more.act?.(action, this.cursor.at)) return true;
    if (action === 'accept') {
      const choice = this.choices[this.cursor.at];
      if (choice !== undefined) this.take(choice);
      return true;
    }
    return this.cursor.act(action, count);
  }
  mouse({ action, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') this.cursor.scroll(action === 'wheel-down' ? 3 : -3);
    else if (action === 'press') {
      const choice = this.choices[this.cursor.top + y];
      if (choice !== undefined) this.take(choice);
    }
  }
  private take(choice: Choice): void {
    this.ui.close(this);
    choice.choose();
  }
}

/** Yes or no. */
export function ask(ui: Ui, title: string, yes: () => void): void {
  ui.open(
    new ListDialog(ui, title, [
      { text: 'Yes', key: 'y', note: 'y', choose: yes },
      { text: 'No', key: 'n', note: 'n', choose: () => {} },
    ]),
  );
}

/** A line of text to type; Tab completes where `complete` is given. `accept` returns what is wrong, or null. */
export class LineDialog implements Dialog {
  private readonly input = new LineInput();
  private wrong: string | null = null;

  constructor(
    private readonly ui: Ui,
    readonly title: string,
    private readonly options: {
      readonly text?: string;
      readonly note?: string;
      accept(text: string): string | null;
      complete?(text: string): string | null;
    },
  ) {
    this.input.set(options.text ?? '');
  }

  places(): readonly Place[] {
    return ['dialogs'];
  }
  size(width: number): { width: number; height: number } {
    const inner = Math.min(width - 8, 76);
    return { width: inner, height: 1 + this.remark(inner).length };
  }
  settle(width: number): void {
    this.input.settle(width - 2);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const row = this.input.draw(width - 2, theme.filterEmpty);
    const attr = this.wrong === null ? theme.dim : theme.error;
    const rows: Row[] = [
      [span(' ', theme.dialog), ...row, span(' ', theme.dialog)],
      ...this.remark(width).map((text) => [span(` ${text}`, attr)]),
    ];
    return { rows: fill(rows, width, height, theme.dialog), cursor: { x: this.input.cursorX + 1, y: 0 } };
  }
  /** What is wrong, else what to type; in lines. */
  private remark(width: number): string[] {
    return wrap(plainWidth(this.wrong ?? this.options.note ?? ''), width - 2);
  }
  type(key: Key): boolean {
    this.wrong = null;
    if (key === 'tab') {
      const text = this.options.complete?.(this.input.text);
      if (text != null) this.input.set(text);
      return true;
    }
    return this.input.type(key);
  }
  paste(text: string): void {
    this.input.insert(text);
  }
  act(action: Action): boolean {
    if (action !== 'accept') return false;
    this.wrong = this.options.accept(this.input.text);
    if (this.wrong === null) this.ui.close(this);
    return true;
  }
}
