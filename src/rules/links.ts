// Packets that left one capture point and never came to the next, which was watching: lost between the two.
import { DIRECTION } from '../capture/frame.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { World } from './world.js';

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
export function lostBetween(world: World, c: number, way: number): Loss | null {
  const links = linksOf(world);
  if (links === null) return null;
  let loss: Loss | null = null;
  let count = 0;
  for (const use of world.uses(c, way)) {
    const { source, hop } = world.lastNode(use);
    const last = use.path.hops[hop];
    // The rounds of a loop are only seen until the packets' hops are used up, or as far as a path is kept.
    if (world.directionAt(use, hop) !== DIRECTION.out || use.translatedUid >= 0 || use.looped > 0) return null;
    const dst = last.edge < 0 ? world.towards(c, way) : world.tracker.tunnels.list[last.edge].dst;
    const to = nextPoint(world, links, { source, port: last.port }, dst);
    if (to === null || !watches(world, to.source, use.hops[hop].timeNs)) return null;
    count += use.count;
    loss ??= { from: { source, port: last.port }, to, use, hop, count: 0 };
  }
  return loss === null ? null : { ...loss, count };
}

/** `router eth2`. */
export const linkEnd = (world: World, { source, port }: LinkEnd): string =>
  `${world.captures[source].point} ${world.portName(port)}`;

/** What came in where, of that which left by a port: far end by its port. */
type Links = ReadonlyMap<number, ReadonlyMap<number, LinkEnd>>;

const known = new WeakMap<World, Links | null>();

/** Null where there is one point only. */
function linksOf(world: World): Links | null {
  const before = known.get(world);
  if (before !== undefined) return before;
  const links = new Map<number, Map<number, LinkEnd>>();
  const several = new Set(world.captures.map(({ point }) => point)).size > 1;
  if (several)
    for (const c of world.conversations())
      for (const way of [0, 1] as const)
        for (const use of world.uses(c, way)) {
          const travelled = world.travelled(use);
          for (let i = 1; i < travelled.length; i++) {
            const [h, next] = [travelled[i - 1], travelled[i]];
            const [a, b] = [use.path.hops[h], use.path.hops[next]];
            const { source } = use.path.hops[next];
            if (
              world.directionAt(use, h) !== DIRECTION.out ||
              world.directionAt(use, next) !== DIRECTION.in ||
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
  known.set(world, several ? links : null);
  return several ? links : null;
}

/** Where packets to `dst` should come in that left by this port: several nodes may share the link. */
function nextPoint(world: World, links: Links, from: LinkEnd, dst: Ip): LinkEnd | null {
  const ends = [...(links.get(from.port)?.values() ?? [])];
  const node = world.node(from.source);
  const route = node === null ? null : (world.topology?.route(node, dst) ?? null);
  const hop = route?.via ?? (route !== null && route.kind === 'connected' ? dst : null);
  const owner = hop === null ? null : world.nodeAt(hop);
  const fits = ends.filter(({ source, port }) => {
    if (owner !== null) return world.node(source) === owner;
    if (world.isOwn(source, dst)) return true;
    const { ports, exact } = world.livesBehind(source, dst);
    return exact && !ports.has(port);
  });
  return fits.length === 1 ? fits[0] : null;
}

/** The point captured before and after this moment, and lost nothing. */
function watches(world: World, source: number, timeNs: number): boolean {
  const { point } = world.captures[source];
  return (
    !world.lossy(source) &&
    world.halfFilter(source) === null &&
    world.tracker.sources.some(
      ({ firstNs, lastNs }, i) => world.captures[i].point === point && firstNs <= timeNs && timeNs <= lastNs,
    )
  );
}
