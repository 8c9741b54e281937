// The ladder: the packets of a conversation from place to place, time running down. The places stay in sight, the packets are scrolled.
import { plainWidth } from '../../bytes/text.js';
import { grouped, quantity } from '../../bytes/units.js';
import type { LadderRow } from '../../picture/model.js';
import { paintMermaid } from '../../picture/paint/mermaid.js';
import { type LadderLines, ladderLines } from '../../picture/paint/text-ladder.js';
import { findingAttr, findingSign } from '../findings/list.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { ends, fill, fit, type Picture, type Row, type Span, span } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Ladder, LadderQuestion } from '../session.js';
import type { Ui, View } from '../view.js';
import { Again } from '../widgets/again.js';
import { Cursor } from '../widgets/cursor.js';
import { wrapRow } from '../widgets/pager.js';
import { cropped, inked } from '../widgets/picture.js';
import { wordsOf } from './words.js';

/** While the capture grows it is asked for again after this time. */
const AGAIN_MS = 1000;
/** Rows for what is known of the chosen one. */
const WORDS = 2;
/** One more from this height on. */
const TALL = 20;
const LEAST_BODY = 3;
/** Columns by which a ladder that is wider than the screen is moved. */
const STEP = 12;

const CLOCKS = ['since', 'day', 'before'] as const;
const CLOCK_WORDS = {
  since: 'times since the first packet',
  day: 'times of day, UTC',
  before: 'times since the arrow above',
} as const;

export class LadderView implements View {
  readonly title = 'Ladder';
  private readonly cursor = new Cursor();
  private question: LadderQuestion = { finding: -1, packet: 0, part: null, onlyBroken: false };
  private ladder: Ladder | null = null;
  private state: 'none' | 'asked' | 'there' = 'none';
  private error = '';
  /** Counts answers that are waited for: an older one is not taken. */
  private turn = 0;
  private clock: (typeof CLOCKS)[number] = 'since';
  private lines: LadderLines | null = null;
  private linesOf: readonly unknown[] = [];
  /** Columns that are left out behind the times. */
  private from = 0;
  /** The row to choose when the answer is there: of this frame, or the first that goes wrong. */
  private wanted: number | 'wrong' | null = null;

  private readonly again: Again;

  constructor(private readonly ui: Ui) {
    this.again = new Again(ui, AGAIN_MS);
  }

  places(): readonly Place[] {
    return ['ladder', 'lists'];
  }

  shown(packet: number, finding = -1): void {
    const { ladder } = this;
    // Back from a packet of it, it is as it was.
    if (finding < 0 && ladder?.picture.rows.some((row) => row.kind !== 'silence' && row.frame?.frame === packet)) {
      this.wanted = packet;
      this.choose();
      return;
    }
    this.ask({ finding, packet: finding < 0 ? packet : 0, part: null, onlyBroken: false });
    this.wanted = finding < 0 ? packet : 'wrong';
    this.ladder = null;
    this.from = 0;
  }

  private ask(question: LadderQuestion): void {
    this.question = question;
    this.again.forget();
    this.state = 'none';
  }

  settle(width: number, height: number): void {
    this.look();
    const { ladder, clock } = this;
    const made = [ladder, width, clock];
    if (made.some((one, i) => one !== this.linesOf[i])) {
      this.linesOf = made;
      this.lines = ladder === null ? null : ladderLines(ladder.picture, { width: width - 1, isTight: true, clock });
    }
    const { lines } = this;
    this.from = Math.max(0, Math.min(this.from, (lines?.width ?? 0) - (width - 1)));
    const room = height - 1 - (lines?.head.length ?? 0);
    const lineCount = height >= TALL ? WORDS + 1 : WORDS;
    const words = room - lineCount - 1 >= LEAST_BODY ? lineCount + 1 : 0;
    this.cursor.settle(lines?.body.length ?? 0, room - words);
    this.choose();
  }

  /** Asks again where there may be another answer. */
  private look(): void {
    const { ui, question } = this;
    const { load, findingsKnown } = ui.session;
    const known = `${load.state} ${load.frames} ${findingsKnown}`;
    if (this.state === 'asked' || !this.again.isDue(JSON.stringify(question), known)) return;
    this.state = 'asked';
    const turn = ++this.turn;
    const take = (ladder: Ladder | null, error: string) => {
      if (turn !== this.turn) return;
      this.state = this.question === question ? 'there' : 'none';
      if (this.question === question) this.take(ladder, error);
      ui.redraw();
    };
    ui.session.ladder(question).then(
      (ladder) => take(ladder, ''),
      (error: unknown) => take(null, error instanceof Error ? error.message : String(error)),
    );
  }

