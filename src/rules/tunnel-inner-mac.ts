// Frames inside a tunnel are addressed to a MAC that the device at its far end does not have.
import { command } from '../bytes/command.js';
import { macNumber } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import { type Carried, type Link, tunnelName } from '../facts/tunnels.js';
import { KIND } from '../flows/packet.js';
import type { InnerMac } from '../flows/tunnels.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Interface } from '../topology/types.js';
import type { EvidenceDraft } from './rule.js';
import { rule } from './rule.js';
import { tunnelSubject } from './subjects.js';
import page from './tunnel-inner-mac.md';

/** What shows that the far end does not take the frames. */
interface Proof {
  /** Node of the far end, its tunnel device and the MAC of that, as far as they are known. */
  readonly node: string;
  readonly device: string;
  readonly right: number | null;
  readonly because: string;
  readonly evidence: EvidenceDraft[];
}

export default rule({
  id: 'tunnel-inner-mac',
  title: 'Frames inside a tunnel go to a MAC that its end does not have',
  group: 'tunnel',
  severity: 'error',
  spec: 'RFC 7348 section 4.1; IEEE 802.3 section 3.2.3',
  hint: 'On the sending node: ip neigh show dev DEVICE and bridge fdb show dev DEVICE of the tunnel device hold the old MAC. Restart what writes them (flanneld, calico-node), or replace the entries.',
  page,
  judge(facts, say) {
    for (const link of facts.tunnels.links) {
      if (link.kind !== 'vxlan' && link.kind !== 'geneve') continue;
      for (const edge of link.edges) {
        const [inner] = edge.innerMacs;
        // A tunnel between routed networks has one far end and one MAC; where machines of one network talk there are many.
        if (edge.innerMacs.length !== 1) continue;
        const lost = link.carried.filter(
          (x) => x.edge === edge && isLost(facts, x) && facts.causes.of(x.direction.conversation) === null,
        );
        if (lost.length === 0 || link.carried.some((x) => x.edge === edge && facts.delivery.of(x.direction) === true)) continue;
        const proof = byFrames(facts, lost) ?? byTopology(facts, link, lost, inner);
        if (proof === null) continue;
        const { node, device, right, because } = proof;
        const mac = macNumber(inner.mac);
        const owner = facts.topology?.nodeByMac(inner.mac) ?? null;
        const [{ direction }] = lost;
        const written = writtenEntry(facts, link, inner.mac);
        const count = lost.reduce((sum, x) => sum + x.use.count, 0);
        say({
          verdict: 'fail',
          key: `${link.src} ${link.dst} ${mac}`,
          title: `${tunnelName(link.kind)} from ${link.src} to ${node} is addressed inside to ${mac}, which ${device} does not have`,
          message: `${count === 1 ? 'A packet' : `${count} packets`} from ${facts.named(direction.from)} to ${facts.named(direction.to)} travel inside ${tunnelName(link.kind)} in frames for ${mac}${owner === null ? '' : `, a MAC of ${owner}`}. ${because} So the kernel takes them for another host's and drops them.`,
          commands: written === null ? [] : [command`ip neigh del ${written.ip} dev ${written.dev}`],
          cause:
            written !== null
              ? `${facts.named(link.src)} has a permanent neighbour entry that gives ${written.ip} this MAC.`
              : `${facts.named(link.src)} has an old MAC for the tunnel device of ${node}${right === null ? '' : `, which has ${macNumber(right)}`}: the device was made anew (a restart), and the entry on the sending node was not.`,
          subject: {
            ...tunnelSubject(link),
            vni: edge.vni,
            target: String(direction.to),
            interfaceExpected: device,
            macs: right === null ? [mac] : [mac, macNumber(right)],
            node: facts.ownership.nodeAt(link.src),
          },
          evidence: proof.evidence,
          count,
          about: new Set(lost.map((x) => x.direction.conversation.uid)),
        });
      }
    }
  },
});

/** The neighbour entry of the sending node that was written by hand with this MAC. */
function writtenEntry(facts: Facts, link: Link, mac: number): { readonly ip: Ip; readonly dev: string } | null {
  const node = facts.ownership.nodeAt(link.src);
  for (const { ip, mac: theirs, dev } of node === null ? [] : (facts.topology?.node(node)?.neighbours ?? []))
    if (theirs === mac && dev !== null) return { ip, dev };
  return null;
}

