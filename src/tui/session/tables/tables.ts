// The tables that the tracker's state makes, a page at a time. Only the rows of a page are spelled out; an order reads its keys from
// the columns of numbers.
import { LINKTYPE } from '../../../capture/linktypes.js';
import type { Registry } from '../../../dissect/registry.js';
import { PathTexts } from '../../../flows/path-text.js';
import type { Tracker } from '../../../flows/tracker.js';
import type { Lab } from '../../../main/lab.js';
import type { TableName } from '../../session.js';
import type { Hierarchy } from '../hierarchy.js';
import type { Stations } from '../stations.js';
import type { FoundFinding, TableAsk, TablePage } from '../wire.js';
import { conversations } from './conversations.js';
import { flows } from './flows.js';
import { neighbours } from './neighbours.js';
import { protocols } from './protocols.js';
import type { Content, Entry, TableMaker, TableSource } from './table.js';
import { tunnels } from './tunnels.js';

/** Those that the session makes itself are not here: it has what they are made of (tables/journeys.ts, tables/properties.ts). */
const MAKERS: Readonly<Record<Exclude<TableName, 'journeys' | 'properties'>, TableMaker>> = {
  flows,
  conversations,
  neighbours,
  tunnels,
  hierarchy: protocols,
};

/** A table is made anew after so many times its own cost while the load goes on, and not before this time. */
const SHARE = 10;
const LEAST_MS = 1000;

export class Tables {
  private readonly source: Omit<TableSource, 'only' | 'found'>;
  private made = new Map<
    string,
    { readonly content: Content; readonly atMs: number; readonly costMs: number; readonly frames: number }
  >();
  private order: { readonly key: string; readonly content: Content; readonly places: readonly Entry[] } | null = null;

  constructor(
    tracker: Tracker,
    lab: Lab,
    registry: Registry,
    hierarchy: Hierarchy,
    stations: Stations,
    /** Time of the first packet, which all times are told from. */
    zeroNs: () => number,
  ) {
    const several = new Set(lab.captures.map((c) => c.point)).size > 1;
    const numbered = (capture: number) => lab.captures[capture].source.info.interfaces[0]?.linkType === LINKTYPE.LINUX_SLL2;
    const paths = new PathTexts(tracker.ports, tracker.tunnels, numbered, several);
    const seconds = (ns: number) => ((ns - zeroNs()) / 1e9).toFixed(6);
    this.source = { tracker, lab, registry, hierarchy, stations, paths, seconds };
  }

  page(ask: TableAsk, frames: number, found: readonly FoundFinding[], isPartial: boolean): TablePage {
    const content = this.content(ask, frames, found, isPartial);
    const entries = this.ordered(ask, content, content.tabs[Math.min(ask.tab, content.tabs.length - 1)]?.entries() ?? []);
    return {
      columns: content.columns,
      count: entries.length,
      tabs: content.tabs.map(({ title, count }) => ({ title, count })),
      from: ask.from,
      rows: entries.slice(ask.from, ask.from + ask.n).map(({ row }) => row()),
      isPartial,
    };
  }

  private content(ask: TableAsk, frames: number, found: readonly FoundFinding[], isPartial: boolean): Content {
    const key = `${ask.name} ${ask.only === null ? '' : `${ask.only.length} ${ask.onlyKey}`}`;
    const known = this.made.get(key);
    const now = performance.now();
    if (
      known !== undefined &&
      (known.frames === frames || (isPartial && now - known.atMs < Math.max(LEAST_MS, SHARE * known.costMs)))
    )
      return known.content;
    const only = ask.only === null ? null : new Set(ask.only);
    const make = (MAKERS as Readonly<Record<string, TableMaker | undefined>>)[ask.name];
    const content: Content = make?.({ ...this.source, only, found }) ?? { columns: [], tabs: [] };
    // A limit that has changed makes another table; the last few are enough.
    if (this.made.size > 16) this.made.clear();
    this.made.set(key, { content, atMs: now, costMs: performance.now() - now, frames });
    return content;
  }

  private ordered(ask: TableAsk, content: Content, entries: readonly Entry[]): readonly Entry[] {
    const { sortBy, descending } = ask;
    if (sortBy === null) return entries;
    const key = `${ask.name} ${ask.tab} ${sortBy} ${descending}`;
    if (this.order?.key === key && this.order.content === content) return this.order.places;
    const places = sorted(entries, sortBy, descending ? -1 : 1);
    this.order = { key, content, places };
    return places;
  }
}

/** In order of a column, what is equal as it was; what is below another entry stays below it. */
function sorted(entries: readonly Entry[], column: number, sign: number, depth = 0): Entry[] {
  const heads = entries.flatMap((entry, i) => (entry.depth === depth ? [i] : []));
  const keys = entries.map((entry) => entry.key(column));
  const next = new Map(heads.map((at, i) => [at, heads[i + 1] ?? entries.length]));
  return heads
    .sort((a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b))
    .flatMap((at) => {
      const below = entries.slice(at + 1, next.get(at));
      return [entries[at], ...(below.length > 0 ? sorted(below, column, sign, depth + 1) : [])];
    });
}
