// Packets come into a node that should pass them on, and do not leave it.

import { FLAG } from '../../dissectors/tcp.js';
import { type Command, shown } from '../bytes/command.js';
import { push } from '../bytes/groups.js';
import type { Contrast } from '../facts/contrast.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { lazy } from '../facts/lazy.js';
import { FRAGMENTS, isLaterFragments, LATER, pairKey } from '../facts/passing.js';
import { PROTO } from '../flows/packet.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import { forwardingKey, idleText, sysctlOn } from '../topology/walk.js';
import { noBackend } from './backends.js';
import { isChance } from './by-chance.js';
import page from './forward-missing.md';
import {
  endsUnexplained,
  finalDestination,
  isGatewayByMistake,
  isSilent,
  stopsHere,
  translatedQuestion,
  wasReset,
} from './forwarding.js';
import { partialLoss } from './partial-loss.js';
import { type ReversePath, reversePath, seenWayBack } from './reverse-path.js';
import { type Draft, type EvidenceDraft, entry, rule, type Say } from './rule.js';

interface Group {
  readonly direction: Direction;
  readonly use: PathUse;
  readonly about: Set<number>;
  readonly uses: Set<PathUse>;
  readonly evidence: EvidenceDraft[];
  readonly under: number | null;
  /** Something shows that some of them did not arrive. */
  isProven: boolean;
  count: number;
}

