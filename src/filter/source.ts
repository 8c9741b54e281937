// Reads the values of a name from the frame at hand. Fields at fixed offsets are read from the header in place; what
// `details` puts out goes through a sink that keeps the wanted fields only.
import type { Dissector } from '../dissect/dissector.js';
import { inLevel, type Level } from '../dissect/extra.js';
import { type FieldDef, type FieldValue, fieldCount } from '../dissect/fields.js';
import { type Placed, type Reader, readUint } from '../dissect/layout.js';
import type { Registry } from '../dissect/registry.js';
import type { Sink } from '../dissect/sink.js';
import { shownLayers } from '../dissect/tree.js';
import { PrintedOnly, unknownOf, unprintedBits } from '../dissect/unprinted.js';
import type { Layers } from '../dissect/walk.js';
import type { Place, Target } from './names.js';
import type { Range } from './parser.js';
import { type Kind, kindOf, type Value } from './values.js';

export type Matcher = (layers: Layers) => boolean;
/** Which layers count: `ip.src#2`, `inner.ip.src`. */
export type Keep = (layers: Layers, i: number) => boolean;
/** All values of an expression in the frame at hand; the array is reused. Empty: it is not there. */
export type List = (layers: Layers) => readonly Value[];

export type NumberTest = (value: number) => boolean;
/** For values of 16 bytes, in place. */
export type AddressTest = (bytes: Uint8Array, at: number) => boolean;

/** Values of one field that a filter looks at; a hostile packet may hold many more. */
export const MAX_VALUES = 4096;

/** The layers that a level and ranges of layer numbers ask for, null for all. */
export function keepOf(registry: Registry, target: Target, level: Level | null, ranges: readonly Range[] | null): Keep | null {
  if (level === null && ranges === null) return null;
  if (ranges === null) return (layers, i) => inLevel(layers, i, level!);
  // Layers are numbered from 1 among those of the same protocol; dissectors that share a name are one protocol.
  const first = new Map<string, number>();
  const group = Int16Array.from(registry.protocols, (d, id) => {
    if (!first.has(d.self.name)) first.set(d.self.name, id);
    return first.get(d.self.name)!;
  });
  // Negative numbers count back from the last layer that has the field.
  const counted = ranges.some((r) => r.start < 0 || (r.last ?? 0) < 0) ? occursIn(registry, target) : null;
  const keeps: Keep = (layers, i) => {
    const { proto } = layers;
    const own = group[proto[i]!];
    const shown = shownLayers(layers);
    let number = 0;
    let here = 0;
    let last = 0;
    for (let k = 0; k < shown; k++) {
      if (group[proto[k]!] !== own) continue;
      number++;
      if (k === i) here = number;
      if (counted?.(layers, k)) last = number;
    }
    for (let r = 0; r < ranges.length; r++) if (inRange(here, last, ranges[r]!)) return true;
    return false;
  };
  return level === null ? keeps : (layers, i) => inLevel(layers, i, level) && keeps(layers, i);
}

/** Does layer `i` have the field? */
function occursIn(registry: Registry, target: Target): Keep {
  if (target.kind !== 'field') return () => true;
  let only = 0;
  const list = fieldList(registry, target.defs, target.places, (_, i) => i === only, kindOf(target.defs[0]!));
  return (layers, i) => {
    only = i;
    return list(layers).length > 0;
  };
}

function inRange(number: number, last: number, r: Range): boolean {
  const start = r.start < 0 ? last + 1 + r.start : r.start;
  if (number < start) return false;
  if (r.length !== null) return number < start + r.length;
  return r.last === null || number <= (r.last < 0 ? last + 1 + r.last : r.last);
}

