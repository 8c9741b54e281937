// Leases: what clients asked for, what servers offered, who took what. DHCP for IPv4 (RFC 2131) and for IPv6 (RFC 8415) go the same four steps:
// discover or solicit, offer or advertise, request, acknowledge or reply.
import { CLIENT_PORT, clientMac, header, MESSAGE, OPTION, optionAt } from '../../../dissectors/dhcp.js';
import { MESSAGE as MESSAGE6 } from '../../../dissectors/dhcpv6.js';
import { u24, u32 } from '../../bytes/read.js';
import { DIRECTION } from '../../capture/frame.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { CHECKSUM, transport } from '../checksums.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

/** Messages of one kind in one exchange. */
export interface Messages {
  count: number;
  firstNs: number;
  lastNs: number;
  /** The first few. */
  readonly marks: Mark[];
}

/** What one server offered. */
export interface LeaseServer {
  /** As it names itself (RFC 2132 section 9.7), else the sender. */
  readonly server: Ip;
  /** The address offered or acknowledged; unspecified where none was. */
  readonly address: Ip;
  /** Subnet mask and first router of the offer; 0 where it names none. */
  readonly mask: number;
  readonly router: number;
  readonly first: Mark;
}

/** One transaction of one client. */
export interface LeaseExchange {
  readonly family: 4 | 6;
  /** MAC (48 bits) of the client, -1 where the message does not say it; link-local address of a DHCPv6 client. */
  readonly mac: number;
  readonly client: Ip;
  readonly xid: number;
  /** Discover, Solicit. */
  readonly discovers: Messages;
  readonly offers: Messages;
  /** Request, Renew, Rebind. */
  readonly requests: Messages;
  readonly acks: Messages;
  readonly naks: Messages;
  /** Discovers and requests that a relay passed on to a server, and offers and acknowledgments from a server to a relay. */
  readonly relayedDiscovers: Messages;
  readonly relayedRequests: Messages;
  readonly toRelay: Messages;
  /** Of `toRelay`, those to the port of clients: a relay listens on that of servers (RFC 2131 section 4.1). */
  readonly wrongPort: Messages;
  /** Address of the relay (giaddr) and where it sends to, where there is one. */
  relay: Ip | null;
  server: Ip | null;
  /** Copies of offers that did not come from the capturing node itself, by what their UDP checksum is. */
  offersRight: number;
  offersWrong: number;
  readonly servers: LeaseServer[];
  /** Conversations of the messages (uids). */
  readonly conversations: Set<number>;
}

const MAX_EXCHANGES = 4096;
const MAX_MARKS = 4;
const MAX_SERVERS = 8;
const MAX_UIDS = 16;

const none = (): Messages => ({ count: 0, firstNs: Number.NaN, lastNs: Number.NaN, marks: [] });

export class Leases {
  private readonly exchanges = new Bounded<string, LeaseExchange>(MAX_EXCHANGES, standing);
  private readonly address = new Ip();
  private readonly target = new Ip();

  get list(): Iterable<LeaseExchange> {
    return this.exchanges.values();
  }

