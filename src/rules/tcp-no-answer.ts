// Connection attempts that nobody answers.
import { FLAG } from '../../dissectors/tcp.js';
import type { Facts } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import { ODD } from '../flows/tracker.js';
import { type Backend, findBackends } from './backends.js';
import { atLeast, type EvidenceDraft, entry, rule, Spread, seconds } from './rule.js';
import page from './tcp-no-answer.md';

interface Group {
  readonly c: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly clients: Set<string>;
  readonly evidence: EvidenceDraft[];
  /** The server answers, and its answers are lost. */
  readonly back: boolean;
  readonly open: boolean;
  readonly backend: Backend | null;
  /** Number of servers, when they are many and one client asks them all in vain. */
  readonly many: number;
  syns: number;
}

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
  judge(facts, say, { within, tries }) {
    const t = facts.tracker.conversations;
    const attempts = facts.conversationsThat((c) => t.proto[c] === PROTO.tcp && (t.flags[c * 2] & FLAG.syn) !== 0);
    const lonely = attempts.filter((c) => !isHeard(facts, c) && t.synCount[c * 2] >= tries);
    if (lonely.length === 0) return;
    const backends = findBackends(facts, attempts, (c) => isHeard(facts, c));
    const heard = new Map<string, number>();
    for (const c of attempts)
      if (isHeard(facts, c)) {
        const server = `${facts.ip(c, 1)} ${t.dstPort[c]}`;
        heard.set(server, (heard.get(server) ?? 0) + 1);
      }
    const groups = new Map<string, Group>();
    const spread = new Spread();
    const kindOf = (c: number): { back: boolean; open: boolean; under: number | null; kind: string } => {
      const back = t.packets[c * 2 + 1] > 0;
      const open = facts.nowNs - t.firstNs[c * 2 + (back ? 1 : 0)] < within;
      const under = facts.causeOf(c);
      return { back, open, under, kind: open ? `open ${under}` : `${facts.ip(c, 0)} ${t.dstPort[c]} ${back} ${under}` };
    };
    // A capture of busy servers always ends on attempts under way: where others were answered, these would have been too.
    const isUnderWay = (c: number): boolean => kindOf(c).open && heard.has(`${facts.ip(c, 1)} ${t.dstPort[c]}`);
    for (const c of lonely) if (!isUnderWay(c)) spread.add(kindOf(c).kind, String(facts.ip(c, 1)));
    for (const c of lonely) {
      if (backends.isFront(c) || isUnderWay(c)) continue;
      const { back, open, under, kind } = kindOf(c);
      const way = back ? 1 : 0;
      const many = spread.many(kind);
      const group = entry(groups, many > 0 ? kind : `${facts.ip(c, 1)} ${t.dstPort[c]} ${back} ${under} ${open}`, () => ({
        c,
        under,
        about: new Set<number>(),
        clients: new Set<string>(),
        evidence: [],
        back,
        open,
        backend: many > 0 ? null : backends.of(c),
        many,
        syns: 0,
      }));
      group.about.add(facts.uid(c));
      group.clients.add(String(facts.ip(c, 0)));
      group.syns += t.synCount[c * 2 + way];
      if (group.evidence.length < 4) {
        group.evidence.push({ mark: facts.firstMark(c, way), field: 'tcp.flags.syn' });
        for (const mark of facts.tracker.oddities(c, ODD.synAgain, way).slice(0, 3))
          group.evidence.push({ mark, field: 'tcp.flags.syn', note: `sent again ${after(facts, c, way, mark.timeNs)}` });
      }
    }
    for (const group of groups.values()) {
      const { c, under, about, clients, evidence, back, syns, open, backend, many } = group;
      const server = facts.ip(c, 1);
      const port = t.dstPort[c];
      const others = many > 0 ? 0 : (heard.get(`${server} ${port}`) ?? 0);
      const whom = many > 0 ? `${many} addresses, such as ${server},` : facts.named(server);
      const some = `${about.size === 1 ? 'A connection attempt' : `${about.size} connection attempts`} from ${clients.size === 1 ? facts.named(facts.ip(c, 0)) : `${clients.size} clients`}`;
      const schedule = retries(facts, c, back ? 1 : 0);
      say({
        verdict: open ? 'inconclusive' : 'fail',
        key: many > 0 ? `${facts.ip(c, 0)} ${port} ${back}` : `${server} ${port} ${back}`,
        title: titleText(many > 0 ? `${many} addresses` : String(server), port, back, backend),
        message: back
          ? `${some} to ${whom} port ${port}: the server answers and repeats its SYN-ACK (${syns} in all${schedule}), but the client never acknowledges it.`
          : `${some} to ${whom} port ${port} got no answer of any kind${open ? ' before the capture ended' : ''} (${syns} SYN${syns === 1 ? '' : 's'}${schedule}).${others > 0 ? ` ${others} other ${others === 1 ? 'attempt was' : 'attempts were'} answered.` : ''}`,
        cause: causeText(facts, group, others),
        subject: {
          src: String(facts.ip(c, 0)),
          dst: String(server),
          proto: 'tcp',
          srcPort: about.size === 1 ? t.srcPort[c] : null,
          dstPort: port,
          target: backend === null ? null : String(backend.service),
        },
        evidence,
        count: syns,
        about,
        absence: true,
        under,
      });
    }
  },
});

/** The handshake went on. A client that acknowledges has been answered, seen here or not. */
function isHeard(facts: Facts, c: number): boolean {
  const t = facts.tracker.conversations;
  if ((t.flags[c * 2] & FLAG.ack) !== 0 || t.resets[c * 2 + 1] > 0) return true;
  if (t.packets[c * 2 + 1] === 0) return false;
  // A SYN-ACK again and again: the answer exists and does not arrive. A client that refuses it has got it.
  return t.synCount[c * 2 + 1] < 2 || t.resets[c * 2] > 0;
}

function titleText(server: string, port: number, back: boolean, backend: Backend | null): string {
  if (back) return `Answers from ${server} port ${port} do not reach the client`;
  if (backend !== null && backend.all > 1)
    return `${server} port ${port}, ${backend.all - backend.answering} of ${backend.all} backends of ${backend.service}, does not answer`;
  return `No answer from ${server} port ${port}`;
}

function causeText(facts: Facts, { c, backend, back }: Group, others: number): string {
  if (back) return 'Packets from the server get lost on their way back, or take a way that the client does not accept.';
  if (backend !== null) return `${facts.ip(c, 1)} is a backend of ${backend.service} port ${backend.port}.`;
  return others > 0 ? 'If it is a service, one of its backends may be dead.' : facts.filterRemark(facts.firstMark(c, 0).source);
}

const after = (facts: Facts, c: number, way: number, timeNs: number): string =>
  `after ${((timeNs - facts.tracker.conversations.firstNs[c * 2 + way]) / 1e9).toFixed(1)} s`;

/** When it was tried again: Linux retries after 1, 3, 7 s ..., since 6.5 first after 1, 2, 3, 4 s (tcp_syn_linear_timeouts). */
function retries(facts: Facts, c: number, way: number): string {
  const marks = facts.tracker.oddities(c, ODD.synAgain, way);
  if (marks.length === 0) return '';
  const { firstNs } = facts.tracker.conversations;
  const times = marks.map((m) => ((m.timeNs - firstNs[c * 2 + way]) / 1e9).toFixed(1));
  return `, sent again after ${times.join(', ')} s`;
}
