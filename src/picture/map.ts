// The map: the captured nodes, their interfaces, and who lives behind each, with the packets both ways.
import { quantity } from '../bytes/units.js';
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { entry } from '../facts/groups.js';
import { guessedNetwork, isPrivate } from '../facts/networks.js';
import type { Finding } from '../rules/finding.js';
import { Ip } from '../topology/ip.js';
import type { MapEdge, MapNode, MapPicture } from './model.js';
import { tunnelKind } from './names.js';

/** Drawn of each; what is left out is said. */
const MAX_CAPTURED = 8;
const MAX_FAR = 5;
const MAX_PORTS = 10;

/** Who lives behind an interface, as far as packets show it, or where lost packets were sent. */
interface Far {
  readonly label: string;
  readonly kind: MapNode['kind'];
  readonly addresses: Set<string>;
  readonly tunnels: Set<string>;
  /** Destinations of packets that went there and were lost. */
  readonly lostTo: Set<string>;
  /** It is the next hop of packets to others. */
  readonly isHop: boolean;
  in: number;
  out: number;
  lost: number;
}

interface PortView {
  readonly name: string;
  readonly far: Map<string, Far>;
}

interface Group {
  readonly label: string;
  readonly kind: MapNode['kind'];
  readonly isHop?: boolean;
}

interface Place {
  readonly port: number;
  readonly source: number;
}

/** By node (first capture of a point), then by interface. */
type View = Map<number, Map<number, PortView>>;

/** `about`: conversations (uids) that a finding is about; null: the whole run. */
export function mapOf(facts: Facts, finding: Finding | null, about: readonly number[] | null): MapPicture | null {
  const view: View = new Map();
  const only = about === null ? null : new Set(about);
  const directions = only === null ? facts.exampleDirections() : [...only].flatMap((uid) => withTranslated(facts, uid));
  for (const direction of directions) look(facts, view, direction, only === null);
  if (view.size === 0) return null;
  const nodes: MapNode[] = [];
  const edges: MapEdge[] = [];
  const left: string[] = [];
  const sources = [...view.keys()].sort((a, b) => a - b);
  if (sources.length > MAX_CAPTURED) left.push(`${quantity(sources.length - MAX_CAPTURED, 'more capture point')} not drawn`);
  /** Far sides by name: the same network may be behind two nodes. */
  const known = new Map<string, number>();
  for (const source of sources.slice(0, MAX_CAPTURED))
    known.set(facts.node(source) ?? facts.captures[source].point, nodes.push(nodeOf(facts, source)) - 1);
  sources.slice(0, MAX_CAPTURED).forEach((source, node) => {
    const ports = [...(view.get(source) ?? [])].sort(([, a], [, b]) => weight(b) - weight(a));
    if (ports.length > MAX_PORTS)
      left.push(`${quantity(ports.length - MAX_PORTS, 'more interface')} of ${nodes[node].label} not drawn`);
    for (const [, port] of ports.slice(0, MAX_PORTS)) {
      const far = [...port.far.values()].sort((a, b) => b.lost - a.lost || b.in + b.out - a.in - a.out);
      if (far.length > MAX_FAR) left.push(`${far.length - MAX_FAR} more behind ${nodes[node].label} ${port.name}`.trimEnd());
      for (const one of far.slice(0, MAX_FAR)) {
        const isWrong =
          finding !== null && finding.verdict === 'fail' && finding.severity !== 'info' && one.lost > 0 && one.in === 0;
        let at = known.get(one.label);
        if (at === undefined) {
          at = nodes.push({ kind: one.kind, label: one.label, detail: detailOf(one) }) - 1;
          known.set(one.label, at);
        }
        edges.push({
          node,
          far: at,
          interface: port.name,
          in: one.in,
          out: one.out,
          tone: isWrong ? 'wrong' : 'plain',
          note:
            one.lost === 0
              ? ''
              : `${one.lost} of ${quantity(one.out, 'packet')} unanswered${one.lostTo.size === 1 && !one.addresses.has([...one.lostTo][0]) ? `, to ${[...one.lostTo][0]}` : ''}`,
          tunnel: [...one.tunnels].join(', '),
        });
      }
    }
  });
  if (finding !== null) expected(facts, finding, nodes, edges, known);
  const shown = finding === null ? 'The network as the captures show it' : finding.title;
  const { commands = [], subject } = finding ?? {};
  return {
    kind: 'map',
    title: shown,
    description: describe(nodes, edges),
    nodes,
    edges,
    repair: commands.length === 0 || subject?.node == null ? null : { node: subject.node, commands },
    left,
  };
}

/** A conversation and what NATs made of it. */
function withTranslated(facts: Facts, uid: number): readonly Direction[] {
  const one = facts.conversation(uid);
  if (one === null || facts.errors.isError(one)) return [];
  return [one, ...facts.translation.of(one)].flatMap(({ directions }) => directions);
}

