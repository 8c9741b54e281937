// What the conversation of a packet said: its payload in order, each byte once.

import { FLAG, tcp } from '../../../dissectors/tcp.js';
import { udp } from '../../../dissectors/udp.js';
import { Line } from '../../bytes/line.js';
import { u32 } from '../../bytes/read.js';
import type { Layers } from '../../dissect/walk.js';
import { SummaryPrinter } from '../../dump/summary.js';
import { StreamOrder } from '../../flows/reassembly.js';
import { MAX_PIECES, MAX_SAID, readablePieces } from '../../main/readable.js';
import type { Stream, StreamChunk } from '../session.js';
import { copiesOf } from './journey.js';
import type { Packets } from './packets.js';

const TURN_MS = 8;
/** Packets between two looks at the clock. */
const SLICE = 64;
/** Entries of the index looked at between two turns. */
const INDEX_SLICE = 1_000_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Null: the packet is of no TCP or UDP conversation. */
export async function streamOf(packets: Packets, number: number): Promise<Stream | null> {
  const { store } = packets;
  if (!packets.read(number)) return null;
  const uid = store.conversation(number);
  if (uid < 0 || transportOf(packets.layers) < 0) return null;
  const chunks: StreamChunk[] = [];
  const counts = [0, 0];
  let turns = 0;
  let kept = 0;
  let at = 0;
  let isCut = false;
  const missing = [0, 0];
  const add = (way: number, bytes: Uint8Array): void => {
    if (kept + bytes.length > MAX_SAID || chunks.length >= MAX_PIECES) {
      isCut = true;
      return;
    }
    kept += bytes.length;
    if (chunks.length > 0 && chunks[chunks.length - 1].isClient !== (way === 0)) turns++;
    chunks.push({ isClient: way === 0, packet: at, bytes: bytes.slice(), missing: missing[way] });
    missing[way] = 0;
  };
  const ways = [0, 1].map(
    (way) =>
      new StreamOrder({
        data: (bytes) => add(way, bytes),
        gap: (lost) => {
          missing[way] += lost;
        },
      }),
  );
  let ends: readonly [string, string] = ['', ''];
  let filter = '';
  let turnAt = performance.now() + TURN_MS;
  for (let n = 1, seen = 0; n <= store.count && !isCut; n++) {
    if (n % INDEX_SLICE === 0) await turn();
    if (store.conversation(n) !== uid || copiesOf(packets, n).some((copy) => copy < n)) continue;
    if (!packets.read(n)) continue;
    const { layers } = packets;
    const l4 = transportOf(layers);
    if (l4 < 0) continue;
    at = n;
    const way = store.way(n);
    counts[way]++;
    if (filter === '') {
      const [from, to] = endsOf(packets, l4);
      ends = way === 0 ? [from.text, to.text] : [to.text, from.text];
      filter = streamFilter(layers, l4, from, to);
    }
    const { bytes, start, body, end, wireEnd, proto } = layers;
    const length = Math.max(0, wireEnd[l4] - body[l4]);
    const payload = bytes.subarray(body[l4], Math.max(body[l4], Math.min(end[l4], body[l4] + length)));
    if (proto[l4] === udp.ref.id) {
      if (length > 0) add(way, payload);
    } else {
      const flags = bytes[start[l4] + 13];
      const seq = u32(bytes, start[l4] + 4);
      if ((flags & FLAG.syn) !== 0) ways[way].begin(seq);
      if (length > 0 && (flags & FLAG.reset) === 0)
        ways[way].add((flags & FLAG.syn) !== 0 ? (seq + 1) >>> 0 : seq, payload, length);
    }
    if (++seen % SLICE !== 0 || performance.now() < turnAt) continue;
    await turn();
    turnAt = performance.now() + TURN_MS;
  }
  for (const way of ways) way.finish();
  const decoded = await readablePieces(chunks);
  return { ends, clientPackets: counts[0], serverPackets: counts[1], turns, chunks, decoded, filter, isCut };
}

/** Index of the innermost TCP or UDP header, or -1. */
export function transportOf({ proto, count, quotedFrom }: Layers): number {
  for (let i = Math.min(count, quotedFrom) - 1; i >= 0; i--) if (proto[i] === tcp.ref.id || proto[i] === udp.ref.id) return i;
  return -1;
}

interface End {
  readonly address: string;
  readonly port: number;
  readonly text: string;
}

export function endsOf(packets: Packets, l4: number): [End, End] {
  const { layers } = packets;
  const summary = new SummaryPrinter(packets.registry, packets, packets);
  const line = new Line(256);
  summary.look(layers);
  const end = (isSource: boolean): End => {
    line.clear();
    if (isSource) summary.source(layers, line);
    else summary.destination(layers, line);
    const address = line.toString();
    const o = layers.start[l4] + (isSource ? 0 : 2);
    const port = (layers.bytes[o] << 8) | layers.bytes[o + 1];
    return { address, port, text: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` };
  };
  return [end(true), end(false)];
}

function streamFilter(layers: Layers, l4: number, a: End, b: End): string {
  const proto = layers.proto[l4] === tcp.ref.id ? 'tcp' : 'udp';
  const net = a.address.includes(':') ? 'ipv6' : 'ip';
  return `${net}.addr == ${a.address} && ${net}.addr == ${b.address} && ${proto}.port == ${a.port} && ${proto}.port == ${b.port}`;
}
