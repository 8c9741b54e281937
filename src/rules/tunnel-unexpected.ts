// Packets travel inside a tunnel that is not the one of this lab.

import type { Facts } from '../facts/facts.js';
import { type Carried, isPaired, type Link, tunnelName } from '../facts/tunnels.js';
import type { Suspect } from '../flows/tunnels.js';
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import { rule, type Say } from './rule.js';
import { tunnelSubject } from './subjects.js';
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
    for (const link of facts.tunnels.links) sayForeign(facts, topology, link, say);
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
          ...tunnelSubject(link),
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

/**
 * What comes from a pod comes from an address that no node has, and what goes to that pod goes to its node, or nothing goes back: the outer
 * source was translated on the way (RFC 7348 section 4.1: the receiver learns the end point from it). An address that a node has and the
 * topology does not list is answered to.
 */
function sayForeign(facts: Facts, topology: Topology, link: Link, say: Say): void {
  if (topology.ownerOf(link.src).length > 0 || link.src.isMulticast || !isPaired(link)) return;
  const carried = link.carried.filter((x) => betweenPods(facts, x));
  const [first] = carried;
  const node = first === undefined ? null : facts.ownership.nodeAt(first.direction.from);
  if (node === null) return;
  const ends = (topology.node(node)?.interfaces ?? []).flatMap((i) => i.addresses.map(({ address }) => address));
  const isAnswered = facts.tunnels.back(link) !== null;
  if (isAnswered || !ends.some((ip) => ip.family === link.src.family && !ip.isLoopback && !ip.isLinkLocal)) return;
  const elsewhere = [...facts.tunnels.links].find(
    (other) => other.src.equals(link.dst) && ends.some((ip) => ip.equals(other.dst)),
  );
  const lost = carried.filter((x) => facts.delivery.isUnanswered(x.direction));
  if (elsewhere === undefined && lost.length === 0) return;
  const name = tunnelName(link.kind);
  say({
    verdict: 'fail',
    severity: lost.length > 0 ? 'error' : 'warning',
    confidence: 'medium',
    key: `${link.src} ${link.dst} foreign`,
    title: `${name} with packets of ${node} comes from ${link.src}, which is no node`,
    message: `Packets of ${facts.named(first.direction.from)} come inside ${name} from ${link.src} to ${facts.named(link.dst)}. The topology has no node with that address; ${node} has ${ends
      .filter((ip) => ip.family === link.src.family && !ip.isLoopback)
      .slice(0, 3)
      .join(
        ', ',
      )}.${elsewhere === undefined ? ' Nothing goes back in the tunnel.' : ` What is for ${node} is sent to ${elsewhere.dst}.`}`,
    cause: `A router between ${node} and ${facts.named(link.dst)} translates the source of the tunnel's packets (masquerade). A receiver that learns end points from what it hears, or accepts its peers only, is led astray by it.`,
    hint: `Leave packets between the nodes untranslated: an exception for UDP port ${link.port} or for the networks of the nodes before the masquerade rule (iptables -t nat -S POSTROUTING, nft list ruleset). If ${link.src} is an address of ${node}, add it to the topology.`,
    subject: {
      ...tunnelSubject(link),
      target: String(first.direction.to),
      node,
    },
    evidence: carried.slice(0, 4).map((x) => ({ mark: facts.paths.mark(x.use, x.hop), field: 'ip.src', note: 'no node' })),
    count: carried.reduce((sum, x) => sum + x.use.count, 0),
    about: lost.map((x) => x.direction.conversation.uid),
  });
}

/** What is inside cannot be seen before the user says what the port carries: it is not known whether it is answered. */
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
