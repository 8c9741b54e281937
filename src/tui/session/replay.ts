// What the packets before say of one packet: only those of its conversation count, so only those are read again. What was read last is
// remembered, for the packet below it in the list most often is a later one of the same conversation.
import { TcpMemory } from '../../../dissectors/past/tcp.js';
import { UdpMemory } from '../../../dissectors/past/udp.js';
import { tcp } from '../../../dissectors/tcp.js';
import { udp } from '../../../dissectors/udp.js';
import { Past } from '../../dissect/past.js';
import type { Packets } from './packets.js';

/** Packets of one conversation that are read again; of a longer one nothing is said of the past. */
const MAX_BEFORE = 20_000;
/** Conversations that are remembered. */
const MAX_KEPT = 16;

interface Kept {
  readonly past: Past;
  /** The packet that was seen last, and how many before it. */
  at: number;
  seen: number;
}

export class Replay {
  private readonly kept = new Map<number, Kept>();

  /** `reader`: reads the packets before; what it had read is void. */
  constructor(private readonly reader: Packets) {}

  /** Tells the layers of the packet at hand what the packets before say. */
  recall(packets: Packets): void {
    const { layers, number, capture, store } = packets;
    const uid = store.conversation(number);
    const kept = uid < 0 ? null : this.upTo(packets, uid, number);
    if (kept === null) return;
    if (kept.at === number) layers.past = kept.past;
    else {
      kept.past.see(layers, capture);
      kept.at = number;
      kept.seen++;
    }
    numberStream(packets, kept.past);
  }

  /** The memory with all packets of the conversation before `number`, or with that one too; null: there are too many. */
  private upTo({ store, registry }: Packets, uid: number, number: number): Kept | null {
    let kept = this.kept.get(uid);
    if (kept === undefined || kept.at > number) kept = { past: new Past(registry), at: 0, seen: 0 };
    this.kept.delete(uid);
    this.kept.set(uid, kept);
    if (this.kept.size > MAX_KEPT) this.kept.delete(this.kept.keys().next().value as number);
    const { reader } = this;
    for (let n = kept.at + 1; n < number; n++) {
      if (store.conversation(n) !== uid) continue;
      if (kept.seen >= MAX_BEFORE) return null;
      if (!reader.read(n)) continue;
      kept.past.see(reader.layers, reader.capture);
      reader.layers.past = null;
      kept.at = n;
      kept.seen++;
    }
    return kept;
  }
}

/** Streams are numbered in the order of the whole run, which the index knows; of an outer or quoted one nothing is known. */
function numberStream({ layers, store, number }: Packets, past: Past): void {
  const stream = store.streamAt(number);
  let isInner = true;
  for (let i = layers.count - 1; i >= 0; i--) {
    const ref = layers.proto[i] === tcp.ref.id ? tcp.ref : layers.proto[i] === udp.ref.id ? udp.ref : null;
    if (ref === null) continue;
    const memory = past.of(ref);
    const isQuoted = i >= layers.quotedFrom;
    if (memory instanceof TcpMemory || memory instanceof UdpMemory) memory.stream[i] = isInner && !isQuoted ? stream : -1;
    if (!isQuoted) isInner = false;
  }
}
