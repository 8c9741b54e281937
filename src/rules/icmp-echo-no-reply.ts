// Pings that are not answered.
import page from './icmp-echo-no-reply.md';
import { type EvidenceDraft, rule, seconds } from './rule.js';

export default rule({
  id: 'icmp-echo-no-reply',
  title: 'Pings are not answered',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 792; RFC 4443 section 4',
  hint: 'Is the host up, does it answer pings at all, and do packets find the way back?',
  page,
  options: { within: seconds(1, 'how long a reply may take (ping(8) waits one second before it counts a loss)') },
  judge(world, say, { within }) {
    const t = world.tracker.conversations;
    interface Group {
      readonly c: number;
      readonly under: number | null;
      readonly about: Set<number>;
      readonly evidence: EvidenceDraft[];
      requests: number;
      open: boolean;
    }
    const groups = new Map<string, Group>();
    for (const c of world.conversations()) {
      if (!world.isEcho(c) || t.asked[c * 2] === 0 || t.packets[c * 2 + 1] > 0) continue;
      const target = world.ip(c, 1);
      if (target.isMulticast) continue;
      const open = world.nowNs - t.firstNs[c * 2] < within;
      const under = world.causeOf(c);
      const key = `${target} ${under} ${open}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = { c, under, about: new Set(), evidence: [], requests: 0, open };
        groups.set(key, group);
      }
      group.about.add(world.uid(c));
      group.requests += t.asked[c * 2];
      if (group.evidence.length < 4) group.evidence.push({ mark: world.firstMark(c, 0), field: 'icmp.type' });
    }
    for (const { c, under, about, evidence, requests, open } of groups.values()) {
      const target = world.ip(c, 1);
      say({
        verdict: open ? 'inconclusive' : 'fail',
        key: `${target}`,
        title: `No reply to pings of ${target}`,
        message: `${requests === 1 ? 'An echo request' : `${requests} echo requests`} from ${world.named(world.ip(c, 0))} to ${world.named(target)} got no reply${open ? ' before the capture ended' : ''}.`,
        subject: { src: String(world.ip(c, 0)), dst: String(target), proto: world.protoName(c), target: String(target) },
        evidence,
        count: requests,
        about,
        under,
      });
    }
  },
});
