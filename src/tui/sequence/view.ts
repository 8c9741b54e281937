// Sequence numbers over time: the bytes of one direction of a TCP conversation, what the other side has acknowledged of them, and what was
// sent again or is missing.
import { duration, grouped, quantity, size } from '../../bytes/units.js';
import type { Action, Place } from '../keys.js';
import type { Mouse } from '../screen/input.js';
import { type Attr, cell, ends, fill, fit, type Picture, type Row, type Span, span, widthOf } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Segment, SegmentKind, Sequence } from '../session.js';
import { roundUp, timeText } from '../traffic/plot.js';
import type { Ui, View } from '../view.js';
import { Again } from '../widgets/again.js';
import { Plot } from './plot.js';

/** Columns for the scale at the left. */
const SCALE = 9;
/** Columns between two times on the axis. */
const TICK = 14;
const AGAIN_MS = 1000;
/** A zoomed plot is so much of the one before. */
const ZOOM = 2;

/** Signs stand for themselves, with colours and without, with Unicode and without. */
const SIGNS: Readonly<Partial<Record<SegmentKind, string>>> = {
  again: 'R',
  gap: '?',
  late: 'o',
  'duplicate-ack': 'd',
  'zero-window': '0',
  reset: 'X',
};
const WORDS: Readonly<Record<SegmentKind, string>> = {
  plain: '',
  again: 'retransmission',
  gap: 'segments before it were not captured',
  late: 'out of order',
  'duplicate-ack': 'duplicate ACK',
  'zero-window': 'no room in its window',
  reset: 'reset',
};
const NAMES: readonly (readonly [SegmentKind, one: string, several: string])[] = [
  ['again', 'retransmission', 'retransmissions'],
  ['gap', 'gap', 'gaps'],
  ['late', 'out of order', 'out of order'],
  ['duplicate-ack', 'duplicate ACK', 'duplicate ACKs'],
  ['zero-window', 'full window', 'full windows'],
  ['reset', 'reset', 'resets'],
];

interface Shown {
  readonly rows: readonly Row[];
  /** Of the scale. */
  readonly from: number;
  readonly top: number;
}

export class SequenceView implements View {
  readonly title = 'Sequence';
  private sequence: Sequence | null = null;
  private state: 'none' | 'asked' | 'there' = 'none';
  private error = '';
  private packet = 0;
  private turn = 0;
  private isClient = true;
  private isBraille: boolean;
  /** Index of the chosen segment, of both directions. */
  private at = 0;
  /** Time that is shown, from the first segment on; null: all of it. */
  private window: { readonly fromNs: number; readonly spanNs: number } | null = null;
  private shownPlot: Shown | null = null;
  private madeOf: readonly unknown[] = [];
  private readonly again: Again;

  constructor(private readonly ui: Ui) {
    this.again = new Again(ui, AGAIN_MS);
    this.isBraille = hasBraille(process.env);
  }

  places(): readonly Place[] {
    return ['sequence', 'lists'];
  }

  shown(packet: number): void {
    const at = this.sequence?.segments.findIndex((one) => one.packet === packet) ?? -1;
    if (at >= 0) {
      this.at = at;
      return;
    }
    this.packet = packet;
    this.sequence = null;
    this.window = null;
    this.state = 'none';
    this.again.forget();
  }

  private ask(): void {
    const { ui, packet } = this;
    const { load } = ui.session;
    if (this.state === 'asked' || !this.again.isDue(String(packet), `${load.state} ${load.frames}`)) return;
    this.state = 'asked';
    const turn = ++this.turn;
    const take = (sequence: Sequence | null, error: string) => {
      if (turn !== this.turn) return;
      this.state = 'there';
      this.error = error;
      this.take(sequence);
      ui.redraw();
    };
    ui.session.sequence(packet).then(
      (sequence) => take(sequence, ''),
      (error: unknown) => take(null, error instanceof Error ? error.message : String(error)),
    );
  }

  private take(sequence: Sequence | null): void {
    const isFirst = this.sequence === null;
    this.sequence = sequence;
    if (sequence === null || !isFirst) return;
    const { segments } = sequence;
    // The copy at hand may have come later than the first, which stands for the packet here.
    this.at = Math.max(
      0,
      segments.findLastIndex((one) => one.packet <= this.packet),
    );
    // The direction with the bytes.
    const sum = (isClient: boolean) => segments.reduce((bytes, one) => bytes + (one.isClient === isClient ? one.length : 0), 0);
    this.isClient = sum(true) >= sum(false);
  }

