// Tunnelled packets go to a node that does not own the address inside.
import { command, shown } from '../bytes/command.js';
import { macNumber } from '../bytes/show.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import { type Carried, type Home, isPaired, type Link, tunnelName } from '../facts/tunnels.js';
import type { Neighbour } from '../flows/neighbour.js';
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import type { FdbEntry, Owner } from '../topology/types.js';
import type { Confidence } from './finding.js';
import { type EvidenceDraft, entry, rule } from './rule.js';
import { tunnelSubject } from './subjects.js';
import page from './tunnel-wrong-endpoint.md';

interface Wrong {
  readonly confidence: Confidence;
  /** End point that owns the inner destination. */
  readonly right: string;
  /** What belongs to it. */
  readonly network: string;
  readonly because: string;
  /** Where it moved from there while the capture ran: seconds of the run are told by the frame. */
  readonly moved: EvidenceDraft | null;
}

const RANK = { high: 2, medium: 1, low: 0 } as const;

interface Group {
  wrong: Wrong;
  readonly link: Link;
  readonly target: Ip;
  readonly about: Set<number>;
  readonly targets: Set<string>;
  readonly silent: Ip[];
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'tunnel-wrong-endpoint',
  title: 'Tunnelled packets go to the wrong node',
  group: 'tunnel',
  severity: 'error',
  spec: 'RFC 7348 section 4.1',
  hint: 'Compare what the sending node knows (bridge fdb show, ip route, ip neigh; cilium-dbg bpf ipcache list) with the node that runs the pod or machine.',
  page,
  judge(facts, say) {
    const networks = networksOf(facts);
    const groups = new Map<string, Group>();
    const arriving = new Set<string>();
    const groupOf = (link: Link, wrong: Wrong, target: Ip): Group => {
      const group = entry(
        groups,
        `${link.src} ${link.dst} ${wrong.right}`,
        (): Group => ({ wrong, link, target, about: new Set(), targets: new Set(), silent: [], evidence: [], count: 0 }),
      );
      if (RANK[wrong.confidence] > RANK[group.wrong.confidence]) group.wrong = wrong;
      group.targets.add(String(target));
      return group;
    };
    for (const link of facts.tunnels.links) {
      // Where the ends of a tunnel are no homes of what is inside, none is wrong.
      if (!isPaired(link)) continue;
      for (const carried of link.carried) {
        const wrong = judgeCarried(facts, link, carried, networks);
        if (wrong === null) continue;
        // It arrives: an end point that forwards, a pod that moved, a topology of yesterday.
        if (facts.delivery.of(carried.direction) === true && wrong.moved === null) {
          arriving.add(`${link.src} ${link.dst} ${wrong.right}`);
          continue;
        }
        const group = groupOf(link, wrong, carried.direction.to);
        group.about.add(carried.direction.conversation.uid);
        group.count += wrong.moved === null ? carried.use.count : Math.max(1, carried.direction.lost);
        if (group.evidence.length < 6) group.evidence.push({ mark: markOf(facts, carried, wrong), field: 'ip.dst' });
      }
      for (const n of link.asked) {
        const wrong = judgeAsked(facts, link, n);
        if (wrong === null) continue;
        const group = groupOf(link, wrong, n.target);
        group.silent.push(n.target);
        group.count += n.asked;
        if (group.evidence.length < 6)
          group.evidence.push(
            ...n.questions.slice(0, 2).map((mark) => ({ mark, field: 'arp.dst.proto_ipv4', note: 'asked inside' })),
          );
      }
    }
    for (const key of arriving) groups.delete(key);
    for (const [key, { wrong, link, target, about, targets, silent, evidence, count }] of groups) {
      const { right, moved } = wrong;
      const name = tunnelName(link.kind);
      // Several addresses of one network, each known by itself.
      const network = targets.size === 1 || wrong.network.includes('/') ? wrong.network : guessedNetwork(target);
      const macs = innerMacs(link);
      const written = fdbEntry(facts, link, right);
      say({
        verdict: 'fail',
        confidence: wrong.confidence,
        key,
        title: `${name} packets for ${network} go to ${link.dst} instead of ${right}`,
        message: `${facts.named(link.src)} sends packets for ${targets.size === 1 ? facts.named(target) : `${network} (${targets.size} addresses)`} inside ${name} to ${facts.named(link.dst)}. ${wrong.because}, so they should go to ${right}. Nothing shows that they arrive${moved === null ? '' : ' since'}.`,
        cause:
          moved === null
            ? written !== null
              ? `The forwarding table of ${facts.ownership.nodeAt(link.src)} leads ${macNumber(written.mac)}, the tunnel device of ${facts.topology?.nodeByMac(written.mac)}, to ${link.dst}.`
              : `${facts.named(link.src)} has the wrong end point for ${network}.`
            : `${facts.named(target)} moved, and ${facts.named(link.src)} still has the old end point for it.`,
        commands:
          written === null
            ? []
            : [command`bridge fdb replace ${macNumber(written.mac)} dev ${written.dev} dst ${right} self permanent`],
        ...(moved === null && !isSender(facts, link.dst)
          ? {
              alternatives: [
                `A router between the nodes translates the source of the tunnel's packets, so that ${link.dst} looks like ${right}: then that is wrong.`,
              ],
            }
          : {}),
        ...(macs.length === 1 && link.kind === 'vxlan'
          ? {
              hint: `On ${facts.ownership.nodeAt(link.src) ?? link.src}: ${shown`bridge fdb show | grep ${macs[0]}`} prints the end point that is in use.`,
            }
          : {}),
        subject: {
          ...tunnelSubject(link),
          target: String(target),
          node: facts.ownership.nodeAt(link.src),
        },
        evidence: moved === null ? evidence : [moved, ...evidence],
        count,
        about,
        meant: right,
        // Perhaps no host has the address of a wrong end, either.
        silent: [link.dst, ...silent],
      });
    }
  },
});

