// Whatever the bytes are: nothing throws, nothing reads behind the packet, nothing loops for long.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { header as dns, readName, skipName } from '../../dissectors/dns.js';
import { dissectors } from '../../dissectors/index.js';
import { protocolStack } from '../../src/dissect/extra.js';
import type { FieldDef, FieldValue } from '../../src/dissect/fields.js';
import { ConversationMemory } from '../../src/dissect/memory.js';
import { Registry } from '../../src/dissect/registry.js';
import type { Sink } from '../../src/dissect/sink.js';
import { spell } from '../../src/dissect/spell.js';
import { emitLayer, shownLayers, treeOf } from '../../src/dissect/tree.js';
import { Layers } from '../../src/dissect/walk.js';
import { times } from '../thorough.js';

const registry = new Registry(dissectors);
const layers = new Layers(registry);
layers.memory = new ConversationMemory();

/** Puts out everything, and checks that each value lies in the packet. */
class Checker implements Sink {
  end = 0;
  added = 0;
  wants(): boolean {
    return true;
  }
  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.added++;
    if (at < 0 || length < 0 || at + length > this.end) throw new Error(`${def.name} at ${at}+${length} of ${this.end}`);
    spell(def, layers.bytes, at, length, value);
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.add(def, at, length, value);
  }
  close(): void {}
  note(): void {}
}

function check(proto: number, data: Uint8Array, onWire = data.length): void {
  // Behind the packet lies what must not be read.
  const bytes = new Uint8Array(data.length + 64).fill(0xa5);
  bytes.set(data);
  layers.walkFrom(proto, bytes, 0, data.length, onWire);
  const checker = new Checker();
  checker.end = data.length;
  for (let i = 0; i < shownLayers(layers); i++) emitLayer(layers, i, checker);
  // A field costs a byte, or nearly so: no packet makes more of them than it has room for.
  expect(checker.added).toBeLessThan(64 * 100 + data.length * 40);
  protocolStack(layers);
  treeOf(layers);
}

describe.each(registry.protocols.map((d, proto) => [d.name, proto] as const))('%s', (_, proto) => {
  it('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(64), (data, more) => check(proto, data, data.length + more)),
      { numRuns: times(37, 150) },
    );
  });
  it('bytes that look like lengths and counts', () => {
    const small = fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 8, 0x0f, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xc0, 0xff);
    fc.assert(
      fc.property(fc.array(small, { maxLength: 300 }), (data) => check(proto, Uint8Array.from(data))),
      { numRuns: times(37, 150) },
    );
  });
});

describe('DNS names', () => {
  const message = (names: string) => Uint8Array.from(Buffer.from(`${'00'.repeat(dns.size)}${names}`, 'hex'));
  it('a pointer to itself ends', () => {
    const b = message('c00c');
    expect(readName(b, 0, 12, b.length)).toEqual({ text: '<Name contains a pointer that loops>', next: 14 });
    expect(skipName(b, 12, b.length)).toBe(14);
  });
  it('two pointers to each other end', () => {
    const b = message('0161c0100162c00c');
    expect(readName(b, 0, 12, b.length)).toEqual({ text: '<Name contains a pointer that loops>', next: 16 });
  });
  it('a label that leaves the message ends the name', () => {
    const b = message('3f616263');
    expect(readName(b, 0, 12, b.length).next).toBe(-1);
    expect(skipName(b, 12, b.length)).toBe(-1);
  });
  it('the root has a name', () => {
    const b = message('00');
    expect(readName(b, 0, 12, b.length)).toEqual({ text: '<Root>', next: 13 });
  });
});