export default rule({
  id: 'forward-missing',
  title: 'Packets come in and are not forwarded',
  group: 'path',
  severity: 'error',
  hint: 'Look for a blackhole route, a firewall, reverse-path filtering (net.ipv4.conf.*.rp_filter), or forwarding switched off.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    const wholes = lazy(() => lostWholes(facts));
    // Routers limit how often they say why (RFC 1812 section 4.3.2.8): packets without an ICMP error share the cause of those to the
    // same place that have one.
    const explained = new Map<string, number>();
    // Packets that were refused for their size were not forwarded, and rightly so: the rules of size judge what became of it.
    const tooLong = new Map<Direction, number>();
    for (const { error, directions } of facts.sizes.tooBig())
      for (const direction of directions) tooLong.set(direction, (tooLong.get(direction) ?? 0) + error.count);
    const stops: { readonly direction: Direction; readonly use: PathUse; readonly place: string }[] = [];
    for (const direction of facts.ailingDirections()) {
      // That the server refuses is what a client has to know first: tcp-refused says where the resets got lost.
      if (direction.isReply && wasReset(direction.conversation)) continue;
      for (const use of direction.paths) {
        const isStop = stopsHere(facts, direction, use) && use.count > (tooLong.get(direction) ?? 0);
        if (!isStop && droppedOnArrival(facts, direction, use) === null) continue;
        const place = `${use.path.hops[facts.paths.lastNode(use).first].port} ${finalDestination(facts, direction, use)}`;
        const under = causeOf(facts, direction);
        if (under !== null) explained.set(place, under);
        stops.push({ direction, use, place });
      }
    }
    for (const { direction, use, place } of stops) {
      const under = causeOf(facts, direction) ?? explained.get(place) ?? null;
      const group = entry(
        groups,
        `${place} ${under}`,
        (): Group => ({ direction, use, about: new Set(), uses: new Set(), evidence: [], under, isProven: false, count: 0 }),
      );
      group.count += use.count;
      group.isProven ||= facts.delivery.of(direction) === false;
      group.uses.add(use);
      group.about.add(direction.conversation.uid);
      if (group.evidence.length < 4)
        group.evidence.push({
          mark: facts.paths.mark(use, facts.paths.lastNode(use).first),
          field: 'ip.dst',
          note: 'never seen going out',
        });
    }
    for (const { direction, use, about, uses, evidence, under, count, isProven } of groups.values()) {
      const { source, first, hop } = facts.paths.lastNode(use);
      const from = facts.interfaces.name(use.path.hops[first].port);
      const { edge: number } = use.path.hops[hop];
      const edge = number < 0 ? null : facts.tunnels.edge(number);
      const dst = finalDestination(facts, direction, use);
      const { point } = facts.captures[source];
      const arrival = droppedOnArrival(facts, direction, use);
      const silent = isSilent(facts, source);
      // What nothing proves lost may have left in one of the frames that the capture lacks.
      if (!isProven && arrival === null && under === null && facts.doubts.lacks(source)) continue;
      const contrast = edge === null ? facts.passing.contrast(source, dst, uses) : [];
      const only = filtered(contrast);
      if (only === null && arrival === null && under === null && isChance(facts, direction, source, dst, uses, count)) continue;
      const why: Why =
        only !== null
          ? filterOf(facts, source, point, String(dst), only.lostValues)
          : arrival !== null
            ? back(facts, source, direction.from, arrival)
            : onlyBegins(facts, direction, use)
              ? stateful(point, dst)
              : isGatewayByMistake(facts, direction, use)
                ? noRouter(facts, direction, point, dst)
                : ((edge === null
                    ? (noBackend(facts, dst) ?? partialLoss(facts, source, dst, uses) ?? untranslated(facts, direction, use, dst))
                    : null) ?? reason(facts, direction, use, from));
      const isRest = isLaterFragments(direction);
      const isCut = only?.attribute === 'fragment' && only.lostValues[0] === FRAGMENTS;
      const what = only === null || isRest || isCut ? '' : ` ${only.lostValues.join(', ')}`;
      const asked = translatedQuestion(facts, direction, use)?.from ?? null;
      const whose = asked === null ? '' : `, answers to what ${point} translates for ${facts.named(asked)},`;
      const packets = isRest ? 'Later fragments' : isCut ? 'Fragments' : 'Packets';
      // What is lost of them is lost of the packets that they are the rest of.
      if (isRest) for (const whole of wholes().get(pairKey(direction)) ?? []) about.add(whole.conversation.uid);
      const isAnswer = what.startsWith(' answers from ');
      const title = isAnswer ? `Answers${what.slice(' answers'.length)} to ${dst}` : `${packets} to ${dst}${what}`;
      say({
        verdict: 'fail',
        absence: true,
        confidence: facts.node(source) === null || silent || (arrival !== null && !arrival.strict) ? 'medium' : 'high',
        key: `${point} ${from} ${dst}${what}`,
        title:
          arrival === null
            ? `${title} come into ${point} on ${from} and never leave it`
            : `${point} drops packets to its own address ${dst}${what} that come in on ${from}`,
        message: `${count === 1 ? 'A packet' : `${count} ${packets.toLowerCase()}`} to ${facts.named(dst)}${what === '' ? '' : ` (${what.trim()})`}${whose} came in on ${from}; ${
          arrival === null
            ? 'no copy went out by any interface, and nothing shows that they arrived.'
            : 'no answer, refusal or error left by any interface.'
        }`,
        cause: why.cause,
        hint: why.hint ?? (dst.family === 6 ? HINT6 : undefined),
        commands: why.command == null ? [] : [why.command],
        alternatives: silent
          ? [`Nothing at all was seen going out of ${point}: a capture of incoming packets only (tcpdump -Q in) looks the same.`]
          : undefined,
        contrast: contrast.slice(0, 2).map(sentenceOf),
        phases: phasesOf(direction),
        subject: {
          src: String(edge?.src ?? direction.from),
          dst: String(dst),
          proto: edge === null ? direction.conversation.protoName : 'udp',
          ...(edge === null ? direction.conversation.ports : {}),
          tunnel: edge?.kind ?? null,
          interfaceIn: from,
          node: point,
        },
        evidence,
        count,
        about,
        under,
      });
    }
    for (const direction of facts.ailingDirections())
      for (const use of direction.paths) if (endsUnexplained(facts, direction, use)) sayUnexplained(facts, say, direction, use);
  },
});

