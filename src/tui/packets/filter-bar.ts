// The display filter: what is typed, whether it is right, what could come next, what was shown before.

import { displayWidth, plainWidth } from '../../bytes/text.js';
import { grouped, quantity } from '../../bytes/units.js';
import type { Completion } from '../../filter/complete.js';
import { wrap } from '../../report/wrap.js';
import { withReferences } from '../references.js';
import type { Key } from '../screen/input.js';
import { type Attr, cell, type Overlay, type Row } from '../screen/paint.js';
import { over, type Theme } from '../screen/theme.js';
import type { Session } from '../session.js';
import type { Ui } from '../view.js';
import { LineInput } from '../widgets/line-input.js';
import type { Desk, Pane } from './pane.js';

const LABEL = ' Filter: ';
const SHOWN = 8;

type State = 'empty' | 'valid' | 'invalid' | 'running' | 'shown';

export class FilterBar implements Pane {
  private readonly input = new LineInput();
  private problem: ReturnType<Session['checkFilter']> = null;
  private items: readonly Completion[] = [];
  private start = 0;
  private chosen = -1;
  /** What was typed last is completed: because it was asked for, or by itself; null: it is not. */
  private completing: 'asked' | 'itself' | null = null;
  private seenChanges = -1;
  private width = 80;
  private history = -1;
  private typed = '';

  private readonly ui: Ui;

  constructor(private readonly desk: Desk) {
    this.ui = desk.ui;
    this.set(this.ui.session.packets.filter);
  }

  set(text: string): void {
    this.input.set(text);
    this.check();
    this.stopCompleting();
    this.history = -1;
  }

  private check(): void {
    this.problem = this.ui.session.checkFilter(withReferences(this.ui, this.input.text));
  }

