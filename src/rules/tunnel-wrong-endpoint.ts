// Tunnelled packets go to a node that does not own the address inside.

import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import { type Carried, type Link, tunnelName } from '../facts/tunnels.js';
import type { Confidence } from './finding.js';
import { type EvidenceDraft, rule } from './rule.js';
import page from './tunnel-wrong-endpoint.md';

interface Wrong {
  readonly confidence: Confidence;
  /** End point that owns the inner destination. */
  readonly right: string;
  /** What belongs to it. */
  readonly network: string;
  readonly because: string;
}

const RANK = { high: 2, medium: 1, low: 0 } as const;

interface Group {
  wrong: Wrong;
  readonly link: Link;
  readonly first: Carried;
  readonly about: Set<number>;
  readonly targets: Set<string>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'tunnel-wrong-endpoint',
  title: 'Tunnelled packets go to the wrong node',
  group: 'tunnel',
  severity: 'error',
  spec: 'RFC 7348 section 4.1',
  hint: 'Compare the tunnel map of the sending node (cilium-dbg bpf ipcache list, bridge fdb show, ip route) with the node that runs the pod.',
  page,
  judge(facts, say) {
    const homes = homesOf(facts);
    const groups = new Map<string, Group>();
    const arriving = new Set<string>();
    for (const link of facts.tunnels.links)
      for (const carried of link.carried) {
        const wrong = judgeCarried(facts, link, carried, homes);
        if (wrong === null) continue;
        const key = `${link.src} ${link.dst} ${wrong.right}`;
        // It arrives: an end point that forwards, a pod that moved, a topology of yesterday.
        if (facts.delivery.of(carried.direction) === true) {
          arriving.add(key);
          continue;
        }
        let group = groups.get(key);
        if (group === undefined) {
          group = { wrong, link, first: carried, about: new Set(), targets: new Set(), evidence: [], count: 0 };
          groups.set(key, group);
        }
        if (RANK[wrong.confidence] > RANK[group.wrong.confidence]) group.wrong = wrong;
        group.about.add(carried.direction.conversation.uid);
        group.targets.add(String(carried.direction.to));
        group.count += carried.use.count;
        if (group.evidence.length < 6) group.evidence.push({ mark: facts.paths.mark(carried.use, carried.hop), field: 'ip.dst' });
      }
    for (const key of arriving) groups.delete(key);
    for (const [key, { wrong, link, first, about, targets, evidence, count }] of groups) {
      const { right } = wrong;
      const target = first.direction.to;
      const name = tunnelName(link.kind);
      // Several addresses of one network, each known by itself.
      const network = targets.size === 1 || wrong.network.includes('/') ? wrong.network : guessedNetwork(target);
      say({
        verdict: 'fail',
        confidence: wrong.confidence,
        key,
        title: `${name} packets for ${network} go to ${link.dst} instead of ${right}`,
        message: `${facts.named(link.src)} sends packets for ${targets.size === 1 ? facts.named(target) : `${network} (${targets.size} addresses)`} inside ${name} to ${facts.named(link.dst)}. ${wrong.because}, so they should go to ${right}. Nothing shows that they arrive.`,
        cause: `The tunnel map of ${facts.named(link.src)} has the wrong end point for ${network}.`,
        subject: {
          src: String(link.src),
          dst: String(link.dst),
          proto: 'udp',
          dstPort: link.port,
          tunnel: link.kind,
          vni: link.vnis.size === 1 ? [...link.vnis][0] : null,
          target: String(target),
          node: facts.ownership.nodeAt(link.src),
        },
        evidence,
        count,
        about,
      });
    }
  },
});

function judgeCarried(facts: Facts, link: Link, { direction }: Carried, homes: Map<string, Set<string>>): Wrong | null {
  const inside = direction.to;
  if (inside.isMulticast || inside.isLinkLocal || inside.equals(link.dst)) return null;
  const { topology } = facts;
  const owner = topology?.ownerOf(inside)[0] ?? null;
  if (topology !== null && owner !== null) {
    // A node's own address may be reached through another (an egress gateway); a pod lives where it lives.
    if (owner.what !== 'pod' && owner.what !== 'podCIDR' && !topology.isInnerNetwork(owner)) return null;
    const ends = topology.tunnelEndpoints(inside);
    if (ends.length === 0 || ends.some((ip) => ip.equals(link.dst))) return null;
    // A node is better called by the address its own tunnel uses.
    const used = ends.find((ip) => ip.family === link.dst.family && homes.has(`end ${ip}`));
    const right = used ?? ends.find((ip) => ip.family === link.dst.family) ?? ends[0];
    const network = owner.node === null ? null : topology.node(owner.node)?.podCIDRs.find((cidr) => cidr.contains(inside));
    return {
      confidence: 'high',
      right: String(right),
      network: String(network ?? owner.prefix),
      because: `${network ?? owner.prefix} belongs to ${owner.node}`,
    };
  }
  const exact = homes.get(String(inside));
  const home = exact ?? homes.get(guessedNetwork(inside));
  // Several homes: addresses are not handed out by node here, and nothing can be inferred.
  if (home === undefined || home.size !== 1 || home.has(String(link.dst))) return null;
  const [right] = home;
  // The wrong end point must be one that has other addresses of its own, and the packets must be known not to arrive.
  if (exact === undefined && (!homes.has(`end ${link.dst}`) || facts.delivery.of(direction) !== false)) return null;
  const network = exact === undefined ? guessedNetwork(inside) : String(inside);
  return {
    confidence: exact === undefined ? 'low' : 'medium',
    right,
    network,
    because: `Tunnelled packets from ${network} come from ${right}`,
  };
}

/** Where inner addresses, and their networks, send from: outer addresses. Keys `end X` hold the end points themselves. */
function homesOf(facts: Facts): Map<string, Set<string>> {
  const homes = new Map<string, Set<string>>();
  const add = (key: string, end: string) => {
    const known = homes.get(key);
    if (known === undefined) homes.set(key, new Set([end]));
    else known.add(end);
  };
  for (const link of facts.tunnels.links)
    for (const { direction } of link.carried) {
      const from = direction.from;
      const end = String(link.src);
      add(String(from), end);
      add(guessedNetwork(from), end);
      add(`end ${end}`, end);
    }
  return homes;
}
