// A node sends packets out by an interface behind which their destination does not live.

import { DIRECTION } from '../capture/frame.js';
import type { RightRoute } from '../topology/model.js';
import page from './egress-wrong-interface.md';
import type { Confidence } from './finding.js';
import { type EvidenceDraft, rule } from './rule.js';
import { type Crossing, guessedNetwork, isPrivate, type World } from './world.js';

interface Wrong {
  readonly confidence: Confidence;
  readonly expected: string;
  /** Next hop, where it is known. */
  readonly via: string | null;
  /** The network that has no route, or a wrong one. */
  readonly network: string;
  readonly because: string;
  readonly command: string | null;
}

interface Group {
  readonly wrong: Wrong;
  readonly crossing: Crossing;
  readonly c: number;
  readonly about: Set<number>;
  readonly destinations: Set<string>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'egress-wrong-interface',
  title: 'Packets leave by the wrong interface',
  group: 'path',
  severity: 'error',
  hint: 'Compare the route that was used (ip route get) with where the destination lives, and add the missing route.',
  page,
  judge(world, say) {
    const groups = new Map<string, Group>();
    for (const c of world.conversations())
      for (const way of [0, 1] as const) {
        const delivered = world.delivered(c, way);
        // It arrives: whatever the way, it is no fault.
        if (delivered === true) continue;
        for (const crossing of exitsOf(world, c, way)) {
          const wrong = judgeCrossing(world, crossing);
          if (wrong === null) continue;
          const out = crossing.use.path.hops[crossing.exits[crossing.exits.length - 1]];
          const key = `${crossing.source} ${world.portName(out.port)} ${wrong.network} ${wrong.expected}`;
          let group = groups.get(key);
          if (group === undefined) {
            group = { wrong, crossing, c, about: new Set(), destinations: new Set(), evidence: [], count: 0 };
            groups.set(key, group);
          }
          group.count += crossing.use.count;
          group.about.add(world.uid(c));
          group.destinations.add(String(crossing.dst));
          if (crossing.entry < 0 && crossing.use.translatedUid >= 0) group.about.add(crossing.use.translatedUid);
          if (group.evidence.length < 6) group.evidence.push(...hopsOf(world, crossing));
        }
      }
    for (const [key, group] of groups) report(world, key, group, say);
  },
});

/** The crossings of a way; a translated packet that leaves is joined with the one it came in as. */
function exitsOf(world: World, c: number, way: number): Crossing[] {
  return world.crossings(c, way).map((x) => (x.entry >= 0 || x.use.translatedUid < 0 ? x : { ...x, src: x.src }));
}

function judgeCrossing(world: World, x: Crossing): Wrong | null {
  const names = x.exits.map((h) => world.portName(x.use.path.hops[h].port));
  if (x.dst.isMulticast || x.dst.isLoopback || x.dst.isLinkLocal) return null;
  const node = world.node(x.source);
  if (node !== null && world.topology !== null) {
    const right = world.topology.rightRoute(node, x.dst);
    if (right !== null) return byTopology(world, node, x, right, names);
  }
  return byCapture(world, x);
}

function byTopology(world: World, node: string, x: Crossing, right: RightRoute, names: readonly string[]): Wrong | null {
  if (right.dev === null || right.kind === 'local' || right.kind === 'tunnel' || names.includes(right.dev)) return null;
  const actual = world.topology?.route(node, x.dst) ?? null;
  const used =
    actual === null
      ? `${node} has no route for it`
      : actual.prefix.isDefault
        ? `${node} has no route for ${right.prefix}, so its default route${actual.via === null ? '' : ` via ${actual.via}`} took the packets`
        : `the route ${actual.prefix}${actual.via === null ? '' : ` via ${actual.via}`} dev ${actual.dev} of ${node} took the packets`;
  return {
    confidence: 'high',
    expected: right.dev,
    via: right.via === null ? null : String(right.via),
    network: String(right.prefix),
    because: `${used}; ${right.prefix} belongs to ${right.owner}, which is reached through ${right.dev}${right.via === null ? '' : ` via ${right.via}`}`,
    command: world.topology?.repair(node, x.dst) ?? null,
  };
}

