// What the cilium and cilium-dbg commands print as JSON, and what their text has in common with it.
import type { Draft } from './draft.js';
import { identityName } from './identity-name.js';

/** A service or backend address: `10.96.0.1:443/TCP`, `[fd00::1]:443/TCP`; the port's suffix is `/TCP` or `/i`. */
export const ENDPOINT = /(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):\d+(?:\/\w+)*/;
/** Keys that tell a Cilium configuration from other listings of two columns. */
export const CONFIG_KEYS: readonly string[] = [
  'routing-mode',
  'tunnel-protocol',
  'tunnel',
  'enable-ipv4-masquerade',
  'cluster-name',
  'ipam',
  'enable-ipv4',
];

/** JSON of `bpf ipcache list` and `bpf lb list`: an object of lists of text. False when it is neither. */
export function importCiliumMap(
  draft: Draft,
  node: string | null,
  map: Readonly<Record<string, readonly string[]>>,
  from: string,
): boolean {
  let known = false;
  for (const [key, values] of Object.entries(map)) {
    const service = ENDPOINT.exec(key);
    for (const value of values)
      if (/^identity=\d+/.test(value)) {
        ipcacheEntry(draft, node, key, value, from);
        known = true;
      } else if (service !== null) {
        lbEntry(draft, service[1] ?? service[2], value, from);
        known = true;
      }
  }
  return known;
}

/** JSON of `identity list`. */
export function importIdentities(
  draft: Draft,
  items: readonly { readonly id: number; readonly labels: readonly string[] }[],
  from: string,
): void {
  for (const { id, labels } of items) draft.identity(id, identityName(labels), from);
}

export function importConfig(draft: Draft, entries: Iterable<readonly [string, string]>, from: string): void {
  for (const [key, value] of entries) {
    const known = draft.config.get(key);
    if (known !== undefined && known !== value)
      draft.conflicts.push(`Cilium's ${key}: '${known}' before and '${value}' in ${from}; '${known}' was kept`);
    else draft.config.set(key, value);
  }
}

export function looksLikeConfig(value: Readonly<Record<string, unknown>>): value is Record<string, string> {
  return CONFIG_KEYS.some((key) => Object.hasOwn(value, key)) && Object.values(value).every((v) => typeof v === 'string');
}

/** `node`: where the command ran; entries of the IP cache without an endpoint are its own. */
export function ipcacheEntry(draft: Draft, node: string | null, prefix: string, value: string, from: string): void {
  const identity = Number(/identity=(\d+)/.exec(value)?.[1]);
  const endpoint = /tunnelendpoint=([0-9a-fA-F.:]+)/.exec(value)?.[1] ?? null;
  const none = endpoint === null || endpoint === '0.0.0.0' || endpoint === '::';
  draft.ipcache(prefix, identity, none ? null : endpoint, node, from);
}

export function lbEntry(draft: Draft, service: string, value: string, from: string): void {
  draft.service(service, null, from, { loadBalancer: /\[LoadBalancer|\[ExternalIPs/.test(value) });
  const backend = ENDPOINT.exec(value);
  if (backend !== null) draft.backend(service, backend[1] ?? backend[2]);
}
