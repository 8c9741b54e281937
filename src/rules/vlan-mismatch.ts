// Two hosts ask for each other in different VLANs, which are different segments: neither hears the other.

import type { Facts } from '../facts/facts.js';
import type { Resolution } from '../flows/resolutions.js';
import { groupedBy, rule } from './rule.js';
import page from './vlan-mismatch.md';

export default rule({
  id: 'vlan-mismatch',
  title: 'Two hosts of one network speak in different VLANs',
  group: 'neighbours',
  severity: 'error',
  spec: 'IEEE 802.1Q section 6.8',
  hint: 'Give both ends the same VLAN: compare the VLAN device of each (ip -d link), the VLANs of the ports between them (bridge vlan show) and the native VLAN of the trunk.',
  page,
  judge(facts, say) {
    for (const [a, b] of mismatches(facts)) {
      const name = facts.interfaces.name(a.places[0].port);
      const count = asked(a) + (b.isAnswer ? 0 : asked(b));
      const { point } = facts.captures[a.source];
      const [one, other] = [vlanText(a.vlan), vlanText(b.vlan)];
      say({
        verdict: 'fail',
        absence: !b.isAnswer,
        key: [`${a.from} ${a.vlan}`, `${b.from} ${b.vlan}`].sort().join(' '),
        title: `${a.from} speaks in ${one}, ${b.from} in ${other}`,
        message: b.isAnswer
          ? `On ${name} ${facts.named(a.from)} asks for ${facts.named(a.to)} in ${one}; the answers come in ${other}, and it asks again.`
          : `On ${name} ${facts.named(a.from)} asks for ${facts.named(a.to)} in ${one}, and ${facts.named(b.from)} asks for ${facts.named(b.to)} in ${other}. Each VLAN is a segment of its own, so neither hears the other.`,
        cause: `One of the two is in the wrong VLAN, or a switch between them changes the tag one way only.`,
        subject: {
          src: String(a.from),
          dst: String(a.to),
          target: String(a.to),
          proto: a.kind === 'arp' ? 'arp' : 'icmpv6',
          node: point,
        },
        evidence: [a, b].map((r) => ({
          mark: r.places[0].first,
          ...(r.vlan < 0 ? {} : { field: 'vlan.id' }),
          note: `${r.isAnswer ? 'answers' : 'asks'} in ${vlanText(r.vlan)}`,
        })),
        count,
        about: bothEnds(facts, a),
        silent: [a.to, b.isAnswer ? a.to : b.to],
      });
    }
  },
});

/** A question, and the question or the answer of whom it asks for, in another VLAN of the same interface. */
function* mismatches(facts: Facts): Iterable<readonly [Resolution, Resolution]> {
  const seen = [...facts.bridges.resolutions].filter(({ places }) => places.length > 0);
  const by = groupedBy(seen, ({ source, places, kind, from, to }) => `${source} ${places[0].port} ${kind} ${from} ${to}`);
  const done = new Set<Resolution>();
  for (const [key, all] of by) {
    const [first] = all;
    const [source, port, kind] = key.split(' ');
    const back = by.get(`${source} ${port} ${kind} ${first.to} ${first.from}`) ?? [];
    const vlans = vlansOf(all);
    const others = vlansOf(back);
    // Copies before and after a switch that changes tags are in both VLANs.
    if (vlans.size !== 1 || others.size !== 1 || [...vlans].some((vlan) => others.has(vlan))) continue;
    const question = all.find((one) => !one.isAnswer);
    const answer = back.find((one) => one.isAnswer);
    if (question === undefined || done.has(question) || !isRepeated(question, LEAST) || speak(facts, question)) continue;
    const other = answer ?? back.find((one) => !one.isAnswer && isRepeated(one, LEAST));
    if (other === undefined || all.some((one) => one.isAnswer)) continue;
    // A mirror port may show tags in one direction only: there who was answered is content.
    if (answer !== undefined && !isRepeated(question, LEAST + 1)) continue;
    done.add(other);
    yield [question, other];
  }
}

/** Who was answered does not ask again so soon (RFC 1122 section 2.3.2.1: a minute); the first answer may be late. */
const LEAST = 2;
const RETRY_NS = 5e9;
const isRepeated = ({ once, places, lastNs }: Resolution, least: number): boolean =>
  once >= least && lastNs - places[0].first.timeNs <= (once - 1) * RETRY_NS;

const vlansOf = (all: readonly Resolution[]): Set<number> => new Set(all.map(({ vlan }) => vlan));
const asked = ({ once }: Resolution): number => once;
const vlanText = (vlan: number): string => (vlan < 0 ? 'no VLAN (untagged)' : `VLAN ${vlan}`);

const bothEnds = (facts: Facts, { from, to }: Resolution): number[] => {
  const ends = new Set(facts.withEnd(from));
  return facts.withEnd(to).filter((uid) => ends.has(uid));
};

/** Packets of both arrive at the other: the tags are changed out of sight. */
const speak = (facts: Facts, one: Resolution): boolean =>
  bothEnds(facts, one).some(
    (uid) => facts.conversation(uid)?.directions.some((direction) => facts.delivery.of(direction) === true) === true,
  );
