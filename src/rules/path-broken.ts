// The path of the requests, or of the replies, breaks at a node that the capture need not show: its routes say so, and what was asked got no answer.

import { isLine, shown } from '../bytes/command.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { lazy } from '../facts/lazy.js';
import { guessedNetwork } from '../facts/networks.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import { Prefix } from '../topology/ip.js';
import type { Topology, Walk, WalkEnd } from '../topology/model.js';
import type { Route } from '../topology/routes.js';
import { asForwarded, BROKEN } from '../topology/walk.js';
import page from './path-broken.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { packetsSubject } from './subjects.js';

interface Break {
  readonly walk: Walk;
  readonly way: 'there' | 'back';
  /** Whom the last node cannot send to. */
  readonly target: Ip;
  /** The nodes on the way there. */
  readonly there: readonly string[];
  readonly sure: boolean;
}

interface Group {
  readonly broken: Break;
  readonly network: string;
  readonly conversation: Conversation;
  readonly about: Set<number>;
  readonly pairs: Set<string>;
  readonly evidence: EvidenceDraft[];
  /** A SYN, a ping or a DNS question: other datagrams need no answer. */
  proven: boolean;
  count: number;
}

/** The node's tables say that it drops them. */
const REFUSED: ReadonlySet<WalkEnd> = new Set(['prohibit', 'blackhole', 'unreachable'] satisfies WalkEnd[]);

const DNS = 53;

export default rule({
  id: 'path-broken',
  title: 'A node on the way there or back leads packets nowhere',
  group: 'path',
  severity: 'error',
  spec: 'RFC 1812 section 5.2.4',
  hint: 'Repair the route on the node that is named; `ip route get ADDRESS` there shows what it does now.',
  page,
  judge(facts, say) {
    const { topology } = facts;
    if (topology === null) return;
    const heard = new Heard(facts);
    const groups = new Map<string, Group>();
    for (const conversation of facts.ailing()) {
      const { request, reply, isTcp, isEcho } = conversation;
      // Answers that were made, and did not arrive, break on the way back.
      const isLostBack = reply.packets > 0 && facts.delivery.of(reply) === false;
      if (request.packets === 0 || request.to.isMulticast) continue;
      if (!isLostBack && (request.answered > 0 || reply.packets > 0)) continue;
      // A single packet at the end of a capture may still be answered; the second one of a ping or a SYN shows that the first was not.
      if (!isLostBack && request.lost === 0 && request.packets < 2) continue;
      if (facts.causes.of(conversation) !== null && !facts.causes.isRemark(conversation)) continue;
      for (const use of request.paths) {
        if ((use.answered > 0 && !isLostBack) || use.translatedTo >= 0) continue;
        const broken = isLostBack
          ? brokenBack(facts, topology, conversation)
          : breakOf(facts, topology, conversation, use, heard);
        if (broken === null) continue;
        const { at, end } = broken.walk;
        const network = networkOf(topology, at, broken.target);
        const group = entry(
          groups,
          `${at} ${end} ${network} ${broken.way}`,
          (): Group => ({
            broken,
            network,
            conversation,
            about: new Set(),
            pairs: new Set(),
            evidence: [],
            proven: false,
            count: 0,
          }),
        );
        group.proven ||= isTcp || isEcho || conversation.responderPort === DNS;
        group.count += use.count;
        group.about.add(conversation.uid);
        group.pairs.add(`${request.from} ${request.to}`);
        if (group.evidence.length < 4)
          group.evidence.push({
            mark: facts.paths.mark(use, facts.paths.lastNode(use).hop),
            field: 'ip.dst',
            note: 'never answered',
          });
      }
    }
    for (const { broken, network, conversation, about, pairs, evidence, proven, count } of groups.values()) {
      if (!proven) continue;
      const { walk, way, there, sure } = broken;
      const { at, end, why, command } = walk;
      const { from, to } = conversation.request;
      const others = pairs.size > 1 ? ` and ${pairs.size - 1} other ${pairs.size === 2 ? 'pair' : 'pairs'} of hosts` : '';
      const contrast = way === 'back' && end === 'no route' ? contrastOf(facts, topology, at, conversation) : null;
      const { reply } = conversation;
      const lost =
        reply.packets === 0
          ? `${count === 1 ? 'A packet' : `${count} packets`} from ${facts.named(from)} to ${facts.named(to)}${others} got no answer.`
          : `Answers of ${facts.named(to)} to ${facts.named(from)}${others} were seen, and nothing shows that they arrived.`;
      const sender = end === 'not forwarding' ? senderTo(walk) : null;
      const stray = way === 'there' ? detourOf(topology, walk, to, from) : null;
      if (stray !== null) {
        sayDetour(facts, stray, { broken, network, conversation, about, pairs, evidence, proven, count }, say);
        continue;
      }
      say({
        verdict: 'fail',
        absence: true,
        confidence: sure && facts.hearing.isTelling(conversation.request) ? 'high' : 'medium',
        key: `${at} ${end} ${network} ${way}`,
        title: end === 'no route' ? `${at} has no route ${way === 'back' ? 'back ' : ''}to ${network}` : capital(why),
        message: `${lost} ${
          reply.packets > 0
            ? `The way back to ${network} ends at ${at}: ${why}.`
            : way === 'back'
              ? `They reach ${there[there.length - 1]} (${there.join(' → ')}), but the answers to ${network} do not come back: ${why}.`
              : `By the routes of the nodes they go ${there.join(' → ')} and no further: ${why}.`
        }`,
        cause:
          end === 'no route'
            ? `The routes of ${at} hold neither a route for ${network} nor a default route.`
            : sender !== null
              ? `${sender.text} leads to ${at}, which is no router.`
              : `The way ${way === 'back' ? 'back ' : ''}ends at ${at}: ${why}.`,
        hint:
          sender !== null
            ? `If ${at} is to be a router, run the command there; if not, give ${sender.node} another next hop.`
            : !isLine(command)
              ? `On ${at}: look at \`${shown`ip route get ${broken.target}`}\`.`
              : `On ${at}, where the way ${way} breaks, run the command.`,
        commands: command === null ? [] : [command],
        ...(contrast === null ? {} : { contrast: [contrast] }),
        subject: {
          ...packetsSubject(conversation, from, to),
          node: at,
        },
        evidence,
        count,
        about,
      });
    }
  },
});

