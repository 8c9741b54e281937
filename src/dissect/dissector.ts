// A protocol: its header, who hands packets to it, and who gets what is after the header.
import type { Line } from '../bytes/line.js';
import { type FieldDef, field } from './fields.js';
import type { Layout } from './layout.js';
import type { Remembers } from './past.js';
import type { Sink } from './sink.js';
import type { Layers } from './walk.js';

/** What a layer means to the rooms above, which know no protocol by name. */
export type Role = 'link' | 'network' | 'transport' | 'tunnel' | 'neighbour' | 'other';

/**
 * Finds the next layer where numbers cannot say it. Called with the header's start, the end of the captured bytes of this
 * layer. Calls one of `layers.next(…)`, `layers.nextBy(…)`, or nothing: then the rest is nobody's (`data`).
 * At least `layout.size` bytes are there.
 */
export type Step = (layers: Layers, at: number, end: number) => void;

/** Looks at the first bytes of a payload. Must not read at or after `end`. */
export type Looks = (bytes: Uint8Array, at: number, end: number) => boolean;

export interface DissectorSpec {
  /** Unique; Wireshark's name, as in frame.protocols, unless `as` says another. */
  readonly name: string;
  /** Wireshark's name where two of our dissectors share one (`sll` for both cooked headers). */
  readonly as?: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly spec: string;
  readonly role?: Role;
  /** The header; `size` is the least that must be there. */
  readonly layout?: Layout;
  /** Least number of bytes; the layout's size when not given. */
  readonly minLength?: number;
  /**
   * Of a header that is not all there: ranges of its bytes of which either all are shown or none. Not given: all that are there are shown.
   * They are those that Wireshark reads at once, so that a field is known here where it is known there.
   */
  readonly ofCut?: readonly (readonly [from: number, to: number])[];
  /**
   * What the first four bits of every header are, its version. With others the packet is nobody's; or, with `else`, it is a layer of
   * which nothing is known, with that protocol in its place where the bits are its own.
   */
  readonly version?: { readonly is: number; readonly else?: string };
  /** Fields beyond the layout, put out by `details`. */
  readonly fields?: readonly FieldDef[];
  /** What it knows of a frame only by those before; `details` puts that out where `layers.past` is there. */
  readonly remembers?: Remembers;
  /** Header length: a field of the layout (in bytes, times a factor, plus a constant. The layout's size when not given. */
  readonly length?: { readonly field: string; readonly times?: number; readonly plus?: number };
  /** Length of header and payload together, when the header says so: a field plus a constant. A value of 0 says nothing (offload). */
  readonly total?: { readonly field: string; readonly plus?: number };
  /** table name -> keys that lead here, e.g. `{ 'udp.port': [4789] }`. */
  readonly claims?: Readonly<Record<string, readonly number[]>>;
  /**
   * Looks at the first bytes of a payload whose port leads here; false: it is something else, `data`. For protocols that share
   * their ports or go on over several segments. Must not read at or after `end`.
   */
  readonly accepts?: Looks;
  /** What it does not take is that of the other port, where that leads to a protocol too; not given: `data`. */
  readonly yields?: boolean;
  /**
   * Its messages go on over several segments: what follows a payload that starts so is its too, in the same conversation. See
   * ConversationMemory. The same rules as for `accepts`.
   */
  readonly continues?: Looks;
  /** table of ports -> looks at a payload whose ports are nobody's: true: it is this protocol. The same rules. */
  readonly guesses?: Readonly<Record<string, Looks>>;
  /** Who is next: always one protocol, a table entry by a field's value, or a function. Not given: the rest is `data`. */
  readonly payload?:
    | { readonly always: string }
    | { readonly table: string; readonly by: string; readonly unless?: string }
    /** A 16-bit key that is a table's key from `least` on; smaller ones are for the step (802.3 lengths). */
    | { readonly table: string; readonly by: string; readonly least: number; readonly step: Step }
    | { readonly ports: string; readonly src: string; readonly dst: string }
    | { readonly step: Step }
    | { readonly none: true };
  /**
   * Puts out what the layout cannot: options, names, lengths. `i` is the layer's index. Must not throw and must check every
   * length against `layers.end[i]`.
   */
  readonly details?: (out: Sink, layers: Layers, i: number) => void;
  /** Puts out everything by itself: the layout is not walked. For headers of several shapes. Called for a cut header too. */
  readonly shapes?: boolean;
  /**
   * With `shapes`: fields of the layout that `details` puts out all the same, once each and at their place, so that a filter may
   * read them there.
   */
  readonly inPlace?: readonly string[];
  /**
   * Writes one line for the packet list, e.g. `Echo request id=1 seq=2`; writes nothing to leave it to the layer below. Called
   * for every packet of a listing. Text of the packet goes through `line.safe`.
   */
  readonly info?: (line: Line, layers: Layers, i: number) => void;
  /**
   * Writes what the frames before say of the packet, e.g. `[TCP Retransmission] `: it stands in front of the line, whichever layer that is
   * about. Called where `layers.past` is there.
   */
  readonly remark?: (line: Line, layers: Layers, i: number) => void;
  /** Its name in the packet list, where capital letters do not make it. */
  readonly short?: string;
  /** Text of the layer in the tree, after the title. */
  readonly label?: (layers: Layers, i: number) => string;
  /** Name in frame.protocols when it is not simply `name`, e.g. `eth:ethertype`. */
  readonly protocols?: (layers: Layers, i: number) => string;
}

export interface Dissector extends DissectorSpec {
  /** Its number in every registry. */
  readonly ref: ProtocolRef;
  /** The field that stands for the protocol's presence; its name is the protocol's. */
  readonly self: FieldDef;
}

/** A protocol or a table named before it is known: its number is filled in when the registry is made. */
export interface ProtocolRef {
  readonly name: string;
  id: number;
}
export interface TableRef {
  readonly name: string;
  id: number;
}

const protocolRefs = new Map<string, ProtocolRef>();
const tableRefs = new Map<string, TableRef>();

/** The protocol of this name, wherever its file is; `data` (0) as long as nobody declares it. */
export function protocol(name: string): ProtocolRef {
  const ref = protocolRefs.get(name) ?? { name, id: 0 };
  protocolRefs.set(name, ref);
  return ref;
}

/** A dissector table, e.g. `ip.proto`, `ethertype`, `udp.port`; made when first named. */
export function table(name: string): TableRef {
  const ref = tableRefs.get(name) ?? { name, id: tableRefs.size };
  tableRefs.set(name, ref);
  return ref;
}

/** All tables named so far, by number. */
export const allTables = (): readonly TableRef[] => [...tableRefs.values()];

export const dissector = (spec: DissectorSpec): Dissector => ({
  ...spec,
  ref: protocol(spec.name),
  self: field(spec.as ?? spec.name, spec.title, 'none'),
});
