// Objects of the Kubernetes API, as JSON or YAML: nodes, pods, services, endpoints, leases, Cilium's and Calico's kinds.
import * as z from 'zod';
import { Prefix } from '../ip.js';
import { importConfig } from './cilium.js';
import type { Draft, Selector } from './draft.js';
import { identityName } from './identity-name.js';

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional().catch(undefined),
});
const ips = z.array(z.looseObject({ ip: z.string().optional() })).optional();
const named = { metadata };
const selector = z
  .looseObject({
    matchLabels: z.record(z.string(), z.string()).optional(),
    matchExpressions: z
      .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() }))
      .optional(),
  })
  .optional();

const KINDS: Record<string, (draft: Draft, item: unknown, from: string) => void> = {
  Node: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({ podCIDR: z.string().optional(), podCIDRs: z.array(z.string()).optional() }).optional(),
      status: z
        .looseObject({ addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).optional() })
        .optional(),
    }),
    (draft, { metadata: { name, labels, annotations }, spec, status }, from) => {
      draft.cluster(name, labels);
      importAnnotations(draft, name, annotations ?? {}, from);
      for (const { type, address } of status?.addresses ?? []) if (type === 'InternalIP') draft.nodeAddress(name, address);
      for (const cidr of spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])) draft.podCIDR(name, cidr, 'kubernetes');
    },
  ),
  Pod: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({ nodeName: z.string().optional(), hostNetwork: z.boolean().optional() }),
      status: z.looseObject({ phase: z.string().optional(), podIP: z.string().optional(), podIPs: ips }).optional(),
    }),
    (draft, { metadata: m, spec, status }, from) => {
      if (spec.nodeName) draft.podAt(fullName(m), spec.nodeName);
      // A pod in the host's network has the node's address, and the address of one that ended may be another's.
      if (spec.hostNetwork || status?.phase === 'Succeeded' || status?.phase === 'Failed') return;
      const all = status?.podIPs?.map(({ ip }) => ip) ?? [status?.podIP];
      for (const ip of all) if (ip) draft.pod(ip, { name: fullName(m), ...(spec.nodeName ? { node: spec.nodeName } : {}) }, from);
    },
  ),
  Service: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({
        clusterIP: z.string().optional(),
        clusterIPs: z.array(z.string()).optional(),
        externalIPs: z.array(z.string()).optional(),
        ports: z.array(z.looseObject({ port: z.number(), protocol: z.string().optional() })).optional(),
      }),
      status: z.looseObject({ loadBalancer: z.looseObject({ ingress: ips }).optional() }).optional(),
    }),
    (draft, { metadata: m, spec, status }, from) => {
      const service = fullName(m);
      const ports = (spec.ports ?? []).map(({ port, protocol }) => ({ port, protocol: protocol ?? 'TCP' }));
      if (m.labels !== undefined) draft.serviceLabels.set(service, new Map(Object.entries(m.labels)));
      for (const ip of spec.clusterIPs ?? [spec.clusterIP ?? '']) draft.service(ip, service, from, { ports });
      for (const ip of spec.externalIPs ?? []) draft.service(ip, service, from, { ports, loadBalancer: true });
      for (const { ip } of status?.loadBalancer?.ingress ?? [])
        if (ip) draft.service(ip, service, from, { ports, loadBalancer: true });
    },
  ),
  EndpointSlice: kind(
    z.looseObject({ ...named, endpoints: z.array(z.looseObject({ addresses: z.array(z.string()) })).nullish() }),
    (draft, { metadata: m, endpoints }) => {
      const service = m.labels?.['kubernetes.io/service-name'];
      if (service === undefined) return;
      draft.backendsSeen(fullName({ ...m, name: service }));
      for (const { addresses } of endpoints ?? [])
        for (const ip of addresses) draft.backend(fullName({ ...m, name: service }), ip);
    },
  ),
  Endpoints: kind(
    z.looseObject({
      ...named,
      subsets: z.array(z.looseObject({ addresses: z.array(z.looseObject({ ip: z.string() })).nullish() })).nullish(),
    }),
    (draft, { metadata: m, subsets }) => {
      draft.backendsSeen(fullName(m));
      for (const { addresses } of subsets ?? []) for (const { ip } of addresses ?? []) draft.backend(fullName(m), ip);
    },
  ),
  // Calico's: what is translated, and how pods reach each other.
  IPPool: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({ cidr: z.string(), natOutgoing: z.boolean().optional(), disabled: z.boolean().optional() }),
    }),
    (draft, { spec }) => {
      if (spec.natOutgoing && spec.disabled !== true && spec.cidr.includes('/') && Prefix.parse(spec.cidr) !== null)
        draft.masqueraded.add(spec.cidr);
    },
  ),
  BlockAffinity: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({ cidr: z.string(), node: z.string(), deleted: z.union([z.string(), z.boolean()]).optional() }),
    }),
    (draft, { spec }) => {
      if (String(spec.deleted ?? 'false') === 'false') draft.podCIDR(spec.node, spec.cidr, 'routes');
    },
  ),
  CiliumL2AnnouncementPolicy: kind(
    z.looseObject({ ...named, spec: z.looseObject({ nodeSelector: selector, serviceSelector: selector }).optional() }),
    (draft, { spec }) => {
      draft.policies.push({ nodes: requirements(spec?.nodeSelector), services: requirements(spec?.serviceSelector) });
    },
  ),
  Lease: kind(
    z.looseObject({ ...named, spec: z.looseObject({ holderIdentity: z.string().nullish() }) }),
    (draft, { metadata: { name }, spec }) => {
      if (name.startsWith('cilium-l2announce-') && spec.holderIdentity) draft.lease(name, spec.holderIdentity);
    },
  ),
  CiliumNode: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({
        addresses: z.array(z.looseObject({ type: z.string(), ip: z.string() })).optional(),
        ipam: z.looseObject({ podCIDRs: z.array(z.string()).optional() }).optional(),
      }),
    }),
    (draft, { metadata: { name, labels }, spec }) => {
      draft.cluster(name, labels);
      for (const { type, ip } of spec.addresses ?? []) if (type === 'InternalIP') draft.nodeAddress(name, ip);
      for (const cidr of spec.ipam?.podCIDRs ?? []) draft.podCIDR(name, cidr, 'cilium');
    },
  ),
  CiliumEndpoint: kind(
    z.looseObject({
      ...named,
      status: z
        .looseObject({
          identity: z.looseObject({ id: z.number(), labels: z.array(z.string()).optional() }).optional(),
          networking: z
            .looseObject({
              addressing: z.array(z.looseObject({ ipv4: z.string().optional(), ipv6: z.string().optional() })).optional(),
              node: z.string().optional(),
            })
            .optional(),
        })
        .optional(),
    }),
    (draft, { metadata: m, status }, from) => {
      const identity = status?.identity?.id;
      if (identity !== undefined && status?.identity?.labels)
        draft.identity(identity, identityName(status.identity.labels), from);
      for (const { ipv4, ipv6 } of status?.networking?.addressing ?? [])
        for (const ip of [ipv4, ipv6])
          if (ip) {
            draft.pod(ip, { name: fullName(m), ...(identity === undefined ? {} : { identity }) }, from);
            if (status?.networking?.node) draft.podHost(ip, status.networking.node, from);
          }
    },
  ),
  CiliumIdentity: kind(
    z.looseObject({ ...named, 'security-labels': z.record(z.string(), z.string()).optional() }),
    (draft, { metadata: { name }, 'security-labels': labels }, from) => {
      const list = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
      if (/^\d+$/.test(name) && list.length > 0) draft.identity(Number(name), identityName(list), from);
    },
  ),
  ConfigMap: kind(
    z.looseObject({ ...named, data: z.record(z.string(), z.string()).optional() }),
    (draft, { metadata: { name }, data }, from) => {
      if (name === 'cilium-config') importConfig(draft, Object.entries(data ?? {}), from);
    },
  ),
};

