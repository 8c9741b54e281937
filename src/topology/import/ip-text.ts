// `ip addr`, `ip link`, with -br, -o, -d, -s; `ip route`, `ip rule`, `ip neigh`, as text.
import { safeText } from '../../bytes/text.js';
import { Ip, Prefix } from '../ip.js';
import { parseRoute } from '../routes.js';
import type { Listing, Scope } from './listing.js';

const HEAD = /^(\d+): ([^:@\s]+)(?:@(\S+))?: <([^>]*)>(.*)$/;
/** `ip -o addr`: number and name, then the address on the same line. */
const ONE_LINE = /^(\d+): (\S+?)(?:@\S+)?\s+(inet6? .*)$/;
const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i;
/** Lines of statistics and lifetimes below an interface. */
const STATES = 'UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING';
const BRIEF = new RegExp(`^([^\\s@:]+)(?:@(\\S+))?\\s+(?:${STATES})(?:\\s+(.*))?$`);

/** Words of `ip -d link` that are followed by what they say. */
function after(words: readonly string[], key: string): string | undefined {
  const i = words.indexOf(key);
  return i < 0 ? undefined : words[i + 1];
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

/** A line that describes the kind of a device: `vxlan id 1 local 10.0.0.1 dev eth0 ... dstport 8472`. */
const KINDS = [
  'vxlan',
  'geneve',
  'vlan',
  'bridge',
  'bond',
  'veth',
  'vrf',
  'wireguard',
  'gre',
  'gretap',
  'ipip',
  'sit',
  'ip6tnl',
  'macvlan',
  'ipvlan',
  'dummy',
  'tun',
  'ip6gre',
  'erspan',
  'ipip6',
  'netkit',
];

function details(scope: Scope, node: string, dev: string, text: string): boolean {
  const words = text.trim().split(/\s+/);
  const kind = words[0];
  if (!KINDS.includes(kind)) return false;
  const of = { node, dev, from: scope.from };
  scope.draft.device(of, { kind });
  if (kind === 'vxlan' || kind === 'geneve')
    scope.draft.tunnelDevice(of, {
      type: kind,
      id: number(after(words, 'id')),
      remote: after(words, 'remote') ?? after(words, 'group'),
      local: after(words, 'local'),
      port: number(after(words, 'dstport')),
      over: after(words, 'dev'),
      external: words.includes('external'),
    });
  if (['gre', 'gretap', 'ipip', 'sit', 'ip6tnl', 'ip6gre', 'erspan'].includes(kind))
    scope.draft.tunnelDevice(of, {
      type: kind,
      remote: known(after(words, 'remote')),
      local: known(after(words, 'local')),
      external: words.includes('external'),
    });
  if (kind === 'vlan') scope.draft.device(of, { vlan: number(after(words, 'id')) });
  if (kind === 'vrf') scope.draft.device(of, { table: after(words, 'table') });
  if (kind === 'bridge')
    scope.draft.device(of, {
      vlanFiltering: words.includes('vlan_filtering') ? after(words, 'vlan_filtering') === '1' : undefined,
    });
  return true;
}

/** `any` stands for no address. */
function known(address: string | undefined): string | undefined {
  return address === undefined || Ip.parse(address) === null || address === '0.0.0.0' ? undefined : address;
}

function head(scope: Scope, node: string, match: RegExpExecArray): string {
  const [, index, dev, peer, flags, rest] = match;
  const words = rest.trim().split(/\s+/);
  const mtu = number(after(words, 'mtu'));
  scope.draft.interface(node, dev, { index: Number(index), ...(mtu !== undefined && dev !== 'lo' ? { mtu } : {}) }, scope.from);
  const of = { node, dev, from: scope.from };
  // `@if7` is a number in another namespace; a name is the lower device of a VLAN, or a veth's other end.
  scope.draft.device(of, {
    master: after(words, 'master'),
    ...(peer !== undefined && !/^if\d+$/.test(peer) && peer !== 'NONE' ? { lower: peer } : {}),
    ...(flags.split(',').includes('UP') ? {} : { up: false }),
    ...(peer !== undefined && /^if\d+$/.test(peer) ? { peerIndex: Number(peer.slice(2)) } : {}),
  });
  return dev;
}

function below(scope: Scope, node: string, dev: string, line: string): void {
  const mac = /^\s+link\/ether ([0-9a-f:]{17})/i.exec(line);
  if (mac !== null) scope.draft.interface(node, dev, { mac: mac[1] }, scope.from);
  // `inet ADDRESS peer PEER/LENGTH` on point-to-point links: the length is the peer's.
  const address = /^\s+inet6? ([0-9a-fA-F.:]+)(?: peer [0-9a-fA-F.:]+)?\/(\d+)/.exec(line);
  if (address !== null) scope.draft.interface(node, dev, { addresses: [`${address[1]}/${address[2]}`] }, scope.from);
  details(scope, node, dev, line);
}

/** `ip addr`, `ip link`, `bridge link`, and their one-line forms, whose lines are joined by a backslash. */
export const addr: Listing = {
  what: 'ip addr',
  begins: /\d/,
  needsNode: true,
  starts: (line) => HEAD.test(line) || ONE_LINE.test(line),
  open(scope) {
    const node = scope.node as string;
    let dev = '';
    return {
      take(line) {
        const [first, ...rest] = line.includes('\\') ? line.split('\\') : [line];
        const match = HEAD.exec(first);
        // The first interface again: another machine's listing, or the same at another time.
        if (match !== null && match[1] === '1' && dev !== '') return false;
        if (match !== null) dev = head(scope, node, match);
        else {
          const one = ONE_LINE.exec(first);
          if (one !== null) {
            dev = one[2];
            scope.draft.interface(node, dev, { index: Number(one[1]) }, scope.from);
            below(scope, node, dev, ` ${one[3]}`);
          } else if (/^\s+\S/.test(first) && dev !== '') below(scope, node, dev, first);
          else return false;
        }
        for (const part of rest) below(scope, node, dev, ` ${part.trim()}`);
        return true;
      },
    };
  },
};

export const brief: Listing = {
  what: 'ip -br addr',
  needsNode: true,
  starts: (line) => BRIEF.test(line) && !/^(?:CHAIN|tcp|udp|NAME)/i.test(line),
  open(scope) {
    return {
      take(line) {
        const match = BRIEF.exec(line);
        if (match === null) return false;
        const node = scope.node as string;
        const words = (match[3] ?? '').split(/\s+/);
        const mac = words.find((word) => MAC.test(word));
        const dev = match[1];
        const addresses = words.filter((word) => word.includes('/') && Prefix.parse(word) !== null);
        scope.draft.interface(node, dev, { ...(mac && dev !== 'lo' ? { mac } : {}), addresses }, scope.from);
        const peer = match[2];
        scope.draft.device(
          { node, dev, from: scope.from },
          { ...(peer !== undefined && !/^if\d+$/.test(peer) && peer !== 'NONE' ? { lower: peer } : {}) },
        );
        return true;
      },
    };
  },
};

const TYPES = 'unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|anycast';
const ROUTE = new RegExp(
  `^(?:(?:${TYPES}) )?(?:default|[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*(?:/\\d+)?)(?: (?:via|dev|proto|scope|src|metric|nhid|table|mtu|encap|tos|nexthop|pref|error|linkdown|onlink|expires|from)\\b.*)?\\s*$`,
);
const SILENT = new RegExp(`^(?:${TYPES}) (?:default|[0-9a-fA-F.:]+(?:/\\d+)?)(?: .*)?$`);
const GET = /^(?:(?:local|broadcast|multicast|unreachable|prohibit|blackhole) )?[0-9a-fA-F.:]+ .*\buid \d+/;

function isRoute(line: string): boolean {
  const text = line.trim();
  return ROUTE.test(text)
    ? / (?:dev|via|nexthop|nhid) |^(?:blackhole|unreachable|prohibit|throw) |^\S+ proto /.test(` ${text}`.slice(1)) ||
        SILENT.test(text)
    : false;
}

/** The first line of a multipath route may hold its destination alone; the next hops are on the lines after it. */
const isMultipath = (line: string, next: string): boolean => ROUTE.test(line.trim()) && /^\s+nexthop /.test(next);

/** `ip route get`: one answer for one packet, not a table. */
export const routeGet: Listing = {
  what: 'ip route get',
  starts: (line, next, hint) =>
    (hint.what === 'route get' && (isRoute(line) || /^\S+ from /.test(line))) ||
    GET.test(line) ||
    (isRoute(line) && /^\s+cache\b/.test(next)) ||
    /^[0-9a-fA-F.:]+ from \S+ (?:via|dev) /.test(line),
  open: () => {
    let first = true;
    return {
      take(line) {
        const ok = first || /^\s+(?:cache|nexthop)\b/.test(line);
        first = false;
        return ok;
      },
      end: () => 'it answers for one packet, and is not the table',
    };
  },
};

/** Devices that carry the pods of their node only, so that the network behind them is its own. */
const POD_BRIDGES = /^(?:cni0|cbr0|kube-bridge|weave)$/;

export const route: Listing = {
  what: 'ip route',
  begins: /[\s0-9a-fA-F.:ulbmtp]/,
  needsNode: true,
  starts: (line, next, hint) =>
    (isRoute(line) || isMultipath(line, next) || (hint.what === 'route' && hint.dev !== null && ROUTE.test(line))) &&
    hint.what !== 'other' &&
    !/^\S+ dev \S+ (?:lladdr|FAILED|INCOMPLETE)/.test(line),
  open(scope) {
    const lines: string[] = [];
    const seen = new Set<string>();
    return {
      take(line, next) {
        const isWhole = isRoute(line) || isMultipath(line, next);
        if (/^\s+nexthop /.test(line) && lines.length > 0) lines[lines.length - 1] += ` ${line.trim()}`;
        else if ((isWhole || (scope.hint.dev !== null && ROUTE.test(line))) && !GET.test(line) && !again(lines, line)) {
          const text = line.trim().replace(/\s+/g, ' ');
          // No table has a route twice, nor two gateways of one metric (IPv4): here another listing begins.
          const key = placeOf(text);
          if (seen.has(key)) return false;
          seen.add(key);
          lines.push(text);
        } else return false;
        return true;
      },
      end: () => addRoutes(scope, lines),
    };
  },
};

/** The default route stands first, but for IPv6: after others, it begins another listing. */
function again(lines: readonly string[], line: string): boolean {
  return (
    line.startsWith('default') &&
    ownFamily(line) === 4 &&
    !/ table /.test(line) &&
    lines.some((other) => !other.startsWith('default')) &&
    lines.some((other) => other.startsWith('default') && ownFamily(other) === 4)
  );
}

/** What a table holds once: destination, metric and type of service of an IPv4 route by a gateway, else the whole line. */
function placeOf(line: string): string {
  if (ownFamily(line) === 6 || !/^\S+ via /.test(line)) return line;
  const word = (key: string) => new RegExp(` ${key} (\\S+)`).exec(line)?.[1] ?? '';
  return [line.slice(0, line.indexOf(' ')), ...['table', 'metric', 'tos'].map(word)].join(' ');
}

/** By its destination; of a default route by its gateway (one of IPv4 by an IPv6 gateway is printed as `via inet6`) and preference. */
function ownFamily(line: string): 4 | 6 {
  const to = line.replace(new RegExp(`^(?:${TYPES}) `), '');
  if (!to.startsWith('default')) return /^[^ ]*:/.test(to) ? 6 : 4;
  return !/ via inet6 /.test(to) && (/ pref /.test(to) || to.replace(/ (?:dev|oif|iif) \S+/g, '').includes(':')) ? 6 : 4;
}

/** Adds the lines of one listing, by table and family; returns why they were left out, or null. */
export function addRoutes(scope: Scope, all: readonly string[]): string | null {
  const { draft, hint, from } = scope;
  const node = scope.node as string;
  const byKey = new Map<string, { family: 4 | 6; table: string; lines: string[] }>();
  let family = hint.family;
  // A listing without any table in its lines has one family, and `default dev ppp0` does not say which.
  family ??= all.some((line) => ownFamily(line) === 6)
    ? all.some((line) => ownFamily(line) === 4 && !/^default (?!via )/.test(line))
      ? null
      : 6
    : 4;
  for (const line of all) {
    // Of one device (`show dev eth0`) the lines do not name it.
    const text = hint.dev === null || / dev /.test(line) ? line : inDevice(line, hint.dev);
    // A line that was cut says nothing, and a topology that holds it could not be read.
    const broken = parseRoute(text);
    if ('problem' in broken) {
      draft.notes.push(`${from}: '${safeText(text.slice(0, 60))}' is no whole route; left out`);
      continue;
    }
    const family6 = family ?? ownFamily(text);
    const said = / table (\S+)/.exec(text)?.[1] ?? null;
    const table = said ?? hint.table ?? 'main';
    const main = table === 'main' || table === '254';
    let kept = main ? text : said === null ? `${text} table ${table.replace(/^vrf /, '')}` : text;
    // Of an IPv6 default route without gateway only the preference tells the family.
    if (family6 === 6 && /^(?:\w+ )?default /.test(kept) && ownFamily(kept) === 4 && !/ pref /.test(kept)) kept += ' pref medium';
    const key = `${family6} ${main ? 'main' : table}`;
    const group = byKey.get(key) ?? { family: family6, table: main ? 'main' : table, lines: [] };
    byKey.set(key, group);
    group.lines.push(kept);
    ownNetwork(scope, node, text);
  }
  if (hint.part)
    return 'some lines of the table only, so nothing follows from what is missing; the whole `ip route` would be used';
  for (const { family: f, table, lines } of byKey.values())
    draft.routes(node, { family: f, table, lines: lines.filter(worthKeeping), from });
  return null;
}

const inDevice = (line: string, dev: string): string => line.replace(/^(\S+(?: via \S+)?)/, (start) => `${start} dev ${dev}`);

/** Networks of a node's own pods, which its routes tell. */
function ownNetwork({ draft }: Scope, node: string, line: string): void {
  const [text] = line.replace(new RegExp(`^(?:${TYPES}) `), '').split(' ');
  const prefix = Prefix.parse(text);
  if (prefix === null || prefix.isHost || prefix.isDefault || prefix.network.isLinkLocal || prefix.network.isMulticast) return;
  const word = (key: string) => new RegExp(` ${key} (\\S+)`).exec(line)?.[1];
  const dev = word('dev') ?? '';
  const via = Ip.parse(word('via') ?? word('src') ?? '');
  // In its tunnel mode Cilium routes the others' networks by this device too; its own holds the device's address.
  if (dev === 'cilium_host' && via !== null && prefix.contains(via)) draft.podCIDR(node, text, 'cilium');
  else if (POD_BRIDGES.test(dev) && / proto kernel/.test(line)) draft.podCIDR(node, text, 'routes');
  // Calico: the node drops what none of the pods of its own block has.
  else if (line.startsWith('blackhole ') && / proto (?:bird|80)\b/.test(line)) draft.podCIDR(node, text, 'routes');
}

/** Link-local and multicast routes are the same everywhere and decide nothing. */
function worthKeeping(line: string): boolean {
  return (
    !/^((local|broadcast|multicast|anycast) |fe80::|ff00::|127\.|169\.254\.)/.test(line) && !/ table (?:local|255)\b/.test(line)
  );
}

/**
 * Adds the lines of one listing of rules; returns why they were left out, or null. The family is in the command, or in their addresses;
 * the rule that looks up the table `default` is made for IPv4 only (Linux, fib_default_rules_init).
 */
export function addRules({ draft, hint, node, from }: Scope, lines: readonly string[]): string | null {
  const all = lines.join('\n');
  const family =
    hint.family ??
    (hint.what === 'rule'
      ? 4
      : / (?:from|to) [0-9a-f]*:/i.test(all)
        ? 6
        : / (?:from|to) \d+\.| lookup default\b/.test(all)
          ? 4
          : null);
  if (family !== null) draft.rules(node as string, family, lines, from);
  else if (lines.some((line) => !/ from all lookup (?:local|main)$/.test(line)))
    return 'nothing says whether they are of IPv4 or of IPv6; with the command line above them (ip rule, ip -6 rule) they would be used';
  return null;
}

const RULE = /^(\d+):\s+((?:not )?from \S+.*)$/;

export const rules: Listing = {
  what: 'ip rule',
  begins: /\d/,
  needsNode: true,
  starts: (line) => RULE.test(line),
  open(scope) {
    const lines: string[] = [];
    let last = -1;
    return {
      take(line) {
        const match = RULE.exec(line);
        // They are listed by their number: a smaller one begins another listing, of the other family.
        if (match === null || Number(match[1]) < last) return false;
        last = Number(match[1]);
        lines.push(`${match[1]}: ${match[2].trim().replace(/\s+/g, ' ')}`);
        return true;
      },
      end() {
        if (scope.hint.part) return 'some of the rules only';
        return addRules(scope, lines);
      },
    };
  },
};

const STATE = 'REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|NOARP|PERMANENT|NONE';
const NEIGHBOUR = new RegExp(
  `^([0-9a-fA-F.:]+) dev (\\S+)(?: lladdr (\\S+))?(?: .*)? (${STATE})\\s*$|^([0-9a-fA-F.:]+) dev (\\S+) (?:lladdr (\\S+)|proxy)\\s*$`,
);
const BRIEF_NEIGHBOUR = /^([0-9a-fA-F.:]+)\s+(\S+)\s+((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s*$/i;

/** A line of `ip neigh show dev eth0`, which does not name the device, as one that does. */
const withDevice = (line: string, dev: string | null): string =>
  dev === null || / dev /.test(line) ? line : line.replace(/^([0-9a-fA-F.:]+)(?= )/, `$1 dev ${dev.replaceAll('$', '')}`);

export const neighbours: Listing = {
  what: 'ip neigh',
  begins: /[0-9a-fA-F.:]/,
  starts: (line, _, { dev }) =>
    NEIGHBOUR.test(withDevice(line, dev)) || (BRIEF_NEIGHBOUR.test(line) && Ip.parse(line.split(/\s/)[0]) !== null),
  open: (scope) => ({
    take(line) {
      const n = NEIGHBOUR.exec(withDevice(line, scope.hint.dev)) ?? BRIEF_NEIGHBOUR.exec(line);
      if (n === null) return false;
      const brief = n.length === 4;
      const [ip, dev, mac, state] = brief ? [n[1], n[2], n[3], ''] : [n[1] ?? n[5], n[2] ?? n[6], n[3] ?? n[7], n[4] ?? ''];
      if (mac !== undefined)
        scope.draft.neighbour({ ip, mac, dev, node: scope.node, permanent: state === 'PERMANENT', from: scope.from });
      return true;
    },
  }),
};

export const vrf: Listing = {
  what: 'ip vrf',
  begins: /N/,
  needsNode: true,
  starts: (line, next) => /^Name\s+Table\s*$/.test(line) && /^-+$/.test(next.trim()),
  open: (scope) => ({
    take(line) {
      if (/^(?:Name\s+Table\s*|-+\s*)$/.test(line)) return true;
      const match = /^(\S+)\s+(\d+)\s*$/.exec(line);
      if (match === null) return false;
      scope.draft.device({ node: scope.node as string, dev: match[1], from: scope.from }, { kind: 'vrf', table: match[2] });
      return true;
    },
  }),
};
