// What dissectors remember of the frames before the one at hand: numbers of streams, what is an answer to what. Of use only to those
// who read a capture from its start to its end; without it every frame is shown by itself.
import type { ProtocolRef } from './dissector.js';
import type { FieldDef } from './fields.js';
import { declaredFields, type Registry } from './registry.js';
import type { Layers } from './walk.js';

/** What one protocol remembers. All of it is bounded. */
export interface Memory {
  /** Layer `i` of a frame whose turn it is is of this protocol. Called for each such layer, outer ones first, in the order of the capture. */
  see(layers: Layers, i: number, past: Past): void;
}

/** How a dissector says that it remembers. */
export interface Remembers {
  /** The fields that nobody can tell who does not know the frames before. */
  readonly fields: readonly FieldDef[];
  readonly memory: () => Memory;
}

export class Past {
  private readonly memories: readonly (Memory | null)[];
  /** Index of the capture that the frame at hand is from. */
  capture = 0;
  /** Time of the frame at hand; of one that has none, that of the frame before. */
  seconds = 0;
  nanoseconds = 0;

  constructor(registry: Registry) {
    this.memories = registry.protocols.map((d) => d.remembers?.memory() ?? null);
  }

  /** The turn of a walked frame begins: what its layers are told of the past is valid until the next one's. */
  see(layers: Layers, capture = 0): void {
    const { frame, proto } = layers;
    this.capture = capture;
    if (frame?.hasTime) {
      this.seconds = frame.seconds;
      this.nanoseconds = frame.nanoseconds;
    }
    layers.past = this;
    for (let i = 0; i < layers.count; i++) this.memories[proto[i]!]?.see(layers, i, this);
  }

  /** What the dissector of this protocol remembers. */
  of(ref: ProtocolRef): Memory | null {
    return this.memories[ref.id] ?? null;
  }
}

/** What the dissector of this protocol remembers, where the frames before the one at hand are known. */
export const remembers = <M extends Memory>(layers: Layers, ref: ProtocolRef): M | null =>
  (layers.past?.of(ref) ?? null) as M | null;

const remembered = new WeakMap<Registry, ReadonlySet<FieldDef>>();

/** The fields that have a value only where the frames before are known. */
export function rememberedFields(registry: Registry): ReadonlySet<FieldDef> {
  const known =
    remembered.get(registry) ?? new Set(registry.protocols.flatMap((d) => (d.remembers?.fields ?? []) as readonly FieldDef[]));
  remembered.set(registry, known);
  return known;
}

/** Is any of these fields, by their names, one of the past? */
export function asksPast(registry: Registry, names: Iterable<string>): boolean {
  const wanted = new Set(names);
  for (const d of registry.protocols)
    if (d.remembers !== undefined && declaredFields(d).some((def) => wanted.has(def.name) && d.remembers!.fields.includes(def)))
      return true;
  return false;
}
