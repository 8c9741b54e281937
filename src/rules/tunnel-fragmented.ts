// Outer packets of a tunnel are cut into fragments on their way.
import { DIRECTION } from '../capture/frame.js';
import { tcpMss } from './mtu.js';
import { tunnelName } from './overlay.js';
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
  judge(world, say) {
    for (const link of world.overlay.links) {
      const cut = link.edges.filter((edge) => edge.fragments > 0);
      if (cut.length === 0) continue;
      const count = cut.reduce((sum, edge) => sum + edge.fragments, 0);
      const [edge] = cut;
      const first = cut.reduce((a, b) => ((b.firstFragment?.timeNs ?? 0) < (a.firstFragment?.timeNs ?? 0) ? b : a)).firstFragment;
      if (first === null) continue;
      const fragment = Math.max(...cut.map((e) => e.longestFragment));
      const whole = Math.max(...link.edges.map((e) => e.longest));
      const overhead = Math.max(...link.edges.map((e) => e.overhead));
      // Fragments are cut at multiples of eight bytes (RFC 791 section 3.2): the MTU is up to seven bytes more.
      const inside = fragment - overhead;
      const { point } = world.captures[first.source];
      const name = tunnelName(link.kind);
      const where = world.portName(first.port);
      const here = first.direction === DIRECTION.out && whole > fragment;
      const mss = tcpMss(inside, world.towards(link.carried[0]?.c ?? 0, link.carried[0]?.way ?? 0).family);
      say({
        verdict: 'fail',
        key: `${link.src} ${link.dst}`,
        title: `${name} packets from ${link.src} to ${link.dst} are fragmented${here ? ` by ${point}` : ''}`,
        message: `${here ? `${point} takes outer packets of ${whole} bytes and sends them by ${where} in fragments of at most ${fragment}` : `Outer packets ${first.direction === DIRECTION.out ? 'leave by' : 'arrive on'} ${where} in fragments of at most ${fragment} bytes`} (${count} seen). ${overhead > 0 ? `${name} adds ${overhead} bytes: inner packets of ${inside} bytes, a TCP MSS of ${mss}, would pass whole.` : 'Inner packets are too long for the links below the tunnel.'}`,
        cause: `The path from ${world.named(link.src)} to ${world.named(link.dst)} has an MTU of about ${fragment} bytes; the pods' MTU is made for more.`,
        subject: {
          src: String(link.src),
          dst: String(link.dst),
          proto: 'udp',
          dstPort: link.port,
          tunnel: link.kind,
          vni: cut.length === 1 ? edge.vni : null,
          interfaceOut: first.direction === DIRECTION.out ? where : null,
          interfaceIn: first.direction === DIRECTION.in ? where : null,
          node: here ? point : null,
        },
        evidence: cut
          .flatMap((e) =>
            e.firstFragment === null ? [] : [{ mark: e.firstFragment, field: 'ip.flags.mf', note: 'first fragment' }],
          )
          .slice(0, 4),
        count,
      });
    }
  },
});