/** Tunnelled packets come from this address. */
const isSender = (facts: Facts, ip: Ip): boolean => [...facts.tunnels.links].some(({ src }) => src.equals(ip));

/** The entry of the sender by which the tunnel MAC of the right end is looked for behind this one, where the topology has it. */
function fdbEntry(facts: Facts, link: Link, right: string): FdbEntry | null {
  const { topology } = facts;
  const node = facts.ownership.nodeAt(link.src);
  const entries = node === null ? [] : (topology?.node(node)?.fdb ?? []);
  const used = new Set(link.edges.flatMap((edge) => edge.innerMacs.map(({ mac }) => mac)));
  const isRight = (mac: number) => topology?.interfacesByMac(mac).some(({ tunnel }) => String(tunnel?.local) === right);
  return entries.find(({ mac, dst }) => used.has(mac) && dst?.equals(link.dst) === true && isRight(mac)) ?? null;
}

const innerMacs = (link: Link): string[] => [
  ...new Set(link.edges.flatMap((edge) => edge.innerMacs.map(({ mac }) => macNumber(mac)))),
];

/** The first packet that shows it: of what was answered before, the first that was lost. */
function markOf(facts: Facts, { direction, use, hop }: Carried, { moved }: Wrong) {
  const lost = moved === null ? undefined : direction.phases.findLast((phase) => phase.outcome === 'lost');
  return lost?.first ?? facts.paths.mark(use, hop);
}

/** It was answered for a time, and is not any more; when the last such time began, or null. */
function lostSince(direction: Carried['direction']): number | null {
  const last = direction.phases.at(-1);
  return last?.outcome === 'lost' ? last.fromNs : null;
}

/** An address is heard from a new end point up to this long before anyone sees its packets go astray. */
const SLACK_NS = 1e9;

