// The packet list: a window on a list that may be millions long.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { type Attr, cell, type Row, type Span } from '../screen/paint.js';
import { over, type ProtocolKind, severityAttr, severitySign, type Theme } from '../screen/theme.js';
import type { PacketColumn, PacketRow, Session } from '../session.js';
import { type ColumnSpec, type Placed, placeColumns } from '../widgets/columns.js';
import { Cursor } from '../widgets/cursor.js';

/** What drops out last: addresses never, then number, info, hop, protocol: without their hops two copies of a packet look the same. */
const WEIGHTS: Readonly<Record<string, number>> = {
  source: 9,
  destination: 9,
  no: 8,
  info: 7,
  hop: 6,
  point: 6,
  proto: 5,
  time: 4,
  tunnel: 3,
  length: 2,
};
/** Fields of the user's choice are there because he wants them. */
const OWN_WEIGHT = 6;
/** Empty in most captures: they come with the first packet that has one. */
const ON_DEMAND = new Set(['point', 'hop', 'tunnel']);
const SIGN = 2;

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

/** A tunnel without its addresses: `vxlan 63446`. */
const kindOf = (tunnel: string): string => tunnel.replace(/ ?\S+>\S+/g, '');

export function protocolKind(proto: string): ProtocolKind {
  return KINDS.find(([pattern]) => pattern.test(proto))?.[1] ?? 'other';
}

export class ListPane {
  readonly cursor = new Cursor();
  /** Follows the end of a growing capture; null until it is known whether it grows, and the user has not moved. */
  sticks: boolean | null = null;
  /** Whether a growing capture is shown at its end from the start. */
  followsEnd = true;
  placed: readonly Placed[] = [];
  private columns: readonly PacketColumn[] = [];
  /** Widths only grow, so that columns do not dance while the list is scrolled. */
  private widths: number[] = [];
  /** Width of the widest tunnel without its addresses. */
  private kindWidth = 0;
  /** Packet to be chosen as soon as the list has it. */
  private wanted: number | null = null;

  /** Chooses a packet once it is in the list. */
  want(packet: number): void {
    this.wanted = packet;
  }
  get waitsFor(): number | null {
    return this.wanted;
  }
  forgetWanted(): void {
    this.wanted = null;
  }

  /** The packet that is chosen; 0 in an empty list. */
  packet(session: Session): number {
    return session.packets.numberAt(this.cursor.at);
  }

  settle(session: Session, height: number): void {
    const { packets } = session;
    if (this.wanted !== null) {
      const at = packets.positionOf(this.wanted);
      const isThere = at >= 0 && packets.numberAt(at) === this.wanted;
      if (isThere || packets.progress.state !== 'running') {
        this.cursor.settle(packets.count, height);
        this.cursor.jump(Math.max(0, at));
        this.wanted = null;
      }
    }
    if (this.sticks === null && session.load.state === 'following') this.sticks = this.followsEnd;
    if (this.sticks && packets.count > 0) this.cursor.at = packets.count - 1;
    this.cursor.settle(packets.count, height);
  }

  /** Header and rows: exactly `height` of `width`. */
  draw(
    session: Session,
    columns: readonly PacketColumn[],
    theme: Theme,
    width: number,
    height: number,
    hasFocus: boolean,
    hasColors: boolean,
    marks: ReadonlyMap<number, string>,
  ): Row[] {
    this.settle(session, height - 1);
    const { packets } = session;
    const rows = packets.rows(this.cursor.top, height - 1, columns);
    this.place(session, columns, rows, width - SIGN);
    const header: Span[] = [{ text: '  ', attr: theme.heading }];
    for (const { index, width: w } of this.placed) {
      const { title, align, field } = columns[index]!;
      const order = packets.order?.field === field ? (packets.order.descending ? '▼' : '▲') : '';
      header.push(cell(`${title}${order}`, w, hasFocus ? theme.heading : theme.dim, align), { text: ' ', attr: theme.heading });
    }
    const lines: Row[] = [header];
    rows.forEach((row, i) => {
      lines.push(this.line(row, this.cursor.top + i === this.cursor.at, columns, theme, hasFocus, hasColors, marks));
    });
    if (rows.length === 0) lines.push([{ text: `  ${emptyText(session)}`, attr: theme.dim }]);
    return lines;
  }

