// Breaks of paths that have one cause are one problem: what it says, and what repairs it.
import { type Command, command, ipRoute, isLine, shown } from '../../bytes/command.js';
import { entry } from '../../bytes/groups.js';
import type { Ip, Prefix } from '../ip.js';
import type { Topology } from '../model.js';
import { natural } from '../natural.js';
import type { RightRoute } from '../types.js';
import type { Walk, WalkEnd, WalkHop } from '../walk.js';
import { type Endpoint, named } from './endpoints.js';
import { listed, RANK, type Severity, type Tell } from './problem.js';

export interface Break {
  readonly way: 'there' | 'back';
  readonly walk: Walk;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly severity: Severity;
  readonly doubt: Doubt | null;
  /** The node that lacks a route into a tunnel, wherever the path ends. */
  readonly blame?: string | undefined;
}

/**
 * Why a break may be none. `nat`: these nodes may translate the source, so that the answers have another address. `senders`: the routes of
 * these, which alone may send packets that way, are not known. `excerpt`: only default routes of the node are listed.
 */
export interface Doubt {
  readonly kind: 'nat' | 'senders' | 'excerpt';
  readonly nodes: readonly string[];
}

/** Breaks on the way to one network. */
interface Lost {
  readonly network: Prefix;
  readonly first: Break;
  /** Owners of the network. */
  readonly owners: Set<string>;
  readonly pairs: Set<string>;
  readonly commands: Set<Command>;
  readonly doubts: Map<Doubt['kind'], Set<string>>;
  /** Not one of the paths breaks on the way there. */
  isBack: boolean;
  severity: Severity;
}

interface Group {
  /** The node that is wrong. */
  readonly at: string;
  readonly stray: Stray | null;
  /** Where that node should send packets to the first destination. */
  readonly right: RightRoute | null;
  readonly end: WalkEnd;
  readonly isSure: boolean;
  /** By network; never empty. */
  readonly lost: Map<string, Lost>;
}

/** A group, its networks taken together. */
interface Cause extends Lost, Pick<Group, 'at' | 'stray' | 'right'> {
  readonly networks: readonly Prefix[];
}

/** Kinds of routes, and of rules, that drop packets. */
export const REFUSED: ReadonlySet<WalkEnd> = new Set<WalkEnd>(['blackhole', 'prohibit', 'unreachable']);

/** Takes breaks, and tells one problem for each cause: one node, one way in which it is wrong, one next hop that would be right. */
export class Breaks {
  private readonly groups = new Map<string, Group>();

  constructor(private readonly topology: Topology) {}

  add(one: Break): void {
    const { topology } = this;
    const { walk, from, to, way, severity, doubt } = one;
    const stray = one.blame === undefined ? strayOf(topology, walk, to.ip) : null;
    const at = one.blame ?? stray?.hop.node ?? culprit(topology, walk, to.ip);
    const right = topology.rightRoute(at, to.ip);
    const by = stray !== null ? `past ${stray.near.via}` : right === null ? '' : `${right.via} ${right.dev}`;
    const route = REFUSED.has(walk.end) ? walk.hops[walk.hops.length - 1].decision?.route : null;
    const key = `${at} ${walk.end} ${doubt === null ? (route?.prefix.key ?? by) : '?'}`;
    const { lost } = entry(
      this.groups,
      key,
      (): Group => ({ at, stray, right, end: walk.end, isSure: doubt === null, lost: new Map() }),
    );
    const found = entry(
      lost,
      to.network.key,
      (): Lost => ({
        network: to.network,
        first: one,
        owners: new Set(),
        pairs: new Set(),
        commands: new Set(),
        doubts: new Map(),
        isBack: true,
        severity,
      }),
    );
    if (way === 'there') found.isBack = false;
    if (RANK[severity] < RANK[found.severity]) found.severity = severity;
    found.owners.add(to.node);
    found.pairs.add(way === 'there' ? `${from.ip} ${to.ip}` : `${to.ip} ${from.ip}`);
    const repair = stray?.command ?? (walk.end === 'loop' ? topology.repair(at, to.ip) : walk.command);
    // By the links it would bypass the tunnel.
    if (repair !== null && one.blame === undefined) found.commands.add(repair);
    if (doubt !== null) addDoubt(found.doubts, doubt.kind, doubt.nodes);
  }

  tell(tell: Tell): void {
    const all = [...this.groups.values()];
    // What is wrong for certain needs no second finding that doubts it: the repair is the same.
    const sure = new Set(
      all.flatMap(({ isSure, at, end, lost }) => (isSure ? [...lost.keys()].map((key) => `${at} ${end} ${key}`) : [])),
    );
    for (const group of all) {
      const open = [...group.lost].filter(([key]) => group.isSure || !sure.has(`${group.at} ${group.end} ${key}`));
      if (open.length > 0)
        this.say(
          together(
            group,
            open.map(([, lost]) => lost),
          ),
          tell,
        );
    }
  }

