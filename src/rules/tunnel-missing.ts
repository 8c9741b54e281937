// Packets that should travel inside a tunnel travel bare.

import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork, isPrivate } from '../facts/networks.js';
import { type Carried, tunnelName } from '../facts/tunnels.js';
import type { PathUse } from '../flows/uses.js';
import type { Confidence } from './finding.js';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { packetsSubject } from './subjects.js';
import page from './tunnel-missing.md';

interface Bare {
  readonly confidence: Confidence;
  readonly use: PathUse;
  /** Hop where it should have been encapsulated. */
  readonly hop: number;
  readonly tunnel: string;
  readonly name: string;
  /** Node that should encapsulate, and its end of the tunnel, as far as they are known. */
  readonly node: string | null;
  readonly end: string | null;
  readonly network: string;
  readonly because: string;
  /** The node that put the other direction into the tunnel, as far as it is known. */
  readonly source?: string;
}

interface Group {
  readonly bare: Bare;
  readonly direction: Direction;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'tunnel-missing',
  title: 'Packets that belong into a tunnel travel bare',
  group: 'tunnel',
  severity: 'error',
  hint: 'Look for the tunnel route on the sending node (ip route get, cilium-dbg bpf ipcache list): the network of the other node must lead to the tunnel device.',
  page,
  judge(facts, say) {
    const encapsulated = encapsulatedOf(facts);
    if (encapsulated.size === 0 && facts.topology?.tunnel == null) return;
    const groups = new Map<string, Group>();
    const arriving = new Set<string>();
    const working = new Map<string, Group>();
    for (const direction of facts.directions()) {
      const bare = byTopology(facts, direction, encapsulated) ?? byCapture(facts, direction, encapsulated);
      // Resets refuse what came from there; the way that they take is not that of a connection.
      if (bare === null || (direction.conversation.isTcp && direction.packets === direction.resets)) continue;
      const key = `${bare.node ?? bare.end ?? guessedNetwork(direction.from)} ${bare.network}`;
      if (bare.confidence === 'high' && worksBare(facts, direction, encapsulated)) {
        const pair = [guessedNetwork(direction.from), guessedNetwork(direction.to)].sort().join(' ');
        const group = entry(working, pair, (): Group => ({ bare, direction, about: new Set(), evidence: [], count: 0 }));
        group.about.add(direction.conversation.uid);
        group.count += direction.packets;
        if (group.evidence.length < 4)
          group.evidence.push({ mark: facts.paths.mark(bare.use, bare.hop), field: 'ip.dst', note: 'bare' });
        arriving.add(key);
        continue;
      }
      if (facts.delivery.of(direction) === true) {
        arriving.add(key);
        continue;
      }
      let group = groups.get(key);
      if (group === undefined) {
        group = { bare, direction, about: new Set(), evidence: [], count: 0 };
        groups.set(key, group);
      }
      group.about.add(direction.conversation.uid);
      group.count += direction.packets;
      const answer = encapsulated.get(direction.other);
      if (group.evidence.length < 6) {
        group.evidence.push({ mark: facts.paths.mark(bare.use, bare.hop), field: 'ip.dst', note: 'bare' });
        if (answer !== undefined)
          group.evidence.push({
            mark: facts.paths.mark(answer.use, answer.hop),
            field: 'ip.dst',
            note: `in ${bare.name}`,
          });
      }
    }
    for (const [key, group] of working) sayWorks(facts, key, group, say);
    // Others get there bare: it is the way of this lab, whatever the rest of it does.
    for (const key of arriving) groups.delete(key);
    for (const [key, { bare, direction, about, evidence, count }] of groups) {
      const { hop, use } = bare;
      const src = direction.from;
      const dst = direction.to;
      const { port, direction: side } = use.path.hops[hop];
      const where = facts.interfaces.name(port);
      say({
        verdict: 'fail',
        confidence: bare.confidence,
        key,
        title: `Packets from ${guessedNetwork(src)} to ${bare.network} are not put into the ${bare.name} tunnel`,
        message: `${count === 1 ? 'A packet' : `${count} packets`} from ${facts.named(src)} to ${facts.named(dst)} ${side === DIRECTION.out ? 'left by' : side === DIRECTION.in ? 'came in on' : 'passed'} ${where} without ${bare.name}. ${bare.because}`,
        ...(bare.confidence === 'medium' && !isPrivate(dst)
          ? {
              alternatives: [
                `If ${dst} is outside of the cluster, ${bare.source ?? 'the node that put the question into the tunnel'} should have masqueraded it (a NodePort or load balancer of another node): the answer has to return there.`,
              ],
            }
          : {}),
        cause: `${bare.node ?? bare.end ?? 'The sending node'} has no tunnel route for ${bare.network}.`,
        subject: {
          ...packetsSubject(direction.conversation, src, dst),
          tunnel: bare.tunnel,
          interfaceIn: side === DIRECTION.in ? where : null,
          interfaceOut: side === DIRECTION.out ? where : null,
          target: String(dst),
          node: bare.node,
        },
        evidence,
        count,
        about,
      });
    }
  },
});

/** Both directions travel bare, and what was asked was answered. */
function worksBare(facts: Facts, direction: Direction, encapsulated: ReadonlyMap<Direction, Carried>): boolean {
  const { request, reply } = direction.conversation;
  return facts.delivery.of(request) === true && reply.packets > 0 && !encapsulated.has(direction.other);
}

