// What all tables say alike: where a frame was captured, at which interface, and when by the clock of its capture.
import { DIRECTION, type Frame } from '../capture/frame.js';
import type { Ports } from '../flows/ports.js';
import type { TextColumn, TimeColumn } from './columns.js';

export interface ExportedCapture {
  readonly point: string;
  /** Unique in the run. */
  readonly label: string;
  readonly file: string;
  /** Cooked headers have interface numbers that mean something without a name. */
  readonly numbered: boolean;
  /** Printed text that leaves fields out. */
  readonly withUnknown: boolean;
}

export const WAYS = ['forth', 'back'] as const;

/** By DIRECTION. */
export const DIRECTIONS: Readonly<Record<number, string | null>> = {
  [DIRECTION.unknown]: null,
  [DIRECTION.in]: 'in',
  [DIRECTION.out]: 'out',
  [DIRECTION.other]: 'passing',
};

interface PlaceColumns {
  readonly run: TextColumn;
  readonly point: TextColumn;
  readonly capture: TextColumn;
  readonly file: TextColumn;
}

/** The first frame with a time of each capture: what its clock said, and the clock of the run. */
interface Anchor {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly runNs: number;
}

export class Places {
  private readonly anchors: (Anchor | undefined)[] = [];

  constructor(
    readonly run: string,
    readonly captures: readonly ExportedCapture[],
  ) {}

  /** To be told of each frame before anything is asked about it. */
  see(frame: Frame, capture: number, runNs: number): void {
    if (this.anchors[capture] === undefined && frame.hasTime)
      this.anchors[capture] = { seconds: frame.seconds, nanoseconds: frame.nanoseconds, runNs };
  }

  set(columns: PlaceColumns, row: number, capture: number): void {
    const { point, label, file } = this.captures[capture];
    columns.run.set(row, this.run);
    columns.point.set(row, point);
    columns.capture.set(row, label);
    columns.file.set(row, file);
  }

  /** A time of the run by the clock of the capture; null where none of its frames has a time. */
  setTime(column: TimeColumn, row: number, capture: number, runNs: number): void {
    const anchor = this.anchors[capture];
    if (anchor === undefined) return;
    const ns = Math.round(anchor.nanoseconds + (runNs - anchor.runNs));
    const seconds = Math.floor(ns / 1e9);
    column.set(row, anchor.seconds + seconds, ns - seconds * 1e9);
  }

  /** The hour in which a time of the run falls by the clock of the capture, in UTC: `2026112914`, and when it began; null without times. */
  hour(capture: number, runNs: number): { readonly text: string; readonly fromNs: number } | null {
    const anchor = this.anchors[capture];
    if (anchor === undefined) return null;
    const since = anchor.nanoseconds + (runNs - anchor.runNs);
    const hour = Math.floor((anchor.seconds + since / 1e9) / 3600);
    const start = new Date(hour * 3600e3);
    if (Number.isNaN(start.getTime())) return null;
    const text = start.toISOString().replace(/:.*/, '').replace(/[-T]/g, '');
    return { text, fromNs: anchor.runNs - anchor.nanoseconds + (hour * 3600 - anchor.seconds) * 1e9 };
  }

  /** Name of the interface; null where the capture does not tell interfaces apart. */
  interfaceName(ports: Ports, port: number): string | null {
    const { name, nameFrom, known, capture } = ports.list[port];
    return known && (nameFrom !== 'none' || this.captures[capture].numbered) ? name : null;
  }
}
