// How often each value of a field was seen; the memory is bounded, however many values there are.
import type { Layers } from '../../dissect/walk.js';
import { DEFAULT_FIELDS_OPTIONS, type FieldsOptions, type FieldsPrinter } from '../../dump/fields-output.js';

/** Packets that are looked at, from the first one on. */
export const MAX_COUNTED = 200_000;
/** Values that are counted: the frequent ones are seen early. */
const MAX_VALUES = 20_000;
/** Longer ones are not offered. */
const MAX_LENGTH = 120;
/** Values that are offered. */
const MOST = 200;

/** Between values of a packet: a sign that prints, which texts of packets do not have. */
const BETWEEN = '\u241f';
export const ONE_BY_ONE: FieldsOptions = { ...DEFAULT_FIELDS_OPTIONS, aggregator: BETWEEN };

export class ValueCounts {
  private readonly counts = new Map<string, number>();

  /** `printer`: of the one field, with ONE_BY_ONE. */
  constructor(private readonly printer: FieldsPrinter) {}

  /** A packet counts once for each value that it has. */
  add(layers: Layers): void {
    const line = this.printer.line(layers).slice(0, -1);
    if (line === '') return;
    const { counts } = this;
    const values = line.includes(BETWEEN) ? new Set(line.split(BETWEEN)) : [line];
    for (const value of values) {
      const count = counts.get(value);
      if (count !== undefined) counts.set(value, count + 1);
      // What was escaped is not what the packet has.
      else if (counts.size < MAX_VALUES && value.length <= MAX_LENGTH && !/[\\"]/.test(value)) counts.set(value, 1);
    }
  }

  /** The most frequent ones; of as frequent ones the first seen. */
  most(): (readonly [string, number])[] {
    return [...this.counts].sort((a, b) => b[1] - a[1]).slice(0, MOST);
  }
}
