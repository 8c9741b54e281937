// Connection attempts that nobody answers.
import { FLAG } from '../../dissectors/tcp.js';
import { PROTO } from '../flows/packet.js';
import { ODD } from '../flows/tracker.js';
import { atLeast, type EvidenceDraft, rule, seconds } from './rule.js';
import page from './tcp-no-answer.md';

export default rule({
  id: 'tcp-no-answer',
  title: 'Connection attempts get no answer',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 9293 section 3.5; RFC 6298 section 2',
  hint: 'Is the server up, does a firewall drop the port, and do packets find the way back?',
  page,
  options: {
    within: seconds(1, 'how long a SYN may go without an answer (RFC 6298 section 2: first retry after one second)'),
    tries: atLeast(1, 'SYNs that must have been sent'),
  },
  judge(world, say, { within, tries }) {
    const t = world.tracker.conversations;
    interface Group {
      readonly c: number;
      readonly under: number | null;
      readonly about: Set<number>;
      readonly evidence: EvidenceDraft[];
      readonly back: boolean;
      syns: number;
      open: boolean;
    }
    const groups = new Map<string, Group>();
    for (const c of world.conversations()) {
      if (t.proto[c] !== PROTO.tcp) continue;
      const asked = (t.flags[c * 2] & FLAG.syn) !== 0;
      const answered = t.packets[c * 2 + 1] > 0;
      // A SYN-ACK again and again: the answer exists and does not arrive.
      const lost = (t.flags[c * 2 + 1] & FLAG.syn) !== 0 && t.synCount[c * 2 + 1] > 1 && (t.flags[c * 2] & FLAG.ack) === 0;
      if (answered ? !lost : !asked || t.synCount[c * 2] < tries) continue;
      const way = answered ? 1 : 0;
      const open = world.nowNs - t.firstNs[c * 2 + way] < within;
      const under = world.causeOf(c);
      const key = `${world.ip(c, 1)} ${t.dstPort[c]} ${way} ${under} ${open}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = { c, under, about: new Set(), evidence: [], back: answered, syns: 0, open };
        groups.set(key, group);
      }
      group.about.add(world.uid(c));
      group.syns += t.synCount[c * 2 + way];
      if (group.evidence.length < 4) {
        group.evidence.push({ mark: world.firstMark(c, way), field: 'tcp.flags.syn' });
        for (const mark of world.tracker.oddities(c, ODD.synAgain, way).slice(0, 2))
          group.evidence.push({ mark, field: 'tcp.flags.syn', note: 'sent again' });
      }
    }
    for (const { c, under, about, evidence, back, syns, open } of groups.values()) {
      const server = world.ip(c, 1);
      const port = t.dstPort[c];
      const attempts = about.size === 1 ? 'A connection attempt' : `${about.size} connection attempts`;
      say({
        verdict: open ? 'inconclusive' : 'fail',
        key: `${server} ${port} ${back}`,
        title: back ? `Answers from ${server} port ${port} do not reach the client` : `No answer from ${server} port ${port}`,
        message: back
          ? `${attempts} to ${world.named(server)} port ${port}: the server answers, and repeats its SYN-ACK (${syns} in all), but the client never acknowledges it.`
          : `${attempts} to ${world.named(server)} port ${port} (${syns} SYNs) got no answer of any kind${open ? ' before the capture ended' : ''}.`,
        subject: {
          src: String(world.ip(c, 0)),
          dst: String(server),
          proto: 'tcp',
          srcPort: about.size === 1 ? t.srcPort[c] : null,
          dstPort: port,
        },
        evidence,
        count: syns,
        about,
        under,
      });
    }
  },
});
