// The one dictionary of fields that no header holds: every filter, in every command, takes all of them, beside those that the
// dissectors declare. Each says what must be known for it; how that comes to be known is for whoever reads the capture.
import type { ExtraField, Need } from '../dissect/extra.js';
import { type FieldDef, field } from '../dissect/fields.js';
import type { Layers } from '../dissect/walk.js';
import { type FrameTimes, frameFields } from './frame-fields.js';

/** What is known of the frame at hand beside its own bytes. null: there is none, or nobody knows. */
export interface FrameFacts {
  /** Of the capture that the frame is from. */
  readonly times: FrameTimes;
  /** Name of the interface; null where the capture does not tell interfaces apart. */
  interface(layers: Layers): string | null;
  /** `in`, `out`, `passing`. */
  direction(layers: Layers): string | null;
  /** Where its capture was taken. */
  readonly point: string | null;
  /** All points of the run; left out where they are not known yet. */
  readonly points?: readonly string[];
  /** Interfaces whose names are known before a frame was read. */
  readonly interfaces?: readonly string[];
  /** Number of its conversation in the unfiltered run. */
  readonly conversation: number | null;
  /** All interfaces that its packet was seen on, in order: `in eth1 > out eth2 (vxlan)`. */
  readonly path: string | null;
}

const HOP = {
  interface: field('hop.interface', 'Interface', 'string'),
  direction: field('hop.direction', 'Direction', 'string'),
  point: field('hop.point', 'Capture point', 'string'),
  path: field('hop.path', 'Path', 'string'),
} as const;

const conversation = field('conversation', 'Number of the conversation', 'uint32');

/** What `hop.direction` can be. */
const DIRECTIONS = ['in', 'out', 'passing'] as const;

/** The dictionary, read from `facts`. */
export const knownFields = (facts: FrameFacts): ExtraField[] => [
  ...frameFields(facts.times),
  {
    def: HOP.interface,
    needs: 'point',
    ...(facts.interfaces !== undefined && { likely: facts.interfaces }),
    read: (layers) => facts.interface(layers),
  },
  { def: HOP.direction, needs: 'point', values: DIRECTIONS, read: (layers) => facts.direction(layers) },
  { def: HOP.point, needs: 'point', ...(facts.points !== undefined && { values: facts.points }), read: () => facts.point },
  { def: conversation, needs: 'conversation', read: () => facts.conversation },
  { def: HOP.path, needs: 'journey', read: () => facts.path },
];

const NOTHING: FrameFacts = {
  times: { firstSeconds: 0, firstNanoseconds: 0, previousSeconds: 0, previousNanoseconds: 0, info: null },
  interface: () => null,
  direction: () => null,
  point: null,
  conversation: null,
  path: null,
};

let named: readonly ExtraField[] | undefined;
/** For those who look names up and read nothing. */
export const namedFields = (): readonly ExtraField[] => (named ??= knownFields(NOTHING));

let needed: ReadonlyMap<string, Need> | undefined;
/** What must be known beside the frame for the field of this name; null: nothing. */
export function needOf(name: string): Need | null {
  needed ??= new Map(namedFields().flatMap(({ def, needs }) => (needs ? [[def.name, needs]] : [])));
  return needed.get(name) ?? null;
}

/** The fields that stand in the tree of a packet, whose heading or list says the rest. */
export const treeFields = (extras: readonly ExtraField[]): ExtraField[] => extras.filter(({ def }) => !UNPRINTED.has(def));

const UNPRINTED: ReadonlySet<FieldDef> = new Set([HOP.point, conversation]);
