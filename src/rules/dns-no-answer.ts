// DNS questions without an answer.

import { shown } from '../bytes/command.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { COUNTED_TYPES, DNS_PORT, type DnsQuestion, type DnsServer } from '../flows/dns.js';
import type { Mark } from '../flows/mark.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { findBackends } from './backends.js';
import page from './dns-no-answer.md';
import { type EvidenceDraft, entry, rule, type Say, seconds } from './rule.js';

interface Group {
  readonly server: Ip;
  readonly client: Ip;
  readonly clients: Set<string>;
  readonly conversation: Conversation | null;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly names: Set<string>;
  readonly evidence: EvidenceDraft[];
  unanswered: number;
  /** Asked more than once, and not answered. */
  again: number;
  waiting: number;
}

/** The two questions of a name (A and AAAA) go out together; the shortest time that resolvers wait is a second. */
const AGAIN_NS = 1e9;

export default rule({
  id: 'dns-no-answer',
  title: 'DNS questions get no answer',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 1035 section 7.3; resolv.conf(5)',
  hint: 'Is the DNS server up (kubectl -n kube-system get pods -l k8s-app=kube-dns), do packets reach it, and is the return path right?',
  page,
  options: {
    within: seconds(5, 'how long an answer may take, at most 5 s (resolv.conf(5): a resolver asks again after 5 seconds)'),
  },
  judge(facts, say, { within }) {
    const answered = new Map<string, number>();
    for (const s of facts.dns.list) answered.set(`${s.server}`, (answered.get(`${s.server}`) ?? 0) + s.answered);
    const questions = facts
      .ailing()
      .filter((conversation) => conversation.proto === PROTO.udp && conversation.responderPort === DNS_PORT);
    const backends = findBackends(facts, questions, (conversation) => conversation.reply.packets > 0);
    const groups = new Map<string, Group>();
    const add = (s: DnsServer, uid: number, name: string | undefined, mark: Mark | undefined): Group | null => {
      const conversation = facts.conversation(uid);
      // The backend behind a service address tells more.
      if (conversation !== null && backends.isFront(conversation)) return null;
      const under = conversation === null ? null : facts.causes.of(conversation);
      const group = entry(groups, `${s.server} ${under}`, () => ({
        server: s.server,
        client: s.client,
        clients: new Set<string>(),
        conversation,
        under,
        about: new Set<number>(),
        names: new Set<string>(),
        evidence: [],
        unanswered: 0,
        again: 0,
        waiting: 0,
      }));
      group.clients.add(String(s.client));
      group.about.add(uid);
      if (name !== undefined && name !== '') group.names.add(name);
      if (mark !== undefined && group.evidence.length < 4) group.evidence.push({ mark, field: 'dns.qry.name', note: name });
      return group;
    };
    for (const s of facts.dns.list) {
      if (s.unanswered === 0) continue;
      const all = [...s.conversations.keys()];
      const uids = all.filter((uid) => !mayBeAnswered(facts, uid));
      // Of the first few the names are known; of each the conversation is.
      let counted = false;
      uids.forEach((uid, i) => {
        const group = add(s, uid, s.names[i], s.marks[i]);
        if (group === null || counted) return;
        counted = true;
        group.unanswered += uids.length === all.length ? s.unanswered : uids.length;
      });
    }
    // A resolver that asks for the same name again, by whatever port, has given up the first question.
    const lastNs = new Map<string, number>();
    const nameOf = (q: DnsQuestion): string => `${q.server.server} ${q.server.client} ${q.name}`;
    for (const q of facts.dns.waiting) if (q.name !== '') lastNs.set(nameOf(q), q.mark.timeNs);
    for (const q of facts.dns.waiting) {
      if (q.asks === 1 && mayBeAnswered(facts, q.uid)) continue;
      const group = add(q.server, q.uid, q.name, q.mark);
      if (group === null) continue;
      if (q.asks > 1 || (lastNs.get(nameOf(q)) ?? 0) - q.mark.timeNs >= AGAIN_NS) group.again++;
      else if (q.mark.timeNs + within <= facts.nowNs) group.unanswered++;
      else group.waiting++;
    }
    for (const group of groups.values()) {
      const { server, clients, client, conversation, under, about, names, evidence, again, waiting } = group;
      const lost = group.unanswered + again;
      const others = answered.get(String(server)) ?? 0;
      // One lost out of many is the fate of datagrams; and who answers all the time will answer the last one too.
      if (others > 0 && lost < 2) continue;
      const backend = conversation === null ? null : backends.of(conversation);
      const some = [...names].slice(0, 3).join(', ');
      const type = others > 0 ? silentType(facts, server) : null;
      const open = lost === 0;
      const count = lost + waiting;
      say({
        verdict: open ? 'inconclusive' : 'fail',
        severity: others > count * 10 ? 'warning' : 'error',
        key: `${server}`,
        title: `${backend !== null && backend.all > 1 ? `${backend.all - backend.answering} of ${backend.all} backends of ${backend.service}, ${server},` : `DNS server ${server}`} ${type !== null ? `answers no ${type.name} questions` : others > 0 ? `leaves ${lost} questions open` : 'does not answer'}`,
        message: `${count === 1 ? 'A question' : `${count} questions`} from ${clients.size === 1 ? facts.named(client) : `${clients.size} clients`} to ${facts.named(server)}${some === '' ? '' : ` (${some})`} got no answer${open ? ' before the capture ended' : ''}${again > 0 ? `; ${again === 1 ? 'one was' : `${again} were`} asked again` : ''}.${others > 0 ? ` ${others} others were answered.` : ''}`,
        cause:
          type === null
            ? causeText(facts, server, backend?.service ?? null, evidence[0]?.mark.source ?? 0)
            : `The server is reached and answers others at once: it, or a filter that reads DNS, passes over questions for ${type.name}. Resolvers ask for A and AAAA together and wait for both.`,
        ...(type !== null && {
          hint: `Ask it directly (${shown`dig @${server} ${[...names][0] ?? ''} ${type.name}`}): a name without ${type.name} records wants an empty answer (RFC 4074 section 4.1).`,
          contrast: [
            `Not answered: ${type.lost} questions for ${type.name}. Answered: ${type.answered} others, and none for ${type.name}.`,
          ],
        }),
        subject: {
          src: String(client),
          dst: String(server),
          proto: 'udp',
          srcPort: conversation !== null && about.size === 1 ? conversation.initiatorPort : null,
          dstPort: DNS_PORT,
          target: backend === null ? null : String(backend.service),
        },
        evidence,
        count,
        about,
        absence: true,
        under,
      });
    }
    for (const s of facts.dns.list) {
      if (s.untaken.count >= LEAST_UNTAKEN) untaken(facts, s, say);
      // One now and then is the fate of datagrams.
      if (s.late.count >= LEAST_LATE && s.late.count * OFTEN >= s.answered) late(facts, s, say);
    }
  },
});

