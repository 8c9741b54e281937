// The copies of one packet: where each of them was seen, in the order in which they were travelled.
import { ip } from '../../../dissectors/ip.js';
import { tcp } from '../../../dissectors/tcp.js';
import { udp } from '../../../dissectors/udp.js';
import { ipv4, ipv6 } from '../../bytes/show.js';
import { plainWidth } from '../../bytes/text.js';
import { DIRECTION } from '../../capture/frame.js';
import { ROLE } from '../../dissect/registry.js';
import type { Layers } from '../../dissect/walk.js';
import { type Carrier, carrierText } from '../../flows/path-text.js';
import { hopText } from '../../flows/ports.js';
import { asItIs, type Naming } from './naming.js';
import type { Packets } from './packets.js';

/** Copies of one packet that are looked at; a loop makes more. */
const MAX_COPIES = 64;

export interface Hop {
  readonly number: number;
  /** `in eth1`; of several captures `router: in eth1`. */
  readonly place: string;
  /** The capture point where there are several, and the interface; '' where nothing is known. */
  readonly point: string;
  readonly interface: string;
  readonly ttl: number;
  readonly outerTtl: number;
  readonly direction: number;
  readonly timeNs: number;
  /** The tunnel that carries it, with what is not as it was at the hop before; or ''. */
  readonly tunnel: string;
  /** The end of that tunnel; or ''. */
  readonly tunnelEnd: string;
  /** Addresses and ports that are not those of the hop before (NAT): `, src 192.0.2.1:61000`; or ''. */
  readonly change: string;
  readonly capture: number;
}

type Seen = Omit<Hop, 'tunnel' | 'tunnelEnd' | 'change'> & {
  readonly carrier: Tunnelled | null;
  readonly src: End;
  readonly dst: End;
};

type Tunnelled = Carrier & { readonly src: string; readonly dst: string };

/** A port of -1: it has none. */
interface End {
  readonly address: string;
  readonly port: number;
}
const isSame = (a: End, b: End): boolean => a.address === b.address && a.port === b.port;

