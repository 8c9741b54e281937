// A witness and the packets cannot both be right.
import { endsOf, type Told } from '../facts/witnesses.js';
import { saysText } from '../witnesses/says.js';
import { rule } from './rule.js';
import page from './witness-contradiction.md';
import {
  answeredPing,
  countOf,
  hostText,
  isContradicted,
  isDenied,
  isDropped,
  nodesOf,
  placeOf,
  subjectOf,
  targetText,
} from './witnessed.js';

export default rule({
  id: 'witness-contradiction',
  title: 'Another tool and the packets contradict each other',
  group: 'witness',
  severity: 'warning',
  hint: 'Are both of the same run, and of the same connection? Take them again at the same time, with clocks that are set.',
  page,
  judge(facts, say) {
    const { witnesses } = facts;
    if (!witnesses.any) return;
    const tell = (
      key: string,
      title: string,
      message: string,
      told: readonly Told[],
      rest: { readonly uid: number; readonly subject: object },
    ): void => {
      const seen = facts.conversation(rest.uid);
      say({
        verdict: 'inconclusive',
        key,
        title,
        message,
        subject: rest.subject,
        evidence: (seen?.directions ?? []).flatMap(({ packets, first }) => (packets > 0 ? [{ mark: first }] : [])),
        quotes: told,
        count: countOf(told),
      });
    };
    for (const flow of witnesses.flows()) {
      if (!isContradicted(flow)) continue;
      const drops = flow.told.filter(({ group }) => isDropped(group.event) || isDenied(group.event));
      const who = `${hostText(facts, flow.client)} → ${targetText(facts, flow)}`;
      tell(
        `drop ${endsOf(flow)}`,
        `A witness says that ${who} was dropped, and the packets show its answer`,
        `${saysText(drops[0].group.event)} (${placeOf(facts, drops[0])}). In the captures it was sent once, and answered.`,
        drops,
        { uid: flow.conversations[0].uid, subject: subjectOf(flow, nodesOf(drops)[0]) },
      );
    }
    for (const told of witnesses.questions()) {
      const { event } = told.group;
      const one = answeredPing(facts, told);
      if (one === null) continue;
      tell(
        `pings ${event.dst.address}`,
        `Pings of ${hostText(facts, event.dst)} got no answer, and the captures hold their answers`,
        `None of the ${event.asked} requests was answered, ping reports (${placeOf(facts, told)}). The captures hold ${one.reply.packets} answers: they are lost or refused after the point where they were captured, for example by a reverse-path filter or a packet filter of the machine that asked.`,
        [told],
        {
          uid: one.uid,
          subject: { src: String(one.initiator), dst: String(one.responder), proto: event.proto, node: event.node || null },
        },
      );
    }
  },
});