const isLost = (facts: Facts, { direction, use }: Carried): boolean =>
  facts.delivery.of(direction) === false || (use.lost > 0 && use.answered === 0);

/** The frame came out on the tunnel device as one to another host, and went no further. */
function byFrames(facts: Facts, lost: readonly Carried[]): Proof | null {
  const found = lost.flatMap((x) => {
    // Seen from several points, it is encapsulated at many hops: the last is where it comes out.
    const inside = x.use.path.hops.findLastIndex(({ edge }) => edge === x.edge.id);
    const hop = inside < 0 ? -1 : strayAt(x.use, inside);
    return hop < 0 ? [] : [{ use: x.use, hop }];
  });
  // Of all that is lost: a filter would take some.
  if (found.length < lost.length) return null;
  const [{ use, hop }] = found;
  const { port, source } = use.path.hops[hop];
  // On a port of a bridge every frame is for another host.
  if (takesOthers(facts, port)) return null;
  const { point } = facts.captures[source];
  const device = facts.interfaces.name(port);
  const known = deviceOf(facts, facts.node(source), device);
  return {
    node: point,
    device,
    right: known?.mac ?? null,
    because: `They come out on ${device} of ${point} as frames to another host.${known?.mac == null ? '' : ` ${device} has ${macNumber(known.mac)}.`}`,
    evidence: found.slice(0, 4).flatMap((x) => [
      { mark: facts.paths.mark(x.use, lost.find(({ use: other }) => other === x.use)?.hop ?? 0), field: 'eth.dst' },
      { mark: facts.paths.mark(x.use, x.hop), field: 'sll.pkttype', note: 'to another host' },
    ]),
  };
}

/** The hop where the packet is seen bare at the node that it came into by `hop`, to another host, and nowhere after it; -1: none. */
function strayAt(use: PathUse, hop: number): number {
  const { hops } = use.path;
  const next = hop + 1;
  if (next >= hops.length || hops[next].source !== hops[hop].source || hops[next].edge >= 0) return -1;
  return use.hops[next].kind === KIND.other && hops.slice(next + 1).every(({ source }) => source !== hops[hop].source)
    ? next
    : -1;
}

/** Frames to other hosts go on from this port. */
function takesOthers(facts: Facts, port: number): boolean {
  for (const direction of facts.directions())
    for (const use of direction.paths) {
      const { hops } = use.path;
      for (let h = 0; h + 1 < hops.length; h++)
        if (hops[h].port === port && use.hops[h].kind === KIND.other && hops[h + 1].source === hops[h].source) return true;
    }
  return false;
}

/** The topology has the tunnel device of the far end, with another MAC than the frames are for. */
function byTopology(facts: Facts, link: Link, lost: readonly Carried[], inner: InnerMac): Proof | null {
  const { topology } = facts;
  const node = facts.ownership.nodeAt(link.dst);
  const device = deviceOf(facts, node, topology?.tunnel?.device ?? null);
  if (topology === null || node === null || device === null || device.mac === null || device.mac === inner.mac) return null;
  // Whatever device of the node has it, it may take the frames.
  if (topology.nodeByMac(inner.mac) === node) return null;
  const routed = lost.every(
    ({ direction: { from, to } }) =>
      topology.ownerOf(to).some((o) => o.node === node) && guessedNetwork(from) !== guessedNetwork(to),
  );
  if (!routed) return null;
  return {
    node,
    device: device.name,
    right: device.mac,
    because: `${device.name} of ${node} has ${macNumber(device.mac)}.`,
    evidence: lost.slice(0, 4).map((x) => ({ mark: facts.paths.mark(x.use, x.hop), field: 'eth.dst' })),
  };
}

/** A tunnel device that takes its frames by their MAC: no bridge's port (a network stretched between machines), no program's (Cilium). */
function deviceOf(facts: Facts, node: string | null, name: string | null): Interface | null {
  if (node === null || name === null || name.startsWith('cilium')) return null;
  const device = facts.topology?.interfaceByName(node, name) ?? null;
  return device === null || device.master !== null ? null : device;
}
