// Two OSPF routers agree on everything that can be seen, and still do not become neighbours.
import { ipv4 } from '../bytes/show.js';
import { isDeaf, isOneLink, isStuck } from '../facts/ospf.js';
import page from './ospf-stuck.md';
import { rule } from './rule.js';

export default rule({
  id: 'ospf-stuck',
  title: 'An OSPF router does not hear another one',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 2328 sections 10.1, 10.3',
  hint: 'Capture on the router that does not hear: do the multicasts (224.0.0.5, ff02::5) arrive, does a filter drop protocol 89, is its key the same?',
  page,
  judge(facts, say) {
    const routers = [...facts.services.ospf.list];
    const seen = new Set<string>();
    for (const a of routers)
      for (const b of routers) {
        const key = `${a.address} ${b.address}`;
        if (!isOneLink(a, b) || seen.has(key)) continue;
        if (facts.causes.ofAny([...a.conversations]) !== null) continue;
        const common = {
          verdict: 'fail',
          absence: true,
          key,
          subject: { src: String(a.address), dst: String(b.address) },
          about: [...a.conversations, ...b.conversations],
        } as const;
        if (isDeaf(a, b)) {
          seen.add(key);
          const both = isDeaf(b, a);
          if (both) seen.add(`${b.address} ${a.address}`);
          const secret = a.said !== null && a.said.auth === CRYPTOGRAPHIC;
          say({
            ...common,
            title: both
              ? `OSPF routers ${a.address} and ${b.address} do not hear each other`
              : `OSPF router ${a.address} does not hear ${b.address}`,
            message: `${facts.named(b.address)} (router ID ${ipv4(b.routerId)}) sent ${b.hellos} hellos, and the hellos of ${facts.named(a.address)} do not list it as a neighbour${both ? ', nor the other way round' : ''}.`,
            cause: secret
              ? `The hellos do not reach ${a.address}, or their key differs: both use cryptographic authentication.`
              : `The hellos do not reach ${a.address}, or it drops them (a filter, an address of another network).`,
            evidence: [
              ...b.helloMarks.slice(0, 2).map((mark) => ({ mark, field: 'ospf.srcrouter', note: ipv4(b.routerId) })),
              ...a.helloMarks.slice(-2).map((mark) => ({ mark, field: 'ospf.hello.active_neighbor', note: 'does not list it' })),
            ],
            count: b.hellos,
          });
        } else if (a.address.compare(b.address) < 0 && a.mtu === b.mtu && isStuck(a, b)) {
          seen.add(key);
          say({
            ...common,
            title: `OSPF routers ${a.address} and ${b.address} do not get past ExStart`,
            message: `${a.inits + b.inits} first Database Descriptions were sent between ${facts.named(a.address)} and ${facts.named(b.address)}, and the exchange never went on. Both say interface MTU ${a.mtu}.`,
            cause:
              'Their unicast packets do not arrive, although the multicast hellos do (a filter, or a packet size that the link does not carry).',
            evidence: [a, b].flatMap((r) => r.initMarks.slice(0, 2).map((mark) => ({ mark, field: 'ospf.dbd.i' }))),
            count: a.inits + b.inits,
          });
        }
      }
  },
});

const CRYPTOGRAPHIC = 2;
