// A node sends packets out by an interface behind which their destination does not live.

import type { Direction } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { type Wrong, wrongEgress } from './egress.js';
import page from './egress-wrong-interface.md';
import { type EvidenceDraft, rule, type Say, sentence } from './rule.js';

interface Group {
  readonly wrong: Wrong;
  readonly crossing: Crossing;
  readonly direction: Direction;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly destinations: Set<string>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'egress-wrong-interface',
  title: 'Packets leave by the wrong interface',
  group: 'path',
  severity: 'error',
  hint: 'Compare the route that was used (ip route get) with where the destination lives, and add the missing route.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      for (const crossing of facts.crossings.of(direction)) {
        // It arrives: whatever the way, it is no fault. Another way of the same packets proves nothing for this one.
        if (facts.delivery.by(direction, crossing.use) === true) continue;
        if (facts.delivery.arrivesBy(exitPort(crossing), crossing.dst)) continue;
        // One of several ways, of which another one leads there: the next hop is to blame.
        if (facts.ways.isLeg(crossing.source, crossing.dst, exitPort(crossing))) continue;
        const wrong = wrongEgress(facts, direction, crossing);
        if (wrong === null) continue;
        const under = facts.causes.of(direction.conversation);
        const key = `${crossing.source} ${facts.interfaces.name(exitPort(crossing))} ${wrong.network} ${wrong.expected} ${under}`;
        let group = groups.get(key);
        if (group === undefined) {
          group = {
            wrong,
            crossing,
            direction,
            under,
            about: new Set(),
            destinations: new Set(),
            evidence: [],
            count: 0,
          };
          groups.set(key, group);
        }
        group.count += crossing.use.count;
        group.about.add(direction.conversation.uid);
        group.destinations.add(String(crossing.dst));
        if (crossing.origin !== null) group.about.add(crossing.origin.conversation.uid);
        if (group.evidence.length < 6) group.evidence.push(...hopsOf(facts, crossing));
      }
    }
    for (const group of groups.values()) report(facts, group, say);
  },
});

function hopsOf(facts: Facts, x: Crossing): EvidenceDraft[] {
  const evidence: EvidenceDraft[] = [];
  if (x.origin !== null) evidence.push({ mark: facts.paths.mark(x.origin.use, x.origin.hop), field: 'ip.dst' });
  if (x.entry >= 0) evidence.push({ mark: facts.paths.mark(x.use, x.entry), field: 'ip.dst' });
  evidence.push({ mark: facts.paths.mark(x.use, x.exits[x.exits.length - 1]), field: 'ip.dst' });
  return evidence;
}

function report(
  facts: Facts,
  { wrong, crossing: x, direction, under, about, destinations, evidence, count }: Group,
  say: Say,
): void {
  const { conversation, phases } = direction;
  const out = wrong.out ?? facts.interfaces.name(exitPort(x));
  const entry = facts.crossings.entryPort(x);
  const edge = x.edge < 0 ? null : facts.tunnels.edge(x.edge);
  const { point } = facts.captures[x.source];
  const whose = destinations.size === 1 ? facts.named(x.dst) : `${wrong.network} (${destinations.size} addresses)`;
  const src = x.origin === null ? x.src : x.origin.direction.from;
  const come =
    entry !== null
      ? `come in on ${facts.interfaces.name(entry)} and`
      : facts.ownership.isOwn(x.source, x.src)
        ? 'are sent by the node itself and'
        : 'pass the node and';
  const translated = x.origin === null || src.equals(x.src) ? '' : `, translated from ${src} to ${x.src}`;
  const should =
    wrong.expected === null
      ? 'it does not lead there'
      : `they should leave by ${wrong.expected}${wrong.via === null ? '' : ` via ${wrong.via}`}`;
  say({
    verdict: 'fail',
    confidence: wrong.confidence,
    key: `${point} ${out} ${wrong.network} ${wrong.expected}`,
    title: `Packets to ${wrong.network} leave ${point} by ${out}${wrong.expected === null ? ', which leads elsewhere' : ` instead of ${wrong.expected}`}`,
    message: `Packets to ${whose} ${come} leave by ${out}${translated}; ${should}. No answer to them was seen.`,
    cause: sentence(wrong.because),
    commands: wrong.command === null ? [] : [wrong.command],
    ...(wrong.hint === null ? {} : { hint: wrong.hint }),
    subject: {
      src: String(src),
      dst: String(x.dst),
      proto: edge === null ? conversation.protoName : 'udp',
      ...(edge === null ? conversation.ports : {}),
      tunnel: edge?.kind ?? null,
      vni: edge === null || edge.vni < 0 ? null : edge.vni,
      interfaceIn: entry === null ? null : facts.interfaces.name(entry),
      interfaceOut: out,
      interfaceExpected: wrong.expected,
      node: point,
    },
    evidence,
    count,
    about,
    under,
    ...(phases.length > 1 ? { phases } : {}),
  });
}
