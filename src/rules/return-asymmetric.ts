// Answers come back another way than the questions went.
import type { PathUse } from '../flows/uses.js';
import { exitPort } from './egress.js';
import page from './return-asymmetric.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { type Crossing, guessedNetwork, type World } from './world.js';

export default rule({
  id: 'return-asymmetric',
  title: 'Answers take another way than questions',
  group: 'path',
  severity: 'warning',
  spec: 'RFC 3704 section 2.2',
  hint: 'Where answers are lost: make both directions use one interface, or set net.ipv4.conf.*.rp_filter=2 (loose) on the node that drops them.',
  page,
  judge(world, say) {
    judgeInterfaces(world, say);
    judgeOneSided(world, say);
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
function judgeInterfaces(world: World, say: Say): void {
  const pairs = new Map<string, Pair>();
  for (const c of world.conversations()) {
    if (world.packets(c, 0) === 0 || world.packets(c, 1) === 0 || world.causeOf(c) !== null) continue;
    const backs = world.uses(c, 1);
    for (const x of world.crossings(c, 0)) {
      const out = exitPort(x);
      const used = new Set([...x.use.path.hops, ...backs.slice(1).flatMap((use) => use.path.hops)].map((hop) => hop.port));
      const back = backs.find((use) => world.entryAt(use, x.source) >= 0);
      if (back === undefined) continue;
      const from = world.entryAt(back, x.source);
      const at = back.path.hops[from].port;
      // A bridge or a tunnel device shows one packet on several interfaces: two different ways share none.
      if ([...used].some((port) => world.samePort(port, at)) || back.path.hops.some((hop) => world.samePort(hop.port, out)))
        continue;
      const node = world.node(x.source);
      if (node !== null && world.sameLink(node, world.portName(out), world.portName(at))) continue;
      const key = `${x.source} ${out} ${at} ${guessedNetwork(x.dst)}`;
      const pair = entry(pairs, key, (): Pair => ({ c, x, back, about: new Set(), evidence: [], lost: 0, count: 0 }));
      pair.about.add(world.uid(c));
      pair.count += back.count;
      if (world.delivered(c, 1) === false) pair.lost += back.count;
      if (pair.evidence.length < 4)
        pair.evidence.push(
          { mark: world.hopMark(x.use, x.exits[x.exits.length - 1]), field: 'ip.dst', note: 'request' },
          { mark: world.hopMark(back, from), field: 'ip.src', note: 'reply' },
        );
    }
  }
  for (const { c, x, back, about, evidence, lost, count } of pairs.values()) {
    const out = world.portName(exitPort(x));
    const at = world.portName(back.path.hops[world.entryAt(back, x.source)].port);
    const { point } = world.captures[x.source];
    say({
      verdict: 'fail',
      severity: lost > 0 ? 'error' : 'info',
      confidence: lost > 0 ? 'high' : 'medium',
      key: `${point} ${out} ${at} ${guessedNetwork(x.dst)}`,
      title: `Answers from ${x.dst} come into ${point} on ${at}, questions leave by ${out}`,
      message:
        lost > 0
          ? `Packets to ${world.named(x.dst)} leave by ${out}; the answers come in on ${at} and are not accepted: they are sent again and again.`
          : `Packets to ${world.named(x.dst)} leave by ${out} and the answers come in on ${at}. They are accepted.`,
      cause:
        lost > 0
          ? `The way to ${x.dst} is by ${out}, so strict reverse-path filtering (rp_filter=1) drops what comes from it on ${at}.`
          : '',
      subject: {
        src: String(x.src),
        dst: String(x.dst),
        proto: world.protoName(c),
        ...world.ports(c),
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
function judgeOneSided(world: World, say: Say): void {
  const t = world.tracker.conversations;
  const sides = new Map<string, Side>();
  const keyOf = (c: number, way: number): string =>
    `${t.firstSource[c * 2 + way]} ${guessedNetwork(world.towards(c, 1 - way))} ${guessedNetwork(world.towards(c, way))}`;
  const oneSided: number[] = [];
  for (const c of world.conversations()) {
    const way = t.packets[c * 2] > 0 ? 0 : 1;
    if (t.packets[c * 2 + 1 - way] > 0 || world.causeOf(c) !== null || world.halfFilter(t.firstSource[c * 2 + way]) !== null)
      continue;
    oneSided.push(c);
    // Where directions are not known, a packet that passes twice with fewer hops to live was turned round by a router.
    const hairpin = world.crossings(c, way).some((x) => world.isHairpin(x)) || world.uses(c, way).some((use) => use.looped > 0);
    if (!world.goesOn(c, way) && !(hairpin && world.isEcho(c))) continue;
    const side = entry(sides, keyOf(c, way), (): Side => ({ c, way, about: new Set(), evidence: [], hairpin, count: 0 }));
    side.count += t.packets[c * 2 + way];
    if (side.evidence.length < 4) side.evidence.push({ mark: world.firstMark(c, way), field: 'ip.src' });
  }
  // Where connections are seen from one side only, so is everything else between the two networks.
  for (const c of oneSided) sides.get(keyOf(c, t.packets[c * 2] > 0 ? 0 : 1))?.about.add(world.uid(c));
  for (const { c, way, about, evidence, hairpin, count } of sides.values()) {
    const { point } = world.captures[t.firstSource[c * 2 + way]];
    const src = world.towards(c, 1 - way);
    const dst = world.towards(c, way);
    say({
      verdict: 'fail',
      severity: 'info',
      key: `${point} ${guessedNetwork(src)} ${guessedNetwork(dst)}`,
      title: `Only packets from ${guessedNetwork(src)} to ${guessedNetwork(dst)} pass ${point}, none the other way`,
      message: hairpin
        ? `Packets from ${world.named(src)} to ${world.named(dst)} are turned round by the router on one link, so both ends are there and answers go directly. Whether there are any cannot be seen here.`
        : `Packets from ${world.named(src)} to ${world.named(dst)} acknowledge data that never passed ${point}: the answers arrive by another way. Unanswered packets between these networks mean nothing here.`,
      subject: { src: String(src), dst: String(dst), proto: world.protoName(c), ...world.ports(c), node: point },
      evidence,
      count,
      about,
    });
  }
}
