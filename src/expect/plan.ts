// From written expectations to checks: names looked up, filters compiled, watchers set over the frames they need.

import type { ExtraField } from '../dissect/extra.js';
import type { Registry } from '../dissect/registry.js';
import { FilterError } from '../errors.js';
import type { Tracker } from '../flows/tracker.js';
import type { Path, Place, Problems } from '../topology/document.js';
import type { Prefix } from '../topology/ip.js';
import { FilterSet, Tally, type Watcher } from './filters.js';
import { type FrameTest, mtuTest, Sides, sizeTest, type TunnelWant, ttlTest } from './frames.js';
import { type AddressBook, isWrong } from './names.js';
import type { Expectation, Selector, Translation, TunnelSpec } from './schema.js';
import { type FlowSelector, hostsOf, type PortRange, PROTOCOLS, selects, type Who } from './selector.js';
import { parseBounds } from './units.js';

/** A part of an expectation that cannot be used; its place is told. */
export class Unusable extends Error {}

/** The frames of one set of captures, and who wants to see which of them. */
export class Plan {
  readonly filters: FilterSet;
  tracker: Tracker | null = null;
  private readonly uidSets: Set<number>[] = [];

  constructor(
    readonly registry: Registry,
    readonly extras: readonly ExtraField[],
    readonly book: AddressBook,
    private readonly problems: Problems,
  ) {
    this.filters = new FilterSet(registry, extras);
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
  uids(): Set<number> {
    const set = new Set<number>();
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
    return this.filters.add(named);
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
    readonly spec: Expectation,
    private readonly at: (path: Path) => Place,
    /** Sources whose frames count. */
    readonly sources: (source: number) => boolean,
  ) {}

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
  framesOf(selector: FlowSelector, label: string): number {
    const { plan } = this;
    const test = () => {
      const t = plan.tracker as Tracker;
      return t.conversation >= 0 && selects(selector, t, t.conversation);
    };
    return plan.filters.addTest(label, test, hostsOf(selector));
  }

  tunnel(value: TunnelSpec | 'none', path: Path = ['tunnel']): TunnelWant {
    const spec = value === 'none' ? {} : value;
    const vnis = spec.vni === undefined ? null : Array.isArray(spec.vni) ? spec.vni : [spec.vni];
    return {
      none: value === 'none',
      type: spec.type ?? null,
      outerSrc: this.addresses(spec.outer?.src, [...path, 'outer', 'src']),
      outerDst: this.addresses(spec.outer?.dst, [...path, 'outer', 'dst']),
      innerSrc: this.addresses(spec.inner?.src, [...path, 'inner', 'src']),
      innerDst: this.addresses(spec.inner?.dst, [...path, 'inner', 'dst']),
      vni:
        vnis?.flatMap(
          (vni) =>
            this.part([...path, 'vni'], () => {
              if (typeof vni === 'number') return [vni];
              const found = this.plan.book.identities(vni);
              if (found.length === 0)
                throw new Unusable(`no identity is called '${vni}'; name it under identities in the topology`);
              return found;
            }) ?? [],
        ) ?? null,
      port: spec.port ?? null,
    };
  }

  /** What must hold of each frame. */
  frameTests(): FrameTest[] {
    const { spec } = this;
    const tests: FrameTest[] = [];
    if (spec.size !== undefined) tests.push(sizeTest(parseBounds(spec.size) ?? NEVER));
    const mtu = mtuOf(spec);
    if (mtu !== null) tests.push(mtuTest(mtu.outer, mtu.inner));
    const ttl = ttlOf(spec);
    if (ttl !== null && (ttl.outer !== null || ttl.inner !== null)) tests.push(ttlTest(ttl.outer, ttl.inner));
    return tests;
  }

  /** Values compared between two sides; the frames come from filter number `frames`. */
  sides(): { readonly sides: Sides; readonly want: 'same' | 'different' }[] {
    const { spec, plan } = this;
    return (['same', 'different'] as const).flatMap((want) => {
      const comparison = spec[want];
      if (comparison === undefined) return [];
      const { field, between } = comparison;
      const sides = this.part([want, 'field'], () => new Sides(field, between, plan.registry, plan.extras));
      return sides === null ? [] : [{ sides, want }];
    });
  }

  /** Filters and selectors of `except`. */
  except(): { readonly filters: readonly number[]; readonly selectors: readonly FlowSelector[] } {
    const { except } = this.spec;
    const list = except === undefined ? [] : Array.isArray(except) ? except : [except];
    const path = (i: number): Path => (Array.isArray(except) ? ['except', i] : ['except']);
    return {
      filters: list.flatMap((one, i) =>
        typeof one === 'string' ? (this.part(path(i), () => [this.plan.filter(one)]) ?? []) : [],
      ),
      selectors: list.flatMap((one, i) => (typeof one === 'string' ? [] : [this.selector(one, path(i))])),
    };
  }

  /** Hands the frames of a filter to `take`, those of other points and the excepted left out. */
  watch(filter: number, except: ReturnType<Builder['except']>, take: (t: Tracker) => void): void {
    const { plan, sources } = this;
    if (this.spec.at === undefined && except.filters.length === 0 && except.selectors.length === 0) {
      plan.watch(filter, take);
      return;
    }
    plan.watch(filter, (t) => {
      if (!sources(t.packet.source)) return;
      for (const id of except.filters) if (plan.filters.has(id)) return;
      for (const selector of except.selectors) if (t.conversation >= 0 && selects(selector, t, t.conversation)) return;
      take(t);
    });
  }

  /** Counts the frames of a filter, with nothing else asked of them. */
  tally(filter: number): () => Tally {
    if (this.spec.at === undefined) return this.plan.filters.tally(filter);
    const tally = new Tally();
    this.plan.watch(filter, (t) => {
      if (this.sources(t.packet.source)) tally.add(t.packet.timeNs);
    });
    return () => tally;
  }
}

const NEVER = { least: 0, most: -1 };

function ports(value: Translation['srcPort']): PortRange[] | null {
  if (value === undefined) return null;
  return (Array.isArray(value) ? value : [value]).map((one) => {
    if (typeof one === 'number') return { from: one, to: one };
    const [from, to] = one.split('-').map(Number);
    return { from, to };
  });
}

export function mtuOf({ mtu }: Expectation): { outer: number | undefined; inner: number | undefined } | null {
  if (mtu === undefined) return null;
  return typeof mtu === 'number' ? { outer: mtu, inner: undefined } : { outer: mtu.outer, inner: mtu.inner };
}

export function ttlOf({ ttl }: Expectation) {
  if (ttl === undefined) return null;
  if (typeof ttl === 'number' || typeof ttl === 'string' || 'atLeast' in ttl || 'atMost' in ttl) {
    const bounds = parseBounds(ttl as number | string | { atLeast?: number; atMost?: number });
    return { outer: bounds, inner: null, unchanged: false };
  }
  const { outer, inner, unchanged } = ttl as Exclude<typeof ttl, { atLeast?: number | undefined }> & {
    outer?: number;
    inner?: number;
    unchanged?: 'inner';
  };
  return {
    outer: outer === undefined ? null : parseBounds(outer),
    inner: inner === undefined ? null : parseBounds(inner),
    unchanged: unchanged !== undefined,
  };
}
