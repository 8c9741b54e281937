// The shape of a topology file. The JSON Schema that editors complete from is made from it (schema/topology.schema.json).
import * as z from 'zod';
import { parseMac } from '../bytes/parse.js';
import { Ip, Prefix } from './ip.js';
import { joinedRoutes, parseRoute } from './routes.js';

const wrong =
  (what: string, example: string) =>
  (issue: { readonly input?: unknown }): string =>
    `'${String(issue.input).slice(0, 60)}' is not ${what}; write ${example}`;

const address = z
  .string()
  .refine((text) => Ip.parse(text) !== null, { error: wrong('an IP address', '192.168.10.100 or fd00::1') })
  .meta({ examples: ['192.168.10.100', 'fd00::1'] });
const prefix = z.string().refine((text) => text.includes('/') && Prefix.parse(text) !== null, {
  error: wrong('a network', '172.20.0.0/24 or fd00:172:20::/64'),
});
const interfaceAddress = z.string().refine((text) => Prefix.parse(text) !== null, {
  error: wrong('an address', '192.168.10.200/24 or fd00::1/64'),
});
const mac = z.string().refine((text) => parseMac(text) !== null, { error: wrong('a MAC address', '08:00:27:d5:e8:d7') });
const text = z.string().min(1, 'it is empty; write a name').max(1000);

const tunnelDevice = z.strictObject({
  type: text.describe('vxlan, geneve, gre, ipip ...'),
  id: z.int().min(0).max(0xffffffff).optional().describe('VNI'),
  local: address.optional(),
  remote: address.optional().describe('The one other end; left out where a table or a program tells the ends'),
  port: z.int().min(1).max(65535).optional().describe('UDP destination port'),
  over: text.optional().describe('The device that carries it'),
  external: z.boolean().optional().describe('A program (Cilium, OVS) sets id and ends for each packet'),
});

const interfaceShape = z.strictObject({
  index: z.int().min(1).max(0x7fffffff).optional().describe("Number in the node's `ip link`; captures with -i any hold it"),
  mac: mac.optional(),
  mtu: z.int().min(68).max(0xffffffff).optional().describe('Bytes'),
  addresses: z.array(interfaceAddress).optional().describe('ADDRESS/LENGTH each; without the length the network is not known'),
  kind: text.optional().describe('As `ip -d link` calls it: vxlan, vlan, bridge, bond, veth, vrf ...'),
  up: z.boolean().optional().describe('false: it is down, and nothing passes'),
  master: text.optional().describe('The bridge, bond or VRF that it belongs to'),
  lower: text.optional().describe("The device below: a VLAN's trunk; of a veth, its other end"),
  vlan: z.int().min(0).max(4094).optional().describe('VLAN id of a VLAN device'),
  vlans: z
    .array(text)
    .optional()
    .describe("VLANs of a bridge's port, as `bridge vlan` prints them: '10 pvid untagged', '20', '30-40'"),
  vlanFiltering: z.boolean().optional().describe('A bridge that keeps VLANs apart'),
  table: text.optional().describe('Routing table of a VRF'),
  tunnel: tunnelDevice.optional().describe('A device that encapsulates'),
});

const hop = {
  gateway: z.string().optional(),
  via: z.looseObject({ family: z.string().optional(), host: z.string() }).optional(),
  dev: z.string().optional(),
  flags: z.array(z.string()).optional(),
};
const routeObject = z.looseObject({
  dst: z.string(),
  type: z.string().optional(),
  metric: z.number().optional(),
  table: z.union([z.string(), z.number()]).optional(),
  pref: z.string().optional(),
  prefsrc: z.string().optional(),
  metrics: z.array(z.looseObject({ mtu: z.number().optional() })).optional(),
  ...hop,
  nexthops: z.array(z.looseObject(hop)).optional(),
});
const routeList = z.array(
  z.union([z.string(), routeObject], {
    error:
      "this is not a route; write a line of `ip route`, such as 'default via 10.0.2.2 dev eth0', or an object of `ip -j route`",
  }),
);
const routes = z
  .union([routeList, z.string()], {
    error: 'routes are a list of lines as `ip route` prints them, or of objects as `ip -j route` prints them',
  })
  .superRefine((list, context) => {
    for (const { entry, at } of joinedRoutes(list)) {
      const parsed = parseRoute(entry);
      if ('problem' in parsed)
        context.addIssue({ code: 'custom', message: parsed.problem, path: typeof list === 'string' ? [] : [at] });
    }
  });