/** Is a layer of one of these protocols there? */
export function protocolPresent(registry: Registry, protos: readonly number[], keep: Keep | null): Matcher {
  if (keep === null && protos.length === 1) {
    const only = protos[0]!;
    return (layers) => {
      const { proto } = layers;
      const shown = shownLayers(layers);
      for (let i = 0; i < shown; i++) if (proto[i] === only) return true;
      return false;
    };
  }
  const is = new Uint8Array(registry.protocols.length);
  for (const proto of protos) is[proto] = 1;
  return (layers) => {
    const { proto } = layers;
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) if (is[proto[i]!] === 1 && (keep === null || keep(layers, i))) return true;
    return false;
  };
}

/** Fixed fields of one target, by protocol number. */
interface Fixed {
  /** Protocol number -> index into the lists below, or -1. */
  readonly slot: Int16Array;
  readonly reads: readonly (readonly Reader[])[];
  /** Bytes a header must have for the reader of the same index. */
  readonly needs: readonly Uint16Array[];
  /** Bits of UNKNOWN with which there is no value. */
  readonly unprinted: readonly Uint16Array[];
}

function fixed(registry: Registry, places: readonly Place[]): Fixed {
  const slot = new Int16Array(registry.protocols.length).fill(-1);
  places.forEach((place, k) => {
    slot[place.proto] = k;
  });
  return {
    slot,
    reads: places.map((place) => place.placed.map((p) => p.read)),
    needs: places.map((place) => Uint16Array.from(place.placed, (p) => p.offset + p.bytes)),
    unprinted: places.map((place) => Uint16Array.from(place.placed, (p) => unprintedBits(p.def))),
  };
}

/** Do all values lie at fixed offsets, in headers that are walked by their layout? */
export const isFixed = (target: Target): target is Extract<Target, { kind: 'field' }> =>
  target.kind === 'field' && target.places.every((place) => place.detailed.length === 0);

/** Tests one value of a fixed field of the header at `at`. */
type FixedTest = (bytes: Uint8Array, at: number, read: Reader) => boolean;

/**
 * Tests the values of fixed fields. `all`: every one must pass, and there must be one; else one must. Allocates nothing.
 */
function fixedValues(registry: Registry, places: readonly Place[], keep: Keep | null, test: FixedTest, all: boolean): Matcher {
  const { slot, reads, needs, unprinted } = fixed(registry, places);
  return (layers) => {
    const { proto, start, end, bytes } = layers;
    const shown = shownLayers(layers);
    const unknown = layers.frame?.unknown ?? 0;
    let seen = false;
    for (let i = 0; i < shown; i++) {
      const k = slot[proto[i]!]!;
      if (k < 0 || (keep !== null && !keep(layers, i))) continue;
      const at = start[i]!;
      const room = end[i]! - at;
      const read = reads[k]!;
      const need = needs[k]!;
      for (let f = 0; f < read.length; f++) {
        if (need[f]! > room || (unknown !== 0 && (unprinted[k]![f]! & unknownOf(layers, i)) !== 0)) continue;
        if (test(bytes, at, read[f]!) !== all) return !all;
        seen = true;
      }
    }
    return all && seen;
  };
}

/** As `fixedValues`, for numbers. */
export const fixedNumbers = (
  registry: Registry,
  places: readonly Place[],
  keep: Keep | null,
  test: NumberTest,
  all: boolean,
): Matcher => fixedValues(registry, places, keep, (bytes, at, read) => test(read(bytes, at)), all);

/** As `fixedValues`, for addresses of 16 bytes. */
export const fixedAddresses = (
  registry: Registry,
  places: readonly Place[],
  keep: Keep | null,
  test: AddressTest,
  all: boolean,
): Matcher => fixedValues(registry, places, keep, (bytes, at, read) => test(bytes, read(bytes, at)), all);

/** Gathers the occurrences of some fields; reused from frame to frame. */
class Occurrences implements Sink {
  private readonly wanted: Uint8Array;
  private layers: Layers | null = null;
  readonly values: Value[] = [];

  constructor(
    defs: readonly FieldDef[],
    private readonly kind: Kind,
    private readonly raw = false,
  ) {
    this.wanted = new Uint8Array(fieldCount());
    for (const def of defs) if (kindOf(def) === kind) this.wanted[def.id] = 1;
  }

