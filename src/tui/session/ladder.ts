// The packets of a conversation for its ladder: each with all places that it was seen at, also those beyond a NAT.
import { FLAG, tcp } from '../../../dissectors/tcp.js';
import type { SeenCopy, SeenPacket } from '../../picture/seen.js';
import { PacketCells } from './cells.js';
import type { Engine } from './engine.js';
import { copiesOf, livesOf } from './journey.js';
import type { Packets } from './packets.js';

/** Packets that are drawn at once: a longer conversation has several parts. */
const MAX_PACKETS = 200;
/** Packets of a conversation that are told apart. */
const MAX_HEADS = 1_000_000;
/** Conversations, and what NATs make of them. */
const MAX_UIDS = 500;
/** Entries of the index looked at, and packets read, between two turns of the event loop. */
const INDEX_SLICE = 500_000;
const SLICE = 16;
const LONGEST_LABEL = 60;

const CELLS = ['proto', 'info'] as const;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface LadderPart {
  readonly packets: readonly SeenPacket[];
  /** Number of the part, from 0, and of parts. */
  readonly part: number;
  readonly parts: number;
  /** Packets before it, and of all parts. */
  readonly from: number;
  readonly total: number;
}

/** A part of some conversations: the one named, else the one with a packet. `isWanted`: only these packets. */
export async function partOf(
  engine: Engine,
  conversations: readonly number[],
  { packet, part }: { readonly packet: number; readonly part: number | null },
  isWanted: (number: number) => boolean,
): Promise<LadderPart> {
  const { packets, copies } = engine;
  const uids = new Set(conversations);
  const heads = await headsOf(packets, uids);
  const all = uids.size > conversations.length ? await headsOf(packets, uids) : heads;
  const shown = all.filter((n) => copiesOf(packets, n).some(isWanted));
  const parts = Math.max(1, Math.ceil(shown.length / MAX_PACKETS));
  const ring = new Set(packet > 0 ? copiesOf(packets, packet) : []);
  const at = shown.findIndex((n) => ring.has(n));
  const chosen = Math.max(0, Math.min(part ?? Math.floor(Math.max(0, at) / MAX_PACKETS), parts - 1));
  const from = chosen * MAX_PACKETS;
  const cells = new PacketCells(copies, CELLS, engine.extras);
  const seen: SeenPacket[] = [];
  for (const n of shown.slice(from, from + MAX_PACKETS)) {
    const one = seenOf(copies, cells, n);
    if (one !== null) seen.push(one);
    if (seen.length % SLICE === 0) await turn();
  }
  return { packets: seen, part: chosen, parts, from, total: shown.length };
}

/** The first frame of each packet of some conversations; what NATs made of them is added to these. */
async function headsOf(packets: Packets, uids: Set<number>): Promise<number[]> {
  const { store } = packets;
  const heads: number[] = [];
  for (let n = 1; n <= store.count && heads.length < MAX_HEADS; n++) {
    if (n % INDEX_SLICE === 0) await turn();
    if (!uids.has(store.conversation(n))) continue;
    const ring = copiesOf(packets, n);
    if (ring.some((copy) => copy < n && uids.has(store.conversation(copy)))) continue;
    heads.push(n);
    for (const copy of ring) if (uids.size < MAX_UIDS && store.conversation(copy) >= 0) uids.add(store.conversation(copy));
  }
  return heads;
}

function seenOf(packets: Packets, cells: PacketCells, n: number): SeenPacket | null {
  const seen: SeenCopy[] = [];
  let label = '';
  for (const number of copiesOf(packets, n).sort((a, b) => a - b)) {
    if (!packets.read(number)) continue;
    const { layers, capture, store } = packets;
    const conversation = store.conversation(number);
    if (conversation < 0) continue;
    if (seen.length === 0) label = labelOf(packets, cells);
    seen.push({
      frame: number,
      capture,
      conversation,
      way: store.way(number),
      timeNs: store.timeNs(number),
      ttl: livesOf(layers),
      name: packets.name(layers),
      direction: packets.direction(layers),
    });
  }
  return seen.length === 0 ? null : { label, copies: seen };
}

const DATAGRAM = /^\d+ \u2192 \d+ Len=(\d+)$/;

/** `SYN`, `ACK, 1448 bytes`, `GET / HTTP/1.1`, `Echo request seq=3`. */
function labelOf(packets: Packets, cells: PacketCells): string {
  const [protocol, info] = cells.cells(0);
  if (protocol === 'TCP') return segment(packets) ?? info;
  const datagram = DATAGRAM.exec(info);
  if (datagram !== null) return `${protocol}, ${datagram[1]} bytes`;
  return info
    .replace(/\(ping\) /, '')
    .replace(/ id=0x[\da-f]+/, '')
    .slice(0, LONGEST_LABEL);
}

function segment({ layers }: Packets): string | null {
  const { bytes, start, body, wireEnd, proto, count, quotedFrom } = layers;
  for (let i = Math.min(count, quotedFrom) - 1; i >= 0; i--) {
    if (proto[i] !== tcp.ref.id) continue;
    const flags = bytes[start[i] + 13];
    const names = [
      (flags & FLAG.syn) !== 0 ? 'SYN' : '',
      (flags & FLAG.fin) !== 0 ? 'FIN' : '',
      (flags & FLAG.reset) !== 0 ? 'RST' : '',
    ].filter((name) => name !== '');
    if ((flags & FLAG.ack) !== 0 && (flags & FLAG.reset) === 0) names.push('ACK');
    const length = Math.max(0, wireEnd[i] - body[i]);
    if (length === 0) return names.join('-');
    return names.length === 1 && names[0] === 'ACK' ? `${length} bytes` : `${names.join('-')}, ${length} bytes`;
  }
  return null;
}