/** Where the way of these packets, or of their answers, breaks; null where the nodes' routes do not say it for certain. */
function breakOf(facts: Facts, topology: Topology, { request }: Conversation, use: PathUse, heard: Heard): Break | null {
  const { source, hop } = facts.paths.lastNode(use);
  const node = facts.node(source);
  const { from, to } = request;
  const isLeaving = facts.paths.directionAt(use, hop) === DIRECTION.out;
  const lostNs = use.hops[hop].timeNs;
  let owner: string | null = null;
  let there: readonly string[] = [];
  let sure = true;
  if (node !== null) {
    const walk = asForwarded(topology, topology.walk(node, to, from), to.family);
    const [first] = walk.hops;
    const out = facts.interfaces.name(use.path.hops[hop].port);
    // What was seen comes first: the packets left another way than the routes say.
    if (isLeaving && (first.dev === null || !facts.interfaces.sameLink(node, out, first.dev))) return null;
    there = walk.hops.map((one) => one.node);
    if (BROKEN.has(walk.end)) {
      // What becomes of packets at this node itself is for its own interfaces to show, unless a route says that they end here.
      const shows = facts.captures[source].everyInterface || facts.interfaces.at(source).length > 1 || !REFUSED.has(walk.end);
      const isHere = walk.at === node && (walk.end !== 'wrong next hop' || !isLeaving) && (shows || isLeaving);
      return walk.certain && !isHere && !isByExcerpt(topology, walk, to) && !heard.arrived(from, String(to), lostNs)
        ? { walk, way: 'there', target: to, there, sure: true }
        : null;
    }
    if (walk.end === 'delivered') owner = walk.at;
    // A node in between that translates the source: the answers go to another address.
    if (walk.hops.slice(1, -1).some((one) => mayTranslate(topology, one.node))) return null;
    if (!isLeaving && topology.masqueraded(from, to) === true && facts.ownership.nodeAt(from) === node) return null;
  }
  if (owner === null) {
    // How they get there is not known, but whose the address is.
    owner = facts.ownership.nodeAt(to);
    sure = false;
    there = node === null || node === owner || owner === null ? [owner ?? ''] : [node, owner];
  }
  if (owner === null || !topology.routesKnownFor(owner, to.family) || heard.arrived(from, owner, lostNs)) return null;
  const back = asForwarded(topology, topology.walk(owner, from, to), to.family);
  if (!BROKEN.has(back.end) || !back.certain || isByExcerpt(topology, back, from)) return null;
  // On an unknown way the source may be translated: only that nothing at all leads from there is plain.
  if (!sure && (back.at !== owner || back.end !== 'no route')) return null;
  return { walk: back, way: 'back', target: from, there, sure };
}

