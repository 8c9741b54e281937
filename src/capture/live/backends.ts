// The programs that capture: how each is asked, and what it says on standard error.

export interface CapturePlan {
  /** One interface, or `any`. */
  readonly device: string;
  /** Cooked: all interfaces at once, each frame with its interface number and direction (LINKTYPE_LINUX_SLL2). */
  readonly cooked: boolean;
  /** pcap-filter(7), or null. */
  readonly filter: string | null;
  readonly snapLength: number;
  /** Of the kernel, in MiB. */
  readonly bufferMiB: number;
  readonly promiscuous: boolean;
}

export type BackendName = 'tcpdump' | 'dumpcap';

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
  /** Debian's package. */
  readonly package: string;
  /** Makes it run without root. */
  readonly grant: (path: string) => string;
}

export const BACKENDS: Readonly<Record<BackendName, Backend>> = {
  tcpdump: {
    name: 'tcpdump',
    arguments: ({ device, cooked, filter, snapLength, bufferMiB, promiscuous }) => [
      ...['-i', device, '-n', '-U', '-w', '-', '--time-stamp-precision=nano'],
      ...['-s', String(snapLength), '-B', String(bufferMiB * 1024)],
      ...(cooked ? ['-y', 'LINUX_SLL2'] : []),
      ...(promiscuous ? [] : ['-p']),
      ...(filter === null ? [] : ['--', filter]),
    ],
    started: /listening on/,
    dropped: /(\d+) packets? dropped by kernel/,
    askDrops: 'SIGUSR1',
    lateMs: 1000,
    package: 'tcpdump',
    grant: (path) => `sudo setcap cap_net_raw,cap_net_admin=eip ${path}`,
  },
  dumpcap: {
    name: 'dumpcap',
    arguments: ({ device, cooked, filter, snapLength, bufferMiB, promiscuous }) => [
      ...['-i', device, '-q', '-w', '-', '-s', String(snapLength), '-B', String(bufferMiB)],
      ...(cooked ? ['-y', 'LINUX_SLL2'] : []),
      ...(promiscuous ? [] : ['-p']),
      ...(filter === null ? [] : ['-f', filter]),
    ],
    started: /^File: /m,
    dropped: /received\/dropped on interface [^\n]*?: \d+\/(\d+)/,
    askDrops: null,
    lateMs: 500,
    package: 'wireshark-common',
    grant: (path) => `sudo setcap cap_net_raw,cap_net_admin=eip ${path}`,
  },
};

/** tcpdump first: it tells its drops while it runs. */
export const BACKEND_ORDER: readonly BackendName[] = ['tcpdump', 'dumpcap'];

export type Refusal = 'rights' | 'interface' | 'filter' | 'unknown';

/** Why a program did not start, by what it said. */
export function refusalOf(said: string): Refusal {
  if (/permission|not permitted|CAP_NET_RAW|EPERM/i.test(said)) return 'rights';
  if (/no such device|no such interface|there is no interface|SIOCG\w+: |doesn't exist|not up|Network is down/i.test(said))
    return 'interface';
  if (/syntax error|can't parse filter|capture filter|unknown host|expression rejected|illegal/i.test(said)) return 'filter';
  return 'unknown';
}