const interfaces = z.record(text, interfaceShape).superRefine((byName, context) => {
  const seen = new Map<number, string>();
  for (const [dev, { index }] of Object.entries(byName)) {
    const other = index === undefined ? undefined : seen.get(index);
    if (other !== undefined)
      context.addIssue({
        code: 'custom',
        message: `${other} has index ${index} too; \`ip link\` on the node shows the right numbers`,
        path: [dev, 'index'],
      });
    if (index !== undefined) seen.set(index, dev);
  }
});

const node = z.strictObject({
  interfaces: interfaces.optional(),
  addresses: z.array(address).optional().describe('Addresses of the node whose interface is not known'),
  routes: routes.optional().describe('Lines as `ip route` prints them, or objects as `ip -j route` prints them'),
  routesOf: z
    .array(z.enum(['ipv4', 'ipv6']))
    .optional()
    .describe('Families whose main table is listed whole; left out: those that the routes are of, both when there is none'),
  rules: z.array(text).optional().describe("Lines as `ip rule` prints them; those of IPv6 begin with 'inet6 '"),
  podCIDRs: z.array(prefix).optional(),
  neighbours: z
    .array(text)
    .optional()
    .describe('Entries that somebody wrote, as `ip neigh` prints them: ADDRESS dev DEVICE lladdr MAC PERMANENT'),
  fdb: z.array(text).optional().describe('Lines as `bridge fdb` prints them'),
  tunnels: z
    .array(text)
    .optional()
    .describe("Where Cilium of this node sends what is for pods of other nodes (ipcache, map of tunnels): 'NETWORK dst ADDRESS'"),
  sysctls: z
    .record(z.string().regex(/^net\./, "a setting is written 'net.ipv4.ip_forward'"), z.union([z.string(), z.number()]))
    .optional()
    .describe('net.ipv4.ip_forward: 1'),
  firewall: z
    .array(text)
    .optional()
    .describe('Rules that drop, reject or translate, as text: they are named, not run; an empty list: it has none'),
});

const pod = z.strictObject({
  name: text.optional().describe('NAMESPACE/NAME'),
  node: text.optional(),
  identity: z.int().min(0).max(0xffffffff).optional().describe('Security identity (Cilium)'),
  interface: text.optional().describe('Its device on the node: lxc4f2a..., cali...'),
});

const owned = z.strictObject({
  owner: z.union([text, z.array(text)], { error: 'an owner is the name of a node, or a list of them' }).optional(),
  service: z
    .union([text, z.array(text)], { error: 'a service is NAMESPACE/NAME, or a list of them' })
    .optional()
    .describe('NAMESPACE/NAME; several may share an address'),
  ports: z
    .record(z.string().regex(/^\d{1,5}\/(TCP|UDP|SCTP)$/, "a port is written '80/TCP'"), text)
    .optional()
    .describe('Which of several services has the port'),
  mac: mac.optional().describe('The MAC that answers for it'),
  backends: z.array(address).optional().describe('Pod addresses the service translates to; an empty list: it has none'),
});

const tunnel = z.strictObject({
  type: z.enum(['vxlan', 'geneve']),
  port: z.int().min(1).max(65535).optional().describe('UDP destination port'),
  vni: z
    .union([z.literal('identity'), z.int().min(0).max(0xffffff)], {
      error: "the VNI is 'identity' (Cilium: the sender's identity) or a number from 0 to 16777215",
    })
    .optional(),
  device: text.optional(),
  mtu: z.int().min(68).max(65535).optional().describe('Bytes of the inner IP packet'),
});

const masquerade = z.strictObject({
  inside: z.array(prefix).describe('Sources that are translated'),
  except: z.array(prefix).optional().describe('Destinations that see the untranslated source; without it, what is inside'),
});

export const topologyShape = z.strictObject({
  nodes: z.record(text, node).optional(),
  pods: z.record(address, pod).optional(),
  tunnel: tunnel.optional(),
  identities: z.record(z.string().regex(/^\d{1,10}$/, 'an identity is a number, such as 63446'), text).optional(),
  addresses: z.record(address, owned).optional(),
  masquerade: masquerade.optional(),
});

/** A topology as its file holds it: text, nothing looked up yet. */
export type TopologyFile = z.infer<typeof topologyShape>;

/** JSON Schema (draft 2020-12) of a topology file. */
export function topologyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(topologyShape, { io: 'input' }) as Record<string, unknown>;
  return { $schema, $id: 'topology.schema.json', title: 'hopscope topology', ...schema };
}
