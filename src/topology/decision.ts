// What a node does with a packet, by its rules and all tables that are known; and whether a rule may decide otherwise.
import type { Ip, Prefix } from './ip.js';
import { PrefixTable } from './prefix-table.js';
import { type NodeRecord, routingTable } from './record.js';
import type { Route } from './routes.js';
import type { PolicyRule } from './types.js';

/** What is known of a packet beside its destination; what is left out is not known. */
export interface PacketFacts {
  readonly src?: Ip | null;
  readonly mark?: number | null;
  /** Interface it came in by; `null` of the node's own packets is not known either. */
  readonly iif?: string | null;
  /** It came from another node, so that an `iif` of null is one that is not known. */
  readonly forwarded?: boolean;
}

export interface Decision {
  /** What the packet meets; null when no table that is known has a route for it. */
  readonly route: Route | null;
  /** Name or number of the table that decided; `main` where nothing else is known. */
  readonly table: string;
  /** The rule that chose the table, as `ip rule` prints it; null for the main table without a rule. */
  readonly rule: string | null;
  /** Rules before it that may decide otherwise: by a mark or an interface that is not known, or a table that is not. */
  readonly maybe: readonly PolicyRule[];
  /** `prohibit`, `blackhole` or `unreachable` of a rule itself. */
  readonly refused: 'prohibit' | 'blackhole' | 'unreachable' | null;
  /** The route, or that there is none, is certain: the tables and rules that decide are known, and none of `maybe`. */
  readonly certain: boolean;
}

/** Linux's default rules (ip-rule(8)): local, main, default. */
const MAIN_ONLY: readonly PolicyRule[] = [];
/** What the kernel adds with the first VRF (Linux, Documentation/networking/vrf.rst): packets of its interfaces have its table first. */
const WITH_VRF: readonly PolicyRule[] = (['l3mdev', 'lookup'] as const).map((action, i) => ({
  family: 4,
  priority: [1000, 32766][i],
  text: ['1000: from all lookup [l3mdev-table]', '32766: from all lookup main'][i],
  not: false,
  from: null,
  to: null,
  iif: null,
  oif: null,
  mark: null,
  table: 'main',
  action,
  suppress: null,
}));

export function decide(node: NodeRecord, dst: Ip, facts: PacketFacts): Decision {
  const { family } = dst;
  const hasVrf = node.interfaces.some(({ kind, table }) => kind === 'vrf' && table !== null);
  const given = node.rules?.filter((rule) => rule.family === family) ?? MAIN_ONLY;
  const listed = given.length === 0 && hasVrf ? WITH_VRF : given;
  const maybe: PolicyRule[] = [];
  const whole = node.routesOf.has(family);
  if (listed.length === 0) {
    const route = lookup(node, 'main', dst);
    return {
      route,
      table: 'main',
      rule: null,
      maybe,
      refused: null,
      certain: whole || (route !== null && route.kind === 'local'),
    };
  }
  for (const rule of listed) {
    const fits = matches(rule, node, dst, facts);
    if (fits === 'no') continue;
    if (rule.action === 'unknown') {
      maybe.push(rule);
      continue;
    }
    if (rule.action === 'prohibit' || rule.action === 'blackhole' || rule.action === 'unreachable') {
      if (fits === 'yes')
        return { route: null, table: 'main', rule: rule.text, maybe, refused: rule.action, certain: maybe.length === 0 };
      maybe.push(rule);
      continue;
    }
    const table = rule.action === 'l3mdev' ? vrfTable(node, facts.iif ?? null) : rule.table;
    // In which VRF it came in decides.
    if (rule.action === 'l3mdev' && hasVrf && facts.forwarded === true && facts.iif == null) maybe.push(rule);
    if (table === null || table === 'default') continue;
    const known = table === 'main' ? whole : table === 'local' || node.tables.has(`${family} ${table}`);
    const route = table === 'local' ? localRoute(node, dst) : lookup(node, table, dst);
    const silent = route === null || (rule.suppress !== null && route.prefix.length <= rule.suppress);
    // A table that is known and has nothing for it lets the next rule decide.
    if (silent) {
      if (!known) maybe.push(rule);
      continue;
    }
    if (fits === 'yes') return { route, table, rule: rule.text, maybe, refused: null, certain: known && maybe.length === 0 };
    maybe.push(rule);
  }
  return { route: null, table: 'main', rule: null, maybe, refused: null, certain: whole && maybe.length === 0 };
}

function localRoute(node: NodeRecord, dst: Ip): Route | null {
  const route = lookup(node, 'main', dst);
  return route?.kind === 'local' ? route : null;
}

function lookup(node: NodeRecord, table: string, dst: Ip): Route | null {
  let found: readonly Route[] | null;
  if (table === 'main') {
    node.table ??= routingTable(node);
    found = node.table.find(dst);
  } else {
    const key = `${dst.family} ${table}`;
    let other = node.otherTables.get(key);
    if (other === undefined) {
      const routes = [...(node.tables.get(key) ?? [])].sort((x, y) => x.metric - y.metric);
      other = new PrefixTable(routes.map((route) => [route.prefix, route] as const));
      node.otherTables.set(key, other);
    }
    found = other.find(dst);
  }
  // A `throw` route ends the table; the rules go on.
  return found === null || found[0].kind === 'throw' ? null : found[0];
}

/** Table of the VRF that the interface belongs to; null when it is in none. */
function vrfTable(node: NodeRecord, iif: string | null): string | null {
  const master = iif === null ? null : (node.byName.get(iif)?.master ?? null);
  return master === null ? null : (node.byName.get(master)?.table ?? null);
}

function matches(rule: PolicyRule, node: NodeRecord, dst: Ip, { src, mark, iif }: PacketFacts): 'yes' | 'no' | 'maybe' {
  const tests: ('yes' | 'no' | 'maybe')[] = [];
  const test = (known: boolean, fits: () => boolean) => tests.push(known ? (fits() ? 'yes' : 'no') : 'maybe');
  if (rule.from !== null) test(src != null, () => (rule.from as Prefix).contains(src as Ip));
  if (rule.to !== null) test(true, () => (rule.to as Prefix).contains(dst));
  if (rule.iif !== null) test(iif != null, () => rule.iif === iif || node.byName.get(iif as string)?.master === rule.iif);
  if (rule.oif !== null) tests.push('maybe');
  if (rule.mark !== null) {
    const { value, mask } = rule.mark;
    test(mark != null, () => ((mark as number) & mask) >>> 0 === value);
  }
  const all = tests.includes('no') ? 'no' : tests.includes('maybe') ? 'maybe' : 'yes';
  return !rule.not || all === 'maybe' ? all : all === 'yes' ? 'no' : 'yes';
}
