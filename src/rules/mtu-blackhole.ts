// Large packets vanish, small ones pass, and no ICMP error says why.

import { FLAG } from '../../dissectors/tcp.js';
import { command } from '../bytes/command.js';
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { lazy } from '../facts/lazy.js';
import { guessedNetwork } from '../facts/networks.js';
import { isLaterFragments, type Passing, pairKey } from '../facts/passing.js';
import { ODD } from '../flows/tracker.js';
import type { Ip } from '../topology/ip.js';
import type { PathMtu } from '../topology/walk.js';
import type { Confidence } from './finding.js';
import { stopsHere } from './forwarding.js';
import page from './mtu-blackhole.md';
import { type EvidenceDraft, entry, type Option, rule, seconds } from './rule.js';
import { packetsSubject } from './subjects.js';

interface Hole {
  readonly direction: Direction;
  readonly confidence: Confidence;
  /** Bytes of the IP packets that vanish; about, where segments were merged by the sending host. */
  readonly size: number;
  /** Longest packet known to pass; 0: not known. */
  readonly passes: number;
  /** Times one of them was sent again. */
  readonly again: number;
  /** Where they vanish, as far as it is seen. */
  readonly where: Place | null;
  readonly proof: string;
  readonly evidence: readonly EvidenceDraft[];
}

interface Place {
  readonly point: string;
  readonly port: string;
  readonly text: string;
  readonly source: number;
  /** Tunnel edge that they are in, or -1. */
  readonly edge: number;
  /** Longest packet that gets past it; 0: not known. */
  readonly passes: number;
}

const RANK = { high: 2, medium: 1, low: 0 } as const;

export default rule({
  id: 'mtu-blackhole',
  title: 'Large packets vanish, small ones pass',
  group: 'size',
  severity: 'error',
  spec: 'RFC 2923 section 2.1; RFC 4821; RFC 8899',
  hint: 'Some link on the way takes less, and its ICMP error (fragmentation needed, packet too big) is not sent or is filtered. tracepath finds the limit; then let ICMP through, lower the MTU, or clamp the MSS.',
  page,
  options: {
    large: {
      value: 1000,
      unit: 'bytes',
      text: 'packets from this size on can be too big for a link (RFC 8200 section 5: every IPv6 link takes 1280)',
    } satisfies Option,
    again: { value: 2, unit: 'count', text: 'times the same segment must have been sent again' } satisfies Option,
    within: seconds(1, 'how long missing bytes may take to arrive'),
  },
  judge(facts, say, { large, again, within }) {
    const groups = new Map<string, Hole[]>();
    const pings = answeredPings(facts);
    const kept = keptFragments(facts);
    const works = new Working(facts);
    for (const direction of facts.ailingDirections()) {
      if (facts.causes.of(direction.conversation) !== null) continue;
      // The same packets before and behind a translation are one black hole, told where they are large.
      if (direction.conversation.isTcp && isOtherHalf(facts, direction, again, large)) continue;
      const hole = direction.conversation.isTcp
        ? (resent(facts, direction, large, again, works) ?? missing(facts, direction, large, within))
        : unansweredPing(facts, direction, large, within, pings, kept);
      if (hole !== null) entry(groups, networks(direction), () => [] as Hole[]).push(hole);
    }
    const alike = groups.size === 0 ? new Map<string, number[]>() : lostToo(facts, large, groups);
    for (const [key, holes] of groups) {
      holes.sort((a, b) => RANK[b.confidence] - RANK[a.confidence]);
      const [{ direction, where, passes, proof, confidence }] = holes;
      const src = direction.from;
      const dst = direction.to;
      const size = holes[0].size;
      const narrow = narrowLink(facts, holes[0]);
      const total = holes.reduce((sum, hole) => sum + hole.again, 0);
      say({
        verdict: 'fail',
        absence: true,
        confidence,
        key,
        title: `Packets of ${size} bytes from ${src} to ${dst} vanish${where === null ? '' : ` at ${where.point}`}, small ones pass`,
        message: `${facts.named(src)} sends packets of ${size} bytes to ${facts.named(dst)}${total > 0 ? ` and repeats them (${total} times)` : ''}; ${[where === null ? 'they never arrive' : where.text, proof, passes > 0 ? `Packets up to ${passes} bytes pass` : '', taught(facts, direction)].filter((part) => part !== '').join('. ')}.`,
        cause:
          narrow === null
            ? `A link between ${src} and ${dst} takes less than ${size} bytes, and the sender is not told (a path MTU black hole).`
            : `${narrow.text}, less than ${size} bytes, and the sender is not told (a path MTU black hole).`,
        commands: [command`tracepath -n ${dst}`, command`ping -M do -c 3 -s ${size - (dst.family === 6 ? 48 : 28)} ${dst}`],
        subject: {
          ...packetsSubject(direction.conversation, src, dst),
          interfaceIn: where?.port ?? null,
          target: String(dst),
          node: where?.point ?? null,
        },
        evidence: holes.flatMap((hole) => hole.evidence).slice(0, 6),
        count: Math.max(1, total),
        about: new Set([...holes.map((hole) => hole.direction.conversation.uid), ...(alike.get(key) ?? [])]),
      });
    }
  },
});

