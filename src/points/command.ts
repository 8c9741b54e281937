// A command for a point as a command of this machine.
import { shellWord } from '../bytes/command.js';
import type { Point, Way } from './point.js';
import { guarded } from './watchdog.js';

/** Milliseconds that ssh waits for a host, and between its own questions whether that is still there. */
const SSH = [
  '-T',
  '-o',
  'BatchMode=yes',
  '-o',
  'ConnectTimeout=10',
  '-o',
  'ServerAliveInterval=10',
  '-o',
  'ServerAliveCountMax=3',
];

/** Where in a pod or container: with its own files, or beside it where the tools are. */
export type Inside = 'tools' | 'own';

/** What was found out about a way before the first command. */
export interface Found {
  /** Of vagrant: options for ssh, and the host. */
  readonly ssh?: readonly string[];
  /** Of kubectl: the container that has the tools, where that is not the pod's own; the pod of a node. */
  readonly container?: string;
  readonly pod?: string;
}

/**
 * The words of the program that is to be started on this machine so that `argv` runs at the point, with a guard, fed by `PointChild`.
 * No shell of this machine reads them; what a shell at the point reads is quoted.
 */
export function commandAt(point: Point, argv: readonly string[], inside: Inside = 'tools', found: Found = {}): string[] {
  const { way } = point;
  const inner = guarded(argv);
  const asRoot = point.sudo && inside === 'tools' && !isContainer(way) ? ['sudo', '-n', ...inner] : inner;
  switch (way.method) {
    case 'local':
      return asRoot;
    case 'ssh':
      return [...sshTo(way), forShell(asRoot)];
    case 'vagrant':
      return [
        'ssh',
        ...SSH,
        ...(found.ssh ?? ['-F', `<(vagrant ssh-config ${shellWord(way.machine)})`, '--', way.machine]),
        forShell(asRoot),
      ];
    case 'netns': {
      // Entering it takes rights, too: the program in it has them.
      const enter = ['ip', 'netns', 'exec', way.netns, ...inner];
      return point.sudo ? ['sudo', '-n', ...enter] : enter;
    }
    case 'lima':
      // limactl quotes its words for the shell there.
      return ['limactl', 'shell', '--workdir', '/', way.instance, ...asRoot];
    case 'docker':
    case 'podman':
    case 'nerdctl':
      return containerCommand(point, way, inner, inside);
    case 'kubectl':
      return [...execIn(way, way.pod, inside === 'own' ? way.container : (found.container ?? way.container)), ...inner];
    case 'node':
      return [...execIn(way, found.pod ?? `node-debugger-${way.node}`, null), ...inner];
    case 'command':
      return way.joins ? [...way.command, forShell(asRoot)] : [...way.command, ...asRoot];
  }
}

/** For people: it can be pasted into a shell. */
export const shownCommand = (argv: readonly string[]): string => argv.map(shellWord).join(' ');

/** Words for a shell that reads them as one line. */
export const forShell = (argv: readonly string[]): string => argv.map(shellWord).join(' ');

const isContainer = ({ method }: Way): boolean => ['docker', 'podman', 'nerdctl', 'kubectl', 'node'].includes(method);

function sshTo({ user, host, port, config }: Way & { method: 'ssh' }): string[] {
  const target = user === null ? host : `${user}@${host}`;
  return [
    'ssh',
    ...SSH,
    ...(config === null ? [] : ['-F', config]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    target,
  ];
}

/** By an image beside the container, in its network namespace, where one is named; else in the container. */
function containerCommand(
  { sudo, image }: Point,
  { method, container }: Way & { container: string },
  inner: readonly string[],
  inside: Inside,
): string[] {
  if (image !== null && inside === 'tools') {
    const rights = ['--cap-add', 'NET_ADMIN', '--cap-add', 'NET_RAW'];
    // The image may have an entry point of its own.
    const [shell, ...rest] = inner;
    return [
      method,
      'run',
      '--rm',
      '-i',
      '--network',
      `container:${container}`,
      ...rights,
      '--entrypoint',
      shell!,
      image,
      ...rest,
    ];
  }
  return [method, 'exec', '-i', ...(sudo && inside === 'tools' ? ['--privileged', '--user', '0'] : []), container, ...inner];
}

/** kubectl, with what all its commands need. */
export const kubectl = ({ context }: { readonly context: string | null }): string[] => [
  'kubectl',
  ...(context === null ? [] : ['--context', context]),
];

export const inNamespace = ({ namespace }: { readonly namespace: string | null }): string[] =>
  namespace === null ? [] : ['-n', namespace];

function execIn(way: Way & { method: 'kubectl' | 'node' }, pod: string, container: string | null): string[] {
  return [...kubectl(way), 'exec', '-i', ...inNamespace(way), pod, ...(container === null ? [] : ['-c', container]), '--'];
}

/** Adds a container with the tools to a pod, or puts one on a node; it runs as long as its first program. Profile: with NET_ADMIN and NET_RAW. */
export function debugCommand(
  way: Way & { method: 'kubectl' | 'node' },
  image: string,
  name: string,
  argv: readonly string[],
): string[] {
  const target = way.method === 'node' ? [`node/${way.node}`] : [way.pod, '-c', name];
  return [
    ...kubectl(way),
    'debug',
    '-i',
    ...inNamespace(way),
    ...target,
    `--image=${image}`,
    '--profile=netadmin',
    '--',
    ...guarded(argv),
  ];
}