  private complete(isAsked: boolean): void {
    const { text, cursor } = this.input;
    this.chosen = -1;
    this.items = [];
    this.completing = isAsked ? 'asked' : 'itself';
    const before = text.slice(0, cursor);
    const word = /[\w.:"-]*$/.exec(before)![0];
    // Between two words everything could come: that is shown when it is asked for, unless it is a value.
    if (word === '' && !isAsked && !/(?:[=~<>!]=|[<>]|\{|,)\s*$/.test(before)) return;
    this.seenChanges = this.ui.changes;
    const { start, items } = this.ui.session.complete(text, cursor);
    if (items.length === 1 && items[0].text === text.slice(start, cursor)) return;
    if (word === '' && !isAsked && items.some(({ kind }) => kind !== 'value')) return;
    this.start = start;
    this.items = items;
  }

  /** Values of the capture may have come while the user looks at what there was. */
  private completeAgain(hasFocus: boolean): void {
    const { changes } = this.ui;
    if (changes === this.seenChanges || !hasFocus || this.completing === null) return;
    this.seenChanges = changes;
    if (this.chosen < 0) this.complete(this.completing === 'asked');
  }

  private take(item: Completion): void {
    this.input.complete(this.start, item.text);
    this.stopCompleting();
    this.check();
  }

  private stopCompleting(): void {
    this.items = [];
    this.chosen = -1;
    this.completing = null;
  }

  private recall(step: 1 | -1): void {
    const { recentFilters } = this.ui.settings.all;
    if (this.history < 0) this.typed = this.input.text;
    const next = Math.max(-1, Math.min(this.history + step, recentFilters.length - 1));
    this.history = next;
    this.input.set(next < 0 ? this.typed : recentFilters[next]);
    this.stopCompleting();
    this.check();
  }

  type(key: Key): boolean {
    const { items } = this;
    if (key === 'enter') {
      // What references mean may be another packet's now.
      this.check();
      const item = items[this.chosen];
      if (item !== undefined) this.take(item);
      else if (this.problem === null) {
        this.stopCompleting();
        this.ui.selection.apply(this.input.text);
      } else this.ui.say(this.problem.message, 'error');
    } else if (key === 'esc') {
      if (items.length > 0) this.stopCompleting();
      else this.desk.focus('list');
    } else if (key === 'tab') {
      const item = items[Math.max(0, this.chosen)];
      if (item !== undefined) this.take(item);
      // Nothing is half typed: Tab goes on to the next pane, as everywhere.
      else if (this.input.text === '' || this.input.text === this.ui.session.packets.filter) return false;
      else this.complete(true);
    } else if (key === 'down') {
      if (this.history >= 0) this.recall(-1);
      else if (items.length > 0) this.chosen = (this.chosen + 1) % items.length;
      else this.complete(true);
    } else if (key === 'up') {
      if (items.length > 0 && this.chosen >= 0) this.chosen--;
      else this.recall(1);
    } else if (key === 'pgdn' || key === 'pgup') {
      if (items.length > 0)
        this.chosen = Math.max(0, Math.min(items.length - 1, this.chosen + (key === 'pgdn' ? SHOWN : -SHOWN)));
    } else if (this.input.type(key)) {
      this.history = -1;
      this.check();
      const isMove = /^(left|right|home|end|ctrl-.|alt-.)/.test(key);
      if (isMove) this.stopCompleting();
      else this.complete(false);
    } else return false;
    return true;
  }

  paste(text: string): void {
    this.input.insert(text);
    this.stopCompleting();
    this.check();
  }

  private get state(): State {
    const { packets } = this.ui.session;
    const { text } = this.input;
    if (this.problem !== null) return 'invalid';
    if (text.trim() === '') return packets.filter === '' ? 'empty' : 'valid';
    if (text !== packets.filter) return 'valid';
    return packets.progress.state === 'running' ? 'running' : 'shown';
  }

  settle(width: number, _height: number, hasFocus: boolean): void {
    this.width = width;
    this.completeAgain(hasFocus);
    this.input.settle(this.room(width, this.status(hasFocus)));
  }

  private status(hasFocus: boolean): string {
    return ` ${statusText(this.ui.session, this.state, hasFocus)} `;
  }
  /** Columns for the text of the filter. */
  private room(width: number, status: string): number {
    return width - LABEL.length - Math.min(displayWidth(status), width >> 1);
  }

  draw(width: number, _height: number, hasFocus: boolean): Row[] {
    const { theme } = this.ui;
    const attr = {
      empty: theme.filterEmpty,
      valid: theme.filterValid,
      invalid: theme.filterInvalid,
      running: theme.filterRunning,
      shown: theme.filterValid,
    }[this.state];
    const status = this.status(hasFocus);
    const { problem } = this;
    const room = this.room(width, status);
    const marked = problem === null ? null : { from: problem.from, to: problem.to, attr: over(theme.error, theme.match) };
    return [
      [
        { text: LABEL, attr: hasFocus ? theme.key : theme.dim },
        ...this.input.draw(room, attr, marked, hasFocus),
        cell(status, width - LABEL.length - room, attr, 'right'),
      ],
    ];
  }

  cursorX(): number {
    return LABEL.length + this.input.cursorX;
  }

  overlays(width: number): readonly Overlay[] {
    const { theme } = this.ui;
    const rows = this.problemRows(width, theme);
    const lists = this.items.length === 0 ? [] : [this.completionList(LABEL.length, this.listTop, width, theme)];
    return rows.length === 0 ? lists : [{ x: 0, y: 1, rows }, ...lists];
  }
  /** Row in the view where the list of completions begins. */
  private get listTop(): number {
    return 1 + this.problemRows(this.width, this.ui.theme).length;
  }

  /** A caret under the wrong part, and what is wrong beside it, or in a line of its own. */
  private problemRows(width: number, theme: Theme): Row[] {
    const { problem } = this;
    if (problem === null || this.input.text === '') return [];
    // What is missing at the end stands in the list.
    if (this.items.length > 0 && problem.from >= this.input.text.trimEnd().length) return [];
    const at = LABEL.length + displayWidth(plainWidth(this.input.text.slice(0, problem.from)));
    const carets = '^'.repeat(Math.max(1, Math.min(problem.to - problem.from, 40)));
    const text = `${problem.message}${problem.hint === '' ? '' : `; ${problem.hint}`}`;
    const size = displayWidth(plainWidth(text));
    const line = (shown: string): Row => [cell(shown, width, theme.error)];
    // What is too long for the caret's line has lines of its own, whole.
    const rest = size <= width ? [text] : wrap(plainWidth(text), width - 2);
    if (at + carets.length + 1 + size <= width) return [line(`${' '.repeat(at)}${carets} ${text}`)];
    return [
      ...(at + carets.length <= width ? [line(`${' '.repeat(at)}${carets}`)] : []),
      ...rest.map((part) => line(`${' '.repeat(Math.max(1, Math.min(at, width - size)))}${part}`)),
    ];
  }

  private completionList(x: number, y: number, width: number, theme: Theme): Overlay {
    const first = Math.max(0, Math.min(this.chosen - (SHOWN >> 1), this.items.length - SHOWN));
    const shown = this.items.slice(first, first + SHOWN);
    const names = Math.min(40, Math.max(...shown.map(({ text }) => text.length)));
    const room = Math.min(width - x, names + 40);
    const rows = shown.map((item, i): Row => {
      const isChosen = first + i === this.chosen;
      const of = (attr: Attr) => (isChosen ? over(attr, theme.selected) : over(attr, theme.bytesLayer));
      return [
        cell(` ${item.text}`, names + 2, of(theme.text)),
        cell(item.title === '' ? item.kind : item.title, Math.max(0, room - names - 3), of(theme.dim)),
        cell(first + i === first + SHOWN - 1 && first + SHOWN < this.items.length ? '▾' : ' ', 1, of(theme.dim)),
      ];
    });
    return { x: Math.min(x + displayWidth(this.input.text.slice(0, this.start)), Math.max(0, width - room)), y, rows };
  }

  /** Into the list of completions. */
  clickOver(y: number): boolean {
    if (this.items.length === 0) return false;
    const first = Math.max(0, Math.min(this.chosen - (SHOWN >> 1), this.items.length - SHOWN));
    const item = this.items[first + y - this.listTop];
    if (item === undefined) return false;
    this.take(item);
    return true;
  }
}

function statusText(session: Session, state: State, hasFocus: boolean): string {
  const { packets, load } = session;
  if (state === 'invalid') return '× not valid';
  if (state === 'empty')
    return packets.count === load.frames || load.frames === 0 ? 'all packets' : quantity(packets.count, 'packet');
  if (state === 'valid') return hasFocus ? '+ valid · Enter applies' : '+ valid · not applied';
  const counts = `${grouped(packets.count)} of ${grouped(load.frames)}`;
  if (state === 'shown') return packets.progress.error === null ? `= ${counts}` : `× ${packets.progress.error}`;
  const { bytes, totalBytes } = packets.progress;
  return `… ${totalBytes ? `${Math.floor((bytes / totalBytes) * 100)} % · ` : ''}${counts}`;
}
