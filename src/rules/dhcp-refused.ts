// A server refuses the lease that a client requests (NAK), again and again.
import type { LeaseExchange } from '../flows/services/dhcp.js';
import page from './dhcp-refused.md';
import { atLeast, rule } from './rule.js';

export default rule({
  id: 'dhcp-refused',
  title: 'A DHCP server refuses a lease',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 2131 sections 3.2, 4.3.2',
  hint: 'Which server sends the NAK, and does it know the network of the client? A second server that says no to leases of the first breaks it for all.',
  page,
  options: { refused: atLeast(2, 'NAKs without a lease after them') },
  judge(facts, say, { refused }) {
    for (const client of facts.leases.clients) {
      // A client that comes from another network is refused once, and gets a lease of this one (RFC 2131 section 3.2).
      const open: LeaseExchange[] = [];
      for (const e of client.exchanges) {
        if (e.acks.count > 0 && !(e.naks.lastNs > e.acks.lastNs)) open.length = 0;
        else if (e.naks.count > 0) open.push(e);
      }
      const count = open.reduce((sum, e) => sum + e.naks.count, 0);
      if (count < refused) continue;
      const servers = [...new Set(open.flatMap((e) => e.servers.map(({ server }) => String(server))))];
      say({
        verdict: 'fail',
        key: client.name,
        title: `DHCP server ${servers.join(', ')} refuses the lease of ${client.name}`,
        message: `${count} NAKs answered the REQUESTs of ${client.name}, and no ACK followed.`,
        cause:
          servers.length > 1
            ? `${servers.length} servers answer on this link: one offers what the other refuses.`
            : 'The client requests an address that the server does not have for this network, or that another client has.',
        subject: { src: servers[0] ?? null, proto: 'udp' },
        evidence: open.flatMap((e) => e.naks.marks.slice(0, 2).map((mark) => ({ mark, field: 'dhcp.option.dhcp', note: 'NAK' }))),
        count,
        about: open.flatMap((e) => [...e.conversations]),
      });
    }
  },
});
