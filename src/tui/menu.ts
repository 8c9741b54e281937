// The menu, made from the key table: Analysis and Misc, with the views in front.
import { shownKeys } from './key-names.js';
import { type Action, KEYS, PLACES, type Place } from './keys.js';
import type { Key } from './screen/input.js';
import type { Picture } from './screen/paint.js';
import type { Dialog, Ui } from './view.js';
import { keyOf, VIEWS } from './views.js';
import { type Choice, ListDialog } from './widgets/dialogs.js';

const PARTS: readonly ('views' | Place)[] = ['views', 'analysis', 'misc'];

export class Menu implements Dialog {
  private part = 0;
  private list: ListDialog;

  constructor(private readonly ui: Ui) {
    this.list = this.open();
  }

  get title(): string {
    const names = PARTS.map((part) => (part === 'views' ? 'Views' : PLACES[part].replace('Menu: ', '')));
    return names.map((name, i) => (i === this.part ? `[${name}]` : name)).join('  ');
  }
  private open(): ListDialog {
    const { ui } = this;
    const part = PARTS[this.part];
    const entry = (text: string, key: Key, choose: () => void): Choice => ({ text, key, note: shownKeys(key), choose });
    const choices =
      part === 'views'
        ? VIEWS.map((view) => entry(view.title, keyOf(view), () => ui.show(view.name)))
        : KEYS.filter(({ where }) => where === part).map(({ keys, help, action }) => entry(help, keys[0], () => ui.act(action)));
    return new ListDialog(
      ui,
      '',
      choices.map((choice) => ({ ...choice, choose: () => this.take(choice) })),
    );
  }
  private take(choice: Choice): void {
    this.ui.close(this);
    choice.choose();
  }
  places(): readonly Place[] {
    return ['dialogs', 'lists'];
  }
  size(): { width: number; height: number } {
    const { width, height } = this.list.size();
    return { width: Math.max(width, 48), height };
  }
  settle(width: number, height: number): void {
    this.list.settle(width, height);
  }
  draw(width: number, height: number): Picture {
    return this.list.draw(width, height);
  }
  type(key: Key): boolean {
    return this.list.type(key);
  }
  act(action: Action, count: number | null): boolean {
    const turn = action === 'left' || action === 'previous-tab' ? -1 : action === 'right' || action === 'next-tab' ? 1 : 0;
    if (turn === 0) return this.list.act(action, count);
    this.part = (this.part + turn + PARTS.length) % PARTS.length;
    this.list = this.open();
    return true;
  }
  mouse(mouse: Parameters<ListDialog['mouse']>[0]): void {
    this.list.mouse(mouse);
  }
}
