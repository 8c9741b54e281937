// Which echo request a reply answers, and how long that took. For ICMP and ICMPv6.
import { u16 } from '../../src/bytes/read.js';
import type { Past } from '../../src/dissect/past.js';
import type { Layers } from '../../src/dissect/walk.js';
import { AskedMemory } from './asked.js';

/** Pairs of hosts with an identifier and a sequence number that are remembered. */
const MAX_ECHOES = 1 << 15;

export class EchoMemory extends AskedMemory {
  constructor(
    private readonly request: number,
    private readonly reply: number,
  ) {
    super(MAX_ECHOES);
  }

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
    this.note(layers, i, past, asked, isReply);
  }
}
