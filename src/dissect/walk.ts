// The walk: from the link type to the last known header, as rows of numbers. Allocates nothing.
import type { Frame } from '../capture/frame.js';
import type { ProtocolRef, TableRef } from './dissector.js';
import type { ConversationMemory } from './memory.js';
import type { Origins } from './origins.js';
import type { Past } from './past.js';
import type { Registry } from './registry.js';

/** Layers of one frame at most; what is behind them is left as it is. Tunnels in tunnels end here. */
export const MAX_LAYERS = 64;

/** Length on the wire that is believed, in bytes: a lying record must not overflow the offsets. */
const LONGEST = 1 << 30;

/** Why a walk ended. Enums, since their numbers stand in the built code: an object would be asked for them at every layer. */
export enum STOP {
  /** Everything was read. */
  done = 0,
  /** The captured bytes end before the header does, and the frame was cut by the snapshot length. */
  clipped = 1,
  /** A header does not fit into what the packet says it has. */
  malformed = 2,
  /** More than MAX_LAYERS headers. */
  deep = 3,
}

/** Payload rules, as the registry writes them into its rows. */
export enum NEXT {
  data = 0,
  always = 1,
  table8 = 2,
  table16 = 3,
  ports = 4,
  step = 5,
  none = 6,
}

/** Bits of a row's shape: what the header says about its own length. */
export enum SHAPE {
  length = 1,
  total = 2,
  version = 4,
}

/**
 * A registry row: what the walk must know of one protocol, packed so that most layers cost two loads of it.
 * word 0: least length (8 bits), constant part of the header length (8), offset of the next-protocol key (8), NEXT (4), SHAPE (4)
 * word 1: where the keys of its table start; the protocol itself for NEXT.always
 * word 2: smallest key that is one (table16), or mask (16) and offset (8) of what must be 0 (table8)
 * word 3: offset (8), right shift (8), mask (8) and factor (8) of the header length
 * word 4: offset (8) and constant part of the total length
 * word 5: what the first four bits are; word 6: the protocol that has the other bits
 */
export const ROW = 8;

/** Keys of a dissector table: 0 to 65535. */
export const TABLE_SIZE = 0x10000;

/** The protocol number of bytes that nobody claims. */
export const DATA = 0;

/** What a header says of its own length, by words 0 and 3 of its row. */
const headerLength = (bytes: Uint8Array, at: number, head: number, how: number): number =>
  ((head >> 8) & 0xff) + ((bytes[at + (how & 0xff)]! >> ((how >> 8) & 0xff)) & ((how >> 16) & 0xff)) * (how >> 24);

/** The layers of the frame at hand. One record per pipeline, reused for every frame: keep numbers, never this. */
export class Layers {
  bytes: Uint8Array = new Uint8Array(0);
  /** On the same bytes: reads numbers of several bytes at once, and throws where they are not all there. */
  view = new DataView(this.bytes.buffer);
  frame: Frame | null = null;
  count = 0;
  /** Dissector number of each layer. */
  readonly proto = new Int16Array(MAX_LAYERS);
  /** First byte of the header. */
  readonly start = new Int32Array(MAX_LAYERS);
  /** First byte after the header. */
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
  /** What conversations were found to carry; null: every frame is judged by itself. */
  memory: ConversationMemory | null = null;
  /** Where the sequence numbers of streams begin; null: they are shown as they are. */
  origins: Origins | null = null;
  /** What the frames before say of this one; null: they are not known. */
  past: Past | null = null;

  /** Where the keys of a table of ports start whose payloads nobody asks about, so that they are not looked into; -1: none. */
  unasked = -1;

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
    this.nextProto = key < TABLE_SIZE ? this.registry.keys[table.id * TABLE_SIZE + key]! : DATA;
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

  /** Called by a step: the header goes on where there are no bytes. */
  cut(): void {
    this.stop = this.nextWireEnd > this.nextEnd || this.count > this.quotedFrom ? STOP.clipped : STOP.malformed;
  }

