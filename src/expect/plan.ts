// From written expectations to checks: names looked up, filters compiled, watchers set over the frames they need.

import type { ExtraField } from '../dissect/extra.js';
import type { Registry } from '../dissect/registry.js';
import { FilterError } from '../errors.js';
import type { Tracker } from '../flows/tracker.js';
import type { Path, Place, Problems } from '../topology/document.js';
import type { Prefix } from '../topology/ip.js';
import { FilterSet, Tally, type Watcher } from './filters.js';
import type { About, Expectation, Hold, Judge, Key } from './key.js';
import { given } from './key.js';
import type { Excepted } from './keys/except.js';
import { type AddressBook, isWrong } from './names.js';
import { type FlowSelector, hostsOf, type PortRange, PROTOCOLS, selects, type Who } from './selector.js';
import type { Selector, Translation } from './shapes.js';
import { UidSet } from './uid-set.js';

/** A part of an expectation that cannot be used; its place is told. */
export class Unusable extends Error {}

/** The frames of one set of captures, and who wants to see which of them. */
export class Plan {
  readonly filters: FilterSet;
  readonly extras: readonly ExtraField[];
  tracker: Tracker | null = null;
  /** Zero of the run's clock, in seconds since 1970; NaN before a frame with a time. */
  zeroSeconds: () => number = () => Number.NaN;
  /** Interfaces that filters name, by the number of the filter; those of the expectation at hand. */
  private readonly interfacesOf = new Map<number, readonly string[]>();
  named: Set<string> = new Set();
  private asked: string[] = [];
  private readonly uidSets: UidSet[] = [];

  constructor(
    readonly registry: Registry,
    fields: readonly ExtraField[],
    readonly book: AddressBook,
    private readonly problems: Problems,
    /** Ids of all rules there are. */
    readonly ruleIds: readonly string[] = [],
  ) {
    this.extras = fields.map((one) =>
      one.def.name === 'hop.interface' ? { ...one, asked: (name) => this.asked.push(name) } : one,
    );
    this.filters = new FilterSet(registry, this.extras);
  }

  /** Runs what depends on the text at `path`; a mistake in it becomes a problem with that place. */
  part<T>(at: (path: Path) => Place, path: Path, make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      if (error instanceof FilterError) {
        const [what, , , hint] = error.message.split('\n');
        this.problems.add(at(path), hint === undefined ? what : `${what}; ${hint}`);
      } else if (error instanceof Unusable) this.problems.add(at(path), error.message);
      else throw error;
      return null;
    }
  }

  /** A set of conversations (uids) that keeps none which the tracker has forgotten. */
  uids(): UidSet {
    const set = new UidSet();
    this.uidSets.push(set);
    return set;
  }

  /** The tracker lets go of a conversation. */
  forget(uid: number): void {
    for (const set of this.uidSets) set.delete(uid);
  }

  /** Number of a filter in which names of the topology may stand. */
  filter(text: string): number {
    const named = this.book.inFilter(text);
    if (typeof named !== 'string') throw new Unusable(named.wrong);
    this.asked = [];
    const id = this.filters.add(named);
    if (!this.interfacesOf.has(id)) this.interfacesOf.set(id, this.asked);
    for (const name of this.interfacesOf.get(id) ?? []) this.named.add(name);
    return id;
  }

  watch(filter: number, watcher: Watcher): void {
    this.filters.watch(filter, watcher);
  }

  /** The frame that the tracker observed last. */
  observe(t: Tracker): void {
    if (this.filters.size === 0) return;
    this.tracker = t;
    this.filters.observe(t);
  }
}

/** The parts of one expectation, looked up. */
export class Builder {
  constructor(
    readonly plan: Plan,
    private readonly spec: Expectation,
    private readonly at: (path: Path) => Place,
    /** Sources whose frames count. */
    readonly sources: (source: number) => boolean,
    /** All sources do. */
    private readonly everywhere: boolean,
    /** What the expectation is about. */
    readonly about: About,
    /** The keys that stand beside that. */
    private readonly beside: readonly Key[],
    /** Builds the judge of an expectation that is part of this one and stands at `path`. */
    readonly member: (spec: Expectation, path: Path) => Judge,
    /** The time that this is about; null: all of it. */
    readonly during: ((timeNs: number) => boolean) | null,
  ) {}

