// Captures that fill the tables: sweeps and floods, with one fault in them.
import { be16, ethernet, ipv4, udp } from './frames.js';

export interface Timed {
  /** Microseconds since the first frame. */
  readonly us: number;
  readonly bytes: Uint8Array;
}

const be32 = (n: number): number[] => [(n >>> 24) & 0xff, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff];

/** A pcap of many frames at their times: little-endian, microseconds. */
export function pcapAt(frames: readonly Timed[], linkType = 1): Buffer {
  const size = frames.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24);
  const file = Buffer.alloc(size);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(262_144, 16);
  file.writeUInt32LE(linkType, 20);
  let at = 24;
  for (const { us, bytes } of frames) {
    file.writeUInt32LE(1_700_000_000 + Math.floor(us / 1e6), at);
    file.writeUInt32LE(us % 1e6, at + 4);
    file.writeUInt32LE(bytes.length, at + 8);
    file.writeUInt32LE(bytes.length, at + 12);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

const EMPTY = new Uint8Array(0);
const HOST = [10, 0, 1, 5];

/** LINKTYPE_LINUX_SLL2, on interface 2: `type` 4 is sent, 1 is a broadcast heard. */
const sll2 = (type: number, body: readonly number[]): Uint8Array =>
  Uint8Array.from([8, 6, 0, 0, 0, 0, 0, 2, 0, 1, type, 6, 2, 0, 0, 0, 0, 0x0a, 0, 0, ...body]);

const question = (target: readonly number[], sender = HOST): number[] => [
  ...[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0x0a],
  ...sender,
  ...[0, 0, 0, 0, 0, 0],
  ...target,
];

/** The node asks four times for 10.0.1.9, a second apart, and nobody answers. */
export const silentNeighbour = (): Timed[] => [0, 1, 2, 3].map((n) => ({ us: n * 1e6, bytes: sll2(4, question([10, 0, 1, 9])) }));

/** One question for each of `n` addresses, from 5 s on. SLL2. */
export const sweep = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => ({ us: 5e6 + i * 20, bytes: sll2(1, question(be32(0x0b00_0000 + i))) }));

export const SLL2 = 276;

const tcp = (srcPort: number, dstPort: number, seq: number, ack: number, flags: number): Uint8Array =>
  Uint8Array.from([...be16(srcPort), ...be16(dstPort), ...be32(seq), ...be32(ack), 0x50, flags, 0x40, 0, 0, 0, 0, 0]);

/** A connection attempt, sent again and again from `us` on, and no answer. Ethernet. */
export const silentServer = (us = 0): Timed[] =>
  [0, 1, 3, 7].map((s, n) => {
    const packet = ipv4(6, tcp(5555, 80, 7, 0, 2), HOST, [10, 0, 1, 6]);
    packet[5] = 100 + n;
    return { us: us + s * 1e6, bytes: ethernet(0x0800, packet) };
  });

/** `n` conversations of one datagram each, from `us` on. */
export const datagrams = (n: number, us = 8e6): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const packet = ipv4(17, udp(1024 + (i % 60_000), 2000 + Math.floor(i / 60_000), EMPTY), [10, 9, 1, 5], [10, 10, 2, 6]);
    packet.writeUInt16BE(i & 0xffff || 1, 4);
    return { us: us + i * 10, bytes: ethernet(0x0800, packet) };
  });

/** `n` connections that are answered, one after the other. */
export const answered = (n: number, us = 8e6): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const [client, server, port] = [[10, 9, 1, 5], [10, 10, 2, 6], 1024 + (i % 60_000)];
    const segments = [
      ipv4(6, tcp(port, 80, 7, 0, 2), client, server),
      ipv4(6, tcp(80, port, 9, 8, 0x12), server, client),
      ipv4(6, tcp(port, 80, 8, 10, 0x10), client, server),
    ];
    return segments.map((packet, k) => {
      packet.writeUInt16BE(i & 0xffff || 1, 4);
      return { us: us + i * 40 + k * 10, bytes: ethernet(0x0800, packet) };
    });
  }).flat();

/** `n` attempts to connect, each made three times and never answered. */
const unanswered = (n: number, endsOf: (i: number) => readonly [source: number[], target: number[]]): Timed[] =>
  [0, 1, 3].flatMap((s) =>
    Array.from({ length: n }, (_, i) => {
      const packet = ipv4(6, tcp(1024 + (i % 60_000), 80, 7, 0, 2), ...endsOf(i));
      packet.writeUInt16BE((i * 4 + s) & 0xffff || 1, 4);
      return { us: s * 1e6 + i * 5, bytes: ethernet(0x0800, packet) };
    }),
  );