  settle(width: number, height: number): void {
    this.ask();
    const { sequence, isClient, window, isBraille, at } = this;
    this.at = Math.max(0, Math.min(at, (sequence?.segments.length ?? 0) - 1));
    const made = [sequence, width, height, isClient, window, isBraille, this.at, this.ui.theme];
    if (made.every((one, i) => one === this.madeOf[i])) return;
    this.madeOf = made;
    this.shownPlot =
      sequence === null || sequence.segments.length === 0 ? null : this.plotted(sequence, width - SCALE - 1, height - 4);
  }

  private get range(): { readonly fromNs: number; readonly spanNs: number } {
    const segments = this.sequence?.segments ?? [];
    const [first, last] = [segments[0]?.timeNs ?? 0, segments.at(-1)?.timeNs ?? 0];
    return this.window ?? { fromNs: first, spanNs: Math.max(1000, last - first) };
  }

  private plotted({ segments }: Sequence, width: number, height: number): Shown {
    const { isClient } = this;
    const { fromNs, spanNs } = this.range;
    const inTime = segments.filter(({ timeNs }) => timeNs >= fromNs && timeNs <= fromNs + spanNs);
    const value = (one: Segment) => (one.isClient === isClient ? one.seq + one.length : (one.ack ?? 0));
    const bottom =
      this.window === null
        ? 0
        : Math.min(...inTime.map((one) => (one.isClient === isClient ? one.seq : (one.ack ?? one.seq))), Infinity);
    const from = Number.isFinite(bottom) ? bottom : 0;
    const top = from + roundUp(Math.max(1, inTime.reduce((most, one) => Math.max(most, value(one)), 0) - from));
    const plot = new Plot(Math.max(1, width), Math.max(1, height), this.isBraille);
    const x = (timeNs: number) => Math.min(plot.across - 1, Math.floor(((timeNs - fromNs) / spanNs) * plot.across));
    const y = (n: number) => Math.min(plot.down - 1, Math.floor(((n - from) / (top - from)) * plot.down));
    for (const one of inTime) if (one.isClient !== isClient && one.ack !== null) plot.dot(x(one.timeNs), y(one.ack), 'ack');
    for (const one of inTime) {
      if (one.isClient !== isClient) continue;
      const [low, high] = [y(one.seq), y(Math.max(one.seq, one.seq + one.length - 1))];
      for (let dot = low; dot <= high; dot++) plot.dot(x(one.timeNs), dot, 'data');
    }
    const chosen = segments[this.at];
    if (chosen !== undefined && inTime.includes(chosen)) this.mark(plot, chosen, x, y, 'chosen');
    for (const one of inTime) if (SIGNS[one.kind] !== undefined && isOf(one, isClient)) this.mark(plot, one, x, y, one.kind);
    return { rows: plot.rows((kind) => (kind === 'ack' ? '.' : '#')).map((cells) => this.painted(cells)), from, top };
  }

  private mark(plot: Plot, one: Segment, x: (timeNs: number) => number, y: (n: number) => number, kind: string): void {
    const isSent = one.isClient === this.isClient;
    const at = isSent ? one.seq : one.ack;
    if (at !== null) plot.sign(x(one.timeNs), y(at), { sign: SIGNS[one.kind] ?? '+', kind });
  }

