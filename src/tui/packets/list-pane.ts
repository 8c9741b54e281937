// The packet list: a window on a list that may be millions long.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { FIELD_WEIGHT, listed } from '../columns/packet-columns.js';
import type { Action } from '../keys.js';
import { type Attr, cell, type Row, type Span } from '../screen/paint.js';
import { bold, over, type ProtocolKind, severityAttr, severitySign, type Theme } from '../screen/theme.js';
import type { PacketColumn, PacketRow, Session } from '../session.js';
import { type ColumnSpec, type Placed, placeColumns } from '../widgets/columns.js';
import type { Desk, Pane } from './pane.js';
import type { Searching } from './searching.js';

const SIGN = 2;
/** On a packet with a comment. */
const COMMENTED = '"';
/** On one that is marked for saving. */
const MARKED = '*';
/** On a hit of the search. */
const HIT = '\u00bb';
/** Columns in which most of what a packet says can be read. */
const INFO_WISH = 40;

/** A line of the list, and what it was drawn for. */
interface Drawn {
  readonly placed: readonly Placed[];
  readonly theme: Theme;
  readonly attr: Attr;
  readonly under: Attr | null;
  readonly mark: string | undefined;
  readonly line: Row;
}

const KINDS: readonly (readonly [RegExp, ProtocolKind])[] = [
  [/^(arp|ndp)/i, 'arp'],
  [/^(icmp|igmp|mld)/i, 'icmp'],
  [/^(m?dns|dhcp|llmnr)/i, 'dns'],
  [/^(http|tls)/i, 'http'],
  [/^(vxlan|geneve|gre|ipip|esp|wireguard|stt|gtp|mpls)/i, 'tunnel'],
  [/^(ospf|bgp|isis|rip|stp|lldp|vrrp|bfd|pim)/i, 'routing'],
  [/^tcp/i, 'tcp'],
  [/^udp/i, 'udp'],
];

export function protocolKind(proto: string): ProtocolKind {
  return KINDS.find(([pattern]) => pattern.test(proto))?.[1] ?? 'other';
}

export class ListPane implements Pane {
  private placed: readonly Placed[] = [];
  private rows: readonly PacketRow[] = [];
  private columns: readonly PacketColumn[] = [];
  /** Widths only grow, so that columns do not dance while the list is scrolled. */
  private widths: number[] = [];
  /** By column whose text can be made shorter: the widest of its short texts. */
  private shortWidths = new Map<number, number>();
  /** What the widths were measured for, and which rows. */
  private filterOf = '';
  private roomOf = 0;
  private measured = new WeakSet<PacketRow>();
  private placedOf = '';
  /** The rows of the screen as they were drawn: a key changes few of them. */
  private readonly drawn = new Map<PacketRow, Drawn>();

  constructor(
    private readonly desk: Desk,
    /** By packet: the letter it is marked with. */
    private readonly marks: ReadonlyMap<number, string>,
    private readonly searching: Searching,
  ) {}

  settle(width: number, height: number): void {
    const { ui, columns } = this.desk;
    ui.selection.settle(height - 1);
    this.rows = ui.session.packets.rows(ui.selection.cursor.top, height - 1, columns);
    this.placeColumns(ui.session, columns, this.rows, width - SIGN);
    const shown = new Set(this.rows);
    for (const row of this.drawn.keys()) if (!shown.has(row)) this.drawn.delete(row);
  }

  /** Header and rows. */
  draw(_width: number, _height: number, hasFocus: boolean): Row[] {
    const { theme, session, selection } = this.desk.ui;
    const header: Span[] = [{ text: '  ', attr: theme.heading }];
    for (const { index, width } of this.placed) {
      const { title, align, field } = this.columns[index];
      const { order } = session.packets;
      const sign = order?.field === field ? (order.descending ? '▼' : '▲') : '';
      header.push(cell(`${title}${sign}`, width, hasFocus ? theme.heading : theme.dim, align), {
        text: ' ',
        attr: theme.heading,
      });
    }
    if (this.rows.length === 0) return [header, [{ text: `  ${emptyText(session)}`, attr: theme.dim }]];
    const { top, at } = selection.cursor;
    return [header, ...this.rows.map((row, i) => this.line(row, top + i === at, hasFocus, this.searching.hits.has(top + i)))];
  }

