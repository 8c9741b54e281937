// The types of plug-ins, as far as they are promised (PLUGIN_API). What the engine hands over is these and more.
import type { FieldDef, FieldValue } from '../dissect/fields.js';
import type { Layout } from '../dissect/layout.js';
import type { ColumnSpec, ReportFormatSpec, TextReader, TopologyReader } from '../plugin/rows.js';
import type { Confidence, Severity, Subject, Verdict } from '../rules/finding.js';
import type { Facts, Mark } from './facts.js';

/** A limit that the user may set: `--set rule.name=value`. */
export interface RuleOption {
  /** What it is when the user sets no other, in `unit`. */
  readonly value: number;
  readonly unit: 'ns' | 'count' | 'bytes';
  /** What it limits, for the rule's page. */
  readonly text: string;
}

/** A finding as a rule says it; times, names and the fingerprint are added. */
export interface Draft {
  readonly verdict: Verdict;
  readonly confidence?: Confidence;
  /** The rule's when not given. */
  readonly severity?: Severity;
  /** Tells this cause from others of the same rule; the same in another capture of the same fault. */
  readonly key: string;
  /** One line: what is wrong, with whom. */
  readonly title: string;
  /** What was seen, with numbers. */
  readonly message: string;
  /** Why, where that is more than the message says. */
  readonly cause?: string;
  /** The rule's when not given. */
  readonly hint?: string;
  readonly subject?: Partial<Subject>;
  /** Frames that show it, the first few. `field`: the display filter name of what to look at. */
  readonly evidence: readonly { readonly mark: Mark; readonly field?: string; readonly note?: string }[];
  /** Packets or questions. */
  readonly count: number;
  /** It rests on packets that were not seen: where the capture lost some, a fail becomes inconclusive. */
  readonly absence?: boolean;
  /** Uids of the conversations that it explains: rules after it fold what they find of them under it. */
  readonly about?: Iterable<number>;
  /** Number of the finding that this is a consequence of (what `say` gave). */
  readonly under?: number | null;
}

/** What a rule is: its name, its words, and the function that judges. */
export interface PluginRuleSpec<N extends string = string> {
  /** In kebab-case; names the fault. */
  readonly id: string;
  readonly title: string;
  readonly group: 'path' | 'neighbours' | 'tunnel' | 'size' | 'transport' | 'witness' | 'capture' | 'topology';
  readonly severity: Severity;
  /** Where the expected behaviour is defined. */
  readonly spec?: string;
  readonly hint: string;
  /** Markdown that `hopscope rules ID` prints. */
  readonly page?: string;
  readonly options?: Readonly<Record<N, RuleOption>>;
  /** Says what is wrong. `say` gives the number of the finding. Nothing said: nothing is wrong, as far as it can be known. */
  readonly judge: (facts: Facts, say: (draft: Draft) => number, options: Readonly<Record<N, number>>) => void;
}

/** Made by `rule`. */
export interface PluginRule extends Omit<PluginRuleSpec, 'judge'> {
  readonly page: string;
}

/** Headers of a packet while it is walked. */
export interface Layers {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Of each layer: first byte of the header, first byte after it, end of header and payload within the captured bytes. */
  readonly start: Int32Array;
  readonly body: Int32Array;
  readonly end: Int32Array;
  /** In a step: the next layer is this protocol, its header starts at `at`. */
  next(proto: ProtocolRef, at: number): void;
  /** The same by a key of a table; data where the table has no such key. */
  nextBy(table: TableRef, key: number, at: number): void;
  /** What follows, from `at`, is data that no protocol claims. */
  nextAtData(at: number): void;
  /** Nothing follows: no data either. */
  last(): void;
}

/** A protocol, as the walk knows it. `id` is given when the plug-in is loaded. */
export interface ProtocolRef {
  readonly name: string;
  id: number;
}
/** A table of protocols by port or number, such as `udp.port`. */
export interface TableRef {
  readonly name: string;
  id: number;
}

