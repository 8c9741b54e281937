// A ladder while it is drawn: places by key, put into the order in which packets pass them, and rows as they come.

import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import { hopText } from '../flows/ports.js';
import type { Clock } from '../rules/findings.js';
import type { Ip } from '../topology/ip.js';
import type { FrameRef, LadderArrow, LadderPicture, LadderPlace, LadderRow, LadderTunnel, Tone } from './model.js';
import { endName, type Name, placeName, tunnelName } from './names.js';

/** A row whose columns are still keys: places get their numbers at the end. */
type Draft =
  | (Omit<LadderArrow, 'from' | 'to'> & { from: string; to: string; isLost: boolean; tone: Tone })
  | (Omit<Extract<LadderRow, { kind: 'note' }>, 'at'> & { at: string })
  | Extract<LadderRow, { kind: 'silence' }>;

export class Sketch {
  readonly left: string[] = [];
  private readonly places = new Map<string, LadderPlace>();
  /** Keys in the order of the columns. */
  private readonly order: string[] = [];
  private readonly tunnels: LadderTunnel[] = [];
  private readonly tunnelOf = new Map<number, number>();
  private rows: Draft[] = [];
  /** Where the packet that is being drawn is, and in which tunnel (an edge). */
  private at = '';
  private edge = -1;
  private label = '';
  private change = '';
  private isBack = false;
  private begins = false;
  private last: (Draft & { kind: 'arrow' }) | null = null;

  constructor(
    private readonly facts: Facts,
    private readonly time: Clock,
  ) {}

  /** An end of the conversation; the last one that is added stays on the right. */
  end(ip: Ip): string {
    const key = `end:${ip}`;
    return this.place(key, { kind: 'end', ...endName(this.facts, ip) }, null);
  }

  packet(name: Name, from: Ip, label: string, isBack: boolean): void {
    this.isBack = isBack;
    this.at = this.place(`end:${from}`, { kind: 'end', ...name }, null);
    this.edge = -1;
    this.label = label;
    this.change = '';
    this.begins = true;
    this.last = null;
  }

  /** A NAT gave it other addresses. */
  translate(from: Direction, to: Direction): void {
    const end = (ip: Ip, port: number): string =>
      port > 0 && from.conversation.ports.srcPort !== null ? `${ip} port ${port}` : String(ip);
    const changes: string[] = [];
    if (!from.from.equals(to.from) || from.fromPort !== to.fromPort)
      changes.push(`source ${end(from.from, from.fromPort)} becomes ${end(to.from, to.fromPort)}`);
    if (!from.to.equals(to.to) || from.toPort !== to.toPort)
      changes.push(`destination ${end(from.to, from.toPort)} becomes ${end(to.to, to.toPort)}`);
    this.change = changes.join(', ');
  }

  /** It was seen here. `edge`: the tunnel it was in there, or -1. */
  hop(mark: Mark, edge: number, direction: number, note: string, tone: Tone): void {
    const key = this.placeOf(mark.port);
    const isIn = direction !== DIRECTION.out;
    // Encapsulated before it was seen first: it comes from the tunnel's other end.
    if (edge >= 0 && this.edge < 0 && isIn && this.last === null) this.outer(edge, 'src', 'implied');
    const tunnelled = edge >= 0 && (this.edge >= 0 || isIn);
    const detail = [this.change, mark.ttl > 0 ? `ttl ${mark.ttl}` : '', note].filter(Boolean).join(', ');
    this.arrow(key, { tone, detail, mark, tunnel: tunnelled ? this.tunnel(edge) : -1 });
    this.change = '';
    this.edge = edge;
  }

  /** On to the end of the conversation: known by the answer, or as it should have been. */
  arrive(name: Name, to: Ip, tone: Tone): void {
    const key = `end:${to}`;
    this.place(key, { kind: 'end', ...name }, null);
    if (this.edge >= 0) {
      const { dst } = this.facts.tunnels.edge(this.edge);
      if (!dst.equals(to)) this.outer(this.edge, 'dst', tone);
    }
    if (this.at !== key) this.arrow(key, { tone, detail: '', mark: null, tunnel: -1 });
  }

