// Facts and numbers that the size rules share.

import type { Facts } from '../facts/facts.js';
import type { Link } from '../facts/tunnels.js';
import type { IcmpError } from '../flows/errors.js';
import { PROTO } from '../flows/packet.js';
import { acknowledged } from '../flows/tcp.js';
import type { TunnelKind } from '../flows/tunnels.js';
import type { Ip } from '../topology/ip.js';

/** Largest TCP segment that fits into an IP packet of `mtu` bytes: without the headers, options not counted (RFC 9293 section 3.7.1). */
export const tcpMss = (mtu: number, family: number): number => mtu - (family === 6 ? 60 : 40);

/** Keeps the MSS of all connections through a node within what fits. */
export const clamp = (mss: number, family: number): string =>
  `${family === 6 ? 'ip6tables' : 'iptables'} -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss ${mss}`;

/** An ICMP error about size, and what it means for the conversation whose packet it quotes. */
export interface TooBig {
  readonly error: IcmpError;
  /** The tunnel whose outer packet was too big, or null. */
  readonly tunnel: { readonly kind: TunnelKind; readonly link: Link | null } | null;
  /** Bytes that the tunnel adds. */
  readonly overhead: number;
  /** Longest (inner) IP packet that passes, in bytes; 0 where the error does not say (RFC 1191 section 5). */
  readonly limit: number;
  /** Ways of conversations that it is about. */
  readonly flows: readonly { readonly c: number; readonly way: number }[];
}

export function* tooBig(facts: Facts): Iterable<TooBig> {
  const { longest } = facts.tracker.conversations;
  for (const error of facts.tracker.errors.list) {
    if (error.kind !== 'too-big') continue;
    const tunnel = facts.tunnels.quoted(error);
    const quoted = facts.quoted(error.inner ?? error);
    const edges = tunnel?.link?.edges ?? [];
    const measured = Math.max(0, ...edges.map((edge) => edge.overhead));
    const overhead = tunnel === null ? 0 : measured || (error.inner === null ? 0 : error.quotedLength - error.inner.length);
    const flows = quoted.c >= 0 ? [quoted] : [];
    // The quote may end before the inner header: then it is about what is long enough.
    if (tunnel !== null && error.inner === null)
      for (const { c, way } of tunnel.link?.carried ?? [])
        if (longest[c * 2 + way] + overhead > error.mtu) flows.push({ c, way });
    yield { error, tunnel, overhead, limit: Math.max(0, error.mtu - overhead), flows };
  }
}

/** Where the ICMP error itself is lost: it comes into a node that should pass it on, and does not leave it. Null: not seen. */
export function lostAt(
  facts: Facts,
  error: IcmpError,
): { readonly point: string; readonly port: string; readonly uid: number } | null {
  const t = facts.tracker.conversations;
  const proto = error.family === 4 ? PROTO.icmp : PROTO.icmpv6;
  const c = t.find(error.from, error.to, proto, error.type, error.type);
  if (c < 0) return null;
  const uses = facts.uses(c, t.way);
  for (const use of uses) {
    const { source, first, onlyIn } = facts.lastNode(use);
    if (onlyIn && !facts.isOwn(source, error.to) && facts.forwards(source))
      return { point: facts.captures[source].point, port: facts.portName(use.path.hops[first].port), uid: facts.uid(c) };
  }
  return null;
}

/** Something is still waiting: what was refused was never acknowledged in another size, a ping was not answered. */
export function isStuck(facts: Facts, { error }: TooBig, { c, way }: { readonly c: number; readonly way: number }): boolean {
  const t = facts.tracker.conversations;
  if (t.proto[c] !== PROTO.tcp || error.seq < 0) return facts.delivered(c, way) === false;
  return !acknowledged(t, c, way, (error.seq + 1) >>> 0);
}

/** The destination of the packets that do not fit. */
export const goal = (facts: Facts, { error, flows }: TooBig): Ip =>
  flows.length > 0 ? facts.towards(flows[0].c, flows[0].way) : (error.inner?.dst ?? error.dst);
