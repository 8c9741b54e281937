// One of several things: what is typed narrows the list below, the arrows choose, Enter takes.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { wrap } from '../../report/wrap.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, cell, fill, type Picture, type Row, span } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Dialog, Ui } from '../view.js';
import { Cursor } from './cursor.js';
import { LineInput } from './line-input.js';

export interface Pick {
  /** What stands in the line when it is taken. */
  readonly text: string;
  readonly note?: string;
  /** More is to be typed after it. */
  readonly isPart?: boolean;
}

/** Rows of the list. */
const SHOWN = 10;
const WIDTH = 60;

export interface PickOptions {
  readonly text?: string;
  readonly note?: string;
  /** What the typed text leaves, best first. */
  picks(typed: string): readonly Pick[];
  /** Only what is in the list can be taken. */
  readonly isOnly?: boolean;
  /** What is wrong with a text, or null. */
  accept(text: string): string | null;
}

export class PickDialog implements Dialog {
  private readonly input = new LineInput();
  private readonly cursor = new Cursor();
  private picks: readonly Pick[];
  /** An entry was chosen, and not only typed. */
  private isChosen: boolean;
  private wrong: string | null = null;
  private rows: number;
  private changes: number;

  constructor(
    private readonly ui: Ui,
    readonly title: string,
    private readonly options: PickOptions,
  ) {
    this.changes = ui.changes;
    this.input.set(options.text ?? '');
    this.picks = options.picks(this.input.text);
    this.isChosen = options.isOnly === true;
    this.rows = Math.min(SHOWN, Math.max(1, this.picks.length));
  }

  places(): readonly Place[] {
    return ['dialogs'];
  }
  /** Asked before each `settle`. */
  size(width: number, height: number): { width: number; height: number } {
    // What is still being read may have more to choose from.
    if (this.ui.changes !== this.changes) {
      this.changes = this.ui.changes;
      this.picks = this.options.picks(this.input.text);
      this.rows = Math.max(this.rows, Math.min(SHOWN, this.picks.length));
    }
    const inner = Math.min(width - 8, Math.max(WIDTH, displayWidth(this.title) + 6));
    return { width: inner, height: Math.min(this.rows + 1 + this.foot(inner, 0).length, height - 2) };
  }
  settle(width: number, height: number): void {
    this.input.settle(width - 2);
    this.cursor.settle(this.picks.length, this.room(width, height));
  }
  /** Rows of the list. */
  private room(width: number, height: number): number {
    return Math.max(1, height - 1 - this.foot(width, 0).length);
  }
  /** What is wrong, whole; else what to do. */
  private foot(width: number, room: number): string[] {
    if (this.wrong !== null) return wrap(plainWidth(this.wrong), width - 2);
    const count = this.picks.length > room ? `${this.cursor.at + 1} of ${this.picks.length}  ` : '';
    return [`${count}${this.options.note ?? '\u2191 \u2193 choose, Enter takes'}`];
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { cursor, picks } = this;
    const room = this.room(width, height);
    const line: Row = [span(' ', theme.dialog), ...this.input.draw(width - 2, theme.filterEmpty), span(' ', theme.dialog)];
    const rows = picks.slice(cursor.top, cursor.top + room).map((pick, i) => this.row(pick, cursor.top + i, width));
    if (picks.length === 0) rows.push([span(' nothing in the list is like this', theme.dim)]);
    const foot = this.foot(width, room).map(
      (text): Row => [cell(` ${text}`, width, this.wrong === null ? theme.dim : theme.error)],
    );
    const body = fill([line, ...rows], width, height - foot.length, theme.dialog);
    return { rows: [...body, ...foot], cursor: { x: this.input.cursorX + 1, y: 0 } };
  }

  private row({ text, note = '' }: Pick, i: number, width: number): Row {
    const { theme } = this.ui;
    const isThis = this.isChosen && i === this.cursor.at;
    const of = (attr: Attr) => (isThis ? over(attr, theme.selected) : attr);
    const noteWidth =
      note === ''
        ? 0
        : Math.min(displayWidth(plainWidth(note)) + 2, Math.max(width >> 1, width - displayWidth(plainWidth(text)) - 3));
    return [
      cell(`${isThis ? '\u203a' : ' '}${text}`, width - noteWidth, of(theme.dialog)),
      cell(`${note} `, noteWidth, of(theme.dim), 'right'),
    ];
  }

  private narrow(): void {
    this.picks = this.options.picks(this.input.text);
    this.rows = Math.max(this.rows, Math.min(SHOWN, this.picks.length));
    this.isChosen = this.options.isOnly === true;
    this.cursor.settle(this.picks.length, this.cursor.height);
    this.cursor.jump(0);
  }
  private get chosen(): Pick | undefined {
    return this.isChosen ? this.picks[this.cursor.at] : undefined;
  }

  type(key: Key): boolean {
    this.wrong = null;
    if (key === 'tab') {
      const pick = this.picks[this.cursor.at];
      if (pick !== undefined) {
        this.input.set(pick.text);
        this.narrow();
      }
      return true;
    }
    const move = MOVES[key];
    if (move === undefined) {
      if (!this.input.type(key)) return false;
      this.narrow();
      return true;
    }
    // The first step chooses the first entry.
    if (this.isChosen) this.cursor.act(move, null);
    this.isChosen = this.picks.length > 0;
    return true;
  }
  paste(text: string): void {
    this.input.insert(text);
    this.narrow();
  }
  act(action: Action): boolean {
    if (action !== 'accept') return false;
    const { chosen, options } = this;
    if (chosen === undefined && options.isOnly === true) return true;
    if (chosen?.isPart === true) {
      this.input.set(chosen.text);
      this.narrow();
      return true;
    }
    this.wrong = options.accept(chosen?.text ?? this.input.text);
    if (this.wrong === null) this.ui.close(this);
    return true;
  }
  mouse({ action, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') this.cursor.scroll(action === 'wheel-down' ? 3 : -3);
    else if (action === 'press' && y > 0 && this.cursor.top + y - 1 < this.picks.length) {
      this.cursor.to(this.cursor.top + y - 1);
      this.isChosen = true;
      this.act('accept');
    }
  }
}

const MOVES: Readonly<Record<Key, Action>> = { up: 'up', down: 'down', pgup: 'page-up', pgdn: 'page-down' };

/** Those that begin as typed before those that have it somewhere, in text or note. */
export function narrowed(picks: readonly Pick[], typed: string): Pick[] {
  const wanted = typed.trim().toLowerCase();
  const begins = ({ text }: Pick) => text.toLowerCase().startsWith(wanted);
  const has = ({ text, note = '' }: Pick) => `${text} ${note}`.toLowerCase().includes(wanted);
  return [...picks.filter(begins), ...picks.filter((pick) => !begins(pick) && has(pick))];
}
