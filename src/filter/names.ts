// What a name in a filter stands for: where in which layers its values are found.
import { edits } from '../bytes/nearest.js';
import { type ExtraField, type Level, splitLevel } from '../dissect/extra.js';
import { type FieldDef, field } from '../dissect/fields.js';
import type { Placed } from '../dissect/layout.js';
import type { Registry } from '../dissect/registry.js';

/** Where one protocol's layers hold a field. */
export interface Place {
  /** Protocol number. */
  readonly proto: number;
  /** Occurrences at fixed offsets. */
  readonly placed: readonly Placed[];
  /** Definitions that `details` may put out. */
  readonly detailed: readonly FieldDef[];
}

export type Target =
  | { readonly kind: 'field'; readonly defs: readonly FieldDef[]; readonly places: readonly Place[] }
  /** The protocol as such: presence of its layers, and their bytes. */
  | { readonly kind: 'protocol'; readonly defs: readonly FieldDef[]; readonly protos: readonly number[] }
  /** The whole frame, as a sequence of bytes. */
  | { readonly kind: 'frame'; readonly defs: readonly FieldDef[] }
  | { readonly kind: 'extra'; readonly defs: readonly FieldDef[]; readonly extra: ExtraField };

export interface Found {
  readonly target: Target;
  readonly level: Level | null;
}

const frame = field('frame', 'Frame', 'none');

interface Building {
  defs: Set<FieldDef>;
  protos: number[];
  places: Map<number, { proto: number; placed: Placed[]; detailed: FieldDef[] }>;
}

/** All names of a registry. */
export class Names {
  private readonly targets = new Map<string, Target>();

  constructor(registry: Registry) {
    const building = new Map<string, Building>();
    const entry = (name: string): Building => {
      const found = building.get(name) ?? { defs: new Set(), protos: [], places: new Map() };
      building.set(name, found);
      return found;
    };
    registry.protocols.forEach((d, proto) => {
      const self = entry(d.self.name);
      self.defs.add(d.self);
      self.protos.push(proto);
      const add = (def: FieldDef, placed: Placed | null) => {
        for (const name of new Set([def.name, ...def.aliases])) {
          const e = entry(name);
          e.defs.add(def);
          const place = e.places.get(proto) ?? { proto, placed: [], detailed: [] };
          e.places.set(proto, place);
          if (placed !== null) place.placed.push(placed);
          else place.detailed.push(def);
        }
      };
      const places = d.layout?.place as Readonly<Record<string, Placed>> | undefined;
      const inPlace = new Set(d.inPlace?.map((name) => places?.[name]));
      const addPlaced = (items: readonly Placed[]) => {
        for (const item of items) {
          // A dissector of several shapes puts its fields out by itself, at places of its own.
          add(item.def, !d.shapes || inPlace.has(item) ? item : null);
          addPlaced(item.parts);
        }
      };
      addPlaced(d.layout?.items ?? []);
      for (const def of new Set([...(d.fields ?? []), ...(d.remembers?.fields ?? [])])) add(def, null);
    });
    for (const [name, b] of building) {
      const defs = [...b.defs];
      this.targets.set(
        name,
        b.protos.length > 0
          ? { kind: 'protocol', defs, protos: b.protos }
          : { kind: 'field', defs, places: [...b.places.values()] },
      );
    }
    this.targets.set(frame.name, { kind: 'frame', defs: [frame] });
  }

  /** A name with `@` in front asks for the bytes of the same. */
  find(asked: string, extras: ReadonlyMap<string, ExtraField>): Found | null {
    const name = asked.startsWith('@') ? asked.slice(1) : asked;
    const target = this.targets.get(name);
    if (target !== undefined) return { target, level: null };
    const extra = extras.get(name);
    if (extra !== undefined) return { target: { kind: 'extra', defs: [extra.def], extra }, level: null };
    const split = splitLevel(name);
    if (split === null) return null;
    const inside = this.targets.get(split.field);
    return inside === undefined || inside.kind === 'frame' ? null : { target: inside, level: split.level };
  }

  /** Every name, sorted; those of extra fields too. */
  all(extras: Iterable<string>): string[] {
    return [...new Set([...this.targets.keys(), ...extras])].sort();
  }
}

const made = new WeakMap<Registry, Names>();

export function namesOf(registry: Registry): Names {
  const names = made.get(registry) ?? new Names(registry);
  made.set(registry, names);
  return names;
}

/** Longest name that is compared letter by letter. */
const MAX_NAME = 64;

/** The names a user may have meant by `wrong`, best first. */
export function nearest(wrong: string, names: readonly string[], limit = 3): string[] {
  const word = wrong.toLowerCase();
  if (word.length > MAX_NAME) return [];
  const scored: { name: string; score: number }[] = [];
  for (const name of names) {
    if (name.length > MAX_NAME) continue;
    const most = Math.max(1, Math.floor(Math.max(word.length, name.length) / 3));
    const distance = edits(word, name, most);
    // `ip.source` is near to nothing by letters; what starts with it, or ends like it, is as good a guess.
    if (distance <= most) scored.push({ name, score: distance });
    else if (name.startsWith(word) && word.length > 1) scored.push({ name, score: most + 1 });
    else if (word.length > 2 && name.endsWith(`.${word}`)) scored.push({ name, score: most + 2 });
  }
  scored.sort((a, b) => a.score - b.score || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map((s) => s.name);
}
