// iproute2's JSON: addresses and links with their details, routes, rules, neighbours, bridges.
import * as z from 'zod';
import { addRoutes, addRules } from './ip-text.js';
import type { Scope } from './listing.js';

const text = z.union([z.string(), z.number()]).transform(String);
const info = z.looseObject({
  id: z.number().optional(),
  remote: z.string().optional(),
  remote6: z.string().optional(),
  group: z.string().optional(),
  local: z.string().optional(),
  local6: z.string().optional(),
  link: z.string().optional(),
  port: z.number().optional(),
  external: z.boolean().optional(),
  table: z.number().optional(),
  vlan_filtering: z.number().optional(),
  protocol: z.string().optional(),
});
const link = z.looseObject({
  ifname: z.string(),
  ifindex: z.number().optional(),
  mtu: z.number().optional(),
  flags: z.array(z.string()).optional(),
  link_type: z.string().optional(),
  address: z.string().optional(),
  link: z.string().optional().catch(undefined),
  link_index: z.number().optional(),
  link_netnsid: z.number().optional(),
  master: z.string().optional(),
  linkinfo: z.looseObject({ info_kind: z.string().optional(), info_data: info.optional().catch(undefined) }).optional(),
  addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number().optional() })).optional(),
});
const neighbour = z.looseObject({
  dst: z.string(),
  dev: z.string().optional(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).optional(),
});
const hop = {
  gateway: z.string().optional(),
  via: z.looseObject({ host: z.string(), family: z.string().optional() }).optional(),
  dev: z.string().optional(),
};
const route = z.looseObject({
  ...hop,
  dst: z.string(),
  type: z.string().optional(),
  protocol: text.optional(),
  table: text.optional(),
  metric: z.number().optional(),
  metrics: z.array(z.looseObject({ mtu: z.number().optional() })).optional(),
  prefsrc: z.string().optional(),
  pref: z.string().optional(),
  flags: z.array(z.string()).optional(),
  cache: z.unknown().optional(),
  uid: z.number().optional(),
  from: z.string().optional(),
  nexthops: z.array(z.looseObject({ ...hop, weight: z.number().optional(), flags: z.array(z.string()).optional() })).optional(),
});
const rule = z.looseObject({
  priority: z.number(),
  src: z.string(),
  srclen: z.number().optional(),
  dst: z.string().optional(),
  dstlen: z.number().optional(),
  iif: z.string().optional(),
  oif: z.string().optional(),
  fwmark: z.string().optional(),
  fwmask: z.string().optional(),
  table: text.optional(),
  l3mdev: z.unknown().optional(),
  suppress_prefixlen: z.number().optional(),
  not: z.unknown().optional(),
  action: z.string().optional(),
});
const fdb = z.looseObject({
  mac: z.string(),
  ifname: z.string(),
  dst: z.string().optional(),
  vlan: z.number().optional(),
  master: z.string().optional(),
  state: z.string().optional(),
  flags: z.array(z.string()).optional(),
  vni: z.number().optional(),
});
const bridgeVlan = z.looseObject({
  ifname: z.string(),
  vlans: z.array(z.looseObject({ vlan: z.number(), vlanEnd: z.number().optional(), flags: z.array(z.string()).optional() })),
});

type JsonRoute = z.infer<typeof route>;
type Items = readonly Record<string, unknown>[];

/** What a list of iproute2 was taken for, or null when it is none. */
export type IpJson = 'ip addr' | 'ip route' | 'ip route get' | 'ip neigh' | 'ip rule' | 'bridge fdb' | 'bridge vlan';

export function ipJsonKind(items: Items): IpJson | null {
  const some = (key: string) => items.some((item) => Object.hasOwn(item, key));
  if (some('ifname') && some('vlans')) return 'bridge vlan';
  if (some('ifname') && some('mac')) return 'bridge fdb';
  if (some('ifname')) return 'ip addr';
  if (some('priority') && some('src')) return 'ip rule';
  if (some('dst') && (some('lladdr') || some('state'))) return 'ip neigh';
  if (some('dst')) return some('uid') || some('cache') ? 'ip route get' : 'ip route';
  return null;
}

