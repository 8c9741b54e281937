// What ARP and neighbour discovery ask for in vain: never answered, late, not any more, or on a link where the owner is not.
import { type Command, shown } from '../bytes/command.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import type { Neighbour, Silence } from '../flows/neighbour.js';
import type { Phase } from '../flows/outcomes.js';
import { type Ip, Prefix } from '../topology/ip.js';
import { type Kind, namedMac, subjectOf, WORDS } from './neighbours.js';
import type { EvidenceDraft, Say } from './rule.js';

/** An address that is asked for and that no host answers for. */
export function judgeSilence(facts: Facts, kind: Kind, within: number, say: Say): void {
  const { neighbours } = facts;
  for (const sweep of neighbours.sweeps()) if (sweep[0].kind === kind) saySweep(facts, sweep, say);
  for (const n of neighbours.questioned()) {
    // What a tunnel swallows is a finding of the tunnel.
    if (n.kind !== kind || neighbours.isSwept(n) || (n.answers === 0 && facts.tunnels.explainsSilence(n))) continue;
    for (const silence of neighbours.silences(n)) {
      if (silence.after) sayStopped(facts, n, silence, say);
      else if (silence.end !== null) sayLate(facts, n, silence, say);
      else if (!sayElsewhere(facts, n, silence, say)) sayNever(facts, n, silence, within, say);
    }
  }
}

function saySweep(facts: Facts, silent: readonly Neighbour[], say: Say): void {
  const [first] = silent;
  const targets = silent.map((n) => n.target).sort((x, y) => x.compare(y));
  say({
    verdict: 'fail',
    severity: 'info',
    confidence: 'medium',
    key: `sweep ${first.askers[0]}`,
    title: `${first.askers[0]} asks for ${silent.length} addresses that nobody has`,
    message: `${facts.named(first.askers[0])} asks on ${facts.interfaces.name(first.port)} for ${silent.length} addresses from ${targets[0]} to ${targets[targets.length - 1]}, and nobody answers for any of them.`,
    cause: 'So many at once are a scan or a discovery, not a fault of each of them.',
    hint: 'Is this host meant to scan the network?',
    subject: { ...subjectOf(facts, first), target: null, dst: null },
    evidence: silent.slice(0, 8).map((n) => ({ mark: n.questions[0], field: WORDS[first.kind].question })),
    count: silent.reduce((sum, n) => sum + n.asked, 0),
  });
}

