// The numbers of TCP and UDP streams, in the order in which the streams begin: those that the dissectors give where they see all packets
// (dissectors/past), without the rest of what they remember.
import { tcp } from '../../../dissectors/tcp.js';
import { udp } from '../../../dissectors/udp.js';
import { u16, u32 } from '../../bytes/read.js';
import { Pairs } from '../../dissect/pairs.js';
import type { Layers } from '../../dissect/walk.js';

/** As many as the dissectors remember. */
const MAX_STREAMS = 1 << 17;
const TCP_HEADER = 20;
const SYN = 2;
const ACK = 16;

/** A TCP stream, and the sequence numbers that its two ways count from. */
interface Tcp {
  readonly number: number;
  readonly base: [number, number];
  readonly known: [boolean, boolean];
}

export class StreamNumbers {
  private tcps = 0;
  private udps = 0;
  private readonly tcp = new Pairs<Tcp>(MAX_STREAMS, () => ({ number: this.tcps++, base: [0, 0], known: [false, false] }));
  private readonly udp = new Pairs<number>(MAX_STREAMS, () => this.udps++);

  /** The number of the innermost stream of a packet; -1: it has none. Called for each packet, in order: what it quotes has a number, too. */
  of(layers: Layers): number {
    let number = -1;
    for (let i = 0; i < layers.count; i++) {
      const at = layers.start[i];
      const isQuoted = i >= layers.quotedFrom;
      let found = -1;
      if (layers.proto[i] === tcp.ref.id && (!isQuoted || at + TCP_HEADER <= layers.end[i]))
        found = isQuoted ? this.quotedStream(layers, i) : this.tcpStream(layers, i);
      else if (layers.proto[i] === udp.ref.id) found = this.udp.find(layers, i, u16(layers.bytes, at), u16(layers.bytes, at + 2));
      if (!isQuoted && found >= 0) number = found;
    }
    return number;
  }

  private quotedStream(layers: Layers, i: number): number {
    const at = layers.start[i];
    return this.tcp.find(layers, i, u16(layers.bytes, at), u16(layers.bytes, at + 2)).number;
  }

  private tcpStream(layers: Layers, i: number): number {
    const { bytes } = layers;
    const at = layers.start[i];
    const seq = u32(bytes, at + 4);
    const flags = bytes[at + 13];
    let stream = this.tcp.find(layers, i, u16(bytes, at), u16(bytes, at + 2));
    let { way } = this.tcp;
    // The ports of an earlier connection are used again.
    if ((flags & (SYN | ACK)) === SYN && stream.known[way] && stream.base[way] !== seq) {
      stream = this.tcp.renew();
      way = 0;
    }
    if (!stream.known[way]) {
      stream.known[way] = true;
      stream.base[way] = ((flags & SYN) !== 0 ? seq : seq - 1) >>> 0;
    }
    if (!stream.known[1 - way] && (flags & ACK) !== 0) {
      stream.known[1 - way] = true;
      stream.base[1 - way] = (u32(bytes, at + 8) - 1) >>> 0;
    }
    return stream.number;
  }
}
