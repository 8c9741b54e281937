// One machine tells others that the addresses of their partners are its own.
import { macNumber as macText } from '../bytes/show.js';
import page from './arp-poisoning.md';
import { namedMac, subjectOf, WORDS } from './neighbours.js';
import { type EvidenceDraft, rule } from './rule.js';

export default rule({
  id: 'arp-poisoning',
  title: 'A machine claims addresses that it knows to be of others',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 826; RFC 5227 section 2.4',
  hint: 'Find the machine by its MAC in the switch, and what runs on it; dynamic ARP inspection or fixed entries for the gateway keep such replies out.',
  page,
  judge(facts, say) {
    for (const { mac, victims } of facts.claims.poisoners()) {
      const addresses = [...new Set(victims.map(({ n }) => String(n.target)))];
      const named = victims.filter((one) => one.named !== null);
      const evidence: EvidenceDraft[] = victims
        .slice(0, 6)
        .flatMap(({ n, claim, named: known }) => [
          { mark: claim.first, field: WORDS.arp.claim, note: `says that ${n.target} is at ${macText(mac)}` },
          ...(known === null
            ? []
            : [{ mark: known.mark, field: 'arp.dst.hw_mac', note: `sends to ${n.target} at ${macText(known.as)}` }]),
        ]);
      const [{ n }] = victims;
      const rightful = (one: (typeof victims)[number]) =>
        one.named === null
          ? `asks for ${one.n.target} itself between its claims`
          : `addresses ${one.n.target} at ${macText(one.named.as)}`;
      say({
        verdict: 'fail',
        confidence: named.length > 1 ? 'high' : 'medium',
        key: macText(mac),
        title: `${namedMac(facts, mac)} claims ${addresses.slice(0, 3).join(' and ')}, of which it knows the owners`,
        message: `${namedMac(facts, mac)} sends ARP replies that nobody asked for, with ${addresses.join(', ')} as its own; yet it ${victims.slice(0, 3).map(rightful).join(' and ')}. That is ARP poisoning: traffic between these hosts goes through it.`,
        subject: subjectOf(facts, n, [mac]),
        evidence,
        count: victims.reduce((sum, { claim }) => sum + claim.count, 0),
      });
    }
  },
});
