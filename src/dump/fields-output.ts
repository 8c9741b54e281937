// `dump -T fields`: columns of values, as `tshark -T fields` prints them.
import { nearestNames } from '../bytes/nearest.js';
import { escapeControls, safeText } from '../bytes/text.js';
import { type ExtraField, innerStart, type Level, outerEnd, splitLevel } from '../dissect/extra.js';
import { type FieldDef, fieldCount } from '../dissect/fields.js';
import { definitionsOf, fieldNames, renamed } from '../dissect/lookup.js';
import { declaredFields, type Registry } from '../dissect/registry.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, FieldCollector, shownLayers } from '../dissect/tree.js';
import type { Layers } from '../dissect/walk.js';
import { UsageError } from '../errors.js';

export interface FieldsOptions {
  readonly header: boolean;
  /** Begins with the mark of UTF-8 that Windows programs look for. */
  readonly bom: boolean;
  /** Between columns. */
  readonly separator: string;
  /** Which occurrences: the first, the last, all. */
  readonly occurrence: 'f' | 'l' | 'a';
  /** Between occurrences. */
  readonly aggregator: string;
  /** '' for none. */
  readonly quote: string;
  readonly escape: boolean;
}

export const DEFAULT_FIELDS_OPTIONS: FieldsOptions = {
  header: false,
  bom: false,
  separator: '\t',
  occurrence: 'a',
  aggregator: ',',
  quote: '',
  escape: true,
};

const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  header: ['y', 'n'],
  bom: ['y', 'n'],
  occurrence: ['f', 'l', 'a'],
  quote: ['d', 's', 'n'],
  escape: ['y', 'n'],
};

/** Options as tshark's `-E name=value` gives them. Throws UsageError. */
export function parseFieldsOptions(settings: readonly string[]): FieldsOptions {
  let options = DEFAULT_FIELDS_OPTIONS;
  for (const setting of settings) {
    const eq = setting.indexOf('=');
    const name = setting.slice(0, eq);
    const value = setting.slice(eq + 1);
    const allowed = ONE_OF[name];
    if (eq < 0 || (allowed === undefined && name !== 'separator' && name !== 'aggregator'))
      throw new UsageError(
        `-E ${setting}: use header=y|n, bom=y|n, separator=, aggregator=, occurrence=f|l|a, quote=d|s|n or escape=y|n`,
      );
    if (allowed !== undefined && !allowed.includes(value))
      throw new UsageError(`-E ${setting}: ${name} is one of ${allowed.join(', ')}`);
    if (allowed === undefined && value === '') throw new UsageError(`-E ${setting}: give a character, or /t, /s`);
    if (name === 'quote') options = { ...options, quote: value === 'd' ? '"' : value === 's' ? "'" : '' };
    else if (name === 'occurrence') options = { ...options, occurrence: value as FieldsOptions['occurrence'] };
    else if (allowed !== undefined) options = { ...options, [name]: value === 'y' };
    else options = { ...options, [name]: value === '/t' ? '\t' : value === '/s' ? ' ' : value };
  }
  return options;
}

interface Column {
  /** A field that no header holds. */
  readonly extra: ExtraField | null;
  /** Only this level of a tunnelled packet; null: all of it. */
  readonly level: Level | null;
  /** `ip.src#2` is the second occurrence; 0: as the options say. */
  readonly nth: number;
  /** Number of the collector's column; -1 for an extra field. */
  readonly slot: number;
}

export class FieldsPrinter {
  private readonly columns: Column[];
  private readonly collector: FieldCollector;
  /** By protocol number: does it declare a wanted field? */
  private readonly relevant: Uint8Array;
  private readonly leveled: boolean;
  /** By slot: occurrences before the inner level begins, and before the outer level ends. */
  private readonly innerFrom: number[] = [];
  private readonly outerTo: number[] = [];

