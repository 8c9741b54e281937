// Follow stream: what client and server said, in order and each byte once.

import { hex } from '../../bytes/show.js';
import { quantity, size } from '../../bytes/units.js';
import { completeFile } from '../file-names.js';
import type { Action, Place } from '../keys.js';
import { beforeWriting } from '../saving.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, ends, fill, fit, type Picture, type Row, type Span, span } from '../screen/paint.js';
import { over } from '../screen/theme.js';
import type { Stream, StreamChunk } from '../session.js';
import type { Ui, View } from '../view.js';
import { Cursor } from '../widgets/cursor.js';
import { LineDialog } from '../widgets/dialogs.js';
import { wrapRow } from '../widgets/pager.js';
import { FORMS, type Form, HEX_BYTES, type Side, type StreamRow, StreamRows, textOf } from './lines.js';
import { saveStream } from './save.js';
import { type Found, findIn, patternOf } from './search.js';

/** Counting rows may take this long of a drawing. */
const SLICE_MS = 6;
/** A stream that grows is asked for again after this time. */
const AGAIN_MS = 2000;
/** Packet numbers stand at the left from this width on. */
const WITH_NUMBERS = 100;
const NUMBERS = 9;
const SIGN = 2;
/** Title, and what each side said. */
const HEAD_ROWS = 2;
/** Characters handed to the clipboard. */
const MAX_COPY = 50_000;

interface Where {
  readonly chunk: StreamChunk;
  readonly offset: number;
}

export class StreamView implements View {
  readonly title = 'Follow stream';
  private readonly cursor = new Cursor();
  private packet = 0;
  private stream: Stream | null = null;
  private state: 'none' | 'asked' | 'there' = 'none';
  private error = '';
  private askedAt = 0;
  private askedFrames = 0;
  private wasLoading = false;
  private askedRules = '';
  /** The form that the user has chosen; null: the one that reads best. */
  private chosenForm: Form | null = null;
  /** The packet whose chunk is to be shown; 0: none. */
  private wanted = 0;
  private side: Side = 'both';
  private rows: StreamRows | null = null;
  private rowsOf = '';
  private needle = '';
  private found: Found | null = null;
  private textWidth = 1;
  /** The byte that was looked at in the form before. */
  private lastPlace: Where | null = null;

  constructor(private readonly ui: Ui) {}

  places(): readonly Place[] {
    return ['stream', 'lists'];
  }

  private get forms(): readonly Form[] {
    return this.stream?.decoded === null ? FORMS.slice(1) : FORMS;
  }
  private get form(): Form {
    const { chosenForm, forms } = this;
    return chosenForm !== null && forms.includes(chosenForm) ? chosenForm : forms[0];
  }

  shown(packet: number): void {
    const isPart = this.stream?.chunks.some((chunk) => chunk.packet === packet) ?? false;
    // Where one has been in its chunk stays.
    const here = this.rows?.chunks[this.rows.row(this.cursor.at)?.chunk ?? -1]?.packet;
    if (here !== packet) this.wanted = packet;
    if (packet === this.packet || isPart) {
      if (this.state === 'there' && this.stream !== null) return;
    } else {
      this.stream = null;
      this.rows = null;
      this.found = null;
      this.cursor.at = 0;
      this.side = 'both';
      this.chosenForm = null;
    }
    this.packet = packet;
    this.ask();
  }

  private ask(): void {
    const { ui, packet } = this;
    const { load } = ui.session;
    this.askedAt = performance.now();
    this.askedFrames = load.frames;
    this.wasLoading = load.state === 'running';
    this.askedRules = ui.session.decodedAs.join(' ');
    if (packet === 0) {
      this.state = 'none';
      return;
    }
    this.state = 'asked';
    this.error = '';
    const done = (stream: Stream | null, error: string) => {
      if (packet !== this.packet) return;
      this.stream = stream;
      this.error = error;
      this.state = 'there';
      this.rows = null;
      ui.redraw();
    };
    ui.session.stream(packet).then(
      (stream) => done(stream, ''),
      (error: unknown) => done(null, error instanceof Error ? error.message : String(error)),
    );
  }

  /** What was asked before the end was read may have more by now; what was decoded otherwise may be another stream. */
  private askAgain(): void {
    const { load, decodedAs } = this.ui.session;
    if (this.state !== 'there') return;
    const hasEnded = this.wasLoading && load.state !== 'running';
    const isDue = load.frames !== this.askedFrames && performance.now() > this.askedAt + AGAIN_MS;
    if (decodedAs.join(' ') !== this.askedRules || (isDue && (hasEnded || load.state === 'following'))) this.ask();
  }

