// Writes a pinned large capture: LINUX_SLL2, VXLAN and bare TCP conversations through a router, each packet seen coming in and
// going out. The same arguments give the same bytes. FILE may be -, standard output.
//   node scripts/generate-capture.mjs FILE [--frames 1000000] [--shape vxlan|native|short|large] [--conversations 2000] [--seed 1]
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    frames: { type: 'string', default: '1000000' },
    shape: { type: 'string', default: 'vxlan' },
    conversations: { type: 'string' },
    /** Other bytes of the same shape. */
    seed: { type: 'string', default: '0' },
  },
});
const file = positionals[0];
if (file === undefined) {
  console.error(
    'usage: generate-capture.mjs FILE [--frames N] [--shape vxlan|native|short|large] [--conversations N] [--seed N]',
  );
  process.exit(2);
}
const shapes = {
  vxlan: { overlay: true, payload: [100, 700, 1400], conversations: 2000, segments: Number.POSITIVE_INFINITY },
  native: { overlay: false, payload: [0, 16, 40], conversations: 2000, segments: Number.POSITIVE_INFINITY },
  short: { overlay: false, payload: [0, 120], conversations: 1_000_000, segments: 1 },
  large: { overlay: false, payload: [1448], conversations: 500, segments: Number.POSITIVE_INFINITY },
};
const shape = shapes[values.shape];
if (shape === undefined) throw new Error(`no shape ${values.shape}; there are ${Object.keys(shapes).join(', ')}`);
const frames = Number(values.frames);
const parallel = Math.min(Number(values.conversations ?? shape.conversations), 2000);

// xorshift32: pinned, so that two runs write the same file.
let state = 0x9e3779b9 ^ Number(values.seed);
const random = (below) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
};

const out = file === '-' ? 1 : openSync(file, 'w');
const chunk = Buffer.alloc(1 << 22);
let used = 0;
const flush = () => {
  for (let at = 0; at < used; ) at += writeSync(out, chunk, at, used - at);
  used = 0;
};
const room = (n) => {
  if (used + n > chunk.length) flush();
};
const u8 = (v) => {
  chunk[used++] = v;
};
const u16 = (v) => {
  used = chunk.writeUInt16BE(v & 0xffff, used);
};
const u32 = (v) => {
  used = chunk.writeUInt32BE(v >>> 0, used);
};
const u32le = (v) => {
  used = chunk.writeUInt32LE(v >>> 0, used);
};

room(24);
for (const v of [0xa1b2c3d4, 0x00040002, 0, 0, 262144, 276]) u32le(v);

function checksum(at, length) {
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += (chunk[at + i] << 8) | chunk[at + i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
function ipv4(src, dst, proto, length, id, ttl) {
  const at = used;
  u16(0x4500);
  u16(20 + length);
  u16(id);
  u16(proto === 17 ? 0 : 0x4000);
  u8(ttl);
  u8(proto);
  u16(0);
  u32(src);
  u32(dst);
  chunk.writeUInt16BE(checksum(at, 20), at + 10);
}

const address = (a, b, c, d) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
const NODES = [
  { interface: 3, ip: address(192, 168, 10, 100), mac: 0xd5e8d7, pods: address(172, 20, 0, 0) },
  { interface: 4, ip: address(192, 168, 20, 100), mac: 0xebbf4f, pods: address(172, 20, 2, 0) },
];
const MICROSECOND = 1;
let time = 0;
let written = 0;

/** One packet of a conversation through the router: seen in, then out with one less to live. */
function packet(c, fromClient, flags, length) {
  const from = NODES[fromClient ? 0 : 1];
  const to = NODES[fromClient ? 1 : 0];
  c.id[fromClient ? 0 : 1] = (c.id[fromClient ? 0 : 1] + 1) & 0xffff;
  const outerId = random(65536);
  for (let copy = 0; copy < 2 && written < frames; copy++) {
    const inner = 20 + 20 + length;
    const bytes = 20 + (shape.overlay ? 20 + 8 + 8 + 14 : 0) + inner;
    room(16 + bytes);
    u32le(1_750_000_000 + Math.floor(time / 1e6));
    u32le(time % 1e6);
    u32le(bytes);
    u32le(bytes);
    u16(0x0800);
    u16(0);
    u32(copy === 0 ? from.interface : to.interface);
    u16(1);
    u8(copy === 0 ? 0 : 4);
    u8(6);
    u32(0x08002700 | ((from.mac >>> 16) & 0xff));
    u16(from.mac & 0xffff);
    u16(0);
    if (shape.overlay) {
      ipv4(from.ip, to.ip, 17, 8 + 8 + 14 + inner, outerId, 64 - copy);
      u16(fromClient ? c.hash : c.hash ^ 0x1555);
      u16(8472);
      u16(8 + 8 + 14 + inner);
      u16(0);
      u32(0x08000000);
      u32((fromClient ? 63446 : 8469) << 8);
      for (const mac of [to.mac, from.mac]) {
        u16(0x0261);
        u32(0x07000000 | mac);
      }
      u16(0x0800);
    }
    ipv4(
      fromClient ? c.client : c.server,
      fromClient ? c.server : c.client,
      6,
      20 + length,
      c.id[fromClient ? 0 : 1],
      shape.overlay ? 63 : 64 - copy,
    );
    u16(fromClient ? c.port : 80);
    u16(fromClient ? 80 : c.port);
    u32(c.seq[fromClient ? 0 : 1]);
    u32(c.seq[fromClient ? 1 : 0]);
    u16(0x5000 | flags);
    u16(502);
    u32(0);
    for (let i = 0; i < length; i++) chunk[used++] = 0x61 + (i % 26);
    time += MICROSECOND;
    written++;
  }
  const advance = length + (flags & 0x03 ? 1 : 0);
  c.seq[fromClient ? 0 : 1] = (c.seq[fromClient ? 0 : 1] + advance) >>> 0;
}

function conversation() {
  return {
    client: NODES[0].pods + 2 + random(250),
    server: NODES[1].pods + 2 + random(250),
    port: 32768 + random(28000),
    hash: 49152 + random(16000),
    id: [random(65536), random(65536)],
    seq: [random(2 ** 32), random(2 ** 32)],
    step: 0,
    segments: 0,
  };
}

const open = Array.from({ length: parallel }, conversation);
const ACK = 0x10;
while (written < frames) {
  const at = random(open.length);
  const c = open[at];
  time += 3;
  const step = c.step++;
  if (step === 0) packet(c, true, 0x02, 0);
  else if (step === 1) packet(c, false, 0x12, 0);
  else if (step === 2) packet(c, true, ACK, 0);
  else if (c.segments >= shape.segments) {
    packet(c, true, ACK | 1, 0);
    packet(c, false, ACK | 1, 0);
    packet(c, true, ACK, 0);
    open[at] = conversation();
  } else {
    const length = shape.payload[random(shape.payload.length)];
    packet(c, step % 3 !== 0, length > 0 ? ACK | 8 : ACK, length);
    if (length > 0) packet(c, step % 3 === 0, ACK, 0);
    c.segments++;
  }
}
flush();
closeSync(out);