function sayNever(facts: Facts, n: Neighbour, silence: Silence, within: number, say: Say): void {
  const visible = facts.neighbours.answerIsVisible(n);
  const open = facts.nowNs - n.questions[0].timeNs < within;
  const words = WORDS[n.kind];
  const address = facts.topology?.address(n.target) ?? null;
  const service = address?.service ? ` (${address.service})` : '';
  const heard = facts.neighbours.heard(n, facts.nowNs);
  const routed = heard === 'routed';
  const others = n.answers > 0;
  const deaf = n.askers.filter((_, i) => n.deafFor[i] > 0);
  // Who lives behind a router hears no answer either.
  const about = [
    ...facts.neighbours.waitingFor(n),
    ...(routed ? facts.withEnd(n.target).filter((uid) => isStuck(facts, uid)) : []),
  ];
  const hop = about.some((uid) => !isEnd(facts, uid, n.target));
  const wrong = wrongHop(facts, n, about);
  const inside = translatedTo(facts, n);
  const storm = stormOf(silence);
  const carrier = heard === 'here' ? tunnelled(facts, n) : null;
  say({
    verdict: open ? 'inconclusive' : 'fail',
    absence: true,
    confidence: visible ? 'high' : 'medium',
    key: `${n.target}`,
    title:
      storm !== null
        ? `The same question for ${n.target} is heard ${silence.count} times in ${storm}: frames go round in a loop of links`
        : others
          ? `${n.target} answers others, and not ${deaf[0] ?? n.askers[0]}`
          : `Nobody answers ${words.what} for ${n.target}${service}`,
    message: `${silence.count === 1 ? 'A question' : `${silence.count} questions`} for ${facts.named(n.target)} on ${facts.interfaces.name(n.port)}, asked by ${others && deaf.length > 0 ? deaf.slice(0, 3).join(', ') : askersOf(n)}, got no answer${open ? ' before the capture ended' : ''}.${hop ? ` It is the next hop of ${about.length === 1 ? 'a conversation' : `${about.length} conversations`}, which ${about.length === 1 ? 'goes' : 'go'} no further.` : ''}`,
    cause: [
      storm !== null
        ? 'A host asks once a second (RFC 1122 section 2.3.2.1). So many at once are copies: a broadcast that comes back to the switch is sent out again, until the loop is cut.'
        : '',
      routed
        ? `Packets of ${n.target} come from a router on this link, so it is not on the link itself: that router must answer for it (${PROXY[n.kind]}), or who asks needs a route by that router.`
        : heard === 'here'
          ? `${n.target} itself is heard on this link, so it is up: ${n.asked === 1 ? 'the question does' : 'these questions do'} not reach it, or its answers do not come back. ${carrier ?? FILTERED[n.kind]}`
          : inside !== null
            ? `${facts.captures[n.source].point} itself translates ${inside} to ${n.target}, so that answers come back for this address, and does not answer for it: it is no address of its own.`
            : (wrong?.cause ?? shouldAnswer(facts, n)),
      visible || inside !== null
        ? ''
        : 'The answer would not pass here; that the question was repeated shows that there was none.',
    ]
      .filter((text) => text !== '')
      .join(' '),
    ...(storm !== null && {
      hint: 'Find the two ports of one segment that are connected twice (MACs that move between ports: bridge fdb show, the log of the switch), pull one, and turn on spanning tree there.',
    }),
    ...(wrong === null ? {} : { commands: wrong.commands, hint: wrong.hint }),
    subject: { ...subjectOf(facts, n), ...(wrong === null ? {} : { node: wrong.node }) },
    evidence: evidenceOf(facts, n, silence),
    count: silence.count,
    about,
    ...(inside !== null && {
      hint: `Compare the address in the NAT rule with those of the interface (ip addr): translate to one that it has (masquerade), give it ${n.target}, or route that address to it.`,
    }),
    ...(heard === 'here' && {
      hint:
        carrier !== null
          ? 'At the other end of the tunnel: do the outer packets arrive there (tcpdump on the underlay), does a filter drop them (nft list ruleset), and does it pass broadcasts on (bridge fdb)?'
          : `On the switch between them: compare the filters and the ${n.kind === 'arp' ? 'VLAN' : 'multicast snooping'} of both ports (bridge link, bridge mdb, nft list ruleset), and capture at the port of ${n.target}.`,
    }),
    under: facts.causes.ofAddress(n.target),
  });
}

/** The source that the node where the question comes in translates to this address, on what it sends there; null: none. */
function translatedTo(facts: Facts, n: Neighbour): Ip | null {
  if (n.answers > 0) return null;
  for (const direction of facts.ailingDirections())
    for (const { source, src, origin } of facts.crossings.of(direction))
      if (source === n.source && origin !== null && src.equals(n.target) && !origin.direction.from.equals(src))
        return origin.direction.from;
  return null;
}

/** A route of the asker leads to an address that no host has, and what waits for it is known to be reached by another. */
function wrongHop(
  facts: Facts,
  n: Neighbour,
  waiting: readonly number[],
): { readonly node: string; readonly cause: string; readonly hint: string; readonly commands: readonly Command[] } | null {
  const { topology } = facts;
  const [asker] = n.askers;
  const node = asker === undefined ? null : facts.ownership.nodeAt(asker);
  if (topology === null || node === null || topology.ownerOf(n.target).some(({ what }) => what !== 'network')) return null;
  const stuck = waiting.flatMap((uid) => facts.conversation(uid)?.directions.map(({ to }) => to) ?? []);
  // What the asker itself sends is never seen: it tells its own programs that it cannot (RFC 1122 section 2.3.2.2).
  for (const e of facts.errors.list) if (e.kind === 'unreachable' && facts.ownership.nodeAt(e.from) === node) stuck.push(e.dst);
  for (const to of stuck) {
    const route = topology.route(node, to);
    const right = topology.rightRoute(node, to);
    if (route?.via?.equals(n.target) !== true || right === null || right.via === null || right.via.equals(n.target)) continue;
    const command = topology.repair(node, to);
    if (command === null) continue;
    return {
      node,
      cause: `The route ${route.prefix} of ${node} leads to ${n.target}, which no node has; ${to} is reached by ${right.via} on ${right.dev}.`,
      hint: `Correct the next hop on ${node}.`,
      commands: [command],
    };
  }
  return null;
}