function sayUnexplained(facts: Facts, say: Say, { to, from, conversation }: Direction, use: PathUse): void {
  const { source, first } = facts.paths.lastNode(use);
  const { point } = facts.captures[source];
  const port = facts.interfaces.name(use.path.hops[first].port);
  say({
    verdict: 'inconclusive',
    absence: true,
    confidence: 'low',
    key: `${point} ${port} ${to} answers`,
    title: `Answers to ${to} come into ${point} on ${port}, and nothing shows where they go`,
    message: `${use.count} replies to pings from ${facts.named(from)} to ${facts.named(to)} came in on ${port}, addressed to ${point} by their MAC; the pings did not pass here, no copy of the replies went out, and ${to} was not seen asking here. Either ${point} should pass them on and does not, or ${to} is its own address.`,
    hint: `Name the addresses and routes of ${point} (a topology, -t), or capture at ${to} as well: do the answers arrive there?`,
    subject: { src: String(from), dst: String(to), proto: conversation.protoName, interfaceIn: port, node: point },
    evidence: [{ mark: facts.paths.mark(use, first), field: 'ip.dst', note: 'never seen going out' }],
    count: use.count,
    about: [conversation.uid],
  });
}

/** Directions that are not answered, by their pair: what they may be the first fragments of. */
function lostWholes(facts: Facts): ReadonlyMap<string, readonly Direction[]> {
  const found = new Map<string, Direction[]>();
  for (const direction of facts.ailingDirections())
    if (!isLaterFragments(direction) && facts.delivery.of(direction) === false) push(found, pairKey(direction), direction);
  return found;
}

/** IPv6 has no reverse-path filter in the kernel's settings. */
const HINT6 =
  'Look for a blackhole route, a firewall (nft list ruleset, ip6tables -vnL FORWARD), or forwarding switched off (sysctl net.ipv6.conf.all.forwarding).';

interface Why {
  readonly cause: string;
  readonly command?: Command | null;
  readonly hint?: string;
}

/** What is only a remark explains no silence. */
const causeOf = (facts: Facts, { conversation }: Direction): number | null =>
  facts.causes.isRemark(conversation) ? null : facts.causes.of(conversation);

/** Of the same connection the SYN went out, nothing after it does, and no packet of the other direction ever came by. */
function onlyBegins(facts: Facts, direction: Direction, use: PathUse): boolean {
  if (!direction.conversation.isTcp || direction.isReply || !direction.sent(FLAG.syn)) return false;
  const { source, first } = facts.paths.lastNode(use);
  const passed = direction.paths.filter(
    (other) =>
      other !== use && other.lastNs <= use.hops[first].timeNs && facts.paths.passages(other).some((x) => x.source === source),
  );
  const answers = direction.other.paths.some(({ path }) => path.hops.some((hop) => hop.source === source));
  return !answers && passed.length > 0 && passed.reduce((sum, { count }) => sum + count, 0) <= direction.syns;
}

const stateful = (point: string, dst: Ip): Why => ({
  cause: `The SYN of the same connection went out, and nothing that follows it: a stateful filter on ${point} never saw the SYN-ACK of ${dst}, which comes to the client past ${point}, and takes the rest for invalid.`,
  command: null,
  hint: `Let the answers pass ${point} too (source NAT there for clients of the same link, another gateway on the server), or let it pass connections of which it sees one direction (ct state invalid accept, no connection tracking for them).`,
});

/** A host that others have for a router: what its settings say, and the sender's route where the topology has it. */
function noRouter(facts: Facts, { from }: Direction, point: string, dst: Ip): Why {
  const { topology } = facts;
  const isOff = topology?.forwards(point, dst.family) === false;
  const sender = topology === null ? null : facts.ownership.nodeAt(from);
  const route = sender === null ? null : (topology?.route(sender, dst) ?? null);
  const isNamed = route?.via != null && sender !== point && facts.ownership.nodeAt(route.via) === point;
  return {
    cause: `${isOff ? idleText(point, dst.family) : `${point} passes nothing on in this capture`}, and these packets come to its MAC: ${
      isNamed
        ? `the ${route.prefix.isDefault ? 'default route' : `route ${route.prefix}`} of ${sender} has it as the next hop (${route.via})`
        : `who sends them (${from}, or a router before) has it as the next hop`
    }.`,
    command: null,
    hint: `At the sender of these packets: \`${shown`ip route get ${dst}`}\` and \`ip neigh\` show the next hop and its MAC; correct them. If ${point} is to be the router, switch its forwarding on (${shown`sysctl ${forwardingKey(dst.family)}`}).`,
  };
}

