// WireGuard, "WireGuard: Next Generation Kernel Network Tunnel" section 5.4. Integers are little-endian. It has no port of its own.
import { latin1 } from '#host';
import { u32le, u64le } from '../src/bytes/read.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bytes, layout, uint } from '../src/dissect/layout.js';

const TYPES: Readonly<Record<number, string>> = {
  1: 'Handshake Initiation',
  2: 'Handshake Response',
  3: 'Cookie Reply',
  4: 'Transport Data',
};
export const header = layout('wg', [uint('type', 8, 'Type', { values: TYPES }), bytes('reserved', 3, 'Reserved')]);
const sender = field('wg.sender', 'Sender', 'uint32', { base: 'hex' });
const receiver = field('wg.receiver', 'Receiver', 'uint32', { base: 'hex' });
const ephemeral = field('wg.ephemeral', 'Ephemeral key', 'string');
const encryptedStatic = field('wg.encrypted_static', 'Encrypted static key', 'none');
const encryptedTimestamp = field('wg.encrypted_timestamp', 'Encrypted timestamp', 'none');
const encryptedEmpty = field('wg.encrypted_empty', 'Encrypted nothing', 'none');
const mac1 = field('wg.mac1', 'mac1', 'bytes');
const mac2 = field('wg.mac2', 'mac2', 'bytes');
const nonce = field('wg.nonce', 'Nonce', 'bytes');
const cookie = field('wg.encrypted_cookie', 'Encrypted cookie', 'bytes');
const counter = field('wg.counter', 'Counter', 'uint64');
const packet = field('wg.encrypted_packet', 'Encrypted packet', 'none');

/** Values of `wg.type`. */
export const WG = { initiation: 1, response: 2, cookie: 3, data: 4 } as const;
/** Length of each message; of data, the least: a keepalive is empty but for its authentication (section 6.5). */
const BYTES: Readonly<Record<number, number>> = { 1: 148, 2: 92, 3: 64, 4: 32 };

/** Fields after the indexes, with their lengths in bytes; 0: all that is left. */
const REST: Readonly<Record<number, readonly (readonly [FieldDef, number])[]>> = {
  1: [
    [ephemeral, 32],
    [encryptedStatic, 48],
    [encryptedTimestamp, 28],
    [mac1, 16],
    [mac2, 16],
  ],
  2: [
    [ephemeral, 32],
    [encryptedEmpty, 16],
    [mac1, 16],
    [mac2, 16],
  ],
  3: [
    [nonce, 24],
    [cookie, 32],
  ],
  4: [[packet, 0]],
};

const looksLikeWg = (b: Uint8Array, at: number, end: number): boolean => {
  if (at + 4 > end || b[at + 1] !== 0 || b[at + 2] !== 0 || b[at + 3] !== 0) return false;
  const least = BYTES[b[at]];
  return least !== undefined && (b[at] === WG.data ? end - at >= least : end - at === least);
};

const base64 = (b: Uint8Array, at: number, length: number): string => btoa(latin1(b.subarray(at, at + length)));

export const wg = dissector({
  name: 'wg',
  title: 'WireGuard Protocol',
  spec: 'WireGuard section 5.4',
  layout: header,
  fields: [
    ...[sender, receiver, ephemeral, encryptedStatic, encryptedTimestamp, encryptedEmpty],
    ...[mac1, mac2, nonce, cookie, counter, packet],
  ],
  guesses: { 'udp.port': looksLikeWg },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    const type = header.get.type(b, layers.start[i]);
    let at = layers.start[i] + header.size;
    for (const index of [sender, receiver]) {
      const has = type === WG.response || (type === WG.initiation) === (index === sender);
      if (!has || at + 4 > end) continue;
      out.add(index, at, 4, u32le(b, at));
      at += 4;
    }
    if (type === WG.data) {
      if (at + 8 > end) return;
      out.add(counter, at, 8, u64le(b, at));
      at += 8;
    }
    for (const [def, size] of REST[type] ?? []) {
      const length = size === 0 ? end - at : size;
      if (length <= 0 || at + length > end) return;
      out.add(def, at, length, def === ephemeral ? base64(b, at, length) : null);
      at += length;
    }
  },
  info(line, layers, i) {
    line.text(TYPES[header.get.type(layers.bytes, layers.start[i])] ?? 'Unknown');
  },
});