function judgeCarried(facts: Facts, link: Link, { direction }: Carried, networks: Networks): Wrong | null {
  const inside = direction.to;
  if (inside.isMulticast || inside.isLinkLocal || inside.equals(link.dst)) return null;
  // What goes round in a loop comes out of tunnels everywhere.
  if (direction.paths.some((use) => use.looped > 0)) return null;
  const heard = byCapture(facts, link, inside);
  const onDevice = byDevice(facts, link, direction);
  const owned = onDevice === undefined ? byTopology(facts, link, inside) : onDevice;
  // A topology may be older than a move.
  if (owned !== undefined && heard?.moved == null) return owned;
  if (heard !== null) {
    const since = lostSince(direction);
    if (heard.moved === null) return facts.delivery.of(direction) === true ? null : heard;
    const movedNs = heard.moved.mark.timeNs;
    const isLost = since === null ? facts.delivery.of(direction) === false : since >= movedNs - SLACK_NS;
    return isLost && direction.lastNs >= movedNs ? heard : null;
  }
  if (facts.tunnels.homes(inside).length > 0) return null;
  const home = networks.ends.get(guessedNetwork(inside));
  // Several homes: addresses are not handed out by node here, and nothing can be inferred. The sender is none for what it sends away.
  if (home === undefined || home.size !== 1 || home.has(String(link.dst)) || home.has(String(link.src))) return null;
  // The wrong end point must be one that has other addresses of its own, and the packets must be known not to arrive.
  if (!networks.homes.has(String(link.dst)) || facts.delivery.of(direction) !== false) return null;
  const [right] = home;
  const network = guessedNetwork(inside);
  return { confidence: 'low', right, network, because: `Tunnelled packets from ${network} come from ${right}`, moved: null };
}

/** Undefined: the topology does not say; null: it is right. */
function byTopology(facts: Facts, link: Link, inside: Ip): Wrong | null | undefined {
  const { topology } = facts;
  const owner = topology?.ownerOf(inside)[0] ?? null;
  if (topology === null || owner === null) return undefined;
  // A node's own address may be reached through another (an egress gateway); a pod lives where it lives.
  if (owner.what !== 'pod' && owner.what !== 'podCIDR' && !topology.isInnerNetwork(owner))
    return byNeighbour(facts, link, owner, inside);
  const right = rightEnd(facts, link, inside);
  if (right === null) return null;
  const network = owner.node === null ? null : topology.node(owner.node)?.podCIDRs.find((cidr) => cidr.contains(inside));
  return {
    confidence: 'high',
    right,
    network: String(network ?? owner.prefix),
    because: `${network ?? owner.prefix} belongs to ${owner.node}`,
    moved: null,
  };
}

/** The address is on a tunnel device of a node, which has an end of its own. Undefined: it is not; null: that is where the packets go. */
function byDevice(facts: Facts, link: Link, direction: Direction): Wrong | null | undefined {
  const { topology } = facts;
  const inside = direction.to;
  const node = topology?.ownerOf(inside)[0]?.node ?? null;
  const device = (node === null ? [] : (topology?.node(node)?.interfaces ?? [])).find(
    ({ tunnel, addresses }) => tunnel?.type === link.kind && addresses.some(({ address }) => address.equals(inside)),
  );
  const local = device?.tunnel?.local ?? null;
  if (device === undefined || local === null) return undefined;
  // A frame for a MAC that is not known goes to all ends.
  const goesThere = [...facts.tunnels.links].some(
    (other) =>
      other.src.equals(link.src) && other.dst.equals(local) && other.carried.some((carried) => carried.direction === direction),
  );
  if (goesThere || local.equals(link.dst) || local.equals(link.src)) return null;
  return {
    confidence: 'high',
    right: String(local),
    network: String(inside),
    because: `${inside} is on ${device.name} of ${node}, whose own end is ${local}`,
    moved: null,
  };
}

/** The owner is a machine (a namespace, a guest) that has no tunnel itself: its packets go by the node on its link that has one. */
function byNeighbour(facts: Facts, link: Link, { node }: Owner, inside: Ip): Wrong | null {
  const { topology } = facts;
  if (topology === null || node === null || topology.node(node)?.interfaces.some(({ tunnel }) => tunnel !== null)) return null;
  const homes = topology.nodeNames.flatMap((name) => {
    const interfaces = topology.node(name)?.interfaces ?? [];
    const near = interfaces.flatMap(({ addresses }) => addresses).find((prefix) => !prefix.isHost && prefix.contains(inside));
    const ends = interfaces.flatMap(({ tunnel }) => (tunnel?.local == null ? [] : [tunnel.local]));
    return name === node || near === undefined || ends.length === 0 ? [] : [{ name, near, ends }];
  });
  if (homes.length === 0 || homes.some(({ ends }) => ends.some((ip) => ip.equals(link.dst) || ip.equals(link.src)))) return null;
  const [{ name, near, ends }] = homes;
  const network = `${near.network}/${near.length}`;
  return {
    confidence: 'high',
    right: String(ends.find((ip) => ip.family === link.dst.family) ?? ends[0]),
    network,
    because: `${inside} is behind ${name}, which is connected to ${network}`,
    moved: null,
  };
}

