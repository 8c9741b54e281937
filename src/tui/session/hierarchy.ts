// How many packets there are of each stack of protocols, as a tree.
import type { Layers } from '../../dissect/walk.js';

/** Nodes of the tree; hostile packets could make one each. */
const MAX_NODES = 4096;

export class Hierarchy {
  /** By node; node 0 is the root. `last`: packets whose innermost protocol it is; `first`: number of the first packet. */
  readonly protocol = new Uint16Array(MAX_NODES);
  readonly packets = new Float64Array(MAX_NODES);
  readonly bytes = new Float64Array(MAX_NODES);
  readonly last = new Float64Array(MAX_NODES);
  readonly first = new Uint32Array(MAX_NODES);
  private readonly parent = new Uint16Array(MAX_NODES);
  private used = 1;
  /** Node * protocols + protocol -> child. */
  private readonly child: Uint16Array;
  private readonly width: number;

  constructor(protocols: number) {
    this.width = protocols;
    this.child = new Uint16Array(MAX_NODES * protocols);
  }

  add(layers: Layers, number: number, bytes: number): void {
    const { proto } = layers;
    const count = Math.min(layers.count, layers.quotedFrom);
    let node = 0;
    for (let i = 0; i < count; i++) {
      const at = node * this.width + proto[i];
      let next = this.child[at];
      if (next === 0) {
        if (this.used === MAX_NODES) break;
        next = this.used++;
        this.child[at] = next;
        this.parent[next] = node;
        this.protocol[next] = proto[i];
        this.first[next] = number;
      }
      node = next;
      this.packets[node]++;
      this.bytes[node] += bytes;
    }
    this.last[node]++;
  }

  /** Nodes right below one. */
  children(node: number): number[] {
    const list: number[] = [];
    for (let n = 1; n < this.used; n++) if (this.parent[n] === node) list.push(n);
    return list;
  }
}
