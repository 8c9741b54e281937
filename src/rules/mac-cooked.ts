// Wrong MACs where the capture does not hold them: a cooked header says whether a frame was for this host, not for whom else it was.
import { command } from '../bytes/command.js';
import { macNumber as macText } from '../bytes/show.js';
import { DIRECTION } from '../capture/frame.js';
import { isVirtual } from '../facts/claims.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { KIND } from '../flows/sight.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import { type EvidenceDraft, entry, type Say } from './rule.js';

/** A single frame may be broken. */
const LEAST = 2;

export function judgeCooked(facts: Facts, say: Say): void {
  judgeWritten(facts, say);
  judgeKinds(facts, say);
}

/** Permanent neighbour entries of a node on the path, with a MAC that no node has, or whose node does not forward. */
function judgeWritten(facts: Facts, say: Say): void {
  const groups = new Map<
    string,
    { readonly written: Written; readonly about: Set<number>; evidence: EvidenceDraft[]; count: number }
  >();
  for (const direction of facts.ailingDirections()) {
    if (direction.to.isMulticast || facts.causes.of(direction.conversation) !== null) continue;
    // Of answers only those that are sent again are known to be lost.
    const isAnswerLost = direction.isReply && direction.syns > 1 && facts.delivery.of(direction) === false;
    if (direction.lost === 0 && !isAnswerLost) continue;
    for (const use of direction.paths) {
      const lost = isAnswerLost ? use.count : use.lost;
      if (lost === 0 || use.answered > 0) continue;
      const written = writtenOnPath(facts, direction, use);
      if (written === null) continue;
      const group = entry(groups, `${written.node} ${written.ip}`, () => ({
        written,
        about: new Set<number>(),
        evidence: [],
        count: 0,
      }));
      group.count += lost;
      group.about.add(direction.conversation.uid);
      if (group.evidence.length < 4)
        group.evidence.push({ mark: facts.paths.mark(use, use.path.hops.length - 1), field: 'ip.dst' });
    }
  }
  for (const { written, about, evidence, count } of groups.values()) {
    if (count < LEAST) continue;
    const { node, ip, dev, mac, right, owner, holder } = written;
    say({
      verdict: 'fail',
      key: `${ip} ${macText(mac)}`,
      title: `${node} sends packets to ${ip} to ${macText(mac)}, which ${holder === null ? 'nobody has' : `is ${holder}’s`}`,
      message: `${count} packets ${written.isBack ? `were not answered where ${node} should send the answers` : `that ${node} sends`} by ${facts.named(ip)}${written.isBack ? '' : ' got no answer'}. ${ip} is at ${right.map(macText).join(' or ')} (${owner}).`,
      cause: `${node} has a permanent neighbour entry that gives ${ip} the MAC ${macText(mac)}.`,
      commands: [command`ip neigh del ${ip} dev ${dev}`],
      subject: { target: String(ip), macs: [macText(mac)], interfaceOut: dev, node },
      evidence,
      count,
      about,
    });
  }
}

interface Written {
  readonly node: string;
  readonly ip: Ip;
  readonly dev: string;
  readonly mac: number;
  readonly right: readonly number[];
  readonly owner: string;
  /** The node that has this MAC, which does not forward; null: no node has it. */
  readonly holder: string | null;
  /** The replies are sent there, not the requests. */
  readonly isBack: boolean;
}

/** On the way of these packets, else of the answers to them. */
function writtenOnPath(facts: Facts, { from, to }: Direction, use: PathUse): Written | null {
  const { ownership } = facts;
  const there = [ownership.nodeAt(from), ...use.path.hops.map(({ source }) => facts.node(source))];
  return writtenAt(facts, new Set(there), to, false) ?? writtenAt(facts, new Set([ownership.nodeAt(to)]), from, true);
}

function writtenAt(facts: Facts, nodes: ReadonlySet<string | null>, to: Ip, isBack: boolean): Written | null {
  const { topology, ownership } = facts;
  if (topology === null) return null;
  for (const node of nodes) {
    const known = node === null ? null : topology.node(node);
    if (node === null || known === null || known.neighbours.length === 0) continue;
    const route = topology.route(node, to);
    const ip = route?.via ?? to;
    const own = known.neighbours.find((one) => one.ip.equals(ip) && (one.dev === null || one.dev === route?.dev));
    const owner = ownership.nodeAt(ip);
    const dev = own?.dev ?? route?.dev ?? null;
    if (own === undefined || owner === null || dev === null || isVirtual(own.mac)) continue;
    const right = topology.answeringMacs(owner, ip);
    if (right === null || right.includes(own.mac)) continue;
    // Another machine that is known may have been meant: a router that answers for it. One that passes nothing on is none.
    const holder = topology.nodeByMac(own.mac);
    if (holder !== null ? topology.forwards(holder, ip.family) !== false : facts.stations.isHeard(own.mac)) continue;
    return { node, ip, dev, mac: own.mac, right, owner, holder, isBack };
  }
  return null;
}

