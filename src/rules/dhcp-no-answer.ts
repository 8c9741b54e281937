// A client asks for a lease, and no server answers.
import type { Facts } from '../facts/facts.js';
import type { LeaseClient } from '../facts/leases.js';
import type { LeaseExchange, Messages } from '../flows/services/dhcp.js';
import page from './dhcp-no-answer.md';
import { atLeast, rule, type Say } from './rule.js';

export default rule({
  id: 'dhcp-no-answer',
  title: 'A DHCP client gets no answer',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 2131 sections 3.1, 4.4.5; RFC 8415 section 15',
  hint: 'Is there a DHCP server or a relay on this link (VLAN), with free addresses in its pool? Capture on the server: do the questions arrive there?',
  page,
  options: { asked: atLeast(3, 'questions in a row without an answer') },
  judge(facts, say, { asked }) {
    for (const client of facts.leases.clients) {
      judge(facts, client, 'discover', asked, say);
      judge(facts, client, 'request', asked, say);
    }
  },
});

const NAMES = {
  4: { discover: 'DISCOVER', request: 'REQUEST', offer: 'OFFER', ack: 'ACK', what: 'DHCP' },
  6: { discover: 'SOLICIT', request: 'REQUEST', offer: 'ADVERTISE', ack: 'REPLY', what: 'DHCPv6' },
} as const;

function judge(facts: Facts, client: LeaseClient, step: 'discover' | 'request', enough: number, say: Say): void {
  const { leases } = facts;
  const silent: { readonly e: LeaseExchange; readonly asked: Messages }[] = [];
  // The last exchanges count: what a client got before or after is its lease.
  for (const e of client.exchanges) {
    const asked = step === 'discover' ? leases.discovers(e) : leases.requests(e);
    if (asked.count === 0) continue;
    const isAnswered = e.acks.count > 0 || e.naks.count > 0 || (step === 'discover' && leases.offers(e).count > 0);
    if (isAnswered) silent.length = 0;
    // The answer to a renewal is a unicast, which may not pass here.
    else if (step === 'discover' || leases.isRetried(asked)) silent.push({ e, asked });
  }
  const count = silent.reduce((sum, { asked }) => sum + asked.count, 0);
  if (count < enough) return;
  const names = NAMES[client.family];
  const lastNs = Math.max(...silent.map(({ asked }) => asked.lastNs));
  const firstNs = Math.min(...silent.map(({ asked }) => asked.firstNs));
  const seconds = Math.round((lastNs - firstNs) / 1e9);
  const server = silent.find(({ e }) => e.server !== null)?.e.server ?? null;
  const relay = silent.find(({ e }) => e.relay !== null)?.e.relay ?? null;
  const sent = step === 'discover' ? names.discover : names.request;
  const wanted = step === 'discover' ? names.offer : names.ack;
  // Where no router says that addresses are given out, no server has to answer (RFC 8415 section 18.2.1; RFC 4861 section 4.2).
  const isOptional = client.family === 6 && step === 'discover';
  say({
    verdict: 'fail',
    severity: isOptional ? 'info' : 'warning',
    confidence: 'medium',
    absence: true,
    key: `${client.family} ${client.name} ${step}`,
    title: `No ${names.what} ${step === 'discover' ? 'server offers an address to' : 'server answers the REQUESTs of'} ${client.name}`,
    message: `${client.name} sent ${count} ${sent}s in ${seconds} s${relay === null ? '' : ` (relayed by ${facts.named(relay)}${server === null ? '' : ` to ${facts.named(server)}`})`} and got no answer: no ${wanted} was seen, and it asks again.`,
    cause: isOptional
      ? 'Many hosts ask for addresses by DHCPv6 where there is no server.'
      : server === null
        ? 'No server and no relay hears it on this link, or its pool is empty.'
        : `${server} does not get the questions, has no pool for the network of ${relay}, or its answers are lost.`,
    subject: { proto: 'udp', src: client.family === 6 ? client.name : null, dst: server === null ? null : String(server) },
    evidence: silent.flatMap(({ asked }) =>
      asked.marks.slice(0, 2).map((mark) => ({
        mark,
        field: client.family === 4 ? 'dhcp.option.dhcp' : 'dhcpv6.msgtype',
        note: sent,
      })),
    ),
    count,
    about: silent.flatMap(({ e }) => [...e.conversations]),
  });
}