/** It works, and not in the way that it is meant to: without what the tunnel is for (encryption, policies, a network that needs no routes). */
function sayWorks(facts: Facts, key: string, { bare, direction, evidence, count }: Group, say: Say): void {
  const [from, to] = key.split(' ');
  say({
    verdict: 'fail',
    severity: 'warning',
    key: `${key} works`,
    title: `Packets between ${from} and ${to} travel without the ${bare.name} tunnel, and arrive`,
    message: `${count} packets between ${facts.named(direction.from)} and ${facts.named(direction.to)} pass without ${bare.name}, and are answered. ${bare.because} Routes for the networks of the pods lead them there.`,
    cause: 'The nodes, or routers between them, are set up for native routing.',
    hint: 'Is it meant so? Then take the tunnel out of the topology; else look at the routing mode of the nodes (cilium-dbg status, routing-mode) and at the routes for their networks.',
    subject: {
      src: String(direction.from),
      dst: String(direction.to),
      proto: direction.conversation.protoName,
      tunnel: bare.tunnel,
      node: bare.node,
    },
    evidence,
    count,
  });
}

/** What was seen encapsulated. */
function encapsulatedOf(facts: Facts): Map<Direction, Carried> {
  const ways = new Map<Direction, Carried>();
  for (const link of facts.tunnels.links) for (const carried of link.carried) ways.set(carried.direction, carried);
  return ways;
}

/** The topology puts both addresses into pod networks of different nodes, and describes a tunnel. */
function byTopology(facts: Facts, direction: Direction, encapsulated: Map<Direction, Carried>): Bare | null {
  const { topology } = facts;
  if (topology === null || topology.tunnel === null || encapsulated.has(direction)) return null;
  const src = direction.from;
  const dst = direction.to;
  const from = topology.ownerOf(src)[0];
  const to = topology.ownerOf(dst)[0];
  if (from?.node == null || to?.node == null || from.node === to.node) return null;
  if (!/^pod/.test(from.what) || !/^pod/.test(to.what)) return null;
  const seen = bareOutside(facts, direction, (port, source) => {
    const node = facts.node(source);
    // A router between the nodes has no pods: whatever passes it is on the way from node to node.
    if (node === null || topology.node(node)?.podCIDRs.length === 0) return true;
    const addresses = topology.node(node)?.interfaces.find((i) => i.name === facts.interfaces.name(port))?.addresses ?? [];
    return addresses.some(({ address }) => !address.isLinkLocal && !topology.isInside(address));
  });
  if (seen === null) return null;
  const answer = encapsulated.get(direction.other);
  const prefix = topology.node(to.node)?.podCIDRs.find((p) => p.contains(dst)) ?? to.prefix;
  return {
    ...seen,
    confidence: 'high',
    tunnel: topology.tunnel.type,
    name: tunnelName(topology.tunnel.type),
    node: from.node,
    end: answer === undefined ? null : String(answer.edge.dst),
    network: String(prefix),
    because: `${from.node} and ${to.node} are joined by ${tunnelName(topology.tunnel.type)}${answer === undefined ? '' : ', and packets the other way are encapsulated'}.`,
  };
}

/** The packets of the other way are encapsulated; these pass bare where tunnelled packets pass. */
function byCapture(facts: Facts, direction: Direction, encapsulated: Map<Direction, Carried>): Bare | null {
  const answer = encapsulated.get(direction.other);
  if (answer === undefined || encapsulated.has(direction)) return null;
  // The question was asked at another address, which the node before the tunnel translated: that one, and not the tunnel, has to get the answer.
  if (direction.isReply && isTranslated(facts, direction.other)) return null;
  const seen = bareOutside(facts, direction, (port) => facts.tunnels.isOutside(port));
  if (seen === null) return null;
  const dst = direction.to;
  const { edge } = answer;
  return {
    ...seen,
    confidence: 'medium',
    tunnel: edge.kind,
    name: tunnelName(edge.kind),
    node: facts.ownership.nodeAt(edge.dst),
    end: String(edge.dst),
    network: guessedNetwork(dst),
    source: facts.ownership.nodeAt(edge.src) ?? String(edge.src),
    because: `Packets the other way come in ${tunnelName(edge.kind)} from ${facts.named(edge.src)} to ${facts.named(edge.dst)}.`,
  };
}

/** Its destination was another one before, and its source is as it was. */
const isTranslated = (facts: Facts, { from, to, conversation }: Direction): boolean =>
  facts.translation.of(conversation).some((other) => other.initiator.equals(from) && !other.responder.equals(to));

/** A path on which the packets pass bare at a port outside of the tunnel. */
function bareOutside(
  facts: Facts,
  direction: Direction,
  isOutside: (port: number, source: number) => boolean,
): { readonly use: PathUse; readonly hop: number } | null {
  for (const use of direction.paths) {
    if (use.path.hops.some((hop) => hop.edge >= 0)) continue;
    // A translated packet is another one; but an answer that was translated back is on its way through the tunnel to the host that asked.
    const mustLeave = use.isTranslated;
    if (mustLeave && !direction.isReply) continue;
    const hop = use.path.hops.findIndex(
      ({ port, source }, h) =>
        isOutside(port, source) &&
        !facts.tunnels.isDevice(port) &&
        (!mustLeave || facts.paths.directionAt(use, h) === DIRECTION.out),
    );
    if (hop >= 0) return { use, hop };
  }
  return null;
}
