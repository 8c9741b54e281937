// Reverse-path filtering: a node drops what comes in by an interface that its own route to the sender does not use.
import type { Ip } from './ip.js';
import type { Topology } from './model.js';
import type { Route } from './routes.js';

export interface ReverseRoute {
  readonly back: Route;
  /** Interface of the return path. */
  readonly dev: string;
  /** The node's setting: strict, or not known. Off and loose drop nothing. */
  readonly setting: 1 | null;
  /** No rule or table that is not known may lead back otherwise. */
  readonly certain: boolean;
}

/**
 * The return path from `node` to `src`, where it leads by another interface than `iif`, by which packets come in (RFC 3704 section 2.2).
 * Null where the routes are not known or agree, and where the filter is known to be off or loose. `sameLink`: whether an interface is the
 * one that packets come in by, as a bridge is of its port; `peer`: whom the packets are for.
 */
export function reverseRoute(
  topology: Topology,
  node: string,
  iif: string,
  src: Ip,
  { sameLink, src: peer = null }: { readonly sameLink: (dev: string) => boolean; readonly src?: Ip | null },
): ReverseRoute | null {
  if (src.family !== 4 || !topology.routesKnownFor(node, 4)) return null;
  const { route: back, certain } = topology.routeDecision(node, src, peer === null ? {} : { src: peer });
  if (back === null || back.dev === null || back.kind === 'local') return null;
  if (back.nexthops.some(({ dev }) => dev !== null && sameLink(dev))) return null;
  // A port of the bridge that the return path leads to, and a pod's own device, which eBPF takes packets from before the routes are asked.
  const entry = topology.interfaceByName(node, iif);
  if (entry !== null && entry.master !== null && back.nexthops.some(({ dev }) => dev === entry.master)) return null;
  if (topology.podAt(node, iif) !== null || topology.node(node)?.podCIDRs.some((cidr) => cidr.contains(src))) return null;
  const setting = topology.rpFilter(node, iif);
  return setting === 0 || setting === 2 ? null : { back, dev: back.dev, setting, certain };
}
