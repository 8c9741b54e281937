// The interfaces of the system that captures: names, numbers, addresses, state. Only a capture taken here may use them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

export interface SystemInterface {
  readonly name: string;
  /** The kernel's number, as SLL2 has it; 0 where it is not known. */
  readonly index: number;
  readonly mac: string | null;
  /** `192.168.10.200/24`; those of an interface that is down are not known. */
  readonly addresses: readonly string[];
  /** Switched on by its administrator. */
  readonly up: boolean;
  /** The kernel's operational state: `up`, `down`, `lowerlayerdown`, `unknown` ... */
  readonly state: string;
  readonly mtu: number | null;
  /** Kind of device where the kernel tells: `veth`, `vxlan`, `bridge` ... */
  readonly kind: string | null;
}

const CLASS = '/sys/class/net';
const IFF_UP = 1;

/** All interfaces, by number. */
export function systemInterfaces(): SystemInterface[] {
  const addresses = networkInterfaces();
  return names(addresses)
    .map((name): SystemInterface => {
      const known = addresses[name] ?? [];
      const mac = fact(name, 'address') ?? known[0]?.mac ?? null;
      return {
        name,
        index: Number(fact(name, 'ifindex') ?? 0),
        mac: mac === null || /^(00:){5}00$/.test(mac) || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) ? null : mac,
        addresses: known.flatMap((a) => (a.cidr === null ? [] : [a.cidr])),
        up: (Number(fact(name, 'flags') ?? known.length) & IFF_UP) !== 0,
        state: fact(name, 'operstate') ?? (known.length > 0 ? 'up' : 'unknown'),
        mtu: Number(fact(name, 'mtu')) || null,
        kind: kindOf(name),
      };
    })
    .sort((a, b) => a.index - b.index);
}

function names(addresses: ReturnType<typeof networkInterfaces>): string[] {
  try {
    return readdirSync(CLASS).filter((name) => fact(name, 'ifindex') !== null);
  } catch {
    return Object.keys(addresses); // not Linux
  }
}

function fact(name: string, what: string): string | null {
  try {
    return readFileSync(`${CLASS}/${name}/${what}`, 'utf8').trim();
  } catch {
    return null;
  }
}

function kindOf(name: string): string | null {
  const type = /^DEVTYPE=(.+)$/m.exec(fact(name, 'uevent') ?? '')?.[1];
  if (type !== undefined) return type;
  try {
    return /([^/]+)$/.exec(readlinkSync(`${CLASS}/${name}/device/driver`))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Name of an interface number; the numbers of a system are not used again while it runs. */
export class InterfaceNumbers {
  private readonly known = new Map<number, string>();

  constructor() {
    this.learn();
  }

  /** Interfaces that were there at any time of the capture keep their names. */
  learn(): void {
    for (const { index, name } of systemInterfaces()) if (index > 0) this.known.set(index, name);
  }

  get(index: number): string | undefined {
    if (!this.known.has(index)) this.learn();
    return this.known.get(index);
  }
}

/** MACs of interfaces, 48 bits each. */
export const macsOf = (interfaces: readonly SystemInterface[]): ReadonlySet<number> =>
  new Set(interfaces.flatMap(({ mac }) => (mac === null ? [] : [Number.parseInt(mac.replaceAll(':', ''), 16)])));
