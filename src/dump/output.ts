// The form of a dump: which printer the options ask for, and the capture file that the packets may go into.
import { joined } from '../bytes/encoding.js';
import { nearestNames } from '../bytes/nearest.js';
import { hexdump } from '../bytes/show.js';
import { Words } from '../bytes/words.js';
import type { CaptureInfo } from '../capture/frame.js';
import { type CaptureFile, CaptureWriter, createCapture } from '../capture/write.js';
import { type ExtraField, type Need, splitLevel } from '../dissect/extra.js';
import { asksPast } from '../dissect/past.js';
import type { Registry } from '../dissect/registry.js';
import { UsageError } from '../errors.js';
import { treeFields } from '../filter/dictionary.js';
import type { Sight } from '../flows/sight.js';
import { columnFields, isColumn } from './columns.js';
import type { PrintFrame } from './dump.js';
import { FieldsPrinter, parseFieldsOptions } from './fields-output.js';
import type { FrameContext } from './frame-context.js';
import { SummaryPrinter } from './summary.js';
import { type SpanForm, TcpdumpTimes, TimeColumn, type TimeForm } from './times.js';

export interface OutputChoice {
  readonly type?: 'text' | 'tabs' | 'fields' | 'json' | 'jsonl';
  readonly style?: 'summary' | 'tcpdump';
  /** The tree of each packet. */
  readonly details?: boolean;
  /** The bytes of each packet. */
  readonly bytes?: boolean;
  /** Columns of `fields`, and their settings as tshark's -E has them. */
  readonly field?: readonly string[];
  readonly setting?: readonly string[];
  /** A capture file to write. */
  readonly write?: string;
  readonly fileFormat?: 'pcap' | 'pcapng';
  /** Print although a capture file is written. */
  readonly print?: boolean;
  /** Protocols whose fields are in the tree, with commas between; of the others the headings. */
  readonly only?: string;
  /** The line after each packet of a tree. */
  readonly separator?: string;
  /** Form of the times in lines and columns; undefined: seconds since the first frame, tcpdump's clock in its style. */
  readonly time?: TimeForm;
  /** How spans of time are written. */
  readonly seconds?: SpanForm;
}

