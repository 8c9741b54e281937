// What ARP and neighbour discovery have in common for the rules: the question is the same, only its wire form differs.

import { shown } from '../bytes/command.js';
import { macNumber as macText } from '../bytes/show.js';
import { isVirtual, type Shared } from '../facts/claims.js';
import type { Facts } from '../facts/facts.js';
import type { Change, FailedTest, Neighbour } from '../flows/neighbour.js';
import type { Ip } from '../topology/ip.js';
import type { EvidenceDraft, Say } from './rule.js';

export type Kind = Neighbour['kind'];

/** Words and display filter fields by kind. */
export const WORDS = {
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

export function subjectOf(facts: Facts, n: Neighbour, macs: readonly number[] = []) {
  const { direction } = n.questions[0] ?? n.claims[0]?.first ?? n.users[0]?.first ?? n.failedTests[0].probe;
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
export function namedMac(facts: Facts, mac: number): string {
  const node = facts.topology?.nodeByMac(mac) ?? null;
  return node === null ? macText(mac) : `${macText(mac)} (${node})`;
}

/** What is seen at several ports of a bridge, or under two tags, is one fault. */
class Once {
  private readonly said = new Set<string>();

  isNew(n: Neighbour, macs: readonly number[]): boolean {
    const key = `${n.source} ${n.target} ${[...macs].sort().join()}`;
    if (this.said.has(key)) return false;
    this.said.add(key);
    return true;
  }
}

/** Two machines use one address at the same time, or one wants it that another has. */
export function judgeDuplicates(facts: Facts, kind: Kind, say: Say): void {
  const tests = new Once();
  const twice = new Once();
  for (const n of ofKind(facts, kind)) {
    const test = facts.claims.failedTests(n)[0];
    if (test !== undefined && tests.isNew(n, [test.prober, test.otherMac])) sayFailedTest(facts, n, test, say);
    const shared = n.conflicts > 0 ? null : facts.claims.shared(n);
    const macs = shared?.macs ?? n.claims.map((claim) => claim.mac);
    if ((n.conflicts === 0 && shared === null) || !twice.isNew(n, macs)) continue;
    if (shared === null) sayConflict(facts, n, say);
    else sayShared(facts, n, shared, say);
  }
}

/**
 * Each of two machines answers pings of one address: more replies than requests, from two MACs in turns. What ARP or neighbour discovery says
 * is not needed, which may have happened before the capture.
 */
export function judgeAnsweredTwice(facts: Facts, kind: Kind, say: Say): void {
  const family = kind === 'arp' ? 4 : 6;
  const said = new Set<string>();
  for (const { isEcho, request, reply, responder, uid } of facts.strange()) {
    if (!isEcho || responder.family !== family || request.isToMany || responder.isMulticast) continue;
    const other = reply.stranger;
    const more = reply.packets - request.asked;
    if (other === null || other.returns === 0 || more < LEAST_TWICE || request.asked === 0 || said.has(String(responder)))
      continue;
    said.add(String(responder));
    // What was found by their claims says the same.
    if (facts.causes.ofAddress(responder) !== null) continue;
    const macs = [reply.firstSourceMac, other.mac];
    const { first } = reply;
    say({
      verdict: 'fail',
      key: `${responder} pings`,
      title: `2 MACs answer pings of ${responder}`,
      message: `${request.asked} ${request.asked === 1 ? 'ping' : 'pings'} of ${facts.named(responder)} got ${reply.packets} replies on ${facts.interfaces.name(first.port)}, from ${macs.map((mac) => namedMac(facts, mac)).join(' and ')} in turns: ${other.count} of them from the second one (ping marks them DUP!).`,
      cause: `Two machines have the address and get the same packets, or two routers each bring one of two copies: packets to ${responder} are copied on the way (a bridge that floods them, a mirror, a multicast MAC), and connections break at random.`,
      subject: {
        src: String(request.from),
        dst: String(responder),
        proto: kind === 'arp' ? 'icmp' : 'icmpv6',
        target: String(responder),
        interfaceIn: facts.interfaces.name(first.port),
        macs: macs.map(macText),
      },
      evidence: [
        { mark: first, field: 'eth.src', note: `from ${macText(macs[0])}` },
        { mark: other.first, field: 'eth.src', note: `from ${macText(macs[1])}` },
      ],
      count: more,
      about: [uid],
    });
  }
}

/** One reply too many may be a copy that the network made. */
const LEAST_TWICE = 2;

/** Two MACs answer for one address. */
function sayConflict(facts: Facts, n: Neighbour, say: Say): void {
  const words = WORDS[n.kind];
  const claims = n.claims.filter((claim) => !claim.weak);
  const macs = claims.map((claim) => claim.mac);
  // One gateway of several virtual MACs shares out its hosts (GLBP).
  if (macs.length < 2 || macs.every(isVirtual)) return;
  const nodes = new Set(macs.map((mac) => facts.topology?.nodeByMac(mac) ?? null));
  // One machine with two interfaces on the link answers for all its addresses on both, unless told otherwise.
  const flux = nodes.size === 1 && !nodes.has(null);
  const allowed = facts.claims.allowedMacs(n.target);
  const wrong = allowed === null ? [] : macs.filter((mac) => !allowed.has(mac));
  // Several nodes that have a service's address on a device that is not the link's answer for it by their own MACs.
  const service = facts.topology?.address(n.target) ?? null;
  const strict = n.kind === 'arp' && service !== null && nodes.size > 1 && !nodes.has(null);
  say({
    verdict: 'fail',
    severity: flux ? 'warning' : 'error',
    key: `${n.target}`,
    title: `${macs.length} MACs answer for ${n.target}`,
    message: `${macs.map((mac) => namedMac(facts, mac)).join(' and ')} ${macs.length === 2 ? 'both' : 'all'} send ${words.answer} for ${facts.named(n.target)} on ${facts.interfaces.name(n.port)}. Who asks takes the one that comes last, so connections break at random.`,
    cause: flux
      ? `Both are interfaces of ${[...nodes][0]} on the same link; net.ipv4.conf.all.arp_ignore=1 keeps one silent.`
      : wrong.length > 0 && wrong.length < macs.length
        ? `${wrong.map(macText).join(' and ')} does not own the address.`
        : strict
          ? 'All these nodes have the address, on a device such as kube-ipvs0 or lo, and answer for it on every link: net.ipv4.conf.all.arp_ignore=1 and arp_announce=2 (strictARP of kube-proxy) leave it to the one that announces it.'
          : '',
    subject: subjectOf(facts, n, macs),
    evidence: [
      ...claims.map((claim) => ({ mark: claim.first, field: words.claim, note: `says ${macText(claim.mac)}` })),
      ...n.conflictMarks.map((mark) => ({ mark, field: words.claim, note: 'while the other one answers too' })),
    ],
    count: n.conflicts,
    about: [...facts.withEnd(n.target), ...(flux ? [] : facts.claims.misled(n))],
  });
}

/** Two MACs use one address in what they ask. */
function sayShared(facts: Facts, n: Neighbour, { users, claims, macs }: Shared, say: Say): void {
  const words = WORDS[n.kind];
  const nodes = new Set(macs.map((mac) => facts.topology?.nodeByMac(mac) ?? null));
  const flux = nodes.size === 1 && !nodes.has(null);
  const allowed = facts.claims.allowedMacs(n.target);
  const wrong = allowed === null ? [] : macs.filter((mac) => !allowed.has(mac));
  say({
    verdict: 'fail',
    severity: flux ? 'warning' : 'error',
    key: `${n.target}`,
    title: `${macs.length} MACs use ${n.target}`,
    message: `${macs.map((mac) => namedMac(facts, mac)).join(' and ')} ask in turn on ${facts.interfaces.name(n.port)} with the sender address ${facts.named(n.target)}, and none of them has announced that it took it over. Answers go to the one that asked last.`,
    cause: flux
      ? `All are interfaces of ${[...nodes][0]} on the same link; net.ipv4.conf.all.arp_announce=2 makes it ask by the right one.`
      : wrong.length > 0 && wrong.length < macs.length
        ? `${wrong.map((mac) => namedMac(facts, mac)).join(' and ')} does not own the address.`
        : 'Any ARP packet, request or reply, with a sender address that another one uses is a conflict (RFC 5227 section 2.4).',
    subject: subjectOf(facts, n, macs),
    evidence: [
      ...[...users, ...claims].map((one) => ({ mark: one.first, field: words.claim, note: `says ${macText(one.mac)}` })),
      ...n.returnMarks.map((mark) => ({ mark, field: words.claim, note: 'after the other one' })),
    ],
    count: n.returns,
    about: facts.withEnd(n.target),
  });
}

/** A host tested whether the address is free, and it is not. */
function sayFailedTest(facts: Facts, n: Neighbour, test: FailedTest, say: Say): void {
  const { prober, otherMac, kind, weak } = test;
  const words = WORDS[n.kind];
  const [who, other] = [namedMac(facts, prober), namedMac(facts, otherMac)];
  const had = n.claims.some((claim) => claim.mac === prober && claim.firstNs < test.probe.timeNs);
  const spec = n.kind === 'arp' ? 'RFC 5227 section 2.1.1' : 'RFC 4862 section 5.4';
  say({
    verdict: 'fail',
    key: `${n.target} test`,
    title:
      kind === 'rival'
        ? `${who} and ${other} both test for ${n.target} at once`
        : `Duplicate address detection of ${n.target} by ${who} fails: ${other} has it`,
    message:
      kind === 'rival'
        ? `${who} and ${other} each test on ${facts.interfaces.name(n.port)} whether ${n.target} is free, at the same time: a duplicate address (duplicate address detection, ${spec}). Neither may take it.`
        : `${who}${had ? ', which had it before,' : ''} tests on ${facts.interfaces.name(n.port)} whether ${facts.named(n.target)} is free (duplicate address detection, ${spec}), and ${other} answers that it has it. So ${who} must not take the address, and what is sent to it goes to ${other}.`,
    cause: weak
      ? `The answer does not override (Override flag clear), as one for an anycast address${isSubnetRouter(n.target) ? ': with its zero host part this is the subnet-router anycast address of the link, for which every router answers (RFC 4291 section 2.6.1)' : ''}. An address of one interface must not be an anycast address too.`
      : kind === 'rival'
        ? 'Both are given the same address: by hand, by a copied image, or by two servers.'
        : '',
    hint: weak
      ? `Give ${who} another address than ${n.target}, with a host part that is not zero.`
      : 'Find both machines by their MACs, and give one of them another address.',
    subject: subjectOf(facts, n, [prober, otherMac]),
    evidence: [
      { mark: test.probe, field: words.question, note: `${macText(prober)} tests` },
      {
        mark: test.other,
        field: kind === 'rival' ? words.question : words.claim,
        note: `${macText(otherMac)} ${kind === 'rival' ? 'tests too' : 'has it'}`,
      },
    ],
    count: n.failedTests.length,
    about: facts.withEnd(n.target).filter((uid) => (facts.conversation(uid)?.lastNs ?? 0) >= test.probe.timeNs),
  });
}

/** The host part of a /64 is zero. */
const isSubnetRouter = (ip: Ip): boolean => ip.family === 6 && ip.c === 0 && ip.d === 0;

/** The owner of an address changed; `flaps` picks those that change again and again. */
export function judgeChanges(facts: Facts, kind: Kind, flaps: boolean, say: Say): void {
  const words = WORDS[kind];
  const once = new Once();
  for (const n of ofKind(facts, kind)) {
    if (n.changeCount === 0 || n.conflicts > 0 || n.changeCount >= FLAPS !== flaps) continue;
    if (n.changes.every((change) => isVirtual(change.from) && isVirtual(change.to)) || facts.claims.shared(n) !== null) continue;
    const last = n.changes[n.changes.length - 1];
    const gapNs = last.mark.timeNs - (n.claims.find((c) => c.mac === last.from)?.lastNs ?? last.mark.timeNs);
    const evidence: EvidenceDraft[] = [
      { mark: n.claims[0].first, field: words.claim, note: `says ${macText(n.claims[0].mac)}` },
      ...n.changes.map((change) => ({ mark: change.mark, field: words.claim, note: `says ${macText(change.to)}` })),
    ];
    const macs = [...new Set(n.changes.flatMap((change) => [change.from, change.to]))];
    if (!once.isNew(n, macs)) continue;
    const silent = flaps ? [] : silentSince(facts, n, last);
    if (silent.length > 0) {
      say({
        verdict: 'fail',
        severity: 'error',
        key: `${n.target} silent`,
        title: `${n.target} does not answer since it moved to ${namedMac(facts, last.to)}`,
        message: `${facts.named(n.target)} was at ${namedMac(facts, last.from)} and was answered for there. Since ${namedMac(facts, last.to)} ${last.announced ? 'announced the address' : 'answered for the address'}, ${silent.length === 1 ? 'a conversation' : `${silent.length} conversations`} with it ${silent.length === 1 ? 'goes' : 'go'} there and ${silent.length === 1 ? 'gets' : 'get'} no answer; none that began later got one.`,
        cause: `Who claims the address last gets its packets, and ${namedMac(facts, last.to)} does not take them: it has not got the address (any more), or its service is not up.`,
        hint: `On the machine with ${macText(last.to)}: has it the address, and is the service up? If not, let the rightful owner announce it (${shown`arping -A -I DEV ${n.target}`}), and find what announced it there (keepalived, MetalLB, a script).`,
        subject: subjectOf(facts, n, macs),
        evidence,
        count: silent.length,
        absence: true,
        about: silent,
      });
      continue;
    }
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

/**
 * Conversations with the address that began after it moved and whose sender repeats itself in vain, where those before were answered from the
 * MAC that it left and none since is answered from any; else none.
 */
function silentSince(facts: Facts, { target, source }: Neighbour, { mark, from, to }: Change): number[] {
  const broken: number[] = [];
  let worked = false;
  for (const uid of facts.withEnd(target)) {
    const conversation = facts.conversation(uid);
    if (conversation === null || !conversation.responder.equals(target)) continue;
    const { request, reply, isEcho, isTcp } = conversation;
    if (request.packets === 0 || request.first.source !== source) continue;
    if (request.firstNs < mark.timeNs) {
      worked ||= reply.packets > 0 && (reply.firstSourceMac === from || reply.firstSourceMac < 0);
      continue;
    }
    if (reply.packets > 0) return [];
    const isThere = request.firstDestinationMac === to || request.firstDestinationMac < 0;
    const isVain = isTcp ? request.syns > 1 : isEcho && request.lost >= VAIN_PINGS;
    if (isThere && isVain && facts.causes.of(conversation) === null) broken.push(uid);
  }
  return worked ? broken : [];
}

const VAIN_PINGS = 3;

/** The answer comes from a machine that does not own the address. Without a topology this is not known. */
export function judgeOwners(facts: Facts, kind: Kind, say: Say): void {
  const words = WORDS[kind];
  const outdated = [...facts.claims.outdated()].filter((n) => n.kind === kind);
  if (outdated.length > 0) sayOutdated(facts, outdated, say);
  const once = new Once();
  for (const n of ofKind(facts, kind)) {
    const wrong = outdated.includes(n) ? [] : facts.claims.wrong(n);
    if (wrong.length === 0 || !once.isNew(n, [])) continue;
    const allowed = facts.claims.allowedMacs(n.target) ?? [];
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

/** Many owners answer with other MACs than the topology has. */
function sayOutdated(facts: Facts, all: readonly Neighbour[], say: Say): void {
  const words = WORDS[all[0].kind];
  say({
    verdict: 'fail',
    severity: 'info',
    key: 'outdated',
    title: `The topology is older than this capture: ${all.length} addresses have other MACs`,
    message: `${all
      .slice(0, 3)
      .map((n) => `${facts.named(n.target)} answers from ${macText(n.claims[0].mac)}`)
      .join(', ')}${all.length > 3 ? ', and so on' : ''}: MACs that the topology has nowhere.`,
    cause: 'The machines were made anew since the topology was written.',
    hint: 'Import the topology again (hopscope topology import).',
    subject: { ...subjectOf(facts, all[0]), target: null, dst: null },
    evidence: all
      .slice(0, 6)
      .map((n) => ({ mark: n.claims[0].first, field: words.claim, note: `says ${macText(n.claims[0].mac)}` })),
    count: all.length,
  });
}
