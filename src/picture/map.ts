// The map: the captured nodes, their interfaces, and who lives behind each, with the packets both ways.

import { entry, groupedBy } from '../bytes/groups.js';
import { quantity } from '../bytes/units.js';
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork, isPrivate } from '../facts/networks.js';
import type { Finding } from '../rules/finding.js';
import { Ip } from '../topology/ip.js';
import { isUnanswered } from './ladder.js';
import type { MapEdge, MapNode, MapPicture } from './model.js';
import { tunnelKind } from './names.js';

/** Drawn of each; what is left out is said. */
const MAX_CAPTURED = 8;
const MAX_FAR = 5;
const MAX_PORTS = 10;
const NEXT_HOP = 'next hop';

/** A host behind an interface, as far as packets show it, or the next hop that lost packets were sent to. */
interface Far {
  readonly group: Group;
  /** '' of a next hop: who is there is not known by the packets. */
  readonly address: string;
  readonly tunnels: Set<string>;
  /** Destinations of packets that went there and were lost. */
  readonly lostTo: Set<string>;
  in: number;
  out: number;
  /** Of those that went there: unanswered. Of those that came: not seen to leave the node. */
  lost: number;
  stuck: number;
}

interface PortView {
  readonly name: string;
  readonly far: Map<string, Far>;
}

interface Group {
  readonly label: string;
  readonly kind: MapNode['kind'];
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
  const isFault = finding !== null && finding.verdict === 'fail' && finding.severity !== 'info';
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
      const far = sidesOf(facts, port).sort((a, b) => b.lost + b.stuck - a.lost - a.stuck || b.in + b.out - a.in - a.out);
      if (far.length > MAX_FAR) left.push(`${far.length - MAX_FAR} more behind ${nodes[node].label} ${port.name}`.trimEnd());
      for (const { label, kind, detail, ...one } of far.slice(0, MAX_FAR)) {
        const at = known.get(label) ?? nodes.push({ kind, label, detail }) - 1;
        known.set(label, at);
        const isWrong = isFault && ((one.lost > 0 && one.in === 0) || one.stuck > 0);
        const { in: came, out, tunnel } = one;
        const note = noteOf({ ...one, label: detail === '' ? label : detail }, nodes[node].label);
        edges.push({ node, far: at, interface: port.name, in: came, out, tone: isWrong ? 'wrong' : 'plain', note, tunnel });
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
  const { paths, tunnels } = facts;
  const { from, to } = direction;
  // Chatter of every link says nothing of who lives where.
  if (from.isLinkLocal || to.isLinkLocal || direction.isToMany) return;
  for (const use of direction.paths) {
    const count = counted ? facts.packetsLike(direction, use) : use.count;
    const isLost = !direction.isReply && use.translatedTo < 0 && isUnanswered(facts, direction, use);
    const last = paths.lastNode(use);
    const isStuck =
      isLost && last.onlyIn && facts.captures[last.source].everyInterface && !facts.ownership.isOwn(last.source, to);
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
      if (way !== DIRECTION.out && isEntry) {
        const far = farOf(facts, view, hop, edge?.src ?? from, null);
        far.in += count;
        if (isStuck && hop.source === last.source) far.stuck += count;
        if (edge !== null) far.tunnels.add(tunnelKind(edge.kind));
      }
      // Of what is neither in nor out the capture sees that it passes.
      if (way === DIRECTION.in || !isExit) return;
      const isOff = isLost && edge === null && way === DIRECTION.out;
      const far = farOf(facts, view, hop, edge?.dst ?? to, isOff ? nextHop(facts, hop, to) : null);
      far.out += count;
      if (edge !== null) far.tunnels.add(tunnelKind(edge.kind));
      if (!isLost) return;
      far.lost += count;
      far.lostTo.add(facts.spelt(String(to)));
    });
  }
}

function farOf(facts: Facts, view: View, { port, source }: Place, ip: Ip, hop: Group | null): Far {
  const { place } = facts.interfaces.of(port);
  const ports = entry(view, source, () => new Map<number, PortView>());
  const { far } = entry(ports, place, () => ({
    name: facts.interfaces.of(place).known ? facts.interfaces.name(place) : '',
    far: new Map<string, Far>(),
  }));
  const address = hop === null ? facts.spelt(String(ip)) : '';
  return entry(far, hop === null ? address : `hop ${hop.label}`, () => ({
    group: hop ?? groupOf(facts, ip),
    address,
    tunnels: new Set(),
    lostTo: new Set(),
    in: 0,
    out: 0,
    lost: 0,
    stuck: 0,
  }));
}

