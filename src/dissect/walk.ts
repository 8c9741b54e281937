// The walk: from the link type to the last known header, as rows of numbers. Allocates nothing.
import type { Frame } from '../capture/frame.js';
import type { ProtocolRef, TableRef } from './dissector.js';
import type { Registry } from './registry.js';

/** Layers of one frame at most; what is behind them is left as it is. Tunnels in tunnels end here. */
export const MAX_LAYERS = 64;

export const STOP = {
  /** Everything was read. */
  done: 0,
  /** The captured bytes end before the header does, and the frame was cut by the snapshot length. */
  clipped: 1,
  /** A header does not fit into what the packet says it has. */
  malformed: 2,
  /** More than MAX_LAYERS headers. */
  deep: 3,
} as const;

/** Payload rules, as the registry writes them into its rows. */
export const NEXT = { data: 0, always: 1, table8: 2, table16: 3, ports: 4, step: 5, none: 6 } as const;

/** Number of columns of a registry row. */
export const ROW = 16;
/** Columns: least length; header length (offset, shift, mask, factor, plus; mask 0: fixed); total length (offset or -1, plus); next. */
export const COL = {
  min: 0,
  lenOffset: 1,
  lenShift: 2,
  lenMask: 3,
  lenTimes: 4,
  lenPlus: 5,
  totalOffset: 6,
  totalPlus: 7,
  next: 8,
  nextOffset: 9,
  nextOffset2: 10,
  nextTable: 11,
  unlessOffset: 12,
  unlessMask: 13,
} as const;

/** The protocol number of bytes that nobody claims. */
export const DATA = 0;

/** The layers of the frame at hand. One record per pipeline, reused for every frame: keep numbers, never this. */
export class Layers {
  bytes: Uint8Array = new Uint8Array(0);
  frame: Frame | null = null;
  count = 0;
  /** Dissector number of each layer. */
  readonly proto = new Int16Array(MAX_LAYERS);
  /** First byte of the header. */
  readonly start = new Int32Array(MAX_LAYERS);
  /** First byte behind the header. */
  readonly body = new Int32Array(MAX_LAYERS);
  /** End of header and payload within the captured bytes. */
  readonly end = new Int32Array(MAX_LAYERS);
  /** End of header and payload on the wire: more than `end` in a clipped frame. */
  readonly wireEnd = new Int32Array(MAX_LAYERS);
  /** Layers from this index on are a packet quoted by an ICMP error, not traffic; `count` where nothing is quoted. */
  quotedFrom = MAX_LAYERS;
  stop: number = STOP.done;
  /** Layer number `count` exists, but only the first part of its header: show it, and rely on none of its fields. */
  partial = false;

  /** Set by `next` during a step. */
  private nextProto = 0;
  private nextAt = 0;
  private nextEnd = 0;
  private nextWireEnd = 0;

  constructor(readonly registry: Registry) {}

  /** Called by a step: the next layer is this protocol, its header starts at `at`. */
  next(proto: ProtocolRef, at: number): void {
    this.nextProto = proto.id;
    this.nextAt = at;
  }

  /** Called by a step: what follows from here on is data that no protocol claims. */
  nextAtData(at: number): void {
    this.nextProto = DATA;
    this.nextAt = at;
  }

  /** Called by a step: nothing follows, not even data. */
  last(): void {
    this.nextAt = 0x7fffffff;
  }

  /** As `next`, by a table's key; `data` where the table has no such key. */
  nextBy(table: TableRef, key: number, at: number): void {
    const keys = this.registry.tables[table.id]!;
    this.nextProto = key < keys.length ? keys[key]! : DATA;
    this.nextAt = at;
  }

  /** Called by a step: the payload ends here on the wire (a length field of its own); it never grows. */
  bound(wireEnd: number): void {
    if (wireEnd < this.nextWireEnd) this.nextWireEnd = wireEnd;
    if (wireEnd < this.nextEnd) this.nextEnd = wireEnd;
  }

  /** Called by a step whose payload is the packet an ICMP error quotes. */
  quote(): void {
    if (this.quotedFrom > this.count) this.quotedFrom = this.count;
  }

  /** Called by a step: what the header says cannot be. */
  malformed(): void {
    this.stop = STOP.malformed;
  }

  /** Index of the first layer of this protocol at or behind `from`, or -1. */
  find(proto: number, from = 0): number {
    for (let i = from; i < this.count; i++) if (this.proto[i] === proto) return i;
    return -1;
  }

  /** Index of the last layer of this protocol before `before`, or -1. */
  findBefore(proto: number, before: number): number {
    for (let i = before - 1; i >= 0; i--) if (this.proto[i] === proto) return i;
    return -1;
  }

  walk(frame: Frame): void {
    this.frame = frame;
    this.walkFrom(
      this.registry.linkProto(frame.linkType),
      frame.bytes,
      frame.start,
      frame.end,
      frame.start + Math.max(frame.wireLength, frame.end - frame.start),
    );
  }

