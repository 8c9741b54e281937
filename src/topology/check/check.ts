// What is wrong in a lab before a packet is sent. The parts look at links, tunnels and paths; what is missing to decide is one problem more.
import { quantity } from '../../bytes/units.js';
import type { SharedPods } from '../import/draft.js';
import type { Topology } from '../model.js';
import { natural } from '../natural.js';
import { attachedOf, endpointsOf } from './endpoints.js';
import { checkGateways } from './gateways.js';
import { checkLinks } from './links.js';
import { checkOuter } from './outer.js';
import { Passing } from './passing.js';
import { checkPaths, type Missing, type PathCounts } from './paths.js';
import { listed, type Problem, RANK, type Tell } from './problem.js';
import { checkTunnels, tunnelEnds } from './tunnels.js';

export type { Problem } from './problem.js';

export interface Checked {
  /** Faults first, the gravest before the others. */
  readonly problems: readonly Problem[];
  readonly paths: PathCounts;
  /** Checks that had something to look at, by the ids of what they would have told. */
  readonly looked: readonly string[];
}

/** Problems in one report: more would not be read. */
const MAX_PROBLEMS = 500;

/** `shared`: pod networks that the inputs give to two nodes. */
export function checkTopology(topology: Topology, shared: readonly SharedPods[] = []): Checked {
  const problems: Problem[] = [];
  const tell: Tell = (problem) => {
    if (problems.length >= MAX_PROBLEMS) return;
    problems.push({
      verdict: 'fail',
      severity: 'error',
      cause: '',
      hint: '',
      commands: [],
      subject: {},
      ...problem,
    });
  };
  const attached = attachedOf(topology);
  const { list, left } = endpointsOf(topology, attached);
  const { ends, paths } = tunnelEnds(topology);
  const passing = new Passing(topology);
  checkLinks(topology, attached, tell);
  checkTunnels(topology, ends, tell);
  checkOuter(topology, ends, tell);
  checkGateways(topology, attached, tell);
  const walked = checkPaths(topology, list, paths, tell, (from, to, there) => passing.take(from, to, there));
  passing.tell(tell);
  checkServices(topology, tell);
  tellShared(shared, tell);
  tellMissing(topology, walked.missing, tell);
  if (topology.nodeNames.length === 0 && [...topology.ownedAddresses].length === 0)
    tell({
      rule: 'topology-incomplete',
      verdict: 'inconclusive',
      severity: 'info',
      key: 'nodes',
      title: 'The topology has no node, so that nothing was checked',
      message: 'Paths and links are checked between nodes, and none is in it.',
      hint: 'Import the outputs of its machines: `hopscope topology import` (`ip -j addr; ip -j route` of each).',
      node: null,
      count: 1,
    });
  if (left + walked.left > 0)
    tell({
      rule: 'topology-incomplete',
      verdict: 'inconclusive',
      severity: 'info',
      key: 'bounds',
      title: `The lab is too large to walk every path: ${quantity(left, 'address')} and ${quantity(walked.left, 'path')} were left out`,
      message: `${list.length} addresses were taken, those of the first nodes by name.`,
      hint: 'Check parts of the lab, each with a topology of its own.',
      node: null,
      count: left + walked.left,
    });
  const looked = [
    ...(walked.counts.walked > 0 ? ['path-broken', 'routing-loop', 'egress-wrong-interface', 'return-asymmetric'] : []),
    ...([...attached.values()].some((link) => link.length > 1)
      ? ['arp-duplicate', 'mac-duplicate', 'netmask-mismatch', 'mtu-mismatch']
      : []),
    ...(ends.length > 0 ? ['tunnel-wrong-endpoint', 'tunnel-vni-mismatch', 'tunnel-port-mismatch', 'tunnel-mtu'] : []),
    ...(topology.nodeNames.some((name) => (topology.node(name)?.neighbours.length ?? 0) > 0)
      ? ['tunnel-inner-mac', 'mac-unknown']
      : []),
    ...(topology.ownedAddresses.some(({ backendsKnown }) => backendsKnown) ? ['service-no-backend'] : []),
  ];
  return { problems: problems.sort(order), paths: walked.counts, looked };
}