/** How long it took, where the same is asked far more often than a host asks; else null. */
function stormOf({ count, last, marks }: Silence): string | null {
  const ns = last.timeNs - marks[0].timeNs;
  return count >= LEAST_STORM && count * 1e9 >= STORM_RATE * ns ? duration(ns) : null;
}

/** A tool that asks as fast as it can is slower, and ends sooner. */
const LEAST_STORM = 100;
/** Questions a second. */
const STORM_RATE = 50;

/** The address was asked for in vain, until a host had it. */
function sayLate(facts: Facts, n: Neighbour, silence: Silence, say: Say): void {
  const end = silence.end as NonNullable<Silence['end']>;
  const words = WORDS[n.kind];
  const [first] = silence.marks;
  const about = facts.neighbours.waitingFor(n, first.timeNs);
  say({
    verdict: 'fail',
    // A host that joined only now has kept no one waiting, as far as is seen.
    severity: about.length > 0 ? 'warning' : 'info',
    absence: true,
    key: `${n.target} late`,
    title: `Nobody answered ${words.what} for ${n.target} for ${duration(end.mark.timeNs - first.timeNs)}`,
    message: `${silence.count} questions for ${facts.named(n.target)} on ${facts.interfaces.name(n.port)}, asked by ${askersOf(n)}, got no answer; ${duration(end.mark.timeNs - first.timeNs)} after the first of them ${namedMac(facts, end.mac)} ${end.announced ? 'announced the address' : 'answered'}.`,
    cause: shouldAnswer(facts, n),
    hint: 'Why did its owner take the address so late? For a load-balancer address: when did a node get its lease?',
    subject: subjectOf(facts, n, [end.mac]),
    evidence: evidenceOf(facts, n, silence),
    count: silence.count,
    phases: [phaseOf(silence)],
    about,
    under: facts.causes.ofAddress(n.target),
  });
}

/** It answered before, and does not for a while, or any more. */
function sayStopped(facts: Facts, n: Neighbour, silence: Silence, say: Say): void {
  const { end, count } = silence;
  const words = WORDS[n.kind];
  const [first] = silence.marks;
  const before = n.changes.findLast((change) => change.mark.timeNs < first.timeNs)?.to ?? n.claims[0]?.mac ?? n.holder;
  const until =
    end === null
      ? 'until the end of the capture'
      : `for ${duration(end.mark.timeNs - first.timeNs)}, until ${namedMac(facts, end.mac)} ${end.announced ? 'announced it' : 'answered'}`;
  say({
    verdict: 'fail',
    absence: true,
    key: `${n.target} stopped`,
    title: `${n.target} stopped answering ${words.what}`,
    message: `${facts.named(n.target)} answered on ${facts.interfaces.name(n.port)} before; ${count} questions in a row got no answer, ${until}.`,
    cause: [
      shouldAnswer(facts, n),
      end !== null && end.mac !== before ? `Before it was at ${namedMac(facts, before)}: the address moved.` : '',
    ]
      .filter((text) => text !== '')
      .join(' '),
    subject: subjectOf(facts, n),
    evidence: evidenceOf(facts, n, silence),
    count,
    phases: [phaseOf(silence)],
    about: facts.neighbours.waitingFor(n, first.timeNs),
    under: facts.causes.ofAddress(n.target),
  });
}

/**
 * The owner is known, and is not on this link: it answers at another port or point, or lives behind another interface of the node that
 * hears the question. True when that is what is wrong.
 */
