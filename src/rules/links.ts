// Packets that left one capture point and never came to the next, which was watching: lost between the two.
import { DIRECTION } from '../capture/frame.js';
import type { Facts } from '../facts/facts.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';

/** A place on a link: an interface of a node. */
export interface LinkEnd {
  readonly source: number;
  readonly port: number;
}

export interface Loss {
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  readonly use: PathUse;
  /** Hop of `use` by which the packets left. */
  readonly hop: number;
  readonly count: number;
}

/** Where the packets of one way are lost on a link, all that were seen; null when they are not, or nobody can tell. */
export function lostBetween(facts: Facts, c: number, way: number): Loss | null {
  const links = linksOf(facts);
  if (links === null) return null;
  let loss: Loss | null = null;
  let count = 0;
  for (const use of facts.uses(c, way)) {
    const { source, hop } = facts.lastNode(use);
    const last = use.path.hops[hop];
    // The rounds of a loop are only seen until the packets' hops are used up, or as far as a path is kept.
    if (facts.directionAt(use, hop) !== DIRECTION.out || use.translatedUid >= 0 || use.looped > 0) return null;
    const dst = last.edge < 0 ? facts.towards(c, way) : facts.tracker.tunnels.list[last.edge].dst;
    const to = nextPoint(facts, links, { source, port: last.port }, dst);
    if (to === null || !watches(facts, to.source, use.hops[hop].timeNs)) return null;
    count += use.count;
    loss ??= { from: { source, port: last.port }, to, use, hop, count: 0 };
  }
  return loss === null ? null : { ...loss, count };
}

/** `router eth2`. */
export const linkEnd = (facts: Facts, { source, port }: LinkEnd): string =>
  `${facts.captures[source].point} ${facts.portName(port)}`;

/** What came in where, of that which left by a port: far end by its port. */
type Links = ReadonlyMap<number, ReadonlyMap<number, LinkEnd>>;

const known = new WeakMap<Facts, Links | null>();

/** Null where there is one point only. */
function linksOf(facts: Facts): Links | null {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const links = new Map<number, Map<number, LinkEnd>>();
  const several = new Set(facts.captures.map(({ point }) => point)).size > 1;
  if (several)
    for (const c of facts.conversations())
      for (const way of [0, 1] as const)
        for (const use of facts.uses(c, way)) {
          const travelled = facts.travelled(use);
          for (let i = 1; i < travelled.length; i++) {
            const [h, next] = [travelled[i - 1], travelled[i]];
            const [a, b] = [use.path.hops[h], use.path.hops[next]];
            const { source } = use.path.hops[next];
            if (
              facts.directionAt(use, h) !== DIRECTION.out ||
              facts.directionAt(use, next) !== DIRECTION.in ||
              use.path.hops[h].source === source
            )
              continue;
            // With a hop less to live there was a router between them that nobody watched.
            if (use.hops[h].ttl !== use.hops[next].ttl || use.hops[h].outerTtl !== use.hops[next].outerTtl || a.edge !== b.edge)
              continue;
            let ends = links.get(a.port);
            if (ends === undefined) {
              ends = new Map();
              links.set(a.port, ends);
            }
            ends.set(b.port, { source, port: b.port });
          }
        }
  known.set(facts, several ? links : null);
  return several ? links : null;
}

/** Where packets to `dst` should come in that left by this port: several nodes may share the link. */
function nextPoint(facts: Facts, links: Links, from: LinkEnd, dst: Ip): LinkEnd | null {
  const ends = [...(links.get(from.port)?.values() ?? [])];
  const node = facts.node(from.source);
  const route = node === null ? null : (facts.topology?.route(node, dst) ?? null);
  const hop = route?.via ?? (route !== null && route.kind === 'connected' ? dst : null);
  const owner = hop === null ? null : facts.nodeAt(hop);
  const fits = ends.filter(({ source, port }) => {
    if (owner !== null) return facts.node(source) === owner;
    if (facts.isOwn(source, dst)) return true;
    const { ports, exact } = facts.livesBehind(source, dst);
    return exact && !ports.has(port);
  });
  return fits.length === 1 ? fits[0] : null;
}

/** The point captured before and after this moment, and lost nothing. */
function watches(facts: Facts, source: number, timeNs: number): boolean {
  const { point } = facts.captures[source];
  return (
    !facts.lossy(source) &&
    facts.halfFilter(source) === null &&
    facts.tracker.sources.some(
      ({ firstNs, lastNs }, i) => facts.captures[i].point === point && firstNs <= timeNs && timeNs <= lastNs,
    )
  );
}
