// An address that a DHCP server has given to one client and that another machine uses.
import { macNumber as macText } from '../bytes/show.js';
import { isVirtual } from '../facts/claims.js';
import type { Facts } from '../facts/facts.js';
import type { LeaseExchange } from '../flows/services/dhcp.js';
import { namedMac, subjectOf, WORDS } from './neighbours.js';
import type { Say } from './rule.js';

/** A lease that is used by others has been seen in use so often: one ARP packet may be a test of the old owner's. */
const LEAST_USES = 2;

export function judgeLeased(facts: Facts, say: Say): void {
  const last = new Map<string, LeaseExchange>();
  for (const e of facts.leases.list)
    if (e.family === 4 && e.mac >= 0 && e.acks.count > 0)
      for (const { address } of e.servers) if (!address.isUnspecified) last.set(String(address), e);
  for (const e of last.values())
    for (const { address, first } of e.servers)
      for (const n of facts.neighbours.of(address)) {
        // Two that answer at once are reported as two.
        if (n.kind !== 'arp' || n.conflicts > 0 || facts.claims.shared(n) !== null || last.get(String(address)) !== e) continue;
        const strangers = [...n.claims.filter((claim) => !claim.weak), ...n.users].filter(
          ({ mac, count, lastNs }) => count >= LEAST_USES && lastNs > e.acks.lastNs && isStranger(facts, e, mac),
        );
        if (strangers.length === 0) continue;
        const [other] = strangers;
        say({
          verdict: 'fail',
          confidence: 'medium',
          key: `${address} leased`,
          title: `${address} is leased to ${namedMac(facts, e.mac)}, and ${namedMac(facts, other.mac)} uses it`,
          message: `A DHCP server acknowledged ${facts.named(address)} to the client ${namedMac(facts, e.mac)}. After that ${namedMac(facts, other.mac)} asks or answers on ${facts.interfaces.name(n.port)} with that address, which nobody gave it.`,
          cause: `${macText(other.mac)} has the address by hand, from another server, or from a lease that has run out.`,
          hint: 'Take the address from the machine that uses it without a lease, or exclude it from the range of the server; a server that probes before it offers (ping-check) finds it.',
          subject: subjectOf(facts, n, [e.mac, other.mac]),
          evidence: [
            ...e.acks.marks.slice(0, 1).map((mark) => ({ mark, field: 'dhcp.ip.your', note: `given to ${macText(e.mac)}` })),
            ...(e.acks.marks.length === 0 ? [{ mark: first, note: 'offered' }] : []),
            { mark: other.first, field: WORDS.arp.claim, note: `says ${macText(other.mac)}` },
          ],
          count: other.count,
          about: facts.withEnd(address),
        });
      }
}

/**
 * Neither the client, nor who speaks for it: the station that sends its messages (a repeater, a bridge that changes MACs), a router that
 * answers for others, or a virtual MAC.
 */
function isStranger(facts: Facts, e: LeaseExchange, mac: number): boolean {
  if (mac === e.mac || isVirtual(mac) || facts.stations.addressesOf(mac).length > 1) return false;
  for (const uid of e.conversations) {
    const conversation = facts.conversation(uid);
    if (conversation?.directions.some(({ packets, firstSourceMac }) => packets > 0 && firstSourceMac === mac)) return false;
  }
  return true;
}
