// Answers come back another way than the questions went.

import type { Conversation, Direction } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import type { PathUse } from '../flows/uses.js';
import page from './return-asymmetric.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { packetsSubject } from './subjects.js';

export default rule({
  id: 'return-asymmetric',
  title: 'Answers take another way than questions',
  group: 'path',
  severity: 'warning',
  spec: 'RFC 3704 section 2.2',
  hint: 'Where answers are lost: make both directions use one interface, or set net.ipv4.conf.*.rp_filter=2 (loose) on the node that drops them.',
  page,
  judge(facts, say) {
    judgeInterfaces(facts, say);
    judgeOneSided(facts, say);
  },
});

interface Pair {
  readonly conversation: Conversation;
  readonly x: Crossing;
  readonly back: PathUse;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  lost: number;
  count: number;
}

/** At one node: requests leave by one interface, replies come in by another. */
function judgeInterfaces(facts: Facts, say: Say): void {
  const pairs = new Map<string, Pair>();
  // Where no example differs, none of those that are like it does.
  const isAny = facts.examples().some((conversation) => !differences(facts, conversation).next().done);
  for (const conversation of isAny ? facts.conversations() : []) {
    if (facts.causes.of(conversation) !== null) continue;
    for (const { x, back, from, out, at } of differences(facts, conversation)) {
      const key = `${x.source} ${out} ${at} ${guessedNetwork(x.dst)}`;
      const pair = entry(pairs, key, (): Pair => ({ conversation, x, back, about: new Set(), evidence: [], lost: 0, count: 0 }));
      pair.about.add(conversation.uid);
      pair.count += back.count;
      if (facts.delivery.of(conversation.reply) === false) pair.lost += back.count;
      if (pair.evidence.length < 4)
        pair.evidence.push(
          { mark: facts.paths.mark(x.use, x.exits[x.exits.length - 1]), field: 'ip.dst', note: 'request' },
          { mark: facts.paths.mark(back, from), field: 'ip.src', note: 'reply' },
        );
    }
  }
  for (const { conversation, x, back, about, evidence, lost, count } of pairs.values()) {
    const out = facts.interfaces.name(exitPort(x));
    const at = facts.interfaces.name(back.path.hops[facts.paths.entryAt(back, x.source)].port);
    const { point } = facts.captures[x.source];
    say({
      verdict: 'fail',
      severity: lost > 0 ? 'error' : 'info',
      confidence: lost > 0 ? 'high' : 'medium',
      key: `${point} ${out} ${at} ${guessedNetwork(x.dst)}`,
      title: `Answers from ${x.dst} come into ${point} on ${at}, questions leave by ${out}`,
      message:
        lost > 0
          ? `Packets to ${facts.named(x.dst)} leave by ${out}; the answers come in on ${at} and are not accepted: they are sent again and again.`
          : `Packets to ${facts.named(x.dst)} leave by ${out} and the answers come in on ${at}. They are accepted.`,
      cause:
        lost > 0
          ? `The way to ${x.dst} is by ${out}, so strict reverse-path filtering (rp_filter=1) drops what comes from it on ${at}.`
          : '',
      subject: {
        ...packetsSubject(conversation, x.src, x.dst),
        interfaceIn: at,
        interfaceOut: out,
        interfaceExpected: lost > 0 ? out : null,
        node: point,
      },
      evidence,
      count,
      about,
    });
  }
}

interface Difference {
  readonly x: Crossing;
  /** Path of the answers, and the hop by which they come in. */
  readonly back: PathUse;
  readonly from: number;
  /** Ports by which the requests leave and the answers come in. */
  readonly out: number;
  readonly at: number;
}

