// What dissectors remember of the frames before the one at hand: numbers of streams, what is an answer to what. Of use only to those
// who read a capture from its start to its end; without it every frame is shown by itself.
import type { ProtocolRef } from './dissector.js';
import type { FieldDef } from './fields.js';
import { declaredFields, type Registry } from './registry.js';
import type { Layers } from './walk.js';

/** Answers that are remembered of one protocol; those that come later are not known. */
const MAX_ANSWERS = 1 << 20;

/** Which frame has the answer to the question in another, as an earlier reading of the same capture found out. */
export class Answers {
  private readonly frames = new Map<number, number>();
  private known: Answers | null = null;

  /** The first answer counts. */
  note(question: number, answer: number): void {
    if (this.known === null && this.frames.size < MAX_ANSWERS && !this.frames.has(question)) this.frames.set(question, answer);
  }
  /** Frame of the answer to the question in this frame; 0: none is known. */
  to(question: number): number {
    return this.known?.frames.get(question) ?? 0;
  }
  learn(earlier: Answers): void {
    this.known = earlier;
  }
}

/** What one protocol remembers. All of it is bounded. */
export interface Memory {
  /** Of one that knows questions. */
  readonly answers?: Answers;
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
  /** By protocol, made when its first layer is seen: most captures have few of them. */
  private readonly memories: (Memory | null | undefined)[];
  /** Index of the capture that the frame at hand is from. */
  capture = 0;
  /** Time of the frame at hand; of one that has none, that of the frame before. */
  seconds = 0;
  nanoseconds = 0;

  /** `earlier`: of a reading of the same frames, by which questions know their answers. */
  constructor(
    private readonly registry: Registry,
    private readonly earlier: Past | null = null,
    /** Only protocols that remark on packets in a list are remembered. */
    private readonly onlyRemarks = false,
  ) {
    this.memories = registry.protocols.map(() => undefined);
  }

  private memory(id: number): Memory | null {
    const known = this.memories[id];
    if (known !== undefined) return known;
    const protocol = this.registry.protocols[id];
    const made = this.onlyRemarks && protocol?.remark === undefined ? null : (protocol?.remembers?.memory() ?? null);
    const answers = this.earlier?.memories[id]?.answers;
    if (answers !== undefined) made?.answers?.learn(answers);
    this.memories[id] = made;
    return made;
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
    for (let i = 0; i < layers.count; i++) this.memory(proto[i]!)?.see(layers, i, this);
  }

  /** What the dissector of this protocol remembers. */
  of(ref: ProtocolRef): Memory | null {
    return this.memories[ref.id] ?? null;
  }
}

/** What the dissector of this protocol remembers, where the frames before the one at hand are known. */
export const remembers = <M extends Memory>(layers: Layers, ref: ProtocolRef): M | null =>
  (layers.past?.of(ref) ?? null) as M | null;

/** Frame with the answer to the question of this protocol in the frame at hand, where an earlier reading has found it; else 0. */
export const answerTo = (layers: Layers, ref: ProtocolRef): number =>
  remembers(layers, ref)?.answers?.to(layers.frame?.number ?? 0) ?? 0;

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