/** The type of all questions that this server does not answer, where it answers those of other types and none of this one. */
function silentType(facts: Facts, server: Ip): { name: string; lost: number; answered: number } | null {
  const lost = [0, 0, 0];
  const answered = [0, 0, 0];
  for (const s of facts.dns.list)
    if (s.server.equals(server))
      for (const i of lost.keys()) {
        lost[i] += s.unansweredTypes[i];
        answered[i] += s.answeredTypes[i];
      }
  for (const q of facts.dns.waiting) if (q.server.server.equals(server)) lost[q.type]++;
  const at = lost.findIndex((count) => count > 0);
  const name = COUNTED_TYPES[at];
  const all = answered[0] + answered[1] + answered[2];
  if (name === undefined || lost[at] < LEAST_TYPED || all < LEAST_TYPED || answered[at] > 0) return null;
  return lost.every((count, i) => i === at || count === 0) ? { name, lost: lost[at], answered: all } : null;
}

/** Fewer are of one type by chance. */
const LEAST_TYPED = 2;

/** One answer may be lost behind the capture. */
const LEAST_UNTAKEN = 2;

const LEAST_LATE = 3;
const OFTEN = 10;

/** Questions are answered, but only after they were repeated: each costs the client seconds. */
function late(facts: Facts, { server, client, answered, late: all }: DnsServer, say: Say): void {
  const { count, repeated, atOnce, longestNs, conversations } = all;
  const isLost = atOnce * 2 > count;
  say({
    verdict: 'fail',
    severity: 'warning',
    key: `${server} ${client} late`,
    title: `DNS server ${server} answers ${client} ${repeated > 0 ? 'only after questions are repeated' : 'late'}`,
    message: `${count} of ${answered} questions from ${facts.named(client)} to ${facts.named(server)} were answered ${repeated > 0 ? 'only after they had been repeated' : 'late'}, up to ${(longestNs / 1e9).toFixed(1)} s after they were asked first.`,
    cause: isLost
      ? 'The repeated question is answered at once, so the first one or its answer was lost. Where A and AAAA leave by one port at the same moment, a translation may lose one of them (a race in conntrack); else a limit or a queue on the way drops datagrams.'
      : 'The server takes long: it waits for an upstream that is slow, or of which the first does not answer.',
    hint: isLost
      ? 'Count drops on the way (conntrack -S: insert_failed, drop), and compare with options single-request-reopen in resolv.conf, or a local cache.'
      : 'Ask the upstream servers of this one directly, each of them (dig @SERVER NAME), and look at their order.',
    subject: { src: String(client), dst: String(server), proto: 'udp', srcPort: null, dstPort: DNS_PORT, target: null },
    evidence: all.questions.flatMap((question, i) => [
      { mark: question, field: 'dns.qry.name', note: 'asked first' },
      { mark: all.answers[i], field: 'dns.flags.response', note: 'answered' },
    ]),
    count,
    about: new Set(conversations),
    under: facts.causes.ofAnyFault(conversations),
  });
}

