// Pings that are not answered: all of them, or so many that it is no accident.
import type { Conversation, Direction } from '../facts/conversation.js';
import page from './icmp-echo-no-reply.md';
import { atLeast, type EvidenceDraft, entry, rule, Spread, seconds } from './rule.js';

interface Group {
  readonly conversation: Conversation;
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
  hint: 'Is the host up, does it answer pings at all, and is the return path right?',
  page,
  options: {
    within: seconds(1, 'how long a reply may take (ping(8) waits one second before it counts a loss)'),
    lost: atLeast(3, 'requests without a reply, where others of the same ping got one'),
    percent: atLeast(5, 'share of requests without a reply, where others got one'),
  },
  judge(facts, say, options) {
    for (const [uid, { count, longestNs }] of facts.lateReplies) {
      const conversation = facts.conversation(uid);
      if (conversation === null) continue;
      const { request, initiator, responder } = conversation;
      const most = (longestNs / 1e9).toFixed(1);
      say({
        verdict: 'fail',
        severity: 'info',
        key: `${initiator} ${responder} late`,
        title: `Pings of ${responder} are answered late, after up to ${most} s`,
        message: `${count} of ${request.asked} echo requests from ${facts.named(initiator)} to ${facts.named(responder)} got their reply after more than a second, after ${most} s at most.`,
        hint: 'Where does the time go? A queue that is full, a link that sleeps, an address whose MAC is asked for first: compare with a capture nearer to the target.',
        subject: { src: String(initiator), dst: String(responder), proto: conversation.protoName, target: String(responder) },
        evidence: [{ mark: request.first, field: 'icmp.type' }],
        count,
        about: [uid],
      });
    }
    const groups = new Map<string, Group>();
    const spread = new Spread();
    const answering = new Set<string>();
    for (const conversation of facts.ailing())
      if (conversation.isEcho && conversation.reply.packets > 0) answering.add(String(conversation.responder));
    for (const conversation of facts.ailing())
      if (conversation.isEcho && conversation.reply.packets === 0)
        spread.add(`${conversation.initiator} ${facts.causes.of(conversation)}`, String(conversation.responder));
    for (const conversation of facts.ailing()) {
      if (!conversation.isEcho || conversation.request.asked === 0) continue;
      const target = conversation.responder;
      const source = conversation.initiator;
      // A server pings an address before it offers it, and hopes for silence.
      if (facts.leases.isOnOffer(target, conversation.request.firstNs, conversation.request.lastNs)) continue;
      // A path trace by pings is meant to end on the way.
      if (conversation.request.isToMany || facts.errors.traced(source, target)) continue;
      if (facts.translation.isAnsweredUnseen(conversation.request)) continue;
      const requests = conversation.request.asked;
      const replies = conversation.reply.packets;
      const due = requests - (facts.nowNs - conversation.request.lastNs < options.within ? 1 : 0);
      const lost = due - replies;
      // Of a ping nothing can be known where an answer would not be seen (RFC 792 knows no retry): it is left to the ledger.
      if (replies === 0 && !facts.causes.isFault(conversation) && !facts.hearing.isTelling(conversation.request)) continue;
      const open = replies === 0 && lost <= 0;
      // A capture may well end on a ping under way: a host that answers others would have answered this one.
      if (open && answering.has(String(target))) continue;
      if (replies > 0 && (lost < options.lost || lost * 100 < due * options.percent)) continue;
      const under = facts.causes.of(conversation);
      const many = replies > 0 ? 0 : spread.many(`${source} ${under}`);
      const group = entry(groups, `${many > 0 ? `from ${source}` : target} ${replies > 0} ${under} ${open}`, () => ({
        conversation,
        many,
        under,
        about: new Set<number>(),
        sources: new Set<string>(),
        evidence: [],
        open,
        requests: 0,
        lost: 0,
      }));
      // The same pings before and after a translation are those of one host.
      if (!facts.translation.of(conversation).some(({ uid }) => group.about.has(uid))) {
        group.sources.add(String(source));
        group.requests += requests;
        group.lost += replies > 0 ? lost : requests;
      }
      group.about.add(conversation.uid);
      if (group.evidence.length < 4) group.evidence.push(...lossesOf(conversation.request));
    }
    for (const { conversation, many, under: known, about, sources, evidence, requests, lost, open } of groups.values()) {
      const target = conversation.responder;
      const some = lost < requests;
      const whom = many > 0 ? `${many} addresses, such as ${target},` : facts.named(target);
      const from = sources.size === 1 ? facts.named(conversation.initiator) : `${sources.size} hosts`;
      say({
        verdict: open ? 'inconclusive' : 'fail',
        key: many > 0 ? `from ${conversation.initiator}` : `${target} ${some}`,
        title: some
          ? `${lost} of ${requests} pings of ${target} are lost`
          : `No reply to pings of ${many > 0 ? `${many} addresses` : target}`,
        message: some
          ? `${lost} of ${requests} echo requests from ${from} to ${facts.named(target)} got no reply, the others did.`
          : `${requests === 1 ? 'An echo request' : `${requests} echo requests`} from ${from} to ${whom} got no reply${open ? ' before the capture ended' : ''}.`,
        ...(some && {
          hint: `The path works and loses some packets: compare with captures nearer to ${target} to find where, then look at the counters of that interface (ip -s link, tc -s qdisc), at a limit on ICMP, and at a link that is full.`,
        }),
        subject: {
          src: String(conversation.initiator),
          dst: String(target),
          proto: conversation.protoName,
          target: String(target),
        },
        evidence,
        ...(some && about.size === 1 && { phases: conversation.request.phases }),
        count: lost,
        about,
        absence: true,
        // Behind a translation the same pings were seen under another address.
        under: known ?? facts.causes.of(conversation),
      });
    }
  },
});

/** The first request where nothing was ever answered; else the requests that begin and end each outage. */
function lossesOf(request: Direction): EvidenceDraft[] {
  const lost = request.answered === 0 ? [] : request.phases.filter(({ outcome }) => outcome === 'lost');
  if (lost.length === 0) return [{ mark: request.first, field: 'icmp.type' }];
  return lost
    .slice(0, 2)
    .flatMap(({ first, last, count }): EvidenceDraft[] => [
      { mark: first, field: 'icmp.type', note: count > 1 ? 'not answered, nor those after it' : 'not answered' },
      ...(count > 1 ? [{ mark: last, field: 'icmp.type', note: 'the last one without an answer' }] : []),
    ]);
}