  /** It went wrong where the packet was seen last. */
  breaks(): void {
    if (this.last === null) return;
    this.last.tone = 'wrong';
    this.last.isLost = true;
  }

  /** The tunnel ends at the wrong node: this one was meant, unless that is drawn already. */
  wrongEnd(ip: Ip, isKnown: boolean): void {
    const { at, edge } = this;
    this.outer(edge, 'dst', 'wrong');
    this.breaks();
    if (isKnown) return;
    this.at = at;
    this.edge = -1;
    const place = { kind: 'unseen', label: endName(this.facts, ip).label, detail: 'tunnel end' } as const;
    const key = this.place(`outer:${ip}`, place, this.last?.to ?? at);
    this.label = 'expected';
    this.arrow(key, { tone: 'expected', detail: '', mark: null, tunnel: -1 });
  }

  /** It should have left by another interface of the node. */
  instead(entry: number | null, source: number, name: string): void {
    const { facts } = this;
    const known = facts.interfaces.at(source).find((port) => port.name === name);
    const { point } = facts.captures[source];
    const after = this.at;
    if (entry !== null) this.at = this.placeOf(entry);
    else this.at = this.last?.from ?? this.at;
    const key = known === undefined ? `expected:${source} ${name}` : this.keyOf(known.id);
    this.place(key, { kind: 'unseen', label: name, detail: point }, after);
    this.label = 'expected';
    this.edge = -1;
    this.arrow(key, { tone: 'expected', detail: '', mark: null, tunnel: -1 });
  }

  /** It should have passed this interface: of the point that is named, or else of the first that has one of this name. */
  through(point: string | null, name: string): void {
    const { facts } = this;
    const here = facts.captures.flatMap((capture, source) => (point === null || capture.point === point ? [source] : []));
    const known = here.flatMap((source) => facts.interfaces.at(source)).find((port) => port.name === name);
    const source = here[0] ?? -1;
    const key = known === undefined ? `expected:${source} ${name}` : this.keyOf(known.id);
    this.place(key, { kind: 'unseen', label: name, detail: point ?? facts.captures[source]?.point ?? '' }, this.at);
    this.arrow(key, { tone: 'expected', detail: '', mark: null, tunnel: -1 });
  }

  note(mark: Mark, text: string, tone: Tone): void {
    const at = this.placeOf(mark.port);
    const { known, name } = this.facts.interfaces.of(mark.port);
    const seen = known && mark.direction !== DIRECTION.unknown ? `${hopText(mark.direction, name)}: ` : '';
    this.rows.push({ kind: 'note', at, text: `${seen}${text}`, tone, ...this.when(mark) });
  }

  /** A frame of somebody on the link: of who asks (who stands on the left), or of another one. */
  heard(mark: Mark, key: string, name: Name, label: string, detail: string, tone: Tone, asks: boolean): void {
    const here = this.placeOf(mark.port);
    if (!this.places.has(key)) {
      this.places.set(key, { kind: 'end', ...name });
      this.order.splice(asks ? this.order.indexOf(here) : this.order.length, 0, key);
    }
    const [from, to] = mark.direction === DIRECTION.out ? [here, key] : [key, here];
    const row = { kind: 'arrow', from, to, isLost: false, tone, label, detail, tunnel: -1, begins: true } as const;
    this.rows.push({ ...row, ...this.when(mark) });
  }

  silence(text: string, durationNs: number, tone: 'wrong' | 'plain' = 'wrong'): void {
    this.rows.push({ kind: 'silence', text, durationNs, tone });
  }