/** The nodes where requests of this conversation leave by another interface than that by which its answers come in. */
function* differences(facts: Facts, { request, reply }: Conversation): Generator<Difference> {
  if (request.packets === 0 || reply.packets === 0) return;
  const backs = reply.paths;
  for (const x of facts.crossings.of(request)) {
    // What left by this way was not answered: the answers are to packets that took another.
    if (request.answered > 0 && facts.delivery.by(request, x.use) === false) continue;
    const out = exitPort(x);
    const used = new Set([...x.use.path.hops, ...backs.slice(1).flatMap((use) => use.path.hops)].map((hop) => hop.port));
    const back = backs.find((use) => facts.paths.entryAt(use, x.source) >= 0);
    if (back === undefined) continue;
    const from = facts.paths.entryAt(back, x.source);
    const at = back.path.hops[from].port;
    // A bridge or a tunnel device shows one packet on several interfaces: two different ways share none.
    if (
      [...used].some((port) => facts.interfaces.same(port, at)) ||
      back.path.hops.some((hop) => facts.interfaces.same(hop.port, out))
    )
      continue;
    const node = facts.node(x.source);
    if (node !== null && facts.interfaces.sameLink(node, facts.interfaces.name(out), facts.interfaces.name(at))) continue;
    yield { x, back, from, out, at };
  }
}

interface Side {
  readonly direction: Direction;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  readonly hairpin: boolean;
  count: number;
}

/** Only one direction passes here, and the connection goes on: the other one takes another way. */
function judgeOneSided(facts: Facts, say: Say): void {
  const sides = new Map<string, Side>();
  const keyOf = (direction: Direction): string =>
    `${direction.firstSource} ${guessedNetwork(direction.from)} ${guessedNetwork(direction.to)}`;
  const oneSided: Direction[] = [];
  for (const conversation of facts.ailing()) {
    const direction = conversation.seenDirection;
    if (direction.other.packets > 0 || facts.causes.of(conversation) !== null) continue;
    if (facts.doubts.halfFilter(direction.firstSource) !== null) continue;
    oneSided.push(direction);
    // Where directions are not known, a packet that passes twice with fewer hops to live was turned round by a router.
    const hairpin =
      facts.crossings.of(direction).some((x) => facts.crossings.isHairpin(x)) || direction.paths.some((use) => use.looped > 0);
    if (!facts.delivery.goesOn(direction) && !(hairpin && direction.conversation.isEcho)) continue;
    const side = entry(sides, keyOf(direction), (): Side => ({ direction, about: new Set(), evidence: [], hairpin, count: 0 }));
    side.count += direction.packets;
    if (side.evidence.length < 4) side.evidence.push({ mark: direction.first, field: 'ip.src' });
  }
  // Where connections are seen from one side only, so is everything else between the two networks.
  for (const direction of oneSided) sides.get(keyOf(direction))?.about.add(direction.conversation.uid);
  for (const { direction, about, evidence, hairpin, count } of sides.values()) {
    const { point } = facts.captures[direction.firstSource];
    const src = direction.from;
    const dst = direction.to;
    say({
      verdict: 'fail',
      severity: 'info',
      key: `${point} ${guessedNetwork(src)} ${guessedNetwork(dst)}`,
      // With several ways (ECMP) each connection has its own.
      title: sides.has(`${direction.firstSource} ${guessedNetwork(dst)} ${guessedNetwork(src)}`)
        ? `Of some connections only packets from ${guessedNetwork(src)} to ${guessedNetwork(dst)} pass ${point}`
        : `Only packets from ${guessedNetwork(src)} to ${guessedNetwork(dst)} pass ${point}, none the other way`,
      message: hairpin
        ? `Packets from ${facts.named(src)} to ${facts.named(dst)} are turned round by the router on one link, so both ends are there and answers go directly. Whether there are any cannot be seen here.`
        : `Packets from ${facts.named(src)} to ${facts.named(dst)} acknowledge data that never passed ${point}: the answers arrive by another way. Unanswered packets between these networks mean nothing here.`,
      subject: {
        ...packetsSubject(direction.conversation, src, dst),
        node: point,
      },
      evidence,
      count,
      about,
    });
  }
}
