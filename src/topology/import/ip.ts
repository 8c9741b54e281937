// iproute2 and arp, as JSON and as text.
import { z } from 'zod';
import type { Draft } from './draft.js';

const link = z.looseObject({
  ifname: z.string(),
  ifindex: z.number().optional(),
  mtu: z.number().optional(),
  link_type: z.string().optional(),
  address: z.string().optional(),
  addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number().optional() })).optional(),
});
const neighbour = z.looseObject({ dst: z.string(), lladdr: z.string().optional() });
const hop = { gateway: z.string().optional(), via: z.looseObject({ host: z.string() }).optional(), dev: z.string().optional() };
const route = z.looseObject({
  ...hop,
  dst: z.string(),
  type: z.string().optional(),
  protocol: z.union([z.string(), z.number()]).optional(),
  table: z.union([z.string(), z.number()]).optional(),
  metric: z.number().optional(),
  pref: z.string().optional(),
  flags: z.array(z.string()).optional(),
  nexthops: z.array(z.looseObject({ ...hop, weight: z.number().optional() })).optional(),
});

type JsonRoute = z.infer<typeof route>;

/** `ip -j addr` or `ip -j link`. */
export function importLinks(draft: Draft, node: string, items: readonly unknown[], from: string): void {
  for (const item of items) {
    const parsed = link.safeParse(item);
    // `ip -j addr show type ...` prints an empty object for each interface it leaves out.
    if (!parsed.success) continue;
    const { ifname, ifindex, mtu, link_type, address, addr_info } = parsed.data;
    draft.interface(
      node,
      ifname,
      {
        ...(ifindex ? { index: ifindex } : {}),
        ...(link_type === 'ether' && address ? { mac: address } : {}),
        ...(mtu && link_type !== 'loopback' ? { mtu } : {}),
        addresses: (addr_info ?? []).flatMap((a) => (a.local && a.prefixlen !== undefined ? [`${a.local}/${a.prefixlen}`] : [])),
      },
      from,
    );
  }
}

/** `ip -j route`, kept as the lines `ip route` prints. */
export function importRoutes(draft: Draft, node: string, items: readonly unknown[]): void {
  draft.routes(
    node,
    items.flatMap((item) => (route.safeParse(item).success ? routeLine(route.parse(item)) : [])).filter(worthKeeping),
  );
}

/** `ip -j neigh`. */
export function importNeighbours(draft: Draft, items: readonly unknown[], from: string): void {
  for (const item of items) {
    const parsed = neighbour.safeParse(item);
    if (parsed.success && parsed.data.lladdr !== undefined) draft.neighbour(parsed.data.dst, parsed.data.lladdr, from);
  }
}

function routeLine(r: JsonRoute): string {
  const way = (h: Pick<JsonRoute, 'gateway' | 'via' | 'dev'>) => {
    const via = h.gateway ?? h.via?.host;
    return `${via ? ` via ${via}` : ''}${h.dev ? ` dev ${h.dev}` : ''}`;
  };
  const type = r.type && r.type !== 'unicast' ? `${r.type} ` : '';
  const word = (name: string, value: unknown) => (value === undefined ? '' : ` ${name} ${value}`);
  const flags = (r.flags ?? []).map((flag) => ` ${flag}`).join('');
  const hops = (r.nexthops ?? []).map((h) => ` nexthop${way(h)}${word('weight', h.weight)}`).join('');
  return `${type}${r.dst}${way(r)}${word('table', r.table)}${word('proto', r.protocol)}${word('metric', r.metric)}${word('pref', r.pref)}${flags}${hops}`;
}

/** Link-local and multicast routes are the same everywhere and decide nothing. */
function worthKeeping(line: string): boolean {
  return (
    !/^((local|broadcast|multicast|anycast) |fe80::|ff00::|127\.|169\.254\.)/.test(line) && !/ table (?!main|254)/.test(line)
  );
}

const HEAD = /^(\d+): ([^:@\s]+)(?:@\S+)?: <[^>]*>(?:.* mtu (\d+))?/;
const BRIEF = /^([^\s@:]+)(?:@\S+)?\s+(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT)\s+(.*)$/;
const STATE = 'REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|NOARP|PERMANENT|NONE';
const NEIGHBOUR = new RegExp(`^(\\S+) dev \\S+(?: lladdr (\\S+))?(?: \\w+)*? (?:${STATE})\\s*$`);
const ARP = /^\S+ \(([0-9.]+)\) at (\S+)(?: .*)?on \S+/;
const ROUTE =
  /^(default|(unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|anycast) \S+|[0-9a-fA-F.:]+(\/\d+)?) ?.*/;

export type TextKind = 'addr' | 'brief' | 'neigh' | 'arp' | 'route';

/** Which listing the lines are, or null. */
export function textKind(lines: readonly string[]): TextKind | null {
  const some = (pattern: RegExp) => lines.some((line) => pattern.test(line));
  if (some(HEAD)) return 'addr';
  if (some(ARP)) return 'arp';
  if (some(NEIGHBOUR)) return 'neigh';
  if (some(BRIEF)) return 'brief';
  if (some(/ dev \S+/) && lines.every((line) => ROUTE.test(line.trim()) || /^\s+nexthop /.test(line))) return 'route';
  if (lines.every((line) => /^(blackhole|unreachable|prohibit) \S+/.test(line.trim()))) return 'route';
  return null;
}

export function importText(draft: Draft, node: string | null, kind: TextKind, lines: readonly string[], from: string): void {
  if (kind === 'arp' || kind === 'neigh')
    for (const line of lines) {
      const match = (kind === 'arp' ? ARP : NEIGHBOUR).exec(line);
      if (match?.[2] !== undefined) draft.neighbour(match[1], match[2], from);
    }
  if (node === null) return;
  if (kind === 'route') {
    const joined: string[] = [];
    for (const line of lines)
      if (/^\s+nexthop /.test(line) && joined.length > 0) joined[joined.length - 1] += ` ${line.trim()}`;
      else joined.push(line.trim());
    draft.routes(node, joined.filter(worthKeeping));
  }
  if (kind === 'brief')
    for (const line of lines) {
      const match = BRIEF.exec(line);
      if (match === null) continue;
      const words = match[2].split(/\s+/);
      const mac = words.find((word) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(word));
      draft.interface(node, match[1], { ...(mac ? { mac } : {}), addresses: words.filter((word) => word.includes('/')) }, from);
    }
  if (kind !== 'addr') return;
  let name = '';
  for (const line of lines) {
    const head = HEAD.exec(line);
    if (head !== null) {
      name = head[2];
      const mtu = head[3] !== undefined && name !== 'lo' ? { mtu: Number(head[3]) } : {};
      draft.interface(node, name, { index: Number(head[1]), ...mtu }, from);
      continue;
    }
    const mac = /^\s+link\/ether ([0-9a-f:]{17})/i.exec(line);
    if (mac !== null && name !== '') draft.interface(node, name, { mac: mac[1] }, from);
    // `inet ADDRESS peer PEER/LENGTH` on point-to-point links: the length is the peer's.
    const address = /^\s+inet6? ([0-9a-fA-F.:]+)(?: peer [0-9a-fA-F.:]+)?\/(\d+)/.exec(line);
    if (address !== null && name !== '') draft.interface(node, name, { addresses: [`${address[1]}/${address[2]}`] }, from);
  }
}
