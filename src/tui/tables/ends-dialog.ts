// A filter from a conversation: how it is joined is chosen with left and right, which way with up and down or a digit.
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { cell, fill, type Picture, type Row, type Span, span } from '../screen/paint.js';
import type { Dialog, Ui } from '../view.js';
import { wrapRow } from '../widgets/pager.js';
import { type Ends, endsFilter, JOINS, WAYS } from './ends.js';

/** Rows for the filter that comes out. */
const PREVIEW = 3;

export class EndsDialog implements Dialog {
  private way = 0;
  private join = 0;

  constructor(
    private readonly ui: Ui,
    private readonly ends: Ends,
    private readonly apply: boolean,
    private readonly packet: number,
  ) {}

  get title(): string {
    return `${this.apply ? 'Apply' : 'Prepare'} a filter: ← → how it is joined, 1-9 which way`;
  }
  places(): readonly Place[] {
    return ['dialogs', 'lists'];
  }
  size(): { width: number; height: number } {
    return { width: 76, height: 2 + WAYS.length + 1 + PREVIEW };
  }
  private get filter(): string {
    return endsFilter(this.ends, WAYS[this.way], JOINS[this.join], this.ui.session.packets.filter);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const joins = JOINS.map((name, i): Span => {
      const isChosen = i === this.join;
      return span(isChosen ? `[${name}]` : ` ${name} `, isChosen ? theme.heading : theme.dim);
    });
    const ways = WAYS.map((name, i): Row => {
      const isChosen = i === this.way;
      const note = endsFilter(this.ends, name, 'selected', '');
      const attr = isChosen ? theme.selected : theme.text;
      return [cell(` ${i + 1}  ${name}`, 16, attr), cell(note, Math.max(0, width - 16), isChosen ? attr : theme.dim)];
    });
    const preview = wrapRow([span(' ', theme.text), span(this.filter, theme.accent)], width - 1, 1);
    const rows: Row[] = [[span(' ', theme.text), ...joins], [], ...ways, [], ...preview.slice(0, PREVIEW)];
    return { rows: fill(rows, width, height, theme.dialog) };
  }

  type(key: Key): boolean {
    const way = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
    if (way < 0) return false;
    this.way = way;
    this.take();
    return true;
  }
  act(action: Action): boolean {
    const turn = (by: number, at: number, of: number) => (at + by + of) % of;
    if (action === 'accept') this.take();
    else if (action === 'down') this.way = turn(1, this.way, WAYS.length);
    else if (action === 'up') this.way = turn(-1, this.way, WAYS.length);
    else if (action === 'right' || action === 'next-tab') this.join = turn(1, this.join, JOINS.length);
    else if (action === 'left' || action === 'previous-tab') this.join = turn(-1, this.join, JOINS.length);
    else return false;
    return true;
  }
  mouse({ action, x, y }: Mouse): void {
    if (action !== 'press') return;
    if (y === 0) {
      let from = 1;
      JOINS.forEach((name, i) => {
        if (x >= from && x < from + name.length + 2) this.join = i;
        from += name.length + 2;
      });
    } else if (y >= 2 && y < 2 + WAYS.length) {
      this.way = y - 2;
      this.take();
    }
  }
  private take(): void {
    const { filter } = this;
    this.ui.close(this);
    this.ui.filter(filter, this.apply, this.packet > 0 ? this.packet : undefined);
  }
}
