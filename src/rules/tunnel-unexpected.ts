// Packets travel inside a tunnel that is not the one of this lab.

import type { Facts } from '../facts/facts.js';
import { type Carried, type Link, tunnelName } from '../facts/tunnels.js';
import type { Suspect } from '../flows/tunnels.js';
import type { Ip } from '../topology/ip.js';
import { rule, type Say } from './rule.js';
import page from './tunnel-unexpected.md';

export default rule({
  id: 'tunnel-unexpected',
  title: 'Packets travel in a tunnel that should not be there',
  group: 'tunnel',
  severity: 'warning',
  hint: 'Is a node left in another mode (tunnel or native routing, VXLAN or Geneve, another port)? Compare the settings of both ends.',
  page,
  judge(facts, say) {
    for (const suspect of facts.tunnels.suspects) sayUndeclared(facts, suspect, say);
    const { topology } = facts;
    if (topology === null) return;
    for (const link of facts.tunnels.links) {
      const lost = link.carried.filter((x) => facts.delivery.of(x.direction) !== true && betweenPods(facts, x));
      if (lost.length === 0) continue;
      const because = reason(facts, link, lost);
      if (because === null) continue;
      const name = tunnelName(link.kind);
      const [first] = lost;
      say({
        verdict: 'fail',
        key: `${link.src} ${link.dst} ${link.kind} ${link.port}`,
        title: `${facts.ownership.nodeAt(link.src) ?? link.src} sends ${name}${link.port > 0 ? ` on port ${link.port}` : ''} to ${link.dst}, which nobody expects`,
        message: `Packets for ${facts.named(first.direction.to)} travel inside ${name}${link.port > 0 ? ` (UDP port ${link.port})` : ''} from ${facts.named(link.src)} to ${facts.named(link.dst)}. ${because} Nothing shows that they arrive.`,
        cause: `${facts.ownership.nodeAt(link.src) ?? link.src} is set up for another kind of tunnel than the rest of the lab.`,
        subject: {
          src: String(link.src),
          dst: String(link.dst),
          proto: 'udp',
          dstPort: link.port,
          tunnel: link.kind,
          vni: link.vnis.size === 1 ? [...link.vnis][0] : null,
          target: String(first.direction.to),
          node: facts.ownership.nodeAt(link.src),
        },
        evidence: lost.slice(0, 4).map((x) => ({ mark: facts.paths.mark(x.use, x.hop), field: 'udp.dstport' })),
        count: lost.reduce((sum, x) => sum + x.use.count, 0),
        about: new Set(lost.map((x) => x.direction.conversation.uid)),
      });
    }
  },
});

/** What is inside cannot be seen before somebody says what the port carries: nobody knows whether it is answered. */
function sayUndeclared(facts: Facts, { kind, port, src, dst, marks, count, uids }: Suspect, say: Say): void {
  const name = tunnelName(kind);
  say({
    verdict: 'inconclusive',
    confidence: 'medium',
    key: `undeclared ${kind} ${port}`,
    title: `UDP port ${port} carries what looks like ${name}, and was not read as such`,
    message: `${count === 1 ? 'A flow' : `${count} flows`} of datagrams, the first from ${facts.named(src)} to ${facts.named(dst)}, look like ${name} with Ethernet and IP inside. ${name} has another port by default, so what is inside was not looked at: answers that seem to be missing may be there.`,
    hint: `Run it again with -d udp.port==${port},${kind}`,
    subject: { src: String(src), dst: String(dst), proto: 'udp', dstPort: port, tunnel: kind },
    evidence: marks.map((mark) => ({ mark, field: 'udp.dstport' })),
    count,
    about: uids,
  });
}

function betweenPods(facts: Facts, { direction: { from, to } }: Carried): boolean {
  const isPod = (ip: Ip) => facts.topology?.ownerOf(ip).some((o) => o.what === 'pod' || o.what === 'podCIDR') === true;
  return isPod(from) && isPod(to);
}

function reason(facts: Facts, link: Link, lost: readonly Carried[]): string | null {
  const tunnel = facts.topology?.tunnel ?? null;
  if (tunnel !== null)
    return (tunnel.type === link.kind && tunnel.port === link.port) || lost.every((x) => facts.delivery.of(x.direction) !== false)
      ? null
      : `The topology has ${tunnelName(tunnel.type)} on port ${tunnel.port} between the nodes.`;
  // No tunnel described: the description may be incomplete, unless the other way of the same conversation goes bare.
  const bare = lost.some(({ direction }) => {
    const uses = direction.other.paths;
    return (
      uses.length > 0 && uses.every((use) => use.path.hops.every((hop) => hop.edge < 0 && !facts.tunnels.isDevice(hop.port)))
    );
  });
  return bare ? 'The topology has no tunnel, and packets the other way travel bare.' : null;
}
