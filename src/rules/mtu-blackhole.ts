// Large packets vanish, small ones pass, and no ICMP error says why.

import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import { type Facts, guessedNetwork } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import { acknowledged, longestPassed, unacknowledged } from '../flows/tcp.js';
import { ODD } from '../flows/tracker.js';
import type { Confidence } from './finding.js';
import page from './mtu-blackhole.md';
import { type EvidenceDraft, entry, type Option, rule, seconds } from './rule.js';

interface Hole {
  readonly c: number;
  readonly way: number;
  readonly confidence: Confidence;
  /** Bytes of the IP packets that vanish; about, where segments were merged by the sending host. */
  readonly size: number;
  /** Longest packet known to pass; 0: not known. */
  readonly passes: number;
  /** Times one of them was sent again. */
  readonly again: number;
  /** Where they vanish, as far as it is seen. */
  readonly where: { readonly point: string; readonly port: string; readonly text: string } | null;
  readonly proof: string;
  readonly evidence: readonly EvidenceDraft[];
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
    const works = new Working(facts);
    for (const c of facts.conversations()) {
      if (facts.causeOf(c) !== null) continue;
      for (const way of [0, 1] as const) {
        const hole =
          facts.proto(c) === PROTO.tcp
            ? (resent(facts, c, way, large, again, works) ?? missing(facts, c, way, large, within))
            : way === 0
              ? unansweredPing(facts, c, large, within, pings)
              : null;
        if (hole === null) continue;
        entry(groups, networks(facts, c, way), () => [] as Hole[]).push(hole);
      }
    }
    const alike = groups.size === 0 ? new Map<string, number[]>() : lostToo(facts, large, groups);
    for (const [key, holes] of groups) {
      holes.sort((a, b) => RANK[b.confidence] - RANK[a.confidence]);
      const [{ c, way, where, passes, proof, confidence }] = holes;
      const src = facts.towards(c, 1 - way);
      const dst = facts.towards(c, way);
      const size = holes[0].size;
      const total = holes.reduce((sum, hole) => sum + hole.again, 0);
      say({
        verdict: 'fail',
        absence: true,
        confidence,
        key,
        title: `Packets of ${size} bytes from ${src} to ${dst} vanish${where === null ? '' : ` at ${where.point}`}, small ones pass`,
        message: `${facts.named(src)} sends packets of ${size} bytes to ${facts.named(dst)}${total > 0 ? ` and repeats them (${total} times)` : ''}; ${[where === null ? 'they never arrive' : where.text, proof, passes > 0 ? `Packets up to ${passes} bytes pass` : '', 'No ICMP error about their size was seen'].filter((part) => part !== '').join('. ')}.`,
        cause: `A link between ${src} and ${dst} takes less than ${size} bytes, and the sender is not told (a path MTU black hole).`,
        commands: [`tracepath -n ${dst}`, `ping -M do -c 3 -s ${size - (dst.family === 6 ? 48 : 28)} ${dst}`],
        subject: {
          src: String(src),
          dst: String(dst),
          proto: facts.protoName(c),
          ...facts.ports(c),
          interfaceIn: where?.port ?? null,
          target: String(dst),
          node: where?.point ?? null,
        },
        evidence: holes.flatMap((hole) => hole.evidence).slice(0, 6),
        count: Math.max(1, total),
        about: new Set([...holes.map((hole) => facts.uid(hole.c)), ...(alike.get(key) ?? [])]),
      });
    }
  },
});

/** Where a packet of this way comes from and goes to: what shares both most likely shares the path. */
const networks = (facts: Facts, c: number, way: number): string =>
  `${guessedNetwork(facts.towards(c, 1 - way))} ${guessedNetwork(facts.towards(c, way))}`;

/** Other large packets on the same ways that are lost too: what explains the first explains them. */
function lostToo(facts: Facts, large: number, groups: ReadonlyMap<string, readonly Hole[]>): Map<string, number[]> {
  const { longest } = facts.tracker.conversations;
  const found = new Map<string, number[]>();
  for (const c of facts.conversations())
    for (const way of [0, 1] as const) {
      if (longest[c * 2 + way] < large || facts.delivered(c, way) !== false) continue;
      const key = networks(facts, c, way);
      const passes = Math.max(0, ...(groups.get(key) ?? []).map((hole) => hole.passes));
      if (groups.has(key) && longest[c * 2 + way] > passes) entry(found, key, () => [] as number[]).push(facts.uid(c));
    }
  return found;
}

