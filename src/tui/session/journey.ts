// The copies of one packet: where each of them was seen, in the order in which they were travelled.
import { ip } from '../../../dissectors/ip.js';
import { plainWidth } from '../../bytes/text.js';
import { DIRECTION } from '../../capture/frame.js';
import { ROLE } from '../../dissect/registry.js';
import type { Layers } from '../../dissect/walk.js';
import { hopText } from '../../flows/ports.js';
import type { Packets } from './packets.js';

/** Copies of one packet that are looked at; a loop makes more. */
const MAX_COPIES = 64;

export interface Hop {
  readonly number: number;
  /** `in eth1`; of several captures `router: in eth1`. */
  readonly place: string;
  readonly ttl: number;
  readonly outerTtl: number;
  readonly direction: number;
  readonly timeNs: number;
  /** Name of the tunnel that carries it, or ''. */
  readonly tunnel: string;
  readonly capture: number;
}

/** The numbers of all copies of packet `n`, itself among them. */
export function copiesOf({ store }: Packets, n: number): number[] {
  const copies = [n];
  for (let next = store.next(n); next !== 0 && next !== n && copies.length < MAX_COPIES; next = store.next(next))
    copies.push(next);
  return copies;
}

/** Where packet `n` and its copies were seen; empty where the captures tell neither interfaces nor directions. */
export function journeyOf(packets: Packets, n: number): Hop[] {
  const hops: Hop[] = [];
  for (const number of copiesOf(packets, n)) {
    const hop = packets.read(number) ? hopAt(packets) : null;
    if (hop !== null) hops.push(hop);
  }
  return hops.sort((a, b) => (isLater(a, b) ? 1 : isLater(b, a) ? -1 : a.number - b.number));
}

/** `hop.path` of packet `n`. */
export function pathOf(packets: Packets, n: number): string | null {
  const hops = journeyOf(packets, n);
  return hops.length === 0 ? null : hops.map(({ place, tunnel }) => (tunnel === '' ? place : `${place} (${tunnel})`)).join(' > ');
}

function hopAt(packets: Packets): Hop | null {
  const { layers, number, capture, store } = packets;
  const name = packets.name(layers);
  const direction = packets.direction(layers);
  const several = packets.lab.captures.length > 1;
  if (name === null && direction === DIRECTION.unknown && !several) return null;
  const hop = name === null && direction === DIRECTION.unknown ? '' : hopText(direction, plainWidth(name ?? 'any'));
  const place = !several ? hop : hop === '' ? plainWidth(packets.point) : `${plainWidth(packets.point)}: ${hop}`;
  return { number, place, direction, capture, timeNs: store.timeNs(number), ...lives(layers) };
}

/** Hops to live of the innermost and outermost packet, and the tunnel between them. */
function lives(layers: Layers): Pick<Hop, 'ttl' | 'outerTtl' | 'tunnel'> {
  const { proto, start, bytes, registry } = layers;
  const count = Math.min(layers.count, layers.quotedFrom);
  let [ttl, outerTtl, levels, tunnel, innermost] = [0, 0, 0, '', ''];
  for (let i = 0; i < count; i++) {
    const role = registry.roles[proto[i]];
    if (role === ROLE.tunnel) tunnel = registry.protocols[proto[i]].as ?? registry.protocols[proto[i]].name;
    if (role !== ROLE.network) continue;
    ttl = bytes[start[i] + (proto[i] === ip.ref.id ? 8 : 7)];
    if (levels++ === 0) outerTtl = ttl;
    else innermost = tunnel === '' ? 'ip' : tunnel;
    tunnel = '';
  }
  return { ttl, outerTtl: levels > 1 ? outerTtl : 0, tunnel: innermost };
}

/** More hops to live come first, outer ones too; then time decides. */
function isLater(a: Hop, b: Hop): boolean {
  if (a.ttl !== b.ttl) return a.ttl < b.ttl;
  if (a.outerTtl !== b.outerTtl && a.outerTtl !== 0 && b.outerTtl !== 0) return a.outerTtl < b.outerTtl;
  if (a.timeNs !== b.timeNs) return a.timeNs > b.timeNs;
  return a.direction === DIRECTION.out && b.direction === DIRECTION.in;
}
