// A packet comes back to where it was, with fewer hops to live each time, until none are left.

import type { Direction } from '../facts/conversation.js';
import type { Crossing } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import type { PathUse } from '../flows/uses.js';
import { type Wrong, wrongEgress } from './egress.js';
import page from './routing-loop.md';
import { atLeast, type EvidenceDraft, entry, push, rule, sentence } from './rule.js';
import { packetsSubject } from './subjects.js';

interface Group {
  readonly direction: Direction;
  readonly use: PathUse;
  /** Hops of the path at the place that is passed again and again. */
  readonly rounds: readonly number[];
  readonly about: Set<number>;
  readonly destinations: Set<string>;
  readonly evidence: EvidenceDraft[];
  wrong: Wrong | null;
  /** Where they are turned round first, if a node was seen to do it with packets that it saw for the first time. */
  readonly turn: Crossing | null;
  count: number;
}

export default rule({
  id: 'routing-loop',
  title: 'Packets go round in a loop',
  group: 'path',
  severity: 'error',
  spec: 'RFC 1812 section 5.3.1',
  hint: 'Two routers send the packets to each other: compare their routes for the destination (ip route get).',
  page,
  options: { passes: atLeast(3, 'how often the same packet must pass the same place (a router on a stick makes two)') },
  judge(facts, say, { passes }) {
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      for (const use of direction.paths) {
        if (use.looped === 0 || facts.delivery.by(direction, use) === true) continue;
        const rounds = roundsOf(use);
        const expired =
          rounds.length > 1 && facts.errors.expires(direction) && !facts.errors.traced(direction.from, direction.to);
        if (rounds.length < passes && !expired) continue;
        // Where no TTL is printed a few rounds may be frames that were captured several times.
        if (use.hops[rounds[0]].ttl === 0 && rounds.length < UNSAID_PASSES) continue;
        const dst = direction.to;
        const turn = turningOf(facts, direction, use);
        const hop = use.path.hops[turn === null ? rounds[0] : turn.entry];
        const group = entry(
          groups,
          `${hop.port} ${guessedNetwork(dst)}`,
          (): Group => ({
            direction,
            use,
            rounds: turn === null ? rounds : alike(use, turn.entry),
            turn,
            about: new Set(),
            destinations: new Set(),
            evidence: (turn === null ? rounds : alike(use, turn.entry))
              .slice(0, 4)
              .map((h) => ({ mark: facts.paths.mark(use, h), field: 'ip.ttl' })),
            wrong: null,
            count: 0,
          }),
        );
        group.count += use.looped;
        group.about.add(direction.conversation.uid);
        group.destinations.add(String(dst));
        for (const x of facts.crossings.of(direction)) group.wrong ??= wrongEgress(facts, direction, x);
      }
    }
    for (const { direction, use, rounds, turn, about, destinations, evidence, wrong, count } of groups.values()) {
      const dst = direction.to;
      const port = facts.interfaces.name(use.path.hops[rounds[0]].port);
      const { point } = facts.captures[use.path.hops[rounds[0]].source];
      const ttls = rounds.slice(0, 4).map((h) => use.hops[h].ttl || use.hops[h].outerTtl);
      const whose = destinations.size === 1 ? facts.named(dst) : `${guessedNetwork(dst)} (${destinations.size} addresses)`;
      say({
        verdict: 'fail',
        key: `${point} ${port} ${wrong?.network ?? guessedNetwork(dst)}`,
        title: `Packets to ${wrong?.network ?? dst} go round in a loop through ${port} of ${point}`,
        message: `The same packets to ${whose} pass ${port} again and again${ttls[0] > 0 ? `, with ttl ${ttls.join(', ')}, until it is used up` : ''}. ${count === 1 ? 'One packet' : `${count} packets`} did.`,
        cause:
          wrong !== null
            ? sentence(wrong.because)
            : turn === null
              ? ''
              : `${point} sends them back by ${port}, where they come in: its route for ${dst} leads to where they are from.`,
        commands: wrong?.command ? [wrong.command] : [],
        subject: {
          ...packetsSubject(direction.conversation, direction.from, dst),
          interfaceOut: port,
          interfaceExpected: wrong?.expected ?? null,
          node: point,
        },
        evidence,
        count,
        about,
      });
    }
  },
});

const UNSAID_PASSES = 5;

/** The first node that sends the packets back by the port where it got them; null where that was not seen from the start. */
function turningOf(facts: Facts, direction: Direction, use: PathUse): Crossing | null {
  const seen = new Set<number>();
  for (const x of facts.crossings.of(direction)) {
    if (x.use !== use) continue;
    // What the node has made or translated was not seen to come in on this path.
    if (x.entry >= 0 && !seen.has(x.source) && facts.crossings.isHairpin(x)) return x;
    seen.add(x.source);
  }
  return null;
}

/** The hops of a path at the same place as this one. */
const alike = ({ path: { hops } }: PathUse, at: number): number[] =>
  [...hops.keys()].filter((h) => hops[h].port === hops[at].port && hops[h].direction === hops[at].direction);

/** The hops of a path at the port, direction and encapsulation that it passes most often. */
function roundsOf(use: PathUse): number[] {
  const places = new Map<string, number[]>();
  use.path.hops.forEach((hop, h) => {
    push(places, `${hop.port} ${hop.direction} ${hop.edge} ${hop.tagged}`, h);
  });
  return [...places.values()].reduce((most, hops) => (hops.length > most.length ? hops : most), []);
}
