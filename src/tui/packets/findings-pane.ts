// The findings below the packets: the first few lines; Enter goes to the evidence.
import { findingLines, findingRow, ruleWidth } from '../findings/list.js';
import { filterOf, openRulePage } from '../findings/view.js';
import type { Action } from '../keys.js';
import type { Row } from '../screen/paint.js';
import type { Ui } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import type { Pane } from './pane.js';

export class FindingsPane implements Pane {
  readonly place = 'findings';
  private readonly cursor = new Cursor();

  constructor(private readonly ui: Ui) {}

  settle(_width: number, height: number): void {
    this.cursor.settle(findingLines(this.ui.session).length, height);
  }

  draw(width: number, height: number, hasFocus: boolean): Row[] {
    const { cursor, ui } = this;
    const lines = findingLines(ui.session);
    const names = ruleWidth(lines, width);
    return lines.slice(cursor.top, cursor.top + height).map((line, i) => {
      const isChosen = cursor.top + i === cursor.at;
      return findingRow(line, ui.theme, width, !isChosen ? 'no' : hasFocus ? 'focus' : 'away', names);
    });
  }

  act(action: Action, count: number | null): boolean {
    const { ui } = this;
    const line = findingLines(ui.session)[this.cursor.at];
    if (action === 'accept') {
      if (line !== undefined) ui.trail.start(ui, line.index);
    } else if (action === 'rule-page') {
      if (line !== undefined) openRulePage(ui, line.finding.rule);
    } else if (action === 'apply-filter') {
      const filter = line === undefined ? '' : filterOf(line);
      if (filter === '') ui.say('this finding names no address to filter by');
      else ui.filter(filter, true);
    } else if (action === 'toggle-branch') {
      if (line !== undefined) ui.trail.finding = line.index;
      ui.show('findings');
    } else return this.cursor.act(action, count);
    return true;
  }

  click(_x: number, y: number): void {
    const at = this.cursor.top + y;
    if (at === this.cursor.at) this.act('accept', null);
    this.cursor.to(at);
  }
  scroll(rows: number): void {
    this.cursor.scroll(rows);
  }
}