/**
 * Packets for the node itself, of which not even a refusal came: by its own routes it does not accept them from there. Null where an
 * answer could have left unseen, or something shows that they were taken.
 */
function droppedOnArrival(facts: Facts, direction: Direction, use: PathUse): ReversePath | null {
  const { source, first, onlyIn } = facts.paths.lastNode(use);
  const dst = finalDestination(facts, direction, use);
  if (!onlyIn || use.translatedTo >= 0 || use.count < LEAST_DROPPED || !facts.ownership.isOwn(source, dst)) return null;
  if (dst.isMulticast || dst.isLoopback || dst.isLinkLocal || facts.node(source) === null) return null;
  // Of a tunnel's packets that are cut behind the outer headers the inside is not seen, which is what arrives and is answered.
  if (direction.conversation.proto === PROTO.udp && facts.doubts.counted[source].headersCut > 0) return null;
  if (facts.delivery.of(direction) !== false || direction.other.packets > 0 || facts.causes.of(direction.conversation) !== null)
    return null;
  const { edge, port } = use.path.hops[first];
  const path = reversePath(facts, source, edge < 0 ? direction.from : facts.tunnels.edge(edge).src, port);
  if (path === null) return null;
  const seen = facts.captures[source].everyInterface || facts.interfaces.at(source).some(({ name }) => name === path.dev);
  return seen ? path : null;
}

/** One packet may have been answered when the capture had ended. */
const LEAST_DROPPED = 2;

const back = (facts: Facts, source: number, src: Ip, { text, strict }: ReversePath): Why => ({
  cause: text,
  command: facts.topology?.repair(facts.node(source) as string, src) ?? null,
  hint: `${strict ? 'L' : 'See whether rp_filter is 1 (sysctl net.ipv4.conf.all.rp_filter) and the counter rises (nstat -az TcpExtIPReversePathFilter). Then l'}et answers leave by the interface that the packets come in by (ip rule from the address, with a table of its own), or set rp_filter to 2 (loose).`,
});

/** What only a filter can tell apart: the port or the protocol of what is lost. Null where nothing of the kind separates it. */
function filtered(contrast: readonly Contrast[]): Contrast | null {
  const [first] = contrast;
  const tells =
    first?.attribute === 'fragment' ||
    first?.attribute === 'service' ||
    first?.attribute === 'protocol' ||
    first?.attribute === 'pair';
  return tells && first.lostValues.length <= MOST_NAMED ? first : null;
}

/** More than so many ports or protocols are no one's filter, and no title. */
const MOST_NAMED = 3;

/** A filter on the node, by what it drops (`port 8080 (tcp)`): the rule that names the port, where the topology has one. */
export function filterOf(
  facts: Facts,
  source: number,
  point: string,
  dst: string,
  lostValues: readonly (string | number)[],
): Why {
  const node = facts.node(source);
  const ports = lostValues.flatMap((value) => /port (\d+)/.exec(String(value))?.[1] ?? []);
  const isRest = lostValues.every((value) => value === FRAGMENTS || String(value).startsWith(LATER));
  const listed =
    node === null
      ? undefined
      : facts.topology?.node(node)?.firewall.find((line) => ports.some((port) => new RegExp(`port ${port}\\b`).test(line)));
  return {
    cause: `A filter on ${point} drops ${lostValues.join(', ')} to ${dst}: other packets to the same address pass, so it is no route and no reverse-path filter.${isRest ? ' Fragments but the first have no ports, so a rule that wants a port never fits them.' : ''}${listed === undefined ? '' : ` Its rules have "${listed.trim()}".`}`,
    command: null,
    hint: `Look at the rules of ${point} (nft list ruleset, iptables -vnL FORWARD: which counter rises?) and at network policies (cilium monitor --type drop, where Cilium forwards).`,
  };
}

