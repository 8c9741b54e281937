// JSON of Cilium's agent: endpoints, services, and the addresses of its IP cache with their names.
import * as z from 'zod';
import { identityName } from './identity-name.js';
import type { Scope } from './listing.js';
import type { Outcome } from './structured.js';

const endpoint = z.looseObject({
  status: z.looseObject({
    identity: z.looseObject({ id: z.number(), labels: z.array(z.string()).optional() }).optional(),
    networking: z.looseObject({
      addressing: z.array(z.looseObject({ ipv4: z.string().optional(), ipv6: z.string().optional() })).optional(),
      'interface-name': z.string().optional(),
      'interface-index': z.number().optional(),
      'host-mac': z.string().optional(),
    }),
    'external-identifiers': z
      .looseObject({
        'pod-name': z.string().optional(),
        'k8s-pod-name': z.string().optional(),
        'k8s-namespace': z.string().optional(),
      })
      .optional(),
  }),
});
const address = z.looseObject({ ip: z.string(), port: z.number().optional() });
const service = z.looseObject({
  spec: z.looseObject({
    'frontend-address': address,
    'backend-addresses': z.array(address).nullish(),
    flags: z
      .looseObject({ type: z.string().optional(), name: z.string().optional(), namespace: z.string().optional() })
      .optional(),
  }),
});
const known = z.looseObject({
  cidr: z.string(),
  identity: z.number(),
  hostIP: z.string().optional(),
  metadata: z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
});

/** Null when the items are none of these. */
export function importCiliumObjects({ draft, node, from }: Scope, items: readonly Record<string, unknown>[]): Outcome | null {
  const all = <T>(shape: z.ZodType<T>): T[] | null => {
    const parsed = items.map((item) => shape.safeParse(item));
    return parsed.every(({ success }) => success) ? parsed.map(({ data }) => data as T) : null;
  };
  const endpoints = all(endpoint);
  if (endpoints !== null) {
    for (const { status } of endpoints) {
      const { identity, networking } = status;
      const ids = status['external-identifiers'];
      const name =
        ids?.['pod-name'] ??
        (ids?.['k8s-namespace'] && ids['k8s-pod-name'] ? `${ids['k8s-namespace']}/${ids['k8s-pod-name']}` : undefined);
      if (identity?.labels !== undefined) draft.identity(identity.id, identityName(identity.labels), from);
      const dev = networking['interface-name'];
      // The agent's own health endpoint and the host are no pods.
      if (identity !== undefined && identity.id < 256) continue;
      for (const { ipv4, ipv6 } of networking.addressing ?? [])
        for (const ip of [ipv4, ipv6])
          if (ip)
            draft.pod(
              ip,
              {
                ...(name === undefined ? {} : { name }),
                ...(node === null ? {} : { node }),
                ...(identity === undefined ? {} : { identity: identity.id }),
                ...(dev ? { interface: dev } : {}),
              },
              from,
            );
      if (node !== null && dev)
        draft.interface(
          node,
          dev,
          {
            ...(networking['interface-index'] ? { index: networking['interface-index'] } : {}),
            ...(networking['host-mac'] ? { mac: networking['host-mac'] } : {}),
          },
          from,
        );
    }
    return { what: 'cilium-dbg endpoint list', why: null };
  }
  const services = all(service);
  if (services !== null) {
    for (const { spec } of services) {
      const { ip, port } = spec['frontend-address'];
      const flags = spec.flags;
      const name = flags?.namespace && flags.name ? `${flags.namespace}/${flags.name}` : null;
      draft.service(ip, name, from, {
        loadBalancer: /LoadBalancer|ExternalIPs/.test(flags?.type ?? ''),
        ports: port === undefined ? [] : [{ port, protocol: 'TCP' }],
      });
      for (const backend of spec['backend-addresses'] ?? []) draft.backend(ip, backend.ip);
    }
    return { what: 'cilium-dbg service list', why: null };
  }
  const ips = all(known);
  if (ips === null) return null;
  for (const { cidr, identity, hostIP, metadata } of ips) {
    if (!/\/(?:32|128)$/.test(cidr) || identity < 256 || identity >= 1 << 24) continue;
    const ip = cidr.slice(0, cidr.indexOf('/'));
    draft.pod(
      ip,
      { identity, ...(metadata?.name && metadata.namespace ? { name: `${metadata.namespace}/${metadata.name}` } : {}) },
      from,
    );
    if (hostIP) draft.podHost(ip, hostIP, from);
  }
  return { what: 'cilium-dbg ip list', why: null };
}
