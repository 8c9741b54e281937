// What reaches an address through a node, and what ends there: the two sides of a contrast.

import { entry, push } from '../bytes/groups.js';
import { PROTO } from '../flows/packet.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import { type Contrast, contrasts, type Sample } from './contrast.js';
import type { Direction } from './conversation.js';
import { exitPort } from './crossings.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

/** Packets that came into a node, and whether they got on from there. */
export interface Passing {
  readonly direction: Direction;
  readonly use: PathUse;
  /** Port by which they came in. */
  readonly entry: number;
  /** The tunnel that they were in there, by its number; -1: none. */
  readonly edge: number;
  readonly passes: boolean;
}

/** What separates lost from passing packets to one address, the narrowest first: a filter looks at these, a route at none. */
const LOOKED_AT = ['fragment', 'service', 'protocol', 'interface', 'source', 'pair'] as const;

export class PassingThrough {
  constructor(private readonly facts: Facts) {}

  /** Everything to this address (of a tunnel: of its other end) that came into the node. */
  to(source: number, dst: Ip): readonly Passing[] {
    return this.all().get(`${source} ${dst}`) ?? NOTHING;
  }

  /** Packets of this direction that the node passed on: those seen coming in, and those that only left, whose frame the capture lacks. */
  tally(source: number, { paths: uses }: Direction): { readonly passed: number; readonly unseen: number } {
    const { paths } = this.facts;
    let [passed, unseen] = [0, 0];
    for (const use of uses) {
      if (!paths.passages(use).some((x) => x.source === source)) continue;
      if (paths.entryAt(use, source) < 0) unseen += use.count;
      else passed += use.count;
    }
    return { passed, unseen };
  }

  /** Ports by which the node was seen sending packets on to this address; of a tunnel: to its other end. */
  exitsTo(source: number, dst: Ip): ReadonlySet<number> {
    return this.exits().get(`${source} ${dst}`) ?? NO_PORTS;
  }
  private readonly exits = lazy(() => {
    const found = new Map<string, Set<number>>();
    for (const direction of this.facts.exampleDirections())
      for (const x of this.facts.crossings.of(direction))
        entry(found, `${x.source} ${x.dst}`, () => new Set<number>()).add(exitPort(x));
    return found;
  });

  /** Packets from this address that came in by this port got on: neither its route nor a reverse-path filter is in their way. */
  acceptsFrom(source: number, src: Ip, entry: number): boolean {
    return this.accepted().has(`${source} ${entry} ${src}`);
  }

  /**
   * What the lost among the packets to `dst` have in common that those which pass have not, the narrowest first; empty where
   * nothing separates them. `lost`: the paths that are known to end at the node.
   */
  contrast(source: number, dst: Ip, lost: ReadonlySet<PathUse>): readonly Contrast[] {
    const samples: Sample[] = [];
    for (const { direction, use, entry, edge, passes } of this.to(source, dst))
      if (passes || lost.has(use))
        samples.push({
          lost: !passes,
          count: use.count,
          attributes: {
            ...this.headersOf(direction, edge),
            interface: this.facts.interfaces.name(entry),
            fragment: direction.cut > 0 || isLaterFragments(direction) ? FRAGMENTS : 'whole packets',
          },
        });
    const found = contrasts(samples, LOOKED_AT);
    // Where one of the two separates them, both together say no more.
    return found.length > 1 ? found.filter(({ attribute }) => attribute !== 'pair') : found;
  }

  /** What a filter on the way reads: of a tunnelled packet the outer headers. */
  private headersOf(direction: Direction, edge: number) {
    const outer = edge < 0 ? null : this.facts.tunnels.edge(edge);
    const source = String(outer?.src ?? direction.from);
    const service =
      outer === null ? serviceOf(direction) : outer.port > 0 ? `port ${outer.port} (udp)` : `protocol ${outer.kind}`;
    const protocol = outer === null ? direction.conversation.protoName : outer.port > 0 ? 'udp' : outer.kind;
    // A policy may let one source use a port and not another one.
    return { service, protocol, source, pair: `${service} from ${source}` };
  }

  /**
   * The node hands packets to some of its own in a way that no interface shows (a redirect by eBPF): they arrive, as their answers
   * prove, and were never seen going out.
   */
  hands(source: number): boolean {
    return this.hidden().has(source);
  }