/** Without a topology: the destination, or its network, sends from behind another interface. */
function byCapture(world: World, x: Crossing): Wrong | null {
  if (world.isOwn(x.source, x.dst)) return null;
  const outPorts = x.exits.map((h) => x.use.path.hops[h].port);
  const home = world.livesBehind(x.source, x.dst);
  if (home.ports.size > 0) {
    if (outPorts.some((port) => home.ports.has(port))) return null;
    const [port] = [...home.ports].sort((a, b) => b[1] - a[1])[0];
    const name = world.portName(port);
    const who = home.exact ? String(x.dst) : guessedNetwork(x.dst);
    return {
      confidence: home.exact ? 'high' : 'medium',
      expected: name,
      via: null,
      network: home.exact ? String(x.dst) : guessedNetwork(x.dst),
      because: `packets from ${who} come in by ${name}, so that is where it lives`,
      command: null,
    };
  }
  return towardsUplink(world, x, outPorts);
}

/**
 * Nobody in the capture speaks for the destination. It is private, and it is sent to an interface behind which the capture
 * shows only a gateway, while another interface has hosts of the lab behind it.
 */
function towardsUplink(world: World, x: Crossing, outPorts: readonly number[]): Wrong | null {
  if (x.entry < 0 || !isPrivate(x.dst)) return null;
  const entryPort = x.use.path.hops[x.entry].port;
  const inhabited = inhabitedPorts(world, x.source);
  if (outPorts.some((port) => inhabited.has(port)) || outPorts.includes(entryPort)) return null;
  const others = [...inhabited].filter((port) => port !== entryPort);
  if (others.length !== 1) return null;
  const name = world.portName(others[0]);
  const out = world.portName(outPorts[outPorts.length - 1]);
  return {
    confidence: 'low',
    expected: name,
    via: null,
    network: guessedNetwork(x.dst),
    because: `${x.dst} is a private address, nothing in the capture ever came from behind ${out}, and the hosts of the lab are behind ${world.portName(entryPort)} and ${name}: the default route took the packets`,
    command: null,
  };
}

/** Ports behind which hosts send traffic of their own. */
function inhabitedPorts(world: World, source: number): Set<number> {
  const ports = new Set<number>();
  for (const c of world.conversations())
    for (const way of [0, 1] as const) {
      // Link-local chatter (router solicitations, MLD) comes from every link, and says nothing of who lives there.
      const from = world.towards(c, 1 - way);
      if (from.isLinkLocal || world.towards(c, way).isMulticast) continue;
      for (const use of world.uses(c, way)) {
        const first = use.path.hops[0];
        if (use.hops[0].source === source && first.direction === DIRECTION.in) ports.add(first.port);
      }
    }
  return ports;
}

function hopsOf(world: World, x: Crossing): EvidenceDraft[] {
  const evidence: EvidenceDraft[] = [];
  if (x.entry >= 0) evidence.push({ mark: world.hopMark(x.use, x.entry), field: 'ip.dst' });
  evidence.push({ mark: world.hopMark(x.use, x.exits[x.exits.length - 1]), field: 'ip.dst' });
  return evidence;
}

function report(
  world: World,
  key: string,
  { wrong, crossing, c, about, destinations, evidence, count }: Group,
  say: Parameters<Parameters<typeof rule>[0]['judge']>[1],
): void {
  const x = crossing;
  const out = world.portName(x.use.path.hops[x.exits[x.exits.length - 1]].port);
  const entry = x.entry < 0 ? null : world.portName(x.use.path.hops[x.entry].port);
  const edge = x.edge < 0 ? null : world.tracker.tunnels.list[x.edge];
  const { point } = world.captures[x.source];
  const whose = destinations.size === 1 ? world.named(x.dst) : `${wrong.network} (${destinations.size} addresses)`;
  say({
    verdict: 'fail',
    confidence: wrong.confidence,
    key: `${point} ${key.slice(key.indexOf(' ') + 1)}`,
    title: `Packets to ${wrong.network} leave ${point} by ${out} instead of ${wrong.expected}`,
    message: `Packets to ${whose} ${entry === null ? 'are sent by the node itself and' : `come in on ${entry} and`} leave by ${out}; they should leave by ${wrong.expected}${wrong.via === null ? '' : ` via ${wrong.via}`}. No answer to them was seen.`,
    cause: sentence(wrong.because),
    commands: wrong.command === null ? [] : [wrong.command],
    subject: {
      src: String(x.src),
      dst: String(x.dst),
      proto: edge === null ? world.protoName(c) : 'udp',
      ...(edge === null ? world.ports(c) : {}),
      tunnel: edge?.kind ?? null,
      vni: edge === null || edge.vni < 0 ? null : edge.vni,
      interfaceIn: entry,
      interfaceOut: out,
      interfaceExpected: wrong.expected,
      node: point,
    },
    evidence,
    count,
    about,
  });
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
