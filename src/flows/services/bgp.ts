// BGP sessions: who opened, who went on, who ended it and why (RFC 4271). A peering is a pair of addresses, over all its connections.
import { header, markerAt, openOf, TYPE } from '../../../dissectors/bgp.js';
import { FLAG } from '../../../dissectors/tcp.js';
import { u16 } from '../../bytes/read.js';
import { Ip, Prefix } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

/** What one end of a peering did. */
export interface BgpSpeaker {
  readonly address: Ip;
  opens: number;
  firstOpen: Mark | null;
  lastOpenNs: number;
  as: number;
  /** Seconds. */
  holdTime: number;
  /** KEEPALIVE and UPDATE: it has accepted the other end's OPEN. */
  accepted: number;
  lastAcceptedNs: number;
  /** SYNs, and those with a TCP MD5 signature (RFC 2385) or authentication option (RFC 5925). */
  syns: number;
  signedSyns: number;
}

export interface BgpNotification {
  readonly from: Ip;
  readonly code: number;
  readonly subcode: number;
  readonly uid: number;
  readonly mark: Mark;
}

/** Routes that one end took back, and has not announced since. */
export interface Withdrawal {
  readonly prefix: Prefix;
  readonly by: Ip;
  readonly mark: Mark;
}

export interface BgpPeering {
  /** In the order in which they were heard. */
  readonly speakers: BgpSpeaker[];
  readonly notifications: BgpNotification[];
  notificationCount: number;
  lastNotificationNs: number;
  /** Times both ends had accepted each other's OPEN. */
  established: number;
  isUp: boolean;
  readonly conversations: Set<number>;
  /** By prefix. */
  readonly withdrawn: Map<string, Withdrawal>;
}

const MAX_PEERINGS = 1024;
const MAX_NOTIFICATIONS = 8;
const MAX_UIDS = 256;
/** Prefixes kept that one peering has withdrawn. */
const MAX_WITHDRAWN = 256;
/** Messages looked at in one segment. */
const MAX_MESSAGES = 64;
/** Flag and types of path attributes, RFC 4271 section 4.3 and RFC 4760. */
const EXTENDED = 0x10;
const MP_REACH = 14;
const MP_UNREACH = 15;
const UNICAST = 1;
/** TCP options of RFC 2385 and RFC 5925. */
const SIGNATURE = 19;
const AUTHENTICATION = 29;

export class BgpPeerings {
  private readonly peerings = new Bounded<string, BgpPeering>(MAX_PEERINGS, (one) =>
    one.notificationCount > 0 ? 2 : one.isUp ? 0 : 1,
  );
  private readonly from = new Ip();
  private readonly to = new Ip();
  private readonly room = new Uint8Array(16);

  get list(): Iterable<BgpPeering> {
    return this.peerings.values();
  }

