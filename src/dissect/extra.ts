// Fields that no header holds (`frame.number`, `hop.path`), and the levels of a tunnelled packet (`inner.ip.src`).
import type { Moment } from '../bytes/time.js';
import type { FieldDef, FieldValue } from './fields.js';
import { ROLE } from './registry.js';
import { shownLayers } from './tree.js';
import type { Layers } from './walk.js';

/**
 * What must be known for a field beside the frame and its record: what the capture said so far (times of other frames, interfaces,
 * comments), where the frame was seen, the number of its conversation, all copies of its packet, or the frames before it (see Past).
 */
export type Need = 'capture' | 'point' | 'conversation' | 'journey' | 'past';

/** What the record, the capture or the engine knows about a frame, under a display filter name. */
export interface ExtraField {
  readonly def: FieldDef;
  /** Left out: nothing. */
  readonly needs?: Need;
  /** The only values that it can have in this run, where they are few: any other one in a filter is mistyped. Left out: not known. */
  readonly values?: readonly string[];
  /** Values that are known before a frame was read: one in a filter that is a slip of the keyboard for one of them is mistyped. */
  readonly likely?: readonly string[];
  /** Told of each constant that a filter compares it with. */
  readonly asked?: (value: string) => void;
  /**
   * Its value for the frame at hand, null where there is none. Times and durations: seconds as a number, or nanoseconds as a
   * bigint where a double of seconds would not be exact.
   */
  readonly read: (layers: Layers) => FieldValue;
  /** The same of a time or a duration that a frame always has, for those who print millions: false where there is none. */
  readonly moment?: (layers: Layers, into: Moment) => boolean;
}

/** Prefixes that ask for one level of a tunnelled packet, e.g. `inner.ip.src`. */
export type Level = 'outer' | 'inner';

/** Splits `inner.ip.src` into level and field name; null where the name asks for no level. */
export function splitLevel(name: string): { readonly level: Level; readonly field: string } | null {
  if (name.startsWith('outer.')) return { level: 'outer', field: name.slice(6) };
  if (name.startsWith('inner.')) return { level: 'inner', field: name.slice(6) };
  return null;
}

/**
 * Is layer `i` of this level? Outer: before the first tunnel header. Inner: after the last one. A network header directly
 * inside another (IP in IP) is a tunnel too. Without a tunnel there is one level, which is both. Quoted packets are neither.
 */
export function inLevel(layers: Layers, i: number, level: Level): boolean {
  return level === 'outer' ? i < outerEnd(layers) : i >= innerStart(layers) && i < layers.quotedFrom;
}

/** Index after the last layer of the outermost level. */
export function outerEnd(layers: Layers): number {
  const { proto, registry } = layers;
  const count = Math.min(layers.count, layers.quotedFrom);
  let networks = 0;
  for (let i = 0; i < count; i++) {
    const role = registry.roles[proto[i]!]!;
    if (role === ROLE.tunnel || (role === ROLE.network && networks++ > 0)) return i;
  }
  // A header that is only partly there (index `count`) belongs to the level too.
  return Math.min(layers.count + 1, layers.quotedFrom);
}

/** Index of the first layer of the innermost level. */
export function innerStart(layers: Layers): number {
  const { proto, registry } = layers;
  const count = Math.min(layers.count, layers.quotedFrom);
  let start = 0;
  let networks = 0;
  for (let i = 0; i < count; i++) {
    const role = registry.roles[proto[i]!]!;
    if (role === ROLE.tunnel) {
      start = i + 1;
      networks = 0;
    } else if (role === ROLE.network && networks++ > 0) start = i;
  }
  return start;
}

/** Names of layers, joined, and what may stand after them. */
interface Stack {
  readonly text: string;
  readonly next: Map<string, Stack>;
}

/** Stacks that are kept: those of others are joined anew. */
const MAX_STACKS = 1024;
const stacks: Stack = { text: '', next: new Map() };
let kept = 0;

function stackOn(below: Stack, name: string): Stack {
  const stack = { text: (below.text && `${below.text}:`) + name, next: new Map() };
  if (kept++ < MAX_STACKS) below.next.set(name, stack);
  return stack;
}

/** Names of the layers, outer first, as in `eth:ethertype:ip:tcp`; those before layer `until`. */
export function protocolStack(layers: Layers, until = Number.POSITIVE_INFINITY): string {
  let stack = stacks;
  const shown = shownLayers(layers);
  for (let i = 0; i < shown && i < until; i++) {
    const d = layers.registry.protocols[layers.proto[i]!]!;
    const name = d.protocols === undefined || i >= layers.count ? (d.as ?? d.name) : d.protocols(layers, i);
    if (name !== '') stack = stack.next.get(name) ?? stackOn(stack, name);
  }
  return stack.text;
}