/** Does what is printed, or asked for, depend on the frames before each frame? */
export function wantsPast(choice: OutputChoice, needs: ReadonlySet<Need>, registry: Registry): boolean {
  const names = (choice.field ?? []).map((text) => {
    const name = text.replace(/#\d+$/, '');
    return splitLevel(name)?.field ?? name;
  });
  return needs.has('past') || choice.details === true || choice.type?.startsWith('json') === true || asksPast(registry, names);
}

export interface OutputTools {
  readonly registry: Registry;
  /** The dictionary: fields that no header holds. */
  readonly fields: readonly ExtraField[];
  readonly sight: Sight;
  readonly context: FrameContext;
}

export interface Output {
  /** What stands before the first and after the last packet. */
  readonly begin: string;
  readonly print: PrintFrame;
  /** Finishes the capture file too. */
  end(): string | Uint8Array;
  /** Something failed: leaves no half capture file. */
  abort(): void;
}

const EMPTY = '';

/** Throws UsageError for options that do not go together. */
export async function openOutput(choice: OutputChoice, tools: OutputTools): Promise<Output> {
  const type = choice.type ?? 'text';
  if (type !== 'fields' && ((choice.field?.length ?? 0) > 0 || (choice.setting?.length ?? 0) > 0))
    throw new UsageError('-e and -E choose columns of -T fields; add -T fields');
  if (choice.only !== undefined && !choice.details) return openOutput({ ...choice, details: true }, tools);
  if (type !== 'text' && type !== 'tabs' && (choice.details || choice.bytes || choice.style !== undefined))
    throw new UsageError(`-V, -x and --style are for text; leave them out, or leave out -T ${type}`);
  const printer = await printerOf(type, choice, tools);
  if (choice.write === undefined) return { ...printer, end: () => printer.end, abort: () => {} };
  const { info } = tools.context;
  if (choice.write === '-' || choice.write === '/dev/stdout') return toStandardOutput(choice, info);
  const file = captureFile(choice.write, choice.fileFormat);
  const shown = choice.print === true;
  return {
    begin: shown ? printer.begin : EMPTY,
    print: (layers, line) => {
      if (layers.frame !== null) file.write(layers.frame, info);
      if (shown) printer.print(layers, line);
    },
    end() {
      file.finish(info.interfaces[0]?.linkType);
      return shown ? printer.end : EMPTY;
    },
    abort: () => file.abort(),
  };
}

/** The capture goes where the lines would go. */
function toStandardOutput(choice: OutputChoice, info: CaptureInfo): Output {
  if (choice.print) throw new UsageError('-w - and -P both write to standard output; give -w a file');
  let chunks: Uint8Array[] = [];
  const format = choice.fileFormat ?? 'pcapng';
  const writer = new CaptureWriter((bytes) => chunks.push(bytes.slice()), '-', { format, application: 'hopscope' });
  return {
    begin: EMPTY,
    print(layers, line) {
      if (layers.frame !== null) writer.write(layers.frame, info);
      writer.flush();
      for (const chunk of chunks) line.raw(chunk);
      chunks = [];
    },
    end() {
      writer.finish(info.interfaces[0]?.linkType);
      return joined(chunks);
    },
    abort: () => {},
  };
}

function captureFile(path: string, format: 'pcap' | 'pcapng' | undefined): CaptureFile {
  const byName = /\.(pcap|cap|dmp)$/i.test(path) ? 'pcap' : 'pcapng';
  return createCapture(path, { format: format ?? byName, application: 'hopscope' });
}

type Printer = { readonly begin: string; readonly print: PrintFrame; readonly end: string };

async function printerOf(type: string, choice: OutputChoice, tools: OutputTools): Promise<Printer> {
  const { registry, fields, context } = tools;
  const extras = treeFields(fields);
  if (type === 'fields') {
    if (choice.field === undefined) throw new UsageError('-T fields needs at least one -e FIELD');
    const columns = choice.field.some(isColumn) ? columnFields(summaryOf(choice, tools), context) : [];
    const printer = new FieldsPrinter(registry, choice.field, [...fields, ...columns], parseFieldsOptions(choice.setting ?? []));
    const begin = printer.options.header ? printer.header() : EMPTY;
    return { begin, print: (layers, line) => line.text(printer.line(layers)), end: EMPTY };
  }
  if (type === 'json' || type === 'jsonl') {
    const { JsonPrinter } = await import('./json.js');
    const printer = new JsonPrinter(extras, type === 'json');
    return { begin: printer.begin, print: (layers, line) => printer.print(layers, line), end: printer.end };
  }
  const print = withWords(await textPrinter(choice, tools, extras), tools.context.info);
  return { begin: EMPTY, print: withBytes(print, choice), end: EMPTY };
}

function summaryOf({ time, seconds, type }: OutputChoice, { registry, sight, context }: OutputTools): SummaryPrinter {
  const isAsked = time !== undefined || seconds !== undefined || type === 'tabs';
  return new SummaryPrinter(registry, sight, context, isAsked ? new TimeColumn(time ?? 'r', seconds ?? 's', context) : null);
}

/** Throws UsageError for one that is not known. */
function protocolsOf(text: string, registry: Registry): ReadonlySet<string> {
  const known = new Set(['frame', ...registry.protocols.map((d) => d.as ?? d.name)]);
  const names = text.split(/[ ,]+/).filter((name) => name !== '');
  for (const name of names)
    if (!known.has(name)) {
      const near = nearestNames(name, [...known]);
      throw new UsageError(
        `-O ${name}: there is no such protocol; ${near.length > 0 ? `did you mean ${near.join(', ')}?` : 'hopscope protocols lists them'}`,
      );
    }
  return new Set(names);
}

async function textPrinter(choice: OutputChoice, tools: OutputTools, extras: readonly ExtraField[]): Promise<PrintFrame> {
  const { sight, context } = tools;
  if (choice.details) {
    const { printTree } = await import('./tree-text.js');
    const only = choice.only === undefined ? null : protocolsOf(choice.only, tools.registry);
    const separator = choice.separator ?? '';
    const tree: PrintFrame = (layers, line) => printTree(layers, line, extras, { only, separator });
    if (!choice.print || choice.write !== undefined) return tree;
    const summary = summaryOf(choice, tools);
    return (layers, line) => {
      summary.print(layers, line);
      tree(layers, line);
    };
  }
  if (choice.style === 'tcpdump') {
    const { TcpdumpPrinter } = await import('./tcpdump.js');
    const printer = new TcpdumpPrinter(sight, new TcpdumpTimes(choice.time ?? 'a', context));
    return (layers, line) => printer.print(layers, line);
  }
  const printer = summaryOf(choice, tools);
  if (choice.type === 'tabs') return (layers, line) => printer.tabs(layers, line);
  return (layers, line) => printer.print(layers, line);
}

/** Of a printed text, with its words instead of the addresses that stand for them. */
function withWords(print: PrintFrame, info: CaptureInfo): PrintFrame {
  const words = new Words();
  return (layers, line) => {
    const from = line.at;
    print(layers, line);
    if (!info.withUnknown || info.names.size === 0) return;
    words.take(info.names);
    const shown = line.since(from);
    const spelt = words.inColumns(shown);
    if (spelt === shown) return;
    line.at = from;
    line.text(spelt);
  };
}

function withBytes(print: PrintFrame, choice: OutputChoice): PrintFrame {
  if (!choice.bytes) return print;
  return (layers, line) => {
    print(layers, line);
    const frame = layers.frame;
    if (frame === null) return;
    if (!choice.details) line.newline();
    for (const row of hexdump(frame.bytes, frame.start, frame.end)) {
      line.text(row);
      line.newline();
    }
    line.newline();
  };
}