  /** Walks bytes that start with the header of `proto`. */
  walkFrom(first: number, bytes: Uint8Array, start: number, captured: number, onWire: number): void {
    const { rows, steps, tables } = this.registry;
    this.bytes = bytes;
    this.quotedFrom = MAX_LAYERS;
    this.stop = STOP.done;
    this.partial = false;
    let count = 0;
    let proto = first;
    let at = start;
    let end = captured;
    let wireEnd = onWire;
    for (;;) {
      if (count === MAX_LAYERS) {
        this.stop = STOP.deep;
        break;
      }
      const row = proto * ROW;
      if (end - at < rows[row]!) {
        // The rest is too short for the header. Cut by the snapshot length, or lying?
        this.stop = wireEnd > end || count >= this.quotedFrom ? STOP.clipped : STOP.malformed;
        this.partial = true;
        this.proto[count] = proto;
        this.start[count] = at;
        this.body[count] = this.end[count] = end;
        this.wireEnd[count] = wireEnd;
        break;
      }
      let body = at + rows[row + COL.lenPlus]!;
      const lenMask = rows[row + COL.lenMask]!;
      if (lenMask !== 0)
        body += ((bytes[at + rows[row + COL.lenOffset]!]! >> rows[row + COL.lenShift]!) & lenMask) * rows[row + COL.lenTimes]!;
      const totalOffset = rows[row + COL.totalOffset]!;
      if (totalOffset >= 0) {
        const total = (bytes[at + totalOffset]! << 8) | bytes[at + totalOffset + 1]!;
        // 0: a super-frame of segmentation offload that is longer than the field can say (RFC 2675 jumbograms too).
        if (total !== 0) {
          const claimed = at + total + rows[row + COL.totalPlus]!;
          if (claimed < body && claimed < wireEnd) this.stop = STOP.malformed;
          if (claimed < wireEnd) wireEnd = claimed;
          if (wireEnd < end) end = wireEnd;
        }
      }
      this.proto[count] = proto;
      this.start[count] = at;
      this.body[count] = body;
      this.end[count] = end;
      this.wireEnd[count] = wireEnd;
      count++;
      if (body > end || body < at + rows[row]!) {
        // A header length that leaves the packet, or one smaller than the header itself.
        this.body[count - 1] = Math.min(body, end);
        this.stop = body > end && (wireEnd > end || count > this.quotedFrom) ? STOP.clipped : STOP.malformed;
        break;
      }
      if (this.stop !== STOP.done) break;
      let next = 0;
      let nextAt = body;
      switch (rows[row + COL.next]) {
        case NEXT.always:
          next = rows[row + COL.nextTable]!;
          break;
        case NEXT.table8: {
          const unless = rows[row + COL.unlessMask]!;
          if (
            unless === 0 ||
            (((bytes[at + rows[row + COL.unlessOffset]!]! << 8) | bytes[at + rows[row + COL.unlessOffset]! + 1]!) & unless) === 0
          )
            next = tables[rows[row + COL.nextTable]!]![bytes[at + rows[row + COL.nextOffset]!]!]!;
          break;
        }
        case NEXT.table16: {
          const key = at + rows[row + COL.nextOffset]!;
          next = tables[rows[row + COL.nextTable]!]![(bytes[key]! << 8) | bytes[key + 1]!]!;
          break;
        }
        case NEXT.ports: {
          // The lower port first, as Wireshark does: servers have the low ones.
          const a = at + rows[row + COL.nextOffset]!;
          const b = at + rows[row + COL.nextOffset2]!;
          const table = tables[rows[row + COL.nextTable]!]!;
          const pa = (bytes[a]! << 8) | bytes[a + 1]!;
          const pb = (bytes[b]! << 8) | bytes[b + 1]!;
          next = pa < pb ? table[pa]! || table[pb]! : table[pb]! || table[pa]!;
          break;
        }
        case NEXT.step: {
          this.nextProto = 0;
          this.nextAt = body;
          this.nextEnd = end;
          this.nextWireEnd = wireEnd;
          this.count = count;
          steps[proto]!(this, at, end);
          next = this.nextProto;
          nextAt = this.nextAt;
          end = this.nextEnd;
          wireEnd = this.nextWireEnd;
          this.body[count - 1] = Math.min(nextAt, end);
          break;
        }
        case NEXT.none:
          nextAt = wireEnd;
          break;
        default:
      }
      // A step may have found a lie. An empty payload is no layer.
      if (this.stop !== STOP.done || nextAt >= wireEnd) break;
      if (proto === 0) break;
      proto = next;
      at = nextAt;
      if (at > end) at = end;
    }
    this.count = count;
    if (this.quotedFrom > count) this.quotedFrom = count;
  }
}
