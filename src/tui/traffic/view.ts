// Packets or bytes over time: those of the display filter in front of all.
import { count, duration, grouped, quantity, rate, size } from '../../bytes/units.js';
import type { TimelinePicture } from '../../picture/model.js';
import type { Finding } from '../../rules/finding.js';
import { findingAttr, findingLines, findingSign } from '../findings/list.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { cell, ends, fill, type Picture, type Row, type Span, span } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Traffic } from '../session.js';
import type { Ui, View } from '../view.js';
import { Again } from '../widgets/again.js';
import { AskedPicture } from '../widgets/asked-picture.js';
import { inked } from '../widgets/picture.js';
import { EVENT, eventsIn, outcomeCells } from './outcomes.js';
import { plotRows, roundUp, timeText } from './plot.js';

/** Columns for the scale at the left. */
const SCALE = 9;
/** Columns between two times on the axis. */
const TICK = 10;
/** A step is at most so wide. */
const MOST_WIDE = 8;
/** While the capture grows it is asked for again after this time. */
const AGAIN_MS = 250;
/** Timelines below the plot, and the height from which on there is room for them. */
const MOST_OUTCOMES = 3;
const OUTCOMES_FROM = 18;
/** Finest view: this many steps in all. */
const MOST_STEPS = 20_000;

export class TrafficView implements View {
  readonly title = 'Traffic';
  private traffic: Traffic | null = null;
  private readonly again: Again;
  private isAsked = false;
  private inBytes = false;
  /** Steps asked for; null: as many as fit. */
  private steps: number | null = null;
  private fits = 1;
  /** Columns of the screen for one step. */
  private wide = 1;
  private at = 0;
  private from = 0;
  private plotHeight = 1;
  private error = '';
  /** Of the first causes: how what they are about fared. */
  private readonly timelines: readonly AskedPicture<'timeline'>[];
  private outcomes: readonly { readonly finding: Finding; readonly picture: TimelinePicture }[] = [];

  constructor(private readonly ui: Ui) {
    this.again = new Again(ui, AGAIN_MS);
    this.timelines = Array.from({ length: MOST_OUTCOMES }, () => new AskedPicture(ui, 'timeline'));
  }

  places(): readonly Place[] {
    return ['traffic', 'lists'];
  }

  private get filter(): string {
    return this.ui.session.packets.filter;
  }

  private ask(): void {
    const { ui } = this;
    const { load, packets } = ui.session;
    const steps = Math.max(1, this.steps ?? this.fits);
    const question = `${steps} ${this.filter}`;
    // What was asked has another answer when more was read, or more matches the filter.
    const known = `${load.state} ${load.frames} ${packets.progress.state} ${packets.count}`;
    if (this.isAsked || !this.again.isDue(question, known)) return;
    this.isAsked = true;
    ui.session.traffic(steps).then(
      (traffic) => {
        this.isAsked = false;
        const old = this.traffic;
        this.traffic = traffic;
        // The same point in time stays chosen.
        if (old !== null && old.stepNs !== traffic.stepNs) this.at = Math.floor(((this.at + 0.5) * old.stepNs) / traffic.stepNs);
        this.error = '';
        ui.redraw();
      },
      (error: unknown) => {
        this.isAsked = false;
        this.error = error instanceof Error ? error.message : String(error);
        ui.redraw();
      },
    );
  }

  settle(width: number, height: number): void {
    this.fits = Math.max(1, width - SCALE - 1);
    this.ask();
    const n = this.traffic?.packets.length ?? 0;
    if (n === 0) return;
    this.at = Math.max(0, Math.min(this.at, n - 1));
    if (this.at < this.from) this.from = this.at;
    if (this.at >= this.from + this.fits) this.from = this.at - this.fits + 1;
    this.from = Math.max(0, Math.min(this.from, n - this.fits));
    this.wide = Math.max(1, Math.min(MOST_WIDE, Math.floor(this.fits / n)));
    this.lookAtOutcomes(height);
    const room = Math.max(1, height - 5 - (this.outcomes.length === 0 ? 0 : this.outcomes.length + 1));
    // Quarters of the scale stand at the edges of rows.
    this.plotHeight = room >= 8 ? room - (room % 4) : room;
  }

