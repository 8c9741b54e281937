// NAME=TARGET: a point in one word, and what the names in it may look like. They come from files and from other tools' lists and end as words
// of command lines: whatever a tool could take for an option, or a terminal for a command, is refused before anything runs.

import { nearest } from '../bytes/nearest.js';
import { safeText } from '../bytes/text.js';
import { PointsError } from '../errors.js';
import type { Way } from './point.js';

interface Kind {
  readonly pattern: RegExp;
  /** For messages: what it is, and one that would do. */
  readonly what: string;
  readonly example: string;
}

/** The names of things that points are made of. */
export const NAMES = {
  /** A part of file names, and what stands before the `=` of a capture and the `:` of a command. */
  point: { pattern: /^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]{0,63}$/u, what: 'a name for a point', example: 'router' },
  /** dev_valid_name in net/core/dev.c: 1 to 15 bytes. */
  interface: { pattern: /^(?![.]{1,2}$)[^\s/:\p{C}-][^\s/:\p{C}]{0,14}$/u, what: 'an interface', example: 'eth1' },
  user: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/, what: 'a user', example: 'vagrant' },
  host: { pattern: /^[\p{L}\p{N}_][\p{L}\p{N}_.:%-]*$/u, what: 'a host', example: '192.168.10.200' },
  /** RFC 1123 labels with dots: what Kubernetes takes for a pod, a node, a namespace. */
  object: { pattern: /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, what: 'a name in a cluster', example: 'curl-pod' },
  context: { pattern: /^[\p{L}\p{N}_][^\s\p{C}]*$/u, what: 'a context of kubectl', example: 'kind-lab' },
  container: { pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/, what: 'a container', example: 'clab-lab-leaf1' },
  image: { pattern: /^[a-z0-9][A-Za-z0-9_.:/@-]*$/, what: 'an image', example: 'nicolaka/netshoot' },
  netns: { pattern: /^(?![.]{1,2}$)[^\s/\p{C}-][^\s/\p{C}]{0,254}$/u, what: 'a network namespace', example: 'host-a' },
  machine: { pattern: /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u, what: 'a machine', example: 'k8s-w0' },
  /** A program, or a word given to it. */
  word: { pattern: /^[^\p{Cc}]*$/u, what: 'a word of a command', example: 'runc' },
} as const satisfies Record<string, Kind>;

export type NameKind = keyof typeof NAMES;

export const isName = (kind: NameKind, text: string): boolean => NAMES[kind].pattern.test(text);

/** `'-oProxyCommand=x' is not a host; write ...`. */
export function notName(kind: NameKind, text: string): string {
  const { what, example } = NAMES[kind];
  return `'${safeText(text.slice(0, 60))}' is not ${what}; write one such as ${example}`;
}

/** The words before the colon, what may stand after it, and how that is read; null: it is not of that form. */
const TARGETS: Readonly<Record<string, { readonly form: string; readonly read: (rest: string, target: string) => Way }>> = {
  ssh: { form: 'ssh:[USER@]HOST[:PORT]', read: (rest) => sshWay(rest) },
  kubectl: { form: 'kubectl:[NAMESPACE/]POD', read: (rest) => podWay(rest) },
  node: {
    form: 'node:NODE',
    read: (rest) => ({ method: 'node', context: null, namespace: null, node: named('object', rest) }),
  },
  docker: { form: 'docker:CONTAINER', read: (rest) => ({ method: 'docker', container: named('container', rest) }) },
  podman: { form: 'podman:CONTAINER', read: (rest) => ({ method: 'podman', container: named('container', rest) }) },
  nerdctl: { form: 'nerdctl:CONTAINER', read: (rest) => ({ method: 'nerdctl', container: named('container', rest) }) },
  netns: { form: 'netns:NAMESPACE', read: (rest) => ({ method: 'netns', netns: named('netns', rest) }) },
  vagrant: { form: 'vagrant:MACHINE', read: (rest) => ({ method: 'vagrant', machine: named('machine', rest) }) },
  lima: { form: 'lima:INSTANCE', read: (rest) => ({ method: 'lima', instance: named('machine', rest) }) },
};

export const TARGET_FORMS: readonly string[] = ['local', ...Object.values(TARGETS).map(({ form }) => form)];

/** `local`, `ssh:vagrant@192.168.10.200`, `kubectl:default/curl-pod`. Throws PointsError. */
export function readTarget(target: string): Way {
  if (target === 'local') return { method: 'local' };
  const colon = target.indexOf(':');
  const word = colon < 0 ? target : target.slice(0, colon);
  const kind = Object.hasOwn(TARGETS, word) ? TARGETS[word] : undefined;
  if (kind === undefined) {
    const meant = nearest(word, ['local', ...Object.keys(TARGETS)]);
    const hint = meant === null ? `write ${TARGET_FORMS.join(', ')}` : `did you mean '${meant}'?`;
    throw new PointsError(`'${safeText(target.slice(0, 60))}' is no way to a point; ${hint}`);
  }
  if (colon < 0 || colon === target.length - 1) throw new PointsError(`'${safeText(target)}': write ${kind.form}`);
  return kind.read(target.slice(colon + 1), target);
}

/** `[USER@]HOST[:PORT]`; an IPv6 address with a port stands in brackets. Throws PointsError. */
export function sshWay(text: string, config: string | null = null): Way {
  const at = text.lastIndexOf('@');
  const user = at < 0 ? null : named('user', text.slice(0, at));
  const rest = text.slice(at + 1);
  const parts = /^\[([^\]]*)\](?::(.*))?$/.exec(rest) ?? /^([^:]*):([^:]*)$/.exec(rest) ?? [rest, rest, undefined];
  return {
    method: 'ssh',
    user,
    host: named('host', parts[1]),
    port: parts[2] === undefined ? null : portOf(parts[2], text),
    config,
  };
}

function portOf(text: string, target: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535)
    throw new PointsError(`'${safeText(target)}': '${safeText(text)}' is no port; write a number from 1 to 65535`);
  return port;
}

/** `[NAMESPACE/]POD`. Throws PointsError. */
export function podWay(text: string): Way {
  const [first, second, ...more] = text.split('/');
  if (more.length > 0) throw new PointsError(`'${safeText(text)}': write NAMESPACE/POD`);
  const namespace = second === undefined ? null : named('object', first!);
  return { method: 'kubectl', context: null, namespace, pod: named('object', second ?? first!), container: null };
}

function named(kind: NameKind, text: string): string {
  if (!isName(kind, text)) throw new PointsError(notName(kind, text));
  return text;
}
