// An address was announced by an advertisement that no host that knows the address accepts.
import { macNumber as macText } from '../bytes/show.js';
import page from './ndp-ignored.md';
import { namedMac, subjectOf } from './neighbours.js';
import { type EvidenceDraft, rule } from './rule.js';

export default rule({
  id: 'ndp-ignored',
  title: 'An announcement that receivers ignore',
  group: 'neighbours',
  severity: 'error',
  spec: 'RFC 4861 section 7.2.5',
  hint: 'Who takes the address over must announce it with the Override flag and the target link-layer address option (RFC 4861 section 7.2.6).',
  page,
  judge(facts, say) {
    for (const n of facts.neighbours.list) {
      const holder = n.claims.find((claim) => claim.mac === n.holder);
      if (holder === undefined) continue;
      for (const claim of n.ignored) {
        // A test that it answered has its own finding.
        if (claim.announced === 0 || n.failedTests.some((test) => test.otherMac === claim.mac)) continue;
        const since = claim.firstNs;
        // Where what is sent to the address still arrives, no host was meant to accept it.
        const lost = facts
          .withEnd(n.target)
          .flatMap((uid) => facts.conversation(uid)?.directions ?? [])
          .filter((one) => one.to.equals(n.target) && one.lastNs > since && facts.delivery.isUnanswered(one));
        if (lost.length === 0 || holder.lastNs > since) continue;
        const evidence: EvidenceDraft[] = [
          { mark: holder.first, field: 'icmpv6.opt.linkaddr', note: `says ${macText(holder.mac)}` },
          { mark: claim.first, field: 'icmpv6.nd.na.flag.o', note: `says ${macText(claim.mac)}, and does not override` },
          ...lost.slice(0, 3).map((one) => ({ mark: one.first, note: 'not answered' })),
        ];
        say({
          verdict: 'fail',
          absence: true,
          key: `${n.target}`,
          title: `${namedMac(facts, claim.mac)} announces ${n.target} in a way that receivers ignore`,
          message: `${namedMac(facts, claim.mac)} announces ${facts.named(n.target)} on ${facts.interfaces.name(n.port)} by an advertisement without the Override flag or the target link-layer address option. Whoever has an entry for it keeps ${namedMac(facts, holder.mac)} (RFC 4861 section 7.2.5), which has not answered since: ${lost.length === 1 ? 'one conversation' : `${lost.length} conversations`} after it got no answer.`,
          cause: `The address has not moved for those who know it: they send to ${macText(holder.mac)} until they find it silent.`,
          subject: subjectOf(facts, n, [holder.mac, claim.mac]),
          evidence,
          count: lost.reduce((sum, one) => sum + one.packets, 0),
          about: lost.map((one) => one.conversation.uid),
        });
      }
    }
  },
});