  settle(width: number, height: number): void {
    this.askAgain();
    const { stream } = this;
    if (stream === null) return;
    const listHeight = Math.max(1, height - HEAD_ROWS);
    this.cursor.settle(this.layout(stream, width, listHeight).count, listHeight);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { stream, rows, cursor } = this;
    if (stream === null || rows === null) {
      const text = wrapRow([span(`  ${this.nothing()}`, theme.dim)], width - 1, 2);
      return { rows: fill(text, width, height, theme.text) };
    }
    const lines: Row[] = [];
    for (let i = cursor.top; i < Math.min(cursor.top + cursor.height, rows.count); i++) {
      const row = rows.row(i);
      if (row !== null) lines.push(this.line(rows, row, width, i === cursor.at));
    }
    if (rows.count === 0) lines.push([span(`  ${this.silence()}`, theme.dim)]);
    return { rows: fill([...this.head(stream, width), ...lines], width, height, theme.text) };
  }

  private nothing(): string {
    if (this.error !== '') return this.error;
    if (this.state === 'asked') return 'putting the stream together …';
    if (this.packet === 0) return 'no packet is selected; s in the packet list follows its stream';
    return `packet ${this.ui.session.nameOf(this.packet)} belongs to no TCP or UDP conversation; s in the packet list follows the stream of another`;
  }
  private silence(): string {
    // A capture may cut its frames before what they carry.
    return this.side === 'both'
      ? 'no payload was captured in this stream'
      : `no payload of the ${this.side} was captured; e shows both sides`;
  }

  private head(stream: Stream, width: number): Row[] {
    const { theme } = this.ui;
    const bytes = [0, 0];
    for (const { isClient, bytes: b } of stream.chunks) bytes[isClient ? 0 : 1] += b.length;
    const counts: Row = [
      { text: ' → ', attr: theme.client },
      span(`client ${quantity(stream.clientPackets, 'packet')}, ${size(bytes[0])}`, theme.client),
      { text: '  ← ', attr: theme.server },
      span(`server ${quantity(stream.serverPackets, 'packet')}, ${size(bytes[1])}`, theme.server),
      span(this.state === 'asked' ? '  reading on …' : stream.isCut ? '  only the first 16 MB are shown' : '', theme.warning),
      span(`  ${quantity(stream.turns, 'turn')}`, theme.text),
    ];
    const chip = (text: string, isOn: boolean) => span(isOn ? `[${text}]` : ` ${text} `, isOn ? theme.heading : theme.dim);
    const sides: readonly [Side, string][] = [
      ['both', 'e both'],
      ['client', 'c client'],
      ['server', 's server'],
    ];
    const title: Row = [
      span(` ${stream.ends.join(' → ')}  `, theme.strong),
      ...sides.map(([side, text]) => chip(text, side === this.side)),
    ];
    // All forms where there is room for them, else the one that is shown.
    const forms = width < WITH_NUMBERS ? [this.form] : this.forms;
    const right: Row = [span(' x ', theme.dim), ...forms.map((form) => chip(form, form === this.form))];
    return [fit(title, width, theme.text), ends(counts, right, width, theme.text)];
  }

  private layout(stream: Stream, width: number, height: number): StreamRows {
    const { ui } = this;
    this.textWidth = Math.max(1, width - SIGN - (width >= WITH_NUMBERS ? NUMBERS : 0) - 1);
    const name = `${this.form} ${this.side} ${this.textWidth}`;
    if (this.rows === null || name !== this.rowsOf) {
      this.lastPlace = this.place();
      const place = this.lastPlace;
      const chunks = (this.form === 'decoded' ? stream.decoded : null) ?? stream.chunks;
      this.rows = new StreamRows(chunks, this.side, this.form, this.textWidth);
      this.rowsOf = name;
      // The same byte stays in sight; of what was decoded there is no such byte, but its packet.
      if (place !== null) {
        const chunk = this.rows.chunks.indexOf(place.chunk);
        if (chunk >= 0) this.jump(this.rows, this.rows.rowOf(chunk, place.offset), height);
        else if (this.wanted === 0) this.wanted = place.chunk.packet;
      }
    }
    const { rows } = this;
    if (this.wanted !== 0) {
      const chunk = rows.chunks.findLastIndex(({ packet }) => packet <= this.wanted);
      const first = rows.chunks.findIndex(({ packet }) => packet === this.wanted);
      const at = first >= 0 ? first : chunk;
      if (at >= 0) this.jump(rows, rows.rowOf(at, 0), height);
      this.wanted = 0;
    }
    if (!rows.isWhole) {
      rows.goOn(SLICE_MS);
      if (!rows.isWhole) ui.redraw();
    }
    return rows;
  }