  /** Index of the first layer of this protocol at or after `from`, or -1. */
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
    const { start, end, wireLength } = frame;
    // Comparisons where Math.min would do: it makes floating-point numbers of its operands, and of all that is computed from them.
    const length = wireLength > LONGEST ? LONGEST : wireLength;
    const wireEnd = start + length;
    this.walkFrom(this.registry.linkProto(frame.linkType), frame.bytes, start, end, wireEnd < end ? end : wireEnd);
  }

  /** Walks bytes that start with the header of protocol number `first`. */
  walkFrom(first: number, bytes: Uint8Array, start: number, captured: number, onWire: number): void {
    // Locals: the loop is the hottest code there is, and a step could change what `this` holds.
    const { rows, keys } = this.registry;
    const { proto: protos, start: starts, body: bodies, end: ends, wireEnd: wireEnds } = this;
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const { view } = this;
    this.quotedFrom = MAX_LAYERS;
    this.stop = STOP.done;
    this.partial = false;
    this.past = null;
    let count = 0;
    let proto = first | 0;
    let at = start | 0;
    let end = captured | 0;
    let wireEnd = onWire | 0;
    for (;;) {
      if (count === MAX_LAYERS) {
        this.stop = STOP.deep;
        break;
      }
      const row = proto * ROW;
      const head = rows[row]!;
      protos[count] = proto;
      starts[count] = at;
      if (end - at < (head & 0xff)) {
        if (at < end && (head & (SHAPE.version << 28)) !== 0 && bytes[at]! >> 4 !== rows[row + 5]! && rows[row + 6] === DATA) {
          proto = DATA;
          continue;
        }
        // The rest is too short for the header. Cut by the snapshot length (or by the quoting host), or lying?
        this.stop = wireEnd > end || count >= this.quotedFrom ? STOP.clipped : STOP.malformed;
        this.partial = true;
        for (const [from, to] of this.registry.ofCut[proto] ?? []) if (end > at + from && end < at + to) end = at + from;
        const how = rows[row + 3]!;
        const saysAt = at + (how & 0xff);
        if ((head & (SHAPE.version << 28)) !== 0 && at < end && bytes[at]! >> 4 !== rows[row + 5]!) end = at;
        // It says that it is even smaller than it can be.
        else if ((head & (SHAPE.length << 28)) !== 0 && saysAt < end && headerLength(bytes, at, head, how) < (head & 0xff))
          end = saysAt + 1;
        bodies[count] = end;
        ends[count] = end;
        wireEnds[count] = wireEnd;
        break;
      }
      let body = at + ((head >> 8) & 0xff);
      if (head >> 28 !== 0) {
        if ((head & (SHAPE.version << 28)) !== 0 && bytes[at]! >> 4 !== rows[row + 5]!) {
          const other = rows[row + 6]!;
          if (other !== DATA) {
            // Nothing of a header of another version is believed.
            bodies[count] = at;
            ends[count] = at;
            wireEnds[count] = wireEnd;
            count++;
            if (bytes[at]! >> 4 !== rows[other * ROW + 5]!) {
              this.stop = STOP.malformed;
              break;
            }
          }
          proto = other;
          continue;
        }
        if ((head & (SHAPE.length << 28)) !== 0) {
          body = at + headerLength(bytes, at, head, rows[row + 3]!);
        }
        if ((head & (SHAPE.total << 28)) !== 0) {
          const how = rows[row + 4]!;
          const total = view.getUint16(at + (how & 0xff));
          // 0: a super-frame of segmentation offload that is longer than the field can say (RFC 2675 jumbograms too).
          if (total !== 0) {
            const claimed = at + total + (how >> 8);
            if (claimed < body) {
              // What follows a length that lies is not believed.
              this.stop = STOP.malformed;
              const said = at + (how & 0xff) + 2;
              if (said < wireEnd) wireEnd = said;
            } else if (claimed < wireEnd) wireEnd = claimed;
            if (wireEnd < end) end = wireEnd;
          }
        }
        if (body < at + (head & 0xff)) {
          // The header says that it is smaller than it can be.
          this.stop = STOP.malformed;
          const said = at + (rows[row + 3]! & 0xff) + 1;
          if (said < end) end = said;
          body = end;
        } else if (body > end) {
          // It leaves the packet.
          if (this.stop === STOP.done) this.stop = wireEnd > end || count >= this.quotedFrom ? STOP.clipped : STOP.malformed;
          body = end;
        }
      }
      bodies[count] = body;
      ends[count] = end;
      wireEnds[count] = wireEnd;
      count++;
      if (this.stop !== STOP.done) break;
      let next: number = DATA;
      let kind = (head >> 24) & 0xf;
      if (kind === NEXT.table16) {
        const key = view.getUint16(at + ((head >> 16) & 0xff));
        if (key >= rows[row + 2]!) next = keys[rows[row + 1]! + key]!;
        // A key this small has another meaning, which the step knows.
        else kind = NEXT.step;
      }
      switch (kind) {
        case NEXT.always:
          next = rows[row + 1]!;
          break;
        case NEXT.table8: {
          const unless = rows[row + 2]!;
          const unlessAt = at + (unless >> 16);
          if (unless === 0 || (((bytes[unlessAt]! << 8) | bytes[unlessAt + 1]!) & unless & 0xffff) === 0)
            next = keys[rows[row + 1]! + bytes[at + ((head >> 16) & 0xff)]!]!;
          break;
        }
        case NEXT.ports: {
          // The lower port first, as Wireshark does: servers have the low ones.
          const a = at + ((head >> 16) & 0xff);
          const base = rows[row + 1]!;
          if (base === this.unasked) break;
          const pa = view.getUint16(a);
          const pb = view.getUint16(a + 2);
          next = pa < pb ? keys[base + pa]! || keys[base + pb]! : keys[base + pb]! || keys[base + pa]!;
          let refused: number = DATA;
          // A payload of which nothing was captured is nobody's.
          if (body >= end) next = DATA;
          else if (next !== DATA) {
            const { accepts } = this.registry;
            if (accepts[next]?.(bytes, body, end) === false) {
              refused = next;
              // The other port's, then.
              next = this.registry.protocols[refused]!.yields ? keys[base + (pa < pb ? pb : pa)]! : DATA;
              if (next === refused || accepts[next]?.(bytes, body, end) === false) next = DATA;
            }
          }
          if (next === DATA && body < end) {
            const guesses = this.registry.guesses[rows[row + 1]! / TABLE_SIZE]!;
            for (let g = 0; g < guesses.length && next === DATA; g++)
              if (guesses[g]!.proto !== refused && guesses[g]!.looksLike(bytes, body, end)) next = guesses[g]!.proto;
          }
          if (this.memory !== null && body < end) next = this.memory.judge(this, count - 1, a, next);
          break;
        }
        case NEXT.step: {
          this.nextProto = DATA;
          this.nextAt = body;
          this.nextEnd = end;
          this.nextWireEnd = wireEnd;
          this.count = count;
          this.registry.steps[proto]!(this, at, end);
          next = this.nextProto | 0;
          body = this.nextAt | 0;
          end = this.nextEnd | 0;
          wireEnd = this.nextWireEnd | 0;
          bodies[count - 1] = body < end ? body : end;
          break;
        }
        case NEXT.none:
          body = wireEnd;
          break;
        default:
      }
      // A step may have found a lie. An empty payload is no layer.
      if (this.stop !== STOP.done || body >= wireEnd) break;
      proto = next;
      at = body < end ? body : end;
    }
    this.count = count;
    if (this.quotedFrom > count) this.quotedFrom = count;
  }
}