function sentenceOf({ attribute, lostValues, deliveredValues, lost, delivered, exceptions }: Contrast): string {
  const list = (values: readonly (string | number)[]): string =>
    `${values.slice(0, MOST_NAMED).join(', ')}${values.length > MOST_NAMED ? ` and ${values.length - MOST_NAMED} more` : ''}`;
  const what = attribute === 'source' ? 'from ' : attribute === 'interface' ? 'that come in on ' : '';
  const almost = exceptions === 0 ? '' : ` (all but ${exceptions})`;
  return `Lost: ${what}${list(lostValues)} (${lost} packets). To the same address pass: ${what}${list(deliveredValues)} (${delivered} packets)${almost}.`;
}

/** When it went well and when it did not, where there was both. */
function phasesOf(direction: Direction): Draft['phases'] {
  const { phases } = direction;
  return phases.some(({ outcome }) => outcome === 'answered') ? phases : undefined;
}

/** What the node's own routes say about it. */
function reason(facts: Facts, direction: Direction, use: PathUse, from: string): Why {
  const { source, first, hop } = facts.paths.lastNode(use);
  const node = facts.node(source);
  const { topology } = facts;
  if (node === null || topology === null || !topology.node(node)?.routesKnown) return bySight(facts, direction, use, from);
  const dst = finalDestination(facts, direction, use);
  const { edge } = use.path.hops[hop];
  const src = edge < 0 ? direction.from : facts.tunnels.edge(edge).src;
  const ruled = byRule(facts, node, dst, src, from);
  if (ruled !== null) return ruled;
  const route = topology.route(node, dst);
  if (route === null) return { cause: `${node} has no route for ${dst}.`, command: topology.repair(node, dst) };
  if (route.nexthops.length === 0)
    return { cause: `${node} has a ${route.kind} route for ${route.prefix}.`, command: topology.repair(node, dst) };
  const path = reversePath(facts, source, src, use.path.hops[first].port);
  if (path !== null) return { ...back(facts, source, src, path), hint: undefined };
  // Answers whose questions take another way: what keeps state of connections never saw them begin.
  if (direction.isReply && direction.other.packets === 0)
    return {
      cause: `The other direction of these connections does not pass ${node}: a filter that keeps state (conntrack) has not seen them begin, and drops their answers as invalid.`,
      command: null,
      hint: `Lead both directions through one node, or let ${node} accept packets of connections that it has not seen (nft list ruleset; conntrack -S counts invalid ones).`,
    };
  const switched = oneFamily(facts, direction, source, dst);
  if (switched !== null) return switched;
  const forwards = topology.forwards(node, dst.family);
  const { dev } = route;
  const leadsOn = dev !== null && !facts.interfaces.sameLink(node, dev, from);
  if (forwards === false || (forwards === null && leadsOn && !facts.crossings.forwards(source)))
    return {
      cause: `${node} passes nothing on at all in this capture, though its route ${route.prefix} leads on by ${route.dev}.`,
      command: forwards === null && isSilent(facts, source) ? null : sysctlOn(dst.family),
    };
  return NOT_KNOWN;
}

/** The node passes packets of the other family on, and none of this one: each has a switch of its own. */
function oneFamily(facts: Facts, direction: Direction, source: number, { family }: Ip): Why | null {
  // A neighbour that does not answer is a cause already, and was asked because the packets were to be passed on.
  if (causeOf(facts, direction) !== null) return null;
  if (facts.crossings.forwardsFamily(source, family) || !facts.crossings.forwardsFamily(source, family === 4 ? 6 : 4))
    return null;
  const { point } = facts.captures[source];
  const look =
    family === 6
      ? 'sysctl net.ipv6.conf.all.forwarding (1 is on); then its IPv6 routes and the filter of that family (nft list ruleset, ip6tables -vnL FORWARD)'
      : 'sysctl net.ipv4.ip_forward (1 is on); then its IPv4 routes and the filter of that family (nft list ruleset, iptables -vnL FORWARD)';
  return {
    cause: `${point} passes IPv${family === 4 ? 6 : 4} packets on in this capture, and not one of IPv${family}: its forwarding of IPv${family} may be off, which has a switch of its own.`,
    hint: `On ${point}: ${look}.`,
  };
}