  private jump(rows: StreamRows, at: number, height: number): void {
    this.cursor.settle(rows.count, height);
    this.cursor.jump(at);
  }

  private place(): Where | null {
    const row = this.rows?.row(this.cursor.at) ?? null;
    return this.rows === null || row === null ? this.lastPlace : { chunk: this.rows.chunks[row.chunk], offset: row.from };
  }

  private line(rows: StreamRows, row: StreamRow, width: number, isChosen: boolean): Row {
    const { theme } = this.ui;
    const chunk = rows.chunks[row.chunk];
    const side = chunk.isClient ? theme.client : theme.server;
    const of = (attr: Attr) => (isChosen ? over(attr, theme.selected) : attr);
    const spans: Span[] = [];
    if (width >= WITH_NUMBERS)
      spans.push({ text: `${row.isFirst ? chunk.packet : ''}`.padStart(NUMBERS - 1).concat(' '), attr: of(theme.dim) });
    if (row.remark !== '') spans.push(span(row.remark, of(row.remark.startsWith('[') ? theme.dim : theme.warning)));
    else {
      spans.push({ text: chunk.isClient ? '→ ' : '← ', attr: of(side) });
      const found = this.found?.chunk === row.chunk ? this.found : null;
      const inside = (at: number) => found !== null && at >= found.from && at < found.to;
      const attr = (at: number) => (inside(at) ? theme.match : of(side));
      if (this.form === 'hex') spans.push(...hexSpans(chunk.bytes, row, attr, of(theme.dim), of(side)));
      else {
        const show = (from: number, to: number) =>
          this.form === 'raw' ? hex(chunk.bytes, from, to) : textOf(chunk.bytes, from, to);
        const cuts = found === null ? [] : [found.from, found.to].filter((at) => at > row.from && at < row.to);
        const edges = [row.from, ...cuts, row.to];
        for (let i = 0; i + 1 < edges.length; i++) spans.push({ text: show(edges[i], edges[i + 1]), attr: attr(edges[i]) });
      }
    }
    return isChosen ? fit(spans, width, of(theme.text)) : spans;
  }

  act(action: Action, count: number | null, _argument: Key): boolean {
    const { ui, stream } = this;
    if (stream === null) return false;
    switch (action) {
      case 'show-entire':
        this.show('both');
        return true;
      case 'show-client':
        this.show('client');
        return true;
      case 'show-server':
        this.show('server');
        return true;
      case 'next-layout':
        this.chosenForm = this.forms[(this.forms.indexOf(this.form) + 1) % this.forms.length];
        this.found = null;
        return true;
      case 'accept': {
        const row = this.rows?.row(this.cursor.at) ?? null;
        if (row !== null) ui.goTo(this.rows!.chunks[row.chunk].packet);
        return true;
      }
      case 'apply-filter':
        ui.filter(stream.filter, true, this.packet);
        return true;
      case 'filter-stream': {
        const old = ui.session.packets.filter;
        const not = `!(${stream.filter})`;
        ui.filter(old === '' ? not : `(${old}) && ${not}`, true);
        return true;
      }
      case 'search':
        this.askForText();
        return true;
      case 'save':
        this.askWhereToSave(stream);
        return true;
      case 'next-match':
      case 'previous-match':
        this.find(action === 'previous-match');
        return true;
      case 'bottom':
        while (this.rows?.isWhole === false) this.rows.goOn(50);
        this.cursor.count = this.rows?.count ?? 0;
        return this.cursor.act(action, count);
      default:
        return this.cursor.act(action, count);
    }
  }

  private show(side: Side): void {
    this.side = side;
    this.found = null;
  }

  private askForText(): void {
    this.ui.open(
      new LineDialog(this.ui, 'Search in the stream', {
        text: this.needle,
        note: 'text in either case, or a pattern: /user-?agent/i',
        accept: (text) => {
          if (text === '') return 'nothing to search for';
          if (patternOf(text) === null) return 'this is no pattern';
          this.needle = text;
          this.find(false);
          return null;
        },
      }),
    );
  }

