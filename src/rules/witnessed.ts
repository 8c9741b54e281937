// What rules on witnesses share: flows between the same two hosts are one thing, and are called by the names that people know.
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { endsOf, isSame, type Told, type WitnessFlow } from '../facts/witnesses.js';
import { Ip } from '../topology/ip.js';
import type { WitnessEnd, WitnessEvent } from '../witnesses/event.js';
import { hostOf } from '../witnesses/says.js';
import type { Subject } from './finding.js';
import { entry } from './rule.js';

/** Flows of one client to one port of one server. */
export interface FlowGroup {
  readonly key: string;
  readonly flows: WitnessFlow[];
  readonly told: Told[];
}

/** Flows for which `pick` finds something, grouped by ends and by what `kind` says of them. */
export function grouped(
  flows: readonly WitnessFlow[],
  pick: (flow: WitnessFlow) => readonly Told[],
  kind: (told: Told) => string,
): FlowGroup[] {
  const groups = new Map<string, FlowGroup>();
  for (const flow of flows)
    for (const told of pick(flow)) {
      const key = `${kind(told)} ${endsOf(flow)}`;
      const group = entry(groups, key, (): FlowGroup => ({ key, flows: [], told: [] }));
      if (group.flows[group.flows.length - 1] !== flow) group.flows.push(flow);
      group.told.push(told);
    }
  return [...groups.values()];
}

/** As people call it: the pod or service, else the address with the name that the topology has. */
export function hostText(facts: Facts, { address, name }: WitnessEnd): string {
  if (name !== '') return name;
  const ip = Ip.parse(address);
  return ip === null ? address : facts.named(ip);
}

/** `default/web port 80 (tcp)`. */
export const targetText = (facts: Facts, { server, proto }: Pick<WitnessFlow, 'server' | 'proto'>): string =>
  `${hostText(facts, server)}${server.port === 0 ? '' : ` port ${server.port}`}${proto === '' ? '' : ` (${proto})`}`;

export const subjectOf = ({ client, server, proto }: WitnessFlow, node = ''): Partial<Subject> => ({
  src: hostOf(client) || null,
  dst: hostOf(server) || null,
  proto: proto || null,
  dstPort: server.port === 0 ? null : server.port,
  node: node === '' ? null : node,
});

export const countOf = (told: readonly Told[]): number => told.reduce((sum, { group }) => sum + group.count, 0);

export const uidsOf = (flows: readonly WitnessFlow[]): Set<number> =>
  new Set(flows.flatMap(({ conversations }) => conversations.map(({ uid }) => uid)));

/** Nodes that are named, `, ` between them. */
export const nodesOf = (told: readonly Told[]): string[] => [
  ...new Set(told.map(({ group }) => group.event.node).filter(Boolean)),
];

/** `hubble.txt:3`. */
export const placeOf = (facts: Facts, { witness, group }: Told): string =>
  `${facts.witnesses.list[witness].file}:${group.place.line}`;

export const isDropped = ({ saying }: WitnessEvent): boolean => saying === 'dropped';
export const isDenied = ({ saying }: WitnessEvent): boolean => saying === 'denied';

/**
 * The packets show that what the witness saw dropped was answered: every packet of the client's that they hold, and it was sent once. They
 * cannot both be right of the same packet.
 */
export function isContradicted(flow: WitnessFlow): boolean {
  const seen = flow.told.filter(({ group: { event } }) => isSame(event.src, flow.client) && event.saying !== 'translated');
  if (flow.conversations.length === 0 || seen.length === 0) return false;
  if (!seen.every(({ group: { event } }) => isDropped(event) || isDenied(event))) return false;
  return flow.conversations.some(({ request, reply, isTcp }) => {
    if (request.packets === 0 || reply.packets === 0) return false;
    return isTcp ? request.syns === 1 && reply.syns > 0 : request.lost === 0 && request.answered > 0;
  });
}

/** Another connection between the same ends, or this one later, got its answer. */
export function isAnsweredAfter(facts: Facts, { flows, told }: FlowGroup): boolean {
  const answered = facts.witnesses.answeredAt(flows[0]);
  const untimed = Number.POSITIVE_INFINITY;
  const last = told.reduce((most, { group }) => Math.max(most, Number.isNaN(group.lastMs) ? untimed : group.lastMs), 0);
  return answered !== undefined && answered > last;
}

/**
 * The captures hold every question of a ping that got no answer by its own account, and the answers to all of them. Another ping of the same
 * address, as other counts show, may be in the captures beside the one that failed.
 */
export function answeredPing(facts: Facts, told: Told): Conversation | null {
  const { event } = told.group;
  if (event.kind !== 'ping' || event.saying !== 'unanswered') return null;
  const [one, ...others] = facts.witnesses.asked(told);
  if (one === undefined || others.length > 0 || one.request.asked !== event.asked || one.request.lost > 0) return null;
  return one.reply.packets > 0 ? one : null;
}
