// Who is who on the wire, by MAC: who was heard sending, to which MAC packets were sent, and which MACs whom they are for may have.
import { push } from '../bytes/groups.js';
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
  /** It says so itself (ARP, neighbour discovery, or what it sends); else the topology does. */
  readonly claimed: boolean;
}

interface Speaker {
  readonly mac: number;
  readonly source: number;
  readonly port: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** Times to live that the usual systems begin with. */
const INITIAL_TTLS: ReadonlySet<number> = new Set([64, 128, 255]);

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

  /**
   * Another MAC from which a host of the link sends with this address, since before packets to it were lost; nothing comes with it from the MAC that
   * they are sent to any more, or nothing ever came from that one. Null where there is none.
   */
  speaker(direction: Direction, { dst, source, port, mac }: Delivered, use: PathUse): Receiver | null {
    // Of datagrams the answers may be a conversation of their own.
    if (!direction.conversation.isTcp && !direction.conversation.isEcho) return null;
    const all = (this.speakers().get(String(dst)) ?? []).filter((one) => one.source === source && one.port === port);
    const own = all.filter((one) => one.mac === mac);
    const stillNs = own.reduce((latest, { lastNs }) => Math.max(latest, lastNs), Number.NEGATIVE_INFINITY);
    const others = all.filter((one) => one.mac !== mac && one.firstNs > stillNs && one.firstNs < use.lastNs - HEARD_NS);
    const isNeverHeard =
      own.length === 0 && !this.isHeard(mac) && this.addressesOf(mac).length === 0 && !this.answering().has(mac);
    const isMoved = own.length > 0 && use.hops[0].timeNs > stillNs;
    const [first] = others;
    // Several at a time share the address on purpose; and where both ends have the sender's MAC, the capture shows none of their own.
    if (
      first === undefined ||
      first.mac === direction.firstSourceMac ||
      others.some((one) => one.mac !== first.mac) ||
      !(isMoved || isNeverHeard)
    )
      return null;
    return { ip: dst, node: null, macs: new Set([first.mac]), claimed: true };
  }
  /** MACs to which packets were sent that were answered: somebody is there, whoever the answers come from. */
  private readonly answering = lazy(() => {
    const found = new Set<number>();
    for (const direction of this.facts.directions())
      for (const use of direction.paths) if (use.answered > 0) found.add(this.lastDelivery(direction, use)?.mac ?? -1);
    return found;
  });
  /** By address: from which MACs packets came that no router had passed on. */
  private readonly speakers = lazy(() => {
    const found = new Map<string, Speaker[]>();
    for (const {
      packets,
      firstTtl,
      from,
      firstSource: source,
      firstPort: port,
      firstSourceMac: mac,
      firstNs,
      lastNs,
    } of this.facts.directions())
      if (packets > 0 && mac >= 0 && INITIAL_TTLS.has(firstTtl))
        push(found, String(from), { mac, source, port, firstNs, lastNs });
    return found;
  });

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
