// What a host broadcasts comes back by the interface by which it had left: there is a loop behind it.

import { macNumber as macText } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import { RETRIES } from '../facts/neighbours.js';
import type { Resolution } from '../flows/resolutions.js';
import type { Ip } from '../topology/ip.js';
import { type EvidenceDraft, entry, rule } from './rule.js';
import page from './uplink-loop.md';

/** A single frame that comes back may be a switch that learns. */
const LEAST = 2;
/** Without directions: how many questions of a host come twice, and hardly any once. */
const LEAST_TWICE = 3;

export default rule({
  id: 'uplink-loop',
  title: 'Broadcasts come back by the interface they left by',
  group: 'path',
  severity: 'error',
  spec: 'IEEE 802.1Q section 13 (spanning tree)',
  hint: 'Find the loop behind this interface: two ports of one bond that the switch does not aggregate, two links between the same switches without spanning tree, a cable that leads back. Until then, take one of the links down.',
  page,
  judge(facts, say) {
    const looped = new Set<number>();
    const groups = new Map<string, Resolution[]>();
    for (const one of facts.bridges.resolutions)
      if (one.returned >= LEAST) {
        looped.add(one.mac);
        entry(groups, `${one.source} ${one.returns[0].port}`, () => [] as Resolution[]).push(one);
      }
    for (const all of groups.values()) {
      const [first] = all;
      const { port } = first.returns[0];
      const name = facts.interfaces.name(port);
      const { point } = facts.captures[first.source];
      const macs = [...new Set(all.map(({ mac }) => mac))];
      const senders = [...new Map(all.map(({ from, mac }) => [`${from}`, `${facts.named(from)} (${macText(mac)})`])).values()];
      const count = all.reduce((sum, { returned }) => sum + returned, 0);
      const kept = answersKept(facts, all);
      const home = kept[0] === undefined ? null : facts.interfaces.name(kept[0].home);
      say({
        verdict: 'fail',
        severity: kept.length > 0 ? 'error' : 'warning',
        key: `${point} ${name}`,
        title: `Broadcasts of ${senders.length === 1 ? senders[0] : `${senders.length} hosts`} come back on ${name}`,
        message: `${count} ARP or neighbour requests of ${senders.slice(0, 3).join(', ')} went out by ${name} and came back in on it at once: a loop.${kept.length === 0 ? '' : ` ${kept.length === 1 ? 'The answers' : 'All answers'} of ${kept.map(({ answer }) => `${facts.named(answer.from)} (${macText(answer.mac)})`).join(', ')} come in on ${name} and never leave by ${home}, where ${macs.length === 1 ? macText(macs[0]) : 'the askers'} sits.`}`,
        cause:
          kept.length === 0
            ? 'A bridge that hears a MAC on another port than before believes the host to be there.'
            : `The bridge has heard the host's own frames on ${name}, believes it to be behind ${name} and does not hand its answers to ${home}. Those who were asked did answer.`,
        subject: {
          src: String(first.from),
          dst: String(first.to),
          target: String(first.to),
          proto: first.kind === 'arp' ? 'arp' : 'icmpv6',
          interfaceIn: name,
          interfaceOut: home,
          macs: macs.map(macText),
          node: point,
        },
        evidence: [
          ...all
            .slice(0, 3)
            .flatMap((one): EvidenceDraft[] => [
              ...one.places
                .filter((place) => place.port === port && place.direction !== one.returns[0].direction)
                .map((place) => ({ mark: place.first, note: 'goes out' })),
              { mark: one.returns[0], note: 'the same comes back in' },
            ]),
          ...kept.slice(0, 2).map(({ answer }) => ({ mark: answer.places[0].first, note: `never leaves by ${home}` })),
        ],
        count,
        about: all.flatMap(({ from }) => facts.withEnd(from).filter((uid) => isLost(facts, uid))),
        silent: all.map(({ to }) => to),
      });
    }
    sayTwice(facts, looped, say);
  },
});

