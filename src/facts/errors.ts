// What ICMP errors say of the packets that they quote.
import { entry } from '../bytes/groups.js';
import type { IcmpError } from '../flows/errors.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

export class Errors {
  constructor(private readonly facts: Facts) {}

  get list(): Iterable<IcmpError> {
    return this.facts.tracker.errors.list;
  }

  /** The direction whose packet an ICMP error quotes; null when its conversation was not seen. */
  quoted(error: Pick<IcmpError, 'src' | 'dst' | 'proto' | 'srcPort' | 'dstPort'>): Direction | null {
    return this.facts.directionOf(error.src, error.dst, error.proto, error.srcPort, error.dstPort);
  }

  /** The packets of this conversation are themselves errors, about other conversations. */
  isError(conversation: Conversation): boolean {
    return this.errorConversations().has(conversation);
  }
  private readonly errorConversations = lazy(() => {
    const found = new Set<Conversation>();
    for (const { family, from, to, type } of this.list) {
      const direction = this.facts.directionOf(from, to, family === 4 ? PROTO.icmp : PROTO.icmpv6, type, type);
      if (direction !== null) found.add(direction.conversation);
    }
    return found;
  });

  /** An ICMP error speaks of packets to this address. */
  mention(dst: Ip): boolean {
    return this.destinations().has(String(dst));
  }
  private readonly destinations = lazy(() => new Set(Array.from(this.list, (error) => String(error.dst))));

  /** ICMP errors report that the TTL (hop limit) of packets of this direction ran out. */
  expires(direction: Direction): boolean {
    return this.expired().has(direction);
  }
  private readonly expired = lazy(() => {
    const found = new Set<Direction>();
    for (const error of this.list) {
      const quoted = error.kind === 'ttl-exceeded' ? this.quoted(error) : null;
      if (quoted !== null) found.add(quoted);
    }
    return found;
  });

  /** Datagrams were seen that this address sent from this UDP port: whatever comes there may be an answer. */
  hasSent(ip: Ip, port: number): boolean {
    return this.senders().has(`${ip} ${port}`);
  }
  private readonly senders = lazy(() => {
    const found = new Set<string>();
    for (const direction of this.facts.ailingDirections())
      if (direction.packets > 0 && direction.conversation.proto === PROTO.udp)
        found.add(`${direction.from} ${direction.fromPort}`);
    return found;
  });

  /** Packets of this direction are sent with few hops to live, to see how far they get. */
  isProbe(direction: Direction): boolean {
    return direction.firstTtl > 0 && isTrace(direction) && this.traced(direction.from, direction.to);
  }

  /** The path from `src` to `dst` is traced on purpose, by packets with a low TTL (traceroute, tracepath, mtr). */
  traced(src: Ip, dst: Ip): boolean {
    return this.traces().has(`${src} ${dst}`);
  }
  private readonly traces = lazy(() => {
    const found = new Set<string>();
    /** Pairs of which connections ran out of hops: with which time to live they began, and who said so. */
    const begun = new Map<string, { readonly ttls: Set<number>; readonly senders: Set<string>; count: number }>();
    for (const error of this.list) {
      if (error.kind !== 'ttl-exceeded') continue;
      const quoted = this.quoted(error);
      if (quoted?.conversation.isTcp && isTrace(quoted)) {
        const pair = `${error.src} ${error.dst}`;
        const known = entry(begun, pair, () => ({ ttls: new Set(), senders: new Set(), count: 0 }));
        known.ttls.add(quoted.firstTtl);
        known.senders.add(String(error.from));
        known.count += error.count;
        continue;
      }
      const isProbe = quoted === null ? isTracePort(error.proto, error.dstPort) : isTrace(quoted);
      if (isProbe || (this.isCut(error) && this.probes().has(`${error.src} ${error.dst}`)))
        found.add(`${error.src} ${error.dst}`);
    }
    // Who follows a path counts up; a program that sends with too few hops always has the same, and always ends at the same router.
    // What runs out at the first router proves neither.
    for (const [pair, { ttls, senders, count }] of begun)
      if (Math.max(ttls.size, this.probes().get(pair)?.size ?? 0) > 1 || senders.size > 1 || (count < 2 && ttls.has(1)))
        found.add(pair);
    return found;
  });
  /** By pair of addresses the times to live of packets that look like those of a path trace. */
  private readonly probes = lazy(() => {
    const found = new Map<string, Set<number>>();
    for (const direction of this.facts.directions())
      if (direction.packets > 0 && isTrace(direction))
        entry(found, `${direction.from} ${direction.to}`, () => new Set<number>()).add(direction.firstTtl);
    return found;
  });

  /** The capture cuts off the ports of the packet that an error quotes. */
  isCut({ proto, srcPort, dstPort }: Pick<IcmpError, 'proto' | 'srcPort' | 'dstPort'>): boolean {
    return (proto === PROTO.tcp || proto === PROTO.udp) && srcPort === 0 && dstPort === 0;
  }
}

/** Senders start with 64 hops to live or more (RFC 1122 section 3.2.1.7), and paths have fewer than 32. */
const LEAST_FIRST_TTL = 32;

const isTrace = ({ firstTtl, conversation, toPort }: Direction): boolean =>
  firstTtl < LEAST_FIRST_TTL || isTracePort(conversation.proto, toPort);

/** Ports that traceroute(8) (from 33434 on) and tracepath(8) (from 44444 on) count up from, one for each of at most 255 probes. */
export const isTracePort = (proto: number, port: number): boolean =>
  proto === PROTO.udp && ((port >= 33_434 && port < 33_434 + 255) || (port >= 44_444 && port < 44_444 + 255));

/** Codes of ICMP and ICMPv6 "destination unreachable" in words (RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1). */
const CODE4 = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  '',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network administratively prohibited',
  'host administratively prohibited',
  'network unreachable for this type of service',
  'host unreachable for this type of service',
  'communication administratively prohibited',
];
const CODE6 = [
  'no route to destination',
  'communication administratively prohibited',
  'beyond scope of source address',
  'address unreachable',
  'port unreachable',
  'source address failed ingress/egress policy',
  'reject route to destination',
];

/** What an error of kind `unreachable` says: `port unreachable`; `code 21` where the code has no name. */
export const unreachableText = ({ family, code }: Pick<IcmpError, 'family' | 'code'>): string =>
  (family === 6 ? CODE6 : CODE4)[code] || `code ${code}`;
