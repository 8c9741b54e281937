// Which echo request a reply answers, and how long that took. For ICMP and ICMPv6.
import { u16 } from '../../src/bytes/read.js';
import { Pairs } from '../../src/dissect/pairs.js';
import { Answers, type Memory, type Past } from '../../src/dissect/past.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';
import { Questions, since } from './asked.js';
import { interfaceOf } from './interface.js';

/** Pairs of hosts with an identifier and a sequence number that are remembered, and interfaces on which each was seen. */
const MAX_ECHOES = 1 << 15;
const MAX_PLACES = 16;

export class EchoMemory implements Memory {
  readonly answers = new Answers();
  private readonly pairs = new Pairs(MAX_ECHOES, () => new Questions(MAX_PLACES));
  /** By layer; a frame of 0: no reply, or one to nothing that was seen. */
  readonly requestFrame = new Uint32Array(MAX_LAYERS);
  readonly sinceNs = new Float64Array(MAX_LAYERS);

  constructor(
    private readonly request: number,
    private readonly reply: number,
  ) {}

  see(layers: Layers, i: number, past: Past): void {
    this.requestFrame[i] = 0;
    const { bytes } = layers;
    const at = layers.start[i];
    const type = bytes[at];
    if (i >= layers.quotedFrom || layers.end[i] - at < 8 || (type !== this.request && type !== this.reply)) return;
    const id = u16(bytes, at + 4);
    const seq = u16(bytes, at + 6);
    const isReply = type === this.reply;
    const asked = this.pairs.find(layers, i, isReply ? seq : id, isReply ? id : seq);
    const where = interfaceOf(layers, past.capture);
    if (!isReply) {
      asked.put(this.pairs.way, where, layers.frame?.number ?? 0, past);
      return;
    }
    // A reply goes against the way of its request.
    const request = asked.get(1 - this.pairs.way, where);
    if (request === null) return;
    this.requestFrame[i] = request.frame;
    this.sinceNs[i] = since(request, past);
    this.answers.note(request.frame, layers.frame?.number ?? 0);
  }
}
