// The expectations that were given (`--expect`), how they stand, and what is known of the chosen one.
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, cell, fill, type Picture, type Row, span } from '../screen/paint.js';
import { over, type Theme } from '../screen/theme.js';
import type { CheckRow } from '../session.js';
import type { Ui, View } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import { type TextLine, wrapRow } from '../widgets/pager.js';

type Verdict = CheckRow['verdict'];

/** Signs, so that the state reads without colours. */
const SIGNS: Readonly<Record<Verdict, string>> = { pass: '+', fail: '!', inconclusive: '?', skipped: '-', pending: '…' };
const WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'holds',
  fail: 'failed',
  inconclusive: 'undecided',
  skipped: 'skipped',
  pending: 'not yet',
};
/** What failed stands first. */
const ORDER: readonly Verdict[] = ['fail', 'inconclusive', 'pending', 'pass', 'skipped'];
const LIST_SHARE = 0.5;
const LABEL = 10;

export const checkAttr = (theme: Theme, verdict: Verdict): Attr =>
  verdict === 'fail'
    ? theme.error
    : verdict === 'inconclusive'
      ? theme.info
      : verdict === 'pass'
        ? theme.good
        : verdict === 'pending'
          ? theme.warning
          : theme.dim;

/** `2 failed · 1 undecided · 7 hold`. */
export function checksText(rows: readonly CheckRow[]): string {
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  const parts = ORDER.map((verdict) => {
    const n = count(verdict);
    return n === 0 ? '' : `${n} ${verdict === 'pass' && n > 1 ? 'hold' : WORDS[verdict]}`;
  });
  return parts.filter((part) => part !== '').join(' · ');
}

export class ChecksView implements View {
  readonly title = 'Checks';
  private readonly cursor = new Cursor();
  private rows: readonly CheckRow[] = [];
  /** The rows were made of these; and the one that was chosen, by file, line and name. */
  private rowsOf: readonly CheckRow[] | null = null;
  private chosen = '';
  private listHeight = 1;
  private detailTop = 0;

  constructor(private readonly ui: Ui) {}

  places(): readonly Place[] {
    return ['checks', 'lists'];
  }

  settle(width: number, height: number): void {
    const all = this.ui.session.checks?.rows ?? [];
    if (all !== this.rowsOf) {
      this.rowsOf = all;
      // In the order of the files; what failed first.
      this.rows = [...all].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
      const at = this.rows.findIndex((row) => nameOf(row) === this.chosen);
      if (at >= 0) this.cursor.at = at;
    }
    this.listHeight = Math.max(1, Math.min(this.rows.length, Math.floor((height - 2) * LIST_SHARE)));
    this.cursor.settle(this.rows.length, this.listHeight);
    this.chosen = this.row === undefined ? '' : nameOf(this.row);
    const below = height - 2 - this.listHeight;
    this.detailTop = Math.max(0, Math.min(this.detailTop, this.detailRows(width).length - below));
  }

  private get row(): CheckRow | undefined {
    return this.rows[this.cursor.at];
  }

  draw(width: number, height: number): Picture {
    const { ui, rows, cursor } = this;
    const { theme, session } = ui;
    const { checks } = session;
    const running = checks?.isRunning ? (rows.length === 0 ? 'checking …' : ' · checking again …') : '';
    const heading: Row = [span(` ${checksText(rows)}${running}`, theme.heading)];
    const list = rows.slice(cursor.top, cursor.top + this.listHeight).map((row, i) => this.line(row, width, cursor.top + i));
    const details = this.detailRows(width).slice(this.detailTop, this.detailTop + height - 2 - list.length);
    return {
      rows: fill(
        [heading, ...list, [span('─'.repeat(width), theme.edge)], ...details.map((row): Row => [span(' ', theme.text), ...row])],
        width,
        height,
        theme.text,
      ),
    };
  }

  private line(row: CheckRow, width: number, at: number): Row {
    const { theme } = this.ui;
    const under = at === this.cursor.at ? theme.selected : null;
    const of = (attr: Attr) => (under === null ? attr : over(attr, under));
    const suites = new Set(this.rows.map(({ suite }) => suite)).size > 1 ? `${row.suite}: ` : '';
    const name = `${suites}${row.name}`;
    const nameWidth = Math.min(Math.max(24, width >> 1), Math.max(...this.rows.map((one) => one.name.length + suites.length)));
    return [
      { text: `${SIGNS[row.verdict]} `, attr: of(checkAttr(theme, row.verdict)) },
      cell(name, nameWidth + 1, of(row.verdict === 'fail' ? theme.strong : theme.text)),
      cell(row.seen, Math.max(0, width - nameWidth - 3), of(theme.dim)),
    ];
  }