function sayElsewhere(facts: Facts, n: Neighbour, silence: Silence, say: Say): boolean {
  const other = facts.neighbours.answeredElsewhere(n);
  if (other !== null) {
    sayNotPassed(facts, n, other, silence, say);
    return true;
  }
  const heard = silence.byUs > 0 ? null : facts.neighbours.heard(n, facts.nowNs);
  const behind = typeof heard === 'number' ? facts.interfaces.name(heard) : silence.byUs > 0 ? null : behindOther(facts, n);
  const [asker] = n.askers;
  const apart = asker === undefined ? null : otherNetwork(facts, asker, n.target);
  // What is asked inside of a tunnel has the tunnel's ends for its link, and not the interface that carries it.
  if ((behind === null && apart === null) || n.askedIn.length > 0) return false;
  const words = WORDS[n.kind];
  const here = facts.interfaces.name(n.port);
  const about = facts.withEnd(n.target).filter((uid) => isStuck(facts, uid));
  const common = {
    verdict: 'fail',
    absence: true,
    confidence: typeof heard === 'number' ? 'high' : 'medium',
    subject: subjectOf(facts, n),
    evidence: evidenceOf(facts, n, silence),
    count: n.asked,
    about,
    under: facts.causes.ofAddress(n.target),
  } as const;
  if (apart === null && isOfLink(facts, n)) {
    say({
      ...common,
      key: `${n.target}`,
      title: `Nobody answers ${words.what} for ${n.target} on ${here}: it is behind ${behind}`,
      message: `${n.asked} questions for ${facts.named(n.target)} on ${here}, asked by ${askersOf(n)}, got no answer. Its address is of the network of ${here}, and it lives behind ${behind}: it cannot hear the question.`,
      cause: `The router between must answer for it on ${here} (${PROXY[n.kind]}), or ${asker} needs a route to it by that router.`,
      hint:
        n.kind === 'arp'
          ? `On the router: ${shown`ip neigh add proxy ${n.target} dev ${here}`}, or proxy_arp on ${here}; better give what is behind ${behind} a network of its own.`
          : `On the router: proxy_ndp on ${here} and ${shown`ip -6 neigh add proxy ${n.target} dev ${here}`}; better route a prefix of its own to the router.`,
    });
    return true;
  }
  const mask = maskOf(facts, asker, n.target);
  const written = onLinkRoute(facts, asker, n.target);
  say({
    ...common,
    key: `${n.target} off-link ${asker}`,
    title: `${asker} asks for ${n.target} by ${n.kind === 'arp' ? 'ARP' : 'neighbour solicitation'} on ${here}, which is not its link`,
    message: `${facts.named(asker)} asks ${n.asked} times on ${here} for ${facts.named(n.target)}, and nobody answers: that address is ${behind === null ? `in ${apart}` : `behind ${behind}`}. What ${asker} sends to it never leaves.`,
    cause:
      mask !== null
        ? `${asker} has the prefix length ${mask}, which makes ${n.target} look like a neighbour; its link is narrower.`
        : written !== null
          ? `The route ${written} of ${asker} says that ${n.target} is on this link. Either it needs a next hop, or the router between must answer for the address (${PROXY[n.kind]}).`
          : `A host asks only for what its netmask makes local (RFC 1122 section 3.3.1.1): the netmask of ${asker} is too wide, or it has a route that says ${n.target} is on the link.`,
    hint:
      written !== null
        ? `Give that route the router as its next hop (${shown`ip route replace ${written} via`} ...), or let the router answer for what is behind it.`
        : `Correct the prefix length of ${asker} (ip addr), so that it sends to its gateway.`,
  });
  return true;
}

/** The questions leave in a tunnel: then no switch keeps them back. Null where they do not. */
function tunnelled(facts: Facts, n: Neighbour): string | null {
  for (const { askedIn } of facts.neighbours.of(n.target)) {
    if (askedIn.length === 0) continue;
    const { kind, src, dst, port } = facts.tunnels.edge(askedIn[0]);
    return `They leave in ${kind} from ${facts.named(src)} for ${facts.named(dst)}, and nothing shows that the other end takes them out: a filter there or on the way drops what is sent to it${port > 0 ? ` (udp port ${port})` : ''}, or it passes broadcasts of the tunnel on to no one.`;
  }
  return null;
}

/** What keeps questions from a host that is there. */
const FILTERED = {
  arp: 'A switch that keeps broadcasts from its port does that: a filter, port isolation, or another VLAN one way.',
  nd: 'Solicitations are multicasts (RFC 4861 section 7.2.2): a switch that keeps these from its port does that (MLD snooping without a querier, a filter, port isolation).',
} as const;

