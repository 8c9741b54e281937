// What is kept of the frames that a filter or a selector chose, and what must hold of each of them.
import { ip } from '../../dissectors/ip.js';
import { type ExtraField, inLevel, splitLevel } from '../dissect/extra.js';
import { type FieldType, fieldCount } from '../dissect/fields.js';
import { definitionsOf } from '../dissect/lookup.js';
import type { Registry } from '../dissect/registry.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, FieldCollector, shownLayers } from '../dissect/tree.js';
import type { Layers } from '../dissect/walk.js';
import { compileFilter } from '../filter/filter.js';
import { namesOf } from '../filter/names.js';
import { fixedNumbers, isFixed } from '../filter/source.js';
import { type Mark, mark } from '../flows/mark.js';
import type { Packet } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import type { Edge } from '../flows/tunnels.js';
import { Ip, type Prefix } from '../topology/ip.js';
import { hopMatches, parseHop } from './hops.js';
import { within } from './names.js';
import { type Bounds, inBounds, showBounds } from './units.js';

/** Frames kept as evidence. */
const MAX_MARKS = 6;
/** Conversations whose values are compared; a capture can hold more than anyone compares. */
export const MAX_COMPARED = 100_000;

export interface Chosen {
  readonly mark: Mark;
  readonly uid: number;
  readonly way: number;
}

/** What must hold of a frame: null when it does, else what is there instead; undefined where it does not concern the frame. */
export type FrameTest = (tracker: Tracker) => string | null | undefined;

/** Collects what the chosen frames show. */
export class Frames {
  count = 0;
  readonly first: Chosen[] = [];
  firstNs = Number.POSITIVE_INFINITY;
  lastNs = Number.NEGATIVE_INFINITY;
  /** Frames that a test was about. */
  concerned = 0;
  /** Frames that failed a test, the first of them, and what was there instead. */
  wrong = 0;
  readonly firstWrong: Chosen[] = [];
  readonly reasons = new Map<string, number>();
  private lastUid = -1;

  constructor(
    /** Conversations of these frames. */
    readonly uids: Set<number>,
    private readonly tests: readonly FrameTest[] = [],
  ) {}

  take(t: Tracker): void {
    const { timeNs } = t.packet;
    this.count++;
    if (timeNs < this.firstNs) this.firstNs = timeNs;
    if (timeNs > this.lastNs) this.lastNs = timeNs;
    if (this.first.length < MAX_MARKS) this.first.push(chosen(t));
    const uid = t.conversation < 0 ? -1 : t.conversations.uid[t.conversation];
    if (uid >= 0 && uid !== this.lastUid) this.uids.add(uid);
    this.lastUid = uid;
    const { tests } = this;
    for (let i = 0; i < tests.length; i++) {
      const found = tests[i](t);
      if (found === undefined) continue;
      this.concerned++;
      if (found === null) continue;
      this.wrong++;
      if (this.firstWrong.length < MAX_MARKS) this.firstWrong.push(chosen(t));
      if (this.reasons.size < 100 || this.reasons.has(found)) this.reasons.set(found, (this.reasons.get(found) ?? 0) + 1);
    }
  }
}

const chosen = (t: Tracker): Chosen => ({
  mark: mark(t.packet),
  uid: t.conversation < 0 ? -1 : t.conversations.uid[t.conversation],
  way: t.way,
});

/** Length of the outermost IP packet, in bytes; -1 without one. */
function outerLength(p: Packet): number {
  if (p.levels === 0) return -1;
  if (p.levels <= 2) return p.levels === 1 ? p.ipLength : p.outerLength;
  const { layers, bytes } = p;
  const at = layers.start[p.net[0]];
  return layers.proto[p.net[0]] === ip.ref.id
    ? (bytes[at + 2] << 8) | bytes[at + 3]
    : ((bytes[at + 4] << 8) | bytes[at + 5]) + 40;
}

export function sizeTest(bounds: Bounds): FrameTest {
  return ({ packet }) => {
    const length = Math.max(packet.wireLength, packet.captured);
    return inBounds(length, bounds) ? null : `a frame of ${length} bytes`;
  };
}

export function mtuTest(outer: number | undefined, inner: number | undefined): FrameTest {
  return ({ packet: p }) => {
    if (p.family === 0) return undefined;
    const length = outerLength(p);
    if (outer !== undefined && length > outer) return `an IP packet of ${length} bytes`;
    return inner !== undefined && p.levels > 1 && p.ipLength > inner ? `an inner IP packet of ${p.ipLength} bytes` : null;
  };
}

/** Without a tunnel there is one TTL, which is both. */
export function ttlTest(outer: Bounds | null, inner: Bounds | null): FrameTest {
  return ({ packet: p }) => {
    if (p.family === 0) return undefined;
    const seen = p.outerTtl();
    if (outer !== null && !inBounds(seen, outer)) return `${p.levels > 1 ? 'outer ' : ''}ttl ${seen}`;
    return inner !== null && !inBounds(p.ttl, inner) ? `${p.levels > 1 ? 'inner ' : ''}ttl ${p.ttl}` : null;
  };
}

