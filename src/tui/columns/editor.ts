// The columns of the packet list: order, hidden ones, new ones.

import { readText, whyUnread } from '../../main/read-text.js';
import type { Action, Place } from '../keys.js';
import type { Mouse } from '../screen/input.js';
import { cell, fill, type Picture, type Row } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Settings } from '../settings.js';
import type { Dialog, Ui } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import { LineDialog } from '../widgets/dialogs.js';
import { narrowed, type Pick, PickDialog } from '../widgets/pick-dialog.js';
import { DEFAULT_COLUMNS, LISTED, listed } from './packet-columns.js';
import { wiresharkColumns } from './wireshark.js';

type Columns = Settings['columns'];

export class ColumnsEditor implements Dialog {
  readonly title = 'Columns';
  private readonly cursor = new Cursor();

  constructor(private readonly ui: Ui) {}

  places(): readonly Place[] {
    return ['columns', 'dialogs', 'lists'];
  }
  size(): { width: number; height: number } {
    return { width: 66, height: this.columns.length + 2 };
  }
  private get columns(): Columns {
    return this.ui.settings.all.columns;
  }
  private set(columns: Columns): void {
    const problem = this.ui.settings.change({ columns });
    if (problem !== null) this.ui.say(problem, 'error');
  }

  settle(_width: number, height: number): void {
    this.cursor.settle(this.columns.length, height - 2);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const rows: Row[] = this.columns.slice(this.cursor.top, this.cursor.top + height - 2).map((column, i) => {
      const isChosen = this.cursor.top + i === this.cursor.at;
      const attr = isChosen ? theme.selected : column.isHidden ? theme.dim : theme.text;
      return [
        cell(column.isHidden ? ' [ ]' : ' [x]', 5, attr),
        cell(column.title, 22, attr),
        cell(column.field, width - 27, isChosen ? attr : over(theme.accent, attr)),
      ];
    });
    const help: Row[] = [
      [cell('', width, theme.text)],
      [cell(' Space show/hide  K J move  a add  t title  i import  Del remove', width, theme.dim)],
    ];
    return { rows: fill([...fill(rows, width, height - 2, theme.dialog), ...help], width, height, theme.dialog) };
  }

  private move(to: number): void {
    const { columns, cursor } = this;
    const [column, other] = [columns[cursor.at], columns[to]];
    if (column === undefined || other === undefined) return;
    this.set(columns.with(cursor.at, other).with(to, column));
    cursor.to(to);
  }

  private toggle(): void {
    const { columns } = this;
    const { at } = this.cursor;
    const column = columns[at];
    if (column === undefined) return;
    const isLast = column.isHidden !== true && columns.filter((one) => one.isHidden !== true).length === 1;
    if (isLast) this.ui.say('one column stays');
    else this.set(columns.with(at, { ...column, isHidden: column.isHidden !== true }));
  }

  private rename(): void {
    const { at } = this.cursor;
    const column = this.columns[at];
    if (column === undefined) return;
    this.ui.open(
      new LineDialog(this.ui, 'Title of the column', {
        text: column.title,
        accept: (title) => {
          if (title.trim() === '') return 'a column needs a title';
          this.set(this.columns.with(at, { ...column, title: title.trim().slice(0, 30) }));
          return null;
        },
      }),
    );
  }

  private add(): void {
    const { ui } = this;
    ui.open(
      new PickDialog(ui, 'Field of the new column', {
        note: 'a field: ip.ttl, ip.src#2, outer.ip.src',
        picks: (text) => {
          const own = narrowed(
            LISTED.map(({ id, title }) => ({ text: id, note: title })),
            text,
          );
          const { items } = ui.session.complete(text, text.length);
          const fields = items
            .filter(({ kind }) => kind === 'field')
            .map((item): Pick => ({ text: item.text, note: item.title }));
          return [...own, ...fields];
        },
        accept: (text) => {
          const field = text.trim();
          const own = listed(field);
          const problem = own === undefined ? ui.session.checkFilter(field) : null;
          if (field === '' || problem !== null) return problem?.message ?? 'a column needs a field';
          this.set(
            this.columns.toSpliced(this.cursor.at + 1, 0, { title: own?.title ?? field, field, align: own?.align ?? 'left' }),
          );
          this.cursor.to(this.cursor.at + 1);
          return null;
        },
      }),
    );
  }

  private import(): void {
    const { ui } = this;
    const home = process.env['HOME'] ?? '~';
    const folder = process.env['WIRESHARK_CONFIG_DIR'] ?? `${process.env['XDG_CONFIG_HOME'] ?? `${home}/.config`}/wireshark`;
    ui.open(
      new LineDialog(ui, "Columns of Wireshark's preferences", {
        text: `${folder}/preferences`,
        note: 'the file preferences of a profile; its columns take the place of these',
        accept: (path) => {
          let text: string;
          try {
            text = readText(path.trim().replace(/^~(?=\/)/, home));
          } catch (error) {
            return whyUnread(error);
          }
          const found = wiresharkColumns(text, (field) => ui.session.checkFilter(field) === null);
          if (found === null) return 'the file says nothing of columns: Wireshark writes them when they were changed';
          if (found.columns.every(({ isHidden }) => isHidden === true)) return 'none of its columns is known here';
          this.set(found.columns);
          this.cursor.to(0);
          if (found.left.length > 0) ui.say(`not known here, and left out: ${found.left.join(', ')}`);
          return null;
        },
      }),
    );
  }

  act(action: Action, count: number | null): boolean {
    const { cursor, columns } = this;
    if (action === 'accept') this.ui.close(this);
    else if (action === 'add') this.add();
    else if (action === 'import') this.import();
    else if (action === 'toggle') this.toggle();
    else if (action === 'move-up' || action === 'move-down') this.move(cursor.at + (action === 'move-up' ? -1 : 1));
    else if (action === 'rename') this.rename();
    else if (action === 'remove') {
      if (columns.length > 1) this.set(columns.toSpliced(cursor.at, 1));
      else this.ui.say('one column stays');
    } else if (action === 'remove-all') this.set(DEFAULT_COLUMNS);
    else return cursor.act(action, count);
    return true;
  }
  mouse({ action, y }: Mouse): void {
    if (action !== 'press') return;
    this.cursor.to(this.cursor.top + y);
    this.toggle();
  }
}