  private askWhereToSave(stream: Stream): void {
    const { ui, form } = this;
    const chunks = this.rows?.chunks ?? [];
    const said = this.side === 'both' ? 'what both said' : `what the ${this.side} said`;
    const write = (file: string, replaces: boolean) =>
      saveStream(file, replaces, stream, chunks, form).then(
        (count) => ui.say(`${size(count)} written to ${file}`, 'good'),
        (error: unknown) => ui.say(error instanceof Error ? error.message : String(error), 'error'),
      );
    ui.open(
      new LineDialog(ui, `Save ${said}, ${form === 'raw' ? 'its bytes' : `as ${form}`}`, {
        note: 'e, c and s choose the side, x the form; raw writes the bytes and nothing else',
        complete: completeFile,
        accept: (text) => {
          if (text.trim() === '') return 'a file name is needed';
          beforeWriting(ui, text.trim(), false, write);
          return null;
        },
      }),
    );
  }

  private find(backwards: boolean): void {
    const { ui, rows } = this;
    const pattern = patternOf(this.needle);
    if (rows === null || pattern === null || this.needle === '') {
      ui.say('no search to go on with; / searches');
      return;
    }
    const row = rows.row(this.cursor.at);
    const isOnMatch = this.found !== null && row !== null && rows.rowOf(this.found.chunk, this.found.from) === this.cursor.at;
    const here = { chunk: row?.chunk ?? 0, offset: isOnMatch ? this.found!.from : (row?.from ?? 0) - (backwards ? 0 : 1) };
    let found = findIn(rows.chunks, pattern, here, backwards);
    let wrapped = '';
    if (found === null) {
      const start = backwards ? { chunk: rows.chunks.length - 1, offset: Number.POSITIVE_INFINITY } : { chunk: 0, offset: -1 };
      found = findIn(rows.chunks, pattern, start, backwards);
      wrapped = backwards ? ', from the end' : ', from the start';
    }
    this.found = found;
    if (found === null) {
      ui.say(`nothing in the stream matches '${this.needle}'`, 'error');
      return;
    }
    const at = rows.rowOf(found.chunk, found.from);
    this.cursor.count = rows.count;
    this.cursor.jump(at);
    ui.say(`'${this.needle}' in packet ${ui.session.nameOf(rows.chunks[found.chunk].packet)}${wrapped}; n goes on`, 'good');
  }

  mouse({ action, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') this.cursor.scroll(action === 'wheel-down' ? 3 : -3);
    else if (action === 'press' && y >= 2) {
      const at = this.cursor.top + y - 2;
      if (at === this.cursor.at) this.act('accept', null, '');
      else this.cursor.to(at);
    }
  }

  copies(): readonly string[] {
    const { rows, stream } = this;
    if (rows === null || stream === null) return [];
    const row = rows.row(this.cursor.at);
    const whole = (bytes: Uint8Array) =>
      this.form === 'text' || this.form === 'decoded'
        ? Buffer.from(bytes).toString('utf8')
        : hex(bytes, 0, bytes.length, this.form === 'hex' ? ' ' : '');
    let all = '';
    for (const { bytes } of rows.chunks) {
      if (all.length > MAX_COPY) break;
      all += whole(bytes);
    }
    const texts =
      row === null ? [] : [whole(rows.chunks[row.chunk].bytes.subarray(row.from, row.to)), whole(rows.chunks[row.chunk].bytes)];
    return [...texts, all, stream.filter].filter((text) => text !== '');
  }
}

/** `00000010  47 45 54 20  |GET |`, each byte in its own colour. */
function hexSpans(bytes: Uint8Array, { from, to }: StreamRow, attr: (at: number) => Attr, dim: Attr, plain: Attr): Span[] {
  const spans: Span[] = [{ text: from.toString(16).padStart(8, '0'), attr: dim }];
  for (let i = 0; i < HEX_BYTES; i++) {
    const at = from + i;
    const gap = i % 8 === 0 ? '  ' : ' ';
    spans.push({ text: gap, attr: plain });
    spans.push(at < to ? { text: hex(bytes, at, at + 1), attr: attr(at) } : { text: '  ', attr: plain });
  }
  spans.push({ text: '  ', attr: plain });
  for (let at = from; at < to; at++) {
    const code = bytes[at];
    spans.push({ text: code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·', attr: attr(at) });
  }
  return spans;
}
