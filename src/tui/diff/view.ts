// How these captures differ from good ones (:diff): the differences, and of the chosen one the two ladders beside each other.
import { quantity } from '../../bytes/units.js';
import type { LadderPicture } from '../../picture/model.js';
import { ladderLines } from '../../picture/paint/text-ladder.js';
import { findingAttr, findingSign } from '../findings/list.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { cell, fill, fit, type Picture, type Row, span } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { ComparedFlow, Comparison } from '../session.js';
import type { Ui, View } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import { wrapRow } from '../widgets/pager.js';
import { inked } from '../widgets/picture.js';

/** Part of the height for the list at most. */
const LIST_SHARE = 0.3;
const BETWEEN = ' │ ';

export class DiffView implements View {
  readonly title = 'Diff';
  private readonly cursor = new Cursor();
  private top = 0;
  private rows: Row[] = [];
  private listHeight = 1;
  private madeOf: readonly unknown[] = [];

  constructor(private readonly ui: Ui) {}

  places(): readonly Place[] {
    return ['diff', 'lists'];
  }

  private get compared(): Comparison {
    return this.ui.session.compared;
  }
  private get chosen(): ComparedFlow | null {
    return this.compared.flows[this.cursor.at] ?? null;
  }

  settle(width: number, height: number): void {
    const { flows } = this.compared;
    this.listHeight = Math.max(1, Math.min(flows.length, Math.floor((height - 2) * LIST_SHARE)));
    this.cursor.settle(flows.length, this.listHeight);
    const { chosen } = this;
    const made = [chosen, width, this.ui.theme];
    if (made.some((one, i) => one !== this.madeOf[i])) {
      this.madeOf = made;
      this.rows = chosen === null ? [] : this.detail(chosen, width);
    }
    this.top = Math.max(0, Math.min(this.top, this.rows.length - (height - 2 - this.listHeight)));
  }

  private detail({ finding, good, bad }: ComparedFlow, width: number): Row[] {
    const { theme } = this.ui;
    const said = [finding.message, finding.cause].filter((text) => text !== '');
    const words = said.flatMap((text) => wrapRow([span(text, theme.text)], width - 2));
    const half = (width - BETWEEN.length) >> 1;
    const [left, right] = [this.ladder('Good', good, half), this.ladder('Bad', bad, half)];
    if (left !== null && right !== null) {
      const pairs = Array.from(
        { length: Math.max(left.length, right.length) },
        (_, i): Row => [...fit(left[i] ?? [], half, theme.text), span(BETWEEN, theme.edge), ...(right[i] ?? [])],
      );
      return [...words, [], ...pairs];
    }
    // One above the other where they have no room beside each other.
    const whole = [good, bad].flatMap((one, i) => [[], ...(this.ladder(i === 0 ? 'Good' : 'Bad', one, width, true) ?? [])]);
    return [...words, ...whole];
  }

  /** Null: it is wider than that. */
  private ladder(name: string, picture: LadderPicture | null, width: number, isAnyWidth = false): Row[] | null {
    const { theme } = this.ui;
    const heading: Row = [span(` ${name}`, theme.heading)];
    if (picture === null) return [heading, [span('  not seen', theme.dim)]];
    const lines = ladderLines(picture, { width, isTight: true, clock: 'since' });
    if (lines === null || (lines.width > width && !isAnyWidth)) return null;
    return [heading, ...[...lines.head, ...lines.body.map(({ runs }) => runs)].map((runs) => inked(runs, theme))];
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { compared, cursor } = this;
    const { state, flows, good, alike, error } = compared;
    const text =
      state === 'none'
        ? ':diff GOOD compares these captures with good ones'
        : state === 'running'
          ? `comparing with ${good} …`
          : error !== ''
            ? error
            : `${quantity(flows.length, 'difference')} to ${good}, ${alike} alike`;
    const heading: Row = [span(` ${text}`, error === '' ? theme.heading : theme.error)];
    const list = flows.slice(cursor.top, cursor.top + this.listHeight).map(({ finding }, i): Row => {
      const isChosen = cursor.top + i === cursor.at;
      const of = (attr: number) => (isChosen ? over(attr, theme.selected) : attr);
      const indent = finding.foldedUnder === null ? '' : '└ ';
      return [
        span(`${findingSign(finding)} `, of(findingAttr(theme, finding))),
        cell(`${indent}${finding.title}`, width - 2, of(theme.text)),
      ];
    });
    const below: Row[] = flows.length === 0 ? [] : [[span('─'.repeat(width), theme.edge)], ...this.rows.slice(this.top)];
    return { rows: fill([heading, ...list, ...below], width, height, theme.text) };
  }

  act(action: Action, count: number | null, _argument: Key): boolean {
    const { chosen, cursor, ui } = this;
    if (action === 'toggle-branch') this.top += 5;
    else if (action === 'accept') {
      const packet = chosen === null ? 0 : ui.session.packetOf(chosen.frame?.point ?? null, chosen.frame?.frame ?? 0);
      if (packet === 0) ui.say('no packet here shows this difference');
      else ui.goTo(packet);
    } else {
      const before = cursor.at;
      if (!cursor.act(action, count)) return false;
      if (before !== cursor.at) this.top = 0;
    }
    return true;
  }

  mouse({ action, y }: Mouse): void {
    const inList = y >= 1 && y <= this.listHeight;
    if (action === 'wheel-down' || action === 'wheel-up') {
      const step = action === 'wheel-down' ? 3 : -3;
      if (inList) this.cursor.scroll(step);
      else this.top = Math.max(0, this.top + step);
    } else if (action === 'press' && inList) this.cursor.to(this.cursor.top + y - 1);
  }

  copies(): readonly string[] {
    const { chosen } = this;
    if (chosen === null) return [];
    const text = this.rows
      .map((row) =>
        row
          .map((one) => one.text)
          .join('')
          .trimEnd(),
      )
      .join('\n');
    return [chosen.finding.title, `${chosen.finding.title}\n${text}`];
  }
}
