// Links between capture points, and what is lost on them: packets that left one point and never came to the next, which was watching.
import { DIRECTION } from '../capture/frame.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

/** An interface of a node, as the end of a link. */
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

export class Links {
  constructor(private readonly facts: Facts) {}

  /** `router eth2`. */
  name({ source, port }: LinkEnd): string {
    return `${this.facts.captures[source].point} ${this.facts.interfaces.name(port)}`;
  }

  /** Where the packets of one direction are lost on a link, all that were seen; null when they are not, or it cannot be told. */
  lossOf(direction: Direction): Loss | null {
    const { facts } = this;
    const ends = this.ends();
    if (ends === null) return null;
    let loss: Loss | null = null;
    let count = 0;
    for (const use of direction.paths) {
      const { source, hop } = facts.paths.lastNode(use);
      const last = use.path.hops[hop];
      // The rounds of a loop are only seen until the packets' hops are used up, or as far as a path is kept.
      if (facts.paths.directionAt(use, hop) !== DIRECTION.out || use.translatedTo >= 0 || use.looped > 0) return null;
      const dst = last.edge < 0 ? direction.to : facts.tunnels.edge(last.edge).dst;
      const to = this.next([...(ends.get(last.port)?.values() ?? [])], source, dst, use.hops[hop].timeNs);
      if (to === null || !facts.doubts.watched(to.source, use.hops[hop].timeNs)) return null;
      count += use.count;
      loss ??= { from: { source, port: last.port }, to, use, hop, count: 0 };
    }
    return loss === null ? null : { ...loss, count };
  }

  /** Far ends by port: what came in where, of that which left by it. Null where there is one point only. */
  private readonly ends = lazy((): ReadonlyMap<number, ReadonlyMap<number, LinkEnd>> | null => {
    const { paths, captures } = this.facts;
    if (new Set(captures.map(({ point }) => point)).size < 2) return null;
    const links = new Map<number, Map<number, LinkEnd>>();
    for (const direction of this.facts.directions())
      for (const use of direction.paths) {
        const travelled = paths.travelled(use);
        for (let i = 1; i < travelled.length; i++) {
          const [h, next] = [travelled[i - 1], travelled[i]];
          const [a, b] = [use.path.hops[h], use.path.hops[next]];
          if (paths.directionAt(use, h) !== DIRECTION.out || paths.directionAt(use, next) !== DIRECTION.in) continue;
          // A lower TTL means that there was a router between them that no capture point saw.
          const isDirect = use.hops[h].ttl === use.hops[next].ttl && use.hops[h].outerTtl === use.hops[next].outerTtl;
          if (a.source === b.source || !isDirect || a.edge !== b.edge) continue;
          const ends = links.get(a.port) ?? new Map<number, LinkEnd>();
          links.set(a.port, ends.set(b.port, { source: b.source, port: b.port }));
        }
      }
    return links;
  });

  /** At which of these ends packets to `dst` that left at `timeNs` should come in: several nodes may share the link. */
  private next(ends: readonly LinkEnd[], from: number, dst: Ip, timeNs: number): LinkEnd | null {
    const { topology, ownership } = this.facts;
    const node = this.facts.node(from);
    const route = node === null ? null : (topology?.route(node, dst) ?? null);
    const hop = route?.via ?? (route !== null && route.kind === 'connected' ? dst : null);
    const owner = hop === null ? null : ownership.nodeAt(hop);
    // Where nothing says who is next, it may have been another one on that link, which did not capture at that time.
    if (owner === null && !ends.every((end) => this.facts.doubts.watched(end.source, timeNs))) return null;
    const fits = ends.filter(({ source, port }) => {
      if (owner !== null) return this.facts.node(source) === owner;
      if (ownership.isOwn(source, dst)) return true;
      const { ports, exact } = ownership.livesBehind(source, dst);
      return exact && !ports.has(port);
    });
    return fits.length === 1 ? fits[0] : null;
  }
}
