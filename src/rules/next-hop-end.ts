// What the tables say of packets that a node sends to a next hop.
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import { BROKEN, idleText } from '../topology/walk.js';

export interface End {
  readonly text: string;
  /** False where it follows from what the topology lacks. */
  readonly isKnown: boolean;
}

/** What the tables say of packets to `dst` at the next hop that does not lead there; null where it may lead there. */
export function endAt(topology: Topology, node: string, used: string | null, dst: Ip, src: Ip): End | null {
  if (used === null) return { text: 'the topology has nobody with this address', isKnown: false };
  if (topology.forwards(used, dst.family) === false) return { text: idleText(used, dst.family), isKnown: true };
  const walk = topology.walk(used, dst, src);
  if (walk.hops.some((hop) => hop.node === node || hop.next === node))
    return { text: `${used} sends them back to ${node}`, isKnown: walk.certain };
  if (BROKEN.has(walk.end)) return walk.certain ? { text: walk.why, isKnown: true } : null;
  if (walk.end !== 'unknown' || topology.routesKnownFor(used, dst.family) || walk.at !== used) return null;
  return topology.connectedOwner(dst).some((attached) => attached.node === used)
    ? null
    : { text: `it is not connected to the network of ${dst}, and the topology does not say how it sends on`, isKnown: false };
}
