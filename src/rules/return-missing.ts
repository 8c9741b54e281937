// Packets leave a node towards a host of which nothing ever comes back.
import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import { type Crossing, type Facts, guessedNetwork } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { exitPort } from './egress.js';
import { type Loss, linkEnd, lostBetween } from './links.js';
import page from './return-missing.md';
import { type EvidenceDraft, entry, rule, type Say, seconds } from './rule.js';

interface Group {
  readonly c: number;
  readonly crossing: Crossing;
  readonly about: Set<number>;
  readonly hosts: Set<string>;
  readonly evidence: EvidenceDraft[];
  readonly under: number | null;
  /** Some answer is overdue; what is asked later of the same hosts waits with it. */
  overdue: boolean;
  count: number;
}

export default rule({
  id: 'return-missing',
  title: 'Packets go out and nothing comes back',
  group: 'path',
  severity: 'error',
  hint: 'Capture at the next hop: do the packets arrive there, and do answers leave it? Look at the route back, at firewalls and at the host itself.',
  page,
  options: { within: seconds(1, 'how long an answer may take (first retry of a SYN, RFC 6298 section 2)') },
  judge(facts, say, { within }) {
    const t = facts.tracker.conversations;
    const groups = new Map<string, Group>();
    for (const c of facts.conversations()) {
      if (!asksForAnswer(facts, c) || t.packets[c * 2 + 1] > 0) continue;
      const isOverdue = facts.nowNs - t.firstNs[c * 2] >= within;
      const isLost = lostBetween(facts, c, 0) !== null;
      for (const x of facts.crossings(c, 0)) {
        if ((!isLost && isHeard(facts, x)) || facts.halfFilter(x.source) !== null) continue;
        // A point further on knows more.
        if (facts.lastNode(x.use).source !== x.source) continue;
        const port = exitPort(x);
        const under = facts.causeOf(c);
        const group = entry(
          groups,
          `${x.source} ${port} ${guessedNetwork(x.dst)} ${under}`,
          (): Group => ({ c, crossing: x, about: new Set(), hosts: new Set(), evidence: [], under, overdue: false, count: 0 }),
        );
        group.overdue ||= isOverdue;
        group.count += x.use.count;
        group.about.add(facts.uid(c));
        group.hosts.add(String(x.dst));
        if (group.evidence.length < 4)
          group.evidence.push({
            mark: facts.hopMark(x.use, x.exits[x.exits.length - 1]),
            field: 'ip.dst',
            note: 'never answered',
          });
      }
    }
    for (const { c, crossing: x, about, hosts, evidence, under, overdue, count } of groups.values()) {
      if (!overdue) continue;
      const out = facts.portName(exitPort(x));
      const from = facts.entryPort(x);
      const { point } = facts.captures[x.source];
      const many = hosts.size > 1;
      const loss = lostBetween(facts, c, 0);
      const whom = many ? `${hosts.size} hosts of ${guessedNetwork(x.dst)}` : facts.named(x.dst);
      say({
        verdict: 'fail',
        absence: true,
        key: `${point} ${out} ${guessedNetwork(x.dst)}`,
        title:
          loss === null
            ? `Nothing comes back from ${many ? guessedNetwork(x.dst) : x.dst}, to which ${point} sends by ${out}`
            : lossTitle(facts, loss, x.dst),
        message: `${count === 1 ? 'A packet' : `${count} packets`} to ${whom} left ${point} by ${out}; no packet of any kind came back from there.${loss === null ? '' : ` ${lossText(facts, loss)}`}`,
        ...(loss === null ? {} : { hint: LINK_HINT }),
        subject: {
          src: String(x.src),
          dst: String(x.dst),
          proto: facts.protoName(c),
          ...facts.ports(c),
          interfaceIn: from === null ? null : facts.portName(from),
          interfaceOut: out,
          node: point,
        },
        evidence,
        count,
        about,
        under,
      });
    }
    judgeAnswers(facts, say, within);
  },
});

const LINK_HINT =
  'Look at the link between the two: cabling, VLANs and filters of the switches, MTU, and the neighbour entry (ip neigh) of the sender.';

const lossTitle = (facts: Facts, loss: Loss, dst: Ip): string =>
  `Packets to ${dst} are lost between ${linkEnd(facts, loss.from)} and ${linkEnd(facts, loss.to)}`;

const lossText = (facts: Facts, { from, to }: Loss): string =>
  `They never came into ${linkEnd(facts, to)}, which captured at the same time and sees other packets from ${linkEnd(facts, from)}.`;

/** Answers that were seen leaving one point and never came to the next one. */
function judgeAnswers(facts: Facts, say: Say, within: number): void {
  const t = facts.tracker.conversations;
  const groups = new Map<string, { loss: Loss; c: number; about: Set<number>; evidence: EvidenceDraft[]; count: number }>();
  for (const c of facts.conversations()) {
    if (!asksForAnswer(facts, c) || t.packets[c * 2 + 1] === 0 || facts.causeOf(c) !== null) continue;
    if (facts.nowNs - t.firstNs[c * 2] < within || facts.delivered(c, 1) === true) continue;
    const loss = lostBetween(facts, c, 1);
    if (loss === null) continue;
    const key = `${loss.from.port} ${loss.to.port} ${guessedNetwork(facts.towards(c, 1))}`;
    const group = entry(groups, key, () => ({ loss, c, about: new Set<number>(), evidence: [], count: 0 }));
    group.about.add(facts.uid(c));
    group.count += loss.count;
    if (group.evidence.length < 4)
      group.evidence.push({ mark: facts.hopMark(loss.use, loss.hop), field: 'ip.dst', note: 'not seen at the next point' });
  }
  for (const { loss, c, about, evidence, count } of groups.values()) {
    const [src, dst] = [facts.ip(c, 1), facts.ip(c, 0)];
    say({
      verdict: 'fail',
      absence: true,
      key: `${linkEnd(facts, loss.from)} ${linkEnd(facts, loss.to)} ${guessedNetwork(dst)}`,
      title: lossTitle(facts, loss, dst),
      message: `${count === 1 ? 'An answer' : `${count} answers`} from ${facts.named(src)} to ${facts.named(dst)} left ${linkEnd(facts, loss.from)}. ${lossText(facts, loss)}`,
      hint: LINK_HINT,
      subject: {
        src: String(src),
        dst: String(dst),
        proto: facts.protoName(c),
        interfaceOut: facts.portName(loss.from.port),
        node: facts.captures[loss.from.source].point,
        target: String(dst),
      },
      evidence,
      count,
      about,
    });
  }
}

/** A SYN or an echo request: a datagram need not be answered. */
function asksForAnswer(facts: Facts, c: number): boolean {
  const t = facts.tracker.conversations;
  return (
    (t.proto[c] === PROTO.tcp ? (t.flags[c * 2] & FLAG.syn) !== 0 : facts.isEcho(c) && t.asked[c * 2] > 0) &&
    !facts.ip(c, 1).isMulticast
  );
}

/** Somebody at the destination speaks, an error explains the silence, or answers need not pass here. */
function isHeard(facts: Facts, x: Crossing): boolean {
  if (x.edge >= 0 || x.dst.isMulticast || facts.isOwn(x.source, x.dst)) return true;
  if (facts.livesBehind(x.source, x.dst).exact || facts.isHairpin(x)) return true;
  if (facts.hasError(x.dst)) return true;
  // What left by an interface that is not known, or whose answers are seen nowhere: an Ethernet capture of half a link.
  const { known, frames } = facts.tracker.ports.list[exitPort(x)];
  return !known || frames[DIRECTION.in] === 0;
}