/** `n` servers that are asked three times each and do not answer: as many findings. */
export const silentServers = (n: number): Timed[] => unanswered(n, (i) => [HOST, [10, 11 + (i >> 16), (i >> 8) & 255, i & 255]]);

/** `n` attempts by one client each to reach one server, which does not answer: one finding of many conversations. */
export const silentForMany = (n: number): Timed[] => unanswered(n, (i) => [[10, 9 + (i >> 16), (i >> 8) & 255, i & 255], HOST]);

/** `n` MACs that answer for 3000 addresses in turn. Ethernet. */
export const manyMacs = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const mac = [2, 1, ...be32(i)];
    const reply = [...[0, 1, 8, 0, 6, 4, 0, 2], ...mac, ...be32(0x0b00_0000 + (i % 3000)), 2, 0, 0, 0, 0, 0x0b, ...HOST];
    return { us: i * 20, bytes: Uint8Array.from([2, 0, 0, 0, 0, 0x0b, ...mac, 8, 6, ...reply]) };
  });

/** One connection of `n` segments. */
export const stream = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const packet = ipv4(6, Buffer.concat([tcp(5555, 80, 7 + i * 50, 1, 0x18), Buffer.alloc(50, 'x')]), HOST, [10, 0, 1, 6]);
    packet.writeUInt16BE(i & 0xffff || 1, 4);
    return { us: i * 20, bytes: ethernet(0x0800, packet) };
  });

/** `n` questions for names of their own, to one server, without an answer. */
export const dnsQuestions = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const name = [4, ...Buffer.from((i & 0xffff).toString(16).padStart(4, '0')), 0];
    const message = [...be16(i), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1];
    const packet = ipv4(17, udp(1024 + (i % 60_000), 53, Uint8Array.from(message)), HOST, [10, 10, 2, 6]);
    packet.writeUInt16BE(i & 0xffff || 1, 4);
    return { us: i * 20, bytes: ethernet(0x0800, packet) };
  });

/** `n` errors of one router, each about another packet. */
export const icmpErrors = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const about = ipv4(17, udp(1024 + (i % 60_000), 2000, EMPTY), HOST, [10, 11 + (i >> 16), (i >> 8) & 255, i & 255]);
    const packet = ipv4(1, Buffer.concat([Uint8Array.of(3, i % 13, 0, 0, 0, 0, 0, 0), about]), [10, 0, 1, 1], HOST);
    packet.writeUInt16BE(i & 0xffff || 1, 4);
    return { us: i * 20, bytes: ethernet(0x0800, packet) };
  });

/** First fragments of `n` packets whose rest never comes. */
export const fragments = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const packet = ipv4(17, udp(1024 + (i % 60_000), 2000, Buffer.alloc(16, 'x')), HOST, [10, 10 + (i >> 16), 2, 6]);
    packet.writeUInt16BE(i & 0xffff || 1, 4);
    packet.writeUInt16BE(0x2000, 6);
    return { us: i * 20, bytes: ethernet(0x0800, packet) };
  });

/** `n` packets in VXLAN, each with a VNI and an outer source of its own. */
export const tunnels = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => {
    const inner = ethernet(0x0800, ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, ...be16(i)), HOST, [10, 10, 2, 6]));
    const body = Buffer.concat([Uint8Array.of(8, 0, 0, 0, (i >> 16) & 255, (i >> 8) & 255, i & 255, 0), inner]);
    const packet = ipv4(17, udp(40_000, 4789, body), [10, 20 + (i >> 16), (i >> 8) & 255, i & 255], [10, 0, 1, 7]);
    packet.writeUInt16BE(i & 0xffff || 1, 4);
    return { us: i * 20, bytes: ethernet(0x0800, packet) };
  });

/** A sweep seen on Ethernet. */
export const sweepOnLink = (n: number): Timed[] =>
  Array.from({ length: n }, (_, i) => ({
    us: i * 20,
    bytes: Uint8Array.from([...new Array<number>(6).fill(255), 2, 0, 0, 0, 0, 0x0a, 8, 6, ...question(be32(0x0b00_0000 + i))]),
  }));

/** What `ip addr` and `ip route` print on a node with `n` routes. */
export const routesOf = (n: number): string =>
  `2: eth0: <UP> mtu 1500 qdisc noqueue state UP\n    inet 10.0.1.5/24 scope global eth0\n${Array.from(
    { length: n },
    (_, i) => `11.${i >> 8}.${i & 255}.0/24 via 10.0.1.1 dev eth0\n`,
  ).join('')}`;
