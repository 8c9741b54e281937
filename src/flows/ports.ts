// A port: one interface of one capture. Ports are small numbers, so a hop of a packet fits into a few bytes.
//
// Captures of the same point (router=eth1.pcap router=eth2.pcap, or one of `any` beside one of eth1) are sights of one node: its
// first capture gives the node its number, and an interface that is in several of them is one place.
import { DIRECTION } from '../capture/frame.js';

/** Interfaces of all captures together; a hostile file can name four thousand million. The last one stands for the rest. */
export const MAX_PORTS = 4096;

/** Interface numbers and captures that are looked up without hashing. */
const DIRECT = 256;
const DIRECT_CAPTURES = 16;

export interface Port {
  readonly id: number;
  /** Index of the capture in the run; and of the first capture of its point, which stands for the node. */
  readonly capture: number;
  readonly source: number;
  /** The port that stands for this interface of the node: its own id, unless another capture shows the interface too. */
  readonly place: number;
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

export type PortNamer = (capture: number, index: number) => { name: string; nameFrom: Port['nameFrom'] };

export class Ports {
  readonly list: Port[] = [];
  /** Frames of interfaces that another one stands for. */
  forgotten = 0;
  /** By capture: the first capture of the same point. */
  readonly sites: readonly number[];
  private readonly byCapture: Map<number, number>[] = [];

  constructor(
    private readonly points: readonly string[],
    private readonly namer: PortNamer,
  ) {
    this.sites = points.map((point) => points.indexOf(point));
  }

  /** The port of an interface; made when first seen. `known` false: the capture does not tell interfaces apart. */
  of(capture: number, index: number, known: boolean): number {
    if (index < DIRECT && capture < DIRECT_CAPTURES) {
      const id = this.direct[capture * DIRECT + index];
      if (id !== 0) return id - 1;
    }
    return this.lookUp(capture, index, known);
  }

  /** Ports of small interface numbers, one more than the id: a forwarded packet changes interface with every frame. */
  private readonly direct = new Uint16Array(DIRECT * DIRECT_CAPTURES);

  private lookUp(capture: number, index: number, known: boolean): number {
    this.byCapture[capture] ??= new Map();
    const map = this.byCapture[capture];
    const found = map.get(index);
    if (found !== undefined) return found;
    if (this.list.length >= MAX_PORTS) {
      this.forgotten++;
      return MAX_PORTS - 1;
    }
    const id = this.list.length;
    const { name, nameFrom } = known ? this.namer(capture, index) : { name: 'any', nameFrom: 'none' as const };
    const source = this.sites[capture];
    // Without a name the number 0 of two pcap files says nothing.
    const same = nameFrom === 'none' ? undefined : this.list.find((port) => port.source === source && port.name === name);
    const place = same?.place ?? id;
    const frames = new Uint32Array(4);
    this.list.push({ id, capture, source, place, point: this.points[capture], index, name, nameFrom, known, frames });
    map.set(index, id);
    if (index < DIRECT && capture < DIRECT_CAPTURES) this.direct[capture * DIRECT + index] = id + 1;
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