  private say(cause: Cause, tell: Tell): void {
    const { first, at, stray, right, networks, pairs, commands } = cause;
    const { walk, from, to, way, doubt } = first;
    const hop = walk.hops.find(({ node }) => node === at) ?? walk.hops[walk.hops.length - 1];
    const all = defaultRoute(this.topology, cause) ?? [...commands].sort(natural);
    const doubts = [...cause.doubts].map(([kind, who]) => ({ ...DOUBTS[kind], who: listed(who) }));
    const path = walk.hops.map(({ node }) => node).join(' → ');
    const what =
      way === 'back'
        ? `Packets from ${named(to)} reach ${named(from)}, and the answers ${walk.hops.length === 1 ? `do not leave ${at}` : `go ${path} and no further`}: ${walk.why}.`
        : `Packets from ${named(from)} to ${named(to)} ${walk.hops.length === 1 ? `get no further than ${at}` : `go ${path} and no further`}: ${walk.why}.`;
    tell({
      rule:
        stray === null
          ? ruleOf(walk, first.blame === undefined ? right : null, hop)
          : stray.near.dev === hop.dev
            ? 'egress-wrong-next-hop'
            : 'egress-wrong-interface',
      verdict: doubt === null ? 'fail' : 'inconclusive',
      severity: cause.severity,
      key: `${at} ${walk.end} ${networks
        .map(({ key }) => key)
        .sort()
        .join(' ')}`,
      title: stray === null ? titleOf(cause, hop) : strayTitle(cause, stray),
      message: `${what}${pairs.size > 1 ? ` In all ${pairs.size} paths break there.` : ''}${doubts.map(({ text, who }) => ` ${text(who)}`).join('')}`,
      cause:
        stray !== null
          ? `${stray.near.via} on ${stray.near.dev} is ${to.node} itself, a neighbour of ${at}.`
          : first.blame !== undefined
            ? `The other networks like it are reached through a tunnel of ${at}.`
            : walk.end === 'wrong next hop'
              ? causeOf(cause, hop)
              : '',
      hint:
        doubts.length > 0
          ? `${doubts.map(({ ask, who }) => `On ${who}: ${ask}`).join('. ')}, and import it with the rest. If ${doubts[0].but}, on ${at}: ${
              all
                .filter(isLine)
                .map((one) => `\`${one}\``)
                .join(', ') || 'it needs the route'
            }.`
          : all.length === 0
            ? `On ${at}: see what \`${shown`ip route get ${to.ip}`}\` says, and correct the route.`
            : '',
      commands: doubts.length > 0 ? [] : all,
      node: at,
      subject: {
        src: String(from.ip),
        dst: String(to.ip),
        ...(hop.dev === null ? {} : { interfaceOut: hop.dev }),
        ...(right?.dev != null && walk.end === 'wrong next hop' && first.blame === undefined
          ? { interfaceExpected: right.dev }
          : {}),
      },
      count: pairs.size,
    });
  }
}

function addDoubt(doubts: Lost['doubts'], kind: Doubt['kind'], nodes: Iterable<string>): void {
  const known = entry(doubts, kind, () => new Set<string>());
  for (const node of nodes) known.add(node);
}

function together({ at, stray, right }: Group, all: readonly Lost[]): Cause {
  const [first] = all;
  const doubts: Lost['doubts'] = new Map();
  for (const one of all) for (const [kind, nodes] of one.doubts) addDoubt(doubts, kind, nodes);
  return {
    ...first,
    at,
    stray,
    right,
    networks: all.map(({ network }) => network),
    owners: new Set(all.flatMap(({ owners }) => [...owners])),
    pairs: new Set(all.flatMap(({ pairs }) => [...pairs])),
    commands: new Set(all.flatMap(({ commands }) => [...commands])),
    doubts,
    isBack: all.every(({ isBack }) => isBack),
    severity: all.reduce((most, { severity }) => (RANK[severity] < RANK[most] ? severity : most), first.severity),
  };
}

/** A node that has the owner as a neighbour, and whose route names another one, which leads nowhere. */
interface Stray {
  readonly hop: WalkHop;
  readonly near: { readonly dev: string; readonly via: Ip };
  readonly command: Command;
}

