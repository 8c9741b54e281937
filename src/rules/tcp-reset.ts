// A server, or something in its name, tears down a connection that was at work.

import type { Facts } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import { ODD } from '../flows/tracker.js';
import { type EvidenceDraft, entry, rule } from './rule.js';
import page from './tcp-reset.md';

interface Group {
  readonly c: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  foreign: string | null;
}

export default rule({
  id: 'tcp-reset',
  title: 'Connections are reset in the middle',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 9293 section 3.5.3',
  hint: 'Look into the log of the server for that moment; then at what keeps state between the ends (NAT, firewall, load balancer).',
  page,
  judge(facts, say) {
    const t = facts.tracker.conversations;
    const groups = new Map<string, Group>();
    for (const c of facts.conversations()) {
      // A client that resets has given up, which is its right.
      if (t.proto[c] !== PROTO.tcp || t.aborts[c * 2 + 1] === 0) continue;
      const under = facts.causeOf(c);
      const group = entry(groups, `${facts.ip(c, 1)} ${t.dstPort[c]} ${under}`, () => ({
        c,
        under,
        about: new Set<number>(),
        evidence: [],
        foreign: null,
      }));
      group.about.add(facts.uid(c));
      group.foreign ??= foreignTtl(facts, c);
      for (const mark of facts.tracker.oddities(c, ODD.reset, 1).slice(0, 1))
        if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.flags.reset' });
    }
    for (const { c, under: known, about, evidence, foreign } of groups.values()) {
      const server = facts.ip(c, 1);
      const port = t.dstPort[c];
      const packets = t.packets[c * 2] + t.packets[c * 2 + 1];
      say({
        verdict: 'fail',
        key: `${server} ${port}`,
        title: `${server} port ${port} resets ${about.size === 1 ? 'an open connection' : `${about.size} open connections`}`,
        message: `${about.size === 1 ? `The connection from ${facts.named(facts.ip(c, 0))}` : `${about.size} connections, the first from ${facts.named(facts.ip(c, 0))},`} to ${facts.named(server)} port ${port} got a reset from the server's address after ${packets} packets, before either side had closed.`,
        cause:
          foreign ??
          'The server process died or closed with data unread, or a box that lost its state of the connection answered in its name.',
        subject: {
          src: String(facts.ip(c, 0)),
          dst: String(server),
          proto: 'tcp',
          srcPort: about.size === 1 ? t.srcPort[c] : null,
          dstPort: port,
          target: String(server),
        },
        evidence,
        count: about.size,
        about,
        under: known ?? facts.causeOf(c),
      });
    }
  },
});

/** A reset that comes by the same interface with another time to live than the packets before it is of another maker. */
function foreignTtl(facts: Facts, c: number): string | null {
  const [reset] = facts.tracker.oddities(c, ODD.reset, 1);
  if (reset === undefined) return null;
  const first = facts.firstMark(c, 1);
  // Hosts send resets with another initial time to live now and then (64 or 255): only what differs by hops is telling.
  const differs = Math.abs(reset.ttl - first.ttl);
  if (reset.port !== first.port || reset.direction !== first.direction || differs === 0 || differs >= 32) return null;
  return `The reset has a time to live of ${reset.ttl}, the packets before it had ${first.ttl}: a box on the way made it.`;
}
