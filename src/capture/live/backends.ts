// The programs that capture: how each is asked, and what it says on standard error.
import { shellWord } from '../../bytes/command.js';

export const ANY = 'any';

export interface CapturePlan {
  /** Interfaces that are there, or `any` alone. */
  readonly devices: readonly string[];
  /** The kernel's numbers of those that are named. */
  readonly numbers: readonly number[];
  /** All interfaces that are up. */
  readonly all: readonly string[];
  /** pcap-filter(7), or null. */
  readonly filter: string | null;
  readonly snapLength: number;
  /** Of the kernel, in MiB. */
  readonly bufferMiB: number;
  readonly promiscuous: boolean;
}

export type BackendName = 'tcpdump' | 'dumpcap' | 'cap';

export interface Backend {
  readonly name: BackendName;
  readonly arguments: (plan: CapturePlan) => string[];
  /** It has opened the interface, and packets follow. */
  readonly started: RegExp;
  /** Frames lost, when it says so; the last one holds. */
  readonly dropped: RegExp;
  /** Makes it say that while it runs. */
  readonly askDrops: NodeJS.Signals | null;
  /** How long it may keep a packet to itself, in milliseconds. */
  readonly lateMs: number;
  /** What it cannot do, for the user to know; null where it can do all that is asked of it. */
  readonly limits: string | null;
  readonly install: string;
  /** What gives it the right to capture once and for all; null where only the one who starts it can. */
  readonly grant: ((path: string) => string) | null;
}

const setcap = (path: string): string => `sudo setcap cap_net_raw,cap_net_admin=eip ${shellWord(path)}`;

/**
 * One interface is captured as it is. Several are captured as one, cooked (each frame with its interface number and direction,
 * LINKTYPE_LINUX_SLL2), so that their frames come in order; the kernel picks them by number.
 */
function single({ devices, numbers, filter }: CapturePlan): { device: string; cooked: boolean; filter: string | null } {
  if (devices.length === 1 && devices[0] !== ANY) return { device: devices[0]!, cooked: false, filter };
  const only = numbers.length === 0 ? null : numbers.map((number) => `ifindex ${number}`).join(' or ');
  return { device: ANY, cooked: true, filter: filter !== null && only !== null ? `(${filter}) and (${only})` : (filter ?? only) };
}

export const BACKENDS: Readonly<Record<BackendName, Backend>> = {
  tcpdump: {
    name: 'tcpdump',
    arguments(plan) {
      const { device, cooked, filter } = single(plan);
      return [
        ...['-i', device, '-n', '-U', '-w', '-', '--time-stamp-precision=nano'],
        ...['-s', String(plan.snapLength), '-B', String(plan.bufferMiB * 1024)],
        ...(cooked ? ['-y', 'LINUX_SLL2'] : []),
        ...(plan.promiscuous ? [] : ['-p']),
        ...(filter === null ? [] : ['--', filter]),
      ];
    },
    started: /listening on/,
    dropped: /(\d+) packets? dropped by kernel/,
    askDrops: 'SIGUSR1',
    lateMs: 1000,
    limits: null,
    install: 'sudo apt-get install tcpdump',
    grant: setcap,
  },
  dumpcap: {
    name: 'dumpcap',
    arguments(plan) {
      const { device, cooked, filter } = single(plan);
      return [
        ...['-i', device, '-q', '-w', '-', '-s', String(plan.snapLength), '-B', String(plan.bufferMiB)],
        ...(cooked ? ['-y', 'LINUX_SLL2'] : []),
        ...(plan.promiscuous ? [] : ['-p']),
        ...(filter === null ? [] : ['-f', filter]),
      ];
    },
    started: /^File: /m,
    dropped: /received\/dropped on interface [^\n]*?: \d+\/(\d+)/,
    askDrops: null,
    lateMs: 500,
    limits: null,
    install: 'sudo apt-get install wireshark-common',
    grant: setcap,
  },
  cap: {
    name: 'cap',
    // A handle for each interface: `any` would not tell them apart.
    arguments: ({ devices, all, bufferMiB, filter }) => [
      String(bufferMiB << 20),
      filter ?? '',
      ...(devices.includes(ANY) ? all : devices),
    ],
    started: /^listening on/m,
    dropped: /(\d+) packets dropped/,
    askDrops: null,
    // Without libpcap.so (part of its headers' package) cap cannot turn off that packets come in blocks.
    lateMs: 1000,
    limits:
      'capturing by the package cap: times are those of arrival, lengths those captured (65 535 bytes at most), always promiscuous; what the kernel loses is not counted',
    install:
      'npm install cap` (it needs a C++ compiler and the headers of libpcap; NODE_PATH names a folder elsewhere), or `sudo apt-get install tcpdump',
    // It would be node that has the right, and with it every script.
    grant: null,
  },
};

/** tcpdump first: it tells its drops while it runs. */
export const BACKEND_ORDER: readonly BackendName[] = ['tcpdump', 'dumpcap', 'cap'];

export type Refusal = 'rights' | 'interface' | 'filter' | 'unknown';

/** Why a program did not start, by what it said. */
export function refusalOf(said: string): Refusal {
  if (/permission|not permitted|CAP_NET_RAW|EPERM/i.test(said)) return 'rights';
  if (/no such device|no such interface|there is no interface|SIOCG\w+: |doesn't exist|not up|Network is down/i.test(said))
    return 'interface';
  if (/syntax error|can't parse filter|capture filter|unknown host|expression rejected|illegal/i.test(said)) return 'filter';
  return 'unknown';
}
