// The line of each header in the tree: its name, and what tells it from others of its kind.
import { Line } from '../bytes/line.js';
import { plainWidth } from '../bytes/text.js';
import type { Reader } from '../dissect/layout.js';
import { type Registry, ROLE } from '../dissect/registry.js';
import { type TreeNode, treeOf } from '../dissect/tree.js';
import type { Layers } from '../dissect/walk.js';
import { addresses, type Column, linkAddresses } from './addresses.js';

export class Headings {
  private readonly columns: readonly (Column | undefined)[];
  private readonly vnis: readonly (Reader | undefined)[];
  private readonly line = new Line(512);

  constructor(registry: Registry) {
    const links = linkAddresses(registry);
    this.columns = addresses(registry).map((column, proto) => column ?? links[proto]);
    this.vnis = registry.protocols.map((d) => (d.layout?.get as Record<string, Reader> | undefined)?.['vni']);
  }

  /** The tree of the walked packet. `seen`: where it was seen, for the outermost header; ''. */
  tree(layers: Layers, seen: string): TreeNode[] {
    return treeOf(layers).map((node, i) => {
      const about = i < layers.count ? [i === 0 ? seen : '', this.about(layers, i)].filter((part) => part !== '').join(', ') : '';
      return about === '' ? node : { ...node, text: `${node.text ?? node.def.title}, ${plainWidth(about)}` };
    });
  }

  private about(layers: Layers, i: number): string {
    const { line } = this;
    const { registry, bytes, start, proto } = layers;
    const d = registry.protocols[proto[i]];
    // Its own label says it.
    if (d.label !== undefined) return '';
    line.clear();
    const column = this.columns[proto[i]];
    const vni = this.vnis[proto[i]];
    if (column !== undefined) {
      column.source(line, layers, i);
      const from = line.at;
      line.arrow();
      const to = line.at;
      column.destination(line, layers, i);
      // A cooked header has the sender's address only.
      if (line.at === to) line.at = from;
    } else if (registry.roles[proto[i]] === ROLE.transport && d.payload !== undefined && 'ports' in d.payload) {
      const at = start[i];
      line.dec((bytes[at] << 8) | bytes[at + 1]);
      line.arrow();
      line.dec((bytes[at + 2] << 8) | bytes[at + 3]);
    } else if (vni !== undefined) {
      line.text('VNI ');
      line.dec(vni(bytes, start[i]));
    } else d.info?.(line, layers, i);
    return line.toString();
  }
}