export interface TunnelWant {
  readonly none: boolean;
  readonly type: string | null;
  readonly outerSrc: readonly Prefix[] | null;
  readonly outerDst: readonly Prefix[] | null;
  readonly innerSrc: readonly Prefix[] | null;
  readonly innerDst: readonly Prefix[] | null;
  readonly vni: readonly number[] | null;
  readonly port: number | null;
}

/** What is wrong with a tunnel edge, or null. */
export function wrongTunnel(want: TunnelWant, edge: Edge | null): string | null {
  if (edge === null) return want.none ? null : 'not in a tunnel';
  if (want.none) return `in ${edge.kind} from ${edge.src} to ${edge.dst}`;
  const said = `${edge.kind} from ${edge.src} to ${edge.dst}${edge.vni < 0 ? '' : `, VNI ${edge.vni}`}`;
  const wrong =
    (want.type !== null && want.type !== edge.kind) ||
    (want.outerSrc !== null && !within(want.outerSrc, edge.src)) ||
    (want.outerDst !== null && !within(want.outerDst, edge.dst)) ||
    (want.vni !== null && !want.vni.includes(edge.vni)) ||
    (want.port !== null && want.port !== edge.port);
  return wrong ? (want.port !== null && want.port !== edge.port ? `${said}, port ${edge.port}` : said) : null;
}

export function tunnelTest(want: TunnelWant): FrameTest {
  const address = new Ip();
  const inside = (networks: readonly Prefix[] | null, p: Packet, from: 0 | 4): boolean => {
    if (networks === null) return true;
    [address.a, address.b, address.c, address.d] = p.address.subarray(from, from + 4);
    return within(networks, address);
  };
  // One edge after the other: what was said of the last one holds for most frames.
  let last: Edge | null | undefined;
  let said: string | null = null;
  return (t) => {
    const p = t.packet;
    if (p.family === 0 || !inside(want.innerSrc, p, 0) || !inside(want.innerDst, p, 4)) return undefined;
    const edge = t.edge < 0 ? null : t.tunnels.list[t.edge];
    if (edge !== last) {
      last = edge;
      said = wrongTunnel(want, edge);
    }
    return said;
  };
}

export function showTunnel(want: TunnelWant): string {
  if (want.none) return 'not in a tunnel';
  const ends = (networks: readonly Prefix[] | null) => (networks === null ? 'anywhere' : networks.map(String).join(' or '));
  const parts = [`in ${want.type ?? 'a tunnel'}`];
  if (want.outerSrc !== null || want.outerDst !== null) parts.push(`from ${ends(want.outerSrc)} to ${ends(want.outerDst)}`);
  if (want.vni !== null) parts.push(`VNI ${want.vni.join(' or ')}`);
  if (want.port !== null) parts.push(`port ${want.port}`);
  if (want.innerSrc !== null || want.innerDst !== null)
    parts.push(`for packets from ${ends(want.innerSrc)} to ${ends(want.innerDst)}`);
  return parts.join(', ');
}

export const showMtu = (outer: number | undefined, inner: number | undefined): string =>
  [
    outer === undefined ? '' : `IP packets of at most ${outer} bytes`,
    inner === undefined ? '' : `inner IP packets of at most ${inner} bytes`,
  ]
    .filter(Boolean)
    .join(', ');

export const showTtl = (outer: Bounds | null, inner: Bounds | null): string =>
  [outer === null ? '' : `outer ttl ${showBounds(outer)}`, inner === null ? '' : `inner ttl ${showBounds(inner)}`]
    .filter(Boolean)
    .join(', ');

/** Types whose values are plain numbers. */
const NUMBERS: ReadonlySet<FieldType> = new Set(['bool', 'uint8', 'uint16', 'uint24', 'uint32', 'ipv4', 'ether']);
const NO_EXTRAS: ReadonlyMap<string, ExtraField> = new Map();

/** The values of a field on two sides of each conversation. */
export class Sides {
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
function valueReader(name: string, registry: Registry, extras: readonly ExtraField[]): (t: Tracker) => string | null {
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

/** The inner time to live of each conversation's packets while they are in a tunnel: nobody may change it there. */
export class InnerTtls {
  /** By twice the uid plus the way. */
  private readonly seen = new Map<number, { uid: number; ttls: Map<number, Mark> }>();

  take(t: Tracker): void {
    const p = t.packet;
    if (p.levels < 2 || t.conversation < 0) return;
    const uid = t.conversations.uid[t.conversation];
    const key = uid * 2 + t.way;
    const known = this.seen.get(key);
    if (known === undefined) {
      if (!this.isFull) this.seen.set(key, { uid, ttls: new Map([[p.ttl, mark(p)]]) });
    } else if (!known.ttls.has(p.ttl)) known.ttls.set(p.ttl, mark(p));
  }

  get count(): number {
    return this.seen.size;
  }

  /** There may be more than were kept. */
  get isFull(): boolean {
    return this.seen.size >= MAX_COMPARED;
  }

  changed(): { uid: number; said: string; marks: Mark[] }[] {
    return [...this.seen.values()]
      .filter(({ ttls }) => ttls.size > 1)
      .map(({ uid, ttls }) => ({
        uid,
        said: `the inner ttl changes on the way: ${[...ttls.keys()].join(', ')}`,
        marks: [...ttls.values()].slice(0, MAX_MARKS),
      }));
  }
}
