// `dump -T fields`: columns of values, as `tshark -T fields` prints them.
import { nearestNames } from '../bytes/nearest.js';
import type { Frame } from '../capture/frame.js';
import { fieldCount } from '../dissect/fields.js';
import { definitionsOf, fieldNames } from '../dissect/lookup.js';
import { declaredFields, type Registry, ROLE } from '../dissect/registry.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, FieldCollector, shownLayers } from '../dissect/tree.js';
import type { Layers } from '../dissect/walk.js';
import { UsageError } from '../errors.js';
import { FRAME_FIELDS, type FrameContext, type FrameField } from './frame-fields.js';

export interface FieldsOptions {
  readonly header: boolean;
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
  separator: '\t',
  occurrence: 'a',
  aggregator: ',',
  quote: '',
  escape: true,
};

const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  header: ['y', 'n'],
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
      throw new UsageError(`-E ${setting}: use header=y|n, separator=, aggregator=, occurrence=f|l|a, quote=d|s|n or escape=y|n`);
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

/** Which layers a column looks at: all, those of the outermost tunnel's outside, or those inside the innermost tunnel. */
type Scope = 'all' | 'outer' | 'inner';

interface Column {
  readonly frame: FrameField | null;
  readonly scope: Scope;
  /** `ip.src#2` is the second occurrence; 0: as the options say. */
  readonly nth: number;
  /** Number of the collector's column; -1 for a frame field. */
  readonly slot: number;
}

export class FieldsPrinter {
  private readonly columns: Column[];
  private readonly collector: FieldCollector;
  /** By protocol number: does it declare a wanted field? */
  private readonly relevant: Uint8Array;
  private readonly scoped: boolean;

  /** Throws UsageError for a name that nobody declares. */
  constructor(
    readonly registry: Registry,
    readonly names: readonly string[],
    readonly options: FieldsOptions = DEFAULT_FIELDS_OPTIONS,
  ) {
    const wanted: ReturnType<typeof definitionsOf>[] = [];
    this.columns = names.map((text) => {
      const match = /^(?:(outer|inner)\.)?([^#]+)(?:#([1-9]\d{0,3}))?$/.exec(text);
      const name = match?.[2] ?? text;
      const frame = Object.hasOwn(FRAME_FIELDS, name) ? FRAME_FIELDS[name]! : null;
      const scope = (match?.[1] ?? 'all') as Scope;
      const nth = Number(match?.[3] ?? 0);
      if (frame !== null && match?.[1] === undefined) return { frame, scope, nth, slot: -1 };
      const defs = match === null ? [] : definitionsOf(registry, name);
      if (defs.length === 0) throw unknownField(name, registry);
      return { frame: null, scope, nth, slot: wanted.push(defs) - 1 };
    });
    this.collector = new FieldCollector(wanted, fieldCount());
    this.scoped = this.columns.some((c) => c.scope !== 'all');
    const ids = new Set(wanted.flat().map((def) => def.id));
    this.relevant = Uint8Array.from(registry.protocols, (d) => (declaredFields(d).some((def) => ids.has(def.id)) ? 1 : 0));
  }

  header(): string {
    const { quote, separator } = this.options;
    return `${this.names.map((name) => quote + name + quote).join(separator)}\n`;
  }

  /** The line of a walked frame, with its newline. */
  line(frame: Frame, layers: Layers, context: FrameContext): string {
    const { collector, relevant, columns, options } = this;
    const { values, ats, lengths, defs } = collector;
    collector.reset();
    const shown = shownLayers(layers);
    const tunnels = this.scoped ? tunnelSpan(layers) : null;
    const first: number[] = [];
    const last: number[] = [];
    for (let i = 0; i < shown; i++) {
      // Columns of the outer or inner packet cut the list of occurrences where the tunnel begins and ends.
      if (tunnels !== null && i === tunnels.outerEnd)
        values.forEach((list, k) => {
          first[k] = list.length;
        });
      if (tunnels !== null && i === tunnels.innerStart)
        values.forEach((list, k) => {
          last[k] = list.length;
        });
      if (relevant[layers.proto[i]!] === 1) emitLayer(layers, i, collector);
    }
    let line = '';
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!;
      if (c > 0) line += options.separator;
      let text = '';
      if (column.frame !== null) text = column.frame(frame, layers, context) ?? '';
      else {
        const k = column.slot;
        const list = values[k]!;
        let from = column.scope === 'inner' ? (last[k] ?? list.length) : 0;
        let to = column.scope === 'outer' ? (first[k] ?? list.length) : list.length;
        if (column.nth > 0) {
          from += column.nth - 1;
          to = Math.min(to, from + 1);
        } else if (options.occurrence === 'f') to = Math.min(to, from + 1);
        else if (options.occurrence === 'l') from = Math.max(from, to - 1);
        for (let n = from; n < to; n++) {
          const value = spell(defs[k]![n]!, layers.bytes, ats[k]![n]!, lengths[k]![n]!, list[n]!);
          text += n > from ? options.aggregator + value : value;
        }
      }
      if (text === '') continue;
      if (options.escape) text = escapeControls(text);
      line += options.quote + text + options.quote;
    }
    return `${line}\n`;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};
const escapeControls = (text: string): string =>
  /[\u0007-\r]/.test(text) ? text.replace(/[\u0007-\r]/g, (c) => ESCAPES[c]!) : text;

/** First layer behind the outermost tunnel's outer packet, and first layer inside the innermost tunnel; null without a tunnel. */
function tunnelSpan(layers: Layers): { outerEnd: number; innerStart: number } | null {
  const { roles } = layers.registry;
  let outerEnd = -1;
  let innerStart = -1;
  for (let i = 0; i < layers.count && i < layers.quotedFrom; i++) {
    const role = roles[layers.proto[i]!]!;
    // IP in IP has no header of its own between the two.
    const bare = role === ROLE.network && i > 0 && roles[layers.proto[i - 1]!] === ROLE.network;
    if (role !== ROLE.tunnel && !bare) continue;
    innerStart = bare ? i : i + 1;
    if (outerEnd < 0) outerEnd = innerStart;
  }
  return outerEnd < 0 ? null : { outerEnd, innerStart };
}

function unknownField(name: string, registry: Registry): UsageError {
  const names = [...fieldNames(registry), ...Object.keys(FRAME_FIELDS)];
  const close = nearestNames(name, names);
  return new UsageError(
    close.length > 0
      ? `there is no field "${name}"; did you mean ${close.join(', ')}?`
      : `there is no field "${name}"; hopscope fields lists them`,
  );
}
