// One route, from a line as `ip route` prints it or an object as `ip -j route` prints it. Attributes that do not
// decide where a packet goes (encap, advmss, ...) are passed over, known or not.
import { Ip, Prefix } from './ip.js';
import { tableName } from './rules.js';

/** What the kernel does with a packet that meets the route: RTN_* of rtnetlink(7). `throw` leaves the table. */
export type RouteKind = 'unicast' | 'connected' | 'local' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw';

export interface NextHop {
  readonly dev: string | null;
  /** Null when the destination itself is the neighbour. */
  readonly via: Ip | null;
}

export interface Route {
  readonly prefix: Prefix;
  readonly kind: RouteKind;
  /** First next hop; null for the kinds that send nothing. */
  readonly dev: string | null;
  readonly via: Ip | null;
  /** Lower wins among routes of the same prefix. */
  readonly metric: number;
  /** The gateway need not be in a network of `dev`: how overlays route to the far end of a tunnel. */
  readonly onlink: boolean;
  /** All next hops of a multipath route, else the one; empty for the kinds that send nothing. */
  readonly nexthops: readonly NextHop[];
  /** `main`, or the name or number of the table that it is in. */
  readonly table: string;
  /** The address that the node's own packets leave with. */
  readonly src: Ip | null;
  /** Bytes; null where the interface's holds. */
  readonly mtu: number | null;
  /** True when it is not in the node's routes but follows from an interface's address. */
  readonly implied: boolean;
}

interface RouteHop {
  gateway?: string | undefined;
  via?: { family?: string | undefined; host: string } | undefined;
  dev?: string | undefined;
  flags?: string[] | undefined;
}

/** An object of `ip -j route`, as far as it is used. */
export interface RouteObject extends RouteHop {
  dst: string;
  type?: string | undefined;
  metric?: number | undefined;
  table?: string | number | undefined;
  pref?: string | undefined;
  prefsrc?: string | undefined;
  metrics?: { mtu?: number | undefined }[] | undefined;
  nexthops?: RouteHop[] | undefined;
}

/** A route, or null for one that forwards nothing (broadcast, the local table), or why it is none. */
export type ParsedRoute = { readonly route: Route | null } | { readonly problem: string };

const SILENT = ['blackhole', 'unreachable', 'prohibit', 'throw'];
const TYPES = ['unicast', 'local', 'broadcast', 'multicast', 'anycast', ...SILENT];
const EXAMPLE = "write it as `ip route` prints it, for example 'default via 10.0.2.2 dev eth0'";

/** Entries of a route list with their place in it; a multipath route's `nexthop` lines are joined to its first line. */
export function joinedRoutes(list: string | readonly (string | RouteObject)[]): { entry: string | RouteObject; at: number }[] {
  const joined: { entry: string | RouteObject; at: number }[] = [];
  for (const [at, raw] of (typeof list === 'string' ? list.split('\n') : list).entries()) {
    const entry = typeof raw === 'string' ? raw.trim() : raw;
    const last = joined.at(-1);
    if (typeof entry === 'string' && entry.startsWith('nexthop ') && typeof last?.entry === 'string') last.entry += ` ${entry}`;
    else if (entry !== '') joined.push({ entry, at });
  }
  return joined;
}

export function parseRoute(entry: string | RouteObject): ParsedRoute {
  return typeof entry === 'string' ? parseRouteLine(entry) : parseRouteObject(entry);
}

/** Words that are followed by a value; any other word stands alone. */
const VALUED = new Set(
  'proto scope src metric mtu advmss table pref rtt rttvar reordering window cwnd initcwnd initrwnd ssthresh realms expires error nhid weight rto_min hoplimit quickack congctl features ttl-propagate tos dsfield'.split(
    ' ',
  ),
);

