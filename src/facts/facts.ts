// What the rules look at: the tracker's tables, the topology where there is one, and what the capture itself teaches.
import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import type { IcmpError } from '../flows/errors.js';
import type { Mark } from '../flows/mark.js';
import type { Neighbour } from '../flows/neighbours.js';
import { PROTO } from '../flows/packet.js';
import { unacknowledged } from '../flows/tcp.js';
import type { Tracker } from '../flows/tracker.js';
import type { Path, PathUse } from '../flows/uses.js';
import { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import { Tunnels } from './tunnels.js';

/** One capture of the run, as far as a rule may know it. What a rule calls a source is the first capture of a point: it stands for the node. */
export interface CapturePoint {
  readonly point: string;
  /** Names the capture where a point has several; the point's name when not given. */
  readonly label?: string;
  /** How far its clock is ahead of the run's, in nanoseconds. */
  readonly aheadNs?: number;
  /** The node of the topology it was taken on, or null. */
  readonly node: string | null;
  /** Frames lost according to the file; null where it does not say. */
  readonly dropped: number | null;
  /** The reading stopped early. */
  readonly broken: boolean;
  /** A capture filter is known to have been set (pcapng if_filter). */
  readonly filter: string | null;
  /** All interfaces of the node were captured (tcpdump -i any): what is not seen going out did not go out. */
  readonly everyInterface: boolean;
  /** Length of a frame's record in the file, by its captured bytes; without it there is no file. */
  readonly recordLength?: (captured: number) => number;
}

/** A packet going through a node: in by one interface, out by another (or the same); or made by the node: `entry` -1. */
export interface Crossing {
  readonly use: PathUse;
  readonly source: number;
  /** Index into `use.hops` of the last hop in, or -1, and of all hops out behind it. */
  readonly entry: number;
  readonly exits: readonly number[];
  /** Whom the node routes it to: the outer destination of an overlay packet. */
  readonly src: Ip;
  readonly dst: Ip;
  readonly edge: number;
  /** Where `entry` is -1 because the node translated the packet: the hop in of its other half. */
  readonly origin: { readonly c: number; readonly use: PathUse; readonly hop: number } | null;
}

/** What a path tells of the nodes it goes through. */
interface Sights {
  /** Direction of each hop, stated or worked out. */
  readonly directions: readonly number[];
  readonly travelled: readonly number[];
  readonly crossings: readonly Pick<Crossing, 'source' | 'entry' | 'exits' | 'edge'>[];
}

export class Facts {
  readonly topology: Topology | null;
  readonly captures: readonly CapturePoint[];
  /** Which finding explains a conversation (by uid): its number. */
  private readonly causes = new Map<number, number>();
  private slots: Map<number, number> | null = null;

  constructor(
    readonly tracker: Tracker,
    captures: readonly CapturePoint[],
    topology: Topology | null,
    /** The captures have ended: what is open now will not be answered any more. */
    readonly ended: boolean,
  ) {
    this.topology = topology;
    const everywhere = new Set(captures.flatMap(({ point, everyInterface }) => (everyInterface ? [point] : [])));
    this.captures = captures.map((capture) => ({ ...capture, everyInterface: everywhere.has(capture.point) }));
  }

  *conversations(): Iterable<number> {
    const t = this.tracker.conversations;
    for (let c = 0; c < t.used; c++) if (t.exists(c)) yield c;
  }

  /** Those that pass a test. */
  conversationsThat(test: (c: number) => boolean): number[] {
    const t = this.tracker.conversations;
    const found: number[] = [];
    for (let c = 0; c < t.used; c++) if (t.exists(c) && test(c)) found.push(c);
    return found;
  }

  uid(c: number): number {
    return this.tracker.conversations.uid[c];
  }

  /** The conversation with this uid, or -1 when it was forgotten. */
  slotOf(uid: number): number {
    if (this.slots === null) {
      // Only where somebody asks: facts are made anew several times a second while packets arrive.
      this.slots = new Map();
      for (const c of this.conversations()) this.slots.set(this.uid(c), c);
    }
    return this.slots.get(uid) ?? -1;
  }

  causeOf(c: number): number | null {
    return this.causes.get(this.uid(c)) ?? null;
  }

  /** The engine's: finding `number` explains these conversations and their translations, unless something before it does. */
  explain(uids: Iterable<number>, number: number): void {
    const add = (uid: number) => {
      if (!this.causes.has(uid)) this.causes.set(uid, number);
    };
    for (const uid of uids) {
      add(uid);
      const c = this.slotOf(uid);
      if (c >= 0) for (const other of this.translations(c)) add(this.uid(other));
    }
  }

  private readonly silent = new Map<string, number>();

  /** The engine's: finding `number` says that this address does not answer for itself on its link. */
  explainAddress(address: string, number: number): void {
    if (!this.silent.has(address)) this.silent.set(address, number);
  }

  /** The finding (of the neighbours group) that is about this address, or null. */
  causeOfAddress(ip: Ip): number | null {
    return this.silent.get(String(ip)) ?? null;
  }

  /** The same packets under other addresses or ports, before or behind a NAT: conversations. */
  translations(c: number): number[] {
    const found = new Set<number>();
    for (const way of [0, 1] as const)
      for (const use of this.tracker.journeys.usesOf(c, way)) {
        const other = use.translatedUid < 0 ? -1 : this.slotOf(use.translatedUid);
        if (other >= 0) found.add(other);
      }
    return [...found];
  }

  /** The conversations that a node turns this one into by translating the destination: the backends of a service. */
  translatedTo(c: number): number[] {
    const { firstFrame, firstNs } = this.tracker.conversations;
    // Frame numbers of one capture tell the order where its clock does not.
    const later = (a: number, b: number) =>
      firstNs[a] > firstNs[b] || (firstNs[a] === firstNs[b] && firstFrame[a] > firstFrame[b]);
    return this.translations(c).filter((other) => later(other * 2, c * 2) && !this.ip(other, 1).equals(this.ip(c, 1)));
  }

  /**
   * Packets leave by the interface that they came in on, so both ends may sit on that link, and answers go past this node: that none
   * were seen proves nothing.
   */
  answersMayBypass(c: number, way: number): boolean {
    const uses = this.uses(c, way);
    return (
      uses.length > 0 &&
      // More hops than two are a loop.
      uses.every((use) => {
        const here = this.hopsAt(use, this.lastNode(use).source);
        return here.length === 2 && this.isOnePlace(use.path.hops[here[0]].port, use.path.hops[here[1]].port);
      })
    );
  }

  /** An ICMP error speaks of packets to this address. */
  hasError(dst: Ip): boolean {
    this.erroneous ??= new Set([...this.tracker.errors.list].map((error) => String(error.dst)));
    return this.erroneous.has(String(dst));
  }
  private erroneous: Set<string> | null = null;

  /** Somebody reports that packets of this way had no hops left to live. */
  expires(c: number, way: number): boolean {
    if (this.expired === null) {
      this.expired = new Set();
      for (const error of this.tracker.errors.list) {
        if (error.kind !== 'ttl-exceeded') continue;
        const quoted = this.quoted(error);
        if (quoted.c >= 0) this.expired.add(quoted.c * 2 + quoted.way);
      }
    }
    return this.expired.has(c * 2 + way);
  }
  private expired: Set<number> | null = null;

  /** Somebody follows the path from `src` to `dst` on purpose, by packets with few hops to live (traceroute, tracepath, mtr). */
  traced(src: Ip, dst: Ip): boolean {
    if (this.traces === null) {
      this.traces = new Set();
      const { firstTtl } = this.tracker.conversations;
      for (const error of this.tracker.errors.list) {
        if (error.kind !== 'ttl-exceeded') continue;
        const { c, way } = this.quoted(error);
        const few = c >= 0 && firstTtl[c * 2 + way] < LEAST_FIRST_TTL;
        if (few || isTracePort(error.proto, error.dstPort)) this.traces.add(`${error.src} ${error.dst}`);
      }
    }
    return this.traces.has(`${src} ${dst}`);
  }
  private traces: Set<string> | null = null;

  /** The conversation that an ICMP error speaks of, and the way of the packet it quotes; `c` -1 when it was not seen. */
  quoted(error: Pick<IcmpError, 'src' | 'dst' | 'proto' | 'srcPort' | 'dstPort'>): { readonly c: number; readonly way: number } {
    const t = this.tracker.conversations;
    const c = t.find(error.src, error.dst, error.proto, error.srcPort, error.dstPort);
    return { c, way: c < 0 ? 0 : t.way };
  }

  /** Source (0) or destination (1) of a conversation, in the direction of the one who asked. */
  ip(c: number, end: 0 | 1): Ip {
    const words = end === 0 ? this.tracker.conversations.src : this.tracker.conversations.dst;
    return new Ip(words[c * 4], words[c * 4 + 1], words[c * 4 + 2], words[c * 4 + 3]);
  }

  /** Destination of the packets of one way. */
  towards(c: number, way: number): Ip {
    return this.ip(c, way === 0 ? 1 : 0);
  }

  uses(c: number, way: number): PathUse[] {
    return this.tracker.journeys.usesOf(c, way);
  }

  packets(c: number, way: number): number {
    return this.tracker.conversations.packets[c * 2 + way];
  }

  proto(c: number): number {
    return this.tracker.conversations.proto[c];
  }

  protoName(c: number): string {
    switch (this.proto(c)) {
      case PROTO.tcp:
        return 'tcp';
      case PROTO.udp:
        return 'udp';
      case PROTO.icmp:
        return 'icmp';
      case PROTO.icmpv6:
        return 'icmpv6';
      default:
        return String(this.proto(c));
    }
  }

  /** Source and destination port of TCP and UDP; null elsewhere. */
  ports(c: number): { srcPort: number | null; dstPort: number | null } {
    const t = this.tracker.conversations;
    const has = t.proto[c] === PROTO.tcp || t.proto[c] === PROTO.udp;
    return { srcPort: has ? t.srcPort[c] : null, dstPort: has ? t.dstPort[c] : null };
  }

  portName(port: number): string {
    return this.tracker.ports.name(port);
  }

  node(source: number): string | null {
    return this.captures[source].node;
  }

  /** Last moment any frame of the run was seen. */
  get nowNs(): number {
    return this.tracker.nowNs;
  }

  /** The first frame of one way. */
  firstMark(c: number, way: number): Mark {
    const t = this.tracker.conversations;
    const i = c * 2 + way;
    return {
      capture: t.firstCapture[i],
      source: t.firstSource[i],
      frame: t.firstFrame[i],
      fileOffset: t.firstOffset[i],
      length: t.firstLength[i],
      timeNs: t.firstNs[i],
      port: t.firstPort[i],
      direction: t.firstDirection[i],
      ttl: t.firstTtl[i],
    };
  }

  hopMark(use: PathUse, hop: number): Mark {
    const example = use.hops[hop];
    const { port, direction } = use.path.hops[hop];
    return { ...example, port, direction };
  }

  /** An echo conversation: its packets ask by nature. */
  isEcho(c: number): boolean {
    const proto = this.proto(c);
    const t = this.tracker.conversations;
    return (proto === PROTO.icmp || proto === PROTO.icmpv6) && (t.asked[c * 2] > 0 || t.asked[c * 2 + 1] > 0);
  }

  /**
   * Whether the packets of one way reached the other end: true when the other way proves it (an acknowledgement, a
   * reply), false when it should have been proven by now, null when nothing can be told.
   */
  delivered(c: number, way: number): boolean | null {
    const t = this.tracker.conversations;
    const i = c * 2 + way;
    const other = c * 2 + 1 - way;
    if (t.packets[i] === 0) return null;
    switch (t.proto[c]) {
      case PROTO.tcp: {
        if ((t.flags[other] & FLAG.ack) !== 0 && (t.flags[i] & (FLAG.syn | FLAG.fin)) + t.dataSegments[i] > 0) {
          const open = unacknowledged(t, c, way);
          if (open === 0) return true;
          // An acknowledgement of the SYN but of nothing behind it is no delivery of data.
          return t.dataSegments[i] > 0 && t.retransmissions[i] > 0 ? false : t.retransmissions[i] === 0 ? true : null;
        }
        if (t.packets[other] === 0 && this.goesOn(c, way)) return true;
        // A SYN, or a SYN-ACK, sent again and again.
        if ((t.flags[i] & FLAG.syn) !== 0) return (t.flags[other] & (FLAG.ack | FLAG.reset)) !== 0;
        return t.packets[other] > 0 ? null : t.dataSegments[i] > 0 ? false : null;
      }
      case PROTO.icmp:
      case PROTO.icmpv6:
        if (t.asked[i] === 0) return null;
        return t.packets[other] > 0;
      case PROTO.udp:
        // Nothing confirms a datagram but its answer: that a question was asked says nothing of the way of the answer.
        if (way === 1) return null;
        return t.packets[other] > 0 ? true : t.srcPort[c] !== 0 || t.dstPort[c] !== 0 ? false : null;
      default:
        return null;
    }
  }

  /** A TCP connection that was opened, and in which this side goes on: its peer must have answered, here or elsewhere. */
  goesOn(c: number, way: number): boolean {
    const t = this.tracker.conversations;
    const i = c * 2 + way;
    const both = FLAG.syn | FLAG.ack;
    return t.proto[c] === PROTO.tcp && (t.flags[i] & both) === both && t.dataSegments[i] > 0 && t.synCount[i] === 1;
  }

  /** Every time a node routed packets of this way, as far as its interfaces show it. */
  crossings(c: number, way: number): Crossing[] {
    const result: Crossing[] = [];
    for (const use of this.tracker.journeys.usesOf(c, way))
      for (const { source, entry, exits, edge } of this.sights(use).crossings) {
        const tunnel = edge >= 0 ? this.tracker.tunnels.list[edge] : null;
        result.push({
          use,
          source,
          entry,
          exits,
          src: tunnel?.src ?? this.towards(c, 1 - way),
          dst: tunnel?.dst ?? this.towards(c, way),
          edge,
          origin: entry < 0 && use.translatedUid >= 0 ? this.entryOf(use.translatedUid, this.uid(c), source) : null,
        });
      }
    return result;
  }

  /**
   * Hops of a path by which packets came into a node or left it, by number; all of them where the captures tell no directions.
   * A switch floods, and captures put interfaces into promiscuous mode: what a node merely sees passing is left out.
   */
  travelled(use: PathUse): readonly number[] {
    return this.sights(use).travelled;
  }

  /** What is the same for all that took a path: few paths serve many conversations. */
  private sights(use: PathUse): Sights {
    const { path } = use;
    const known = this.byPath.get(path);
    if (known !== undefined) return known;
    const { hops } = path;
    const all = [...hops.keys()];
    const directions = directionsOf(use);
    const took = all.filter((h) => directions[h] === DIRECTION.in || directions[h] === DIRECTION.out);
    const travelled = took.length > 0 ? took : all;
    const crossings: Sights['crossings'][number][] = [];
    const is = (i: number, source: number, direction: number): boolean =>
      i < travelled.length && hops[travelled[i]].source === source && directions[travelled[i]] === direction;
    for (let i = 0; i < travelled.length; ) {
      const { source } = hops[travelled[i]];
      let entry = -1;
      while (is(i, source, DIRECTION.in)) entry = travelled[i++];
      const exits: number[] = [];
      while (is(i, source, DIRECTION.out)) exits.push(travelled[i++]);
      if (exits.length > 0) crossings.push({ source, entry, exits, edge: hops[exits[exits.length - 1]].edge });
      else if (entry < 0) i++;
    }
    const sights = { directions, travelled, crossings };
    this.byPath.set(path, sights);
    return sights;
  }
  private readonly byPath = new Map<Path, Sights>();

  /** Which way a hop goes: as the capture states it, else as the hops to live tell it. */
  directionAt(use: PathUse, hop: number): number {
    return this.sights(use).directions[hop];
  }

  /** Hops of a path by which packets came into this node or left it. */
  hopsAt(use: PathUse, source: number): readonly number[] {
    return this.travelled(use).filter((h) => use.path.hops[h].source === source);
  }

  /** Where packets of this way first came into each node. */
  *entries(c: number, way: number): Iterable<{ readonly use: PathUse; readonly hop: number }> {
    for (const use of this.tracker.journeys.usesOf(c, way)) {
      const nodes = new Set<number>();
      for (const hop of this.travelled(use)) {
        const { source } = use.path.hops[hop];
        if (!nodes.has(source) && this.directionAt(use, hop) === DIRECTION.in) yield { use, hop };
        nodes.add(source);
      }
    }
  }

  /** The port by which the packets of this path first came into a node, as a hop of it; -1 when they did not. */
  entryAt(use: PathUse, source: number): number {
    const first = this.hopsAt(use, source)[0];
    return first !== undefined && this.directionAt(use, first) === DIRECTION.in ? first : -1;
  }

  /** The node that a path shows last: the first and the last hop there, and whether the packets only came into it. */
  lastNode(use: PathUse): { readonly source: number; readonly first: number; readonly hop: number; readonly onlyIn: boolean } {
    const travelled = this.travelled(use);
    const hop = travelled[travelled.length - 1];
    const { source } = use.path.hops[hop];
    const here = this.hopsAt(use, source);
    return { source, first: here[0], hop, onlyIn: here.every((h) => this.directionAt(use, h) === DIRECTION.in) };
  }

  /** The hop in of the packets of conversation `uid` that left translated as conversation `as`. */
  private entryOf(uid: number, as: number, source: number): Crossing['origin'] {
    const c = this.slotOf(uid);
    if (c < 0) return null;
    for (const way of [0, 1] as const)
      for (const use of this.tracker.journeys.usesOf(c, way)) {
        if (use.translatedUid !== as) continue;
        for (let h = use.path.hops.length - 1; h >= 0; h--)
          if (this.directionAt(use, h) === DIRECTION.in && use.path.hops[h].source === source) return { c, use, hop: h };
      }
    return null;
  }

  /** Uids of the conversations with this address at one end. */
  withEnd(ip: Ip): number[] {
    const uids: number[] = [];
    for (const c of this.conversations()) if (this.ip(c, 0).equals(ip) || this.ip(c, 1).equals(ip)) uids.push(this.uid(c));
    return uids;
  }

  /**
   * Uids of the conversations that wait for this neighbour since `sinceNs`: it is one end of them, or their next hop, by the
   * node's routes or because the node asked for it as soon as their packets came.
   */
  resolvedBy(n: Neighbour, sinceNs = Number.NEGATIVE_INFINITY): number[] {
    const t = this.tracker.conversations;
    const { byHop, stuck } = this.waiting();
    const uids = new Set<number>();
    for (const i of byHop.get(`${n.source} ${n.target}`) ?? []) if (t.lastNs[i] >= sinceNs) uids.add(t.uid[i >> 1]);
    if (n.askedByUs > 0)
      for (const { timeNs } of n.questions) {
        let at = lowerBound(stuck, (i) => t.firstNs[i] >= timeNs - ASKED_AT_ONCE_NS);
        for (; at < stuck.length && t.firstNs[stuck[at]] <= timeNs; at++)
          if (t.firstSource[stuck[at]] === n.source) uids.add(t.uid[stuck[at] >> 1]);
      }
    return [...uids];
  }

  /** Ways (conversation * 2 + way) that do not arrive: by source and destination or next hop; and those that leave no node, by time. */
  private waiting(): { readonly byHop: ReadonlyMap<string, readonly number[]>; readonly stuck: readonly number[] } {
    if (this.waits !== null) return this.waits;
    const t = this.tracker.conversations;
    const byHop = new Map<string, number[]>();
    const stuck: number[] = [];
    const add = (key: string, i: number) => {
      const known = byHop.get(key);
      if (known === undefined) byHop.set(key, [i]);
      else known.push(i);
    };
    for (const c of this.conversations())
      for (const way of [0, 1] as const) {
        const i = c * 2 + way;
        if (t.packets[i] === 0 || this.delivered(c, way) === true) continue;
        const dst = this.towards(c, way);
        for (const source of this.passes(c, way)) {
          add(`${source} ${dst}`, i);
          const node = this.node(source);
          const via = node === null ? null : (this.topology?.route(node, dst)?.via ?? null);
          if (via !== null) add(`${source} ${via}`, i);
        }
        if (!this.leaves(c, way)) stuck.push(i);
      }
    stuck.sort((x, y) => t.firstNs[x] - t.firstNs[y]);
    this.waits = { byHop, stuck };
    return this.waits;
  }
  private waits: ReturnType<Facts['waiting']> | null = null;

  /** Nodes where packets of this way were seen. */
  private passes(c: number, way: number): Set<number> {
    const sources = new Set([this.tracker.conversations.firstSource[c * 2 + way]]);
    for (const use of this.tracker.journeys.usesOf(c, way)) for (const { source } of use.hops) sources.add(source);
    return sources;
  }

  /** Packets of this way were seen going out of a node. */
  leaves(c: number, way: number): boolean {
    for (const use of this.tracker.journeys.usesOf(c, way))
      if (use.path.hops.some((_, h) => this.directionAt(use, h) === DIRECTION.out) || use.translatedUid >= 0) return true;
    return false;
  }

  /** Ports by which packets from this address, or from its /24 or /64, came in: where it lives. */
  livesBehind(source: number, ip: Ip): { readonly ports: ReadonlyMap<number, number>; readonly exact: boolean } {
    const map = this.residents();
    const exact = map.get(`${source} ${ip}`);
    if (exact !== undefined) return { ports: exact, exact: true };
    return { ports: map.get(`${source} ${guessedNetwork(ip)}`) ?? EMPTY, exact: false };
  }

  private residence: Map<string, Map<number, number>> | null = null;
  private locals: Set<string> | null = null;

  /** An address of the capturing node itself: known by the topology, or it sends what did not come in. */
  isOwn(source: number, ip: Ip): boolean {
    const node = this.node(source);
    if (node !== null && this.topology !== null) return this.topology.isLocal(node, ip);
    this.residents();
    return this.locals?.has(`${source} ${ip}`) ?? false;
  }

  private residents(): Map<string, Map<number, number>> {
    if (this.residence !== null) return this.residence;
    const map = new Map<string, Map<number, number>>();
    const locals = new Set<string>();
    const add = (key: string, port: number, count: number) => {
      let ports = map.get(key);
      if (ports === undefined) {
        ports = new Map();
        map.set(key, ports);
      }
      ports.set(port, (ports.get(port) ?? 0) + count);
    };
    const came = (source: number, ip: Ip, port: number, count: number) => {
      add(`${source} ${ip}`, port, count);
      add(`${source} ${guessedNetwork(ip)}`, port, count);
    };
    for (const c of this.conversations())
      for (const way of [0, 1] as const)
        for (const use of this.tracker.journeys.usesOf(c, way)) {
          let node = -1;
          let outside = -1;
          for (const h of this.travelled(use)) {
            const hop = use.path.hops[h];
            const { source } = hop;
            const direction = this.directionAt(use, h);
            const edge = hop.edge >= 0 ? this.tracker.tunnels.list[hop.edge] : null;
            if (source === node) {
              // Put into a tunnel here, or taken out of one: the end of the tunnel is this node.
              if (hop.edge >= 0 && outside < 0 && direction === DIRECTION.out) locals.add(`${source} ${edge?.src}`);
              if (hop.edge < 0 && outside >= 0) locals.add(`${source} ${this.tracker.tunnels.list[outside].dst}`);
              outside = hop.edge;
              continue;
            }
            outside = hop.edge;
            // Where the packet was first seen at each node.
            const src = edge?.src ?? this.towards(c, 1 - way);
            if (direction === DIRECTION.in) {
              came(source, src, hop.port, use.count);
              if (edge !== null) add(`${source} inner ${this.towards(c, 1 - way)}`, hop.port, use.count);
            } else if (node < 0 && direction === DIRECTION.out && use.translatedUid < 0) locals.add(`${source} ${src}`);
            node = source;
          }
        }
    for (const n of this.tracker.neighbours.list)
      for (const claim of n.claims)
        if (claim.first.direction === DIRECTION.in) came(n.source, n.target, claim.first.port, claim.count);
        // Who answers for an address, or asks with it, has it.
        else if (claim.first.direction === DIRECTION.out) locals.add(`${n.source} ${n.target}`);
    this.residence = map;
    this.locals = locals;
    return map;
  }

  /** Port by which the node got the packet it sent on, also where it translated it; null where that was not seen. */
  entryPort(x: Crossing): number | null {
    if (x.entry >= 0) return x.use.path.hops[x.entry].port;
    return x.origin === null ? null : x.origin.use.path.hops[x.origin.hop].port;
  }

  /** It left by the interface it had come in by: both ends are on one link, and answers need not pass the node. */
  isHairpin(x: Crossing): boolean {
    return x.entry >= 0 && this.isOnePlace(x.use.path.hops[x.entry].port, x.use.path.hops[x.exits[x.exits.length - 1]].port);
  }

  /** Both hops are at the same interface; unknown, so no, where the capture does not tell interfaces apart. */
  private isOnePlace(a: number, b: number): boolean {
    return a === b && this.tracker.ports.list[a].known;
  }

  /** Two interfaces of a node on one link: a VLAN and its parent, or those that share a MAC (a bridge or bond and its port). */
  sameLink(node: string, a: string, b: string): boolean {
    if (isParent(a, b)) return true;
    const mac = this.topology?.interfaceByName(node, a)?.mac ?? null;
    return mac !== null && mac === this.topology?.interfaceByName(node, b)?.mac;
  }

  portsOf(source: number): number[] {
    return this.tracker.ports.list.filter((port) => port.source === source).map((port) => port.id);
  }

  samePort(a: number, b: number): boolean {
    const { list } = this.tracker.ports;
    return a === b || (list[a].source === list[b].source && isParent(list[a].name, list[b].name));
  }

  /** Networks (guessed) of those who ask or answer for addresses at a port, with one address of each: what is on the link itself. */
  linkNetworks(port: number): ReadonlyMap<string, Ip> {
    if (this.links === null) {
      this.links = new Map();
      for (const n of this.tracker.neighbours.list) {
        const known = this.links.get(n.port) ?? new Map<string, Ip>();
        for (const ip of n.claims.length > 0 ? [n.target, ...n.askers] : n.askers) known.set(guessedNetwork(ip), ip);
        this.links.set(n.port, known);
      }
    }
    return this.links.get(port) ?? NO_NETWORKS;
  }
  private links: Map<number, Map<string, Ip>> | null = null;

  /** Some packet to this destination that left by this port is known to have arrived. */
  arrivesBy(source: number, port: number, dst: Ip): boolean {
    if (this.arrivals === null) {
      this.arrivals = new Set();
      for (const c of this.conversations())
        for (const way of [0, 1] as const)
          if (this.delivered(c, way) === true)
            for (const x of this.crossings(c, way))
              for (const h of x.exits) this.arrivals.add(`${x.source} ${x.use.path.hops[h].port} ${x.dst}`);
    }
    return this.arrivals.has(`${source} ${port} ${dst}`);
  }
  private arrivals: Set<string> | null = null;

  /** The node passes packets on: at least one was seen coming in and going out. */
  forwards(source: number): boolean {
    if (this.forwarders === null) {
      this.forwarders = new Set();
      for (const c of this.conversations())
        for (const way of [0, 1] as const)
          for (const x of this.crossings(c, way)) if (x.entry >= 0) this.forwarders.add(x.source);
    }
    return this.forwarders.has(source);
  }
  private forwarders: Set<number> | null = null;

  /** The node itself answers ARP or neighbour solicitations by this port. */
  answersOn(port: number): boolean {
    if (this.answering === null) {
      this.answering = new Set();
      for (const n of this.tracker.neighbours.list)
        for (const { first } of n.claims) if (first.direction === DIRECTION.out) this.answering.add(first.port);
    }
    return this.answering.has(port);
  }
  private answering: Set<number> | null = null;

  /** Packets of others were seen going out by this port. */
  forwardsBy(port: number): boolean {
    if (this.exits === null) {
      this.exits = new Set();
      for (const c of this.conversations())
        for (const way of [0, 1] as const)
          for (const x of this.crossings(c, way))
            if (x.entry >= 0 || x.origin !== null) for (const h of x.exits) this.exits.add(x.use.path.hops[h].port);
    }
    return this.exits.has(port);
  }
  private exits: Set<number> | null = null;

  /** The node that owns this address, where the topology knows just one. */
  nodeAt(ip: Ip): string | null {
    const owners = this.topology?.ownerOf(ip) ?? [];
    return owners.length === 1 ? owners[0].node : null;
  }

  /** The tunnels of the run. */
  get tunnels(): Tunnels {
    this.tunnelFacts ??= new Tunnels(this);
    return this.tunnelFacts;
  }
  private tunnelFacts: Tunnels | null = null;

  /** Packets may be missing from the capture: the kernel dropped some. */
  lossy(source: number): boolean {
    return this.lost(source) > 0;
  }

  /** Frames that the captures of this node lost. */
  lost(source: number): number {
    const { point } = this.captures[source];
    return this.captures.reduce((sum, capture) => sum + (capture.point === point ? (capture.dropped ?? 0) : 0), 0);
  }

  /**
   * What the capture was probably filtered to: it holds one transport protocol, perhaps one port of it, and neither ARP nor ICMP. Null where
   * there is more than that, or too little to tell.
   */
  looksFiltered(source: number): string | null {
    let known = this.filters.get(source);
    if (known === undefined) {
      known = this.filterSeen(source);
      this.filters.set(source, known);
    }
    return known;
  }
  private readonly filters = new Map<number, string | null>();

  private filterSeen(source: number): string | null {
    const t = this.tracker.conversations;
    if (this.tracker.sources[source].frames < LEAST_FRAMES) return null;
    for (const n of this.tracker.neighbours.list) if (n.source === source) return null;
    let proto = -1;
    let port = -1;
    for (const c of this.conversations()) {
      const way = t.packets[c * 2] > 0 ? 0 : 1;
      if (t.firstSource[c * 2 + way] !== source) continue;
      if (proto !== -1 && proto !== t.proto[c]) return null;
      port = proto === -1 || port === t.dstPort[c] ? t.dstPort[c] : 0;
      proto = t.proto[c];
    }
    if (proto !== PROTO.tcp && proto !== PROTO.udp) return null;
    return `${proto === PROTO.tcp ? 'tcp' : 'udp'}${port > 0 ? ` port ${port}` : ''}`;
  }

  /** Said behind a missing answer, where an ICMP error that would explain it cannot be in the capture. */
  filterRemark(source: number): string {
    const filtered = this.looksFiltered(source);
    return filtered === null ? '' : `The capture holds only ${filtered}: an ICMP error that tells more would not be in it.`;
  }

  /** The capture filter as far as it is known to keep only one half of conversations, or null. */
  halfFilter(source: number): string | null {
    const { filter } = this.captures[source];
    return filter !== null && ONE_WAY_FILTER.test(filter) ? filter : null;
  }

  /** `172.20.2.1 (default/webpod)`. */
  named(ip: Ip): string {
    const name = this.topology?.nameOf(ip) ?? null;
    return name === null ? String(ip) : `${ip} (${name})`;
  }
}

/** Senders start with 64 hops to live or more (RFC 1122 section 3.2.1.7), and paths have fewer than 32. */
const LEAST_FIRST_TTL = 32;

/** Ports that traceroute(8) (from 33434 on) and tracepath(8) (from 44444 on) count up from, one for each of at most 255 probes. */
export const isTracePort = (proto: number, port: number): boolean =>
  proto === PROTO.udp && ((port >= 33_434 && port < 33_434 + 255) || (port >= 44_444 && port < 44_444 + 255));

/** Fewer frames than these are of one kind by chance. */
const LEAST_FRAMES = 6;

/** pcap-filter(7): words that choose one direction, one flag or one type of message. */
const ONE_WAY_FILTER =
  /\b(src|dst|inbound|outbound|tcp-?flags|tcp-syn|tcp-ack|icmp6?-?type|icmp-echo(reply)?)\b|\b(tcp|icmp6?|ip6?|udp) *\[/;

const EMPTY: ReadonlyMap<number, number> = new Map();
const NO_NETWORKS: ReadonlyMap<string, Ip> = new Map();

/**
 * Ethernet captures state no directions. A packet that is seen on two interfaces of a node, on the second with a hop less to live, came
 * in by the first and left by the second; what is put into a tunnel on its way out, or taken out of one on its way in, goes along.
 */
function directionsOf(use: PathUse): number[] {
  const { hops } = use.path;
  const directions: number[] = hops.map((hop) => hop.direction);
  const inNode = (a: number, b: number): boolean =>
    hops[a].source === hops[b].source && hops[a].port !== hops[b].port && hops[b].direction === DIRECTION.unknown;
  for (let h = 1; h < hops.length; h++) {
    if (!inNode(h - 1, h) || hops[h - 1].direction !== DIRECTION.unknown) continue;
    const [a, b] = [use.hops[h - 1], use.hops[h]];
    const routed = hops[h - 1].edge === hops[h].edge && (a.outerTtl > 0 ? b.outerTtl === a.outerTtl - 1 : b.ttl === a.ttl - 1);
    if (!routed && (hops[h - 1].edge === hops[h].edge || b.ttl !== a.ttl - 1)) continue;
    directions[h - 1] = DIRECTION.in;
    directions[h] = DIRECTION.out;
  }
  for (let h = 1; h < hops.length; h++)
    if (directions[h] === DIRECTION.unknown && directions[h - 1] === DIRECTION.out && inNode(h - 1, h))
      directions[h] = DIRECTION.out;
  for (let h = hops.length - 2; h >= 0; h--)
    if (directions[h] === DIRECTION.unknown && directions[h + 1] === DIRECTION.in && inNode(h + 1, h))
      directions[h] = DIRECTION.in;
  return directions;
}

/** One name is the VLAN interface of the other: eth2 and eth2.20. */
const isParent = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

/** Index of the first value for which `holds` is true; the values before it are those for which it is not. */
function lowerBound(values: readonly number[], holds: (value: number) => boolean): number {
  let low = 0;
  for (let high = values.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (holds(values[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A node asks for the next hop as soon as it has a packet for it. */
const ASKED_AT_ONCE_NS = 5e6;

/** Network of an address for guessing who its neighbours are: /24 and /64, what pod CIDRs and links are usually made of. */
export const guessedNetwork = (ip: Ip): string =>
  ip.family === 4 ? `${new Ip(0, 0, 0xffff, (ip.d & 0xffffff00) >>> 0)}/24` : `${new Ip(ip.a, ip.b, 0, 0)}/64`;

/** RFC 1918, RFC 6598 and RFC 4193: never answered from the internet. */
export function isPrivate(ip: Ip): boolean {
  if (ip.family === 6) return ip.a >>> 25 === 0x7e;
  const { d } = ip;
  return d >>> 24 === 10 || d >>> 20 === 0xac1 || d >>> 16 === 0xc0a8 || d >>> 22 === 0x191;
}
