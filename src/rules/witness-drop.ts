// Packets that another tool saw dropped, with the reason that it gives.
import { quantity } from '../bytes/units.js';
import type { Told, WitnessFlow } from '../facts/witnesses.js';
import { WITNESS_NAMES, type WitnessEvent } from '../witnesses/event.js';
import { meaningOf } from './drop-reasons.js';
import { groupedBy, rule } from './rule.js';
import page from './witness-drop.md';
import {
  countOf,
  type FlowGroup,
  grouped,
  hostText,
  isAnsweredAfter,
  isContradicted,
  isDenied,
  isDropped,
  nodesOf,
  subjectOf,
  targetText,
  uidsOf,
} from './witnessed.js';

/** From so many pairs of hosts on, one reason has one cause. */
const MANY = 8;

export default rule({
  id: 'witness-drop',
  title: 'Another tool saw packets dropped',
  group: 'witness',
  severity: 'error',
  hint: 'The reason says what to look at.',
  page,
  judge(facts, say) {
    const { witnesses } = facts;
    if (!witnesses.any) return;
    const dropped = grouped(
      witnesses.flows().filter((flow) => !isContradicted(flow)),
      // What a policy denies is said by policy-denied, however many drops follow from it.
      ({ told }) => (told.some(({ group }) => isDenied(group.event)) ? [] : told.filter(({ group }) => isDropped(group.event))),
      ({ group }) => reasonAt(group.event),
    );
    for (const { all, told, flows } of oneEach(dropped)) {
      const [flow] = flows;
      const { reason, kind } = told[0].group.event;
      const nodes = nodesOf(told);
      const at = nodes.length === 0 ? '' : ` at ${nodes.join(', ')}`;
      const isMany = all.length > 1;
      const answered = all.every((group) => isAnsweredAfter(facts, group));
      const { cause, hint } = meaningOf(reason);
      const devices = [...new Set(told.map(({ group }) => group.event.interface).filter(Boolean))];
      const whom = isMany
        ? `between ${all.length} pairs of hosts, such as ${hostText(facts, flow.client)} and ${targetText(facts, flow)}`
        : `from ${hostText(facts, flow.client)} to ${targetText(facts, flow)}`;
      say({
        verdict: 'fail',
        severity: answered ? 'warning' : 'error',
        confidence: /^ends in /.test(reason) ? 'medium' : 'high',
        key: isMany ? `${reason} ${nodes[0] ?? ''}` : all[0].key,
        title: `Dropped${at}: ${isMany ? whom : `${hostText(facts, flow.client)} → ${targetText(facts, flow)}`}, ${reason}`,
        message: `${WITNESS_NAMES[kind]} saw ${quantity(countOf(told), 'packet')} ${whom} dropped${at}${devices.length === 0 ? '' : ` on ${devices.join(', ')}`}, with the reason "${reason}".${answered ? ' Later ones got their answer.' : ''}`,
        cause,
        hint,
        subject: { ...subjectOf(flow, nodes[0]), interfaceIn: devices[0] ?? null },
        evidence: [],
        quotes: told,
        count: countOf(told),
        about: uidsOf(flows),
      });
    }
    for (const told of witnesses.loose()) {
      const { event, count } = told.group;
      const { cause, hint } = meaningOf(event.reason);
      say({
        verdict: 'fail',
        key: reasonAt(event),
        title: `Packets are dropped${event.node === '' ? '' : ` at ${event.node}`}: ${event.reason}`,
        message: `${WITNESS_NAMES[event.kind]} saw ${quantity(count, 'packet')} dropped, and does not say between whom.`,
        cause,
        hint,
        subject: { node: event.node || null },
        evidence: [],
        quotes: [told],
        count,
      });
    }
  },
});

const reasonAt = ({ reason, node }: WitnessEvent): string => `${reason} ${node}`;

interface Cause {
  readonly all: readonly FlowGroup[];
  readonly told: readonly Told[];
  readonly flows: readonly WitnessFlow[];
}

/** One for each pair of hosts, or for each reason where it has many. */
function oneEach(groups: readonly FlowGroup[]): Cause[] {
  const byReason = groupedBy(groups, ({ told: [{ group }] }) => reasonAt(group.event));
  return [...byReason.values()].flatMap((alike) =>
    (alike.length >= MANY ? [alike] : alike.map((one) => [one])).map((all) => ({
      all,
      told: all.flatMap(({ told }) => told),
      flows: all.flatMap(({ flows }) => flows),
    })),
  );
}
