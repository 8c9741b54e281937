// Rules of a node's firewall, as text: which may drop, and whether any translates sources. hopscope does not run them.
import { quantity } from '../../bytes/units.js';
import type { Topology } from '../model.js';
import type { Node } from '../types.js';
import type { Tell } from './problem.js';

/** Whether a source may leave the node translated; null when its rules are not in the topology. */
export function translates(node: Node): boolean | null {
  if (node.firewall.some((line) => /\b(?:masquerade|snat|netmap)\b/i.test(line))) return true;
  return node.firewallKnown ? false : null;
}

const DROPS = /\b(?:drop|reject)\b/i;
/** Where packets pass that the node forwards; what it takes itself (INPUT) is no matter of paths. */
const PASSING = /\b(?:forward|raw|mangle|prerouting|postrouting|output)\b/i;
/** What every stateful filter drops. */
const INVALID = /\b(?:invalid)\b/i;
/** Rules that a finding quotes. */
const QUOTED = 3;

/** Nodes that paths go through and whose rules drop something: worth knowing, and no fault by itself. */
export function tellFirewalls(topology: Topology, passed: ReadonlyMap<string, number>, tell: Tell): void {
  for (const [name, paths] of passed) {
    const lines = (topology.node(name)?.firewall ?? []).filter(
      (line) => DROPS.test(line) && PASSING.test(line) && !INVALID.test(line),
    );
    if (lines.length === 0) continue;
    const more = lines.length > QUOTED ? ` and ${lines.length - QUOTED} more` : '';
    tell({
      rule: 'firewall-drops',
      severity: 'info',
      key: name,
      title: `${name} has ${quantity(lines.length, 'rule')} that ${lines.length === 1 ? 'drops' : 'drop'} packets on their way`,
      message: `${quantity(paths, 'path leads', 'paths lead')} through ${name}, whose firewall has: ${lines.slice(0, QUOTED).join('; ')}${more}. hopscope does not run these rules: they are named as what may be the cause.`,
      hint: `On ${name}: the counters of the rules (\`nft list ruleset\`, \`iptables -vnL\`) show whether packets meet them.`,
      node: name,
      count: lines.length,
    });
  }
}
