// The cells of the packet list: the parts of a summary line, or any field as `dump -T fields` prints it.
import { utf8 } from '#host';
import { Line } from '../../bytes/line.js';
import { plainWidth, safeText } from '../../bytes/text.js';
import type { ExtraField } from '../../dissect/extra.js';
import { asksPast } from '../../dissect/past.js';
import { DEFAULT_FIELDS_OPTIONS, FieldsPrinter } from '../../dump/fields-output.js';
import { SummaryPrinter } from '../../dump/summary.js';
import { clockText } from '../../dump/times.js';
import { UsageError } from '../../errors.js';
import type { ColumnPacket } from '../../plugin/rows.js';
import { type ListedColumn, listed } from '../columns/packet-columns.js';
import { type Naming, namingBy } from './naming.js';
import type { Packets } from './packets.js';

/** A column without a value. */
export const NO_COLUMN = '';

/** Is it a column of the list, or a field that somebody declares? */
export function isColumn(packets: Packets, field: string, extras: readonly ExtraField[]): boolean {
  try {
    return listed(field) !== undefined || new FieldsPrinter(packets.registry, [field], extras) !== null;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** Between the cells of fields; safe text never holds it. */
const SEPARATOR = '\0';

const seconds = (ns: number, nanoseconds: boolean): string => (ns / 1e9).toFixed(nanoseconds ? 9 : 6);

type Zone = 'utc' | 'local';

/** What columns/packet-columns.ts may ask of the packet at hand. All texts are safe, and of known width. */
export class PacketCells {
  private readonly line = new Line(8192);
  private readonly summary: SummaryPrinter;
  private readonly printer: FieldsPrinter | null;
  /** For each cell the column, or the index of the field. */
  private readonly wanted: readonly (ListedColumn | number)[];
  private readonly isRun: boolean;
  private readonly naming: Naming;
  private readonly hasInfo: boolean;
  /** A column shows what packets before say. */
  readonly asksPast: boolean;
  /** Protocol and info are written at once: null where they are not written yet. */
  private message: string | null = null;

  /** Throws UsageError for a field that nobody declares. */
  constructor(
    private readonly packets: Packets,
    fields: readonly string[],
    extras: readonly ExtraField[],
  ) {
    this.summary = new SummaryPrinter(packets.registry, packets, packets);
    const others = fields.filter((field) => listed(field) === undefined && field !== NO_COLUMN);
    this.printer =
      others.length === 0
        ? null
        : new FieldsPrinter(packets.registry, others, extras, { ...DEFAULT_FIELDS_OPTIONS, separator: SEPARATOR });
    this.wanted = fields.map((field) => listed(field) ?? others.indexOf(field));
    this.asksPast = asksPast(
      packets.registry,
      others.map((field) => field.replace(/^(?:outer|inner)\.|#.*$/g, '')),
    );
    this.isRun = packets.lab.captures.length > 1;
    this.naming = namingBy(packets.lab);
    this.hasInfo = fields.includes('info');
  }

  /** May the packets before say something that stands in a cell of the packet at hand? */
  get isRemarkable(): boolean {
    const { layers, registry } = this.packets;
    if (!this.hasInfo || layers.frame === null) return false;
    for (let i = 0; i < layers.count; i++) if (registry.protocols[layers.proto[i]].remark !== undefined) return true;
    return false;
  }

  /** Cells of the packet at hand. `before`: number of the packet that `delta` counts from; 0: none. */
  cells(before: number): string[] {
    const { layers } = this.packets;
    this.summary.look(layers);
    this.message = null;
    const fields = this.printer?.line(layers).slice(0, -1).split(SEPARATOR);
    return this.wanted.map((column) =>
      typeof column === 'number' ? plainWidth(safeText(fields?.[column] ?? '')) : column.value(this, before),
    );
  }

  /** In the file of its capture. */
  get number(): number {
    return this.packets.frameOf(this.packets.number);
  }
  get lengthBytes(): number {
    return this.packets.frame.wireLength;
  }

  /** Digits after the point: those of the finest clock of all captures, so that all rows have the same. */
  private get nanoseconds(): boolean {
    return this.isRun ? this.packets.hasNanoseconds : this.packets.nanoseconds;
  }

  /** Seconds since the first packet. */
  time(): string {
    const { packets, summary } = this;
    const { frame, store, number, layers } = packets;
    if (!frame.hasTime) return '-';
    // Clocks of several captures are told apart by the index only.
    return this.isRun
      ? seconds(store.timeNs(number) - store.timeNs(1), this.nanoseconds)
      : this.text(() => summary.time(layers, this.line));
  }
  /** Seconds since another packet; '' without one. */
  since(before: number): string {
    const { store, number } = this.packets;
    return before === 0 ? '' : seconds(store.timeNs(number) - store.timeNs(before), this.nanoseconds);
  }
  /** Seconds since the packet that was captured before. */
  sinceCaptured(): string {
    return this.since(this.packets.number - 1);
  }
  /** Time of day, by the clock of its capture. */
  clock(zone: Zone): string {
    return this.wall((whole) => clockText(whole, zone === 'utc' ? 'u' : 'a'));
  }
  /** Date and time of day. */
  date(zone: Zone): string {
    return this.wall((whole) => clockText(whole, zone === 'utc' ? 'ud' : 'ad'));
  }
  /** Seconds since 1970. */
  epoch(): string {
    return this.wall(String);
  }
  /** What `write` makes of whole seconds since 1970, with the digits after the point; `-` without a time. */
  private wall(write: (seconds: number) => string): string {
    const { frame } = this.packets;
    if (!frame.hasTime) return '-';
    return `${write(frame.seconds)}.${String(frame.nanoseconds)
      .padStart(9, '0')
      .slice(0, this.nanoseconds ? 9 : 6)}`;
  }
  point(): string {
    return plainWidth(this.packets.point);
  }
  /** Direction and interface. */
  hop(): string {
    return plainWidth(this.text(() => this.summary.hop(this.packets.layers, this.line)));
  }
  /** Text of somebody else, made safe. */
  plain(text: unknown): string {
    return typeof text === 'string' ? plainWidth(safeText(text)) : '';
  }
  forPlugin(): ColumnPacket {
    const { frame } = this.packets;
    return {
      number: this.number,
      protocol: this.protocol(),
      source: this.source(),
      destination: this.destination(),
      lengthBytes: this.lengthBytes,
      bytes: frame.bytes.subarray(frame.start, frame.end),
    };
  }
  source(): string {
    return this.text(() => this.summary.source(this.packets.layers, this.line));
  }
  destination(): string {
    return this.text(() => this.summary.destination(this.packets.layers, this.line));
  }
  /** The name of pod, service or node where the topology knows one; else the address. */
  sourceName(): string {
    return this.naming(this.source());
  }
  destinationName(): string {
    return this.naming(this.destination());
  }
  /** The tunnels around the innermost packet, each with its addresses. */
  tunnel(): string {
    return this.text(() => this.summary.carriers(this.packets.layers, this.line));
  }
  protocol(): string {
    this.info();
    return this.summary.spokenName;
  }
  info(): string {
    if (this.message === null) {
      const { line, summary } = this;
      line.clear();
      summary.message(this.packets.layers, line);
      this.message = plainWidth(this.packets.words.spelt(utf8(line.bytes.subarray(summary.textAt, line.at))));
    }
    return this.message;
  }

  private text(write: () => void): string {
    this.line.clear();
    write();
    return plainWidth(this.packets.words.spelt(this.line.toString().trim()));
  }
}
