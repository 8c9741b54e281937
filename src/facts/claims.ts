// Who says that it has an address, over time and by link: two at once, one after the other, one who lies. What the topology knows of
// owners is asked here too.

import { entry, push } from '../bytes/groups.js';
import { scattered } from '../bytes/mix.js';
import { DIRECTION } from '../capture/frame.js';
import type { Claim, FailedTest, Named, Neighbour, Use } from '../flows/neighbour.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

/** Virtual MACs of VRRP and CARP (RFC 9568 section 7.3), HSRP and GLBP: they belong to the master, and one gateway may have several. */
export const isVirtual = (mac: number): boolean =>
  VRRP.has(Math.floor(mac / 0x100)) || HSRP.has(Math.floor(mac / 0x1000)) || Math.floor(mac / 0x10000) === GLBP;
/** VRRP and CARP for IPv4 and IPv6, HSRP version 1: a group of one byte. */
const VRRP = new Set([0x5e0001, 0x5e0002, 0x0c07ac]);
/** HSRP version 2 for IPv4 and IPv6: a group of twelve bits. */
const HSRP = new Set([0xc9ff, 0x57_3a00]);
const GLBP = 0x7_b400;

/** Two MACs use one address without a word about it. */
export interface Shared {
  readonly users: readonly Use[];
  readonly claims: readonly Claim[];
  readonly macs: readonly number[];
}

/** One machine says that it has addresses of others, of which it knows better. */
export interface Poisoner {
  readonly mac: number;
  readonly victims: readonly { readonly n: Neighbour; readonly claim: Claim; readonly named: Named | null }[];
}

/** What goes to one MAC, as seen by one node. */
interface SentTo {
  /** When the last answer to any of it came. */
  answeredNs: number;
  readonly lost: Direction[];
}

const stationKey = (source: number, mac: number): string => `${source} ${mac}`;

export class Claims {
  constructor(private readonly facts: Facts) {}

  /**
   * MACs that take turns in using the address as the sender of what they ask (RFC 5227 section 2.4: any ARP packet claims its sender's
   * address), and never announce it, as who takes it over would; null when there is one, or when they are one machine.
   */
  shared(n: Neighbour): Shared | null {
    if (n.returns < 2 || n.users.length === 0 || n.claims.some((claim) => claim.announced > 0)) return null;
    const users = n.users.filter((use) => !isVirtual(use.mac));
    const claims = n.claims.filter((claim) => !claim.weak && !isVirtual(claim.mac));
    const macs = [...new Set([...users, ...claims].map(({ mac }) => mac))];
    // What goes out here is of this machine, by whichever of its interfaces.
    const others = macs.filter(
      (mac) => ![...users, ...claims].some((one) => one.mac === mac && one.first.direction === DIRECTION.out),
    );
    return macs.length > 1 && others.length > 0 ? { users, claims, macs } : null;
  }

  /**
   * Conversations (uids) that go by way of an address which two MACs answer for, and get lost by that: a claim came between what was answered
   * last and what was lost first, or all of it went to a MAC by which nothing is answered since there are two.
   */
  misled(n: Neighbour): number[] {
    const claims = n.claims.filter((claim) => !claim.weak).sort((a, b) => a.firstNs - b.firstNs);
    if (claims.length < 2) return [];
    const sinceNs = claims[1].firstNs;
    const changesNs = [
      ...claims.flatMap((claim) => [claim.firstNs, claim.lastNs]),
      ...n.conflictMarks.map((mark) => mark.timeNs),
    ];
    const found = new Set<number>();
    for (const { mac } of claims) {
      const sent = this.sentTo().get(stationKey(n.source, mac));
      for (const direction of sent?.lost ?? []) {
        const { phases } = direction;
        const begin = phases.findIndex(({ outcome }) => outcome === 'lost');
        const isMisled =
          begin > 0
            ? changesNs.some((ns) => ns > phases[begin - 1].toNs && ns <= phases[begin].fromNs)
            : direction.firstNs >= sinceNs && (sent as SentTo).answeredNs < sinceNs;
        if (isMisled) found.add(direction.conversation.uid);
      }
    }
    return [...found];
  }
  /** What was first sent to MACs that share an address with another, by node and MAC. */
  private readonly sentTo = lazy(() => {
    const { facts } = this;
    const found = new Map<string, SentTo>();
    for (const n of facts.neighbours.list)
      if (n.conflicts > 0)
        for (const { mac } of n.claims) found.set(stationKey(n.source, mac), { answeredNs: Number.NEGATIVE_INFINITY, lost: [] });
    if (found.size === 0) return found;
    for (const direction of facts.directions()) {
      if (direction.packets === 0) continue;
      const isLost = direction.lost > 0 || facts.delivery.of(direction) === false;
      for (const use of direction.paths)
        for (const [i, { source }] of use.path.hops.entries()) {
          const sent = found.get(stationKey(source, use.hops[i].destinationMac));
          if (sent === undefined) continue;
          if (isLost) sent.lost.push(direction);
          if (direction.answered > 0) sent.answeredNs = Math.max(sent.answeredNs, direction.other.lastNs);
        }
    }
    return found;
  });