  /** What is written under a key; undefined where it is not. */
  get<T>(key: Key<T>): T | undefined {
    return given(this.spec, key);
  }

  /** What the other keys ask, in the order in which it is told. */
  holds(): Hold[] {
    return this.beside.flatMap((one) => {
      const value = this.get(one);
      return value === undefined || one.hold === undefined ? [] : [one.hold(value, this)];
    });
  }

  part<T>(path: Path, make: () => T): T | null {
    return this.plan.part(this.at, path, make);
  }

  addresses(value: string | string[] | undefined, path: Path): readonly Prefix[] | null {
    if (value === undefined) return null;
    const list = Array.isArray(value) ? value : [value];
    return list.flatMap(
      (text, i) =>
        this.part(Array.isArray(value) ? [...path, i] : path, () => {
          const found = this.plan.book.find(text);
          if (isWrong(found)) throw new Unusable(found.wrong);
          return [...found];
        }) ?? [],
    );
  }

  who(value: Translation, path: Path): Who {
    return {
      src: this.addresses(value.src, [...path, 'src']),
      dst: this.addresses(value.dst, [...path, 'dst']),
      srcPort: ports(value.srcPort),
      dstPort: ports(value.dstPort),
    };
  }

  /** Marks conversations by filter while the frames are read. */
  selector(value: Selector | string, path: Path): FlowSelector {
    const spec: Selector = typeof value === 'string' ? { where: value } : value;
    const marked = this.plan.uids();
    const wherePath = typeof value === 'string' ? path : [...path, 'where'];
    const where = spec.where === undefined ? -1 : (this.part(wherePath, () => this.plan.filter(spec.where as string)) ?? -1);
    if (where >= 0)
      this.plan.watch(where, (t) => {
        if (t.conversation >= 0) marked.add(t.conversations.uid[t.conversation]);
      });
    return {
      ...this.who(spec, path),
      either: this.addresses(spec.either, [...path, 'either']),
      proto: spec.proto === undefined ? null : typeof spec.proto === 'number' ? spec.proto : PROTOCOLS[spec.proto],
      where,
      marked,
    };
  }

  /** Number of a filter for the frames of the conversations of a selector. */
  framesOf(selector: FlowSelector): number {
    const { plan } = this;
    const test = () => {
      const t = plan.tracker as Tracker;
      return t.conversation >= 0 && selects(selector, t, t.conversation);
    };
    return plan.filters.addTest(`conversations ${plan.filters.size}`, test, hostsOf(selector));
  }

  /** Hands the frames of a filter to `take`, those of other points and the excepted left out. */
  watch(filter: number, except: Excepted, take: (t: Tracker) => void): void {
    const { plan, sources, during } = this;
    if (this.everywhere && during === null && except.filters.length === 0 && except.selectors.length === 0) {
      plan.watch(filter, take);
      return;
    }
    plan.watch(filter, (t) => {
      if (!sources(t.packet.source) || during?.(t.packet.timeNs) === false) return;
      for (const id of except.filters) if (plan.filters.has(id)) return;
      for (const selector of except.selectors) if (t.conversation >= 0 && selects(selector, t, t.conversation)) return;
      take(t);
    });
  }

  /** Counts the frames of a filter, with nothing else asked of them. */
  tally(filter: number): () => Tally {
    const { sources, during } = this;
    if (this.everywhere && during === null) return this.plan.filters.tally(filter);
    const tally = new Tally();
    this.plan.watch(filter, (t) => {
      if (sources(t.packet.source) && during?.(t.packet.timeNs) !== false) tally.add(t.packet.timeNs);
    });
    return () => tally;
  }
}

function ports(value: Translation['srcPort']): PortRange[] | null {
  if (value === undefined) return null;
  return (Array.isArray(value) ? value : [value]).map((one) => {
    if (typeof one === 'number') return { from: one, to: one };
    const [from, to] = one.split('-').map(Number);
    return { from, to };
  });
}