  begin(layers: Layers): void {
    this.layers = layers;
    this.values.length = 0;
  }
  wants(def: FieldDef): boolean {
    return this.wanted[def.id] === 1 && this.values.length < MAX_VALUES;
  }
  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    if (this.wanted[def.id] !== 1 || this.values.length >= MAX_VALUES) return;
    if (this.raw) {
      // What is made from other fields has no bytes.
      if (length > 0) this.values.push(this.layers!.bytes.subarray(at, at + length));
      return;
    }
    // A heading has no value: only that it is there counts.
    if (value !== null) this.values.push(value);
    else if (this.kind === 'none') this.values.push(1);
    else this.values.push(this.layers!.bytes.subarray(at, at + length));
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.add(def, at, length, value);
  }
  close(): void {}
  note(): void {}
}

/** All values of a field, wherever they are put out; with `raw` as their bytes. */
export function fieldList(
  registry: Registry,
  defs: readonly FieldDef[],
  places: readonly Place[],
  keep: Keep | null,
  kind: Kind,
  raw = false,
): List {
  const byProto = new Array<Place | null>(registry.protocols.length).fill(null);
  for (const place of places) byProto[place.proto] = place;
  const found = new Occurrences(defs, kind, raw);
  return (layers) => {
    found.begin(layers);
    const unknown = layers.frame?.unknown ?? 0;
    const { proto, start, end, bytes } = layers;
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) {
      const place = byProto[proto[i]!]!;
      if (place === null || (keep !== null && !keep(layers, i))) continue;
      const at = start[i]!;
      const sink = unknown === 0 ? found : new PrintedOnly(found, unknownOf(layers, i));
      for (const item of place.placed)
        if (at + item.offset + item.bytes <= end[i]!)
          sink.add(item.def, at + item.offset, item.bytes, raw ? null : placedValue(bytes, at, item));
      if (place.detailed.length === 0) continue;
      const d = registry.protocols[proto[i]!]!;
      if (i < layers.count || d.shapes) d.details?.(sink, layers, i);
    }
    return found.values;
  };
}

function placedValue(bytes: Uint8Array, at: number, item: Placed): FieldValue {
  const { type } = item.def;
  if (type === 'ipv6' || type === 'bytes') return null;
  if (type !== 'uint64') return item.read(bytes, at);
  const from = at + item.offset;
  return (BigInt(readUint(bytes, from, 4)) << 32n) | BigInt(readUint(bytes, from + 4, 4));
}

/** The bytes of each layer of some protocols: what Wireshark takes for the protocol, or with `payload` all behind it too. */
export function protocolList(registry: Registry, protos: readonly number[], keep: Keep | null, payload: boolean): List {
  const is = new Uint8Array(registry.protocols.length);
  for (const proto of protos) is[proto] = payload || ownsPayload(registry.protocols[proto]!) ? 2 : 1;
  const values: Uint8Array[] = [];
  return (layers) => {
    values.length = 0;
    const { proto, start, body, end, bytes } = layers;
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) {
      const how = is[proto[i]!]!;
      if (how === 0 || (keep !== null && !keep(layers, i))) continue;
      values.push(bytes.subarray(start[i]!, Math.max(start[i]!, how === 2 ? end[i]! : body[i]!)));
    }
    return values;
  };
}

/**
 * What a message carries belongs to it (DNS, ICMP), and what a segment carries (TCP, SCTP); what a header of a lower layer or of a datagram
 * carries does not (IP, UDP, VXLAN).
 */
const ownsPayload = ({ payload, role, length }: Dissector): boolean =>
  payload === undefined || 'none' in payload || (role === 'transport' && ('step' in payload || length !== undefined));

/** The captured bytes of the whole frame. */
export function frameList(): List {
  const values: Uint8Array[] = [];
  return (layers) => {
    values.length = 0;
    const { frame } = layers;
    if (frame !== null) values.push(frame.bytes.subarray(frame.start, frame.end));
    return values;
  };
}