/** One object of the Kubernetes API, or a List of them. True when any of them is of a kind that says something. */
export function importKubernetes(
  draft: Draft,
  value: { readonly kind: string; readonly items?: unknown },
  from: string,
): boolean {
  if (!Array.isArray(value.items)) return one(draft, value, from);
  // `kubectl get` prints kind List with a kind per item; the API itself prints NodeList without.
  const inner = value.kind.replace(/List$/, '');
  let known = value.items.length === 0;
  for (const item of value.items as unknown[]) if (isObject(item)) known = one(draft, { kind: inner, ...item }, from) || known;
  return known;
}

function one(draft: Draft, item: { readonly kind: string }, from: string): boolean {
  if (Object.hasOwn(KINDS, item.kind)) {
    KINDS[item.kind](draft, item, from);
    return true;
  }
  draft.notes.push(`${from}: objects of kind ${item.kind} say nothing about the topology; left out`);
  return false;
}

/** What flannel and Calico write on their nodes. */
export function importAnnotations(draft: Draft, node: string, annotations: Readonly<Record<string, string>>, from: string): void {
  const flannel = (key: string) => annotations[`flannel.alpha.coreos.com/${key}`];
  if (flannel('backend-type') === 'vxlan') {
    let data: unknown = null;
    try {
      data = JSON.parse(flannel('backend-data') ?? 'null');
    } catch {
      // The annotation is a free text.
    }
    const { VNI, VtepMAC } = z
      .looseObject({ VNI: z.number().optional(), VtepMAC: z.string().optional() })
      .catch({})
      .parse(data ?? {});
    const dev = `flannel.${VNI ?? 1}`;
    if (VtepMAC !== undefined) draft.interface(node, dev, { mac: VtepMAC }, `the annotation of ${node} in ${from}`);
    draft.tunnelDevice({ node, dev, from }, { type: 'vxlan', id: VNI, local: flannel('public-ip') });
  }
  const ip = flannel('public-ip');
  if (ip !== undefined) draft.nodeAddress(node, ip);
  const calico = annotations['projectcalico.org/IPv4Address'];
  if (calico !== undefined) draft.nodeAddress(node, calico.split('/')[0]);
}

function requirements(from: z.infer<typeof selector>): Selector {
  if (from === undefined) return null;
  return [
    ...Object.entries(from.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...(from.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
  ];
}

function kind<T extends z.ZodType>(shape: T, read: (draft: Draft, item: z.output<T>, from: string) => void) {
  return (draft: Draft, item: unknown, from: string): void => {
    const parsed = shape.safeParse(item);
    if (parsed.success) read(draft, parsed.data, from);
    else
      draft.notes.push(`${from}: an object has not the shape of its kind at ${parsed.error.issues[0].path.join('.')}; left out`);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fullName(m: { readonly name: string; readonly namespace?: string | undefined }): string {
  return `${m.namespace ?? 'default'}/${m.name}`;
}