  get forgotten(): number {
    return this.exchanges.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, exchange] of this.exchanges.entries()) if (lastOf(exchange) < ns) this.exchanges.delete(key);
  }

  /** A datagram from or to a port of DHCP. `isNew`: not a copy of one that was seen before. */
  observe(p: Packet, uid: number, isNew: boolean): void {
    const { bytes, payloadAt: at, l4End: end } = p;
    if (at + header.size > end) return;
    const type = optionAt(bytes, at, end, OPTION.messageType);
    if (type < 0) return;
    const mac = clientMac(bytes, at, end);
    const xid = header.get.id(bytes, at);
    const e = this.exchange(`${mac} ${xid}`, 4, mac, NOBODY, xid);
    const relay = header.get['ip.relay'](bytes, at);
    const message = bytes[type];
    const isReply = message === MESSAGE.offer || message === MESSAGE.ack || message === MESSAGE.nak;
    if (isReply && p.direction !== DIRECTION.out && message === MESSAGE.offer) {
      const sum = transport(p);
      if (sum === CHECKSUM.right) e.offersRight++;
      else if (sum !== CHECKSUM.unknown) e.offersWrong++;
    }
    if (!isNew) return;
    if (e.conversations.size < MAX_UIDS) e.conversations.add(uid);
    const from = this.address.read(bytes, p.netAt + 12, 4);
    const sent = this.target.read(bytes, p.netAt + 16, 4);
    if (relay !== 0) {
      e.relay ??= Ip.v4(relay);
      if (!isReply && sent.d !== 0xffff_ffff) e.server ??= sent.copy();
    }
    // What a relay hands to the client has its address in it as well.
    const isRelayed = relay !== 0 && (!isReply || sent.d === relay);
    if (isRelayed && !isReply) {
      note(message === MESSAGE.discover ? e.relayedDiscovers : e.relayedRequests, p);
      return;
    }
    if (isRelayed) {
      note(e.toRelay, p);
      if (p.dstPort === CLIENT_PORT) note(e.wrongPort, p);
    }
    switch (message) {
      case MESSAGE.discover:
        note(e.discovers, p);
        break;
      case MESSAGE.offer:
        if (!isRelayed) note(e.offers, p);
        this.server(e, p, from);
        break;
      case MESSAGE.request:
        note(e.requests, p);
        break;
      case MESSAGE.ack:
        note(e.acks, p);
        this.server(e, p, from);
        break;
      case MESSAGE.nak:
        note(e.naks, p);
        this.server(e, p, from);
        break;
      default:
    }
  }

  /** The same of DHCPv6, RFC 8415 section 7.3. */
  observe6(p: Packet, uid: number, isNew: boolean): void {
    const { bytes, payloadAt: at, l4End: end } = p;
    if (at + 4 > end || !isNew) return;
    const type = bytes[at];
    const isReply = type === MESSAGE6.advertise || type === MESSAGE6.reply;
    const isQuestion =
      type === MESSAGE6.solicit || type === MESSAGE6.request || type === MESSAGE6.renew || type === MESSAGE6.rebind;
    if (!isReply && !isQuestion) return;
    const client = this.address.read(bytes, p.netAt + (isReply ? 24 : 8), 6);
    const xid = u24(bytes, at + 1);
    const key = `${client} ${xid}`;
    // An answer to a question of another kind (information, release).
    if (isReply && !this.exchanges.has(key)) return;
    const e = this.exchange(key, 6, -1, client, xid);
    if (e.conversations.size < MAX_UIDS) e.conversations.add(uid);
    note(
      type === MESSAGE6.solicit
        ? e.discovers
        : type === MESSAGE6.advertise
          ? e.offers
          : type === MESSAGE6.reply
            ? e.acks
            : e.requests,
      p,
    );
    if (isReply && e.servers.length === 0)
      e.servers.push({ server: new Ip().read(bytes, p.netAt + 8, 6), address: NOBODY, mask: 0, router: 0, first: mark(p) });
  }

  private server(e: LeaseExchange, p: Packet, from: Ip): void {
    const { bytes, payloadAt: at, l4End: end } = p;
    const named = optionAt(bytes, at, end, OPTION.server, 4);
    const server = named < 0 ? from.copy() : new Ip().read(bytes, named, 4);
    const address = Ip.v4(header.get['ip.your'](bytes, at));
    if (e.servers.length >= MAX_SERVERS) return;
    if (e.servers.some((s) => s.server.equals(server) && s.address.equals(address))) return;
    const mask = optionAt(bytes, at, end, OPTION.mask, 4);
    const router = optionAt(bytes, at, end, OPTION.router, 4);
    e.servers.push({
      server,
      address,
      mask: mask < 0 ? 0 : u32(bytes, mask),
      router: router < 0 ? 0 : u32(bytes, router),
      first: mark(p),
    });
  }

  private exchange(key: string, family: 4 | 6, mac: number, client: Ip, xid: number): LeaseExchange {
    const known = this.exchanges.get(key);
    if (known !== undefined) return known;
    const made: LeaseExchange = {
      family,
      mac,
      client: client.copy(),
      xid,
      discovers: none(),
      offers: none(),
      requests: none(),
      acks: none(),
      naks: none(),
      relayedDiscovers: none(),
      relayedRequests: none(),
      toRelay: none(),
      wrongPort: none(),
      relay: null,
      server: null,
      offersRight: 0,
      offersWrong: 0,
      servers: [],
      conversations: new Set(),
    };
    this.exchanges.add(key, made);
    return made;
  }
}

const NOBODY = new Ip(0, 0, 0xffff, 0);

/** Refused, or asked again; not acknowledged; done. */
function standing(e: LeaseExchange): number {
  if (e.naks.count > 0 || (e.acks.count === 0 && (e.discovers.count > 1 || e.requests.count > 1))) return 2;
  return e.acks.count === 0 ? 1 : 0;
}

function note(messages: Messages, p: Packet): void {
  if (messages.count++ === 0) messages.firstNs = p.timeNs;
  messages.lastNs = p.timeNs;
  if (messages.marks.length < MAX_MARKS) messages.marks.push(mark(p));
}

/** When anything of it was seen last. */
export function lastOf(e: LeaseExchange): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const { count, lastNs } of [
    e.discovers,
    e.offers,
    e.requests,
    e.acks,
    e.naks,
    e.relayedDiscovers,
    e.relayedRequests,
    e.toRelay,
  ])
    if (count > 0 && lastNs > last) last = lastNs;
  return last;
}
