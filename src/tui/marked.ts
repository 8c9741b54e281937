// Packets that the user has marked, to save them: one by one, from one to another, or by their numbers as they are typed.
import { grouped } from '../bytes/units.js';
import type { PacketList, Session } from './session.js';

/** Packets that can be marked. */
const MAX_MARKED = 1_000_000;

export class Marked {
  private readonly packets = new Set<number>();
  /** The one that was marked last: a range begins there. */
  private last = 0;

  get count(): number {
    return this.packets.size;
  }
  has(packet: number): boolean {
    return this.packets.has(packet);
  }
  /** Their numbers, in order. */
  get numbers(): number[] {
    return [...this.packets].sort((a, b) => a - b);
  }

  toggle(packet: number): void {
    if (this.packets.delete(packet)) return;
    this.add([packet]);
  }

  /** Those that are shown from the packet marked last to this one. False: none was marked. */
  extend(packet: number, list: PacketList): boolean {
    const { last } = this;
    if (last === 0) return false;
    const ends = [list.positionOf(last), list.positionOf(packet)].sort((a, b) => a - b);
    this.add(between(list, Math.max(0, ends[0]), ends[1]));
    this.last = packet;
    return true;
  }

  /** Those that are shown between the first and the last that is marked, with both. */
  fromFirstToLast(list: PacketList): number[] {
    let [first, last] = [-1, -1];
    for (let i = 0; i < list.count; i++) {
      if (!this.has(list.numberAt(i))) continue;
      if (first < 0) first = i;
      last = i;
    }
    return first < 0 ? [] : [...between(list, first, last)];
  }

  add(packets: Iterable<number>): void {
    for (const packet of packets) {
      if (this.packets.size >= MAX_MARKED) break;
      this.packets.add(packet);
      this.last = packet;
    }
  }
  remove(packets: Iterable<number>): void {
    for (const packet of packets) this.packets.delete(packet);
  }
  clear(): void {
    this.packets.clear();
    this.last = 0;
  }
}

function* between(list: PacketList, from: number, to: number): Iterable<number> {
  for (let i = from; i <= to; i++) yield list.numberAt(i);
}

/** Packets of a text: `5-20,33`, of a capture point `gw-b:5-20`, `marked`, `shown`. A text back: what is wrong with it. */
export function packetsOf(text: string, session: Session, marked: Marked): number[] | string {
  if (text === 'marked') return marked.count > 0 ? marked.numbers : 'no packet is marked; Space marks one';
  const { packets } = session;
  if (text === 'shown') return [...between(packets, 0, packets.count - 1)];
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:(.+):)?(\d{1,10})(?:-(\d{1,10}))?$/.exec(part.trim());
    if (match === null) return `'${part.trim()}' is no range; write 5-20,33, of a capture point gw-b:5-20, or marked, or shown`;
    const [, point, from, to = from] = match;
    if (point === undefined && session.captures.length > 1)
      return `of which capture? Write ${session.captures[0].point}:${part.trim()}`;
    const [first, last] = [Number(from), Number(to)];
    if (first > last) return `${first}-${last} runs backwards`;
    if (session.packetOf(point ?? null, first) === 0)
      return `there is no frame ${first}${point === undefined ? '' : ` of ${point}`}`;
    for (let n = first; n <= last && found.size < MAX_MARKED; n++) {
      const packet = session.packetOf(point ?? null, n);
      if (packet === 0) break;
      found.add(packet);
    }
    if (found.size >= MAX_MARKED)
      return `more than ${grouped(MAX_MARKED)} packets; show them with a filter, and save what is shown`;
  }
  return [...found].sort((a, b) => a - b);
}
