// What ICMP errors about size mean for the conversations whose packets they quote.
import type { IcmpError } from '../flows/errors.js';
import { PROTO } from '../flows/packet.js';
import type { TunnelKind } from '../flows/tunnels.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import type { Link } from './tunnels.js';

/** An ICMP error about size, and what it means for the conversation whose packet it quotes. */
export interface TooBig {
  readonly error: IcmpError;
  /** The tunnel whose outer packet was too big, or null. */
  readonly tunnel: { readonly kind: TunnelKind; readonly link: Link | null } | null;
  /** Bytes that the tunnel adds. */
  readonly overhead: number;
  /** Longest (inner) IP packet that passes, in bytes; 0 where the error does not say (RFC 1191 section 5). */
  readonly limit: number;
  /** Length of the quoted packet on a link; what the sending host merged (segmentation offload) is told by its MSS. */
  readonly size: number;
  /** What it is about. */
  readonly directions: readonly Direction[];
}

export class Sizes {
  constructor(private readonly facts: Facts) {}

  /** All ICMP errors that say that a packet was too big for a link. */
  readonly tooBig = lazy((): readonly TooBig[] => {
    const { errors, tunnels } = this.facts;
    const found: TooBig[] = [];
    for (const error of errors.list) {
      if (error.kind !== 'too-big') continue;
      const tunnel = tunnels.quoted(error);
      const quoted = errors.quoted(error.inner ?? error);
      const measured = Math.max(0, ...(tunnel?.link?.edges ?? []).map((edge) => edge.overhead));
      const overhead = tunnel === null ? 0 : measured || (error.inner === null ? 0 : error.quotedLength - error.inner.length);
      const directions = quoted === null ? [] : [quoted];
      // The quote may end before the inner header: then it is about what is long enough.
      if (tunnel !== null && error.inner === null)
        for (const { direction } of tunnel.link?.carried ?? [])
          if (direction.longest + overhead > error.mtu) directions.push(direction);
      const whole = Math.max(0, ...directions.map((direction) => this.onLink(direction, error.quotedLength - overhead)));
      const size = whole === 0 ? error.quotedLength : whole + overhead;
      found.push({ error, tunnel, overhead, limit: Math.max(0, error.mtu - overhead), size, directions });
    }
    return found;
  });

  /**
   * Length of the IP packets that a frame of `bytes` becomes on a link. A host that leaves cutting to its card (GSO, TSO) or that merges
   * what came in (GRO, LRO) shows frames longer than any segment: those keep to the MSS that the other end announced (RFC 9293 section
   * 3.7.1).
   */
  onLink(direction: Direction, bytes: number): number {
    const mss = direction.other.mss || direction.mss;
    if (!direction.conversation.isTcp || mss === 0) return bytes;
    return Math.min(bytes, mss + (direction.to.family === 6 ? 60 : 40));
  }

  /** The sender goes by what the error says: what it sends again since then fits. */
  adapts({ limit }: TooBig, direction: Direction): boolean {
    if (!direction.conversation.isTcp || limit === 0 || direction.stuckCount === 0) return false;
    return direction.stuckLength + (direction.to.family === 6 ? 60 : 40) <= limit;
  }

  /**
   * Something is still waiting: what was refused was never acknowledged in another size, a ping was not answered. Not where the sender has
   * taken to packets that fit: what becomes of those is another matter.
   */
  isStuck(found: TooBig, direction: Direction): boolean {
    const { error } = found;
    if (this.adapts(found, direction)) return false;
    if (!direction.conversation.isTcp || error.seq < 0) return this.facts.delivery.of(direction) === false;
    return !direction.acknowledged((error.seq + 1) >>> 0);
  }

  /** Where the ICMP error itself is lost: it comes into a node that should pass it on, and does not leave it. Null: not seen. */
  errorLostAt(error: IcmpError): { readonly point: string; readonly port: string; readonly uid: number } | null {
    const { paths, ownership, crossings, captures, interfaces } = this.facts;
    const proto = error.family === 4 ? PROTO.icmp : PROTO.icmpv6;
    const direction = this.facts.directionOf(error.from, error.to, proto, error.type, error.type);
    if (direction === null) return null;
    for (const use of direction.paths) {
      const { source, first, onlyIn } = paths.lastNode(use);
      if (onlyIn && !ownership.isOwn(source, error.to) && crossings.forwards(source))
        return {
          point: captures[source].point,
          port: interfaces.name(use.path.hops[first].port),
          uid: direction.conversation.uid,
        };
    }
    return null;
  }
}
