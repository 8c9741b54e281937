// `same` and `different`: the values of a field on two sides of each conversation.
import { type ExtraField, inLevel, splitLevel } from '../dissect/extra.js';
import { type FieldType, fieldCount } from '../dissect/fields.js';
import { definitionsOf } from '../dissect/lookup.js';
import type { Registry } from '../dissect/registry.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, FieldCollector, shownLayers } from '../dissect/tree.js';
import type { Layers } from '../dissect/walk.js';
import { needOf } from '../filter/dictionary.js';
import { compileFilter } from '../filter/filter.js';
import { namesOf } from '../filter/names.js';
import { fixedNumbers, isFixed } from '../filter/source.js';
import { type Mark, mark } from '../flows/mark.js';
import type { Tracker } from '../flows/tracker.js';
import { MAX_COMPARED } from './frames.js';
import { hopMatches, parseHop } from './hops.js';
import { type Hold, type Key, key } from './key.js';
import { some } from './outcome.js';
import type { Builder } from './plan.js';
import { type Comparison, comparison } from './shapes.js';

/** The key that wants the values to be the same, or to differ. */
export const comparisonKey = (want: 'same' | 'different', means: string): Key<Comparison> =>
  key({
    key: want,
    shape: comparison,
    beside: ['flow', 'nat', 'where'],
    means,
    points: ({ between }) => between.map((text, i) => ({ point: pointOfSide(text), path: [want, 'between', i] })),
    hold: (value, b) => compared(want, value, b),
  });

function compared(want: 'same' | 'different', { field, between }: Comparison, b: Builder): Hold {
  const text = `${field} ${want} at ${between.join(' and ')}`;
  const need = needOf(field);
  if (need !== null) b.plan.filters.needs.add(need);
  const sides = b.part([want, 'field'], () => new Sides(field, between, b.plan.registry, b.plan.extras));
  if (sides === null) return { text };
  return {
    text,
    take: (t) => sides.take(t),
    isFull: () => sides.isFull,
    // Nothing on both sides is not well.
    whole() {
      const { both, wrong } = sides.compare(want);
      const all = wrong.map((one) => one.said);
      // A value that one side lacks may stand in a frame that was lost.
      if (wrong.length > 0)
        return { seen: some(all, 2), marks: wrong[0].marks, about: wrong.map((one) => one.uid), absence: want === 'same' };
      if (both > 0) return null;
      return {
        seen: `no conversation was seen with ${field} at ${between.join(' and at ')}`,
        marks: [],
        about: [],
        absence: true,
      };
    },
  };
}

/** Types whose values are plain numbers. */
const NUMBERS: ReadonlySet<FieldType> = new Set(['bool', 'uint8', 'uint16', 'uint24', 'uint32', 'ipv4', 'ether']);
const NO_EXTRAS: ReadonlyMap<string, ExtraField> = new Map();

/** The values of a field on two sides of each conversation. */
class Sides {
  /** By twice the uid, plus the way where directions are not what is compared: values of both sides, and a frame of each. */
  private readonly seen = new Map<
    number,
    { uid: number; values: [Set<string>, Set<string>]; marks: [Mark | null, Mark | null] }
  >();
  private readonly read: (t: Tracker) => string | null;
  private readonly side: (t: Tracker) => -1 | 0 | 1;
  private readonly byDirection: boolean;

  /** Throws FilterError for a field that does not exist. */
  constructor(
    readonly field: string,
    readonly between: readonly string[],
    registry: Registry,
    extras: readonly ExtraField[],
  ) {
    this.read = valueReader(field, registry, extras);
    const tests = between.map(sideTest);
    this.byDirection = between.includes('request') || between.includes('reply');
    this.side = (t) => (tests[0](t) ? 0 : tests[1](t) ? 1 : -1);
  }