  private painted(cells: readonly { readonly ch: string; readonly kind: string }[]): Row {
    const spans: Span[] = [];
    for (const { ch, kind } of cells) {
      const attr = this.attrOf(kind);
      const last = spans.at(-1);
      if (last?.attr === attr) spans[spans.length - 1] = { text: last.text + ch, attr };
      else spans.push({ text: ch, attr });
    }
    return spans;
  }
  private attrOf(kind: string): Attr {
    const { theme } = this.ui;
    if (kind === '') return theme.text;
    if (kind === 'data') return theme.accent;
    if (kind === 'ack') return theme.dim;
    if (kind === 'chosen') return over(theme.strong, theme.selected);
    return kind === 'late' || kind === 'duplicate-ack' ? theme.warning : theme.error;
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { sequence, shownPlot } = this;
    if (sequence === null || shownPlot === null) {
      const why = this.packet === 0 ? 'no packet is chosen' : 'the packet is of no TCP connection';
      const text = this.error !== '' ? this.error : this.state === 'there' || this.packet === 0 ? why : 'reading …';
      return { rows: fill([[span(`  ${text}`, theme.dim)]], width, height, theme.text) };
    }
    const { rows, from, top } = shownPlot;
    const last = rows.length - 1;
    const scaled = rows.map((row, i): Row => {
      const isLabelled = i === 0 || i === last || (i === last / 2 && top - from > 1);
      const value = Math.round(top - ((top - from) * i) / Math.max(1, last));
      const text = isLabelled ? shortened(value) : '';
      return [cell(text, SCALE - 1, theme.dim, 'right'), { text: '│', attr: theme.edge }, ...row];
    });
    return {
      rows: fill(
        [this.heading(width, sequence), ...scaled, ...this.axis(width), this.words(sequence, width)],
        width,
        height,
        theme.text,
      ),
    };
  }

  private heading(width: number, { ends: [client, server], segments, isCut }: Sequence): Row {
    const { theme } = this.ui;
    const [from, to] = this.isClient ? [client, server] : [server, client];
    const own = segments.filter((one) => one.isClient === this.isClient);
    const counts = NAMES.flatMap(([kind, one, several]): Span[] => {
      const n = segments.filter((segment) => segment.kind === kind && isOf(segment, this.isClient)).length;
      return n === 0 ? [] : [span(` ${SIGNS[kind]}`, this.attrOf(kind)), span(` ${quantity(n, one, several)} `, theme.text)];
    });
    const bytes = own.reduce((sum, one) => sum + one.length, 0);
    const cut = isCut ? ` first ${grouped(segments.length)} packets` : '';
    const between = span(` ${from} → ${to}  `, theme.heading);
    const much = span(`${size(bytes)}${cut} `, theme.dim);
    const signs = counts.filter((_, i) => i % 2 === 0);
    // Addresses last: the counts lose their words first, and then go.
    for (const right of [counts, signs])
      for (const left of [[between, much], [between]])
        if (widthOf(left) + widthOf(right) <= width) return ends(left, right, width, theme.text);
    return fit([between], width, theme.text);
  }

  private axis(width: number): Row[] {
    const { theme } = this.ui;
    const { fromNs, spanNs } = this.range;
    const room = width - SCALE - 1;
    const start = fromNs - (this.sequence?.segments[0]?.timeNs ?? 0);
    const stepNs = roundUp((spanNs * TICK) / room);
    let [line, labels] = ['', ''];
    for (let ns = Math.ceil(Math.max(0, start) / stepNs) * stepNs; ns <= start + spanNs; ns += stepNs) {
      const at = Math.floor(((ns - start) / spanNs) * room);
      const text = timeText(ns, stepNs);
      if (at + text.length > room) break;
      line = `${line.padEnd(at, '─')}┬`;
      labels = labels.padEnd(at) + text;
    }
    return [
      [span(' '.repeat(SCALE - 1), theme.text), { text: `└${line.padEnd(Math.max(0, room), '─')}`, attr: theme.edge }],
      [span(' '.repeat(SCALE), theme.text), span(labels, theme.dim)],
    ];
  }

  private words({ segments, ends: [client, server] }: Sequence, width: number): Row {
    const { theme, session } = this.ui;
    const one = segments[this.at];
    if (one === undefined) return [];
    const first = segments[0].timeNs;
    const sent = one.length === 0 ? 'no data' : `${quantity(one.length, 'byte')} from ${grouped(one.seq)}`;
    const ack = one.ack === null ? '' : `, ACK ${grouped(one.ack)}`;
    const said = WORDS[one.kind];
    const name = span(` ${session.nameOf(one.packet)}`, theme.strong);
    const by = one.isClient ? client : server;
    const after = duration(one.timeNs - first);
    const right = said === '' ? [] : [span(`  ${SIGNS[one.kind]} ${said} `, this.attrOf(one.kind))];
    const lefts = [
      `  ${after} after the first  ${by}: ${sent}${ack}`,
      `  ${after}  ${by}: ${sent}${ack}`,
      `  ${after}  ${by}: ${sent}`,
      `  ${by}`,
    ].map((text): Row => [name, span(text, theme.text)]);
    const left = lefts.find((row) => widthOf(row) + widthOf(right) <= width) ?? lefts[0];
    return ends(left, right, width, theme.text);
  }

