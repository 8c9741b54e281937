// Two DHCP servers on one link that disagree about the network: one of them does not belong there.
import { ipv4 } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { LeaseServer } from '../flows/services/dhcp.js';
import page from './dhcp-two-servers.md';
import { entry, rule } from './rule.js';

export default rule({
  id: 'dhcp-two-servers',
  title: 'Two DHCP servers disagree',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 2131 sections 2.2, 4.3.1',
  hint: 'Find the server that does not belong on this link by its MAC, and turn its DHCP off (a router plugged in by its LAN side, a virtual network bridged by mistake).',
  page,
  judge(facts, say) {
    const groups = new Map<
      string,
      { readonly servers: readonly [LeaseServer, LeaseServer]; readonly about: Set<number>; count: number }
    >();
    for (const e of facts.leases.list) {
      const offers = e.servers.filter(({ address }) => !address.isUnspecified);
      for (const a of offers)
        for (const b of offers) {
          if (a.server.compare(b.server) >= 0 || !disagree(a, b)) continue;
          const group = entry(groups, `${a.server} ${b.server}`, () => ({
            servers: [a, b] as const,
            about: new Set<number>(),
            count: 0,
          }));
          group.count++;
          for (const uid of e.conversations) group.about.add(uid);
        }
    }
    for (const [key, { servers, about, count }] of groups) {
      const [a, b] = servers;
      say({
        verdict: 'fail',
        key,
        title: `Two DHCP servers, ${a.server} and ${b.server}, offer different networks`,
        message: `On the same question ${offerText(facts, a)}, and ${offerText(facts, b)}. A client takes the one that comes first.`,
        cause: 'One of the two does not belong on this link.',
        subject: { src: String(a.server), dst: String(b.server), proto: 'udp' },
        evidence: servers.map((s) => ({ mark: s.first, field: 'dhcp.option.dhcp_server_id', note: `offers ${s.address}` })),
        count,
        about,
      });
    }
  },
});

/** Servers that share the work offer addresses of one network with one router (RFC 2131 section 2.2 allows several). */
function disagree(a: LeaseServer, b: LeaseServer): boolean {
  return a.mask !== 0 && b.mask !== 0 && (a.mask !== b.mask || ((a.address.d ^ b.address.d) & a.mask) !== 0);
}

const offerText = (facts: Facts, s: LeaseServer): string =>
  `${facts.named(s.server)} offers ${s.address} (mask ${ipv4(s.mask)}${s.router === 0 ? '' : `, router ${ipv4(s.router)}`})`;