/** The node before the one where the path ends, if that is the one to be wrong: who it sends to need not know the way. */
function strayOf(topology: Topology, { hops, end }: Walk, dst: Ip): Stray | null {
  if ((end !== 'no route' && end !== 'wrong next hop') || hops.length < 2) return null;
  const hop = hops[hops.length - 2];
  const route = hop.decision?.route ?? null;
  if (route === null || route.table !== 'main' || route.via === null || route.prefix.isDefault || hop.tunnel) return null;
  const all = topology.nearNextHops(hop.node, dst);
  const [near] = all;
  if (near === undefined || all.some(({ via }) => via.equals(route.via as Ip))) return null;
  return { hop, near, command: command`${ipRoute(dst)} replace ${route.prefix} via ${near.via} dev ${near.dev}` };
}

const strayTitle = ({ at, networks, owners }: Cause, { hop, near }: Stray): string =>
  `${at} sends packets for ${listed(networks.map(String))} to ${hop.next ?? hop.via} instead of ${listed(owners)}, its neighbour on ${near.dev}`;

/** In a loop the node whose route is not the right one; else the node where the path ends. */
function culprit(topology: Topology, walk: Walk, dst: Ip): string {
  if (walk.end !== 'loop') return walk.at;
  return loopOf(walk).find((node) => topology.repair(node, dst) !== null) ?? walk.at;
}

/** Nodes that packets go round between, in the order of the path. */
function loopOf({ hops }: Walk): string[] {
  const again = hops[hops.length - 1].next;
  const nodes = hops.map(({ node }) => node);
  return nodes.slice(Math.max(0, nodes.indexOf(again ?? '')));
}

function ruleOf({ end }: Walk, right: RightRoute | null, { dev }: WalkHop): string {
  if (end === 'loop') return 'routing-loop';
  if (end !== 'wrong next hop') return 'path-broken';
  return right !== null && right.dev === dev ? 'egress-wrong-next-hop' : 'egress-wrong-interface';
}

const isDefault = ({ decision }: WalkHop): boolean => decision?.route?.prefix.isDefault === true;

function titleOf({ first: { walk }, at, networks, owners, isBack }: Cause, hop: WalkHop): string {
  const nets = listed(networks.map(String));
  const { end, why } = walk;
  if (end === 'no route') return `${at} has no route ${isBack ? 'back ' : ''}to ${nets}`;
  if (end === 'loop') {
    const nodes = loopOf(walk);
    return nodes.length === 1
      ? `${nodes[0]} sends packets for ${nets} to itself`
      : `Packets for ${nets} go round between ${listed(nodes)}`;
  }
  if (end === 'down') return `${hop.dev} of ${at} is down, and packets for ${nets} leave by it`;
  if (end !== 'wrong next hop') return why.replace(/^a (?=rule )/, 'A ');
  return isDefault(hop)
    ? `${at} has no route ${isBack ? 'back ' : ''}to ${nets} but its default route by ${hop.dev}`
    : `${at} sends packets for ${nets} ${hop.via === null ? '' : `to ${hop.via} `}by ${hop.dev}, which does not lead to ${listed(owners)}`;
}

function causeOf({ first: { to }, at, right }: Cause, hop: WalkHop): string {
  if (right === null || right.dev === null) return '';
  const route = hop.decision?.route ?? null;
  const place = right.via === null ? right.dev : `${right.via} on ${right.dev}`;
  return `${to.node} is behind ${place}, and the route of ${at} is ${route === null ? 'another' : route.prefix}${hop.via === null ? '' : ` via ${hop.via}`}.`;
}

const DOUBTS: Readonly<Record<Doubt['kind'], { text: (who: string) => string; ask: string; but: string }>> = {
  nat: {
    text: (who) =>
      `They come back only if ${who} translates the source, and the topology does not hold the rules of its firewall.`,
    ask: '`nft list ruleset` or `iptables-save`',
    but: 'the source is not translated',
  },
  senders: {
    text: (who) =>
      `Whether packets for it come there at all, or travel in a tunnel, is decided by the routes of ${who}, which are not known.`,
    ask: '`ip -j route; ip -d -j link`',
    but: 'there is no tunnel',
  },
  excerpt: {
    text: (who) => `Only the default route of ${who} is listed: there may be others.`,
    ask: '`ip -j route`, the whole of it',
    but: 'there is no other route',
  },
};

/** A node without a default route, from which all that it lacks is behind one next hop. */
function defaultRoute(topology: Topology, { first, at, right, networks, commands }: Cause): Command[] | null {
  const { family } = first.to.ip;
  if (first.walk.end !== 'no route' || networks.length < 2 || commands.size < 2) return null;
  if (topology.node(at)?.routes.some(({ prefix }) => prefix.isDefault && prefix.address.family === family) !== false) return null;
  if (right?.dev == null || right.via === null) return null;
  return [command`${ipRoute(first.to.ip)} add default via ${right.via} dev ${right.dev}`];
}
