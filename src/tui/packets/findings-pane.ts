// The findings below the packets: the first few lines; Enter goes to the evidence.
import { findingAttr, findingLines, findingRow, findingSign, ruleWidth } from '../findings/list.js';
import { filterOf, openRulePage } from '../findings/view.js';
import type { Action } from '../keys.js';
import { type Row, span } from '../screen/paint.js';
import type { Session } from '../session.js';
import type { Ui } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import { wrapRow } from '../widgets/pager.js';
import type { Pane } from './pane.js';

/** Rows of a cause, and of cause and repair. */
const MOST_CAUSE = 3;
const MOST_ROWS = 5;

export class FindingsPane implements Pane {
  readonly place = 'findings';
  private readonly cursor = new Cursor();
  private isList = false;
  private trailAt = -1;
  private findingsOf: Session['findings'] = [];

  constructor(private readonly ui: Ui) {}

  settle(_width: number, height: number, hasFocus: boolean): void {
    this.isList = hasFocus;
    this.followTrail();
    this.cursor.settle(findingLines(this.ui.session).length, height);
  }

  /** The walk has come to another finding: that one is chosen. */
  followTrail(): void {
    const { trail, session } = this.ui;
    if (trail.finding === this.trailAt && session.findings === this.findingsOf) return;
    [this.trailAt, this.findingsOf] = [trail.finding, session.findings];
    const at = findingLines(session).findIndex(({ index }) => index === trail.finding);
    if (at >= 0) this.cursor.at = at;
  }

  /** Cause and repair of the chosen finding, wrapped: nothing is cut before what matters. */
  summary(width: number): Row[] {
    const { theme, session } = this.ui;
    const line = findingLines(session)[this.cursor.at];
    if (line === undefined) return [];
    const { finding } = line;
    const cause = [
      span(`${findingSign(finding)} `, findingAttr(theme, finding)),
      span(finding.title, theme.strong),
      span(` (${finding.rule} \u00d7${finding.count})`, theme.dim),
    ];
    const [command] = finding.commands;
    const where = finding.subject.node === null ? '' : `on ${finding.subject.node}: `;
    const repair = command === undefined ? finding.hint : `${where}${command}`;
    return [
      ...wrapRow(cause, width - 1, 2).slice(0, MOST_CAUSE),
      ...(repair === ''
        ? []
        : wrapRow([span('  do ', theme.dim), span(repair, command === undefined ? theme.text : theme.accent)], width - 1, 5)),
    ].slice(0, MOST_ROWS);
  }

  draw(width: number, height: number, hasFocus: boolean): Row[] {
    const { cursor, ui } = this;
    const lines = findingLines(ui.session);
    const names = ruleWidth(lines, width);
    if (!hasFocus) {
      const rest = lines.filter((_, i) => i !== cursor.at);
      return [...this.summary(width), ...rest.map((line) => findingRow(line, ui.theme, width, 'no', names))].slice(0, height);
    }
    return lines.slice(cursor.top, cursor.top + height).map((line, i) => {
      const isChosen = cursor.top + i === cursor.at;
      return findingRow(line, ui.theme, width, isChosen ? 'focus' : 'no', names);
    });
  }

  act(action: Action, count: number | null): boolean {
    const { ui } = this;
    const line = findingLines(ui.session)[this.cursor.at];
    if (action === 'accept') {
      if (line !== undefined) ui.trail.start(ui, line.index);
    } else if (action === 'ladder') {
      if (line !== undefined) ui.show('ladder', 0, line.index);
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
    // Cause and repair stand there while it has no focus: then a click only gives it the focus.
    if (!this.isList) return;
    const at = this.cursor.top + y;
    if (at === this.cursor.at) this.act('accept', null);
    this.cursor.to(at);
  }
  scroll(rows: number): void {
    this.cursor.scroll(rows);
  }
}
