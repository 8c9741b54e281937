// Sessions that should come up, and roles that one router should hold, as questions of the ledger: BGP, OSPF, IS-IS, BFD, VRRP and the like.
// A router that sends hellos where there is no other one asks nothing.

import type { Mark } from '../flows/mark.js';
import { BFD_STATE, type BfdSender } from '../flows/services/bfd.js';
import type { BgpPeering } from '../flows/services/bgp.js';
import type { IsisSystem } from '../flows/services/isis.js';
import type { OspfRouter } from '../flows/services/ospf.js';
import type { VirtualRouter } from '../flows/services/virtual-routers.js';
import { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { isDeaf, isOneLink, isStuck } from './ospf.js';
import type { Outcome } from './questions.js';

/** One session, and how it went. */
export interface Session {
  readonly outcome: Outcome;
  /** From the end that asks for it; null where it has no conversation. */
  readonly direction: Direction | null;
  readonly src: Ip;
  readonly dst: Ip;
  readonly first: Mark;
}

/** Both ends of BGP send their OPEN as soon as the connection is there. */
export const OPEN_NS = 5e9;
/** Sessions of BFD send a packet a second while they are down (RFC 5880 section 6.8.3), and are up after three or four. */
export const BFD_NS = 3e9;
/** Meetings of two masters that are no take-over. */
const TURNS = 3;

export function sessionsOf(facts: Facts): Session[] {
  const { services } = facts;
  return [
    ...Array.from(services.bgp.list, (one) => bgp(facts, one)),
    ...ospf(facts, [...services.ospf.list]),
    ...isis([...services.isis.list]),
    ...bfd(facts, [...services.bfd.list]),
    ...Array.from(services.virtualRouters.list, (one) => virtualRouter(facts, one)),
  ].filter((one) => one !== null);
}

/** When BGP and BFD sessions were up last, in ns, by conversation (uid): what was refused before is how a start goes. */
export function lastUp({ services }: Facts): ReadonlyMap<number, number> {
  const up = new Map<number, number>();
  for (const { isUp, conversations, speakers } of services.bgp.list)
    if (isUp) for (const uid of conversations) up.set(uid, Math.min(...speakers.map((one) => one.lastAcceptedNs)));
  for (const { state, uid, lastNs } of services.bfd.list) if (state === BFD_STATE.up) up.set(uid, lastNs);
  return up;
}

/** A peering; null where neither end has sent an OPEN, so that there is only its connection. */
function bgp(facts: Facts, peering: BgpPeering): Session | null {
  const { speakers, isUp, established, notificationCount, notifications, conversations } = peering;
  const [a, b] = speakers;
  const asker = b.firstOpen !== null && (a.firstOpen === null || b.firstOpen.timeNs < a.firstOpen.timeNs) ? b : a;
  const other = asker === a ? b : a;
  const opened = asker.firstOpen;
  // A session that was up before the capture began; what goes on is answered, also where one direction only was captured.
  if (opened === null) return null;
  const direction = directionOf(facts, conversations, asker.address);
  const session = (outcome: Outcome): Session => ({
    outcome,
    direction,
    src: asker.address,
    dst: other.address,
    first: opened,
  });
  // Neither has sent anything within the hold time (RFC 4271 section 4.2): the session is gone, without a NOTIFICATION.
  const holds = [asker.holdTime, other.holdTime].filter((seconds) => seconds > 0);
  const isSilent = facts.nowNs - Math.max(asker.lastAcceptedNs, other.lastAcceptedNs) > Math.min(...holds) * 1e9;
  if (isUp) return session(isSilent ? 'open' : 'answered');
  if (notificationCount > 0 && notifications.length > 0) return session('refused');
  if (facts.nowNs - Math.max(asker.lastOpenNs, other.lastOpenNs) < OPEN_NS) return session('notDue');
  // It was up, and begins anew.
  if (established > 0) return session('open');
  // The other end takes the connection and says nothing.
  if (other.opens + other.accepted === 0 && direction !== null && direction.other.packets > 0) return session('repeated');
  return session(direction !== null && facts.hearing.silence(direction) === 'hidden' ? 'hidden' : 'open');
}

/** Neighbours of each router: those seen on its link, and those it listed. */
function ospf(facts: Facts, routers: readonly OspfRouter[]): Session[] {
  const sessions: Session[] = [];
  for (const a of routers) {
    const session = (outcome: Outcome, dst: Ip, first: Mark): Session => ({
      outcome,
      direction: directionOf(facts, a.conversations, a.address),
      src: a.address,
      dst,
      first,
    });
    let hasPeer = false;
    for (const b of routers) {
      if (!isOneLink(a, b) || a.helloMarks.length === 0 || b.helloMarks.length === 0) continue;
      hasPeer = true;
      if (a.address.compare(b.address) > 0) continue;
      const hear = a.hears.includes(b.routerId) && b.hears.includes(a.routerId);
      const isDead = isStuck(a, b) || isDeaf(a, b) || isDeaf(b, a);
      sessions.push(session(isDead ? 'repeated' : hear ? 'answered' : 'notDue', b.address, a.helloMarks[0]));
    }
    const { dropped } = a;
    // A neighbour that it listed and no longer lists, and that is not heard.
    if (dropped !== null && !routers.some((b) => b.routerId === dropped.routerId && isOneLink(a, b)))
      sessions.push(session('open', Ip.v4(dropped.routerId), dropped.mark));
    else if (!hasPeer && a.hears.length > 0) sessions.push(session('answered', Ip.v4(a.hears[0]), a.helloMarks[0]));
  }
  return sessions;
}

function isis(systems: readonly IsisSystem[]): Session[] {
  const sessions: Session[] = [];
  for (const { a, b, isDeaf } of isisPairs(systems)) {
    // A rule says what has no address.
    if (isDeaf && b.address === null) continue;
    const [src, dst] = [a.address ?? UNKNOWN, b.address ?? UNKNOWN];
    const outcome = isDeaf ? 'repeated' : hearsIsis(a, b) && hearsIsis(b, a) ? 'answered' : 'notDue';
    sessions.push({ outcome, direction: null, src, dst, first: a.first });
  }
  return sessions;
}
const UNKNOWN = Ip.v4(0);

/** Two systems of one link. */
interface IsisPair {
  readonly a: IsisSystem;
  readonly b: IsisSystem;
  /** `a` does not hear `b`; the other way round it may be the same. */
  readonly isDeaf: boolean;
}

/** Those that should hear each other; the one that does not hear the other one comes first. */
export function* isisPairs(systems: readonly IsisSystem[]): Iterable<IsisPair> {
  for (const [n, a] of systems.entries())
    for (const b of systems.slice(n + 1)) {
      if (a.segment !== b.segment || a.system === b.system || (a.isOwn && b.isOwn)) continue;
      if (isUnheard(a, b)) yield { a, b, isDeaf: true };
      else if (isUnheard(b, a)) yield { a: b, b: a, isDeaf: true };
      else yield { a, b, isDeaf: false };
    }
}

/** Its hellos list the other one, or cannot. */
export const hearsIsis = (a: IsisSystem, b: IsisSystem): boolean =>
  a.hears === null || a.hears.includes(b.mac) || a.hears.includes(b.system);

/** `a` goes on for longer than it holds `b`, which is there all the time, and does not list it. */
export const isUnheard = (a: IsisSystem, b: IsisSystem): boolean =>
  !hearsIsis(a, b) && b.hellos > 2 && a.lastNs - b.first.timeNs > b.holdNs && a.lastNs - b.lastNs < b.holdNs;

function bfd(facts: Facts, senders: readonly BfdSender[]): Session[] {
  const byEnds = new Map(senders.map((one) => [`${one.from} ${one.to}`, one]));
  const sessions: Session[] = [];
  for (const one of senders) {
    const peer = byEnds.get(`${one.to} ${one.from}`) ?? null;
    if (peer !== null && one.from.compare(one.to) > 0) continue;
    const direction = directionOf(facts, [one.uid], one.from);
    sessions.push({ outcome: bfdOutcome(one, peer, facts.nowNs), direction, src: one.from, dst: one.to, first: one.first });
  }
  return sessions;
}

function bfdOutcome(one: BfdSender, peer: BfdSender | null, nowNs: number): Outcome {
  const states = peer === null ? [one.state] : [one.state, peer.state];
  // Up: it hears the other end, whether that was captured or not.
  if (states.every((state) => state === BFD_STATE.up)) return 'answered';
  if (states.includes(BFD_STATE.adminDown)) return 'refused';
  if (nowNs - one.first.timeNs <= BFD_NS || one.packets <= 4) return 'notDue';
  return peer === null ? 'open' : 'repeated';
}

/** A role: one holder is an answer, two are none. */
function virtualRouter(facts: Facts, { turns, masters, addresses }: VirtualRouter): Session | null {
  const [master] = masters;
  if (master === undefined) return null;
  return {
    outcome: turns >= TURNS && masters.length > 1 ? 'repeated' : 'answered',
    direction: directionOf(facts, [master.uid], master.address),
    src: master.address,
    dst: addresses[0] ?? master.address,
    first: master.last,
  };
}

/** The direction of one of these conversations (uids) that comes from `from`. */
function directionOf(facts: Facts, uids: Iterable<number>, from: Ip): Direction | null {
  let found: Direction | null = null;
  for (const uid of uids) {
    const direction = facts.conversation(uid)?.directions.find((one) => one.from.equals(from)) ?? null;
    // The one that carries something, where there are several.
    if (direction !== null && direction.packets > 0 && (found === null || direction.packets > found.packets)) found = direction;
  }
  return found;
}