/**
 * What a cooked header says in place of the destination MAC: packets for an address of this node that are for another MAC, and packets for
 * this node's MAC that are for an address which another host on the link has.
 */
function judgeKinds(facts: Facts, say: Say): void {
  const groups = new Map<string, Strayed>();
  for (const direction of facts.ailingDirections()) {
    if (direction.lost === 0 || direction.other.packets > 0 || direction.to.isMulticast || direction.isToMany) continue;
    if (facts.causes.of(direction.conversation) !== null) continue;
    for (const use of direction.paths) {
      const { source, hop } = facts.paths.lastNode(use);
      const { kind, destinationMac } = use.hops[hop];
      const { port, edge } = use.path.hops[hop];
      if (use.lost === 0 || use.answered > 0 || edge >= 0 || destinationMac >= 0 || !endsAs(facts, use, kind)) continue;
      const found = holderOf(facts, direction.to, source, port);
      // Either the node claims the address, or another host on that link does, not both.
      if (found === null || found.isOwn !== (kind === KIND.other)) continue;
      // A router may well be meant to pass them on, back to the link that they came from.
      if (kind === KIND.toUs && isRouter(facts, source)) continue;
      const group = entry(groups, `${source} ${port} ${direction.to}`, () => ({
        ...found,
        source,
        port,
        direction,
        about: new Set<number>(),
        evidence: [],
        count: 0,
      }));
      group.count += use.lost;
      group.about.add(direction.conversation.uid);
      if (group.evidence.length < 4) group.evidence.push({ mark: facts.paths.mark(use, hop), field: 'sll.pkttype' });
    }
  }
  // What proves nothing by itself shares the fate of the rest.
  for (const direction of facts.ailingDirections())
    for (const use of direction.paths) {
      const { source, hop } = facts.paths.lastNode(use);
      const group = groups.get(`${source} ${use.path.hops[hop].port} ${direction.to}`);
      if (group !== undefined && endsAs(facts, use, group.isOwn ? KIND.other : KIND.toUs))
        group.about.add(direction.conversation.uid);
    }
  for (const { isOwn, mac, source, port, direction, about, evidence, count } of groups.values()) {
    if (count < LEAST) continue;
    const { point } = facts.captures[source];
    const name = facts.interfaces.name(port);
    const { from, to, conversation } = direction;
    say({
      verdict: 'fail',
      confidence: 'medium',
      key: `${to} ${isOwn ? 'other' : 'us'} ${point}`,
      title: isOwn
        ? `Packets to ${to} reach ${point} on ${name} with the MAC of another host`
        : `Packets to ${to} are sent to the MAC of ${point}, which does not have it`,
      message: isOwn
        ? `${count} packets from ${facts.named(from)} to ${facts.named(to)} came by on ${name}; by their kind (to another host) their destination MAC is not that of ${point}, which says itself that it has ${to} at ${macText(mac)}. None is answered: a host takes only what is for its MAC.`
        : `${count} packets from ${facts.named(from)} to ${facts.named(to)} came in on ${name}, addressed to ${point} by their MAC, and went on nowhere. ${to} says itself that it is at ${macText(mac)} on that link. None is answered.`,
      cause: `The sender, or the router before this link, has a wrong MAC for ${to}: a neighbour entry that somebody wrote, or one that is out of date.`,
      subject: {
        src: String(from),
        dst: String(to),
        proto: conversation.protoName,
        target: String(to),
        interfaceIn: name,
        node: point,
      },
      evidence,
      count,
      about,
      absence: true,
    });
  }
}

/** Of this kind are all frames of these packets; for this host: it got them, and did not send them on. */
const endsAs = (facts: Facts, use: PathUse, kind: KIND): boolean =>
  (kind === KIND.other || (kind === KIND.toUs && facts.paths.lastNode(use).onlyIn)) && use.hops.every((hop) => hop.kind === kind);

const isRouter = (facts: Facts, source: number): boolean => {
  const node = facts.node(source);
  return facts.crossings.forwards(source) || (node !== null && facts.topology?.forwards(node, 4) === true);
};

interface Strayed {
  /** The node that captured has the address; else another one on the link. */
  readonly isOwn: boolean;
  /** The MAC that claims the address. */
  readonly mac: number;
  readonly source: number;
  readonly port: number;
  readonly direction: Direction;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

/** The one host that claims the address on this link by ARP or neighbour discovery, with a MAC of its own; else null. */
function holderOf(facts: Facts, ip: Ip, source: number, port: number): { readonly isOwn: boolean; readonly mac: number } | null {
  for (const n of facts.neighbours.of(ip)) {
    if (n.source !== source || n.port !== port || n.conflicts > 0 || n.claims.length !== 1) continue;
    const [{ mac, first }] = n.claims;
    if (isVirtual(mac)) return null;
    return { isOwn: first.direction === DIRECTION.out, mac };
  }
  return null;
}
