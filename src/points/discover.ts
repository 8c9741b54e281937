// A points file from what the tools of a lab list: kubectl, vagrant, docker and its kin, ip netns, and the configuration of ssh.
import { Document, isMap, type YAMLMap } from 'yaml';
import { safeText } from '../bytes/text.js';
import { runToEnd } from './child.js';
import { isName, type NameKind } from './target.js';

/** What the tools have printed; undefined: not asked, or no answer. */
export interface Listed {
  /** This machine's name. */
  readonly host: string;
  readonly nodes?: string | undefined;
  readonly pods?: string | undefined;
  readonly vagrant?: string | undefined;
  readonly docker?: string | undefined;
  readonly podman?: string | undefined;
  readonly nerdctl?: string | undefined;
  readonly netns?: string | undefined;
  readonly ssh?: string | undefined;
}

type Tool = Exclude<keyof Listed, 'host' | 'ssh'>;

/** Lines of JSON; of these three the fields have one name each, and different forms. */
const CONTAINERS = ['ps', '--format', '{{json .}}'];
const COMMANDS: Readonly<Record<Tool, readonly string[]>> = {
  nodes: ['kubectl', 'get', 'nodes', '-o', 'json'],
  pods: ['kubectl', 'get', 'pods', '--all-namespaces', '-o', 'json'],
  vagrant: ['vagrant', 'status', '--machine-readable'],
  docker: ['docker', ...CONTAINERS],
  podman: ['podman', ...CONTAINERS],
  nerdctl: ['nerdctl', ...CONTAINERS],
  netns: ['ip', 'netns', 'list'],
};
/** Vagrant takes seconds; a cluster that is away, half a minute. */
const LIMITS = { timeoutMs: 30_000, maxBytes: 64 << 20 };

/** Asks all tools at once. `tell`: of those that are there and do not answer. */
export async function listAll(host: string, ssh: string | undefined, tell: (text: string) => void): Promise<Listed> {
  const answers = await Promise.all(
    (Object.keys(COMMANDS) as Tool[]).map(async (tool) => {
      const { end, text, words } = await runToEnd(COMMANDS[tool], LIMITS);
      if (end === 0) return [tool, text] as const;
      const last = words.trim().split('\n').at(-1) ?? '';
      if (end !== 'ENOENT')
        tell(`${COMMANDS[tool].slice(0, 3).join(' ')} does not answer: ${safeText(last.slice(0, 200)) || end}`);
      return [tool, undefined] as const;
    }),
  );
  return { host, ssh, ...Object.fromEntries(answers) };
}

interface Found {
  readonly name: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** YAML text of a points file. `wanted`: pods, as NAMESPACE/POD or POD. Null where nothing was found. */
export function pointsFile(
  listed: Listed,
  wanted: readonly string[],
): { readonly text: string; readonly unknownPods: readonly string[] } | null {
  const machines = vagrantMachines(listed.vagrant).map((name): Found => ({ name, entry: { vagrant: name, sudo: true } }));
  const hosts = sshHosts(listed.ssh).map((name): Found => ({ name, entry: { ssh: name, sudo: true } }));
  const containers = (['docker', 'podman', 'nerdctl'] as const).flatMap((tool) => containersOf(listed[tool], tool));
  const nodes = namesIn(listed.nodes, 'object');
  const pods = podsIn(listed.pods);
  const found = new Map<string, Found['entry']>();
  const add = ({ name, entry }: Found): void => {
    if (isName('point', name) && !found.has(name)) found.set(name, entry);
  };
  machines.forEach(add);
  for (const { name, entry, isLab } of containers) if (isLab) add({ name, entry });
  // A node is captured best from where it runs: a machine, a container; else by a pod on it.
  for (const { name } of nodes)
    if (name === listed.host) add({ name, entry: { local: true, sudo: true } });
    else add(hosts.find((host) => host.name === name) ?? { name, entry: { node: name, image: IMAGE } });
  const unknownPods = wanted.filter((one) => !pods.some((pod) => isMeant(pod, one)));
  for (const pod of pods)
    if (wanted.some((one) => isMeant(pod, one)))
      add({
        name: found.has(pod.name) ? `${pod.namespace}-${pod.name}` : pod.name,
        entry: { kubectl: `${pod.namespace}/${pod.name}`, image: IMAGE },
      });
  for (const name of netnsIn(listed.netns)) add({ name, entry: { netns: name, sudo: true } });
  // Whoever has a host in the configuration of ssh, or runs a container, need not have it in the lab.
  const others = [...containers.filter(({ isLab }) => !isLab), ...hosts].filter(
    ({ name }, i, all) => isName('point', name) && !found.has(name) && all.findIndex((other) => other.name === name) === i,
  );
  if (found.size === 0 && others.length === 0) return null;
  const hasCilium = pods.some(({ app }) => app === 'cilium');
  const file = {
    points: Object.fromEntries(found),
    ...(nodes.length > 0 && { cluster: { kubectl: true, ...(hasCilium && { cilium: true }) } }),
  };
  return { text: printed(file, others, pods.length - (wanted.length - unknownPods.length)), unknownPods };
}

/** Any image with tcpdump and a shell does. */
const IMAGE = 'nicolaka/netshoot';

function printed(file: { readonly points: object }, others: readonly Found[], podsLeft: number): string {
  const document = new Document(file);
  document.commentBefore =
    ' Points for `hopscope capture` and `hopscope live`: take out what is not of the lab, and add what is missing.';
  const points = document.get('points') as YAMLMap;
  for (const { value } of points.items) if (isMap(value)) value.flow = true;
  // Without a point the key has no value, which whoever reads the file is told.
  if (points.items.length === 0) document.set('points', null);
  const comments = others.map(({ name, entry }) => {
    const one = new Document({ [name]: entry });
    for (const { value } of (one.contents as unknown as YAMLMap).items) if (isMap(value)) value.flow = true;
    return `  # ${one.toString({ lineWidth: 0 }).trim()}\n`;
  });
  const [head, ...rest] = document.toString({ lineWidth: 0 }).split(/^(?=cluster:)/m);
  const pods =
    podsLeft > 0
      ? `  # pods: ${podsLeft} are not here; name those to capture in: hopscope capture --discover NAMESPACE/POD\n`
      : '';
  return [head, ...(comments.length > 0 ? ['  # Perhaps also:\n', ...comments] : []), pods, ...rest].join('');
}

interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly app: string | null;
}