/** Adds the items; returns why they were left out, or null. */
export function importIpJson(scope: Scope, kind: IpJson, items: Items): string | null {
  const node = scope.node as string;
  switch (kind) {
    case 'ip addr':
      for (const item of items) importLink(scope, node, item);
      return null;
    case 'ip route get':
      return 'it answers for one packet, and is not the table';
    case 'ip route':
      return addRoutes(
        scope,
        items.flatMap((item) => (route.safeParse(item).success ? [routeLine(route.parse(item))] : [])),
      );
    case 'ip neigh':
      for (const item of items) {
        const { data } = neighbour.safeParse(item);
        if (data?.lladdr !== undefined)
          scope.draft.neighbour({
            ip: data.dst,
            mac: data.lladdr,
            dev: data.dev ?? null,
            node: scope.node,
            permanent: data.state?.includes('PERMANENT') ?? false,
            from: scope.from,
          });
      }
      return null;
    case 'ip rule': {
      const lines = items.flatMap((item) => {
        const { data } = rule.safeParse(item);
        return data === undefined ? [] : [ruleLine(data)];
      });
      return addRules(scope, lines);
    }
    case 'bridge fdb':
      for (const item of items) {
        const { data } = fdb.safeParse(item);
        if (data !== undefined)
          scope.draft.fdb(
            node,
            [
              data.mac,
              `dev ${data.ifname}`,
              data.dst && `dst ${data.dst}`,
              data.vni && `vni ${data.vni}`,
              data.vlan && `vlan ${data.vlan}`,
              data.master && `master ${data.master}`,
              data.flags?.includes('self') && 'self',
              data.state === 'permanent' && 'permanent',
            ]
              .filter(Boolean)
              .join(' '),
          );
      }
      return null;
    case 'bridge vlan':
      for (const item of items) {
        const { data } = bridgeVlan.safeParse(item);
        for (const v of data?.vlans ?? []) {
          const flags = (v.flags ?? []).map((flag) => (flag === 'Egress Untagged' ? 'untagged' : flag.toLowerCase()));
          scope.draft.portVlan(
            node,
            data?.ifname as string,
            [`${v.vlan}${v.vlanEnd === undefined ? '' : `-${v.vlanEnd}`}`, ...flags].join(' '),
          );
        }
      }
      return null;
  }
}

function importLink(scope: Scope, node: string, item: unknown): void {
  const { data } = link.safeParse(item);
  // `ip -j addr show type ...` prints an empty object for each interface it leaves out.
  if (data === undefined) return;
  const { ifname: dev, ifindex, mtu, link_type, address, addr_info, linkinfo, flags } = data;
  scope.draft.interface(
    node,
    dev,
    {
      ...(ifindex ? { index: ifindex } : {}),
      ...(link_type === 'ether' && address ? { mac: address } : {}),
      ...(mtu && link_type !== 'loopback' ? { mtu } : {}),
      addresses: (addr_info ?? []).flatMap((a) => (a.local && a.prefixlen !== undefined ? [`${a.local}/${a.prefixlen}`] : [])),
    },
    scope.from,
  );
  const of = { node, dev, from: scope.from };
  const kind = linkinfo?.info_kind;
  const d = linkinfo?.info_data;
  scope.draft.device(of, {
    kind,
    master: data.master,
    ...(data.link !== undefined ? { lower: data.link } : {}),
    // With a namespace of its own, the number is one in there.
    ...(data.link_index !== undefined && data.link_netnsid !== undefined ? { peerIndex: data.link_index } : {}),
    ...(flags === undefined || flags.includes('UP') ? {} : { up: false }),
    ...(kind === 'vlan' ? { vlan: d?.id } : {}),
    ...(kind === 'vrf' && d?.table !== undefined ? { table: String(d.table) } : {}),
    ...(kind === 'bridge' && d?.vlan_filtering !== undefined ? { vlanFiltering: d.vlan_filtering === 1 } : {}),
  });
  const tunnels = ['vxlan', 'geneve', 'gre', 'gretap', 'ipip', 'sit', 'ip6tnl', 'ip6gre', 'erspan'];
  if (kind !== undefined && tunnels.includes(kind))
    scope.draft.tunnelDevice(of, {
      type: kind,
      id: d?.id,
      remote: d?.remote ?? d?.remote6 ?? d?.group,
      local: d?.local ?? d?.local6,
      port: d?.port,
      over: d?.link,
      external: d?.external === true,
    });
}

