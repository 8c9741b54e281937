// A slot that is used again begins as a new one does; MACs have numbers that lead back to them.
import { expect, test } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Frame } from '../../src/capture/frame.js';
import { Registry } from '../../src/dissect/registry.js';
import { Conversations } from '../../src/flows/conversations.js';
import { COLUMNS, type Column, KEY_COLUMNS } from '../../src/flows/declared.js';
import { CONVERSATION_BYTES } from '../../src/flows/generated/conversation-columns.js';
import { Packet } from '../../src/flows/packet.js';
import { MAX_STATIONS, Stations } from '../../src/flows/stations.js';

const registry = new Registry(dissectors);
const packet = new Packet(registry);

/** A SYN from 10.0.0.1, port `n`. */
function syn(n: number): Packet {
  const bytes = new Uint8Array(54);
  const view = new DataView(bytes.buffer);
  view.setUint16(12, 0x0800);
  bytes.set([0x45, 0, 0, 40, 0, n, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 14);
  view.setUint16(34, n);
  view.setUint16(36, 80);
  bytes.set([0x50, 2], 46);
  const frame = new Frame();
  frame.bytes = bytes;
  frame.end = bytes.length;
  frame.wireLength = bytes.length;
  frame.linkType = 1;
  frame.number = 1;
  packet.read(frame);
  return packet;
}

const columnOf = (t: Conversations, { name }: Column): Uint32Array => t[name as keyof Conversations] as unknown as Uint32Array;

test('a slot that is used again begins with what a new one begins with', () => {
  const used = new Conversations(2000);
  for (let n = 1; n <= 1500; n++) used.of(syn(n));
  // Behind the first growth and before it.
  for (const c of [3, 1400]) {
    for (const column of COLUMNS) columnOf(used, column).fill(1, c * column.values, (c + 1) * column.values);
    used.remove(c);
    expect(used.of(syn(2000 + c))).toBe(c);
    for (const column of COLUMNS)
      expect([...columnOf(used, column).subarray(c * column.values, (c + 1) * column.values)], column.name).toEqual([0, 0]);
    expect([used.srcPort[c], used.dstPort[c], used.proto[c], used.src[c * 4 + 3]]).toEqual([2000 + c, 80, 6, 0x0a000001]);
    // Its neighbours are left alone.
    expect([used.srcPort[c - 1], used.srcPort[c + 1]]).toEqual([c, c + 2]);
  }
});

test('every column is declared, grows, and counts among the bytes of a conversation', () => {
  const t = new Conversations(5000);
  for (let n = 1; n <= 1025; n++) t.of(syn(n));
  const declared = [...KEY_COLUMNS, ...COLUMNS];
  const columns = Object.entries(t).filter(([name, value]) => ArrayBuffer.isView(value) && name !== 'heads');
  expect(columns.map(([name]) => name).sort()).toEqual(declared.map(({ name }) => name).sort());
  let bytes = 0;
  for (const column of declared) {
    const its = columnOf(t, column);
    expect(its.length, column.name).toBe(2048 * column.values);
    bytes += its.byteLength / 2048;
  }
  expect(bytes).toBe(CONVERSATION_BYTES);
});

test('MACs are found again by their numbers, up to as many as there is room for', () => {
  const stations = new Stations();
  const mac = (n: number): number => 0x02_00_00_00_00_00 + n * 0x1_0000_0001;
  expect(stations.mac(stations.of(-1))).toBe(-1);
  for (const turn of [1, 2])
    for (let n = 1; n <= MAX_STATIONS; n++)
      if (stations.mac(stations.of(mac(n))) !== mac(n)) throw new Error(`${n}, turn ${turn}`);
  expect(stations.of(mac(MAX_STATIONS + 1))).toBe(0);
  expect(stations.mac(0)).toBe(-1);
  expect(stations.mac(stations.of(mac(1)))).toBe(mac(1));
});