/** No routes are known: what the node was seen doing makes one cause likely. */
function bySight(facts: Facts, direction: Direction, use: PathUse, from: string): Why {
  const { source, first, hop } = facts.paths.lastNode(use);
  if (use.path.hops[hop].edge >= 0) return NOT_KNOWN;
  const switched = oneFamily(facts, direction, source, finalDestination(facts, direction, use));
  if (switched !== null) return switched;
  const back = seenWayBack(facts, source, direction.from, use.path.hops[first].port);
  if (back === null) return NOT_KNOWN;
  const { point } = facts.captures[source];
  return {
    cause: `It may be reverse-path filtering: ${point} sends packets to ${direction.from} by ${back}, and these come from there on ${from}. With rp_filter = 1 (strict, RFC 3704 section 2.2) it drops what comes in by another interface than its return path.`,
    command: null,
    hint: `On ${point} see whether rp_filter is 1 (sysctl net.ipv4.conf.all.rp_filter, and the same of the interface: the larger one counts) and the counter rises (nstat -az TcpExtIPReversePathFilter). If not, look for a blackhole route or a firewall.`,
  };
}

/** A policy rule leads packets of this source, or from this interface, to where they end (ip-rule(8)); null when none does. */
function byRule(facts: Facts, node: string, dst: Ip, src: Ip, iif: string): Why | null {
  const decision = facts.topology?.routeDecision(node, dst, { src, iif }) ?? null;
  if (decision === null || decision.rule === null || decision.maybe.length > 0) return null;
  const { rule, table, route, refused } = decision;
  const hint = (what: string): string =>
    `Look at \`ip rule\` and ${what} on ${node}; \`${shown`ip route get ${dst} from ${src} iif ${iif}`}\` shows what is taken. The main table needs no change.`;
  if (refused !== null)
    return {
      cause: `The rule "${rule}" of ${node} is for these packets, and its action is ${refused}.`,
      command: null,
      hint: hint('the rule'),
    };
  if (table === 'main' || route === null || route.nexthops.length > 0 || route.kind === 'local') return null;
  return {
    cause: `The rule "${rule}" of ${node} makes table ${table} decide for packets from ${src}, and that table has a ${route.kind} route for ${route.prefix}.`,
    command: null,
    hint: hint(`\`${shown`ip route show table ${table}`}\``),
  };
}

/** An address of a service is none to route to: the node has to turn it into one of a backend, by its rules or its programs. */
function untranslated(facts: Facts, direction: Direction, use: PathUse, dst: Ip): Why | null {
  const service = facts.topology?.address(dst)?.service ?? null;
  const { source } = facts.paths.lastNode(use);
  if (service === null || facts.ownership.isOwn(source, dst)) return null;
  const { point } = facts.captures[source];
  return {
    cause: `${dst} is the address of the service ${service}, which no host has: ${point} should have translated it to a backend and sent the packets there${direction.toPort === DNS_PORT ? ', or taken them to its own DNS proxy (a policy for DNS names), which then did not answer' : ''}.`,
    command: null,
    hint: `On ${point}: does its table have the service, with backends (cilium-dbg service list, iptables-save | grep ${dst}, ipvsadm -Ln)? Does a policy drop the packets (cilium-dbg monitor --type drop)?${direction.toPort === DNS_PORT ? ' Do the DNS proxy and the name servers answer (cilium-dbg status, hubble observe --protocol dns)?' : ''}`,
  };
}

const DNS_PORT = 53;

const NOT_KNOWN: Why = { cause: '', command: null };
