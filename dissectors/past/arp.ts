// An IPv4 address that was another station's in an earlier frame of the same interface.
import { u16, u32, u48 } from '../../src/bytes/read.js';
import type { Memory, Past } from '../../src/dissect/past.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';
import { ethIpv4 } from '../arp.js';
import { interfaceOf } from './interface.js';

/** Addresses remembered. */
const MAX_ADDRESSES = 1 << 15;
const REPLY = 2;

interface Owner {
  readonly mac: number;
  readonly frame: number;
}

export class ArpMemory implements Memory {
  private readonly owners = new Map<string, Owner>();
  /** By layer: the frames that show an earlier use of the sender's and of the target's address, or 0. */
  readonly senderFrame = new Uint32Array(MAX_LAYERS);
  readonly targetFrame = new Uint32Array(MAX_LAYERS);

  see(layers: Layers, i: number, past: Past): void {
    const { bytes } = layers;
    const at = layers.start[i];
    this.senderFrame[i] = 0;
    this.targetFrame[i] = 0;
    const a = ethIpv4(bytes, at, layers.end[i]);
    if (a < 0) return;
    const where = interfaceOf(layers, past.capture);
    const number = layers.frame?.number ?? 0;
    this.senderFrame[i] = this.earlier(u32(bytes, a + 6), u48(bytes, a), where, number);
    if (u16(bytes, at + 6) === REPLY) this.targetFrame[i] = this.earlier(u32(bytes, a + 16), u48(bytes, a + 10), where, number);
  }

  private earlier(address: number, mac: number, where: number, frame: number): number {
    if (address === 0 || mac === 0) return 0;
    const key = `${address} ${where}`;
    const owner = this.owners.get(key);
    if (owner !== undefined && owner.mac !== mac) return owner.frame;
    if (this.owners.size >= MAX_ADDRESSES) for (const [oldest] of this.owners) if (this.owners.delete(oldest)) break;
    this.owners.set(key, { mac, frame });
    return 0;
  }
}
