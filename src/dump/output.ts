// The form of a dump: which printer the options ask for, and the capture file that the packets may go into.
import { joined } from '../bytes/encoding.js';
import { writeHexdump } from '../bytes/hexdump.js';
import type { Line } from '../bytes/line.js';
import { nearestNames } from '../bytes/nearest.js';
import { Words } from '../bytes/words.js';
import type { CaptureInfo } from '../capture/frame.js';
import { type CaptureFile, CaptureWriter, createCapture } from '../capture/write.js';
import { type ExtraField, type Need, splitLevel } from '../dissect/extra.js';
import { asksPast } from '../dissect/past.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { UsageError } from '../errors.js';
import { treeFields } from '../filter/dictionary.js';
import type { Sight } from '../flows/sight.js';
import { columnFields, displayedField, isColumn } from './columns.js';
import type { PrintFrame } from './dump.js';
import { FieldsPrinter, fieldsHeader, parseFieldsOptions } from './fields-output.js';
import type { FrameContext } from './frame-context.js';
import type { ShapeChoice } from './shapes/json.js';
import { SummaryPrinter } from './summary.js';
import { type SpanForm, TcpdumpTimes, TimeColumn, type TimeForm, tcpdumpTime } from './times.js';

/** The forms of `-T`; tshark has all but the last two. */
export const OUTPUT_TYPES = [
  'text',
  'tabs',
  'fields',
  'json',
  'jsonraw',
  'ek',
  'pdml',
  'psml',
  'jsonl',
  'hopscope-json',
] as const;
export type OutputType = (typeof OUTPUT_TYPES)[number];

export interface OutputChoice {
  readonly type?: OutputType;
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
  /** Of json, ek and pdml: the layers and fields whose content is shown, and the layers that are shown with all that is in them. */
  readonly protocols?: string;
  readonly topProtocols?: string;
  /** In json, what a layer has several times is an array: false, as the option begins with no. */
  readonly duplicateKeys?: boolean;
  /** The line after each packet of a tree. */
  readonly separator?: string;
  /** Form of the times in lines and columns; undefined: seconds since the first frame, tcpdump's clock in its style. */
  readonly time?: TimeForm;
  /** What the frames before say of a packet stands in its line, as it does in tshark's; that takes as much time as all the rest. */
  readonly remarks?: boolean;
  /** In tcpdump's style, the letters of its options that change what is printed. */
  readonly tcpdumpLetters?: string;
  /** How spans of time are written. */
  readonly seconds?: SpanForm;
}

/** Those that print all fields of a packet. */
const SHAPES: ReadonlySet<OutputType> = new Set(['json', 'jsonraw', 'ek', 'pdml', 'jsonl', 'hopscope-json']);
/** Those of them that tshark has, which print columns where some are named. */
const TSHARK_SHAPES: ReadonlySet<OutputType> = new Set(['json', 'jsonraw', 'ek', 'pdml']);

/**
 * Does what is printed, or asked for, depend on the frames before each frame? `remarks`: only as far as they are remarked on in a line for
 * each packet.
 */
