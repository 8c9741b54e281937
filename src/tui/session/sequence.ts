// The segments of one TCP conversation over time: each packet once, however often it was captured on its way, and what the segments before say
// of it. A copy that was forwarded is no retransmission.
import { SAID, TcpMemory } from '../../../dissectors/past/tcp.js';
import { FLAG, tcp } from '../../../dissectors/tcp.js';
import { Past } from '../../dissect/past.js';
import type { Segment, SegmentKind, Sequence } from '../session.js';
import { copiesOf } from './journey.js';
import type { Packets } from './packets.js';
import { endsOf, transportOf } from './stream.js';

/** Segments that are kept. */
const MAX_SEGMENTS = 100_000;
const TURN_MS = 8;
/** Packets between two looks at the clock, and entries of the index between two turns. */
const SLICE = 64;
const INDEX_SLICE = 1_000_000;

const RETRANSMITTED = SAID.retransmission | SAID.fastRetransmission | SAID.spuriousRetransmission;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Null: the packet is of no TCP conversation. */
export async function sequenceOf(packets: Packets, number: number): Promise<Sequence | null> {
  const { store, registry, layers } = packets;
  const uid = packets.read(number) ? store.conversation(number) : -1;
  if (uid < 0 || tcpAt(packets) < 0) return null;
  const past = new Past(registry);
  const segments: Segment[] = [];
  let ends: Sequence['ends'] = ['', ''];
  let isCut = false;
  let turnAt = performance.now() + TURN_MS;
  for (let n = 1, seen = 0; n <= store.count && !isCut; n++) {
    if (n % INDEX_SLICE === 0) await turn();
    // Somebody may have read another packet meanwhile.
    if (store.conversation(n) !== uid || !packets.read(n)) continue;
    past.see(layers, packets.capture);
    layers.past = null;
    const memory = past.of(tcp.ref);
    const i = tcpAt(packets);
    if (i >= 0 && memory instanceof TcpMemory && copiesOf(packets, n).every((copy) => copy >= n)) {
      const way = store.way(n);
      if (segments.length === 0) {
        const [from, to] = endsOf(packets, i);
        ends = way === 0 ? [from.text, to.text] : [to.text, from.text];
      }
      segments.push(segmentAt(packets, memory, i, n, way));
      isCut = segments.length >= MAX_SEGMENTS;
    }
    if (++seen % SLICE !== 0 || performance.now() < turnAt) continue;
    await turn();
    turnAt = performance.now() + TURN_MS;
  }
  return { ends, segments, isCut };
}

/** Index of the innermost TCP header, or -1. */
function tcpAt({ layers }: Packets): number {
  const i = transportOf(layers);
  return i >= 0 && layers.proto[i] === tcp.ref.id ? i : -1;
}

function segmentAt({ layers, store }: Packets, memory: TcpMemory, i: number, packet: number, way: 0 | 1): Segment {
  const { bytes, start, body, wireEnd } = layers;
  const flags = bytes[start[i] + 13];
  return {
    packet,
    timeNs: store.timeNs(packet),
    isClient: way === 0,
    seq: memory.seq[i],
    length: Math.max(0, wireEnd[i] - body[i]),
    ack: (flags & FLAG.ack) === 0 ? null : memory.ack[i],
    kind: kindOf(memory.said[i], flags),
  };
}

function kindOf(said: number, flags: number): SegmentKind {
  if ((said & RETRANSMITTED) !== 0) return 'again';
  if ((said & SAID.lostSegment) !== 0) return 'gap';
  if ((said & SAID.outOfOrder) !== 0) return 'late';
  if ((said & SAID.duplicateAck) !== 0) return 'duplicate-ack';
  if ((said & SAID.zeroWindow) !== 0) return 'zero-window';
  return (flags & FLAG.reset) === 0 ? 'plain' : 'reset';
}