/** Where fields beyond the layout go. */
export interface Sink {
  /** False: nobody asks for this field, and its value need not be worked out. */
  wants(def: FieldDef): boolean;
  /** `value` null: the bytes are the value. */
  add(def: FieldDef, at: number, length: number, value: FieldValue): void;
  /** The same, and what is added until `close` stands below it. `text`: the whole line, in place of title and value. */
  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void;
  /** Ends what `open` began. */
  close(): void;
  /** Says what is odd about what was opened last; about the header, where nothing is open. */
  note(severity: 'chat' | 'note' | 'warn' | 'error', text: string): void;
}

/** The line of a packet in a list. */
export interface Line {
  /** Text of the plug-in's own, as it is. */
  text(text: string): void;
  /** Text of the packet: control characters are escaped. */
  safe(text: string): void;
  /** A whole number, in decimal digits. */
  dec(value: number): void;
}

/** Looks at the first bytes of a payload; must not read at or after `end`. */
export type Looks = (bytes: Uint8Array, at: number, end: number) => boolean;

/** Says what is next of a payload from `at` to `end`: calls one of `next`, `nextBy`, `nextAtData` and `last` of `layers`. */
export type Step = (layers: Layers, at: number, end: number) => void;

/** What a protocol is: its header, who hands packets to it, and what comes after the header. */
export interface PluginDissectorSpec {
  /** Unique; Wireshark's name, where it has one. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly spec: string;
  readonly role?: 'link' | 'network' | 'transport' | 'tunnel' | 'neighbour' | 'other';
  /** The header; its size is the least that must be there. */
  readonly layout?: Layout;
  readonly minLength?: number;
  /** Fields beyond the layout, put out by `details`. */
  readonly fields?: readonly FieldDef[];
  /** Header length: a field of the layout, times a factor, plus a constant; the layout's size when not given. */
  readonly length?: { readonly field: string; readonly times?: number; readonly plus?: number };
  /** Length of header and payload together, by a field of 16 bits. */
  readonly total?: { readonly field: string; readonly plus?: number };
  /** Table -> keys that lead here: `{ 'udp.port': [4789] }`. */
  readonly claims?: Readonly<Record<string, readonly number[]>>;
  readonly accepts?: Looks;
  /** Table of ports -> looks at a payload whose ports are nobody's. */
  readonly guesses?: Readonly<Record<string, Looks>>;
  /** Who is next; not given: the rest is data. */
  readonly payload?:
    | { readonly always: string }
    | { readonly table: string; readonly by: string }
    | { readonly ports: string; readonly src: string; readonly dst: string }
    | { readonly step: Step }
    | { readonly none: true };
  /** Puts out fields beyond the layout. `i`: which of `layers` it is. Called for packets that somebody looks at. */
  readonly details?: (out: Sink, layers: Layers, i: number) => void;
  /** Writes the packet's line in lists. */
  readonly info?: (line: Line, layers: Layers, i: number) => void;
  /** Its name in the packet list. */
  readonly short?: string;
  /** Text beside the title in the tree, such as ports. */
  readonly label?: (layers: Layers, i: number) => string;
}

/** Made by `dissector`. */
export interface PluginDissector extends PluginDissectorSpec {
  readonly ref: ProtocolRef;
  readonly self: FieldDef;
}

/** What a plug-in brings: each of these lists may be left out. */
export interface Plugin {
  /** In kebab-case; names what has gone wrong. */
  readonly name: string;
  /** The version that it was written for: 1. A hopscope of another one says so, and does not load it. */
  readonly api: 1;
  readonly rules?: readonly PluginRule[];
  readonly dissectors?: readonly PluginDissector[];
  readonly formats?: readonly ReportFormatSpec[];
  readonly texts?: readonly TextReader[];
  readonly topologies?: readonly TopologyReader[];
  readonly columns?: readonly ColumnSpec[];
}
