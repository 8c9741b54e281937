// What a cluster says of itself: objects of Kubernetes and Cilium by kubectl of this machine, tables by the agents of Cilium.
import { kubectl } from '../points/command.js';
import type { Cluster } from '../points/point.js';
import { guarded } from '../points/watchdog.js';
import type { Wanted } from './sections.js';

/** An argv of this machine. */
type Argv = readonly string[];

const ask = (cluster: Cluster, ...words: Argv): Argv => [...kubectl(cluster), '--request-timeout=20s', ...words];

/** Objects, a file each: of kinds that a cluster does not have, the others do not know. */
export function objects(cluster: Cluster): { readonly name: string; readonly argv: Argv }[] {
  const all = (kind: string) => ({ name: kind, argv: ask(cluster, 'get', kind, '-A', '-o', 'json') });
  return [
    ...['nodes', 'pods', 'services', 'endpointslices'].map(all),
    ...(cluster.cilium
      ? [
          ...[
            'ciliumnodes',
            'ciliumendpoints',
            'ciliumidentities',
            'ciliuml2announcementpolicies',
            'ciliumloadbalancerippools',
          ].map(all),
          { name: 'leases', argv: ask(cluster, '-n', 'kube-system', 'get', 'leases', '-o', 'json') },
          { name: 'cilium-config', argv: ask(cluster, '-n', 'kube-system', 'get', 'configmap', 'cilium-config', '-o', 'json') },
        ]
      : []),
  ];
}

/** Lists the pods of Cilium's agents. */
export const agentList = (cluster: Cluster): Argv =>
  ask(cluster, '-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=cilium', '-o', 'json');

export interface Agent {
  readonly pod: string;
  readonly node: string;
}

/** Of what `agentList` printed: agents whose names are names. */
export function readAgents(json: string): Agent[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return [];
  }
  const { items } = (list ?? {}) as { items?: unknown };
  if (!Array.isArray(items)) return [];
  return (items as { metadata?: { name?: unknown }; spec?: { nodeName?: unknown } }[]).flatMap((item) => {
    const [pod, node] = [item?.metadata?.name, item?.spec?.nodeName];
    return isObjectName(pod) && isObjectName(node) ? [{ pod, node }] : [];
  });
}

/** RFC 1123, with dots: these become words of commands and names of files. */
const isObjectName = (name: unknown): name is string => typeof name === 'string' && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(name);

/** Runs words in the agent's container. `-i`: what runs there learns when we are gone. */
export const inAgent = (cluster: Cluster, { pod }: Agent, words: Argv): Argv => [
  ...kubectl(cluster),
  ...['-n', 'kube-system', 'exec', '-i', pod, '-c', 'cilium-agent', '--'],
  ...guarded(words),
];

/** cilium-dbg was called cilium before Cilium 1.15. */
const both = (rest: string): string[] => [`cilium-dbg ${rest}`, `cilium ${rest}`];

/** Tables of an agent. */
export const AGENT_TABLES: readonly Wanted[] = [
  { name: 'cilium-status', commands: both('status --verbose') },
  { name: 'cilium-endpoints', commands: both('endpoint list -o json') },
  { name: 'cilium-ipcache', commands: both('bpf ipcache list -o json') },
  { name: 'cilium-lb', commands: both('bpf lb list -o json') },
  { name: 'cilium-nat', commands: both('bpf nat list') },
];

/** What Hubble sees on the agent's node from now on, a flow a line. */
export const HUBBLE: readonly string[] = ['hubble', 'observe', '--follow', '--since', '1s', '-o', 'jsonpb'];