/** Of a translated pair the half behind the translation, while it is the half before that repeats its packets. */
function isOtherHalf(facts: Facts, direction: Direction, again: number, large: number): boolean {
  if (direction.stuckCount >= again && direction.stuckLength >= large) return false;
  return facts.translation.of(direction.conversation).some((other) => {
    const half = other.directions[direction.isReply ? 1 : 0];
    return half.stuckCount >= again && half.stuckLength >= large;
  });
}

/** Where a packet comes from and goes to: what shares both most likely shares the path. */
const networks = (direction: Direction): string => `${guessedNetwork(direction.from)} ${guessedNetwork(direction.to)}`;

/** Other large packets on the same ways that are lost too: what explains the first explains them. */
function lostToo(facts: Facts, large: number, groups: ReadonlyMap<string, readonly Hole[]>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const direction of facts.ailingDirections()) {
    if (direction.longest < large || facts.delivery.of(direction) !== false) continue;
    const key = networks(direction);
    const passes = Math.max(0, ...(groups.get(key) ?? []).map((hole) => hole.passes));
    if (groups.has(key) && direction.longest > passes) entry(found, key, () => [] as number[]).push(direction.conversation.uid);
  }
  return found;
}

/** The sender's side: one full segment again and again, and the receiver never takes it. */
function resent(facts: Facts, direction: Direction, large: number, again: number, works: Working): Hole | null {
  const header = Math.min(Math.max(direction.longest - direction.longestSegment, 40), 120);
  const length = facts.sizes.onLink(direction, direction.stuckLength + header) - header;
  if (direction.stuckCount < again || length < large || direction.acknowledged((direction.stuckSeq + 1) >>> 0)) return null;
  // The connection stands; a full receiver is no lost packet; what was acknowledged before at this size fits.
  const stands = direction.other.sent(FLAG.ack);
  const passed = direction.longestPassed;
  if (!stands || direction.other.zeroSinceNs > 0 || passed >= length) return null;
  // A server that repeats its SYN-ACK unasked does not even get the small packet that acknowledges it.
  if (!direction.isReply && direction.other.syns > direction.syns) return null;
  const size = length + header;
  const marks = direction.oddities(ODD.retransmission);
  const evidence = marks.slice(0, 3).map((mark) => ({ mark, field: 'tcp.len', note: `${size} bytes, sent again` }));
  const common = { direction, size, again: direction.stuckCount, evidence };
  const stop = vanishing(facts, direction, size);
  if (stop !== null)
    return {
      ...common,
      confidence: 'high',
      passes: stop.passes,
      where: stop,
      proof: '',
    };
  const lastSign = direction.other.lastNs;
  const alive = marks.length > 0 && lastSign > marks[0].timeNs;
  // An acknowledgement that does not move says that something behind the hole arrived.
  const beyond = direction.other.packets > 1 && direction.other.dataSegments === 0 && direction.dataSegments > 1;
  const small = passed > 0 ? passed + header : 0;
  if (alive || beyond || small > 0)
    return {
      ...common,
      confidence: 'medium',
      passes: small,
      where: null,
      proof:
        alive || beyond
          ? `${direction.to} is there and acknowledges, but never these bytes`
          : 'Smaller segments of the same connection are acknowledged',
    };
  const proof = works.between(direction, size)
    ? 'Other connections between the two, with small packets, work at the same time'
    : isContent(facts, direction.other)
      ? `${direction.to} does not repeat what it sent, so the acknowledgement, a small packet, has reached it`
      : null;
  return proof === null ? null : { ...common, confidence: 'medium', passes: 0, where: null, proof };
}

