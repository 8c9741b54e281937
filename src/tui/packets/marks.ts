// Marks of packets: small letters last as long as the run, capitals belong to the first file and are kept with the settings.
import { resolve } from 'node:path';
import { quantity } from '../../bytes/units.js';
import type { Ui } from '../view.js';
import { type Choice, ListDialog } from '../widgets/dialogs.js';
import type { Desk } from './pane.js';

export class Marks {
  /** By packet: its letter. */
  readonly signs = new Map<number, string>();
  private readonly packets = new Map<string, number>();
  private readonly ui: Ui;

  constructor(private readonly desk: Desk) {
    this.ui = desk.ui;
    for (const [letter, { file, packet }] of Object.entries(this.ui.settings.all.marks))
      if (file === this.firstFile) this.set(letter, packet);
  }

  /** Null: it is a pipe. */
  private get firstFile(): string | null {
    const file = this.ui.session.captures[0]?.file;
    return file === undefined || file === '-' ? null : resolve(file);
  }
  private set(letter: string, packet: number): void {
    const old = this.packets.get(letter);
    if (old !== undefined) this.signs.delete(old);
    this.packets.set(letter, packet);
    this.signs.set(packet, letter);
  }

  /** Marks the chosen packet. */
  mark(letter: string): void {
    const { ui } = this;
    if (!/^[a-zA-Z]$/.test(letter)) {
      ui.say('a mark is a letter');
      return;
    }
    const { packet } = ui.selection;
    if (packet === 0) return;
    this.set(letter, packet);
    const file = this.firstFile;
    if (/[A-Z]/.test(letter) && file !== null)
      ui.settings.change({ marks: { ...ui.settings.all.marks, [letter]: { file, packet } } });
    ui.say(`packet ${ui.session.nameOf(packet)} is marked ${letter}`, 'good');
  }

  /** Of packets that are marked for saving. */
  change(action: 'mark-packet' | 'mark-range' | 'unmark-all'): void {
    const { ui } = this;
    const { selection, session } = ui;
    const { marked, packet, cursor } = selection;
    if (action === 'unmark-all') marked.clear();
    else if (packet === 0) return;
    else if (action === 'mark-packet') {
      marked.toggle(packet);
      cursor.act('down', null);
    } else if (!marked.extend(packet, session.packets)) {
      ui.say('Space marks the packet where the range begins, V marks up to this one');
      return;
    }
    ui.say(marked.count === 0 ? 'no packet is marked' : `${quantity(marked.count, 'packet')} marked; w saves them`);
  }

  /** To a mark; one of another file opens that. */
  goTo(letter: string): void {
    const packet = this.packets.get(letter);
    if (packet !== undefined) this.ui.selection.goTo(packet);
    else {
      const elsewhere = this.ui.settings.all.marks[letter];
      if (elsewhere === undefined) this.ui.say(`no mark ${letter}`);
      else this.ui.load([elsewhere.file], elsewhere.packet);
    }
  }

  /** A list of all marks, to choose from. */
  open(): void {
    const { ui, desk } = this;
    const { packets } = ui.session;
    const choices = [...this.packets].map(([letter, packet]): Choice => {
      const at = packets.positionOf(packet);
      const [row] = at >= 0 && packets.numberAt(at) === packet ? packets.rows(at, 1, desk.columns) : [];
      const text =
        row === undefined ? `${ui.session.nameOf(packet)} (not shown)` : row.cells.filter((one) => one !== '').join('  ');
      return { text: text.slice(0, 100), note: letter, key: letter, choose: () => ui.selection.goTo(packet) };
    });
    ui.open(new ListDialog(ui, 'Marks', choices, { empty: 'no packet is marked; m and a letter mark one' }));
  }
}