  private line(
    row: PacketRow,
    isChosen: boolean,
    columns: readonly PacketColumn[],
    theme: Theme,
    hasFocus: boolean,
    hasColors: boolean,
    marks: ReadonlyMap<number, string>,
  ): Row {
    const under = isChosen ? (hasFocus ? theme.selected : theme.selectedAway) : null;
    const proto = row.cells[columns.findIndex(({ field }) => field === 'proto')] ?? '';
    const base = hasColors ? theme.protocols[protocolKind(proto)] : theme.text;
    const attr = under === null ? base : hasFocus ? under : over(base, under);
    const sign = severityAttr(theme, row.severity);
    const mark = marks.get(row.number);
    const on = (own: Attr) => (under === null ? own : over(own, under));
    // Blanks take the row's own attribute: each change of colour is some bytes of output.
    const spans: Span[] = [
      { text: severitySign(row.severity), attr: row.severity === null ? attr : on(sign) },
      { text: mark ?? ' ', attr: mark === undefined ? attr : on(theme.accent) },
    ];
    for (const { index, width } of this.placed) {
      const column = columns[index]!;
      const isNamed = row.severity !== null && (column.field === 'no' || column.field === 'hop');
      const own = isNamed ? on(sign) : attr;
      const whole = row.cells[index] ?? '';
      const text = column.field === 'tunnel' && displayWidth(plainWidth(whole)) > width ? kindOf(whole) : whole;
      spans.push(cell(text, width, own, column.align), { text: ' ', attr });
    }
    return spans;
  }

  /** Chooses the columns. Where the widths so far would cost one, those of the rows that are seen decide. */
  private place(session: Session, columns: readonly PacketColumn[], rows: readonly PacketRow[], room: number): void {
    if (columns !== this.columns) {
      this.columns = columns;
      this.widths = columns.map(() => 0);
      this.kindWidth = 0;
    }
    const tunnel = columns.findIndex(({ field }) => field === 'tunnel');
    const seen = columns.map(() => 0);
    for (const { cells } of rows)
      for (let i = 0; i < columns.length; i++) {
        const width = displayWidth(plainWidth(cells[i] ?? ''));
        if (width > seen[i]!) seen[i] = width;
        if (width > this.widths[i]!) this.widths[i] = width;
        if (i === tunnel) this.kindWidth = Math.max(this.kindWidth, displayWidth(plainWidth(kindOf(cells[i] ?? ''))));
      }
    const { order } = session.packets;
    const wanted = (widths: readonly number[]) =>
      columns.map((column, i): ColumnSpec => {
        const isNeedless = column.field === 'point' && session.captures.length < 2;
        const isEmpty = isNeedless || (ON_DEMAND.has(column.field) && this.widths[i] === 0);
        // The sign of the order stands behind the title.
        const title = displayWidth(column.title) + (order?.field === column.field ? 1 : 0);
        return {
          weight: isEmpty ? -1 : (WEIGHTS[column.field] ?? OWN_WEIGHT),
          width: isEmpty ? 2 * room : Math.max(title, widths[i]!),
          isElastic: column.field === 'info',
        };
      });
    this.placed = placeColumns(wanted(this.widths), room);
    const narrower = placeColumns(wanted(seen), room);
    if (narrower.length > this.placed.length) this.placed = narrower;
    // Kind and VNI say more than nothing where the outer addresses have no room.
    if (this.kindWidth > 0 && this.placed.every(({ index }) => index !== tunnel)) {
      const short = placeColumns(wanted(this.widths.with(tunnel, this.kindWidth)), room);
      if (short.some(({ index }) => index === tunnel)) this.placed = short;
    }
  }

  /** Column at a place of the header; -1 between two. */
  columnAt(x: number): number {
    let from = SIGN;
    for (const { index, width } of this.placed) {
      if (x >= from && x < from + width) return index;
      from += width + 1;
    }
    return -1;
  }
}

function emptyText(session: Session): string {
  const { packets, load } = session;
  if (packets.progress.state === 'running' || load.state === 'running') return 'reading …';
  if (packets.progress.error !== null) return packets.progress.error;
  if (packets.filter !== '') return 'no packet matches the filter';
  return load.error ?? 'the capture has no packets';
}
