// Hops as people write them (`in eth1`, `router out eth2`, `out eth1 vxlan`), and paths held against them.
import { DIRECTION } from '../capture/frame.js';
import type { TunnelKind } from '../flows/tunnels.js';

export interface HopPattern {
  /** Any number of hops, none among them. */
  readonly any: boolean;
  readonly point: string | null;
  /** DIRECTION, or null for any. */
  readonly direction: number | null;
  readonly interface: string;
  /** What carries the packet there; null: does not matter. */
  readonly carrier: TunnelKind | 'bare' | null;
}

const WORDS: Readonly<Record<string, number>> = { in: DIRECTION.in, out: DIRECTION.out, passing: DIRECTION.other };
const CARRIERS = new Set(['vxlan', 'geneve', 'gre', 'ip', 'bare']);

/** Null when it is no hop. An interface may be `*`. */
export function parseHop(text: string): HopPattern | null {
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  if (words.length === 1 && (words[0] === '...' || words[0] === '…'))
    return { any: true, point: null, direction: null, interface: '*', carrier: null };
  const last = words[words.length - 1];
  const carrier = words.length > 1 && CARRIERS.has(last) ? (words.pop() as HopPattern['carrier']) : null;
  const at = words.findIndex((word) => Object.hasOwn(WORDS, word));
  const common = { any: false, carrier };
  if (at < 0) return words.length === 1 ? { ...common, point: null, direction: null, interface: words[0] } : null;
  if (at > 1 || words.length !== at + 2) return null;
  return { ...common, point: at === 1 ? words[0] : null, direction: WORDS[words[at]], interface: words[at + 1] };
}

/** One sight of a packet. */
export interface SeenHop {
  readonly point: string;
  readonly direction: number;
  readonly interface: string;
  readonly carrier: TunnelKind | 'bare';
}

export const hopMatches = (pattern: HopPattern, hop: SeenHop): boolean =>
  (pattern.point === null || pattern.point === hop.point) &&
  // A capture that tells no direction cannot be held to one.
  (pattern.direction === null || pattern.direction === hop.direction || hop.direction === DIRECTION.unknown) &&
  (pattern.interface === '*' || pattern.interface === hop.interface) &&
  (pattern.carrier === null || pattern.carrier === hop.carrier);

/** Whether the hops are those of the patterns, in order; hops at points that no pattern names do not count. */
export function takesPath(patterns: readonly HopPattern[], hops: readonly SeenHop[]): boolean {
  const points = new Set(patterns.flatMap((p) => (p.any || p.point === null ? [] : [p.point])));
  const everywhere = patterns.some((p) => !p.any && p.point === null);
  return matches(patterns, everywhere ? hops : hops.filter((hop) => points.has(hop.point)));
}

function matches(patterns: readonly HopPattern[], hops: readonly SeenHop[]): boolean {
  // Both lists are short: a path has some eight hops.
  const [pattern, ...rest] = patterns;
  if (pattern === undefined) return hops.length === 0;
  if (pattern.any) return hops.some((_, i) => matches(rest, hops.slice(i))) || matches(rest, []);
  return hops.length > 0 && hopMatches(pattern, hops[0]) && matches(rest, hops.slice(1));
}