  get forgotten(): number {
    return this.peerings.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { speakers, lastNotificationNs }] of this.peerings.entries())
      if (!(lastNotificationNs >= ns) && speakers.every((s) => !(s.lastOpenNs >= ns || s.lastAcceptedNs >= ns)))
        this.peerings.delete(key);
  }

  /** A segment with payload, or a SYN, from or to the port of BGP. */
  observe(p: Packet, uid: number): void {
    const { bytes, payloadAt, l4End: end } = p;
    const [net, size, family] = p.family === 4 ? ([12, 4, 4] as const) : ([8, 16, 6] as const);
    const from = this.from.read(bytes, p.netAt + net, family);
    const to = this.to.read(bytes, p.netAt + net + size, family);
    const peering = this.peering(from, to);
    if (peering.conversations.size < MAX_UIDS) peering.conversations.add(uid);
    const speaker = peering.speakers[peering.speakers[0].address.equals(from) ? 0 : 1];
    if ((p.flags & FLAG.syn) !== 0) {
      if ((p.flags & FLAG.ack) !== 0) return;
      speaker.syns++;
      if (isSigned(bytes, p.l4At + 20, Math.min(payloadAt, end))) speaker.signedSyns++;
      return;
    }
    let at = markerAt(bytes, payloadAt, end);
    for (let n = 0; n < MAX_MESSAGES && at >= 0 && at + header.size <= end; n++) {
      const length = header.get.length(bytes, at);
      if (length < header.size) return;
      this.message(peering, speaker, p, uid, at, Math.min(end, at + length));
      at += length;
    }
  }

  private message(peering: BgpPeering, speaker: BgpSpeaker, p: Packet, uid: number, at: number, end: number): void {
    const { bytes } = p;
    const body = at + header.size;
    switch (header.get.type(bytes, at)) {
      case TYPE.open: {
        const open = openOf(bytes, body, end);
        if (open === null) return;
        speaker.opens++;
        speaker.as = open.as;
        speaker.holdTime = open.holdTime;
        speaker.lastOpenNs = p.timeNs;
        speaker.firstOpen ??= mark(p);
        peering.isUp = false;
        break;
      }
      case TYPE.notification:
        if (body + 2 > end) return;
        peering.notificationCount++;
        peering.lastNotificationNs = p.timeNs;
        peering.isUp = false;
        if (peering.notifications.length < MAX_NOTIFICATIONS)
          peering.notifications.push({
            from: speaker.address,
            code: bytes[body],
            subcode: bytes[body + 1],
            uid,
            mark: mark(p),
          });
        break;
      default: {
        if (header.get.type(bytes, at) === TYPE.update) this.update(peering, speaker, p, body, end);
        speaker.accepted++;
        speaker.lastAcceptedNs = p.timeNs;
        const [a, b] = peering.speakers;
        const since = Math.max(a.lastOpenNs, b.lastOpenNs, peering.lastNotificationNs);
        if (!peering.isUp && a.lastAcceptedNs >= since && b.lastAcceptedNs >= since) {
          peering.isUp = true;
          peering.established++;
        }
      }
    }
  }

  /** RFC 4271 section 4.3; IPv6 in attributes of RFC 4760. */
  private update(peering: BgpPeering, speaker: BgpSpeaker, p: Packet, body: number, end: number): void {
    const { bytes: b } = p;
    if (body + 4 > end) return;
    const routes = body + 2 + u16(b, body);
    if (routes + 2 > end) return;
    const attributes = routes + 2 + u16(b, routes);
    if (attributes > end) return;
    this.prefixes(peering, speaker, p, body + 2, routes, 4, true);
    this.prefixes(peering, speaker, p, attributes, end, 4, false);
    for (let at = routes + 2; at + 3 <= attributes; ) {
      const isLong = (b[at] & EXTENDED) !== 0;
      const value = at + (isLong ? 4 : 3);
      const next = value + (isLong ? u16(b, at + 2) : b[at + 2]);
      if (next > attributes) return;
      const isReach = b[at + 1] === MP_REACH;
      if ((isReach || b[at + 1] === MP_UNREACH) && value + 5 <= next && u16(b, value) <= 2 && b[value + 2] === UNICAST)
        this.prefixes(
          peering,
          speaker,
          p,
          isReach ? value + 5 + b[value + 3] : value + 3,
          next,
          u16(b, value) === 1 ? 4 : 6,
          !isReach,
        );
      at = next;
    }
  }

  private prefixes(
    { withdrawn }: BgpPeering,
    { address: by }: BgpSpeaker,
    p: Packet,
    from: number,
    end: number,
    family: 4 | 6,
    isGone: boolean,
  ): void {
    for (let at = from; at < end; ) {
      const length = p.bytes[at];
      const size = (length + 7) >> 3;
      if (length > (family === 4 ? 32 : 128) || at + 1 + size > end) return;
      // A full table is announced once, and nothing of it has been taken back.
      if (isGone || withdrawn.size > 0) {
        this.room.fill(0).set(p.bytes.subarray(at + 1, at + 1 + size));
        const prefix = new Prefix(new Ip().read(this.room, 0, family).copy(), length);
        if (!isGone) withdrawn.delete(String(prefix));
        else if (withdrawn.size < MAX_WITHDRAWN) withdrawn.set(String(prefix), { prefix, by, mark: mark(p) });
      }
      at += 1 + size;
    }
  }

  private peering(from: Ip, to: Ip): BgpPeering {
    const key = from.compare(to) < 0 ? `${from} ${to}` : `${to} ${from}`;
    const known = this.peerings.get(key);
    if (known !== undefined) return known;
    const made: BgpPeering = {
      speakers: [speaker(from), speaker(to)],
      notifications: [],
      notificationCount: 0,
      lastNotificationNs: Number.NEGATIVE_INFINITY,
      established: 0,
      isUp: false,
      conversations: new Set(),
      withdrawn: new Map(),
    };
    this.peerings.add(key, made);
    return made;
  }
}

const speaker = (address: Ip): BgpSpeaker => ({
  address: address.copy(),
  opens: 0,
  firstOpen: null,
  lastOpenNs: Number.NEGATIVE_INFINITY,
  as: 0,
  holdTime: 0,
  accepted: 0,
  lastAcceptedNs: Number.NEGATIVE_INFINITY,
  syns: 0,
  signedSyns: 0,
});

/** Whether the TCP options in [at, end) have a signature. */
function isSigned(b: Uint8Array, at: number, end: number): boolean {
  for (let o = at; o < end && b[o] !== 0; ) {
    if (b[o] === SIGNATURE || b[o] === AUTHENTICATION) return true;
    if (b[o] === 1) o++;
    else if (o + 1 >= end || b[o + 1] < 2) return false;
    else o += b[o + 1];
  }
  return false;
}