  /** Connections that came in by this port go on, though none of their packets was seen leaving: the capture does not show what leaves. */
  leavesUnseen(source: number, entry: number): boolean {
    return this.unseen().has(`${source} ${entry}`);
  }
  private readonly unseen = lazy(() => {
    const found = new Set<string>();
    const { paths, delivery } = this.facts;
    for (const direction of this.facts.ailingDirections()) {
      if (direction.other.packets > 0 || direction.retransmissions > 0 || !delivery.goesOn(direction)) continue;
      const uses = direction.paths;
      if (!uses.every((use) => use.translatedTo < 0 && paths.lastNode(use).onlyIn)) continue;
      for (const use of uses) {
        const { source, first } = paths.lastNode(use);
        found.add(`${source} ${use.path.hops[first].port}`);
      }
    }
    return found;
  });

  private readonly hidden = lazy(() => {
    const found = new Set<number>();
    const { paths, delivery, ownership, crossings } = this.facts;
    for (const direction of this.facts.exampleDirections()) {
      if (delivery.of(direction) !== true) continue;
      for (const use of direction.paths) {
        const { source, onlyIn } = paths.lastNode(use);
        if (!onlyIn || use.translatedTo >= 0 || use.answered === 0 || ownership.isOwn(source, direction.to)) continue;
        const home = ownership.livesBehind(source, direction.to);
        if (home.exact && ![...home.ports.keys()].some((port) => crossings.forwardsBy(port))) found.add(source);
      }
    }
    return found;
  });

  private readonly all = lazy(() => {
    const found = new Map<string, Passing[]>();
    const add = (source: number, dst: Ip, one: Passing) => push(found, `${source} ${dst}`, one);
    const { paths, crossings, tunnels } = this.facts;
    for (const direction of this.facts.directions()) {
      for (const x of crossings.of(direction)) {
        const entry = crossings.entryPort(x);
        if (entry !== null) add(x.source, x.dst, { direction, use: x.use, entry, edge: x.edge, passes: true });
      }
      for (const use of direction.paths) {
        const { source, first, hop, onlyIn } = paths.lastNode(use);
        if (!onlyIn) continue;
        const { edge } = use.path.hops[hop];
        const dst = edge < 0 ? direction.to : tunnels.edge(edge).dst;
        // What was answered, or left in another form, got on out of sight.
        const passes = use.translatedTo >= 0 || use.answered > 0;
        add(source, dst, { direction, use, entry: use.path.hops[first].port, edge, passes });
      }
    }
    return found;
  });

  private readonly accepted = lazy(() => {
    const found = new Set<string>();
    const { crossings, paths, ownership } = this.facts;
    for (const direction of this.facts.exampleDirections()) {
      for (const x of crossings.of(direction)) {
        const entry = crossings.entryPort(x);
        if (entry !== null) found.add(`${x.source} ${entry} ${x.src}`);
      }
      for (const use of direction.paths) {
        const { source, first, onlyIn } = paths.lastNode(use);
        if (onlyIn && (use.answered > 0 || (direction.other.packets > 0 && ownership.isOwn(source, direction.to))))
          found.add(`${source} ${use.path.hops[first].port} ${direction.from}`);
      }
    }
    return found;
  });
}

const NOTHING: readonly Passing[] = [];
const NO_PORTS: ReadonlySet<number> = new Set();

export const FRAGMENTS = 'fragments';
export const LATER = 'later fragments';
/** Fragments but the first have no ports, and no type of ICMP (RFC 791 section 3.2); they are followed as a conversation of their own. */
export const isLaterFragments = ({ conversation: { initiatorPort, responderPort, proto, isEcho } }: Direction): boolean =>
  initiatorPort === 0 && responderPort === 0 && (proto === PROTO.tcp || proto === PROTO.udp || (proto === PROTO.icmp && !isEcho));

/** What fragments of one packet have in common. */
export const pairKey = ({ from, to, conversation: { proto } }: Direction): string => `${proto} ${from} ${to}`;

/** What a filter that knows ports sees of a packet: `port 8080 (tcp)`, `answers from port 80 (tcp)`, `ping`. */
export function serviceOf(direction: Direction): string {
  const { conversation } = direction;
  const { proto, protoName } = conversation;
  if (isLaterFragments(direction)) return `${LATER} (${protoName})`;
  if (proto === PROTO.icmp || proto === PROTO.icmpv6) return conversation.isEcho ? 'ping' : protoName;
  if (proto !== PROTO.tcp && proto !== PROTO.udp) return `protocol ${protoName}`;
  const port = `port ${conversation.responderPort} (${protoName})`;
  return direction.isReply ? `answers from ${port}` : port;
}