  /** Tests for the address that failed: another host has it, or wants it at the same time. */
  failedTests(n: Neighbour): readonly FailedTest[] {
    return n.failedTests.filter(({ prober, otherMac, kind }) => {
      if (isVirtual(prober) || isVirtual(otherMac)) return false;
      // Who has another address here already looks whether one is free before it lends it, or for its user (RFC 2131 section 3.1).
      if (kind === 'defended' && n.kind === 'arp' && this.hasAnother(n, prober)) return false;
      const [a, b] = [this.nodeOf(prober), this.nodeOf(otherMac)];
      return a === null || a !== b;
    });
  }

  private hasAnother(n: Neighbour, mac: number): boolean {
    const known = this.addresses().get(`${n.source} ${mac}`);
    return known !== undefined && [...known].some((ip) => ip !== String(n.target));
  }

  /** Addresses that a MAC uses or claims at a node. */
  private readonly addresses = lazy(() => {
    const found = new Map<string, Set<string>>();
    const add = (n: Neighbour, mac: number) => entry(found, `${n.source} ${mac}`, () => new Set<string>()).add(String(n.target));
    for (const n of this.facts.neighbours.list) {
      for (const { mac } of n.users) add(n, mac);
      for (const { mac } of n.claims) add(n, mac);
    }
    return found;
  });

  /**
   * Machines that send replies to no question, and claim an address in them that they know to be at another MAC: they name it in the
   * replies to its owner, or ask for it themselves between two claims. A router that answers for others answers questions.
   */
  readonly poisoners = lazy((): readonly Poisoner[] => {
    const byMac = new Map<number, { n: Neighbour; claim: Claim; named: Named | null }[]>();
    for (const n of this.facts.neighbours.list)
      for (const claim of n.claims) {
        if (claim.pushed === 0 || isVirtual(claim.mac)) continue;
        const named = n.named.find((one) => one.by === claim.mac && one.as !== claim.mac) ?? null;
        const asks = claim.askedItself > 0 && claim.claimedAgain > 0 && n.claims.length > 1;
        if (named === null && !asks) continue;
        push(byMac, scattered(claim.mac), { n, claim, named });
      }
    return [...byMac.values()].map((victims) => ({ mac: victims[0].claim.mac, victims }));
  });

  /** MACs that may answer for the address; null when the topology does not know all of them. */
  allowedMacs(target: Ip): ReadonlySet<number> | null {
    const { topology } = this.facts;
    const owners = topology?.ownerOf(target) ?? [];
    if (topology === null || owners.length === 0) return null;
    const macs = new Set<number>();
    const listed = topology.address(target)?.mac ?? null;
    if (listed !== null) macs.add(listed);
    for (const owner of owners) {
      // Pods are behind their node, by proxy ARP or a bridge: any MAC may be right.
      // Who is connected to a network does not own what others have in it.
      if (owner.node === null || !owner.prefix.isHost || owner.what === 'pod' || owner.what === 'podCIDR') return null;
      const own = topology.answeringMacs(owner.node, target);
      if (own === null && listed === null) return null;
      for (const mac of own ?? []) macs.add(mac);
    }
    return macs;
  }

  /** Claims of machines that, by the topology, do not own the address, and have no good reason to answer for it. */
  wrong(n: Neighbour): readonly Claim[] {
    if (n.claims.length === 0) return [];
    const allowed = this.allowedMacs(n.target);
    if (allowed === null) return [];
    return n.claims.filter(
      (claim) =>
        claim.count > 0 &&
        !claim.weak &&
        !allowed.has(claim.mac) &&
        !isVirtual(claim.mac) &&
        !this.isOwners(claim.mac, n.target) &&
        !this.isProxy(claim.mac, n.target) &&
        !this.moved(n, claim, allowed),
    );
  }