/** The sender's side: one full segment again and again, and the receiver never takes it. */
function resent(facts: Facts, c: number, way: number, large: number, again: number, works: Working): Hole | null {
  const t = facts.tracker.conversations;
  const i = c * 2 + way;
  const other = c * 2 + 1 - way;
  const length = t.stuckLength[i];
  if (t.stuckCount[i] < again || length < large || acknowledged(t, c, way, (t.stuckSeq[i] + 1) >>> 0)) return null;
  // The connection stands; a full receiver is no lost packet; what was acknowledged before at this size fits.
  const stands = (t.flags[other] & FLAG.ack) !== 0;
  const passed = longestPassed(t, c, way);
  if (!stands || t.zeroSinceNs[other] > 0 || passed >= length) return null;
  // A server that repeats its SYN-ACK unasked does not even get the small packet that acknowledges it.
  if (way === 0 && t.synCount[other] > t.synCount[i]) return null;
  const header = t.longest[i] - t.longestSegment[i];
  const size = length + Math.min(Math.max(header, 40), 120);
  const marks = facts.tracker.oddities(c, ODD.retransmission, way);
  const evidence = marks.slice(0, 3).map((mark) => ({ mark, field: 'tcp.len', note: `${size} bytes, sent again` }));
  const common = { c, way, size, again: t.stuckCount[i], evidence };
  const stop = vanishing(facts, c, way, size);
  if (stop !== null)
    return {
      ...common,
      confidence: 'high',
      passes: stop.passes,
      where: stop,
      proof: '',
    };
  const lastSign = t.lastNs[other];
  const alive = marks.length > 0 && lastSign > marks[0].timeNs;
  // An acknowledgement that does not move says that something behind the hole arrived.
  const beyond = t.packets[other] > 1 && t.dataSegments[other] === 0 && t.dataSegments[i] > 1;
  const small = passed > 0 ? passed + header : 0;
  if (alive || beyond || small > 0)
    return {
      ...common,
      confidence: 'medium',
      passes: small,
      where: null,
      proof:
        alive || beyond
          ? `${facts.towards(c, way)} is there and acknowledges, but never these bytes`
          : 'Smaller segments of the same connection are acknowledged',
    };
  const proof = works.between(c, way, size)
    ? 'Other connections between the two, with small packets, work at the same time'
    : isContent(facts, c, 1 - way)
      ? `${facts.towards(c, way)} does not repeat what it sent, so the acknowledgement, a small packet, has reached it`
      : null;
  return proof === null ? null : { ...common, confidence: 'medium', passes: 0, where: null, proof };
}

/** This side sent something that wants an acknowledgement, and did not send it again when that was due. */
function isContent(facts: Facts, c: number, way: number): boolean {
  const t = facts.tracker.conversations;
  const i = c * 2 + way;
  const sent = t.dataSegments[i] > 0 ? t.retransmissions[i] === 0 : (t.flags[i] & FLAG.syn) !== 0 && t.synCount[i] === 1;
  return sent && unacknowledged(t, c, way) === 0 && facts.nowNs - t.lastNs[i] > RETRY_NS;
}

/** First retry of a SYN-ACK, and the longest time until the first one of data that the path's round trips allow for (RFC 6298 section 2). */
const RETRY_NS = 1e9;

/** The receiver's side: bytes that were sent, as the sequence numbers behind them show, never come by. */
function missing(facts: Facts, c: number, way: number, large: number, within: number): Hole | null {
  const t = facts.tracker.conversations;
  const i = c * 2 + way;
  const other = c * 2 + 1 - way;
  if (t.gapBytes[i] < large || facts.nowNs - t.gapNs[i] < within) return null;
  // The receiver still waits for the first of them: the capture did not just miss them.
  if ((t.flags[other] & FLAG.ack) === 0 || t.ack[other] !== t.gapSeq[i]) return null;
  const mss = t.mss[other];
  if (mss < large || (t.flags[i] & FLAG.syn) === 0 || t.longestSegment[i] >= mss * 0.95) return null;
  const size = mss + (facts.towards(c, way).family === 6 ? 60 : 40);
  return {
    c,
    way,
    confidence: 'medium',
    size,
    passes: t.longest[i],
    again: 0,
    where: null,
    proof: `After the handshake ${t.gapBytes[i]} bytes are missing here, while what was sent behind them arrived; ${facts.towards(c, way)} keeps asking for them`,
    evidence: [
      { mark: facts.firstMark(c, way), field: 'tcp.options.mss_val', note: `MSS ${mss} the other way` },
      { mark: facts.firstMark(c, 1 - way), field: 'tcp.ack' },
    ],
  };
}

