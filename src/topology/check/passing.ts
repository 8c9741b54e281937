// Nodes in the middle of paths: those that do not forward, and those that drop what comes in by the wrong interface.
import { command } from '../../bytes/command.js';
import { quantity } from '../../bytes/units.js';
import type { Topology } from '../model.js';
import { reverseRoute } from '../reverse.js';
import { forwardingKey, sysctlOn, type Walk } from '../walk.js';
import { type Endpoint, named } from './endpoints.js';
import { tellFirewalls } from './firewall.js';
import { isSource } from './paths.js';
import { listed, type Tell } from './problem.js';

interface Dropped {
  readonly node: string;
  readonly dev: string;
  readonly back: string;
  readonly from: Set<string>;
  paths: number;
  readonly example: string;
}

/** Takes all paths that lead there and back, and tells of the nodes on them. */
export class Passing {
  private readonly idle = new Map<string, { node: string; family: 4 | 6; paths: number; path: string }>();
  private readonly dropped = new Map<string, Dropped>();
  private readonly passed = new Map<string, number>();

  constructor(private readonly topology: Topology) {}

  take(from: Endpoint, to: Endpoint, { hops }: Walk): void {
    const { topology } = this;
    const { family } = to.ip;
    const isUsed = from.kind !== 'own' || isSource(topology, from, hops[0]);
    hops.forEach(({ node, iif }, n) => {
      const isLast = n === hops.length - 1;
      if (isUsed && n > 0 && iif !== null) this.reverse(node, iif, from, to);
      // The owner of a pod network passes packets on as a router does.
      if (n === 0 || (isLast && to.kind !== 'pods')) return;
      this.passed.set(node, (this.passed.get(node) ?? 0) + 1);
      if (topology.forwards(node, family) !== false) return;
      const key = `${node} ${family}`;
      const known = this.idle.get(key) ?? { node, family, paths: 0, path: `${named(from)} to ${named(to)}` };
      this.idle.set(key, known);
      known.paths++;
    });
  }

  private reverse(node: string, iif: string, from: Endpoint, to: Endpoint): void {
    const { topology } = this;
    const entry = topology.interfaceByName(node, iif);
    const found = reverseRoute(topology, node, iif, from.ip, {
      src: to.ip,
      sameLink: (dev) => dev === iif || dev === entry?.master || topology.interfaceByName(node, dev)?.lower === iif,
    });
    if (found === null || found.setting !== 1 || !found.certain) return;
    const key = `${node} ${iif} ${found.dev}`;
    const known = this.dropped.get(key) ?? {
      node,
      dev: iif,
      back: found.dev,
      from: new Set(),
      paths: 0,
      example: `${named(from)} to ${named(to)}`,
    };
    this.dropped.set(key, known);
    known.from.add(String(from.network));
    known.paths++;
  }

  tell(tell: Tell): void {
    for (const { node, family, paths, path } of this.idle.values()) {
      const setting = forwardingKey(family);
      tell({
        rule: 'forward-missing',
        key: `${node} ${family}`,
        title: `${node} does not forward IPv${family}, and ${quantity(paths, 'path leads', 'paths lead')} through it`,
        message: `${setting} of ${node} is 0: it drops what is not for itself. By the routes packets from ${path} pass it.`,
        hint: 'Write it to /etc/sysctl.d/ too, so that it stays.',
        commands: [sysctlOn(family)],
        node,
        subject: {},
        count: paths,
      });
    }
    for (const { node, dev, back, from, paths, example } of this.dropped.values())
      tell({
        rule: 'return-asymmetric',
        key: `${node} ${dev} ${back}`,
        title: `${node} drops what comes in by ${dev} from ${listed(from)}: its return path is by ${back}`,
        message: `Strict reverse-path filtering is on (rp_filter = 1, RFC 3704 section 2.2), and the route of ${node} back to the sender leads by ${back}. Packets from ${example} come in by ${dev}${paths > 1 ? `, as those of ${quantity(paths - 1, 'other path')} do` : ''}.`,
        hint: 'Let packets of one pair take one path in both directions; or set the filter to loose (the greater of the setting of the interface and of net.ipv4.conf.all counts).',
        commands: [command`sysctl -w net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter=2`],
        node,
        subject: { interfaceIn: dev, interfaceExpected: back },
        count: paths,
      });
    tellFirewalls(this.topology, this.passed, tell);
  }
}