/** Answers to these questions that came in by the same port as the questions came back, and did not go out to the host that asked. */
function answersKept(facts: Facts, questions: readonly Resolution[]): { readonly answer: Resolution; readonly home: number }[] {
  const found: { readonly answer: Resolution; readonly home: number }[] = [];
  for (const answer of facts.bridges.resolutions) {
    if (!answer.isAnswer) continue;
    const question = questions.find(
      ({ source, from, to }) => source === answer.source && from.equals(answer.to) && to.equals(answer.from),
    );
    if (question === undefined) continue;
    const home = question.places[0].port;
    const came = answer.places[0]?.port === question.returns[0].port && home !== question.returns[0].port;
    if (came && !answer.places.some(({ port }) => port === home)) found.push({ answer, home });
  }
  return found;
}

const isLost = (facts: Facts, uid: number): boolean =>
  facts.conversation(uid)?.directions.some((direction) => facts.delivery.of(direction) === false) === true;

/**
 * A capture that tells no directions: all questions of one host come twice at once, those of others do not. A mirror port or a file
 * merged of two captures would double them all.
 */
function sayTwice(facts: Facts, looped: ReadonlySet<number>, say: Parameters<Parameters<typeof rule>[0]['judge']>[1]): void {
  const ports = new Map<string, Resolution[]>();
  for (const one of facts.bridges.resolutions)
    if (!one.isAnswer && one.places.length > 0 && facts.interfaces.of(one.places[0].port).known)
      entry(ports, `${one.source} ${one.places[0].port}`, () => [] as Resolution[]).push(one);
  for (const questions of ports.values()) {
    const twice = questions.filter(({ twice, once, mac }) => twice > 0 && twice >= once - 1 && !looped.has(mac));
    const count = twice.reduce((sum, one) => sum + one.twice, 0);
    const macs = new Set(twice.map(({ mac }) => mac));
    const others = questions.filter(({ twice, mac }) => twice === 0 && !macs.has(mac));
    if (count < LEAST_TWICE || macs.size !== 1 || others.length === 0) continue;
    const [first] = twice;
    const [place] = first.places;
    const name = facts.interfaces.name(place.port);
    const { point } = facts.captures[first.source];
    const own = [...new Set(twice.map(({ from }) => String(from)))];
    const silent = askedInVain(facts, twice);
    say({
      verdict: 'fail',
      severity: silent.length > 0 ? 'warning' : 'info',
      confidence: 'medium',
      key: `${point} ${name} ${macText(first.mac)}`,
      title: `Each broadcast of ${own[0]} (${macText(first.mac)}) is seen twice on ${name}`,
      message: `${count} ARP or neighbour requests of ${own.slice(0, 3).join(', ')} (${macText(first.mac)}) are seen twice on ${name}, within ${TWICE_MS} ms; those of others are seen once.${silent.length === 0 ? '' : ` It asks for ${listOf(silent)} again and again, as one does who is not answered, and no answer is seen.`}`,
      cause: `A second copy so soon is no retry: something behind this interface sends the broadcast back (a loop), or forwards it twice.${silent.length === 0 ? '' : ' A switch that hears the host on another port than before sends what is for it there: those who are asked may well answer.'}`,
      subject: { src: own[0], macs: [macText(first.mac)], interfaceIn: name, node: point },
      evidence: [{ mark: place.first, note: 'seen again at once' }],
      count,
      about: [],
      silent,
    });
  }
}
const TWICE_MS = 20;

/** Addresses that a host asks for by the schedule of one who gets no answer, and none is seen. */
function askedInVain(facts: Facts, questions: readonly Resolution[]): Ip[] {
  const found: Ip[] = [];
  for (const { source, mac, to } of questions)
    for (const n of facts.neighbours.of(to))
      if (n.source === source && n.answers === 0 && n.repeated >= RETRIES - 1 && n.askerMacs.includes(mac)) {
        found.push(to);
        break;
      }
  return found;
}

const listOf = (ips: readonly Ip[]): string =>
  `${ips.slice(0, 3).join(', ')}${ips.length > 3 ? ` and ${ips.length - 3} others` : ''}`;