/** What answers for others. */
const PROXY = { arp: 'proxy ARP, RFC 1027', nd: 'NDP proxy, RFC 4861 section 7.2.8' } as const;

/** It answers, and the answer does not reach the host that asked. */
function sayNotPassed(facts: Facts, n: Neighbour, other: Neighbour, silence: Silence, say: Say): void {
  const claim = other.claims[0];
  const place = ({ source, port }: { readonly source: number; readonly port: number }) =>
    `${facts.captures[source].point} ${facts.interfaces.name(port)}`;
  const lost = silence.byUs >= 3 || silence.repeated > 1;
  say({
    verdict: lost ? 'fail' : 'inconclusive',
    severity: lost ? 'error' : 'info',
    absence: true,
    confidence: 'medium',
    key: `${n.target} not passed`,
    title: `The answers for ${n.target} do not come back to ${n.askers[0]}`,
    message: `${namedMac(facts, claim.mac)} answers for ${facts.named(n.target)}, as seen at ${place(claim.first)}; at ${place(n)}, where ${askersOf(n)} asked ${n.asked} times, no answer comes by.`,
    cause: 'What lies between the two does not pass the answers on.',
    hint: 'Look at the bridge or switch between them: a filter, port security, or a MAC that it has learned at the wrong port.',
    subject: subjectOf(facts, n, [claim.mac]),
    evidence: [
      ...evidenceOf(facts, n, silence).slice(0, 4),
      { mark: claim.first, field: WORDS[n.kind].claim, note: `says ${namedMac(facts, claim.mac)}` },
    ],
    count: n.asked,
    about: facts.neighbours.waitingFor(n),
    under: facts.causes.ofAddress(n.target),
  });
}

/** The device by which the node that hears the question reaches the address, when that is not the one where it is asked; else null. */
function behindOther(facts: Facts, n: Neighbour): string | null {
  const { topology } = facts;
  const node = facts.node(n.source);
  if (topology === null || node === null || topology.isLocal(node, n.target)) return null;
  const dev = topology.route(node, n.target)?.dev ?? null;
  if (dev === null) return null;
  const name = facts.interfaces.name(n.port);
  const here =
    topology.interfaceByName(node, name)?.name ??
    [
      ...n.askers,
      ...n.askerMacs.flatMap((mac) => topology.interfacesByMac(mac).flatMap((i) => i.addresses.map((a) => a.address))),
    ]
      .filter((ip) => !ip.isLinkLocal)
      .map((ip) => topology.route(node, ip)?.dev ?? null)
      .find((found) => found !== null);
  return here === undefined || here === dev ? null : dev;
}

/** The address is of the network of the link where it is asked for. */
function isOfLink(facts: Facts, n: Neighbour): boolean {
  const { topology } = facts;
  const node = facts.node(n.source);
  const known = node === null ? null : (topology?.interfaceByName(node, facts.interfaces.name(n.port)) ?? null);
  const near = known?.addresses.filter((p) => p.address.family === n.target.family && !p.address.isLinkLocal) ?? [];
  if (near.length > 0) return near.some((prefix) => prefix.contains(n.target));
  return facts.neighbours.networks(n.port).has(guessedNetwork(n.target)) || n.askers.every((ip) => ip.isLinkLocal);
}

/**
 * The network of the address, where its owner and the asker do not agree on who is on their link: the asker's prefix or a route of it
 * holds the address, and the owner's prefix, which is longer, does not hold the asker. Null where they agree, or the topology does not say.
 */
function otherNetwork(facts: Facts, asker: Ip, target: Ip): string | null {
  const { topology } = facts;
  const prefixOf = (ip: Ip) => {
    const node = facts.ownership.nodeAt(ip);
    const all = node === null ? [] : (topology?.node(node)?.interfaces.flatMap((i) => i.addresses) ?? []);
    return all.find(({ address, isHost }) => address.equals(ip) && !isHost) ?? null;
  };
  const [mine, theirs] = [prefixOf(asker), prefixOf(target)];
  if (mine === null || theirs === null || theirs.contains(asker)) return null;
  const isWide = mine.contains(target) && theirs.length > mine.length;
  return isWide || onLinkRoute(facts, asker, target) !== null ? String(new Prefix(theirs.network, theirs.length)) : null;
}