  private detailRows(width: number): Row[] {
    const { row, ui } = this;
    const { checks } = ui.session;
    if (row === undefined) {
      const text =
        checks === null
          ? 'no expectations were given: hopscope tui --expect FILE checks them here, and again when a file changes'
          : (checks.error ?? (checks.isRunning ? '' : 'the files hold no expectation'));
      return text.split('\n').flatMap((line) => wrapRow([span(line, checks?.error ? ui.theme.error : ui.theme.dim)], width - 2));
    }
    return this.details(row).flatMap(({ spans, hang }) => wrapRow(spans, width - 2, hang));
  }

  private details({ verdict, name, file, line, expected, seen, finding }: CheckRow): TextLine[] {
    const { theme, session } = this.ui;
    const lines: TextLine[] = [
      { spans: [span(`${SIGNS[verdict]} ${WORDS[verdict]}: `, checkAttr(theme, verdict)), span(name, theme.strong)] },
      { spans: [span(`  ${file}:${line}`, theme.dim)] },
    ];
    const add = (label: string, text: string, attr = theme.text) => {
      if (text !== '') lines.push({ spans: [span(label.padEnd(LABEL), theme.dim), span(text, attr)], hang: LABEL });
    };
    add('expected', expected);
    add('seen', seen);
    if (finding === null || verdict === 'pass') return lines;
    add('why', finding.cause);
    add('do', finding.hint);
    finding.commands.forEach((command, i) => {
      add(i === 0 ? 'commands' : '', command, theme.accent);
    });
    finding.evidence.forEach(({ point, frame, note, time }, i) => {
      const packet = session.packetOf(point, frame);
      const where = packet === 0 ? `${point}:${frame}` : session.captures.length > 1 ? session.nameOf(packet) : `frame ${frame}`;
      lines.push({
        spans: [
          span((i === 0 ? 'evidence' : '').padEnd(LABEL), theme.dim),
          span(where.padEnd(12), theme.accent),
          span(` ${time.slice(11, 26)}  ${note}`, theme.text),
        ],
        hang: LABEL,
      });
    });
    return lines;
  }

  /** Goes to the packets that show how it stands. */
  private goToEvidence({ finding, name }: CheckRow): void {
    const { ui } = this;
    const packets = (finding?.evidence ?? []).flatMap(({ point, frame, field, note }) => {
      const packet = ui.session.packetOf(point, frame);
      return packet === 0 ? [] : [{ packet, field, note }];
    });
    if (packets.length === 0) ui.say('no packet of the captures shows it');
    else ui.trail.follow(ui, name, packets);
  }

  act(action: Action, count: number | null, _argument: Key): boolean {
    const { row, ui } = this;
    if (action === 'accept') {
      if (row !== undefined) this.goToEvidence(row);
    } else if (action === 'reload') {
      ui.session.checks?.again();
    } else if (action === 'toggle-branch') this.detailTop += 5;
    else if (action === 'next-match' || action === 'previous-match') this.nextFailed(action === 'next-match' ? 1 : -1);
    else {
      const before = this.cursor.at;
      if (!this.cursor.act(action, count)) return false;
      if (before !== this.cursor.at) this.detailTop = 0;
    }
    return true;
  }

  /** To the next one that failed or is undecided. */
  private nextFailed(step: 1 | -1): void {
    const { rows, cursor } = this;
    for (let i = cursor.at + step; i >= 0 && i < rows.length; i += step)
      if (rows[i].verdict === 'fail' || rows[i].verdict === 'inconclusive') {
        cursor.to(i);
        this.detailTop = 0;
        return;
      }
    this.ui.say('no other one failed');
  }

  mouse({ action, y }: Mouse): void {
    const inList = y >= 1 && y <= this.listHeight;
    if (action === 'wheel-down' || action === 'wheel-up') {
      const step = action === 'wheel-down' ? 3 : -3;
      if (inList) this.cursor.scroll(step);
      else this.detailTop = Math.max(0, this.detailTop + step);
    } else if (action === 'press' && inList) {
      const at = this.cursor.top + y - 1;
      if (at === this.cursor.at) this.act('accept', null, '');
      else this.cursor.to(at);
    }
  }

  copies(): readonly string[] {
    const { row } = this;
    if (row === undefined) return [];
    return [row.seen, `${row.file}:${row.line} ${row.name}: ${WORDS[row.verdict]}; expected ${row.expected}; seen ${row.seen}`];
  }
}

const nameOf = ({ file, line, name }: CheckRow): string => `${file}:${line} ${name}`;