/** This side sent something that wants an acknowledgement, and did not send it again when that was due. */
function isContent(facts: Facts, direction: Direction): boolean {
  const sent = direction.dataSegments > 0 ? direction.retransmissions === 0 : direction.sent(FLAG.syn) && direction.syns === 1;
  return sent && direction.unacknowledged === 0 && facts.nowNs - direction.lastNs > RETRY_NS;
}

/** First retry of a SYN-ACK, and the longest time until the first one of data that the path's round trips allow for (RFC 6298 section 2). */
const RETRY_NS = 1e9;

/** The receiver's side: bytes that were sent, as the sequence numbers behind them show, never come by. */
function missing(facts: Facts, direction: Direction, large: number, within: number): Hole | null {
  if (direction.gapBytes < large || facts.nowNs - direction.gapNs < within) return null;
  // The receiver still waits for the first of them: the capture did not just miss them.
  if (!direction.other.sent(FLAG.ack) || direction.other.ack !== direction.gapSeq) return null;
  const mss = direction.other.mss;
  if (mss < large || !direction.sent(FLAG.syn) || direction.longestSegment >= mss * 0.95) return null;
  const size = mss + (direction.to.family === 6 ? 60 : 40);
  return {
    direction,
    confidence: 'medium',
    size,
    passes: direction.longest,
    again: 0,
    where: null,
    proof: `After the handshake ${direction.gapBytes} bytes are missing here, while what was sent behind them arrived; ${direction.to} keeps asking for them`,
    evidence: [
      { mark: direction.first, field: 'tcp.options.mss_val', note: `MSS ${mss} the other way` },
      { mark: direction.other.first, field: 'tcp.ack' },
    ],
  };
}

/** Between the same two hosts a shorter ping is answered, and this one is not. */
function unansweredPing(
  facts: Facts,
  request: Direction,
  large: number,
  within: number,
  pings: ReadonlyMap<string, number>,
  kept: ReadonlySet<string>,
): Hole | null {
  const size = request.longest;
  if (request.isReply || !request.conversation.isEcho || size < large) return null;
  if (facts.delivery.of(request) !== false || facts.nowNs - request.firstNs < within) return null;
  // The first of several fragments, whose others a node was seen to keep: it is not the size.
  if (kept.has(pairKey(request))) return null;
  const passes = pings.get(`${request.from} ${request.to}`) ?? 0;
  if (passes === 0 || passes >= size) return null;
  const stop = vanishing(facts, request, size);
  return {
    direction: request,
    confidence: 'medium',
    size,
    passes,
    again: request.packets - 1,
    where: stop,
    proof: 'Shorter pings between the two are answered',
    evidence: [{ mark: request.first, field: 'ip.len', note: `${size} bytes, no reply` }],
  };
}

/** Pairs of which later fragments come into a node and do not leave it. */
const keptFragments = (facts: Facts): ReadonlySet<string> =>
  new Set(
    facts
      .ailingDirections()
      .filter((rest) => isLaterFragments(rest) && rest.paths.some((use) => stopsHere(facts, rest, use)))
      .map(pairKey),
  );

/** Longest echo request that was answered, by source and destination. */
function answeredPings(facts: Facts): Map<string, number> {
  const pings = new Map<string, number>();
  for (const { isEcho, request } of facts.ailing()) {
    if (!isEcho || facts.delivery.of(request) !== true) continue;
    const key = `${request.from} ${request.to}`;
    pings.set(key, Math.max(pings.get(key) ?? 0, request.longest));
  }
  return pings;
}

/** A node where the large packets of one direction come in and do not go out, though others do. */
function vanishing(facts: Facts, direction: Direction, size: number): Place | null {
  const uses = direction.paths;
  for (const stop of uses) {
    const { hops } = stop.path;
    const { source, hop } = facts.paths.lastNode(stop);
    const last = hops[hop];
    // At a tunnel's inner side, going out by the device is not yet leaving the node.
    const inside = facts.paths.directionAt(stop, hop) === DIRECTION.out && last.edge < 0 && facts.tunnels.isDevice(last.port);
    if (
      !(facts.paths.directionAt(stop, hop) === DIRECTION.in || inside) ||
      stop.longest < size * 0.9 ||
      facts.ownership.isOwn(source, direction.to)
    )
      continue;
    const leaving = uses.filter(
      (use) =>
        use !== stop &&
        use.path.hops.length > hops.length &&
        use.hops.some((hop, h) => hop.source === source && facts.paths.directionAt(use, h) === DIRECTION.out),
    );
    const lengths = leaving.map((use) => use.longest);
    // Where all of one conversation are large, others between the two show what gets past.
    if (lengths.length === 0 && last.edge < 0)
      for (const other of facts.passing.to(source, direction.to))
        if (other.passes && other.use !== stop && other.direction.from.equals(direction.from))
          lengths.push(passedLength(facts, other));
    if (lengths.length === 0 || lengths.some((length) => length >= Math.min(stop.longest, size))) continue;
    const { point } = facts.captures[source];
    const port = facts.interfaces.name(last.port);
    return {
      point,
      port,
      text: inside
        ? `they go into ${port} on ${point} and are not seen on the wire`
        : `they come into ${point} on ${port} and do not leave it`,
      source,
      edge: last.edge,
      passes: Math.max(...lengths),
    };
  }
  return null;
}

