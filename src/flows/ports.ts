// A port: one interface of one capture point. Ports are small numbers, so a hop of a packet fits into a few bytes.
import { DIRECTION } from '../capture/frame.js';

/** Interfaces of all captures together; a hostile file can name four thousand million. The last one stands for the rest. */
export const MAX_PORTS = 4096;

/** Interface numbers and captures that are looked up without hashing. */
const DIRECT = 256;
const DIRECT_SOURCES = 16;

export interface Port {
  readonly id: number;
  /** Index of the capture in the run. */
  readonly source: number;
  /** Node the capture was taken on. */
  readonly point: string;
  /** Interface number in the capture: SLL2 index, pcapng interface, 0 for pcap. */
  readonly index: number;
  name: string;
  nameFrom: 'ifmap' | 'topology' | 'capture' | 'side file' | 'none';
  /** False where the capture does not say the interface of a frame (cooked v1). */
  readonly known: boolean;
  /** Frames by DIRECTION. */
  readonly frames: Uint32Array;
}

export type PortNamer = (source: number, index: number) => { name: string; nameFrom: Port['nameFrom'] };

export class Ports {
  readonly list: Port[] = [];
  private readonly bySource: Map<number, number>[] = [];

  constructor(
    private readonly points: readonly string[],
    private readonly namer: PortNamer,
  ) {}

  /** The port of an interface; made when first seen. `known` false: the capture does not tell interfaces apart. */
  of(source: number, index: number, known: boolean): number {
    if (index < DIRECT && source < DIRECT_SOURCES) {
      const id = this.direct[source * DIRECT + index];
      if (id !== 0) return id - 1;
    }
    return this.lookUp(source, index, known);
  }

  /** Ports of small interface numbers, one more than the id: a forwarded packet changes interface with every frame. */
  private readonly direct = new Uint16Array(DIRECT * DIRECT_SOURCES);

  private lookUp(source: number, index: number, known: boolean): number {
    this.bySource[source] ??= new Map();
    const map = this.bySource[source];
    const found = map.get(index);
    if (found !== undefined) return found;
    if (this.list.length >= MAX_PORTS) return MAX_PORTS - 1;
    const id = this.list.length;
    const { name, nameFrom } = known ? this.namer(source, index) : { name: 'any', nameFrom: 'none' as const };
    this.list.push({ id, source, point: this.points[source], index, name, nameFrom, known, frames: new Uint32Array(4) });
    map.set(index, id);
    if (index < DIRECT && source < DIRECT_SOURCES) this.direct[source * DIRECT + index] = id + 1;
    return id;
  }

  name(port: number): string {
    return this.list[port]?.name ?? '?';
  }
}

/** `in eth1`, `out eth0`; only the interface where the direction is not known. */
export function hopText(direction: number, interfaceName: string): string {
  if (direction === DIRECTION.in) return `in ${interfaceName}`;
  if (direction === DIRECTION.out) return `out ${interfaceName}`;
  return direction === DIRECTION.other ? `passing ${interfaceName}` : interfaceName;
}
