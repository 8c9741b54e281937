// Leases (DHCP), for those who judge: exchanges of one client together, and addresses that no client has yet.

import { groupedBy } from '../bytes/groups.js';
import { macNumber } from '../bytes/show.js';
import { PROTO } from '../flows/packet.js';
import { type LeaseExchange, lastOf, type Messages } from '../flows/services/dhcp.js';
import type { Ip } from '../topology/ip.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

/** A server looks whether an address is in use before it offers it, for so long at most: three ARP requests and a ping (RFC 2131 section 3.1). */
const PROBE_NS = 10e9;

/** Of servers and clients, RFC 2131 section 4.1 and RFC 8415 section 7.2. */
const DHCP_PORTS = new Set([67, 68, 546, 547]);
const RENEWAL_NS = 60e9;

export interface LeaseClient {
  readonly name: string;
  readonly family: 4 | 6;
  /** In the order in which they began. */
  readonly exchanges: readonly LeaseExchange[];
}

export class Leases {
  constructor(private readonly facts: Facts) {}

  get list(): Iterable<LeaseExchange> {
    return this.facts.services.leases.list;
  }

  get clients(): readonly LeaseClient[] {
    return this.byClient();
  }
  private readonly byClient = lazy(() => {
    const clients = groupedBy(this.list, ({ family, mac, client }) => `${family} ${family === 4 ? macNumber(mac) : client}`);
    return [...clients].map(([name, exchanges]) => ({ name: name.slice(2), family: exchanges[0].family, exchanges }));
  });

  /**
   * The address was on offer between these times and no client had it: a question for it then
   * tests whether it is free, or where the offer goes. Silence is right (RFC 2131 sections 2.2 and 3.1: the client has the address once it
   * is acknowledged).
   */
  isOnOffer(ip: Ip, fromNs: number, toNs: number): boolean {
    const offer = this.offered().get(String(ip));
    if (offer === undefined && this.unread()) return true;
    return offer !== undefined && fromNs >= offer.fromNs && toNs <= offer.toNs;
  }
  /** Leases are negotiated, and a text does not say for which addresses. */
  private readonly unread = lazy((): boolean => {
    if (!this.facts.captures.some(({ withUnknown }) => withUnknown === true)) return false;
    for (const { conversation, packets, toPort, first } of this.facts.directions())
      if (
        packets > 0 &&
        conversation.proto === PROTO.udp &&
        DHCP_PORTS.has(toPort) &&
        this.facts.captures[first.source].withUnknown === true
      )
        return true;
    return false;
  });
  private readonly offered = lazy(() => {
    const offers = new Map<string, { fromNs: number; toNs: number }>();
    for (const e of this.list) {
      // A lease that is renewed is in use.
      if (this.discovers(e).count === 0 && this.offers(e).count === 0) continue;
      const toNs = e.acks.count > 0 ? e.acks.firstNs : Number.POSITIVE_INFINITY;
      for (const { address, first } of e.servers) {
        if (address.isUnspecified) continue;
        const fromNs = (e.discovers.count > 0 ? Math.min(e.discovers.firstNs, first.timeNs) : first.timeNs) - PROBE_NS;
        const known = offers.get(String(address));
        if (known === undefined) offers.set(String(address), { fromNs, toNs });
        else {
          known.fromNs = Math.min(known.fromNs, fromNs);
          // Before the first acknowledgment no client had it; the one that got it then has it still.
          known.toNs = Math.min(known.toNs, toNs);
        }
      }
    }
    return offers;
  });

  /** Discovers, requests, offers of an exchange: those of the client itself where they were seen, else those that a relay passed on. */
  discovers = (e: LeaseExchange): Messages => (e.discovers.count >= e.relayedDiscovers.count ? e.discovers : e.relayedDiscovers);
  requests = (e: LeaseExchange): Messages => (e.requests.count >= e.relayedRequests.count ? e.requests : e.relayedRequests);
  offers = (e: LeaseExchange): Messages => (e.offers.count > 0 ? e.offers : e.toRelay);
  last = lastOf;
  /** Sent again because no answer came. A lease that is renewed is asked for again too, a minute after at the soonest (RFC 2131 section 4.4.5). */
  isRetried = ({ count, firstNs, lastNs }: Messages): boolean => count > 1 && (lastNs - firstNs) / (count - 1) < RENEWAL_NS;
}