  private line(row: PacketRow, isChosen: boolean, hasFocus: boolean, isHit: boolean): Row {
    const { theme, settings, colors } = this.desk.ui;
    const { columns } = this;
    const under = isChosen ? (hasFocus ? theme.selected : theme.selectedAway) : null;
    const proto = row.cells[columns.findIndex(({ field }) => field === 'proto')] ?? '';
    const { packetColors } = settings.all;
    // A colour of the user's own, which has a background: other colours are not sure to be readable on it.
    const rule = packetColors && theme.hasColors ? colors.attr(row.color) : null;
    const base = rule ?? (packetColors ? theme.protocols[protocolKind(proto)] : theme.text);
    const attr = under === null ? base : hasFocus ? under : over(base, under);
    const { marked } = this.desk.ui.selection;
    const mark = this.marks.get(row.number) ?? (marked.has(row.number) ? MARKED : row.isCommented ? COMMENTED : undefined);
    const { placed } = this;
    const before = this.drawn.get(row);
    // A hit shows what is searched for.
    if (
      before !== undefined &&
      before.placed === placed &&
      before.theme === theme &&
      before.attr === attr &&
      before.under === under &&
      before.mark === mark &&
      !isHit
    )
      return before.line;
    const sign = severityAttr(theme, row.severity);
    const on = (own: Attr) => (under !== null ? over(own, under) : rule === null ? own : bold(rule));
    // Blanks take the row's own attribute: each change of colour is some bytes of output.
    const spans: Span[] = [
      { text: severitySign(row.severity), attr: row.severity === null ? attr : on(sign) },
      isHit && mark === undefined
        ? { text: HIT, attr: theme.match }
        : { text: mark ?? ' ', attr: mark === undefined ? attr : isHit ? theme.match : on(theme.accent) },
    ];
    for (const { index, width } of placed) {
      const { field, align } = columns[index];
      const own = listed(field);
      const whole = row.cells[index] ?? '';
      const isShort = own?.shorter !== undefined && displayWidth(plainWidth(whole)) > width;
      const text = isShort ? (own.shorter?.(whole) ?? whole) : whole;
      const shown = cell(text, width, row.severity !== null && own?.isMarked ? on(sign) : attr, align);
      spans.push(...(isHit ? this.withHits(shown) : [shown]), { text: ' ', attr });
    }
    if (!isHit) this.drawn.set(row, { placed, theme, attr, under, mark, line: spans });
    return spans;
  }

