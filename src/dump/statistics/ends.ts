// The two ends of a layer, as tables of conversations and endpoints name them.
import { tcp } from '../../../dissectors/tcp.js';
import { udp } from '../../../dissectors/udp.js';
import { Line } from '../../bytes/line.js';
import { u16 } from '../../bytes/read.js';
import { type Memory, remembers } from '../../dissect/past.js';
import type { Registry } from '../../dissect/registry.js';
import type { Layers } from '../../dissect/walk.js';
import { addresses, type Column, linkAddresses } from '../addresses.js';
import { ownLayers } from './statistic.js';

/** What tables are made of: the name after the comma, the title, and whether ends have ports. */
export const END_KINDS = {
  eth: { title: 'Ethernet', hasPorts: false },
  ip: { title: 'IPv4', hasPorts: false },
  ipv6: { title: 'IPv6', hasPorts: false },
  tcp: { title: 'TCP', hasPorts: true },
  udp: { title: 'UDP', hasPorts: true },
} as const;
export type EndKind = keyof typeof END_KINDS;

export interface Ends {
  readonly source: string;
  readonly destination: string;
  /** -1: ends of this kind have no ports. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Index of the layer. */
  readonly layer: number;
  /** tshark's number of the stream; -1: not known. */
  readonly stream: number;
}

interface Streams extends Memory {
  readonly stream: Int32Array;
}

export class EndsReader {
  private readonly proto: number;
  private readonly columns: readonly (Column | undefined)[];
  private readonly line = new Line(256);

  constructor(
    registry: Registry,
    private readonly kind: EndKind,
  ) {
    this.proto = registry.idOf(kind);
    const links = linkAddresses(registry);
    this.columns = addresses(registry).map((column, proto) => column ?? links[proto]);
  }

  /** The ends of each such layer of a frame, outer ones first. */
  *of(layers: Layers): Generator<Ends> {
    const { hasPorts } = END_KINDS[this.kind];
    const count = ownLayers(layers);
    for (let i = 0; i < count; i++) {
      if (layers.proto[i] !== this.proto) continue;
      // Ports belong to the addresses of the nearest header before.
      let at = i;
      while (at > 0 && hasPorts && (at === i || this.columns[layers.proto[at]] === undefined)) at--;
      const column = this.columns[layers.proto[at]];
      if (column === undefined) continue;
      const from = layers.start[i];
      yield {
        layer: i,
        source: this.spell(column.source, layers, at),
        destination: this.spell(column.destination, layers, at),
        sourcePort: hasPorts ? u16(layers.bytes, from) : -1,
        destinationPort: hasPorts ? u16(layers.bytes, from + 2) : -1,
        stream: hasPorts ? (remembers<Streams>(layers, this.kind === 'tcp' ? tcp.ref : udp.ref)?.stream[i] ?? -1) : -1,
      };
    }
  }

  private spell(write: Column['source'], layers: Layers, at: number): string {
    this.line.clear();
    write(this.line, layers, at);
    return this.line.toString();
  }
}