/** Where the packets of a direction came into nodes, and where they left them. */
function look(facts: Facts, view: View, direction: Direction, counted: boolean): void {
  const { paths, tunnels, delivery } = facts;
  const { from, to } = direction;
  // Chatter of every link says nothing of who lives where.
  if (from.isLinkLocal || to.isLinkLocal || to.isMulticast) return;
  for (const use of direction.paths) {
    const count = counted ? facts.packetsLike(direction, use) : use.count;
    const isLost = !direction.isReply && delivery.by(direction, use) === false && use.translatedTo < 0;
    const travelled = paths.travelled(use);
    travelled.forEach((h, i) => {
      const hop = use.path.hops[h];
      const way = paths.directionAt(use, h);
      const edge = hop.edge < 0 ? null : tunnels.edge(hop.edge);
      const before = i === 0 ? null : use.path.hops[travelled[i - 1]];
      const after = i === travelled.length - 1 ? null : use.path.hops[travelled[i + 1]];
      // Of a packet that passes several interfaces of a node, the first in and the last out lead elsewhere.
      const isEntry = before?.source !== hop.source;
      const isExit = after?.source !== hop.source;
      if (way !== DIRECTION.out && isEntry) add(farOf(facts, view, hop, groupOf(facts, edge?.src ?? from)), 'in', from);
      // Of what is neither in nor out the capture sees that it passes.
      if (way !== DIRECTION.in && isExit) {
        const isOff = isLost && edge === null && way === DIRECTION.out;
        add(farOf(facts, view, hop, isOff ? nextHop(facts, hop, to) : groupOf(facts, edge?.dst ?? to)), 'out', to);
      }
      function add(far: Far, side: 'in' | 'out', ip: Ip): void {
        far[side] += count;
        if (edge === null) {
          if (!far.isHop) far.addresses.add(String(ip));
        } else {
          far.addresses.add(String(side === 'in' ? edge.src : edge.dst));
          far.tunnels.add(tunnelKind(edge.kind));
        }
        if (side === 'out' && isLost) {
          far.lost += count;
          far.lostTo.add(String(direction.to));
        }
      }
    });
  }
}

function farOf(facts: Facts, view: View, hop: Place, { label, kind, isHop = false }: Group): Far {
  const place = facts.interfaces.of(hop.port).place;
  const port = entry(
    entry(view, hop.source, () => new Map<number, PortView>()),
    place,
    () => ({
      name: facts.interfaces.of(place).known ? facts.interfaces.name(place) : '',
      far: new Map<string, Far>(),
    }),
  );
  return entry(port.far, label, () => ({
    label,
    kind,
    addresses: new Set(),
    tunnels: new Set(),
    lostTo: new Set(),
    isHop,
    in: 0,
    out: 0,
    lost: 0,
  }));
}

/** What was lost went to the next hop that the node's routes name for that interface: who is there is not known by the packets. */
function nextHop(facts: Facts, { port, source }: Place, dst: Ip): Group {
  const node = facts.node(source);
  const route = node === null ? null : (facts.topology?.route(node, dst) ?? null);
  const name = facts.interfaces.name(port);
  const hop = route?.nexthops.find(({ dev, via }) => dev === name && via !== null);
  if (hop?.via == null) return groupOf(facts, dst);
  // That the network is a node's own does not make every address of it the node's.
  const owner = facts.topology?.ownerOf(hop.via).find(({ what }) => what === 'interface')?.node ?? null;
  return { label: owner ?? String(hop.via), kind: owner === null ? 'host' : 'node', isHop: true };
}

/** Whom an address stands for on the map: its node, its network, or the internet. */
function groupOf(facts: Facts, ip: Ip): Group {
  const owner = facts.ownership.nodeAt(ip);
  if (owner !== null) return { label: owner, kind: 'node' };
  if (ip.isMulticast) return { label: 'multicast groups', kind: 'network' };
  if (!isPrivate(ip) && !ip.isLinkLocal) return { label: 'internet', kind: 'network' };
  return { label: guessedNetwork(ip), kind: 'network' };
}

function nodeOf(facts: Facts, source: number): MapNode {
  const { point, node } = facts.captures[source];
  return { kind: 'captured', label: node ?? point, detail: node !== null && node !== point ? point : '' };
}

/** Addresses of the far side: one as it is, of several how many. */
function detailOf({ addresses, isHop }: Far): string {
  const all = [...addresses];
  if (all.length === 0) return isHop ? 'next hop' : '';
  return all.length === 1 ? all[0] : `${all.length} addresses`;
}

const weight = ({ far }: PortView): number => [...far.values()].reduce((sum, one) => sum + one.in + one.out, 0);

/** What should have been used: dashed. */
function expected(
  facts: Facts,
  { subject, count }: Finding,
  nodes: MapNode[],
  edges: MapEdge[],
  known: Map<string, number>,
): void {
  const { interfaceExpected, interfaceOut, node: name, dst } = subject;
  if (interfaceExpected === null || interfaceExpected === interfaceOut || name === null) return;
  const node = known.get(name);
  if (node === undefined) return;
  const ip = dst === null ? null : Ip.parse(dst);
  const label = ip === null ? 'the destination' : groupOf(facts, ip).label;
  let far = known.get(label);
  if (far === undefined) {
    far = nodes.push({ kind: 'node', label, detail: dst ?? '' }) - 1;
    known.set(label, far);
  }
  edges.push({
    node,
    far,
    interface: interfaceExpected,
    in: 0,
    out: 0,
    tone: 'expected',
    note: `0 of ${count} (expected here)`,
    tunnel: '',
  });
}

function describe(nodes: readonly MapNode[], edges: readonly MapEdge[]): string {
  const said = edges.slice(0, 12).map((edge) => {
    const way = `${nodes[edge.node].label}${edge.interface === '' ? '' : ` ${edge.interface}`}: ${nodes[edge.far].label}`;
    return edge.tone === 'expected'
      ? `${way}, ${edge.note}`
      : `${way}, ${edge.in} in, ${edge.out} out${edge.note === '' ? '' : `, ${edge.note}`}`;
  });
  return `${said.join('; ')}${edges.length > said.length ? '; and more' : ''}.`;
}