  /** The timelines of causes, where there is room for them. */
  private lookAtOutcomes(height: number): void {
    const { session } = this.ui;
    const most = height < OUTCOMES_FROM ? 0 : MOST_OUTCOMES;
    const causes = findingLines(session).filter(({ depth, finding }) => depth === 0 && finding.severity !== 'info');
    this.outcomes = this.timelines.slice(0, Math.min(most, causes.length)).flatMap((asked, i) => {
      asked.settle(causes[i].index);
      return asked.picture === null ? [] : [{ finding: causes[i].finding, picture: asked.picture }];
    });
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { traffic } = this;
    const n = traffic?.packets.length ?? 0;
    if (traffic === null || n === 0) {
      const { load } = this.ui.session;
      const text =
        this.error !== '' ? this.error : traffic === null || load.state === 'running' ? 'reading …' : 'no packet so far';
      return { rows: fill([[span(`  ${text}`, theme.dim)]], width, height, theme.text) };
    }
    const values = this.inBytes ? traffic.bytes : traffic.packets;
    const part = this.inBytes ? traffic.shownBytes : traffic.shownPackets;
    const isFiltered = this.filter !== '';
    const all = [...values.subarray(this.from, this.from + this.fits)];
    const shown = isFiltered ? [...part.subarray(this.from, this.from + this.fits)] : all;
    const top = roundUp(values.reduce((a, b) => Math.max(a, b), 0));
    const plot = plotRows(all, shown, top, this.plotHeight, this.wide, this.at - this.from, {
      shown: theme.accent,
      all: theme.dim,
      text: theme.text,
      chosen: over(theme.strong, theme.selected),
    });
    const rows: Row[] = [
      this.head(traffic, width),
      ...plot.map((row, y): Row => [...this.scale(top, y), ...row]),
      [span(`${' '.repeat(SCALE - 1)}└`, theme.edge), ...this.axisLine(all.length * this.wide)],
      this.axis(traffic, all.length),
      ...this.outcomeRows(traffic, all.length, width),
      this.chosen(traffic, width),
      this.legend(isFiltered),
    ];
    return { rows: fill(rows, width, height, theme.text) };
  }

  private head(traffic: Traffic, width: number): Row {
    const { theme } = this.ui;
    const n = traffic.packets.length;
    const span0 = timeText(n * traffic.stepNs, traffic.stepNs);
    const what = this.inBytes ? 'Bytes' : 'Packets';
    const left: Span[] = [
      span(` ${what} in ${duration(traffic.stepNs)}`, theme.heading),
      span(`   ${span0} in ${quantity(n, 'step')}`, theme.dim),
    ];
    const isPart = n > this.fits;
    const right = isPart ? [span(`${this.from + 1}-${Math.min(n, this.from + this.fits)} of ${grouped(n)} `, theme.dim)] : [];
    return ends(left, right, width, theme.text);
  }

  private scale(top: number, y: number): Row {
    const { theme } = this.ui;
    const parts = this.plotHeight >= 16 ? 4 : this.plotHeight >= 8 ? 2 : 1;
    const isMarked = (y * parts) % this.plotHeight === 0;
    const value = top * (1 - y / this.plotHeight);
    const digits = value < 100 && !Number.isInteger(value) ? 1 : 0;
    const shown = value < 1000 ? value.toFixed(digits) : count(value);
    const text = isMarked ? (this.inBytes ? size(Math.round(value)) : shown) : '';
    return [cell(text, SCALE - 2, theme.dim, 'right'), { text: ` ${isMarked ? '┤' : '│'}`, attr: theme.edge }];
  }
  /** Steps between two times on the axis. */
  private get tick(): number {
    return Math.max(1, [1, 2, 5, 10].find((steps) => steps * this.wide >= TICK) ?? 20);
  }
  private axisLine(length: number): Row {
    const { theme } = this.ui;
    let line = '';
    for (let x = 0; x < length; x++) line += x % (this.tick * this.wide) === 0 ? '┴' : '─';
    return [span(line, theme.edge)];
  }
  private axis({ stepNs }: Traffic, length: number): Row {
    const { theme } = this.ui;
    let line = '';
    for (let x = 0; x < length; x += this.tick) line += timeText((this.from + x) * stepNs, stepNs).padEnd(this.tick * this.wide);
    return [span(' '.repeat(SCALE), theme.text), span(line, theme.dim)];
  }

  /** A band for each cause; below them what happened in the chosen step, else what the bands are. */
  private outcomeRows({ stepNs }: Traffic, count: number, width: number): Row[] {
    const { theme } = this.ui;
    const { outcomes, from, wide, at } = this;
    if (outcomes.length === 0) return [];
    const rows = outcomes.map(
      ({ finding, picture }): Row => [
        cell(`${findingSign(finding)} ${finding.rule}`, SCALE, findingAttr(theme, finding)),
        ...inked(
          outcomeCells(picture, { from, count, wide, stepNs }).map(({ char, ink }) => ({ text: char, ink })),
          theme,
        ),
        // Its whole name where there is room after the band.
        ...(finding.rule.length > SCALE - 2 && SCALE + count * wide + 1 + finding.rule.length <= width
          ? [span(` ${finding.rule}`, theme.dim)]
          : []),
      ],
    );
    const events = outcomes.flatMap(({ picture }) => eventsIn(picture, at, stepNs));
    const said = [
      ...new Set(events.map(({ time, text, witness }) => `${time.slice(11, 23)} ${witness === '' ? '' : `${witness}: `}${text}`)),
    ];
    const legend = [
      span(' █ answered ', theme.good),
      span(' ▒ refused  ░ lost ', theme.error),
      span(` ${EVENT} event`, theme.text),
    ];
    return [
      ...rows,
      said.length === 0 ? legend : ends([span(` ${EVENT} ${said.join(' · ')}`, theme.text)], [], width, theme.text),
    ];
  }

