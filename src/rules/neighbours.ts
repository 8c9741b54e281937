// What ARP and neighbour discovery have in common for the rules: the question is the same, only its wire form differs.

import { macNumber as macText } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { Claim, Neighbour } from '../flows/neighbours.js';
import type { Ip } from '../topology/ip.js';
import { type EvidenceDraft, entry, type Say } from './rule.js';

export type Kind = Neighbour['kind'];

/** Words and display filter fields by kind. */
const WORDS = {
  arp: { what: 'ARP', answer: 'ARP replies', question: 'arp.dst.proto_ipv4', claim: 'arp.src.hw_mac', proto: 'arp' },
  nd: {
    what: 'neighbour solicitations',
    answer: 'neighbour advertisements',
    question: 'icmpv6.nd.ns.target_address',
    claim: 'icmpv6.opt.linkaddr',
    proto: 'icmpv6',
  },
} as const;

/** Changes of the owner from which on it is no fail-over any more. */
const FLAPS = 3;

const ofKind = (facts: Facts, kind: Kind): Neighbour[] => [...facts.neighbours.list].filter((n) => n.kind === kind);

/** An address that is asked for and that nobody answers for. */
export function judgeSilence(facts: Facts, kind: Kind, within: number, say: Say): void {
  const byAsker = new Map<string, Neighbour[]>();
  for (const n of ofKind(facts, kind)) {
    if (n.asked === 0 || facts.leases.isOnOffer(n.target, n.questions[0].timeNs, n.lastAskedNs)) continue;
    if (n.answers > 0) judgeStopped(facts, n, within, say);
    else if (isSilent(facts, n)) entry(byAsker, `${n.segment} ${n.port} ${n.askers[0]}`, () => []).push(n);
  }
  for (const silent of byAsker.values()) {
    if (silent.length >= SWEEP) saySweep(facts, silent, say);
    else for (const n of silent) judgeNever(facts, n, within, say);
  }
}

/** Who asks in vain for so many addresses looks who is there. */
const SWEEP = 16;

/** The answer is a unicast to the asker. Where it would not be seen, who asks a third time did not get one either. */
const isSilent = (facts: Facts, n: Neighbour): boolean =>
  (facts.neighbours.answerIsVisible(n) || n.repeated > 1) && !isInUse(facts, n) && !facts.tunnels.explainsSilence(n);