/** The answers were seen, and by the routes of the nodes they do not get to who asked. */
function brokenBack(facts: Facts, topology: Topology, { request: { from, to }, reply }: Conversation): Break | null {
  const owner = facts.ownership.nodeAt(to);
  // An answer from another address than was asked was translated on the way: this is not the whole of it.
  if (owner === null || reply.paths.some((use) => use.translatedTo >= 0)) return null;
  const walk = asForwarded(topology, topology.walk(owner, from, to), to.family);
  // Where they were seen has to be on that way, and before its end.
  const before = new Set(walk.hops.map(({ node }) => node).filter((node) => node !== walk.at));
  const isBefore = reply.paths.every((use) => before.has(facts.node(facts.paths.lastNode(use).source) ?? ''));
  if (!BROKEN.has(walk.end) || !walk.certain || !isBefore || isByExcerpt(topology, walk, from)) return null;
  return { walk, way: 'back', target: from, there: [owner], sure: true };
}

/** A node on the way that has a route to one who does not lead there, and a wider one that would. */
interface Detour {
  readonly node: string;
  readonly route: Route;
  /** Whom it leads to. */
  readonly next: string;
  readonly better: Route;
}

/** The packets end at a node that a narrow route of another one led them to, past a wider route by which they would arrive. */
function detourOf(topology: Topology, { hops, at }: Walk, to: Ip, from: Ip): Detour | null {
  for (const { node, decision, next } of hops) {
    const route = decision?.route ?? null;
    if (route === null || next === null || node === at || decision?.table !== 'main') continue;
    const wider = (topology.node(node)?.routes ?? [])
      .filter(({ prefix, via }) => via !== null && !prefix.isDefault && prefix.bits < route.prefix.bits && prefix.contains(to))
      .sort((x, y) => y.prefix.bits - x.prefix.bits);
    for (const better of wider) {
      const gateway = topology.ownerOf(better.via as Ip)[0]?.node ?? null;
      if (gateway !== null && gateway !== next && topology.walk(gateway, to, from).end === 'delivered')
        return { node, route, next, better };
    }
  }
  return null;
}