/** The route of the asker that was written by hand, and that says that the address is on its link. */
function onLinkRoute(facts: Facts, asker: Ip, target: Ip): string | null {
  const node = hostAt(facts, asker);
  const route = node === null ? null : (facts.topology?.route(node, target) ?? null);
  const isLink = route !== null && route.dev !== null && route.via === null && route.kind === 'connected' && !route.implied;
  return isLink && !route.prefix.contains(asker) ? String(route.prefix) : null;
}

/** The node that has the address itself, and not only a network that holds it. */
function hostAt(facts: Facts, ip: Ip): string | null {
  const owners = facts.topology?.ownerOf(ip) ?? [];
  return owners.length === 1 && owners[0].what !== 'network' ? owners[0].node : null;
}

/** `/16`, where the topology knows that the asker's prefix holds the address. */
function maskOf(facts: Facts, asker: Ip, target: Ip): string | null {
  const node = facts.ownership.nodeAt(asker);
  const prefixes = node === null ? [] : (facts.topology?.node(node)?.interfaces.flatMap((i) => i.addresses) ?? []);
  const own = prefixes.find((prefix) => prefix.address.equals(asker) && prefix.contains(target));
  return own === undefined ? null : `/${own.length}`;
}

function shouldAnswer(facts: Facts, n: Neighbour): string {
  const address = facts.topology?.address(n.target) ?? null;
  // A network with one known node may have other hosts that are not known; and a host that asks for an address does not have it.
  const asking = new Set(n.askers.map((ip) => facts.ownership.nodeAt(ip)));
  const owner =
    facts.topology?.ownerOf(n.target).find(({ what, node }) => what !== 'network' && (node === null || !asking.has(node))) ??
    null;
  const who = owner?.node ?? (address !== null && address.owners.length > 0 ? address.owners.join(' or ') : null);
  const device = owner?.what === 'interface' && owner.name !== null ? owner.name : null;
  if (who !== null && device !== null && facts.topology?.interfaceByName(who, device)?.up === false)
    return `${device} of ${who}, which has the address, is down.`;
  if (who !== null) return `${who} should have answered.`;
  if (address?.service) return `No node announces this address of ${address.service}.`;
  for (const node of asking) {
    const routes = facts.topology?.node(node ?? '')?.routes ?? [];
    const route = routes.find(({ nexthops }) => nexthops.some(({ via }) => via?.equals(n.target)));
    if (route !== undefined)
      return `It is the next hop of the ${route.prefix.isDefault ? 'default route' : `route ${route.prefix}`} of ${node}.`;
  }
  return '';
}

/** The questions of a silence, and what ended it. */
function evidenceOf(facts: Facts, n: Neighbour, { marks, last, end, count }: Silence): EvidenceDraft[] {
  const { question, claim } = WORDS[n.kind];
  const shown = marks.slice(0, count).map((mark): EvidenceDraft => ({ mark, field: question }));
  if (end === null) return count > marks.length ? [...shown, { mark: last, field: question, note: 'the last question' }] : shown;
  return [
    ...shown,
    { mark: end.mark, field: claim, note: `${end.announced ? 'announced by' : 'answered by'} ${namedMac(facts, end.mac)}` },
  ];
}

const phaseOf = ({ marks, last, count, end }: Silence): Phase => ({
  outcome: 'lost',
  fromNs: marks[0].timeNs,
  toNs: end?.mark.timeNs ?? last.timeNs,
  count,
  first: marks[0],
  last,
});

const askersOf = (n: Neighbour): string => n.askers.slice(0, 3).join(', ');

const duration = (ns: number): string => `${(ns / 1e9).toFixed(1)} s`;

const isEnd = (facts: Facts, uid: number, ip: Ip): boolean => {
  const conversation = facts.conversation(uid);
  return conversation !== null && (conversation.initiator.equals(ip) || conversation.responder.equals(ip));
};

/** Something of it did not arrive. */
const isStuck = (facts: Facts, uid: number): boolean => {
  const conversation = facts.conversation(uid);
  return conversation?.directions.some((one) => one.lost > 0 || facts.delivery.of(one) === false) ?? false;
};
