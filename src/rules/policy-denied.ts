// A network policy refuses packets: the network does what it was told.
import { quantity } from '../bytes/units.js';
import type { Facts } from '../facts/facts.js';
import type { Told } from '../facts/witnesses.js';
import type { WitnessEnd } from '../witnesses/event.js';
import { endText } from '../witnesses/says.js';
import page from './policy-denied.md';
import { rule } from './rule.js';
import {
  countOf,
  grouped,
  hostText,
  isAnsweredAfter,
  isContradicted,
  isDenied,
  nodesOf,
  subjectOf,
  targetText,
  uidsOf,
} from './witnessed.js';

export default rule({
  id: 'policy-denied',
  title: 'A network policy denies packets',
  group: 'witness',
  severity: 'error',
  hint: 'If it should be allowed: which policies select the two pods (kubectl get netpol,cnp,ccnp -A), and do their labels and ports fit?',
  page,
  judge(facts, say) {
    const { witnesses } = facts;
    if (!witnesses.any) return;
    const flows = witnesses.flows().filter((flow) => !isContradicted(flow));
    const denied = grouped(
      flows,
      ({ told }) => told.filter(({ group }) => isDenied(group.event)),
      () => '',
    );
    for (const group of denied) {
      const { flows: same, told, key } = group;
      const [flow] = same;
      const later = isAnsweredAfter(facts, group);
      const packets = packetsOf(told);
      const side = sideOf(told);
      const nodes = nodesOf(told);
      say({
        verdict: 'fail',
        severity: later ? 'warning' : 'error',
        key,
        title: `A policy denies ${hostText(facts, flow.client)} → ${targetText(facts, flow)}`,
        message: `${quantity(packets, 'packet')} from ${withLabels(facts, flow.client)} to ${withLabels(facts, flow.server)}${flow.server.port === 0 ? '' : ` port ${flow.server.port}`} ${packets === 1 ? 'was' : 'were'} denied${side}${nodes.length === 0 ? '' : ` at ${nodes.join(', ')}`}.${later ? ' Later ones were let through.' : ''}`,
        cause: 'A network policy does not allow this connection. That is no fault of the network.',
        subject: subjectOf(flow, nodes[0]),
        evidence: [],
        quotes: told,
        count: packets,
        about: uidsOf(same),
      });
    }
    const audited = grouped(
      flows,
      ({ told }) => told.filter(({ group }) => group.event.saying === 'audited'),
      () => 'audit',
    );
    for (const { flows: same, told, key } of audited)
      say({
        verdict: 'fail',
        severity: 'info',
        key,
        title: `A policy in audit mode would deny ${hostText(facts, same[0].client)} → ${targetText(facts, same[0])}`,
        message: 'The packets were let through: in audit mode a policy only reports what it would deny.',
        subject: subjectOf(same[0], nodesOf(told)[0]),
        evidence: [],
        quotes: told,
        count: countOf(told),
      });
  },
});

/** A verdict and the drop that follows from it are two lines on one packet. */
function packetsOf(told: readonly Told[]): number {
  const verdicts = told.filter(({ group }) => group.event.point.startsWith('policy-verdict'));
  return Math.max(countOf(verdicts), countOf(told) - countOf(verdicts));
}

/** By which side's policy, where the witness says so. */
function sideOf(told: readonly Told[]): string {
  const text = told.map(({ group: { event } }) => `${event.point} ${event.detail}`).join(' ');
  const isIn = /\bingress\b/i.test(text);
  const isOut = /\begress\b/i.test(text);
  return isIn === isOut
    ? ''
    : isIn
      ? ' by a policy on what the receiver takes (ingress)'
      : ' by a policy on what the sender may send (egress)';
}

/** With the identity and its labels. */
function withLabels(facts: Facts, end: WitnessEnd): string {
  const text = end.name === '' && end.identity === '' ? hostText(facts, end) : endText(end);
  return end.labels === '' ? text : `${text} [${end.labels}]`;
}