/** What is drawn of the hosts behind an interface: one or two of a network by name, of more the network. */
interface Side extends MapNode {
  readonly in: number;
  readonly out: number;
  readonly lost: number;
  readonly stuck: number;
  readonly lostTo: ReadonlySet<string>;
  readonly tunnel: string;
}

const MAX_HOSTS = 2;

function sidesOf(facts: Facts, { far }: PortView): Side[] {
  const groups = groupedBy(
    far.values(),
    ({ group: { label, kind }, address }) => `${kind} ${label}${address === '' ? ' hop' : ''}`,
  );
  return [...groups.values()].flatMap((hosts): Side[] => {
    const { group } = hosts[0];
    const sum = (all: readonly Far[], node: MapNode): Side => ({
      ...node,
      in: all.reduce((n, one) => n + one.in, 0),
      out: all.reduce((n, one) => n + one.out, 0),
      lost: all.reduce((n, one) => n + one.lost, 0),
      stuck: all.reduce((n, one) => n + one.stuck, 0),
      lostTo: new Set(all.flatMap(({ lostTo }) => [...lostTo])),
      tunnel: [...new Set(all.flatMap(({ tunnels }) => [...tunnels]))].join(', '),
    });
    if (hosts[0].address === '') return [sum(hosts, { ...group, detail: NEXT_HOP })];
    const detail = hosts.length === 1 ? hosts[0].address : `${hosts.length} addresses`;
    if (group.kind === 'node' || hosts.length > MAX_HOSTS) return [sum(hosts, { ...group, detail })];
    return hosts.map((one) => {
      const ip = Ip.parse(one.address);
      const name = ip === null ? null : (facts.topology?.nameOf(ip) ?? null);
      const node = name === null ? { label: one.address, detail: '' } : { label: name, detail: one.address };
      return sum([one], { kind: 'host', ...node });
    });
  });
}

function noteOf(
  { in: came, out, lost, stuck, lostTo, label }: Pick<Side, 'in' | 'out' | 'lost' | 'stuck' | 'lostTo'> & { label?: string },
  node: string,
): string {
  const said: string[] = [];
  if (stuck > 0) said.push(`${stuck} of ${quantity(came, 'packet')} never leave ${node}`);
  if (lost > 0) {
    const [to] = lostTo;
    const whose = lostTo.size === 1 && to !== label ? `, to ${to}` : '';
    said.push(`${lost === out ? (lost === 1 ? 'not' : 'none') : `${lost} of ${quantity(out, 'packet')} not`} answered${whose}`);
  }
  return said.join(', ');
}

/** What was lost went to the next hop that the node's routes name for that interface: who is there is not known by the packets. */
function nextHop(facts: Facts, { port, source }: Place, dst: Ip): Group | null {
  const node = facts.node(source);
  const route = node === null ? null : (facts.topology?.route(node, dst) ?? null);
  const name = facts.interfaces.name(port);
  const hop = route?.nexthops.find(({ dev, via }) => dev === name && via !== null);
  if (hop?.via == null) return null;
  // That the network is a node's own does not make every address of it the node's.
  const owner = facts.topology?.ownerOf(hop.via).find(({ what }) => what === 'interface')?.node ?? null;
  return { label: owner ?? String(hop.via), kind: owner === null ? 'host' : 'node' };
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
  // The far side of what left by the wrong one; of a next hop, whom the packets were for.
  const wrong = edges.findIndex((edge) => edge.node === node && edge.interface === interfaceOut && edge.out > 0);
  if (wrong >= 0) edges[wrong] = { ...edges[wrong], tone: 'wrong' };
  const ip = dst === null ? null : Ip.parse(dst);
  const isHop = wrong < 0 || nodes[edges[wrong].far].detail === NEXT_HOP;
  const label = !isHop ? nodes[edges[wrong].far].label : ip === null ? 'the destination' : groupOf(facts, ip).label;
  // Whoever is behind the wrong interface, the destination is not, where nothing came from there.
  if (!isHop && edges[wrong].in === 0)
    edges[wrong] = { ...edges[wrong], far: nodes.push({ kind: 'host', label: 'not known', detail: NEXT_HOP }) - 1 };
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
