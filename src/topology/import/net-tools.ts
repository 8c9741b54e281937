// The older tools: arp, ifconfig, route -n, netstat -rn; and FRR's `show ip route`.
import { Ip, Prefix } from '../ip.js';
import { addRoutes } from './ip-text.js';
import type { Listing } from './listing.js';

const ARP = /^\S+ \(([0-9.]+)\) at (\S+)(?: .*)?on (\S+)/;
const ARP_TABLE = /^([0-9.]+)\s+ether\s+((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s+\S+.*?(\S+)\s*$/i;

export const arp: Listing = {
  what: 'arp',
  starts: (line) => ARP.test(line) || /^Address\s+HWtype\s+HWaddress/.test(line),
  open: ({ draft, node, from }) => ({
    take(line) {
      if (/^Address\s+HWtype/.test(line) || /^[0-9.]+\s+\(incomplete\)/.test(line)) return true;
      const match = ARP.exec(line) ?? ARP_TABLE.exec(line);
      if (match === null) return false;
      draft.neighbour({ ip: match[1], mac: match[2], dev: match[3], node, permanent: / PERM /.test(line), from });
      return true;
    },
  }),
};

/** `255.255.255.0` as 24; null for what is no mask. */
export function lengthOf(mask: string): number | null {
  const ip = Ip.parse(mask.startsWith('0x') ? [24, 16, 8, 0].map((s) => (Number(mask) >>> s) & 255).join('.') : mask);
  if (ip === null || ip.family !== 4) return null;
  const bits = ip.d.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? (bits.indexOf('0') < 0 ? 32 : bits.indexOf('0')) : null;
}

const IFCONFIG = /^([^\s:]+): flags=\S*<([^>]*)>\s+(?:metric \d+\s+)?mtu (\d+)/;

export const ifconfig: Listing = {
  what: 'ifconfig',
  needsNode: true,
  starts: (line) => IFCONFIG.test(line),
  open({ draft, node, from }) {
    let dev = '';
    return {
      take(line) {
        const head = IFCONFIG.exec(line);
        if (head !== null) {
          dev = head[1];
          draft.interface(node as string, dev, dev.startsWith('lo') ? {} : { mtu: Number(head[3]) }, from);
          return true;
        }
        if (line.trim() === '' || !/^\s/.test(line)) return false;
        const inet = /^\s+inet ([0-9.]+)\s+netmask (\S+)/.exec(line);
        const length = inet === null ? null : lengthOf(inet[2]);
        if (inet !== null && length !== null) draft.interface(node as string, dev, { addresses: [`${inet[1]}/${length}`] }, from);
        const inet6 = /^\s+inet6 ([0-9a-f:]+)(?:%\S+)?\s+prefixlen (\d+)/i.exec(line);
        if (inet6 !== null) draft.interface(node as string, dev, { addresses: [`${inet6[1]}/${inet6[2]}`] }, from);
        const ether = /^\s+ether ([0-9a-f:]{17})/i.exec(line);
        if (ether !== null) draft.interface(node as string, dev, { mac: ether[1] }, from);
        return true;
      },
    };
  },
};

export const routeN: Listing = {
  what: 'route -n',
  begins: /[KD]/,
  needsNode: true,
  starts: (line) => /^Kernel IP routing table/.test(line) || /^Destination\s+Gateway\s+Genmask\s+Flags/.test(line),
  open(scope) {
    const lines: string[] = [];
    return {
      take(line) {
        if (/^Kernel IP routing|^Destination\s+Gateway/.test(line)) return true;
        const words = line.trim().split(/\s+/);
        const [dst, gateway, mask, flags] = words;
        const length = lengthOf(mask ?? '');
        if (words.length < 8 || length === null || Prefix.parse(dst === 'default' ? '0.0.0.0' : dst) === null) return false;
        const to = length === 0 ? 'default' : length === 32 ? dst : `${dst}/${length}`;
        const metric = Number(words[4]);
        if (flags.includes('!')) lines.push(`unreachable ${to}`);
        else
          lines.push(
            `${to}${flags.includes('G') ? ` via ${gateway}` : ''} dev ${words[words.length - 1]}${metric > 0 ? ` metric ${metric}` : ''}`,
          );
        return true;
      },
      end: () => addRoutes({ ...scope, hint: { ...scope.hint, family: 4, table: null } }, lines),
    };
  },
};

/** `S>* 10.2.0.0/24 [1/0] via 10.1.0.2, eth0, weight 1, 00:01:02`: `>` chosen, then a sign that the next hop is in the kernel's table (`*`). */
const FRR = /^[A-Z~](?:\[\d+\])?([> ])([*qrtob ]) (\S+\/\d+) (?:\[\d+\/\d+\] )?(?=via |is directly|unreachable|blackhole)(.*)$/;
/** One more next hop of the route above, or what a recursive one comes to. */
const FRR_MORE = /^ {2}([*qrtob ]) {2,80}((?:via |is directly).*)$/;
/** `VRF blue:`, `IPv4 unicast VRF blue:`. */
const FRR_VRF = /^(?:IPv[46] \w+ )?VRF (\S+?):$/;

export const vtysh: Listing = {
  what: 'show ip route',
  begins: /[A-Z~]/,
  needsNode: true,
  starts: (line) => /^Codes: K - kernel/.test(line) || FRR.test(line) || FRR_VRF.test(line),
  open(scope) {
    const routes: { to: string; table: string; hops: string[] }[] = [];
    let table = '';
    /** The route above is used: lines of further next hops are, too. */
    let chosen = false;
    return {
      take(line) {
        const vrf = FRR_VRF.exec(line)?.[1];
        if (vrf !== undefined) {
          table = vrf === 'default' ? '' : ` table ${vrf}`;
          return true;
        }
        const head = FRR.exec(line);
        const [, sign, way] = FRR_MORE.exec(line) ?? [null, head?.[2], head?.[4]];
        if (way === undefined)
          return /^Codes: |^ {6,}|^IPv[46] /.test(line) || (line.trim() === '' && (routes.length === 0 || table !== ''));
        if (head !== null) {
          // A connected network's local address has a line of its own.
          chosen = head[1] === '>' && !line.startsWith('L');
          const to = Prefix.parse(head[3])?.isDefault ? 'default' : head[3];
          if (chosen) routes.push({ to: to === 'default' && head[3].includes(':') ? `${to} pref medium` : to, table, hops: [] });
        }
        // What is not in the kernel's table is used by no packet: a rejected route, one by a next hop that is looked up in turn.
        if (chosen && sign === '*') routes[routes.length - 1]?.hops.push(hopOf(way));
        return true;
      },
      end: () =>
        addRoutes(
          { ...scope, hint: { ...scope.hint, table: null } },
          routes.flatMap(({ to, table: in_, hops }) => {
            if (hops.length === 0) return [];
            const [dst, ...pref] = to.split(' ');
            const silent = /^(?:blackhole|unreachable|prohibit)$/.test(hops[0]);
            const way = silent || hops.length === 1 ? hops[0] : hops.map((hop) => `nexthop ${hop}`).join(' ');
            return [[...(silent ? [way, dst] : [dst, way]), ...pref].join(' ') + in_];
          }),
        ),
    };
  },
};

/** `via 10.1.0.2, eth0, weight 1`, `is directly connected, eth0`, `unreachable (blackhole)`. */
function hopOf(way: string): string {
  const [, via, dev] = /^via ([0-9a-fA-F.:]+)(?:, ([^\s,]+))?/.exec(way) ?? [];
  if (via !== undefined) return `via ${via}${dev === undefined || dev === 'weight' ? '' : ` dev ${dev}`}`;
  const connected = /^is directly connected, ([^\s,]+)/.exec(way)?.[1];
  if (connected !== undefined) return `dev ${connected}`;
  return /blackhole/.test(way) ? 'blackhole' : /admin-prohibited/.test(way) ? 'prohibit' : 'unreachable';
}

/** `show interface brief` of FRR: name, status, VRF and addresses, further ones a line each. */
export const interfaceBrief: Listing = {
  what: 'show interface brief',
  begins: /I/,
  needsNode: true,
  starts: (line) => /^Interface\s+Status\s+VRF\s+Addresses\s*$/.test(line),
  open({ draft, node, from }) {
    let dev = '';
    return {
      take(line) {
        if (/^(?:Interface\s+Status\s|-{3,}[\s-]*$)/.test(line)) return true;
        const row = /^(\S+)\s+(up|down)\s+(\S+)(?:\s+(\S+\/\d+).*)?\s*$/.exec(line);
        const more = /^\s{8,}(\S+\/\d+)(?:\s.*)?$/.exec(line);
        if (row === null && (more === null || dev === '')) return false;
        if (row !== null) dev = row[1];
        const address = row?.[4] ?? more?.[1];
        draft.interface(node as string, dev, address === undefined ? {} : { addresses: [address] }, from);
        if (row?.[2] === 'down') draft.device({ node: node as string, dev, from }, { up: false });
        return true;
      },
    };
  },
};
