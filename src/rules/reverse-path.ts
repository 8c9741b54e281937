// Reverse-path filtering: a node drops what comes in by an interface that its own route to the sender does not use.
import type { Facts } from '../facts/facts.js';
import type { Ip } from '../topology/ip.js';
import { reverseRoute } from '../topology/reverse.js';
import type { Route } from '../topology/routes.js';

export interface ReversePath {
  readonly back: Route;
  /** Interface of the route back to the sender. */
  readonly dev: string;
  /** The node's setting is known to be strict. */
  readonly strict: boolean;
  readonly text: string;
}

/**
 * Why the node at `source` drops packets of `src` that come in by `port`: its route back leads elsewhere (RFC 3704 section 2.2: strict
 * mode). Null where its routes are not known or agree, where the filter is known to be off or loose, where another rule or table may
 * lead back, and where other packets from there were seen getting on.
 */
export function reversePath(facts: Facts, source: number, src: Ip, port: number): ReversePath | null {
  const { topology } = facts;
  const node = facts.node(source);
  const from = facts.interfaces.name(port);
  if (node === null || topology === null) return null;
  const sameLink = (dev: string) => facts.interfaces.sameLink(node, dev, from);
  const found = reverseRoute(topology, node, from, src, { sameLink });
  if (found === null || facts.passing.acceptsFrom(source, src, port)) return null;
  const { back, dev } = found;
  const strict = found.setting === 1;
  return {
    back,
    dev,
    strict,
    text: `The return path to ${src} is by ${dev} (route ${back.prefix}) and not by ${from}, where the packets come in: ${strict ? '' : 'strict '}reverse-path filtering (rp_filter${strict ? ' = 1' : ''}) drops them.`,
  };
}

/**
 * The same where no routes are known, by what the node was seen doing: the interface by which it sends packets to `src`, where that is not the
 * one by which those of `src` come in and end. Only a possible cause: the setting is not known. Null where packets from there got on, or
 * some to there leave by that interface.
 */
export function seenWayBack(facts: Facts, source: number, src: Ip, port: number): string | null {
  if (src.family !== 4 || facts.node(source) !== null || facts.passing.acceptsFrom(source, src, port)) return null;
  const exits = facts.passing.exitsTo(source, src);
  if (exits.size === 0 || [...exits].some((exit) => facts.interfaces.isOne(exit, port))) return null;
  const [back] = exits;
  // A bridge and its ports are one way.
  return facts.crossings.areOneLink(back, port) ? null : facts.interfaces.name(back);
}
