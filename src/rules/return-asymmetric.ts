// Answers come back another way than the questions went.

import { type Crossing, type Facts, guessedNetwork } from '../facts/facts.js';
import type { PathUse } from '../flows/uses.js';
import { exitPort } from './egress.js';
import page from './return-asymmetric.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';

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
  readonly c: number;
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
  for (const c of facts.conversations()) {
    if (facts.packets(c, 0) === 0 || facts.packets(c, 1) === 0 || facts.causeOf(c) !== null) continue;
    const backs = facts.uses(c, 1);
    for (const x of facts.crossings(c, 0)) {
      const out = exitPort(x);
      const used = new Set([...x.use.path.hops, ...backs.slice(1).flatMap((use) => use.path.hops)].map((hop) => hop.port));
      const back = backs.find((use) => facts.entryAt(use, x.source) >= 0);
      if (back === undefined) continue;
      const from = facts.entryAt(back, x.source);
      const at = back.path.hops[from].port;
      // A bridge or a tunnel device shows one packet on several interfaces: two different ways share none.
      if ([...used].some((port) => facts.samePort(port, at)) || back.path.hops.some((hop) => facts.samePort(hop.port, out)))
        continue;
      const node = facts.node(x.source);
      if (node !== null && facts.sameLink(node, facts.portName(out), facts.portName(at))) continue;
      const key = `${x.source} ${out} ${at} ${guessedNetwork(x.dst)}`;
      const pair = entry(pairs, key, (): Pair => ({ c, x, back, about: new Set(), evidence: [], lost: 0, count: 0 }));
      pair.about.add(facts.uid(c));
      pair.count += back.count;
      if (facts.delivered(c, 1) === false) pair.lost += back.count;
      if (pair.evidence.length < 4)
        pair.evidence.push(
          { mark: facts.hopMark(x.use, x.exits[x.exits.length - 1]), field: 'ip.dst', note: 'request' },
          { mark: facts.hopMark(back, from), field: 'ip.src', note: 'reply' },
        );
    }
  }
  for (const { c, x, back, about, evidence, lost, count } of pairs.values()) {
    const out = facts.portName(exitPort(x));
    const at = facts.portName(back.path.hops[facts.entryAt(back, x.source)].port);
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
        src: String(x.src),
        dst: String(x.dst),
        proto: facts.protoName(c),
        ...facts.ports(c),
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

interface Side {
  readonly c: number;
  readonly way: number;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  readonly hairpin: boolean;
  count: number;
}

/** Only one direction passes here, and the connection goes on: the other one takes another way. */
function judgeOneSided(facts: Facts, say: Say): void {
  const t = facts.tracker.conversations;
  const sides = new Map<string, Side>();
  const keyOf = (c: number, way: number): string =>
    `${t.firstSource[c * 2 + way]} ${guessedNetwork(facts.towards(c, 1 - way))} ${guessedNetwork(facts.towards(c, way))}`;
  const oneSided: number[] = [];
  for (const c of facts.conversations()) {
    const way = t.packets[c * 2] > 0 ? 0 : 1;
    if (t.packets[c * 2 + 1 - way] > 0 || facts.causeOf(c) !== null || facts.halfFilter(t.firstSource[c * 2 + way]) !== null)
      continue;
    oneSided.push(c);
    // Where directions are not known, a packet that passes twice with fewer hops to live was turned round by a router.
    const hairpin = facts.crossings(c, way).some((x) => facts.isHairpin(x)) || facts.uses(c, way).some((use) => use.looped > 0);
    if (!facts.goesOn(c, way) && !(hairpin && facts.isEcho(c))) continue;
    const side = entry(sides, keyOf(c, way), (): Side => ({ c, way, about: new Set(), evidence: [], hairpin, count: 0 }));
    side.count += t.packets[c * 2 + way];
    if (side.evidence.length < 4) side.evidence.push({ mark: facts.firstMark(c, way), field: 'ip.src' });
  }
  // Where connections are seen from one side only, so is everything else between the two networks.
  for (const c of oneSided) sides.get(keyOf(c, t.packets[c * 2] > 0 ? 0 : 1))?.about.add(facts.uid(c));
  for (const { c, way, about, evidence, hairpin, count } of sides.values()) {
    const { point } = facts.captures[t.firstSource[c * 2 + way]];
    const src = facts.towards(c, 1 - way);
    const dst = facts.towards(c, way);
    say({
      verdict: 'fail',
      severity: 'info',
      key: `${point} ${guessedNetwork(src)} ${guessedNetwork(dst)}`,
      title: `Only packets from ${guessedNetwork(src)} to ${guessedNetwork(dst)} pass ${point}, none the other way`,
      message: hairpin
        ? `Packets from ${facts.named(src)} to ${facts.named(dst)} are turned round by the router on one link, so both ends are there and answers go directly. Whether there are any cannot be seen here.`
        : `Packets from ${facts.named(src)} to ${facts.named(dst)} acknowledge data that never passed ${point}: the answers arrive by another way. Unanswered packets between these networks mean nothing here.`,
      subject: { src: String(src), dst: String(dst), proto: facts.protoName(c), ...facts.ports(c), node: point },
      evidence,
      count,
      about,
    });
  }
}