  take(t: Tracker): void {
    if (t.conversation < 0) return;
    const side = this.side(t);
    if (side === -1) return;
    const value = this.read(t);
    if (value === null) return;
    const uid = t.conversations.uid[t.conversation];
    const key = this.byDirection ? uid * 2 : uid * 2 + t.way;
    let entry = this.seen.get(key);
    if (entry === undefined) {
      if (this.isFull) return;
      entry = { uid, values: [new Set(), new Set()], marks: [null, null] };
      this.seen.set(key, entry);
    }
    const values = entry.values[side];
    if (values.size < 64) values.add(value);
    entry.marks[side] ??= mark(t.packet);
  }

  /** There may be more than were kept. */
  get isFull(): boolean {
    return this.seen.size >= MAX_COMPARED;
  }

  /** Conversations seen on both sides whose values are not as they should be. */
  compare(want: 'same' | 'different'): { both: number; wrong: { uid: number; said: string; marks: Mark[] }[] } {
    let both = 0;
    const wrong: { uid: number; said: string; marks: Mark[] }[] = [];
    for (const { uid, values, marks } of this.seen.values()) {
      const [a, b] = values;
      if (a.size === 0 || b.size === 0) continue;
      both++;
      const equal = a.size === b.size && [...a].every((v) => b.has(v));
      const apart = [...a].every((v) => !b.has(v));
      if (want === 'same' ? equal : apart) continue;
      const show = (set: Set<string>) => [...set].slice(0, 4).join(', ');
      wrong.push({
        uid,
        said: `${this.field} is ${show(a)} at ${this.between[0]} and ${show(b)} at ${this.between[1]}`,
        marks: marks.filter((m) => m !== null),
      });
    }
    return { both, wrong };
  }
}

/** The capture point that a side of a comparison names, or null. */
export function pointOfSide(text: string): string | null {
  if (text === 'request' || text === 'reply') return null;
  return text.includes(' ') ? (parseHop(text)?.point ?? null) : text;
}

function sideTest(text: string): (t: Tracker) => boolean {
  if (text === 'request') return (t) => t.way === 0;
  if (text === 'reply') return (t) => t.way === 1;
  const hop = text.includes(' ') ? parseHop(text) : null;
  if (hop === null) return (t) => t.ports.list[t.packet.port].point === text;
  return (t) => {
    const port = t.ports.list[t.packet.port];
    const carrier = t.edge < 0 ? 'bare' : t.tunnels.list[t.edge].kind;
    return hopMatches(hop, { point: port.point, direction: t.packet.direction, interface: port.name, carrier });
  };
}

/** The first value of a field in the frame at hand, as text; null where it has none. Throws FilterError for an unknown field. */
export function valueReader(name: string, registry: Registry, extras: readonly ExtraField[]): (t: Tracker) => string | null {
  const extra = extras.find((x) => x.def.name === name);
  if (extra !== undefined)
    return ({ packet: { layers } }) => {
      const value = extra.read(layers);
      return value === null ? null : spell(extra.def, layers.bytes, 0, 0, value);
    };
  // The filter's own check says which names are near.
  compileFilter(name, registry, extras);
  const split = splitLevel(name);
  const field = split?.field ?? name;
  const target = namesOf(registry).find(field, NO_EXTRAS)?.target;
  if (target !== undefined && isFixed(target) && target.defs.length === 1 && NUMBERS.has(target.defs[0].type)) {
    const [def] = target.defs;
    const keep = split === null ? null : (layers: Layers, i: number) => inLevel(layers, i, split.level);
    let value = 0;
    const keepValue = (v: number): boolean => {
      value = v;
      return true;
    };
    const first = fixedNumbers(registry, target.places, keep, keepValue, false);
    return ({ packet: { layers } }) => (first(layers) ? spell(def, layers.bytes, 0, 0, value) : null);
  }
  const collector = new FieldCollector([definitionsOf(registry, field)], fieldCount());
  return ({ packet: { layers } }) => {
    collector.reset();
    for (let i = 0; i < shownLayers(layers); i++)
      if (split === null || inLevel(layers, i, split.level)) emitLayer(layers, i, collector);
    const [values, [ats], [lengths], [defs]] = [collector.values[0], collector.ats, collector.lengths, collector.defs];
    return values.length === 0 ? null : spell(defs[0], layers.bytes, ats[0], lengths[0], values[0]);
  };
}
