// Packets travel inside a tunnel that is not the one of this lab.
import { type Carried, type Link, tunnelName } from './overlay.js';
import { rule } from './rule.js';
import page from './tunnel-unexpected.md';
import type { World } from './world.js';

export default rule({
  id: 'tunnel-unexpected',
  title: 'Packets travel in a tunnel that should not be there',
  group: 'tunnel',
  severity: 'warning',
  hint: 'Is a node left in another mode (tunnel or native routing, VXLAN or Geneve, another port)? Compare the settings of both ends.',
  page,
  judge(world, say) {
    const { topology } = world;
    if (topology === null) return;
    for (const link of world.overlay.links) {
      const lost = link.carried.filter((x) => world.delivered(x.c, x.way) !== true && betweenPods(world, x));
      if (lost.length === 0) continue;
      const because = reason(world, link, lost);
      if (because === null) continue;
      const name = tunnelName(link.kind);
      const [first] = lost;
      say({
        verdict: 'fail',
        key: `${link.src} ${link.dst} ${link.kind} ${link.port}`,
        title: `${world.nodeAt(link.src) ?? link.src} sends ${name}${link.port > 0 ? ` on port ${link.port}` : ''} to ${link.dst}, which nobody expects`,
        message: `Packets for ${world.named(world.towards(first.c, first.way))} travel inside ${name}${link.port > 0 ? ` (UDP port ${link.port})` : ''} from ${world.named(link.src)} to ${world.named(link.dst)}. ${because} Nothing shows that they arrive.`,
        cause: `${world.nodeAt(link.src) ?? link.src} is set up for another kind of tunnel than the rest of the lab.`,
        subject: {
          src: String(link.src),
          dst: String(link.dst),
          proto: 'udp',
          dstPort: link.port,
          tunnel: link.kind,
          vni: link.vnis.size === 1 ? [...link.vnis][0] : null,
          target: String(world.towards(first.c, first.way)),
          node: world.nodeAt(link.src),
        },
        evidence: lost.slice(0, 4).map((x) => ({ mark: world.hopMark(x.use, x.hop), field: 'udp.dstport' })),
        count: lost.reduce((sum, x) => sum + x.use.count, 0),
        about: new Set(lost.map((x) => world.uid(x.c))),
      });
    }
  },
});

function betweenPods(world: World, { c }: Carried): boolean {
  const isPod = (end: 0 | 1) => world.topology?.ownerOf(world.ip(c, end)).some((o) => o.what === 'pod' || o.what === 'podCIDR');
  return isPod(0) === true && isPod(1) === true;
}

function reason(world: World, link: Link, lost: readonly Carried[]): string | null {
  const tunnel = world.topology?.tunnel ?? null;
  if (tunnel !== null)
    return (tunnel.type === link.kind && tunnel.port === link.port) || lost.every((x) => world.delivered(x.c, x.way) !== false)
      ? null
      : `The topology has ${tunnelName(tunnel.type)} on port ${tunnel.port} between the nodes.`;
  // No tunnel described: the description may be incomplete, unless the other way of the same conversation goes bare.
  const bare = lost.some(({ c, way }) => {
    const uses = world.uses(c, 1 - way);
    return (
      uses.length > 0 && uses.every((use) => use.path.hops.every((hop) => hop.edge < 0 && !world.overlay.isDevice(hop.port)))
    );
  });
  return bare ? 'The topology has no tunnel, and packets the other way travel bare.' : null;
}