export function wantsPast(choice: OutputChoice, needs: ReadonlySet<Need>, registry: Registry): 'all' | 'remarks' | null {
  const names = (choice.field ?? []).map((text) => {
    const name = text.replace(/#\d+$/, '');
    return splitLevel(name)?.field ?? name;
  });
  const hasAll = choice.type !== undefined && SHAPES.has(choice.type) && (choice.field?.length ?? 0) === 0;
  if (needs.has('past') || choice.details === true || hasAll || asksPast(registry, names)) return 'all';
  const isOfTshark = choice.type === 'tabs' || choice.type === 'psml' || names.some((name) => /^_ws\.col\.info$/i.test(name));
  return choice.remarks === true || isOfTshark ? 'remarks' : null;
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
  if (type !== 'fields' && !TSHARK_SHAPES.has(type) && ((choice.field?.length ?? 0) > 0 || (choice.setting?.length ?? 0) > 0))
    throw new UsageError(
      '-e and -E choose columns of -T fields, json, ek or pdml; add -T fields, or --style tcpdump for the headers of links',
    );
  if (choice.only !== undefined && !choice.details) return openOutput({ ...choice, details: true }, tools);
  // All fields are in the shapes in any case.
  const isTree = choice.details === true && !SHAPES.has(type);
  const hasBytes = choice.bytes === true && type !== 'json' && type !== 'jsonraw' && type !== 'ek';
  if (type !== 'text' && type !== 'tabs' && (isTree || hasBytes || choice.style !== undefined))
    throw new UsageError(`-V, -x and --style are for text, -x also for -T json and ek; leave them out, or leave out -T ${type}`);
  const printer = await printerOf(type, choice, tools);
  if (choice.write === undefined) return { begin: printer.begin, print: printer.print, end: () => printer.end, abort: () => {} };
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

interface Shape {
  readonly begin: string;
  readonly end: string;
  print(layers: Layers, line: Line): void;
}

type Printer = { readonly begin: string; readonly print: PrintFrame; readonly end: string };

async function printerOf(type: OutputType, choice: OutputChoice, tools: OutputTools): Promise<Printer> {
  const { registry, fields, context } = tools;
  const extras = treeFields(fields);
  if (type === 'fields') {
    if (choice.field === undefined) throw new UsageError('-T fields needs at least one -e FIELD');
    const columns = choice.field.some(isColumn) ? columnFields(summaryOf(choice, tools), context) : [];
    const printer = new FieldsPrinter(registry, choice.field, [...fields, ...columns], parseFieldsOptions(choice.setting ?? []));
    const begin = fieldsHeader(printer);
    return { begin, print: (layers, line) => line.text(printer.line(layers)), end: EMPTY };
  }
  if (SHAPES.has(type) || type === 'psml') {
    const shape = await shapeOf(type, choice, tools);
    return {
      begin: shape.begin,
      print: (layers, line) => shape.print(layers, line),
      get end() {
        return shape.end;
      },
    };
  }
  const print = withWords(await textPrinter(choice, tools, extras), tools.context.info);
  return { begin: EMPTY, print: withBytes(print, choice), end: EMPTY };
}

/** Throws UsageError for a column that is not known. */
async function shapeOf(type: OutputType, choice: OutputChoice, tools: OutputTools): Promise<Shape> {
  const { registry, fields, context } = tools;
  const own = treeFields(fields);
  if (type === 'jsonl' || type === 'hopscope-json') {
    const { OwnJson } = await import('./shapes/own-json.js');
    return new OwnJson(own, type === 'hopscope-json');
  }
  const extras = [...own, displayedField(context)];
  const list = () => columnFields(summaryOf(choice, tools), context);
  if (type === 'psml') {
    const { PsmlShape } = await import('./shapes/xml.js');
    return new PsmlShape(summaryOf(choice, tools));
  }
  const { field: names = [] } = choice;
  const columns =
    names.length === 0
      ? null
      : new FieldsPrinter(
          registry,
          names,
          [...fields, ...(names.some(isColumn) ? list() : [])],
          parseFieldsOptions(choice.setting ?? []),
        );
  const shape: ShapeChoice = {
    raw: type === 'jsonraw' ? 'only' : choice.bytes ? 'beside' : 'none',
    ...chosenOf(choice),
    unique: choice.duplicateKeys === false,
  };
  if (type === 'pdml') {
    const { PdmlShape } = await import('./shapes/xml.js');
    return new PdmlShape(extras, shape, columns, context.info.path);
  }
  const { JsonShape, ElasticShape } = await import('./shapes/json.js');
  return new (type === 'ek' ? ElasticShape : JsonShape)(extras, shape, columns);
}

/** What -j and -J leave in; blanks stand between the names, as tshark has them, or commas. */
function chosenOf({ protocols, topProtocols }: OutputChoice): Pick<ShapeChoice, 'only' | 'within'> {
  const names = topProtocols ?? protocols;
  return {
    only: names === undefined ? null : new Set(names.split(/[ ,]+/)),
    within: topProtocols !== undefined,
  };
}

function summaryOf({ time, seconds, type }: OutputChoice, { registry, sight, context }: OutputTools): SummaryPrinter {
  const isAsked = time !== undefined || seconds !== undefined || type === 'tabs' || type === 'psml';
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
    const { TreeText } = await import('./tree-text.js');
    const only = choice.only === undefined ? null : protocolsOf(choice.only, tools.registry);
    const separator = choice.separator ?? '';
    const text = new TreeText(extras, { only, separator });
    const tree: PrintFrame = (layers, line) => text.print(layers, line);
    if (!choice.print || choice.write !== undefined) return tree;
    const summary = summaryOf(choice, tools);
    return (layers, line) => {
      summary.print(layers, line);
      tree(layers, line);
    };
  }
  if (choice.style === 'tcpdump') {
    const { optionsOf, TcpdumpPrinter } = await import('./tcpdump.js');
    const letters = choice.tcpdumpLetters ?? '';
    const times = new TcpdumpTimes(choice.time ?? tcpdumpTime(letters), context);
    const printer = new TcpdumpPrinter(sight, times, optionsOf(letters));
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
    writeHexdump(line, frame.bytes, frame.start, frame.end);
    line.newline();
  };
}