const isMeant = ({ namespace, name }: Pod, wanted: string): boolean => wanted === name || wanted === `${namespace}/${name}`;

/** `kubectl get ... -o json`: a list of objects. */
function itemsIn(
  text: string | undefined,
): readonly { readonly metadata?: Record<string, unknown>; readonly status?: Record<string, unknown> }[] {
  try {
    const { items } = JSON.parse(text ?? '{}') as { items?: unknown };
    return Array.isArray(items) ? items.filter((item) => typeof item === 'object' && item !== null) : [];
  } catch {
    return [];
  }
}

function namesIn(text: string | undefined, kind: NameKind): { readonly name: string }[] {
  return itemsIn(text).flatMap(({ metadata }) => {
    const name = metadata?.['name'];
    return typeof name === 'string' && isName(kind, name) ? [{ name }] : [];
  });
}

/** Pods that run. */
function podsIn(text: string | undefined): Pod[] {
  return itemsIn(text).flatMap(({ metadata, status }): Pod[] => {
    const { name, namespace, labels } = metadata ?? {};
    if (status?.['phase'] !== 'Running' || typeof name !== 'string' || typeof namespace !== 'string') return [];
    if (!isName('object', name) || !isName('object', namespace)) return [];
    const app = (labels as Record<string, unknown> | undefined)?.['k8s-app'];
    return [{ namespace, name, app: typeof app === 'string' ? app : null }];
  });
}

/** `timestamp,target,type,data` (Vagrant's documentation, machine-readable output). Machines that run. */
function vagrantMachines(text = ''): string[] {
  return text.split('\n').flatMap((line) => {
    const [, target, type, data] = line.trim().split(',');
    return type === 'state' && data === 'running' && target !== undefined && isName('machine', target) ? [target] : [];
  });
}

/** Docker and nerdctl print labels as `a=b,c=d`, podman as an object, and its names as a list. */
function containersOf(text: string | undefined, tool: 'docker' | 'podman' | 'nerdctl'): (Found & { readonly isLab: boolean })[] {
  return (text ?? '').split('\n').flatMap((line) => {
    let one: { Names?: unknown; Labels?: unknown };
    try {
      one = JSON.parse(line) as typeof one;
    } catch {
      return [];
    }
    const container = String([one?.Names].flat()[0] ?? '').split(',')[0]!;
    if (!isName('container', container)) return [];
    const labels = labelsOf(one.Labels);
    const clab = labels.get('clab-node-name');
    const kind = labels.has('io.x-k8s.kind.cluster');
    // A node of kind has no tcpdump; nodes of containerlab may have one.
    return [
      { name: clab ?? container, entry: { [tool]: container, ...(kind && { image: IMAGE }) }, isLab: clab !== undefined || kind },
    ];
  });
}

function labelsOf(labels: unknown): ReadonlyMap<string, string> {
  if (typeof labels === 'string')
    return new Map(labels.split(',').map((pair) => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]));
  return new Map(Object.entries(labels ?? {}).map(([key, value]) => [key, String(value)]));
}

/** `host-a (id: 0)`, a line each. */
const netnsIn = (text = ''): string[] =>
  text.split('\n').flatMap((line) => {
    const name = line.trim().split(/\s+/)[0]!;
    // Those that container engines make.
    return isName('netns', name) && !/^cni-[0-9a-f-]{36}$/.test(name) ? [name] : [];
  });

/** Hosts that are named without a pattern; ssh_config(5). */
const sshHosts = (text = ''): string[] =>
  text.split('\n').flatMap((line) => {
    const [, names] = /^\s*host(?:\s+|\s*=\s*)(.*)$/i.exec(line) ?? [];
    return (names ?? '').split(/\s+/).filter((name) => name !== '' && !/[*?!"#]/.test(name) && isName('host', name));
  });