/** As `ip route` prints it. */
function routeLine(r: JsonRoute): string {
  const way = (h: Pick<JsonRoute, 'gateway' | 'via' | 'dev'>) => {
    const via = h.gateway ?? (h.via && `${h.via.family === 'inet6' ? 'inet6 ' : ''}${h.via.host}`);
    return `${via ? ` via ${via}` : ''}${h.dev ? ` dev ${h.dev}` : ''}`;
  };
  const type = r.type && r.type !== 'unicast' ? `${r.type} ` : '';
  const word = (name: string, value: unknown) => (value === undefined ? '' : ` ${name} ${value}`);
  const flags = (list: readonly string[] | undefined) => (list ?? []).map((flag) => ` ${flag}`).join('');
  const hops = (r.nexthops ?? []).map((h) => ` nexthop${way(h)}${word('weight', h.weight)}${flags(h.flags)}`).join('');
  const mtu = r.metrics?.find((m) => m.mtu !== undefined)?.mtu;
  return `${type}${r.dst}${way(r)}${word('table', r.table)}${word('proto', r.protocol)}${word('src', r.prefsrc)}${word('metric', r.metric)}${word('mtu', mtu)}${word('pref', r.pref)}${flags(r.flags)}${hops}`;
}

/** As `ip rule` prints it. */
function ruleLine(r: z.infer<typeof rule>): string {
  const from = r.src === 'all' || r.srclen === undefined ? r.src : `${r.src}/${r.srclen}`;
  const to = r.dst === undefined || r.dst === 'all' ? '' : ` to ${r.dst}${r.dstlen === undefined ? '' : `/${r.dstlen}`}`;
  const mark = r.fwmark === undefined ? '' : ` fwmark ${r.fwmark}${r.fwmask === undefined ? '' : `/${r.fwmask}`}`;
  const iif = r.iif === undefined ? '' : ` iif ${r.iif}`;
  const oif = r.oif === undefined ? '' : ` oif ${r.oif}`;
  const does =
    r.table !== undefined
      ? ` lookup ${r.table}`
      : r.l3mdev !== undefined
        ? ' lookup [l3mdev-table]'
        : r.action === undefined
          ? ''
          : ` ${r.action}`;
  const suppress = r.suppress_prefixlen === undefined ? '' : ` suppress_prefixlength ${r.suppress_prefixlen}`;
  // A condition that is left out would make the rule one for all packets.
  const more = Object.entries(r).flatMap(([key, value]) =>
    RULE_KEYS.has(key) ? [] : [` ${key}${value === null ? '' : ` ${value}`}`],
  );
  return `${r.priority}: ${r.not === undefined ? '' : 'not '}from ${from}${to}${mark}${iif}${oif}${more.join('')}${does}${suppress}`;
}

/** Keys of a rule that its line has in words of their own, and those that decide nothing. */
const RULE_KEYS = new Set(
  'priority not src srclen dst dstlen fwmark fwmask iif iif_detached oif oif_detached l3mdev table action suppress_prefixlen protocol'.split(
    ' ',
  ),
);