/** Answers go by, and their questions are asked again: the asker has not got them, or cannot use them. */
function untaken(facts: Facts, { server, client, answered, untaken: all }: DnsServer, say: Say): void {
  const { count, fragmented, conversations, names } = all;
  const taken = Math.max(0, answered - count);
  // The fate of datagrams.
  if (taken > count * 10) return;
  const [uid] = conversations;
  const { port } = all.answers[0];
  // Later fragments have no ports; they are a conversation of their own.
  const rest = fragmented > 0 ? facts.directionOf(server, client, PROTO.udp, 0, 0) : null;
  const isCut = fragmented * 2 > count;
  const under = facts.causes.ofAnyFault(conversations) ?? (rest === null ? null : facts.causes.of(rest.conversation));
  const some = [...new Set(names)].slice(0, 3).join(', ');
  say({
    verdict: 'fail',
    severity: taken > count ? 'warning' : 'error',
    key: `${server} ${client} untaken`,
    title: `Answers of DNS server ${server} do not serve ${client}, which asks again`,
    message: `${count} answers from ${facts.named(server)} were seen on ${facts.interfaces.name(port)}, and ${facts.named(client)} asked the same questions again${some === '' ? '' : ` (${some})`}.${isCut ? ` ${fragmented} of these answers are cut into fragments.` : ''}`,
    cause: isCut
      ? rest === null || rest.packets === 0
        ? 'Only the first fragment of each was seen: the others, which have no port, are dropped by a filter on the way, and without them the answer is nothing.'
        : 'The fragments do not all reach the client.'
      : 'The answers are lost between here and the client, or the client discards them (a wrong checksum, another source address, a filter of its own).',
    hint: isCut
      ? 'Let fragments pass (a rule on ports never fits the later ones), or have the server answer in less (edns-udp-size 1232), so that large answers go over TCP.'
      : 'Capture at the client itself: do the answers arrive there, with the right checksum and from the address that was asked?',
    alternatives: isCut && rest === null ? ['A capture filter that names a port hides the later fragments too.'] : undefined,
    subject: { src: String(client), dst: String(server), proto: 'udp', srcPort: null, dstPort: DNS_PORT, target: null },
    evidence: all.answers.flatMap((answer, i) => [
      { mark: answer, field: 'dns.flags.response', note: 'an answer' },
      { mark: all.questions[i], field: 'dns.qry.name', note: 'asked again' },
    ]),
    count,
    about: uid === undefined ? undefined : new Set(conversations),
    under,
  });
}

/** Answered behind a translation, on a way that skips the asker's interface; or answers between these hosts go past this capture. */
function mayBeAnswered(facts: Facts, uid: number): boolean {
  const request = facts.conversation(uid)?.request ?? null;
  return request !== null && (facts.translation.isAnsweredUnseen(request) || facts.hearing.silence(request) === 'hidden');
}

function causeText(facts: Facts, server: Ip, service: Ip | null, source: number): string {
  if (service !== null) return `${server} is a backend of ${service}.`;
  const name = facts.topology?.serviceName(server) ?? null;
  return name === null
    ? facts.doubts.filterRemark(source)
    : `${server} is the address of ${name}: its backends may be down, or it is not translated.`;
}
