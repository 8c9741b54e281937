// The cells of the packet list: the parts of a summary line, or any field as `dump -T fields` prints it.
import { Line } from '../../bytes/line.js';
import { plainWidth, safeText } from '../../bytes/text.js';
import type { ExtraField } from '../../dissect/extra.js';
import { DEFAULT_FIELDS_OPTIONS, FieldsPrinter } from '../../dump/fields-output.js';
import { SummaryPrinter } from '../../dump/summary.js';
import { UsageError } from '../../errors.js';
import type { Packets } from './packets.js';

export const BUILT_IN = [
  'no',
  'time',
  'delta',
  'hop',
  'point',
  'source',
  'destination',
  'tunnel',
  'proto',
  'length',
  'info',
] as const;
export type BuiltIn = (typeof BUILT_IN)[number];

/** A column without a value. */
export const NO_COLUMN = '';

/** Is it a built-in column, or a field that somebody declares? */
export function isColumn(packets: Packets, field: string, extras: readonly ExtraField[]): boolean {
  try {
    return isBuiltIn(field) || new FieldsPrinter(packets.registry, [field], extras) !== null;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

const isBuiltIn = (field: string): field is BuiltIn => (BUILT_IN as readonly string[]).includes(field);

/** Between the cells of fields; safe text never holds it. */
const SEPARATOR = '\0';

/** A value of `time` or `delta`: seconds. */
const seconds = (ns: number, nanoseconds: boolean): string => (ns / 1e9).toFixed(nanoseconds ? 9 : 6);

export class Columns {
  private readonly line = new Line(8192);
  private readonly summary: SummaryPrinter;
  private readonly printer: FieldsPrinter | null;
  private readonly wanted: readonly (BuiltIn | number)[];
  private readonly isRun: boolean;

  /** Throws UsageError for a field that nobody declares. */
  constructor(
    private readonly packets: Packets,
    fields: readonly string[],
    extras: readonly ExtraField[],
  ) {
    this.summary = new SummaryPrinter(packets.registry, packets, packets);
    const others = fields.filter((field) => !isBuiltIn(field) && field !== NO_COLUMN);
    this.printer =
      others.length === 0
        ? null
        : new FieldsPrinter(packets.registry, others, extras, { ...DEFAULT_FIELDS_OPTIONS, separator: SEPARATOR });
    this.wanted = fields.map((field) => (isBuiltIn(field) ? field : others.indexOf(field)));
    this.isRun = packets.lab.captures.length > 1;
  }

  /** Cells of the packet at hand. `before`: number of the packet that `delta` counts from; 0: none. */
  cells(before: number): string[] {
    const { packets, summary, line } = this;
    const { layers, frame, store, number } = packets;
    summary.look(layers);
    const fields = this.printer?.line(layers).slice(0, -1).split(SEPARATOR);
    // Protocol and info are written at once.
    let info: string | null = null;
    const message = (): string => {
      if (info === null) {
        line.clear();
        summary.message(layers, line);
        info = plainWidth(line.bytes.toString('utf8', summary.textAt, line.at));
      }
      return info;
    };
    const text = (write: () => void): string => {
      line.clear();
      write();
      return line.toString().trim();
    };
    return this.wanted.map((column) => {
      switch (column) {
        case 'no':
          return String(number);
        case 'time':
          if (!frame.hasTime) return '-';
          // Clocks of several captures are told apart by the index only.
          return this.isRun
            ? seconds(store.timeNs(number) - store.timeNs(1), packets.nanoseconds)
            : text(() => summary.time(layers, line));
        case 'delta':
          return before === 0 ? '' : seconds(store.timeNs(number) - store.timeNs(before), packets.nanoseconds);
        case 'hop':
          return plainWidth(text(() => summary.hop(layers, line)));
        case 'point':
          return plainWidth(packets.point);
        case 'source':
          return text(() => summary.source(layers, line));
        case 'destination':
          return text(() => summary.destination(layers, line));
        case 'tunnel':
          return text(() => summary.carriers(layers, line));
        case 'proto':
          message();
          return summary.spokenName;
        case 'length':
          return String(frame.wireLength);
        case 'info':
          return message();
        default:
          return plainWidth(safeText(fields?.[column] ?? ''));
      }
    });
  }
}