  act(action: Action, count: number | null): boolean {
    const { ui, sequence } = this;
    const segments = sequence?.segments ?? [];
    switch (action) {
      case 'left':
      case 'up':
        this.choose(this.at - (count ?? 1));
        return true;
      case 'right':
      case 'down':
        this.choose(this.at + (count ?? 1));
        return true;
      case 'top':
        this.choose(0);
        return true;
      case 'bottom':
        this.choose(segments.length - 1);
        return true;
      case 'next-match':
      case 'previous-match':
        this.nextSign(action === 'next-match' ? 1 : -1);
        return true;
      case 'next-tab':
      case 'previous-tab':
        this.isClient = !this.isClient;
        return true;
      case 'next-layout':
        this.isBraille = !this.isBraille;
        return true;
      case 'split-more':
      case 'split-less':
      case 'zoom':
        this.zoom(action);
        return true;
      case 'accept': {
        const one = segments[this.at];
        if (one !== undefined) ui.goTo(one.packet);
        return true;
      }
      case 'stream':
        ui.show('stream', segments[this.at]?.packet ?? this.packet);
        return true;
      default:
        return false;
    }
  }

  private choose(at: number): void {
    const segments = this.sequence?.segments ?? [];
    this.at = Math.max(0, Math.min(at, segments.length - 1));
    const one = segments[this.at];
    const { fromNs, spanNs } = this.range;
    // What is chosen is in sight.
    if (this.window !== null && one !== undefined && (one.timeNs < fromNs || one.timeNs > fromNs + spanNs)) this.center(spanNs);
  }

  private nextSign(step: 1 | -1): void {
    const segments = this.sequence?.segments ?? [];
    for (let i = this.at + step; i >= 0 && i < segments.length; i += step) {
      const one = segments[i];
      if (SIGNS[one.kind] === undefined || !isOf(one, this.isClient)) continue;
      this.choose(i);
      return;
    }
    this.ui.say(step > 0 ? 'nothing is marked further on' : 'nothing is marked before');
  }

  private zoom(action: 'split-more' | 'split-less' | 'zoom'): void {
    const segments = this.sequence?.segments ?? [];
    const all = Math.max(1000, (segments.at(-1)?.timeNs ?? 0) - (segments[0]?.timeNs ?? 0));
    const spanNs = action === 'zoom' ? all : this.range.spanNs * (action === 'split-more' ? 1 / ZOOM : ZOOM);
    if (spanNs >= all) this.window = null;
    else if (spanNs >= 1000) this.center(spanNs);
  }
  /** The chosen segment in the middle, if there is as much before it. */
  private center(spanNs: number): void {
    const one = this.sequence?.segments[this.at];
    const first = this.sequence?.segments[0]?.timeNs ?? 0;
    if (one !== undefined) this.window = { fromNs: Math.max(first, one.timeNs - spanNs / 2), spanNs };
  }

  /** A click chooses the segment nearest in time. */
  mouse({ action, x }: Mouse): void {
    if (action !== 'press' || x < SCALE) return;
    const { fromNs, spanNs } = this.range;
    const width = Math.max(1, ((this.madeOf[1] as number | undefined) ?? SCALE + 2) - SCALE - 1);
    const timeNs = fromNs + ((x - SCALE) / width) * spanNs;
    const segments = this.sequence?.segments ?? [];
    const at = segments.findIndex((one) => one.timeNs >= timeNs);
    this.choose(at < 0 ? segments.length - 1 : at);
  }
}

/** Bytes on a scale: whole where they have room. */
const shortened = (bytes: number): string => (bytes < 1e6 ? grouped(bytes) : size(bytes));

/** Is it about the bytes of this direction? Duplicate ACKs and full windows come from the one who receives them. */
const isOf = ({ isClient, kind }: Segment, wanted: boolean): boolean =>
  kind === 'duplicate-ack' || kind === 'zero-window' ? isClient !== wanted : kind === 'reset' || isClient === wanted;

/** The console of Linux has no braille, and a terminal that is not set to UTF-8 has none either. */
function hasBraille(env: NodeJS.ProcessEnv): boolean {
  const charset = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return !/^(linux|vt\d)/.test(env['TERM'] ?? '') && (charset === '' || /utf-?8/i.test(charset));
}
