// Frames made from frames. The walk says where headers and their fields are, so that lengths, types and borders are what is
// changed most; the rest is noise, as bytes on a wire can be.
import type { Dissector } from '../../src/dissect/dissector.js';
import type { Placed } from '../../src/dissect/layout.js';
import type { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { type Input, MAX_FRAME } from './input.js';
import type { Random } from './random.js';

const EDGES = [0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x3f, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const WIDE = [0, 1, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

export class FrameMutator {
  private readonly layers: Layers;
  /** By protocol number: fields of the header, parts of fields too. */
  private readonly fields: readonly (readonly Placed[])[];
  /** Table name -> keys that lead somewhere. */
  private readonly keys = new Map<string, number[]>();
  private readonly linkTypes: readonly number[];
  private readonly byName = new Map<string, number>();
  private buffer = new Uint8Array(MAX_FRAME * 3);
  private length = 0;

  constructor(
    private readonly registry: Registry,
    private readonly random: Random,
  ) {
    this.layers = new Layers(registry);
    const flat = (items: readonly Placed[]): Placed[] => items.flatMap((item) => [item, ...flat(item.parts)]);
    this.fields = registry.protocols.map((d) => flat(d.layout?.items ?? []));
    for (const d of registry.protocols)
      for (const [table, keys] of Object.entries(d.claims ?? {}))
        this.keys.set(table, [...(this.keys.get(table) ?? []), ...keys]);
    this.linkTypes = this.keys.get('frame.linktype') ?? [1];
    registry.protocols.forEach((d, id) => {
      this.byName.set(d.name, id);
    });
  }

  /** A new frame; `other` lends parts of itself. */
  mutate(parent: Input, other: Input): Input {
    const { random } = this;
    this.length = Math.min(parent.bytes.length, MAX_FRAME);
    this.buffer.set(parent.bytes.subarray(0, this.length));
    let { linkType } = parent;
    for (let n = 1 + random.short(6); n > 0; n--) {
      this.layers.walkFrom(this.registry.linkProto(linkType), this.buffer, 0, this.length, this.length);
      if (random.once(200)) linkType = random.once(20) ? random.below(300) : random.of(this.linkTypes);
      else this.change(other);
      if (this.length > MAX_FRAME) this.length = MAX_FRAME;
    }
    if (random.once(3)) this.mend(linkType);
    let wireLength = this.length;
    if (random.once(8)) {
      this.length = this.cutAt();
      if (random.once(4)) wireLength = this.length;
    } else if (random.once(16)) wireLength = random.once(4) ? random.of(WIDE) : this.length + random.below(2000);
    return { linkType, bytes: this.buffer.slice(0, this.length), wireLength };
  }

  private change(other: Input): void {
    const kind = this.random.below(12);
    if (kind < 3) this.field();
    else if (kind < 5) this.nextProtocol();
    else if (kind === 5) this.splice(other);
    else if (kind === 6) this.repeat();
    else if (kind === 7) this.drop();
    else if (kind === 8) this.noise();
    else if (kind === 9) this.wide();
    else if (kind === 10) this.length = this.cutAt();
    else this.bytes();
  }

  private bytes(): void {
    const { random } = this;
    if (this.length > 0)
      for (let n = 1 + random.below(3); n > 0; n--)
        this.buffer[random.below(this.length)] = random.once(2) ? random.of(EDGES) : random.next();
  }

  private write(item: Placed, start: number, value: number): void {
    const { buffer } = this;
    const at = start + item.offset;
    if (at + item.bytes > this.length || item.mask === 0 || item.bytes > 4) return;
    // The bits of the neighbours in the same bytes stay.
    let word = 0;
    for (let i = 0; i < item.bytes; i++) word = word * 256 + buffer[at + i];
    const scale = 2 ** item.shift;
    const low = word % scale;
    const high = Math.floor(word / scale / (item.mask + 1)) * (item.mask + 1);
    let out = (high + (Math.max(0, Math.floor(value)) % (item.mask + 1))) * scale + low;
    for (let i = item.bytes - 1; i >= 0; i--) {
      buffer[at + i] = out % 256;
      out = Math.floor(out / 256);
    }
  }

  private layer(): number {
    // Deep headers are the rarer ones.
    const { count } = this.layers;
    return this.random.once(2) ? Math.max(0, count - 1 - this.random.below(3)) : this.random.below(count);
  }

  /** A field of a header gets an edge of its range, a length that nearly fits, or anything. */
  private field(): void {
    const { random, layers } = this;
    if (layers.count === 0) return;
    const i = this.layer();
    const items = this.fields[layers.proto[i]];
    if (items.length === 0) {
      this.wide();
      return;
    }
    const item = random.of(items);
    const fits = layers.end[i] - layers.start[i] - 3 + random.below(7);
    const values = [0, 1, item.mask, item.mask - 1, fits, layers.end[i] - layers.body[i], random.next(), random.below(64)];
    this.write(item, layers.start[i], random.of(values));
  }

  /** The header says another next protocol, one that somebody knows. */
  private nextProtocol(): void {
    const { layers } = this;
    if (layers.count === 0) return;
    const i = this.layer();
    this.lead(this.registry.protocols[layers.proto[i]], layers.start[i], null);
  }

  /** Writes a key of the protocol's table; that of protocol `to`, where it has one. */
  private lead(d: Dissector, start: number, to: Dissector | null): void {
    const { payload } = d;
    if (payload === undefined) return;
    const place = (name: string): Placed | undefined => (d.layout?.place as Record<string, Placed> | undefined)?.[name];
    const table = 'table' in payload ? payload.table : 'ports' in payload ? payload.ports : null;
    if (table === null) return;
    const keys = to?.claims?.[table] ?? this.keys.get(table) ?? [];
    if (keys.length === 0) return;
    const name = 'table' in payload ? payload.by : 'ports' in payload ? (this.random.once(2) ? payload.src : payload.dst) : '';
    const item = place(name);
    if (item !== undefined) this.write(item, start, this.random.of(keys));
  }

  /** The front of this frame, the back of another: tunnels in tunnels. */
  private splice(other: Input): void {
    const { layers, random, buffer, registry } = this;
    if (layers.count === 0) return;
    const i = this.layer();
    const front = layers.body[i];
    const first = layers.proto[i];
    const start = layers.start[i];
    layers.walkFrom(registry.linkProto(other.linkType), other.bytes, 0, other.bytes.length, other.bytes.length);
    if (layers.count === 0) return;
    const j = random.below(layers.count);
    const tail = other.bytes.subarray(layers.start[j], Math.min(other.bytes.length, layers.start[j] + MAX_FRAME));
    buffer.set(tail, front);
    this.length = front + tail.length;
    this.lead(registry.protocols[first], start, random.once(4) ? null : registry.protocols[layers.proto[j]]);
  }

  /** A piece many times over: options, records, labels, extension headers. */
  private repeat(): void {
    const { random, buffer } = this;
    if (this.length === 0) return;
    const at = random.once(2) && this.layers.count > 0 ? this.layers.start[this.layer()] : random.below(this.length);
    const size = Math.min(random.once(2) ? random.of([1, 2, 4, 8]) : 1 + random.below(40), this.length - at);
    if (size <= 0) return;
    const times = Math.min(random.once(6) ? 400 : 1 + random.below(8), Math.floor((MAX_FRAME - this.length) / size));
    if (times <= 0) return;
    buffer.copyWithin(at + size * times, at, this.length);
    for (let n = 0; n < times; n++) buffer.copyWithin(at + size * n, at + size * times, at + size * (times + 1));
    this.length += size * times;
  }

  private drop(): void {
    const { random } = this;
    const at = random.below(this.length);
    const size = Math.min(1 + random.short(32), this.length - at);
    this.buffer.copyWithin(at, at + size, this.length);
    this.length -= size;
  }

  private noise(): void {
    const { random } = this;
    const size = random.short(128);
    for (let n = 0; n < size; n++) this.buffer[this.length + n] = random.once(3) ? random.next() : random.of(EDGES);
    this.length += size;
  }

  /** Two or four bytes that read as a large, or a very small, number. */
  private wide(): void {
    const { random, buffer } = this;
    const size = random.once(2) ? 2 : 4;
    if (this.length < size) return;
    const at = random.below(this.length - size + 1);
    const value = random.of(WIDE);
    for (let i = 0; i < size; i++) buffer[at + i] = value >>> (8 * (size - 1 - i));
  }

  private cutAt(): number {
    const { random, layers } = this;
    if (layers.count === 0 || random.once(3)) return random.below(this.length + 1);
    const i = this.layer();
    const border = random.of([layers.start[i], layers.body[i], layers.start[i] + random.below(24)]);
    return Math.max(0, Math.min(this.length, border - 2 + random.below(5)));
  }

  /** Total lengths made right again, so that what stands behind them is reached. */
  private mend(linkType: number): void {
    const { layers, registry } = this;
    for (let round = 0; round < 3; round++) {
      layers.walkFrom(registry.linkProto(linkType), this.buffer, 0, this.length, this.length);
      for (let i = 0; i < layers.count; i++) {
        const d = registry.protocols[layers.proto[i]];
        const item = d.total === undefined ? undefined : (d.layout?.place as Record<string, Placed> | undefined)?.[d.total.field];
        if (item !== undefined) this.write(item, layers.start[i], this.length - layers.start[i] - (d.total?.plus ?? 0));
      }
    }
  }
}