  /** The text that is searched for stands out in the cell. */
  private withHits(shown: Span): Span[] {
    const { listText, matchesCase } = this.searching;
    const fold = (text: string) => (matchesCase ? text : text.toLowerCase());
    const [text, wanted] = [fold(shown.text), fold(plainWidth(listText))];
    // Letters whose other case is longer have other places.
    if (wanted === '' || text.length !== shown.text.length) return [shown];
    const spans: Span[] = [];
    let from = 0;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, from)) {
      if (at > from) spans.push({ text: shown.text.slice(from, at), attr: shown.attr });
      from = at + wanted.length;
      spans.push({ text: shown.text.slice(at, from), attr: this.desk.ui.theme.match });
    }
    return [...spans, { text: shown.text.slice(from), attr: shown.attr }];
  }

  act(action: Action, count: number | null): boolean {
    const { selection, session } = this.desk.ui;
    if (action === 'accept') {
      this.desk.focus('tree');
      return true;
    }
    const { cursor } = selection;
    const before = cursor.at;
    if (!cursor.act(action, count)) return false;
    selection.forgetWanted();
    if (action === 'bottom' && count === null) selection.sticks = session.load.state === 'following';
    else if (cursor.at < before || action === 'top') selection.sticks = false;
    if (action === 'top' || action === 'bottom') selection.jumpedFrom = session.packets.numberAt(before);
    return true;
  }

  click(x: number, y: number): void {
    const { selection } = this.desk.ui;
    if (y === 0) {
      const column = this.columns[this.columnAt(x)];
      if (column !== undefined) this.sort('sort', column);
      return;
    }
    selection.cursor.to(selection.cursor.top + y - 1);
    selection.sticks = false;
  }
  scroll(rows: number): void {
    const { selection } = this.desk.ui;
    selection.cursor.scroll(rows);
    if (rows < 0) selection.sticks = false;
  }

  /** By the next column, or a certain one; or the order turned round. The packet that was chosen stays chosen. */
  sort(action: 'sort' | 'reverse-sort', column?: PacketColumn): void {
    const { ui, columns } = this.desk;
    const { session, selection } = ui;
    const { order, filter } = session.packets;
    const { packet } = selection;
    if (action === 'reverse-sort')
      session.show(filter, order === null ? { field: 'no', descending: true } : { ...order, descending: !order.descending });
    else {
      const fields = columns.map(({ field }) => field);
      const at = order === null ? 0 : fields.indexOf(order.field);
      const field = column?.field ?? fields[(at + 1) % fields.length];
      // Up, down, and back to the order of the capture.
      if (column !== undefined && order?.field === field)
        session.show(filter, order.descending ? null : { field, descending: true });
      else session.show(filter, field === 'no' ? null : { field, descending: false });
    }
    selection.want(packet);
    const now = session.packets.order;
    ui.say(now === null ? 'in the order of the capture' : `ordered by ${now.field}${now.descending ? ', largest first' : ''}`);
  }

  copies(): readonly string[] {
    const { ui, columns } = this.desk;
    const { cursor } = ui.selection;
    const rows = ui.session.packets.rows(cursor.top, cursor.height, columns);
    const row = rows[cursor.at - cursor.top];
    if (row === undefined) return [];
    const cellOf = (field: string) => row.cells[columns.findIndex((column) => column.field === field)] ?? '';
    const line = ({ cells }: PacketRow) => cells.join('\t');
    return [
      cellOf('source'),
      cellOf('source-name'),
      cellOf('destination'),
      cellOf('destination-name'),
      cellOf('info'),
      line(row),
      rows.map(line).join('\n'),
    ];
  }

  /** Chooses the columns. Widths only grow while the list is the same, so that nothing jumps under the eyes of who pages through it. */
  private placeColumns(session: Session, columns: readonly PacketColumn[], rows: readonly PacketRow[], room: number): void {
    const { filter } = session.packets;
    if (columns !== this.columns || filter !== this.filterOf || room !== this.roomOf) {
      this.columns = columns;
      this.filterOf = filter;
      this.roomOf = room;
      this.widths = columns.map(() => 0);
      this.measured = new WeakSet();
      this.placedOf = '';
      this.shortWidths = new Map(columns.flatMap(({ field }, i) => (listed(field)?.shorter === undefined ? [] : [[i, 0]])));
    }
    const { shortWidths } = this;
    for (const row of rows) {
      if (this.measured.has(row)) continue;
      this.measured.add(row);
      for (let i = 0; i < columns.length; i++) {
        const text = row.cells[i] ?? '';
        const width = displayWidth(plainWidth(text));
        if (width > this.widths[i]) this.widths[i] = width;
        const short = shortWidths.get(i);
        if (short !== undefined)
          shortWidths.set(i, Math.max(short, displayWidth(plainWidth(listed(columns[i].field)?.shorter?.(text) ?? text))));
      }
    }
    const { order } = session.packets;
    const isOne = session.captures.length < 2;
    const placedOf = `${this.widths.join()} ${[...shortWidths.values()].join()} ${isOne} ${order?.field}`;
    if (placedOf === this.placedOf) return;
    this.placedOf = placedOf;
    const wanted = (widths: readonly number[]) =>
      columns.map((column, i): ColumnSpec => {
        const own = listed(column.field);
        const rule = own?.width;
        const isNeedless = rule === 'several' && isOne;
        const isEmpty = isNeedless || ((rule === 'several' || rule === 'on-demand') && this.widths[i] === 0);
        // The sign of the order stands after the title.
        const title = displayWidth(column.title) + (order?.field === column.field ? 1 : 0);
        return {
          weight: isEmpty ? -1 : (own?.weight ?? FIELD_WEIGHT),
          width: isEmpty ? 2 * room : Math.max(title, widths[i]),
          isElastic: rule === 'elastic',
        };
      });
    this.placed = placeColumns(wanted(this.widths), room);
    // Where a column had to go, or little is left for what the packet says, names and addresses that can be told shorter are.
    let widths: readonly number[] = this.widths;
    const all = wanted(widths).filter(({ weight }) => weight >= 0).length;
    for (const [i, short] of shortWidths) {
      const info = this.placed.find(({ index }) => listed(columns[index].field)?.width === 'elastic');
      if (this.placed.length === all && (info === undefined || info.width >= INFO_WISH)) break;
      if (short === 0 || short >= widths[i]) continue;
      widths = widths.with(i, short);
      this.placed = placeColumns(wanted(widths), room);
    }
  }

  /** Column at a place of the header; -1 between two. */
  private columnAt(x: number): number {
    let from = SIGN;
    for (const { index, width } of this.placed) {
      if (x >= from && x < from + width) return index;
      from += width + 1;
    }
    return -1;
  }
}

function emptyText(session: Session): string {
  const { packets, load, captures } = session;
  if (captures.length === 0) return 'no capture is open: Ctrl-O lists some, :load FILE opens one';
  if (packets.progress.state === 'running' || load.state === 'running') return 'reading …';
  if (packets.progress.error !== null) return packets.progress.error;
  if (packets.filter !== '') return 'no packet matches the filter';
  return load.error ?? 'the capture has no packets';
}
