// Pings that are not answered: all of them, or so many that it is no accident.
import page from './icmp-echo-no-reply.md';
import { atLeast, type EvidenceDraft, entry, rule, Spread, seconds } from './rule.js';

interface Group {
  readonly c: number;
  /** Number of targets, when they are many. */
  readonly many: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly sources: Set<string>;
  readonly evidence: EvidenceDraft[];
  readonly open: boolean;
  requests: number;
  lost: number;
}

export default rule({
  id: 'icmp-echo-no-reply',
  title: 'Pings are not answered',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 792; RFC 4443 section 4',
  hint: 'Is the host up, does it answer pings at all, and do packets find the way back?',
  page,
  options: {
    within: seconds(1, 'how long a reply may take (ping(8) waits one second before it counts a loss)'),
    lost: atLeast(3, 'requests without a reply, where others of the same ping got one'),
    percent: atLeast(5, 'share of requests without a reply, where others got one'),
  },
  judge(facts, say, options) {
    const t = facts.tracker.conversations;
    const groups = new Map<string, Group>();
    const spread = new Spread();
    const answering = new Set<string>();
    for (const c of facts.conversations()) if (facts.isEcho(c) && t.packets[c * 2 + 1] > 0) answering.add(String(facts.ip(c, 1)));
    for (const c of facts.conversations())
      if (facts.isEcho(c) && t.packets[c * 2 + 1] === 0)
        spread.add(`${facts.ip(c, 0)} ${facts.causeOf(c)}`, String(facts.ip(c, 1)));
    for (const c of facts.conversations()) {
      if (!facts.isEcho(c) || t.asked[c * 2] === 0) continue;
      const target = facts.ip(c, 1);
      const source = facts.ip(c, 0);
      // A path trace by pings is meant to end on the way.
      if (target.isMulticast || facts.traced(source, target)) continue;
      const requests = t.asked[c * 2];
      const replies = t.packets[c * 2 + 1];
      const due = requests - (facts.nowNs - t.lastNs[c * 2] < options.within ? 1 : 0);
      const lost = due - replies;
      const open = replies === 0 && lost <= 0;
      // A capture may well end on a ping under way: whoever answers others would have answered this one.
      if (open && answering.has(String(target))) continue;
      if (replies === 0 && facts.causeOf(c) === null && facts.answersMayBypass(c, 0)) continue;
      if (replies > 0 && (lost < options.lost || lost * 100 < due * options.percent)) continue;
      const under = facts.causeOf(c);
      const many = replies > 0 ? 0 : spread.many(`${source} ${under}`);
      const group = entry(groups, `${many > 0 ? `from ${source}` : target} ${replies > 0} ${under} ${open}`, () => ({
        c,
        many,
        under,
        about: new Set<number>(),
        sources: new Set<string>(),
        evidence: [],
        open,
        requests: 0,
        lost: 0,
      }));
      group.about.add(facts.uid(c));
      group.sources.add(String(source));
      group.requests += requests;
      group.lost += replies > 0 ? lost : requests;
      if (group.evidence.length < 4) group.evidence.push({ mark: facts.firstMark(c, 0), field: 'icmp.type' });
    }
    for (const { c, many, under: known, about, sources, evidence, requests, lost, open } of groups.values()) {
      const target = facts.ip(c, 1);
      const some = lost < requests;
      const whom = many > 0 ? `${many} addresses, such as ${target},` : facts.named(target);
      const from = sources.size === 1 ? facts.named(facts.ip(c, 0)) : `${sources.size} hosts`;
      say({
        verdict: open ? 'inconclusive' : 'fail',
        key: many > 0 ? `from ${facts.ip(c, 0)}` : `${target} ${some}`,
        title: some
          ? `${lost} of ${requests} pings of ${target} are lost`
          : `No reply to pings of ${many > 0 ? `${many} addresses` : target}`,
        message: some
          ? `${lost} of ${requests} echo requests from ${from} to ${facts.named(target)} got no reply, the others did.`
          : `${requests === 1 ? 'An echo request' : `${requests} echo requests`} from ${from} to ${whom} got no reply${open ? ' before the capture ended' : ''}.`,
        subject: { src: String(facts.ip(c, 0)), dst: String(target), proto: facts.protoName(c), target: String(target) },
        evidence,
        count: lost,
        about,
        absence: true,
        // Behind a translation the same pings were seen under another address.
        under: known ?? facts.causeOf(c),
      });
    }
  },
});