function parseRouteLine(line: string): ParsedRoute {
  const words = line.trim().split(/\s+/);
  let i = 0;
  const object: RouteObject = { dst: '' };
  if (TYPES.includes(words[i])) object.type = words[i++];
  object.dst = words[i++] ?? '';
  let hop: RouteHop = object;
  for (; i < words.length; i++) {
    const word = words[i];
    if (word === 'via') {
      const family = words[i + 1] === 'inet' || words[i + 1] === 'inet6' ? words[++i] : undefined;
      const host = words[++i] ?? '';
      if (family === undefined) hop.gateway = host;
      else hop.via = { family, host };
    } else if (word === 'dev') hop.dev = words[++i] ?? '';
    else if (word === 'nexthop') {
      hop = {};
      object.nexthops = [...(object.nexthops ?? []), hop];
    } else if (word === 'encap') {
      // The attributes of a lightweight tunnel reuse the words src and dst; they end where via or dev begins.
      while (i + 1 < words.length && words[i + 1] !== 'via' && words[i + 1] !== 'dev') i++;
    } else if (word === 'dead' || word === 'onlink') hop.flags = [...(hop.flags ?? []), word];
    else if (VALUED.has(word)) {
      const value = words[++i] ?? '';
      if (word === 'metric') object.metric = Number(value);
      if (word === 'table') object.table = value;
      if (word === 'pref') object.pref = value;
      if (word === 'src') object.prefsrc = value;
      if (word === 'mtu') object.metrics = [{ mtu: Number(value === 'lock' ? words[++i] : value) }];
    }
  }
  return parseRouteObject(object);
}

function parseRouteObject(object: RouteObject): ParsedRoute {
  const type = object.type ?? 'unicast';
  if (!TYPES.includes(type)) return { problem: `'${type}' is not a kind of route; one of ${TYPES.join(', ')}` };
  const table = tableName(String(object.table ?? 'main')) as string;
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return { route: null };
  if (object.metric !== undefined && !(object.metric >= 0 && object.metric <= 0xffffffff))
    return { problem: `the metric of '${object.dst}' is not a number from 0 to 4294967295; ${EXAMPLE}` };

  const nexthops: NextHop[] = [];
  let offered = 0;
  for (const hop of object.nexthops && object.nexthops.length > 0 ? object.nexthops : [object]) {
    const text = hop.gateway ?? hop.via?.host;
    if (text === undefined && hop.dev === undefined) continue;
    offered++;
    const via = text === undefined ? null : Ip.parse(text);
    if (text !== undefined && via === null) return { problem: `'${text}' after via is not an address; ${EXAMPLE}` };
    // The kernel does not use a next hop whose device is down.
    if (!hop.flags?.includes('dead')) nexthops.push({ dev: hop.dev ?? null, via });
  }

  // `default` does not say its family: the gateway does, and only IPv6 routes have a preference (RFC 4191). A gateway
  // that is printed with its family is of the other one, which only IPv4 routes have (RTA_VIA).
  const isOther = (object.nexthops?.[0] ?? object).via !== undefined;
  const six =
    nexthops.length > 0 && nexthops[0].via !== null ? !isOther && nexthops[0].via.family === 6 : object.pref !== undefined;
  const prefix = object.dst === 'default' ? new Prefix(six ? new Ip() : Ip.v4(0), 0) : Prefix.parse(object.dst);
  if (prefix === null) return { problem: `'${object.dst}' is not a destination; ${EXAMPLE}` };

  const silent = SILENT.includes(type);
  if (!silent && type !== 'local') {
    if (offered === 0) return { problem: `the route to ${prefix} has neither 'via' nor 'dev'; ${EXAMPLE}` };
    if (nexthops.length === 0) return { route: null };
  }
  const first = silent ? undefined : nexthops[0];
  const kind = type !== 'unicast' ? (type as RouteKind) : first?.via === null && nexthops.length === 1 ? 'connected' : 'unicast';
  return {
    route: {
      prefix,
      kind,
      dev: first?.dev ?? null,
      via: first?.via ?? null,
      metric: object.metric ?? 0,
      onlink: [object, ...(object.nexthops ?? [])].some((h) => h.flags?.includes('onlink')),
      nexthops: silent ? [] : nexthops,
      table: table === 'local' ? 'main' : table,
      src: Ip.parse(object.prefsrc ?? ''),
      mtu: object.metrics?.find(({ mtu }) => mtu !== undefined && mtu >= 68)?.mtu ?? null,
      implied: false,
    },
  };
}

/** Equal for two lines that say the same route, however they were printed; the line itself where it says none. */
export function routeKey(line: string): string {
  const parsed = parseRoute(line);
  if ('problem' in parsed || parsed.route === null) return line;
  const { prefix, kind, nexthops, table, metric, src, mtu } = parsed.route;
  const hops = nexthops.map(({ via, dev }) => `${via} ${dev}`).sort();
  return [prefix, kind, ...hops, table, metric, src, mtu].join(' ');
}