/** The end point that the topology has for an address inside, where that is another than the link's; null where it is not. */
function rightEnd(facts: Facts, link: Link, inside: Ip): string | null {
  const ends = facts.topology?.tunnelEndpoints(inside) ?? [];
  // Back to where it comes from: a gateway in between, not another node.
  if (ends.length === 0 || ends.some((ip) => ip.equals(link.dst) || ip.equals(link.src))) return null;
  // A node is better called by the address its own tunnel uses.
  const fits = ends.filter((ip) => ip.family === link.dst.family);
  const used = fits.find((ip) => [...facts.tunnels.links].some((other) => other.src.equals(ip)));
  return String(used ?? fits[0] ?? ends[0]);
}

/** The address itself is heard from another end point, and from no other since. */
function byCapture(facts: Facts, link: Link, inside: Ip): Wrong | null {
  const found = facts.tunnels.homeOf(inside);
  if (found === null) return null;
  const { home, before } = found;
  if (home.end.equals(link.dst) || home.end.equals(link.src)) return null;
  const isMove = before?.end.equals(link.dst) === true;
  return {
    confidence: 'medium',
    right: String(home.end),
    network: String(inside),
    because: isMove
      ? `It was behind ${link.dst} until ${facts.named(home.end)} began to send what comes from it`
      : `What comes from ${inside} comes from ${home.end}`,
    moved: isMove ? { mark: home.first, note: `${inside} heard from ${home.end}` } : null,
  };
}

/** ARP inside is flooded to all ends: only where none of them is the right one, another host is asked. */
function judgeAsked(facts: Facts, link: Link, n: Neighbour): Wrong | null {
  const { topology, tunnels } = facts;
  if (link.dst.isMulticast || !tunnels.isAskedInVain(n)) return null;
  const owner = topology?.ownerOf(n.target)[0] ?? null;
  const isGuest = topology !== null && owner !== null && owner.what === 'interface' && hasNoTunnel(topology, owner.node);
  const heard = tunnels.homeOf(n.target)?.home ?? null;
  const known = topology !== null && owner !== null && !isGuest;
  // A guest has no tunnel itself: only its own packets tell behind which end it is.
  if (!known && (heard === null || heard.end.equals(link.src))) return null;
  const isRight = (other: Link): boolean =>
    known ? rightEnd(facts, other, n.target) === null : other.dst.equals((heard as Home).end);
  if (isRight(link)) return null;
  for (const other of tunnels.links)
    if (other !== link && other.src.equals(link.src) && other.asked.includes(n) && isRight(other)) return null;
  return known
    ? {
        confidence: 'high',
        right: rightEnd(facts, link, n.target) as string,
        network: String(n.target),
        because: `${n.target} belongs to ${owner.node}`,
        moved: null,
      }
    : {
        confidence: 'medium',
        right: String((heard as Home).end),
        network: String(n.target),
        because: `${n.target} is asked for there only, and what comes from it comes from ${(heard as Home).end}`,
        moved: null,
      };
}

/** A machine of a lab whose other machines have tunnels. */
const hasNoTunnel = (topology: Topology, node: string | null): boolean => {
  const has = (name: string) => topology.node(name)?.interfaces.some(({ tunnel }) => tunnel !== null) ?? false;
  return node !== null && !has(node) && topology.nodeNames.some(has);
};

interface Networks {
  /** End points by (guessed) network of what they send. */
  readonly ends: ReadonlyMap<string, ReadonlySet<string>>;
  /** End points that send anything of their own. */
  readonly homes: ReadonlySet<string>;
}

function networksOf(facts: Facts): Networks {
  const ends = new Map<string, Set<string>>();
  const homes = new Set<string>();
  for (const [, places] of facts.tunnels.inhabitants)
    for (const { end, ip } of places) {
      homes.add(String(end));
      entry(ends, guessedNetwork(ip), () => new Set<string>()).add(String(end));
    }
  return { ends, homes };
}
