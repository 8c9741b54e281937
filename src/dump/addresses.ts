// The addresses of a layer as text: source and destination of IP, MAC addresses of a link.
import type { Line } from '../bytes/line.js';
import { UNKNOWN } from '../capture/frame.js';
import type { Placed } from '../dissect/layout.js';
import type { Registry } from '../dissect/registry.js';
import { unknownOf } from '../dissect/unprinted.js';
import type { Layers } from '../dissect/walk.js';

type Writer = (line: Line, layers: Layers, i: number) => void;

export interface Column {
  readonly source: Writer;
  readonly destination: Writer;
  /** Columns that most addresses of the kind need. */
  readonly width: number;
}

const at = (layers: Layers, i: number, offset: number): number => layers.start[i] + offset;

function writer(item: Placed | undefined): Writer {
  if (item === undefined) return () => {};
  const { offset, def } = item;
  switch (def.type) {
    case 'ipv4':
      return (line, layers, i) => line.ipv4(layers.bytes, at(layers, i, offset));
    case 'ipv6':
      return (line, layers, i) => line.ipv6(layers.bytes, at(layers, i, offset));
    case 'ether':
      return (line, layers, i) => {
        if ((unknownOf(layers, i) & (UNKNOWN.link | UNKNOWN.innerLink)) === 0) line.mac(layers.bytes, at(layers, i, offset));
      };
    default:
      return () => {};
  }
}

const WIDTHS: Readonly<Record<string, number>> = { ipv4: 15, ipv6: 25, ether: 17 };

/** By protocol number: how the addresses of a network header are written; undefined for others. */
export const addresses = (registry: Registry): (Column | undefined)[] =>
  registry.protocols.map((d) => {
    const place = d.layout?.place as Record<string, Placed> | undefined;
    if (d.role !== 'network' || place?.['src'] === undefined) return undefined;
    return { source: writer(place['src']), destination: writer(place['dst']), width: WIDTHS[place['src'].def.type] ?? 15 };
  });

/** By protocol number: the same for a link header. A cooked header has the sender's address only, and its length. */
export const linkAddresses = (registry: Registry): (Column | undefined)[] =>
  registry.protocols.map((d) => {
    const place = d.layout?.place as Record<string, Placed> | undefined;
    if (d.role !== 'link' || place === undefined) return undefined;
    const { src, addr, halen } = place;
    if (src?.def.type === 'ether') return { source: writer(src), destination: writer(place['dst']), width: 17 };
    if (addr === undefined || halen === undefined) return undefined;
    return {
      source: (line, layers, i) => {
        if (halen.read(layers.bytes, layers.start[i]) === 6) line.mac(layers.bytes, at(layers, i, addr.offset));
      },
      destination: () => {},
      width: 17,
    };
  });