  picture(title: string): LadderPicture | null {
    const number = new Map(this.order.map((key, i) => [key, i]));
    const at = (key: string): number => number.get(key) ?? 0;
    const rows = this.rows.map((row): LadderRow => {
      if (row.kind === 'silence') return row;
      return row.kind === 'note' ? { ...row, at: at(row.at) } : { ...row, from: at(row.from), to: at(row.to) };
    });
    if (!rows.some(({ kind }) => kind === 'arrow') || this.order.length < 2) return null;
    const places = this.order.map((key) => this.places.get(key)!);
    return { kind: 'ladder', title, description: describe(places, rows), places, tunnels: this.tunnels, rows, left: this.left };
  }

  private outer(edge: number, end: 'src' | 'dst', tone: Tone): void {
    const link = this.facts.tunnels.edge(edge);
    const ip = link[end];
    const key = `outer:${ip}`;
    const name = endName(this.facts, ip);
    this.place(
      key,
      { kind: 'tunnel', label: name.label, detail: name.detail === '' ? 'tunnel end' : `tunnel end, ${name.detail}` },
      this.at,
    );
    this.arrow(key, { tone, detail: '', mark: null, tunnel: end === 'src' ? -1 : this.tunnel(edge) });
  }

  private arrow(
    to: string,
    { tone, detail, mark, tunnel }: { tone: Tone; detail: string; mark: Mark | null; tunnel: number },
  ): void {
    const when = mark === null ? { timeNs: null, time: null, frame: null } : this.when(mark);
    const { label, begins } = this;
    this.last = { kind: 'arrow', from: this.at, to, isLost: false, tone, label, detail, ...when, tunnel, begins };
    this.rows.push(this.last);
    this.at = to;
    this.label = '';
    this.begins = false;
  }

  private when(mark: Mark): { timeNs: number; time: string; frame: FrameRef } {
    const { label, point } = this.facts.captures[mark.capture];
    return {
      timeNs: mark.timeNs,
      time: this.time.at(mark.timeNs, mark.capture),
      frame: { point: label ?? point, frame: mark.frame },
    };
  }

  private tunnel(edge: number): number {
    const known = this.tunnelOf.get(edge);
    if (known !== undefined) return known;
    const number = this.tunnels.push(tunnelName(this.facts, this.facts.tunnels.edge(edge))) - 1;
    this.tunnelOf.set(edge, number);
    return number;
  }

  private keyOf(port: number): string {
    const { source, place } = this.facts.interfaces.of(port);
    return `port:${source} ${place}`;
  }

  private placeOf(port: number): string {
    return this.place(this.keyOf(port), { kind: 'interface', ...placeName(this.facts, port) }, this.at);
  }

  /** A column, made where it is new: beside `after`, on the side to which packets go. */
  private place(key: string, place: LadderPlace, after: string | null): string {
    if (this.places.has(key)) return key;
    this.places.set(key, place);
    const before = after === null ? -1 : this.order.indexOf(after);
    if (before < 0) {
      // Between the ends, if both are there.
      const isBetween = place.kind !== 'end' && this.order.length > 1;
      this.order.splice(isBetween ? this.order.length - 1 : this.order.length, 0, key);
    } else
      this.order.splice(this.isBack ? Math.max(1, before) : Math.min(before + 1, Math.max(1, this.order.length - 1)), 0, key);
    return key;
  }
}

/** The rows in words, the first of them. */
function describe(places: readonly LadderPlace[], rows: readonly LadderRow[]): string {
  const said = rows.slice(0, 12).map((row) => {
    if (row.kind === 'silence') return row.text;
    if (row.kind === 'note') return `${places[row.at].label}: ${row.text}`;
    const way = `${row.label === '' ? '' : `${row.label}: `}${places[row.from].label} to ${places[row.to].label}`;
    return row.isLost ? `${way}, where it goes wrong` : row.tone === 'expected' && row.label === '' ? `${way} (expected)` : way;
  });
  return `${said.join('; ')}${rows.length > said.length ? '; and more' : ''}.`;
}