/** Longest packet of these that got past the node: of translated ones their other half tells it. */
function passedLength(facts: Facts, { direction, use }: Passing): number {
  const other = use.translatedTo < 0 ? null : facts.conversation(use.translatedTo);
  return other === null ? use.longest : other.directions[direction.isReply ? 1 : 0].longest;
}

/** The link that takes less, by the MTUs that the topology has: from where they vanish, else from the sender. */
function narrowLink(facts: Facts, { direction, size, where }: Hole): { readonly text: string; readonly mtu: number } | null {
  const { topology, ownership, tunnels } = facts;
  if (topology === null) return null;
  const edge = where === null || where.edge < 0 ? null : tunnels.edge(where.edge);
  const start = (where === null ? null : facts.node(where.source)) ?? ownership.nodeAt(edge?.src ?? direction.from);
  if (start === null) return null;
  const { least, at } = leastMtu(facts, start, edge?.dst ?? direction.to, edge?.src ?? direction.from);
  if (least === null || at === null || least >= size + (edge?.overhead ?? 0)) return null;
  const inner =
    edge === null ? '' : `, so ${edge.kind === 'vxlan' ? 'VXLAN' : edge.kind} packets of ${least - edge.overhead} inside`;
  return { mtu: least - (edge?.overhead ?? 0), text: `${at.dev} on ${at.node} has an MTU of ${least}${inner}` };
}

/** The least MTU from a node on: over all nodes whose routes are known, and by its own exit also where no node is known behind it. */
function leastMtu({ topology }: Facts, node: string, dst: Ip, src: Ip): Pick<PathMtu, 'least' | 'at'> {
  if (topology === null) return { least: null, at: null };
  const path = topology.mtuAlong(node, dst, src);
  const { route } = topology.routeDecision(node, dst, { src });
  const dev = route?.dev ?? null;
  const own = dev === null ? null : (route?.mtu ?? topology.interfaceByName(node, dev)?.mtu ?? null);
  return dev === null || own === null || (path.least !== null && path.least <= own) ? path : { least: own, at: { node, dev } };
}

/** What an ICMP error taught the sender before, where what it sends since then is lost too. */
function taught(facts: Facts, direction: Direction): string {
  const found = facts.sizes.tooBig().find((one) => one.directions.includes(direction) && facts.sizes.adapts(one, direction));
  return found === undefined
    ? 'No ICMP error about their size was seen'
    : `An ICMP error from ${found.error.from} has taught the sender ${found.limit} bytes, and it keeps to that; of these packets no error was seen`;
}

/** Which hosts get through to which, with packets of what size: asked for few conversations, so made when first asked. */
class Working {
  constructor(private readonly facts: Facts) {}

  /** Another conversation of the same hosts, in the same direction, got through with shorter packets since this one began. */
  between(direction: Direction, size: number): boolean {
    const pair = this.pairs().get(`${direction.from} ${direction.to}`);
    return pair !== undefined && pair.shortest < size && pair.lastNs > direction.firstNs;
  }

  private readonly pairs = lazy(() => {
    const { facts } = this;
    const pairs = new Map<string, { shortest: number; lastNs: number }>();
    for (const direction of facts.directions()) {
      if (facts.delivery.of(direction) !== true) continue;
      const pair = entry(pairs, `${direction.from} ${direction.to}`, () => ({
        shortest: Number.POSITIVE_INFINITY,
        lastNs: 0,
      }));
      pair.shortest = Math.min(pair.shortest, direction.longest);
      pair.lastNs = Math.max(pair.lastNs, direction.lastNs);
    }
    return pairs;
  });
}