function saySweep(facts: Facts, silent: readonly Neighbour[], say: Say): void {
  const [first] = silent;
  const targets = silent.map((n) => n.target).sort((x, y) => x.compare(y));
  say({
    verdict: 'fail',
    severity: 'warning',
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

function judgeNever(facts: Facts, n: Neighbour, within: number, say: Say): void {
  const visible = facts.neighbours.answerIsVisible(n);
  const open = facts.nowNs - n.questions[0].timeNs < within;
  const words = WORDS[n.kind];
  const address = facts.topology?.address(n.target) ?? null;
  const service = address?.service ? ` (${address.service})` : '';
  const about = facts.neighbours.waitingFor(n);
  const hop = about.some((uid) => !isEnd(facts, uid, n.target));
  say({
    verdict: open ? 'inconclusive' : 'fail',
    absence: true,
    confidence: visible ? 'high' : 'medium',
    key: `${n.target}`,
    title: `Nobody answers ${words.what} for ${n.target}${service}`,
    message: `${n.asked === 1 ? 'A question' : `${n.asked} questions`} for ${facts.named(n.target)} on ${facts.interfaces.name(n.port)}, asked by ${n.askers.slice(0, 3).join(', ')}, got no answer${open ? ' before the capture ended' : ''}.${hop ? ` It is the next hop of ${about.length === 1 ? 'a conversation' : `${about.length} conversations`}, which ${about.length === 1 ? 'goes' : 'go'} no further.` : ''}`,
    cause: [
      shouldAnswer(facts, n),
      visible ? '' : 'The answer would not pass here; that the question was repeated shows that there was none.',
    ]
      .filter((text) => text !== '')
      .join(' '),
    subject: subjectOf(facts, n),
    evidence: n.questions.map((mark) => ({ mark, field: words.question })),
    count: n.asked,
    about,
    // Nobody has it because a tunnel goes there in vain, or because it is asked for in a tunnel that leads nowhere.
    under: facts.causes.ofAddress(n.target),
  });
}

/** It answered before: the host itself asked again and again in vain. */
function judgeStopped(facts: Facts, n: Neighbour, within: number, say: Say): void {
  if (n.askedByUs < n.asked) return;
  const open = !Number.isNaN(n.openSinceNs) && facts.nowNs - n.openSinceNs > within ? n.openCount : 0;
  const silent = n.unanswered + open;
  if (silent < RETRIES || n.questions.length === 0) return;
  const sinceNs = n.unanswered > 0 ? n.firstUnansweredNs : n.openSinceNs;
  // Asked in vain until it answered for the first time: it was late, and has not stopped.
  if (n.firstAnswer === null || n.firstAnswer.timeNs > sinceNs) return;
  const words = WORDS[n.kind];
  const until = open > 0 ? 'until the end of the capture' : 'for a while';
  say({
    verdict: 'fail',
    absence: true,
    key: `${n.target} stopped`,
    title: `${n.target} stopped answering ${words.what}`,
    message: `${facts.named(n.target)} answered on ${facts.interfaces.name(n.port)} before; ${silent} questions in a row got no answer, ${until}.`,
    cause: shouldAnswer(facts, n),
    subject: subjectOf(facts, n),
    evidence: n.questions.filter((mark) => mark.timeNs >= sinceNs).map((mark) => ({ mark, field: words.question })),
    count: silent,
    about: facts.neighbours.waitingFor(n, sinceNs),
  });
}

/** Linux asks three times before it gives up (neigh/default/mcast_solicit). */
const RETRIES = 3;

function shouldAnswer(facts: Facts, n: Neighbour): string {
  const address = facts.topology?.address(n.target) ?? null;
  const owner = facts.topology?.ownerOf(n.target)[0] ?? null;
  const who = owner?.node ?? (address !== null && address.owners.length > 0 ? address.owners.join(' or ') : null);
  if (who !== null) return `${who} should have answered.`;
  return address?.service ? `No node announces this address of ${address.service}.` : '';
}

const isEnd = (facts: Facts, uid: number, ip: Ip): boolean => {
  const conversation = facts.conversation(uid);
  return conversation !== null && (conversation.initiator.equals(ip) || conversation.responder.equals(ip));
};

/** Packets from the address come in here: it was answered where we do not see it. */
const isInUse = (facts: Facts, n: Neighbour): boolean => facts.ownership.livesBehind(n.source, n.target).exact;

function subjectOf(facts: Facts, n: Neighbour, macs: readonly number[] = []) {
  const { direction } = n.questions[0] ?? n.claims[0].first;
  return {
    src: n.askers.length > 0 ? String(n.askers[0]) : null,
    dst: String(n.target),
    proto: WORDS[n.kind].proto,
    target: String(n.target),
    interfaceOut: direction === 2 ? facts.interfaces.name(n.port) : null,
    interfaceIn: direction === 1 ? facts.interfaces.name(n.port) : null,
    macs: macs.map(macText),
    node: facts.captures[n.source].point,
  };
}

/** `08:00:27:d5:e8:d7 (k8s-ctr)`. */
function namedMac(facts: Facts, mac: number): string {
  const node = facts.topology?.nodeByMac(mac) ?? null;
  return node === null ? macText(mac) : `${macText(mac)} (${node})`;
}

/**
 * All who answer are forwarders of one GLBP group: its gateway hands out their virtual MACs (00:07:b4:xx:xx:xx, Cisco, "GLBP - Gateway Load
 * Balancing Protocol") in turn for the one address, which spreads the hosts over the routers.
 */
const isGlbp = ({ claims }: Neighbour): boolean =>
  claims.length > 0 && claims.every(({ mac }) => Math.floor(mac / 2 ** 24) === GLBP_PREFIX);
const GLBP_PREFIX = 0x0007b4;

/** Two MACs answer for one address at the same time. */
export function judgeDuplicates(facts: Facts, kind: Kind, say: Say): void {
  const words = WORDS[kind];
  for (const n of ofKind(facts, kind)) {
    if (isGlbp(n) || n.conflicts === 0) continue;
    const macs = n.claims.map((claim) => claim.mac);
    const nodes = new Set(macs.map((mac) => facts.topology?.nodeByMac(mac) ?? null));
    // One machine with two interfaces on the link answers for all its addresses on both, unless told otherwise.
    const flux = nodes.size === 1 && !nodes.has(null);
    const allowed = allowedMacs(facts, n.target);
    const wrong = allowed === null ? [] : macs.filter((mac) => !allowed.has(mac));
    say({
      verdict: 'fail',
      severity: flux ? 'warning' : 'error',
      key: `${n.target}`,
      title: `${macs.length} MACs answer for ${n.target}`,
      message: `${macs.map((mac) => namedMac(facts, mac)).join(' and ')} both send ${words.answer} for ${facts.named(n.target)} on ${facts.interfaces.name(n.port)}. Who asks takes the one that comes last, so connections break at random.`,
      cause: flux
        ? `Both are interfaces of ${[...nodes][0]} on the same link; net.ipv4.conf.all.arp_ignore=1 keeps one silent.`
        : wrong.length > 0 && wrong.length < macs.length
          ? `${wrong.map(macText).join(' and ')} does not own the address.`
          : '',
      subject: subjectOf(facts, n, macs),
      evidence: [
        ...n.claims.map((claim) => ({ mark: claim.first, field: words.claim, note: `says ${macText(claim.mac)}` })),
        ...n.conflictMarks.map((mark) => ({ mark, field: words.claim, note: 'while the other one answers too' })),
      ],
      count: n.conflicts,
      about: facts.withEnd(n.target),
    });
  }
}

/** The owner of an address changed; `flaps` picks those that change again and again. */
export function judgeChanges(facts: Facts, kind: Kind, flaps: boolean, say: Say): void {
  const words = WORDS[kind];
  for (const n of ofKind(facts, kind)) {
    if (isGlbp(n) || n.changeCount === 0 || n.conflicts > 0 || n.changeCount >= FLAPS !== flaps) continue;
    const last = n.changes[n.changes.length - 1];
    const gapNs = last.mark.timeNs - (n.claims.find((c) => c.mac === last.from)?.lastNs ?? last.mark.timeNs);
    const evidence: EvidenceDraft[] = [
      { mark: n.claims[0].first, field: words.claim, note: `says ${macText(n.claims[0].mac)}` },
      ...n.changes.map((change) => ({ mark: change.mark, field: words.claim, note: `says ${macText(change.to)}` })),
    ];
    const macs = [...new Set(n.changes.flatMap((change) => [change.from, change.to]))];
    say({
      verdict: 'fail',
      key: `${n.target}`,
      title: flaps ? `${n.target} changed its MAC ${n.changeCount} times` : `${n.target} moved to ${namedMac(facts, last.to)}`,
      message: flaps
        ? `${facts.named(n.target)} was answered for by ${macs.map((mac) => namedMac(facts, mac)).join(' and ')} in turn, on ${facts.interfaces.name(n.port)}.`
        : `${facts.named(n.target)} was at ${namedMac(facts, last.from)} and is now at ${namedMac(facts, last.to)}, ${last.announced ? 'announced' : 'without an announcement'} ${(gapNs / 1e9).toFixed(1)} s after the old one was last heard.`,
      subject: subjectOf(facts, n, macs),
      evidence,
      count: n.changeCount,
    });
  }
}

/** The answer comes from a machine that does not own the address. Without a topology nobody knows. */
export function judgeOwners(facts: Facts, kind: Kind, say: Say): void {
  const words = WORDS[kind];
  for (const n of ofKind(facts, kind)) {
    const allowed = n.claims.length === 0 ? null : allowedMacs(facts, n.target);
    if (allowed === null) continue;
    const wrong = n.claims.filter(
      (claim) =>
        !allowed.has(claim.mac) &&
        !isShared(claim.mac) &&
        !isProxy(facts, claim.mac, n.target) &&
        !isOwners(facts, claim.mac, n.target) &&
        !tookOver(facts, n, claim, allowed),
    );
    if (wrong.length === 0) continue;
    const owners = [...new Set(facts.topology?.ownerOf(n.target).flatMap((o) => (o.node === null ? [] : [o.node])) ?? [])];
    const macs = wrong.map((claim) => claim.mac);
    say({
      verdict: 'fail',
      key: `${n.target}`,
      title: `${n.target} is answered for by ${namedMac(facts, macs[0])}`,
      message: `${macs.map((mac) => namedMac(facts, mac)).join(' and ')} ${macs.length === 1 ? 'sends' : 'send'} ${words.answer} for ${facts.named(n.target)} on ${facts.interfaces.name(n.port)}; the address belongs to ${owners.join(' or ')} (${[...allowed].map(macText).join(', ')}).`,
      subject: subjectOf(facts, n, macs),
      evidence: wrong.map((claim) => ({ mark: claim.first, field: words.claim, note: `says ${macText(claim.mac)}` })),
      count: wrong.reduce((sum, claim) => sum + claim.count, 0),
      about: facts.withEnd(n.target),
      under: facts.causes.ofAny(facts.withEnd(n.target)),
    });
  }
}

/** MACs that may answer for the address; null when the topology does not know all of them. */
function allowedMacs(facts: Facts, target: Ip): Set<number> | null {
  const { topology } = facts;
  const owners = topology?.ownerOf(target) ?? [];
  if (topology === null || owners.length === 0) return null;
  const macs = new Set<number>();
  const listed = topology.address(target)?.mac ?? null;
  if (listed !== null) macs.add(listed);
  for (const owner of owners) {
    // Pods are behind their node, by proxy ARP or a bridge: any MAC may be right.
    if (owner.node === null || owner.what === 'pod' || owner.what === 'podCIDR' || owner.what === 'network') return null;
    const own = topology.answeringMacs(owner.node, target);
    if (own === null && listed === null) return null;
    for (const mac of own ?? []) macs.add(mac);
  }
  return macs;
}

/** Another interface of a node that owns the address: it answers for all its addresses on each of its links (arp_ignore 0). */
const isOwners = ({ topology }: Facts, mac: number, target: Ip): boolean => {
  const node = topology?.nodeByMac(mac) ?? null;
  return node !== null && topology?.ownerOf(target).some((owner) => owner.node === node) === true;
};

/** Virtual router MACs of VRRP (RFC 5798 section 7.3) and HSRP: they belong to whoever is master. */
const isShared = (mac: number): boolean => [0x5e0001, 0x5e0002, 0x0c07ac].includes(Math.floor(mac / 0x100));

/** A node of the lab announced that it has the address now, and the owner the topology knows has been silent since: a fail-over. */
const tookOver = (facts: Facts, n: Neighbour, { mac, announced, firstNs }: Claim, allowed: ReadonlySet<number>): boolean =>
  announced > 0 &&
  n.conflicts === 0 &&
  facts.topology?.nodeByMac(mac) != null &&
  n.claims.every((claim) => !allowed.has(claim.mac) || claim.lastNs < firstNs);

/** A router that answers for an address of another network (proxy ARP, RFC 1027). */
function isProxy(facts: Facts, mac: number, target: Ip): boolean {
  const own = facts.topology?.interfacesByMac(mac).flatMap((i) => i.addresses) ?? [];
  const near = own.filter((prefix) => prefix.address.family === target.family);
  return near.length > 0 && !near.some((prefix) => prefix.contains(target));
}
