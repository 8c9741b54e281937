// A node spreads packets to one destination over several next hops, and those that take one of them are lost.
import { macNumber } from '../bytes/show.js';
import type { Leg } from '../facts/ways.js';
import page from './path-leg-dead.md';
import { rule } from './rule.js';

export default rule({
  id: 'path-leg-dead',
  title: 'One of several equal ways loses packets',
  group: 'path',
  severity: 'error',
  spec: 'RFC 2992',
  hint: 'Look at the next hop of that leg: is it up, does it forward, has it the routes there and back? Take it out of the route until it is mended.',
  page,
  judge(facts, say) {
    for (const { source, from, to, route, dead, good } of facts.ways.spreads()) {
      const { point } = facts.captures[source];
      const sameLink = good.some(({ port }) => port === dead.port);
      const text = ({ port, mac, hop }: Leg): string => {
        const name = facts.interfaces.name(port);
        if (sameLink && mac >= 0) return `${name} to ${macNumber(mac)}`;
        return hop === null || hop.via === null ? name : `${name} via ${hop.via}`;
      };
      const way = text(dead);
      const others = good.map(text).join(' and ');
      const flows = new Set(good.flatMap(({ about }) => [...about])).size;
      const some = dead.about.size === 1 ? 'a conversation' : `${dead.about.size} conversations`;
      say({
        verdict: 'fail',
        absence: true,
        confidence: route === null ? 'medium' : 'high',
        key: `${point} ${to} ${dead.port} ${dead.mac}`,
        title: `Packets to ${to} that leave ${point} by ${way} are lost, by ${others} they arrive`,
        message: `${point} sends packets from ${facts.named(from)} to ${facts.named(to)} by several ways at the same time. What leaves by ${way} gets no answer (${dead.packets} packets of ${some}); ${flows} conversations by ${others} are answered.`,
        cause: `${route === null ? 'A route with several equal next hops (ECMP), or a policy, shares' : `The route ${route.prefix} of ${point} has ${route.nexthops.length} equal next hops, and shares`} the conversations out. The next hop behind ${way} does not pass on what it gets, or what comes back from there is lost.`,
        subject: {
          src: String(from),
          dst: String(to),
          interfaceOut: facts.interfaces.name(dead.port),
          node: point,
          macs: dead.mac < 0 ? [] : [macNumber(dead.mac)],
        },
        evidence: [
          ...dead.firsts.map((mark) => ({ mark, field: 'ip.dst', note: 'no answer' })),
          ...good.slice(0, 2).map(({ firsts }) => ({ mark: firsts[0], field: 'ip.dst', note: 'answered' })),
        ],
        count: dead.packets,
        // A conversation that found a good way later has lost time only.
        about: dead.about,
        under: facts.causes.ofAny(dead.about),
      });
    }
  },
});
