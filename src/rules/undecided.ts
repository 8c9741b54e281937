// What was asked, got no answer in this capture, and proves nothing: one line, so that silence does not read as a pass.
import type { Facts } from '../facts/facts.js';
import type { Unsettled } from '../facts/ledger.js';
import { QUESTION_KINDS } from '../facts/questions.js';
import { rule } from './rule.js';
import { QUESTIONS, quantityOf } from './unanswered.js';
import page from './undecided.md';

export default rule({
  id: 'undecided',
  title: 'Some questions stayed open',
  group: 'transport',
  severity: 'info',
  hint: 'Capture on all interfaces of the node (-i any), in both directions and for longer, or at the other end as well.',
  page,
  judge(facts, say) {
    const { ledger } = facts;
    // Where nothing was answered at all, that the capture ended so soon is no pass either.
    const early = facts.ended && !ledger.isAnyAnswered ? ledger.pending : [];
    const all = [...ledger.unsettled.filter((one) => one.outcome !== 'repeated'), ...early].filter(
      (one) => !ledger.isExplained(one),
    );
    const asked = all.filter((one) => !one.isCopy);
    const open = asked.length > 0 ? asked : all;
    if (open.length === 0) return;
    const parts = QUESTION_KINDS.flatMap((kind) => {
      const count = open.reduce((sum, one) => sum + (one.kind === kind ? one.count : 0), 0);
      return count === 0 ? [] : [quantityOf(kind, count)];
    });
    const [first] = open;
    const count = open.reduce((sum, one) => sum + one.count, 0);
    const targets = new Set(open.map((one) => String(one.dst)));
    say({
      verdict: 'inconclusive',
      confidence: 'low',
      key: 'open',
      title: `${parts.join(', ')} got no answer that this capture shows`,
      message: `${parts.join(', ')} to ${targets.size === 1 ? facts.named(first.dst) : `${targets.size} addresses`} got no answer here. ${why(open)}${elsewhere(facts, open)}${otherWay(facts, open)}`,
      subject: {
        src: targets.size === 1 ? String(first.src) : null,
        dst: targets.size === 1 ? String(first.dst) : null,
        node: facts.captures[first.first.source].point,
      },
      evidence: open.slice(0, 4).map((one) => ({ mark: one.first, field: QUESTIONS[one.kind].field, note: 'no answer seen' })),
      count,
    });
  },
});

/** The nodes that the answers pass by the routes of the topology, where that is not here; with a space before it. */
function otherWay(facts: Facts, open: readonly Unsettled[]): string {
  for (const { direction, src, dst } of open) {
    const nodes = direction === null ? null : facts.hearing.wayBack(direction);
    if (nodes !== null)
      return ` By the routes of the topology answers of ${dst} to ${src} take the way ${nodes.join(' → ')}: capture there.`;
  }
  return '';
}

/** The interface by which the asked node answers, where its routes say so and it was not captured; with a space before it. */
function elsewhere(facts: Facts, open: readonly Unsettled[]): string {
  const { topology, interfaces } = facts;
  for (const { src, dst, first } of open) {
    const node = facts.node(first.source);
    if (node === null || topology === null || !topology.isLocal(node, dst)) continue;
    const { route, certain } = topology.routeDecision(node, src, { src: dst });
    const dev = route?.dev ?? null;
    if (
      route === null ||
      dev === null ||
      !certain ||
      interfaces.at(first.source).some(({ name }) => interfaces.sameLink(node, name, dev))
    )
      continue;
    return ` By its routes ${node} sends answers to ${src} by ${dev} (route ${route.prefix}), which was not captured: capture there too.`;
  }
  return '';
}

function why(open: readonly Unsettled[]): string {
  if (open.every((one) => one.isEarly))
    return 'The capture ends before they are given up, but they were repeated, or others were answered at once.';
  if (open.every((one) => one.outcome === 'notDue')) return 'The capture ends before an answer was due.';
  return open.every((one) => one.outcome === 'hidden')
    ? 'The answers may have gone another way, past this capture.'
    : open.some((one) => one.kind === 'dns')
      ? 'Nothing proves that none came: answers may go another way, past this capture.'
      : 'Nothing proves that none came: the sender did not repeat them, and answers may go another way.';
}