  private take(ladder: Ladder | null, error: string): void {
    const row = this.row;
    if (this.wanted === null && row !== null && row.kind !== 'silence' && row.frame !== null) this.wanted = row.frame.frame;
    this.ladder = ladder;
    this.error = error;
  }

  /** The row that is wanted, as soon as it is there. */
  private choose(): void {
    const { wanted, lines, ladder } = this;
    if (wanted === null || lines === null || ladder === null) return;
    this.wanted = null;
    const { rows } = ladder.picture;
    const is = (row: LadderRow): boolean =>
      wanted === 'wrong' ? isWrong(row) : row.kind !== 'silence' && row.frame?.frame === wanted;
    const at = lines.body.findIndex(({ row }) => row >= 0 && is(rows[row]));
    this.cursor.jump(Math.max(0, at));
  }

  private get row(): LadderRow | null {
    const line = this.lines?.body[this.cursor.at];
    return line === undefined || line.row < 0 ? null : (this.ladder?.picture.rows[line.row] ?? null);
  }

  // ---- drawing

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { lines, cursor, ladder } = this;
    if (lines === null || ladder === null)
      return { rows: fill([[span(`  ${this.nothing()}`, theme.dim)]], width, height, theme.text) };
    const place = (row: Row): Row => cropped(row, lines.time, this.from);
    const body = lines.body.slice(cursor.top, cursor.top + cursor.height).map(({ runs }, i): Row => {
      const isChosen = cursor.top + i === cursor.at;
      const of = (one: Span): Span => (isChosen ? { ...one, attr: over(one.attr, theme.selected) } : one);
      const row = [span(isChosen ? '›' : ' ', theme.key), ...place(inked(runs, theme))];
      return isChosen ? fit(row.map(of), width, over(theme.text, theme.selected)) : row;
    });
    const top: Row[] = [
      this.heading(ladder, width),
      ...lines.head.map((runs) => [span(' ', theme.text), ...place(inked(runs, theme))]),
    ];
    const rows = fill([...top, ...body], width, 1 + lines.head.length + cursor.height, theme.text);
    if (rows.length < height) {
      rows.push([span('─'.repeat(width), theme.edge)]);
      rows.push(...this.words(ladder, width, height - rows.length));
    }
    return { rows: fill(rows, width, height, theme.text) };
  }

  private nothing(): string {
    const { question, error, state, ui } = this;
    if (error !== '') return error;
    if (state !== 'there') return 'drawing …';
    if (ui.session.load.state === 'running') return 'reading …';
    if (question.onlyBroken) return 'no packet of this conversation is part of a fault; b shows all';
    if (question.finding >= 0) return 'no packet shows this finding: there is nothing to draw';
    return question.packet === 0
      ? 'no packet is selected'
      : `packet ${ui.session.nameOf(question.packet)} belongs to no conversation`;
  }

  /** What it is of, and how much of it is here. */
  private heading(ladder: Ladder, width: number): Row {
    const { theme, session } = this.ui;
    const finding = session.findings[ladder.finding];
    const sign = finding === undefined ? [] : [span(`${findingSign(finding)} `, findingAttr(theme, finding))];
    const { from, shown, total, parts } = ladder;
    const what = this.question.onlyBroken ? 'broken packet' : 'packet';
    const range = parts > 1 ? `${grouped(from + 1)}-${grouped(from + shown)} of ${grouped(total)} ${what}s, [ ] ` : '';
    const counted = range !== '' ? range : total > 0 ? `${quantity(total, what)} ` : '';
    return ends(
      [span(' ', theme.text), ...sign, span(ladder.picture.title, theme.strong)],
      [span(`  ${counted}`, theme.dim)],
      width,
      theme.text,
    );
  }

  /** The chosen row in words: on an arrow they may be cut. */
  private words({ picture }: Ladder, width: number, most: number): Row[] {
    const { theme, session } = this.ui;
    const { row } = this;
    if (row === null) return [];
    const text = wordsOf(row, picture, (frame) => session.nameOf(frame));
    const attr = isWrong(row) ? theme.error : theme.text;
    return wrapRow([span(text, attr)], width - 2)
      .slice(0, most)
      .map((line): Row => [span(' ', theme.text), ...line]);
  }

  // ---- keys

  act(action: Action, count: number | null, _argument: Key): boolean {
    const { ui, ladder } = this;
    switch (action) {
      case 'accept': {
        const { row } = this;
        const frame = row === null || row.kind === 'silence' ? 0 : (row.frame?.frame ?? 0);
        if (frame === 0) ui.say('no packet was seen here');
        else ui.goTo(frame);
        return true;
      }
      case 'clock':
        this.clock = CLOCKS[(CLOCKS.indexOf(this.clock) + 1) % CLOCKS.length];
        this.keepRow();
        ui.say(CLOCK_WORDS[this.clock]);
        return true;
      case 'only-broken': {
        const { question } = this;
        const packet = this.frame || question.packet;
        this.ask({ ...question, packet, part: null, onlyBroken: !question.onlyBroken });
        ui.say(question.onlyBroken ? 'all packets' : 'only packets that are part of a fault');
        return true;
      }
      case 'next-match':
      case 'previous-match':
        this.walk(action === 'next-match' ? 1 : -1);
        return true;
      case 'next-tab':
      case 'previous-tab':
        this.turnPart(action === 'next-tab' ? 1 : -1);
        return true;
      case 'left':
      case 'right':
        this.from = Math.max(0, this.from + (action === 'right' ? STEP : -STEP));
        return true;
      case 'stream':
        ui.show('stream', this.frame);
        return true;
      case 'finding':
        if (ladder === null || ladder.finding < 0) ui.say('no finding is about these packets');
        else {
          ui.trail.finding = ladder.finding;
          ui.show('findings');
        }
        return true;
      default:
        return this.cursor.act(action, count);
    }
  }

  /** The frame of the chosen row, else of the nearest one before; 0: there is none. */
  private get frame(): number {
    const { lines, ladder } = this;
    for (let at = this.cursor.at; at >= 0; at--) {
      const row = ladder?.picture.rows[lines?.body[at]?.row ?? -1];
      if (row !== undefined && row.kind !== 'silence' && row.frame !== null) return row.frame.frame;
    }
    return 0;
  }

  /** Lines are made anew, and the same one stays chosen: their number does not change with the clock. */
  private keepRow(): void {
    this.linesOf = [];
  }

  private walk(step: 1 | -1): void {
    const { lines, ladder, cursor } = this;
    if (lines === null || ladder === null) return;
    const { rows } = ladder.picture;
    for (let at = cursor.at + step; at >= 0 && at < lines.body.length; at += step) {
      const { row } = lines.body[at];
      if (row < 0 || !isWrong(rows[row])) continue;
      cursor.jump(at);
      return;
    }
    const { part, parts } = ladder;
    const isMore = step > 0 ? part < parts - 1 : part > 0;
    this.ui.say(
      isMore
        ? `nothing ${step > 0 ? 'further' : 'earlier'} goes wrong in this part; ] and [ show others`
        : `nothing ${step > 0 ? 'further' : 'earlier'} goes wrong`,
    );
  }

  private turnPart(step: 1 | -1): void {
    const { ladder } = this;
    if (ladder === null || ladder.parts < 2) {
      this.ui.say('all packets are shown');
      return;
    }
    const part = ladder.part + step;
    if (part < 0 || part >= ladder.parts) {
      this.ui.say(step > 0 ? 'this is the last part' : 'this is the first part');
      return;
    }
    this.ask({ ...this.question, part });
    this.cursor.jump(0);
    // Whatever row is chosen now, it is of another part.
    this.wanted = -1;
  }

  mouse({ action, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') {
      this.cursor.scroll(action === 'wheel-down' ? 3 : -3);
      return;
    }
    const at = this.cursor.top + y - 1 - (this.lines?.head.length ?? 0);
    if (action !== 'press' || at < this.cursor.top || at >= Math.min(this.cursor.top + this.cursor.height, this.cursor.count))
      return;
    if (at === this.cursor.at) this.act('accept', null, '');
    else this.cursor.to(at);
  }

  copies(): readonly string[] {
    const { ladder, lines, row } = this;
    if (ladder === null || lines === null) return [];
    const { picture } = ladder;
    const text = [...lines.head, ...lines.body.map(({ runs }) => runs)].map((runs) => runs.map((one) => one.text).join(''));
    const words = row === null ? [] : [plainWidth(wordsOf(row, picture, (frame) => this.ui.session.nameOf(frame)))];
    return [...words, [picture.title, '', ...text].join('\n'), paintMermaid(picture).join('\n')];
  }
}

const isWrong = (row: LadderRow): boolean => row.tone === 'wrong';