/** Between the same two hosts a shorter ping is answered, and this one is not. */
function unansweredPing(facts: Facts, c: number, large: number, within: number, pings: ReadonlyMap<string, number>): Hole | null {
  const t = facts.tracker.conversations;
  const size = t.longest[c * 2];
  if (!facts.isEcho(c) || size < large || facts.delivered(c, 0) !== false || facts.nowNs - t.firstNs[c * 2] < within) return null;
  const passes = pings.get(`${facts.ip(c, 0)} ${facts.ip(c, 1)}`) ?? 0;
  if (passes === 0 || passes >= size) return null;
  const stop = vanishing(facts, c, 0, size);
  return {
    c,
    way: 0,
    confidence: 'medium',
    size,
    passes,
    again: t.packets[c * 2] - 1,
    where: stop,
    proof: 'Shorter pings between the two are answered',
    evidence: [{ mark: facts.firstMark(c, 0), field: 'ip.len', note: `${size} bytes, no reply` }],
  };
}

/** Longest echo request that was answered, by source and destination. */
function answeredPings(facts: Facts): Map<string, number> {
  const t = facts.tracker.conversations;
  const pings = new Map<string, number>();
  for (const c of facts.conversations()) {
    if (!facts.isEcho(c) || facts.delivered(c, 0) !== true) continue;
    const key = `${facts.ip(c, 0)} ${facts.ip(c, 1)}`;
    pings.set(key, Math.max(pings.get(key) ?? 0, t.longest[c * 2]));
  }
  return pings;
}

/** A node where the large packets of this way come in and do not go out, though others do. */
function vanishing(
  facts: Facts,
  c: number,
  way: number,
  size: number,
): (NonNullable<Hole['where']> & { readonly passes: number }) | null {
  const uses = facts.uses(c, way);
  for (const stop of uses) {
    const { hops } = stop.path;
    const { source, hop } = facts.lastNode(stop);
    const last = hops[hop];
    // At a tunnel's inner side, going out by the device is not yet leaving the node.
    const inside = facts.directionAt(stop, hop) === DIRECTION.out && last.edge < 0 && facts.tunnels.isDevice(last.port);
    if (
      !(facts.directionAt(stop, hop) === DIRECTION.in || inside) ||
      stop.longest < size * 0.9 ||
      facts.isOwn(source, facts.towards(c, way))
    )
      continue;
    const leaving = uses.filter(
      (use) =>
        use !== stop &&
        use.path.hops.length > hops.length &&
        use.hops.some((hop, h) => hop.source === source && facts.directionAt(use, h) === DIRECTION.out),
    );
    if (leaving.length === 0 || leaving.some((use) => use.longest >= stop.longest)) continue;
    const { point } = facts.captures[source];
    const port = facts.portName(last.port);
    return {
      point,
      port,
      text: inside
        ? `they go into ${port} on ${point} and are not seen on the wire`
        : `they come into ${point} on ${port} and do not leave it`,
      passes: Math.max(...leaving.map((use) => use.longest)),
    };
  }
  return null;
}

/** Which hosts get through to which, with packets of what size: asked for few conversations, so made when first asked. */
class Working {
  private pairs: Map<string, { shortest: number; lastNs: number }> | null = null;

  constructor(private readonly facts: Facts) {}

  /** Another conversation of the same hosts, the same way, got through with shorter packets since this one began. */
  between(c: number, way: number, size: number): boolean {
    const { facts } = this;
    const t = facts.tracker.conversations;
    this.pairs ??= this.made();
    const pair = this.pairs.get(`${facts.towards(c, 1 - way)} ${facts.towards(c, way)}`);
    return pair !== undefined && pair.shortest < size && pair.lastNs > t.firstNs[c * 2 + way];
  }

  private made(): Map<string, { shortest: number; lastNs: number }> {
    const { facts } = this;
    const t = facts.tracker.conversations;
    const pairs = new Map<string, { shortest: number; lastNs: number }>();
    for (const c of facts.conversations())
      for (const way of [0, 1]) {
        if (facts.delivered(c, way) !== true) continue;
        const pair = entry(pairs, `${facts.towards(c, 1 - way)} ${facts.towards(c, way)}`, () => ({
          shortest: Number.POSITIVE_INFINITY,
          lastNs: 0,
        }));
        pair.shortest = Math.min(pair.shortest, t.longest[c * 2 + way]);
        pair.lastNs = Math.max(pair.lastNs, t.lastNs[c * 2 + way]);
      }
    return pairs;
  }
}
