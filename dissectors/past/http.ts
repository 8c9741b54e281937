// Which request a response of HTTP answers.
import { u16 } from '../../src/bytes/read.js';
import { Pairs } from '../../src/dissect/pairs.js';
import { Answers, type Memory, type Past } from '../../src/dissect/past.js';
import { ROLE } from '../../src/dissect/registry.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';
import { Questions, since } from './asked.js';
import { interfaceOf } from './interface.js';

/** Connections remembered, and interfaces on which each was seen. */
const MAX_CONNECTIONS = 1 << 14;
const MAX_PLACES = 16;

export class HttpMemory implements Memory {
  readonly answers = new Answers();
  private readonly pairs = new Pairs(MAX_CONNECTIONS, () => new Questions(MAX_PLACES));
  /** By layer, of a response; 0: to nothing that was seen. */
  readonly requestFrame = new Uint32Array(MAX_LAYERS);
  readonly sinceNs = new Float64Array(MAX_LAYERS);

  constructor(private readonly kindOf: (b: Uint8Array, at: number, end: number) => 'request' | 'response' | null) {}

  see(layers: Layers, i: number, past: Past): void {
    this.requestFrame[i] = 0;
    const { bytes, registry } = layers;
    if (i === 0 || i >= layers.quotedFrom || registry.roles[layers.proto[i - 1]] !== ROLE.transport) return;
    const kind = this.kindOf(bytes, layers.start[i], layers.end[i]);
    if (kind === null) return;
    const ports = layers.start[i - 1];
    const asked = this.pairs.find(layers, i - 1, u16(bytes, ports), u16(bytes, ports + 2));
    const where = interfaceOf(layers, past.capture);
    if (kind === 'request') {
      asked.put(this.pairs.way, where, layers.frame?.number ?? 0, past);
      return;
    }
    const request = asked.get(1 - this.pairs.way, where);
    if (request === null) return;
    this.requestFrame[i] = request.frame;
    this.sinceNs[i] = since(request, past);
    this.answers.note(request.frame, layers.frame?.number ?? 0);
  }
}
