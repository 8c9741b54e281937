// Two DHCP servers on one link that disagree about the network: one of them does not belong there.
import { ipv4 } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { LeaseServer } from '../flows/services/dhcp.js';
import { Ip } from '../topology/ip.js';
import page from './dhcp-two-servers.md';
import { entry, push, rule } from './rule.js';

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
    /** What each server has offered, of all exchanges. */
    const offered = new Map<string, LeaseServer[]>();
    for (const e of facts.leases.list) {
      const offers = e.servers.filter(({ address }) => !address.isUnspecified);
      for (const one of offers) push(offered, String(one.server), one);
      for (const a of offers)
        for (const b of offers) {
          if (a.server.compare(b.server) >= 0 || !(disagree(a, b) || nameOthers(a, b))) continue;
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
      // The clients of one of the two are cut off: it is the one that does not belong here.
      const harm = servers.map(({ server }) => harmOf(facts, offered.get(String(server)) ?? []));
      const bad = harm.findIndex(({ isCutOff, reached }, i) => isCutOff && !reached && !harm[1 - i].isCutOff);
      const stranger = bad < 0 ? null : servers[bad];
      if (bad >= 0) for (const uid of harm[bad].lost) about.add(uid);
      say({
        verdict: 'fail',
        severity: stranger !== null ? 'error' : disagree(a, b) ? undefined : 'info',
        key,
        title: `Two DHCP servers, ${a.server} and ${b.server}, offer different ${disagree(a, b) ? 'networks' : 'routers'}`,
        message: `On the same question ${offerText(facts, a)}, and ${offerText(facts, b)}. A client takes the one that comes first.${stranger === null ? '' : ` Nothing answers what is sent from the addresses of ${stranger.server}.`}`,
        cause:
          stranger === null
            ? 'One of the two does not belong on this link.'
            : `${stranger.server} does not belong on this link: who takes its address is cut off.`,
        subject: { src: String(a.server), dst: String(b.server), proto: 'udp' },
        evidence: servers.map((s) => ({ mark: s.first, field: 'dhcp.option.dhcp_server_id', note: `offers ${s.address}` })),
        count,
        about,
        silent: stranger === null || stranger.router === 0 ? [] : [Ip.v4(stranger.router)],
      });
    }
  },
});

/**
 * What became of the packets that came from addresses of one server: conversations (uids) that nothing answers, and whether others were; it
 * is cut off as well where the router that the server names is not there.
 */
function harmOf(
  facts: Facts,
  offers: readonly LeaseServer[],
): { readonly lost: readonly number[]; readonly reached: boolean; readonly isCutOff: boolean } {
  const own = new Set(offers.map(({ address }) => String(address)));
  const lost: number[] = [];
  let reached = false;
  for (const { request, reply, initiator, responder, uid } of facts.conversations()) {
    // The server itself is on the link, and speaks to its clients.
    if (!own.has(String(initiator)) || offers.some(({ server }) => server.equals(responder)) || request.isToMany) continue;
    if (reply.packets > 0) reached = true;
    else if (facts.delivery.isUnanswered(request)) lost.push(uid);
  }
  const isAlone = offers.some(({ router }) =>
    [...facts.neighbours.of(Ip.v4(router))].some(
      (n) => n.asked > 0 && n.answers === 0 && n.askers.some((ip) => own.has(String(ip))),
    ),
  );
  return { lost, reached, isCutOff: lost.length > 0 || isAlone };
}

/** The network is the same and the router is another; not where each gives itself for the router. */
const nameOthers = (a: LeaseServer, b: LeaseServer): boolean =>
  a.router !== b.router && a.router !== 0 && b.router !== 0 && (a.router !== a.server.d >>> 0 || b.router !== b.server.d >>> 0);

/** Servers that share the work offer addresses of one network with one router (RFC 2131 section 2.2 allows several). */
function disagree(a: LeaseServer, b: LeaseServer): boolean {
  return a.mask !== 0 && b.mask !== 0 && (a.mask !== b.mask || ((a.address.d ^ b.address.d) & a.mask) !== 0);
}

const offerText = (facts: Facts, s: LeaseServer): string =>
  `${facts.named(s.server)} offers ${s.address} (mask ${ipv4(s.mask)}${s.router === 0 ? '' : `, router ${ipv4(s.router)}`})`;
