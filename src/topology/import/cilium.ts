// What the cilium and cilium-dbg commands print, as JSON and as text.
import type { Draft } from './draft.js';
import { identityName } from './identity-name.js';

const IPCACHE = /^\s*(\S+\/\d+)\s+identity=(\d+)(.*)$/;
/** A service or backend address: `10.96.0.1:443/TCP`, `[fd00::1]:443/TCP`; the port's suffix is `/TCP` or `/i`. */
const ENDPOINT = /(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):\d+(?:\/\w+)*/;
const CONFIG = /^([a-z0-9][a-z0-9.-]*[a-z0-9])(?:\s+(.*))?$/;
/** Keys that tell a Cilium configuration from other listings of two columns. */
const CONFIG_KEYS = [
  'routing-mode',
  'tunnel-protocol',
  'tunnel',
  'enable-ipv4-masquerade',
  'cluster-name',
  'ipam',
  'enable-ipv4',
];

export type CiliumTextKind = 'ipcache' | 'lb' | 'identity' | 'config';

export function ciliumTextKind(lines: readonly string[]): CiliumTextKind | null {
  if (lines.some((line) => IPCACHE.test(line))) return 'ipcache';
  if (lines.some((line) => /^SERVICE ADDRESS\s+BACKEND ADDRESS/.test(line))) return 'lb';
  if (lines.some((line) => /\(\d+\) \(\d+\)/.test(line) && ENDPOINT.test(line))) return 'lb';
  if (lines.some((line) => /^\d+\s+(reserved|k8s|cidr|fqdn):/.test(line))) return 'identity';
  if (lines.some((line) => CONFIG_KEYS.includes(CONFIG.exec(line)?.[1] ?? ''))) return 'config';
  return null;
}

/** `node`: where the command ran; entries of the IP cache without an endpoint are its own. */
export function importCiliumText(
  draft: Draft,
  node: string | null,
  kind: CiliumTextKind,
  lines: readonly string[],
  from: string,
): void {
  if (kind === 'config')
    importConfig(
      draft,
      lines.flatMap((line) => {
        const match = CONFIG.exec(line);
        return match === null ? [] : [[match[1], (match[2] ?? '').trim()] as const];
      }),
      from,
    );
  if (kind === 'ipcache')
    for (const line of lines) {
      const match = IPCACHE.exec(line);
      if (match !== null) ipcacheEntry(draft, node, match[1], `identity=${match[2]}${match[3]}`, from);
    }
  if (kind === 'lb') {
    // A service is printed on every line, or once with its backends under it.
    let service = '';
    for (const line of lines) {
      const own = /^\S/.test(line) ? ENDPOINT.exec(line) : null;
      if (own !== null) service = own[1] ?? own[2];
      const rest = own === null ? line : line.slice(own.index + own[0].length);
      if (service !== '') lbEntry(draft, service, rest, from);
    }
  }
  if (kind === 'identity') {
    let id = 0;
    let labels: string[] = [];
    const flush = () => {
      if (labels.length > 0) draft.identity(id, identityName(labels), from);
      labels = [];
    };
    for (const line of lines) {
      const match = /^(\d+)?\s+(\S+:\S+)\s*$/.exec(line);
      if (match === null) continue;
      if (match[1] !== undefined) {
        flush();
        id = Number(match[1]);
      }
      labels.push(match[2]);
    }
    flush();
  }
}

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

function ipcacheEntry(draft: Draft, node: string | null, prefix: string, value: string, from: string): void {
  const identity = Number(/identity=(\d+)/.exec(value)?.[1]);
  const endpoint = /tunnelendpoint=([0-9a-fA-F.:]+)/.exec(value)?.[1] ?? null;
  const none = endpoint === null || endpoint === '0.0.0.0' || endpoint === '::';
  draft.ipcache(prefix, identity, none ? null : endpoint, node, from);
}

function lbEntry(draft: Draft, service: string, value: string, from: string): void {
  draft.service(service, null, from, /\[LoadBalancer|\[ExternalIPs/.test(value));
  const backend = ENDPOINT.exec(value);
  if (backend !== null) draft.backend(service, backend[1] ?? backend[2]);
}