  /** Another interface of a node that owns the address: it answers for all its addresses on each of its links (arp_ignore 0). */
  private isOwners(mac: number, target: Ip): boolean {
    const node = this.nodeOf(mac);
    return node !== null && this.facts.topology?.ownerOf(target).some((owner) => owner.node === node) === true;
  }

  /**
   * The address moved between this machine and the owner that the topology knows: one was silent when the other began. The topology tells
   * of one moment, before the move or after it.
   */
  private moved(n: Neighbour, claim: Claim, allowed: ReadonlySet<number>): boolean {
    if (n.conflicts > 0 || this.nodeOf(claim.mac) === null) return false;
    if (this.wasMaster(n, claim)) return true;
    // It may have announced itself at other ports of the switch only, or by asking with the address.
    const owners: { firstNs: number; lastNs: number }[] = [];
    for (const { source, claims, users } of this.facts.neighbours.of(n.target)) {
      if (source !== n.source) continue;
      for (const one of claims) if (allowed.has(one.mac)) owners.push(one);
      for (const one of users) if (allowed.has(one.mac)) owners.push({ firstNs: one.first.timeNs, lastNs: one.lastNs });
    }
    if (owners.length > 0 && owners.every((one) => one.firstNs > claim.lastNs)) return true;
    return claim.announced > 0 && owners.every((one) => one.lastNs < claim.firstNs);
  }

  /** It answered as the master of a virtual router, which another one is now (RFC 9568 section 6.4.3). */
  private wasMaster(n: Neighbour, claim: Claim): boolean {
    const node = this.nodeOf(claim.mac);
    for (const { addresses, masters, current } of this.facts.services.virtualRouters.list) {
      if (!addresses.some((virtual) => virtual.equals(n.target))) continue;
      const was = masters.find((m) => m.mac === claim.mac || this.facts.ownership.nodeAt(m.address) === node);
      if (
        was !== undefined &&
        was !== current &&
        was.sinceNs - MASTER_NS <= claim.firstNs &&
        claim.lastNs <= Math.max(was.lastNs, was.last.timeNs) + MASTER_NS
      )
        return true;
    }
    return false;
  }

  /**
   * A router that answers for an address which it reaches by another interface (proxy ARP, RFC 1027; RFC 4389), or which is of none of
   * its networks there.
   */
  isProxy(mac: number, target: Ip): boolean {
    const { topology } = this.facts;
    if (topology === null) return false;
    for (const { node, name, addresses } of topology.interfacesByMac(mac)) {
      const route = topology.isLocal(node, target) ? null : topology.route(node, target);
      if (route !== null && !route.prefix.isDefault && route.dev !== null && route.dev !== name) return true;
      const near = addresses.filter((prefix) => prefix.address.family === target.family);
      if (near.length > 0 && !near.some((prefix) => prefix.contains(target))) return true;
    }
    return false;
  }

  /**
   * Addresses whose owners answer with MACs that the topology does not know, where most do: the machines were made anew since, and the
   * topology is older than the capture. Empty when it is not.
   */
  readonly outdated = lazy((): ReadonlySet<Neighbour> => {
    const strange = new Set<Neighbour>();
    let right = 0;
    for (const n of this.facts.neighbours.list) {
      if (n.claims.length === 0 || this.allowedMacs(n.target) === null) continue;
      const wrong = this.wrong(n);
      if (wrong.length === 0) right++;
      else if (wrong.length === n.claims.length && wrong.every(({ mac }) => this.nodeOf(mac) === null)) strange.add(n);
    }
    const addresses = new Set(Array.from(strange, (n) => String(n.target)));
    const macs = new Set(Array.from(strange, (n) => n.claims[0].mac));
    // One machine that answers for all of them is another matter.
    return addresses.size >= REBUILT && macs.size > addresses.size / 2 && strange.size > right ? strange : new Set();
  });

  private nodeOf(mac: number): string | null {
    return this.facts.topology?.nodeByMac(mac) ?? null;
  }
}

/** A master answers from just before its first advertisement to just after its last one. */
const MASTER_NS = 3e9;

/** So many machines do not change their MACs one by one. */
const REBUILT = 3;
