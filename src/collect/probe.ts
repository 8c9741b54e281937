// What a point has to capture with, and what is said before it begins: programs, interfaces, the connection we came by, the clock.

import { BACKEND_ORDER, BACKENDS, type Backend, refusalOf } from '../capture/live/backends.js';
import type { Point } from '../points/point.js';

export interface Probed {
  readonly host: string | null;
  readonly kernel: string | null;
  /** `192.0.2.1 50122 192.0.2.7 22`: client, its port, server, its port (sshd(8), SSH_CONNECTION). */
  readonly ssh: string | null;
  readonly backend: Backend | null;
  /** Path of the program, and what it calls itself. */
  readonly program: string | null;
  readonly version: string | null;
  /** Names of interfaces by number. */
  readonly interfaces: ReadonlyMap<number, string>;
  /** What the program says of the filter; null where it takes it, or was not asked. */
  readonly filterError: string | null;
}

/** For sh. Arguments: the filter, or nothing. sudo takes the variable of the connection away, so that it is looked for in the process before. */
export const PROBE_SCRIPT = `
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export PATH; LC_ALL=C; export LC_ALL
say() { printf '%s\\t%s\\n' "$1" "$2"; }
say host "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"
say kernel "$(uname -sr 2>/dev/null)"
if [ -z "$SSH_CONNECTION" ]; then
  p=$PPID
  for i in 1 2 3; do
    [ -r "/proc/$p/environ" ] || break
    c=$(tr '\\0' '\\n' <"/proc/$p/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
    if [ -n "$c" ]; then SSH_CONNECTION=$c; break; fi
    p=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$p/status" 2>/dev/null)
    [ -n "$p" ] || break
  done
fi
say ssh "$SSH_CONNECTION"
for d in /sys/class/net/*; do [ -r "$d/ifindex" ] && say if "$(cat "$d/ifindex") \${d##*/}"; done
for t in tcpdump dumpcap; do
  p=$(command -v "$t") || continue
  say "$t" "$p"
  say version "$("$t" --version 2>&1 | head -n 1)"
  if [ -n "$1" ]; then
    case $t in
      tcpdump) why=$("$t" -i any -y LINUX_SLL2 -d -- "$1" 2>&1 >/dev/null) ;;
      dumpcap) why=$("$t" -i any -d -f "$1" 2>&1 >/dev/null) ;;
    esac || say refused "$(printf %s "$why" | tail -n 1)"
  fi
  break
done
say end ""
`;

/** Reads what the script prints; null where that is not what came. */
export function readProbe(text: string): Probed | null {
  const said = new Map<string, string>();
  const interfaces = new Map<number, string>();
  for (const line of text.split('\n').slice(0, MAX_LINES)) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const [word, value] = [line.slice(0, tab), line.slice(tab + 1, MAX_VALUE).trim()];
    const [, index, name] = (word === 'if' ? /^(\d{1,10}) (\S{1,64})$/.exec(value) : null) ?? [];
    if (index !== undefined) interfaces.set(Number(index), name!);
    else said.set(word, value);
  }
  if (!said.has('end')) return null;
  const found = BACKEND_ORDER.find((name) => said.has(name));
  const refused = said.get('refused');
  return {
    host: said.get('host') || null,
    kernel: said.get('kernel') || null,
    ssh: said.get('ssh') || null,
    backend: found === undefined ? null : BACKENDS[found],
    program: found === undefined ? null : (said.get(found) ?? null),
    version: said.get('version') || null,
    interfaces,
    // Of rights and interfaces the start will tell.
    filterError: refused !== undefined && refusalOf(refused) === 'filter' ? refused.replace(/^tcpdump: /, '') : null,
  };
}

const MAX_LINES = 20_000;
const MAX_VALUE = 1000;

/**
 * The connections that bring the captures here, as pcap-filter(7): captured themselves, each packet of them would make more of them. Those of ssh are
 * as the points say; the streams of kubectl go by the API server and the kubelet (Kubernetes, Ports and Protocols). Null where there are none.
 */
export function ownTraffic(points: readonly { readonly point: Point; readonly probed: Probed | null }[]): string | null {
  const parts = new Set<string>();
  for (const { probed } of points) {
    const connection = probed?.ssh;
    const [, client, server, port] = /^([0-9a-f.:]+) \d+ ([0-9a-f.:]+) (\d{1,5})$/i.exec(connection ?? '') ?? [];
    if (client !== undefined) parts.add(`(tcp port ${port} and host ${client} and host ${server})`);
  }
  if (points.some(({ point: { way } }) => way.method === 'kubectl' || way.method === 'node'))
    parts.add('(tcp port 6443 or tcp port 10250)');
  return parts.size === 0 ? null : [...parts].join(' or ');
}

/** On a node of a cluster its kubelet also speaks with the container runtime, over the loopback interface. */
export const ownTrafficOf = ({ way }: Point, own: string | null): string | null =>
  way.method === 'node'
    ? [own, '(tcp and src net 127.0.0.0/8 and dst net 127.0.0.0/8)'].filter((part) => part !== null).join(' or ')
    : own;

/**
 * libpcap passes over what goes out on the loopback interface, since it comes in again; kept from it here, its count of packets that the kernel
 * had for it is that of those it reads. Number 1 is the loopback interface of every network namespace. Returns what is kept from a program on this device.
 */
export function keptOut(device: string, own: string | null): string | null {
  const twice = device === 'any' ? '(outbound and ifindex 1)' : device === 'lo' ? 'outbound' : null;
  return [own, twice].filter((part) => part !== null).join(' or ') || null;
}

/** The filter that a program is given: what the user asks for, without our own connections. */
export function joinedFilter(asked: string | null, own: string | null): string | null {
  if (own === null) return asked;
  return asked === null ? `not (${own})` : `(${asked}) and not (${own})`;
}
