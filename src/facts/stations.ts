// Who is who on the wire, by MAC: who was heard sending, to which MAC packets were sent, and which MACs whom they are for may have.
import type { Neighbour } from '../flows/neighbour.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

/** A frame on its last link that was seen: sent to this MAC (48 bits), for this address. */
export interface Delivered {
  readonly hop: number;
  readonly source: number;
  readonly port: number;
  readonly mac: number;
  /** The end of the tunnel, where there is one. */
  readonly dst: Ip;
}

/** Where a packet should have been sent, on its link. */
export interface Receiver {
  /** The destination, or the gateway to it. */
  readonly ip: Ip;
  readonly node: string | null;
  /** MACs that it may have. */
  readonly macs: ReadonlySet<number>;
  /** It says so itself (ARP, neighbour discovery); else the topology does. */
  readonly claimed: boolean;
}

export class Stations {
  constructor(private readonly facts: Facts) {}

  /** To which MAC the packets of a path were sent last; null where it is not known (cooked captures), and for group addresses. */
  lastDelivery(direction: Direction, use: PathUse): Delivered | null {
    const hop = use.path.hops.length - 1;
    const { source, port, edge } = use.path.hops[hop];
    const { destinationMac: mac } = use.hops[hop];
    if (mac < 0 || isGroup(mac)) return null;
    return { hop, source, port, mac, dst: edge < 0 ? direction.to : this.facts.tunnels.edge(edge).dst };
  }

  /** A frame from this MAC was seen, at any point. */
  isHeard(mac: number): boolean {
    return this.heard().has(mac);
  }
  private readonly heard = lazy(() => {
    const found = new Set<number>();
    for (const direction of this.facts.exampleDirections()) if (direction.packets > 0) found.add(direction.firstSourceMac);
    for (const one of this.facts.bridges.resolutions) found.add(one.mac);
    return found as ReadonlySet<number>;
  });

  /** Addresses that this MAC says it has, the first few. */
  addressesOf(mac: number): readonly Ip[] {
    return this.claims().get(mac) ?? [];
  }
  private readonly claims = lazy(() => {
    const found = new Map<number, Ip[]>();
    for (const n of this.facts.neighbours.list)
      for (const { mac } of n.claims) {
        const known = found.get(mac) ?? [];
        if (known.length < 4 && !known.some((ip) => ip.equals(n.target))) found.set(mac, [...known, n.target]);
      }
    return found as ReadonlyMap<number, readonly Ip[]>;
  });

  /** Whose MAC should have received the frame, as the topology knows it, else as those who answer for the address say; null: unknown. */
  receiver(direction: Direction, sent: Delivered, use: PathUse): Receiver | null {
    const { source, port, hop, dst } = sent;
    return this.known(direction, sent) ?? this.claimed(source, port, dst, use.hops[hop].timeNs, use.lastNs);
  }

  private known(direction: Direction, { source, port, mac, dst }: Delivered): Receiver | null {
    const { topology, interfaces, ownership } = this.facts;
    if (topology === null) return null;
    const node = this.facts.node(source);
    const named = node === null ? null : topology.interfaceByName(node, interfaces.name(port));
    const sender = direction.firstPort === port ? topology.interfacesByMac(direction.firstSourceMac) : [];
    // Who sent it is connected to the network of the destination: it should have gone there directly.
    const near = sender.length > 0 ? sender : named === null ? [] : [named];
    const isNear = near.some(({ addresses }) => addresses.some((prefix) => prefix.contains(dst)));
    // The node that has the MAC was sent the frame: its own routes say nothing of where the sender should have sent it.
    const isReceiver = sender.length === 0 && node !== null && topology.nodeByMac(mac) === node;
    const from = !isReceiver && near.length > 0 && near.every((i) => i.node === near[0].node) ? near[0].node : null;
    const via = isNear || from === null ? null : (topology.rightNextHop(from, dst)?.ip ?? null);
    const ip = isNear ? dst : via;
    const owner = ip === null ? null : ownership.nodeAt(ip);
    const macs = ip === null || owner === null ? null : topology.answeringMacs(owner, ip);
    return ip === null || macs === null ? null : { ip, node: owner, macs: new Set(macs), claimed: false };
  }

  private claimed(source: number, port: number, dst: Ip, timeNs: number, lastNs: number): Receiver | null {
    for (const n of this.facts.neighbours.of(dst)) {
      if (n.source !== source || n.port !== port || n.conflicts > 0 || n.claims.length === 0) continue;
      // Who claims the address after the packets were sent need not have had it then.
      const held = n.claims.filter(({ mac, firstNs }) => firstNs < lastNs - HEARD_NS && mayHold(n, mac, timeNs));
      const macs = new Set(held.map(({ mac }) => mac));
      return { ip: dst, node: null, macs, claimed: true };
    }
    return null;
  }
}

/** It had the address when the frame was sent: no other MAC had taken it over before. The asker has a moment to learn of a change. */
function mayHold(n: Neighbour, mac: number, timeNs: number): boolean {
  let last = -1;
  for (const change of n.changes) {
    if (change.from === mac) last = change.mark.timeNs;
    if (change.to === mac) last = -1;
  }
  return last < 0 || timeNs < last + HEARD_NS;
}
const HEARD_NS = 1e9;

/** The group bit (IEEE 802 clause 8). */
const isGroup = (mac: number): boolean => Math.floor(mac / 0x100_0000_0000) % 2 === 1;
