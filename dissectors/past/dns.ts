// Which query a response of DNS answers, and whether a query is asked again.
import { u16 } from '../../src/bytes/read.js';
import { Pairs } from '../../src/dissect/pairs.js';
import { Answers, type Memory, type Past } from '../../src/dissect/past.js';
import { ROLE } from '../../src/dissect/registry.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';
import { type Asked, Questions, since } from './asked.js';
import { interfaceOf } from './interface.js';

/** Pairs of ports remembered, and queries of each. */
const MAX_ENDS = 1 << 14;
const MAX_QUERIES = 64;

export class DnsMemory implements Memory {
  readonly answers = new Answers();
  private readonly pairs = new Pairs(MAX_ENDS, () => new Questions(MAX_QUERIES));
  /** By layer, of a response; 0: to nothing that was seen. */
  readonly queryFrame = new Uint32Array(MAX_LAYERS);
  readonly sinceNs = new Float64Array(MAX_LAYERS);
  /** Of a query: the frame of the same one before it, or 0. */
  readonly firstFrame = new Uint32Array(MAX_LAYERS);

  /** `skip`: bytes before the message. */
  constructor(private readonly skip: number) {}

  see(layers: Layers, i: number, past: Past): void {
    this.queryFrame[i] = 0;
    this.firstFrame[i] = 0;
    const { bytes, registry } = layers;
    const at = layers.start[i] + this.skip;
    if (i === 0 || i >= layers.quotedFrom || layers.end[i] - at < 4) return;
    const ports = layers.start[i - 1];
    if (registry.roles[layers.proto[i - 1]] !== ROLE.transport) return;
    const asked = this.pairs.find(layers, i - 1, u16(bytes, ports), u16(bytes, ports + 2));
    const id = u16(bytes, at);
    const where = interfaceOf(layers, past.capture);
    const isResponse = (bytes[at + 2] & 0x80) !== 0;
    const known: Asked | null = asked.get(id, where);
    if (isResponse) {
      if (known === null) return;
      this.queryFrame[i] = known.frame;
      this.sinceNs[i] = since(known, past);
      this.answers.note(known.frame, layers.frame?.number ?? 0);
    } else if (known === null) asked.put(id, where, layers.frame?.number ?? 0, past);
    else this.firstFrame[i] = known.frame;
  }
}
