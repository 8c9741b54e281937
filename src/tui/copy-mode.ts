// Copy mode: what will be copied is shown; left takes more of it, right less.
import type { Action, Place } from './keys.js';
import { cell, fill, type Picture, type Row } from './screen/paint.js';
import type { Dialog, Ui } from './view.js';

export class CopyMode implements Dialog {
  private at = 0;

  constructor(
    private readonly ui: Ui,
    private readonly texts: readonly string[],
  ) {}

  get title(): string {
    return `Copy ${this.at + 1} of ${this.texts.length}: ← more, → less, Enter copies`;
  }
  places(): readonly Place[] {
    return ['copy', 'dialogs', 'lists'];
  }
  size(width: number, height: number): { width: number; height: number } {
    return { width: width - 10, height: Math.min(height - 8, Math.max(3, this.lines.length)) };
  }
  private get lines(): string[] {
    return this.texts[this.at].split('\n');
  }
  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { lines } = this;
    const rows: Row[] = lines.slice(0, height).map((line) => [cell(` ${line.replaceAll('\t', '  ')}`, width, theme.text)]);
    if (lines.length > height) rows[height - 1] = [cell(` … ${lines.length - height + 1} more lines`, width, theme.dim)];
    return { rows: fill(rows, width, height, theme.dialog) };
  }
  act(action: Action): boolean {
    if (action === 'left') this.at = Math.min(this.at + 1, this.texts.length - 1);
    else if (action === 'right') this.at = Math.max(this.at - 1, 0);
    else if (action === 'accept') {
      this.ui.close(this);
      this.ui.copy(this.texts[this.at]);
    } else return false;
    return true;
  }
}