function sayDetour(facts: Facts, { node, route, next, better }: Detour, group: Group, say: Say): void {
  const { broken, conversation, about, evidence, count } = group;
  const { from, to } = conversation.request;
  const via = route.via === null ? '' : ` via ${route.via}`;
  say({
    verdict: 'fail',
    absence: true,
    confidence: facts.hearing.isTelling(conversation.request) ? 'high' : 'medium',
    key: `${node} ${route.prefix} detour`,
    title: `${node} sends packets for ${route.prefix} to ${next}, which does not lead there`,
    message: `${count === 1 ? 'A packet' : `${count} packets`} from ${facts.named(from)} to ${facts.named(to)} got no answer. By the routes of the nodes they go ${broken.there.join(' → ')} and no further: ${broken.walk.why}.`,
    cause: `${node} has the route ${route.prefix}${via}, which is narrower than its ${better.prefix} via ${better.via}. The wider one leads to ${to}, the narrow one does not: it is left over, or wrong.`,
    hint: `On ${node}: \`${shown`ip route get ${to}`}\` shows that ${route.prefix} takes the packets. If nothing needs that route, delete it (${shown`ip route del ${route.prefix}`}${via}); else give it the next hop ${better.via}.`,
    subject: { src: String(from), dst: String(to), proto: conversation.protoName, ...conversation.ports, node },
    evidence,
    count,
    about,
  });
}

/** Whose route leads to the last node, in words. */
function senderTo({ hops }: Walk): { readonly node: string; readonly text: string } {
  const { node, decision, via } = hops[hops.length - 2];
  const route = decision?.route ?? null;
  const what = route === null || route.prefix.isDefault ? 'default route' : `route ${route.prefix}`;
  return { node, text: `The ${what} of ${node}${via === null ? '' : ` by ${via}`}` };
}

/** It breaks at a node of which only the default route is listed: there may be narrower ones that are not. */
const isByExcerpt = (topology: Topology, { at, end, hops }: Walk, dst: Ip): boolean =>
  end !== 'not forwarding' &&
  hops[hops.length - 1].decision?.route?.prefix.length === 0 &&
  (topology.node(at)?.excerptOf.has(dst.family) ?? false);

const mayTranslate = (topology: Topology, node: string): boolean =>
  topology.node(node)?.firewall.some((line) => /masquerade|snat/i.test(line)) ?? true;

/** Who was answered, and when last: against that no routes are believed. */
class Heard {
  constructor(private readonly facts: Facts) {}

  private readonly last = lazy(() => {
    const { facts } = this;
    const last = new Map<string, number>();
    for (const { request, reply } of facts.conversations()) {
      if (request.packets === 0 || reply.packets === 0) continue;
      for (const end of [String(request.to), facts.ownership.nodeAt(request.to)])
        if (end !== null) {
          const key = `${request.from} ${end}`;
          last.set(key, Math.max(last.get(key) ?? Number.NEGATIVE_INFINITY, reply.lastNs));
        }
    }
    return last;
  });

  /** Something came back to `from`, after this moment, from this address or node. */
  arrived(from: Ip, end: string, sinceNs: number): boolean {
    return (this.last().get(`${from} ${end}`) ?? Number.NEGATIVE_INFINITY) >= sinceNs;
  }
}

/** Another host that the same destination answers, for which the node does have a route. */
function contrastOf(facts: Facts, topology: Topology, at: string, { request }: Conversation): string | null {
  for (const other of facts.conversations()) {
    if (other.reply.packets === 0 || !other.responder.equals(request.to)) continue;
    const route = topology.route(at, other.initiator);
    if (route !== null && !other.initiator.equals(request.from))
      return `Packets from ${facts.named(other.initiator)} to ${request.to} are answered: for them ${at} has the route ${route.prefix}.`;
  }
  return null;
}

/** The network that the address belongs to, as a route would name it. */
function networkOf(topology: Topology, at: string, ip: Ip): string {
  const right = topology.rightRoute(at, ip);
  if (right !== null && !right.prefix.isHost) return String(right.prefix);
  const owned = topology.ownerOf(ip).find(({ prefix }) => !prefix.isHost)?.prefix;
  if (owned !== undefined) return String(owned);
  const [attached] = topology.connectedOwner(ip);
  return attached === undefined ? guessedNetwork(ip) : String(new Prefix(attached.prefix.network, attached.prefix.length));
}

/** A name at the start is left as it is. */
const capital = (text: string): string => text.replace(/^(a|packets)\b/, (word) => word[0].toUpperCase() + word.slice(1));
