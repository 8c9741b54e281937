// A DHCP server offers an address, and the client does not take it: it starts over.
import { macNumber } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { LeaseClient } from '../facts/leases.js';
import type { LeaseExchange } from '../flows/services/dhcp.js';
import page from './dhcp-offer-lost.md';
import { atLeast, type EvidenceDraft, rule, type Say } from './rule.js';

/** A client that was offered an address requests it within this time; it may have asked again just before. */
const AGAIN_NS = 1e9;

export default rule({
  id: 'dhcp-offer-lost',
  title: 'A DHCP offer is not taken',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 2131 sections 3.1, 4.1',
  hint: 'Capture on the client: does the OFFER arrive there, with a right checksum, and from the server that it wants?',
  page,
  options: { discovers: atLeast(2, 'DISCOVERs after an OFFER that show that it was not taken') },
  judge(facts, say, { discovers }) {
    for (const client of facts.leases.clients) {
      if (client.family !== 4) continue;
      for (const e of client.exchanges) judge(facts, client, e, discovers, say);
    }
  },
});

function judge(facts: Facts, client: LeaseClient, e: LeaseExchange, enough: number, say: Say): void {
  const { leases } = facts;
  const asked = leases.discovers(e);
  const offers = leases.offers(e);
  if (offers.count === 0 || leases.requests(e).count > 0 || e.acks.count > 0) return;
  const wrongPort = e.wrongPort.count > 0 && e.relay !== null;
  // Where DISCOVERs do not pass, the same offer again and again tells of them: a server offers once for each.
  const unseen = asked.count === 0;
  if (unseen && (offers.count <= enough || e.servers.length > 1 || offers.lastNs - offers.firstNs < AGAIN_NS)) return;
  // It starts over although it was offered an address. A second offer, from another server, is not taken by right.
  if (!unseen && (asked.count < enough || asked.lastNs - offers.firstNs < (offers.count > 1 ? 0 : AGAIN_NS))) return;
  // In another transaction it got one.
  if (client.exchanges.some((other) => other !== e && other.acks.count > 0 && leases.last(other) > offers.firstNs)) return;
  const [{ server, address }] = e.servers;
  const who = macNumber(e.mac);
  const relayOnly = e.offers.count === 0 && e.relay !== null;
  const checksum = e.offersWrong > 0 && e.offersRight === 0;
  const count = offers.count;
  const again = unseen ? 'it is offered again and again' : `${asked.count} DISCOVERs`;
  const many = `${count} ${count === 1 ? 'OFFER' : 'OFFERs'}`;
  const field = wrongPort ? 'udp.dstport' : checksum ? 'udp.checksum' : 'dhcp.option.dhcp';
  const evidence: EvidenceDraft[] = [
    ...offers.marks.slice(0, 3).map((mark) => ({ mark, field, note: `OFFER of ${address}` })),
    ...asked.marks.slice(-2).map((mark) => ({ mark, field: 'dhcp.option.dhcp', note: 'DISCOVER: the client starts over' })),
  ];
  const common = {
    verdict: 'fail',
    key: `${who} ${server}`,
    subject: { src: String(server), dst: String(address), proto: 'udp', target: String(address) },
    evidence,
    count,
    about: e.conversations,
    absence: true,
    under: facts.causes.ofAnyFault(e.conversations),
  } as const;
  if (wrongPort)
    say({
      ...common,
      title: `DHCP server ${server} answers relay ${e.relay} on port 68, it listens on 67`,
      message: `${many} of ${address} for ${who} went from ${facts.named(server)} to the relay ${facts.named(e.relay as NonNullable<typeof e.relay>)} port 68, and no REQUEST followed: the client starts over. A server must answer to port 67 of the relay (RFC 2131 section 4.1); port 68 is that of clients.`,
      cause: `The server does not treat ${e.relay} as a relay, or something between changes the port.`,
      hint: 'Correct the server, or a NAT rule between it and the relay, so that it answers to port 67 (bootps) of the relay.',
    });
  else if (relayOnly)
    say({
      ...common,
      title: `DHCP OFFERs of ${server} to relay ${e.relay} do not reach the client`,
      message: `${many} of ${address} for ${who} went from ${facts.named(server)} to the relay ${e.relay}. No REQUEST followed, and no OFFER to the client was seen here: the client starts over (${again}).`,
      cause: `They are lost on the way to ${e.relay}, or the relay does not pass them on.`,
      hint: `Capture on the relay on both sides. Does the server have a route to ${e.relay}, the relay's address on the client's link?`,
    });
  else
    say({
      ...common,
      title: `DHCP client ${who} does not take the OFFER of ${address}${checksum ? ': its checksum is wrong' : ''}`,
      message: `${facts.named(server)} offered ${address} to ${who} ${count === 1 ? 'once' : `${count} times`}; the client sent no REQUEST and started over (${again}).${checksum ? ` The UDP checksum of ${e.offersWrong === 1 ? 'the OFFER' : `all ${e.offersWrong} OFFERs`} is wrong where ${e.offersWrong === 1 ? 'it was' : 'they were'} seen on the way to the client.` : ''}`,
      cause: checksum
        ? 'A client that checks it drops the OFFER. The sender left the checksum to a network card that never saw the packet (checksum offload on a virtual link).'
        : 'The OFFER does not reach the client, or the client does not accept it (its checksum, its server, a filter).',
      ...(checksum
        ? {
            hint: 'Turn checksum offload off where the OFFER is sent (ethtool -K IFACE tx off), or fill the checksum in: iptables -t mangle -A POSTROUTING -p udp --dport 68 -j CHECKSUM --checksum-fill.',
          }
        : {}),
    });
}
