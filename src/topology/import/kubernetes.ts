// What `kubectl get ... -o json` prints: nodes, pods, services, endpoint slices, leases, and Cilium's own kinds.
import { z } from 'zod';
import { importConfig } from './cilium.js';
import type { Draft } from './draft.js';
import { identityName } from './identity-name.js';

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const ips = z.array(z.looseObject({ ip: z.string().optional() })).optional();
const named = { metadata };

const KINDS: Record<string, (draft: Draft, item: unknown, from: string) => void> = {
  Node: kind(
    z.looseObject({
      ...named,
      spec: z.looseObject({ podCIDR: z.string().optional(), podCIDRs: z.array(z.string()).optional() }).optional(),
      status: z
        .looseObject({ addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).optional() })
        .optional(),
    }),
    (draft, { metadata: { name }, spec, status }) => {
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
      }),
      status: z.looseObject({ loadBalancer: z.looseObject({ ingress: ips }).optional() }).optional(),
    }),
    (draft, { metadata: m, spec, status }, from) => {
      const service = fullName(m);
      for (const ip of spec.clusterIPs ?? [spec.clusterIP ?? '']) draft.service(ip, service, from);
      for (const ip of spec.externalIPs ?? []) draft.service(ip, service, from, true);
      for (const { ip } of status?.loadBalancer?.ingress ?? []) if (ip) draft.service(ip, service, from, true);
    },
  ),
  EndpointSlice: kind(
    z.looseObject({ ...named, endpoints: z.array(z.looseObject({ addresses: z.array(z.string()) })).nullish() }),
    (draft, { metadata: m, endpoints }) => {
      const service = m.labels?.['kubernetes.io/service-name'];
      if (service === undefined) return;
      for (const { addresses } of endpoints ?? [])
        for (const ip of addresses) draft.backend(fullName({ ...m, name: service }), ip);
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
    (draft, { metadata: { name }, spec }) => {
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

/** One object of the Kubernetes API, or a List of them. */
export function importKubernetes(draft: Draft, value: { readonly kind: string; readonly items?: unknown }, from: string): void {
  if (Array.isArray(value.items)) {
    // `kubectl get` prints kind List with a kind per item; the API itself prints NodeList without.
    const inner = value.kind.replace(/List$/, '');
    for (const item of value.items as unknown[]) if (isObject(item)) one(draft, { kind: inner, ...item }, from);
  } else one(draft, value, from);
}

function one(draft: Draft, item: { readonly kind: string }, from: string): void {
  if (Object.hasOwn(KINDS, item.kind)) KINDS[item.kind](draft, item, from);
  else draft.notes.push(`${from}: objects of kind ${item.kind} say nothing about the topology; left out`);
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
