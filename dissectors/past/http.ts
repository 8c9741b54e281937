// Which request a response of HTTP answers.
import { u16 } from '../../src/bytes/read.js';
import type { Past } from '../../src/dissect/past.js';
import { ROLE } from '../../src/dissect/registry.js';
import type { Layers } from '../../src/dissect/walk.js';
import { AskedMemory } from './asked.js';

/** Connections remembered. */
const MAX_CONNECTIONS = 1 << 14;

export class HttpMemory extends AskedMemory {
  constructor(private readonly kindOf: (b: Uint8Array, at: number, end: number) => 'request' | 'response' | null) {
    super(MAX_CONNECTIONS);
  }

  see(layers: Layers, i: number, past: Past): void {
    this.requestFrame[i] = 0;
    const { bytes, registry } = layers;
    if (i === 0 || i >= layers.quotedFrom || registry.roles[layers.proto[i - 1]] !== ROLE.transport) return;
    const kind = this.kindOf(bytes, layers.start[i], layers.end[i]);
    if (kind === null) return;
    const ports = layers.start[i - 1];
    const asked = this.pairs.find(layers, i - 1, u16(bytes, ports), u16(bytes, ports + 2));
    this.note(layers, i, past, asked, kind === 'response');
  }
}