function endText({ address, port }: End, naming: Naming): string {
  const name = naming(address);
  return port < 0 ? name : `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Addresses that have the same name are told apart by themselves. */
function tunnelText(carrier: Tunnelled, before: Tunnelled | null, naming: Naming): string {
  const named = (one: Tunnelled): Tunnelled => ({ ...one, src: naming(one.src), dst: naming(one.dst) });
  const text = carrierText(carrier, before);
  const short = carrierText(named(carrier), before === null ? null : named(before));
  return short === carrier.kind ? text : short;
}

/** The numbers of all copies of packet `n`, itself among them. */
export function copiesOf({ store }: Packets, n: number): number[] {
  const copies = [n];
  for (let next = store.next(n); next !== 0 && next !== n && copies.length < MAX_COPIES; next = store.next(next))
    copies.push(next);
  return copies;
}

/** Where packet `n` and its copies were seen; empty where the captures tell neither interfaces nor directions. */
export function journeyOf(packets: Packets, n: number, naming = asItIs): Hop[] {
  const hops: Seen[] = [];
  for (const number of copiesOf(packets, n)) {
    const hop = packets.read(number) ? hopAt(packets) : null;
    if (hop !== null) hops.push(hop);
  }
  hops.sort((a, b) => (isLater(a, b) ? 1 : isLater(b, a) ? -1 : a.number - b.number));
  let before: Tunnelled | null = null;
  return hops.map(({ carrier, src, dst, ...hop }, i) => {
    const last = hops[i - 1];
    const tunnel = carrier === null ? '' : tunnelText(carrier, before, naming);
    before = carrier ?? before;
    const changes =
      last === undefined
        ? []
        : [
            isSame(src, last.src) ? '' : `, src ${endText(src, naming)}`,
            isSame(dst, last.dst) ? '' : `, dst ${endText(dst, naming)}`,
          ];
    return { ...hop, tunnel, tunnelEnd: carrier === null ? '' : carrier.dst, change: changes.join('') };
  });
}

/** `hop.path` of packet `n`. */
export function pathOf(packets: Packets, n: number): string | null {
  const hops = journeyOf(packets, n);
  return hops.length === 0 ? null : hops.map(({ place, tunnel }) => (tunnel === '' ? place : `${place} (${tunnel})`)).join(' > ');
}

function hopAt(packets: Packets): Seen | null {
  const { layers, number, capture, store } = packets;
  const name = packets.name(layers);
  const direction = packets.direction(layers);
  const several = packets.lab.captures.length > 1;
  if (name === null && direction === DIRECTION.unknown && !several) return null;
  const isKnown = name !== null || direction !== DIRECTION.unknown;
  const at = isKnown ? plainWidth(name ?? 'any') : '';
  const hop = isKnown ? hopText(direction, at) : '';
  const point = several ? plainWidth(packets.point) : '';
  const place = !several ? hop : hop === '' ? point : `${point}: ${hop}`;
  return { number, place, point, interface: at, direction, capture, timeNs: store.timeNs(number), ...lives(layers) };
}

/** TTL of the innermost packet; 0: it has none. */
export const livesOf = (layers: Layers): number => lives(layers).ttl;

/** TTL and ends of the innermost packet, TTL of the outermost, and the tunnel around the innermost. */
function lives(layers: Layers): Pick<Seen, 'ttl' | 'outerTtl' | 'carrier' | 'src' | 'dst'> {
  const { proto, start, bytes, view, registry } = layers;
  const count = Math.min(layers.count, layers.quotedFrom);
  let [ttl, outerTtl, levels, tunnel, vni, src, dst, ports] = [0, 0, 0, '', -1, '', '', -1];
  let carrier: Seen['carrier'] = null;
  for (let i = 0; i < count; i++) {
    const role = registry.roles[proto[i]];
    if (role === ROLE.tunnel) {
      tunnel = registry.protocols[proto[i]].as ?? registry.protocols[proto[i]].name;
      // Both have it at the same place: RFC 7348 section 5, RFC 8926 section 3.4.
      vni = tunnel === 'vxlan' || tunnel === 'geneve' ? view.getUint32(start[i] + 4) >>> 8 : -1;
    } else if (proto[i] === tcp.ref.id || proto[i] === udp.ref.id) ports = start[i];
    else if (role === ROLE.network) {
      const isV4 = proto[i] === ip.ref.id;
      ttl = bytes[start[i] + (isV4 ? 8 : 7)];
      if (levels++ === 0) outerTtl = ttl;
      else carrier = { kind: tunnel === '' ? 'ip' : tunnel, vni, src, dst };
      [tunnel, vni, ports] = ['', -1, -1];
      [src, dst] = isV4
        ? [ipv4(view.getUint32(start[i] + 12)), ipv4(view.getUint32(start[i] + 16))]
        : [ipv6(bytes, start[i] + 8), ipv6(bytes, start[i] + 24)];
    }
  }
  const end = (address: string, at: number): End => ({ address, port: ports < 0 ? -1 : view.getUint16(ports + at) });
  return { ttl, outerTtl: levels > 1 ? outerTtl : 0, carrier, src: end(src, 0), dst: end(dst, 2) };
}

/** Larger TTLs come first, outer ones too; then time decides. */
function isLater(a: Seen, b: Seen): boolean {
  if (a.ttl !== b.ttl) return a.ttl < b.ttl;
  if (a.outerTtl !== b.outerTtl && a.outerTtl !== 0 && b.outerTtl !== 0) return a.outerTtl < b.outerTtl;
  if (a.timeNs !== b.timeNs) return a.timeNs > b.timeNs;
  return a.direction === DIRECTION.out && b.direction === DIRECTION.in;
}
