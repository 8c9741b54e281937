// How far a flow came, by the trace points at which witnesses saw its packets.
import type { Facts } from './facts.js';
import { isSame, type Told, type WitnessFlow } from './witnesses.js';

/**
 * `inside`: left the endpoint, and nothing after. `delivered`: to the other endpoint, which says nothing. `overlay`: into a tunnel, and not
 * out of it at the node that was listened to, too. `modes`: one node uses the tunnel, the other does not. `answer`: the answer left, and
 * does not arrive. `nic`: handed to the network, and not on any interface of a node that was captured. `stack`: to the node's own stack.
 * `left`: on its way, and no witness further on.
 */
export type LostAt = 'inside' | 'delivered' | 'overlay' | 'modes' | 'answer' | 'nic' | 'stack' | 'left';

export interface LastHeard {
  readonly at: LostAt;
  /** The node of `told`; '' where none is named. */
  readonly node: string;
  /** What was heard last. */
  readonly told: Told;
  /** What else shows it. */
  readonly shown: readonly Told[];
}

const STACK = /^to-(?:stack|host)$/;

/** Null where no packet of the client's was seen to pass. */
export function lastHeard(facts: Facts, flow: WitnessFlow): LastHeard | null {
  const { witnesses } = facts;
  const passing = flow.told.filter(({ group: { event } }) => event.saying === 'passed' && event.point !== '');
  const there = passing.filter(({ group: { event } }) => isSame(event.src, flow.client));
  const back = passing.filter(({ group: { event } }) => isSame(event.src, flow.server));
  const at = (all: readonly Told[], point: RegExp): Told | undefined =>
    all.findLast(({ group }) => point.test(group.event.point));
  const heard = (lost: LostAt, told: Told, ...shown: (Told | undefined)[]): LastHeard => ({
    at: lost,
    node: told.group.event.node,
    told,
    shown: shown.filter((one) => one !== undefined),
  });
  const [over, network] = [at(there, /^to-overlay$/), at(there, /^to-network$/)];
  if (back.length > 0) {
    const [backOver, backNetwork] = [at(back, /^to-overlay$/), at(back, /^to-network$/)];
    if (over !== undefined && backNetwork !== undefined && backOver === undefined) return heard('modes', backNetwork, over);
    if (network !== undefined && over === undefined && backOver !== undefined) return heard('modes', backOver, network);
    return heard('answer', back[back.length - 1], there[there.length - 1]);
  }
  if (there.length === 0) return null;
  const delivered = at(there, /^to-endpoint$/);
  if (delivered !== undefined) return heard('delivered', delivered);
  if (over !== undefined) {
    const arrived = at(there, /^from-overlay$/);
    if (arrived === undefined && witnesses.othersHeard(over)) return heard('overlay', over);
    return heard('left', arrived ?? over);
  }
  if (network !== undefined) {
    const arrived = at(there, /^from-network$/);
    if (arrived === undefined && isMissingAtNode(facts, flow, network)) return heard('nic', network);
    return heard('left', arrived ?? network);
  }
  const stack = at(there, STACK);
  if (stack !== undefined) return heard('stack', stack);
  const from = at(there, /^from-(?:endpoint|lxc)$/);
  if (from !== undefined && there.every(({ group }) => group.event.point === from.group.event.point))
    return heard('inside', from);
  return heard('left', there[there.length - 1]);
}

/** The node was captured on all its interfaces at that time, and has no packet of the flow. */
function isMissingAtNode(facts: Facts, flow: WitnessFlow, told: Told): boolean {
  if (flow.conversations.length > 0) return false;
  const ns = facts.witnesses.timeNs(told);
  const { node } = told.group.event;
  return (
    ns !== null &&
    facts.witnesses.clock(told.witness) !== null &&
    facts.captures.some(
      ({ point, node: own, everyInterface }, source) =>
        everyInterface && (point === node || own === node) && facts.doubts.watched(source, ns),
    )
  );
}