const order = (a: Problem, b: Problem): number =>
  Number(a.verdict === 'inconclusive') - Number(b.verdict === 'inconclusive') ||
  RANK[a.severity] - RANK[b.severity] ||
  b.count - a.count ||
  natural(`${a.rule} ${a.key}`, `${b.rule} ${b.key}`);

function checkServices(topology: Topology, tell: Tell): void {
  for (const { ip, service, backends, backendsKnown } of topology.ownedAddresses) {
    if (service === null || !backendsKnown || backends.length > 0) continue;
    tell({
      rule: 'service-no-backend',
      severity: 'warning',
      key: `${service} ${ip}`,
      title: `The service ${service} at ${ip} has no backend`,
      message: `Its list of backends is empty: whoever asks ${ip} is refused, or gets no answer.`,
      hint: 'See whether its selector meets pods that are ready: `kubectl get endpointslices,pods -o wide --show-labels` in its namespace.',
      node: null,
      subject: { target: String(ip) },
      count: 1,
    });
  }
}

function tellShared(shared: readonly SharedPods[], tell: Tell): void {
  for (const { cidr, nodes } of shared)
    tell({
      rule: 'subnet-twice',
      key: `pods ${cidr}`,
      title: `${listed(nodes)} have one pod network, ${cidr}`,
      message: `${cidr} is the pod network of ${listed(nodes)}: their pods get the same addresses, and packets for it reach one of the nodes only.`,
      hint: `Give each node a network of its own: \`kubectl get nodes,ciliumnodes -o yaml\` shows who has which. A node gets a new one when its object is deleted and it joins again; where the network's own configuration names it, correct it there, then start the pods anew.`,
      node: nodes.at(-1) ?? null,
      subject: { dst: cidr },
      count: nodes.length,
    });
}

function tellMissing(topology: Topology, { routes, tunnels, rules }: Missing, tell: Tell): void {
  const sum = (map: ReadonlyMap<string, number>) => [...map.values()].reduce((total, n) => total + n, 0);
  const say = (key: string, map: ReadonlyMap<string, number>, what: string, why: string, hint: string) => {
    if (map.size === 0) return;
    tell({
      rule: 'topology-incomplete',
      verdict: 'inconclusive',
      severity: 'info',
      key,
      title: `${what} of ${listed(map.keys())} ${what.startsWith('The other end') ? 'is' : 'are'} not known: ${quantity(sum(map), 'path is', 'paths are')} undecided`,
      message: why,
      hint,
      node: map.size === 1 && topology.node([...map.keys()][0]) !== null ? [...map.keys()][0] : null,
      count: sum(map),
    });
  };
  const nodes = listed(routes.keys());
  say(
    'routes',
    routes,
    'The routes',
    'What a node does with a packet is decided by its routes, and a topology without them says nothing about it.',
    `On ${nodes}: \`ip -j route; ip -6 -j route; ip rule\`, and import it with the rest. A node that has none says so with "routes: []".`,
  );
  say(
    'tunnels',
    tunnels,
    'The other end',
    'Packets go into a tunnel whose device does not say where it leads.',
    `On the node: \`ip -d -j link\` and \`bridge fdb\`, and import it with the rest. For Cilium: the pods and their nodes (\`kubectl get pods -A -o wide\`), and the tunnel.`,
  );
  say(
    'rules',
    rules,
    'The rules',
    'A rule of the policy database may lead the packets elsewhere: by a mark, an interface or a table that is not known.',
    `On ${listed(rules.keys())}: \`ip rule; ip route show table all\`, and import it with the rest.`,
  );
}