  /** `extras`: fields that no header holds, such as frame.number. Throws UsageError for a name that nobody declares. */
  constructor(
    readonly registry: Registry,
    readonly names: readonly string[],
    extras: readonly ExtraField[],
    readonly options: FieldsOptions = DEFAULT_FIELDS_OPTIONS,
  ) {
    const known = new Map(extras.map((extra) => [extra.def.name, extra]));
    const wanted: FieldDef[][] = [];
    this.columns = names.map((text) => {
      const split = splitLevel(text);
      const [, name, nth] = /^([^#]+)(?:#([1-9]\d{0,3}))?$/.exec(split?.field ?? text) ?? ['', text, ''];
      const column = { level: split?.level ?? null, nth: Number(nth ?? 0) };
      const extra = known.get(name);
      if (extra !== undefined && split === null) return { ...column, extra, slot: -1 };
      const defs = definitionsOf(registry, name);
      if (defs.length === 0) throw unknownField(name, registry, known.keys());
      return { ...column, extra: null, slot: wanted.push(defs) - 1 };
    });
    this.collector = new FieldCollector(wanted, fieldCount());
    this.leveled = this.columns.some((c) => c.level !== null);
    const ids = new Set(wanted.flat().map((def) => def.id));
    this.relevant = Uint8Array.from(registry.protocols, (d) => (declaredFields(d).some((def) => ids.has(def.id)) ? 1 : 0));
  }

  /** The line of a walked frame, with its newline. */
  line(layers: Layers): string {
    const { options, columns } = this;
    this.collect(layers);
    let line = '';
    for (let c = 0; c < columns.length; c++) {
      const text = this.text(columns[c], layers);
      if (c > 0) line += options.separator;
      if (text !== '') line += options.quote + doubled(safe(text, options.escape), options.quote) + options.quote;
    }
    return `${line}\n`;
  }

  private collect(layers: Layers): void {
    const { collector, relevant } = this;
    collector.reset();
    const shown = shownLayers(layers);
    const inner = this.leveled ? innerStart(layers) : -1;
    const outer = this.leveled ? outerEnd(layers) : -1;
    for (let i = 0; i <= shown; i++) {
      if (i === inner) this.mark(this.innerFrom);
      if (i === Math.min(outer, shown)) this.mark(this.outerTo);
      if (i < shown && relevant[layers.proto[i]] === 1) emitLayer(layers, i, collector);
    }
  }

  private mark(counts: number[]): void {
    this.collector.values.forEach((list, slot) => {
      counts[slot] = list.length;
    });
  }

  /** The values of each column for a walked frame, safe to print. */
  values(layers: Layers): string[][] {
    this.collect(layers);
    return this.columns.map((column) => this.column(column, layers).map((text) => safe(text, this.options.escape)));
  }

  private text(column: Column, layers: Layers): string {
    return this.column(column, layers).join(this.options.aggregator);
  }

  private column({ extra, level, nth, slot }: Column, layers: Layers): string[] {
    const { occurrence } = this.options;
    const { bytes } = layers;
    if (extra !== null) {
      const value = extra.read(layers);
      return value === null ? [] : [spell(extra.def, bytes, 0, 0, value)];
    }
    const { values, ats, lengths, defs } = this.collector;
    const list = values[slot];
    let from = level === 'inner' ? this.innerFrom[slot] : 0;
    let to = level === 'outer' ? this.outerTo[slot] : list.length;
    if (nth > 0) {
      from += nth - 1;
      to = Math.min(to, from + 1);
    } else if (occurrence === 'f') to = Math.min(to, from + 1);
    else if (occurrence === 'l') from = Math.max(from, to - 1);
    const texts: string[] = [];
    for (let n = from; n < to; n++) texts.push(spell(defs[slot][n], bytes, ats[slot][n], lengths[slot][n], list[n]));
    return texts;
  }
}

/** What stands before all values: the mark, and the line of the names, which are never in quotes, as in tshark. */
export const fieldsHeader = ({ names, options: { separator, bom, header } }: FieldsPrinter): string =>
  (bom ? '\ufeff' : '') + (header ? `${names.join(separator)}\n` : '');

/** tshark's escapes; what else could steer a terminal is escaped whatever the options say. */
const safe = (text: string, spelledOut: boolean): string => safeText(spelledOut ? escapeControls(text) : text);

function unknownField(name: string, registry: Registry, extras: Iterable<string>): UsageError {
  const now = renamed(name);
  if (now !== null) return new UsageError(`there is no field "${name}"; ${now}`);
  const close = nearestNames(name, [...fieldNames(registry), ...extras]);
  return new UsageError(
    close.length > 0
      ? `there is no field "${name}"; did you mean ${close.join(', ')}?`
      : `there is no field "${name}"; hopscope fields lists them`,
  );
}

/** A quote in quotes is written twice, as CSV has it (RFC 4180 section 2): a value is one value. */
const doubled = (text: string, quote: string): string => (quote === '' ? text : text.replaceAll(quote, quote + quote));