  private chosen(traffic: Traffic, width: number): Row {
    const { theme } = this.ui;
    const { stepNs } = traffic;
    const { at } = this;
    const seconds = stepNs / 1e9;
    const bits = rate((traffic.bytes[at] * 8) / seconds);
    const parts: Span[] = [
      span(` ▲ ${timeText(at * stepNs, stepNs)} to ${timeText((at + 1) * stepNs, stepNs)}: `, theme.strong),
      span(`${quantity(traffic.packets[at], 'packet')}, ${size(traffic.bytes[at])}, ${bits}`, theme.text),
    ];
    if (this.filter !== '')
      parts.push(
        span(`  of the filter ${quantity(traffic.shownPackets[at], 'packet')}, ${size(traffic.shownBytes[at])}`, theme.accent),
      );
    return ends(parts, [], width, theme.text);
  }
  private legend(isFiltered: boolean): Row {
    const { theme } = this.ui;
    if (!isFiltered) return [span(' █ all packets', theme.accent)];
    return [span(' █ ', theme.accent), span(this.filter, theme.accent), span('   ░ all packets', theme.dim)];
  }

  act(action: Action, count: number | null, _argument: Key): boolean {
    const { traffic, ui } = this;
    const n = traffic?.packets.length ?? 0;
    const times = count ?? 1;
    switch (action) {
      case 'left':
        this.at = Math.max(0, this.at - times);
        return true;
      case 'right':
        this.at = Math.min(n - 1, this.at + times);
        return true;
      case 'page-up':
        this.at = Math.max(0, this.at - this.fits);
        return true;
      case 'page-down':
        this.at = Math.min(n - 1, this.at + this.fits);
        return true;
      case 'top':
        this.at = 0;
        return true;
      case 'bottom':
        this.at = Math.max(0, n - 1);
        return true;
      case 'as-chart':
        this.inBytes = !this.inBytes;
        return true;
      case 'split-more':
      case 'split-less': {
        const now = Math.max(n, 1);
        const wanted = action === 'split-more' ? now * 2.5 : now / 2;
        // Coarser than the width is the view that fits.
        if (wanted > MOST_STEPS) ui.say('these are the finest steps');
        else this.steps = wanted <= this.fits && action === 'split-less' && this.steps !== null ? null : Math.ceil(wanted);
        return true;
      }
      case 'zoom':
        this.steps = null;
        return true;
      case 'next-match':
      case 'previous-match':
        this.walk(action === 'next-match' ? 1 : -1);
        return true;
      case 'accept':
        if (traffic !== null) this.showPackets(traffic);
        return true;
      default:
        return false;
    }
  }

  /** To the next step in which there is something to see. */
  private walk(turn: 1 | -1): void {
    const values = this.filter === '' ? this.traffic?.packets : this.traffic?.shownPackets;
    if (values === undefined) return;
    for (let at = this.at + turn; at >= 0 && at < values.length; at += turn)
      if (values[at] > 0) {
        this.at = at;
        return;
      }
    this.ui.say(turn > 0 ? 'nothing behind' : 'nothing before');
  }

  private showPackets({ stepNs, packets }: Traffic): void {
    const { ui, at } = this;
    if (packets[at] === 0) {
      ui.say('no packet in this step');
      return;
    }
    const time = (ns: number) => (ns / 1e9).toFixed(3);
    const step = `frame.time_relative >= ${time(at * stepNs)} && frame.time_relative < ${time((at + 1) * stepNs)}`;
    // A step of the same kind takes the place of the one before.
    const rest = this.filter.replace(/(?: && )?frame\.time_relative >= [\d.]+ && frame\.time_relative < [\d.]+$/, '');
    const old = rest.replace(/^\((.*)\)$/, '$1');
    ui.filter(rest === '' ? step : `(${rest === this.filter ? rest : old}) && ${step}`, true);
  }

  mouse({ action, x, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') {
      this.at = Math.max(0, this.at + (action === 'wheel-down' ? 3 : -3));
      return;
    }
    if (action !== 'press' || x < SCALE || y < 1 || y > this.plotHeight) return;
    const at = this.from + Math.floor((x - SCALE) / this.wide);
    if (at === this.at) this.act('accept', null, '');
    else this.at = Math.min(at, (this.traffic?.packets.length ?? 1) - 1);
  }

  copies(): readonly string[] {
    const { traffic } = this;
    if (traffic === null) return [];
    const { stepNs, packets, bytes, shownPackets, shownBytes } = traffic;
    const line = (at: number) => [(at * stepNs) / 1e9, packets[at], bytes[at], shownPackets[at], shownBytes[at]].join('\t');
    const rows = Array.from(packets, (_, at) => line(at)).slice(0, 1000);
    return [line(this.at), ['seconds\tpackets\tbytes\tshown packets\tshown bytes', ...rows].join('\n')];
  }
}
