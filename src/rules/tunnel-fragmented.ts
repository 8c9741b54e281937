// Outer packets of a tunnel are cut into fragments on their way.
import { DIRECTION } from '../capture/frame.js';
import { type Link, tunnelName } from '../facts/tunnels.js';
import { tcpMss } from './mtu.js';
import { rule } from './rule.js';
import page from './tunnel-fragmented.md';

export default rule({
  id: 'tunnel-fragmented',
  title: 'Tunnelled packets are fragmented',
  group: 'tunnel',
  severity: 'warning',
  spec: 'RFC 7348 section 4.3',
  hint: 'Lower the MTU of the pods (or of the tunnel route) by what the tunnel adds, or raise the MTU of the links below.',
  page,
  judge(facts, say) {
    const { tunnels } = facts;
    const done = new Set<Link>();
    for (const link of tunnels.links) {
      const back = tunnels.back(link);
      if (done.has(link) || (back !== null && done.has(back))) continue;
      done.add(link);
      // Both directions cross the same links: one cause.
      const both = back === null ? [link] : [link, back];
      const edges = both.flatMap((x) => x.edges);
      const cut = edges.filter((edge) => edge.fragments > 0);
      const first = cut
        .map((edge) => edge.firstFragment)
        .reduce((a, b) => (a === null || (b !== null && b.timeNs < a.timeNs) ? b : a), null);
      if (first === null) continue;
      const count = cut.reduce((sum, edge) => sum + edge.fragments, 0);
      const fragment = Math.max(...cut.map((edge) => edge.longestFragment));
      const whole = Math.max(...edges.map((edge) => edge.longest));
      const overhead = Math.max(...edges.map((edge) => edge.overhead));
      const inside = fragment - overhead;
      const { point } = facts.captures[first.source];
      const name = tunnelName(link.kind);
      const where = facts.interfaces.name(first.port);
      const out = first.direction === DIRECTION.out;
      const here = out && whole > fragment;
      const mss = tcpMss(inside, (link.carried[0]?.direction.to ?? link.src).family);
      say({
        verdict: 'fail',
        key: [String(link.src), String(link.dst)].sort().join(' '),
        title: `${name} packets between ${link.src} and ${link.dst} are fragmented${here ? ` by ${point}` : ''}`,
        message: `${here ? `${point} takes outer packets of ${whole} bytes and sends them by ${where} in fragments of at most ${fragment}` : `Outer packets ${out ? 'leave by' : 'arrive on'} ${where} in fragments of at most ${fragment} bytes`} (${count} seen). ${overhead > 0 ? `${name} adds ${overhead} bytes: inner packets of ${inside} bytes, a TCP MSS of ${mss}, would pass whole.` : 'Inner packets are too long for the links below the tunnel.'}`,
        // Fragments are cut at multiples of eight bytes (RFC 791 section 3.2).
        cause: `A link between the two has an MTU of ${fragment} to ${fragment + 7} bytes; the MTU of the pods is made for more.`,
        subject: {
          src: String(link.src),
          dst: String(link.dst),
          proto: 'udp',
          dstPort: link.port,
          tunnel: link.kind,
          vni: cut.length === 1 ? cut[0].vni : null,
          interfaceOut: out ? where : null,
          interfaceIn: first.direction === DIRECTION.in ? where : null,
          node: here ? point : null,
        },
        evidence: cut
          .flatMap((edge) =>
            edge.firstFragment === null ? [] : [{ mark: edge.firstFragment, field: 'ip.flags.mf', note: 'first fragment' }],
          )
          .slice(0, 4),
        count,
      });
    }
  },
});
