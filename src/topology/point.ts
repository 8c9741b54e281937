// Which node a capture was taken on, from what its frames hold.
import type { Known, NodeRecord } from './record.js';
import type { PointClues } from './types.js';

/**
 * On one Ethernet link the capturing host is in every unicast frame; a host it only talks to most of the time is not.
 * Below this share of the first the second is clearly another one; above it, none is named.
 */
const CLEARLY_LESS = 0.8;

export class Points {
  constructor(private readonly known: Pick<Known, 'nodes' | 'byMac'>) {}

  /**
   * The one node a capture was taken on, or null when none or several fit. MACs the host sent with decide; then interface
   * numbers and names, which several nodes may share; then, on Ethernet, the host that is part of nearly every frame.
   */
  of(clues: PointClues): string | null {
    const indexes = [...(clues.indexes ?? [])].filter((index) => index > 0);
    const names = [...(clues.names ?? [])];
    const sentBy = [...(clues.sentBy ?? [])].filter((mac) => this.known.byMac.has(mac));
    let fits = [...this.known.nodes.values()];
    if (sentBy.length > 0) {
      const most = new Map<string, number>();
      for (const mac of sentBy)
        for (const node of new Set((this.known.byMac.get(mac) ?? []).map((i) => i.node)))
          most.set(node, (most.get(node) ?? 0) + 1);
      const best = Math.max(...most.values());
      fits = fits.filter((node) => most.get(node.name) === best);
      if (fits.length === 1) return fits[0].name;
    }
    // A node does not hear itself, but for a loop; and then its MACs went out as well.
    if (sentBy.length === 0) {
      const others = new Set([...(clues.heardFrom ?? [])].map((mac) => this.#only(mac)));
      fits = fits.filter((node) => !others.has(node.name));
    }
    let narrowed = sentBy.length > 0;
    // A node whose numbers are not known fits any number when a MAC speaks for it, and none otherwise.
    if (indexes.length > 0) {
      const spoken = narrowed;
      fits = fits.filter((n) => (n.byIndex.size === 0 ? spoken : indexes.every((index) => n.byIndex.has(index))));
      narrowed = true;
    }
    if (names.length > 0) {
      fits = fits.filter((n) => names.every((name) => n.byName.has(name)));
      narrowed = true;
    }
    if (narrowed && fits.length === 1) return fits[0].name;
    return this.#busiest(clues.unicast ?? new Map(), narrowed ? fits : [...this.known.nodes.values()]);
  }

  /** The one node that has a MAC; null for one that several share, as the NAT devices of virtual machines do. */
  #only(mac: number): string | null {
    const nodes = new Set((this.known.byMac.get(mac) ?? []).map((i) => i.node));
    return nodes.size === 1 ? [...nodes][0] : null;
  }

  #busiest(unicast: ReadonlyMap<number, number>, among: readonly NodeRecord[]): string | null {
    const frames = new Map<string, number>();
    for (const [mac, count] of unicast)
      for (const node of new Set((this.known.byMac.get(mac) ?? []).map((i) => i.node)))
        frames.set(node, (frames.get(node) ?? 0) + count);
    const ranked = among.map((n) => ({ name: n.name, count: frames.get(n.name) ?? 0 })).sort((x, y) => y.count - x.count);
    if (ranked.length === 0 || ranked[0].count === 0) return null;
    // A host that is not in the topology is in as many of the frames: the capture may have been taken there.
    for (const [mac, count] of unicast) if (count >= ranked[0].count && !this.known.byMac.has(mac)) return null;
    return (ranked[1]?.count ?? 0) < ranked[0].count * CLEARLY_LESS ? ranked[0].name : null;
  }
}
