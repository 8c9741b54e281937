// Lines as `tcpdump -nn` prints them, with the interface names of the capturing machine. Unlike tcpdump before version 5,
// VXLAN on port 8472 is called VXLAN and not OTV: the Linux kernel's port is Cilium's and flannel's. What is printed of each protocol
// stands beside its dissector, in dissectors/tcpdump.
import { header2, sll2 } from '../../dissectors/sll.js';
import { tcpdumpStyles } from '../../dissectors/tcpdump/index.js';
import type { Line } from '../bytes/line.js';
import { Origins } from '../dissect/origins.js';
import { ROLE } from '../dissect/registry.js';
import type { Below, Printing, TcpdumpStyle } from '../dissect/tcpdump.js';
import type { Layers } from '../dissect/walk.js';
import type { Sight } from '../flows/sight.js';
import type { TcpdumpTimes } from './times.js';

/** Linux packet types as tcpdump names them, in three columns. */
const PACKET_TYPES = ['In ', 'B  ', 'M  ', 'P  ', 'Out'];

/** The printers by what they stand on, then by protocol. */
type Printers = Readonly<Record<Below, (TcpdumpStyle['print'] | undefined)[]>>;

function printers(): Printers {
  const all: Printers = { link: [], ip: [], udp: [] };
  for (const { of, after, print } of tcpdumpStyles)
    for (const { ref } of of) for (const below of after) all[below][ref.id] = print;
  return all;
}

export class TcpdumpPrinter implements Printing {
  readonly origins = new Origins();
  layers!: Layers;
  line!: Line;
  shown = 0;
  ipEnd = 0;
  private printers: Printers | null = null;

  constructor(
    private readonly sight: Sight,
    private readonly times: Pick<TcpdumpTimes, 'write'>,
  ) {}

  print(layers: Layers, line: Line): void {
    const frame = layers.frame;
    if (frame === null) return;
    this.layers = layers;
    this.line = line;
    this.shown = Math.min(layers.count, layers.quotedFrom);
    this.times.write(frame, line);
    line.space();
    if (layers.count > 0 && layers.proto[0] === sll2.ref.id) {
      const from = line.at;
      line.safe(this.sight.name(layers) ?? '?', 64);
      line.padFrom(from, 5);
      line.space();
      line.text(PACKET_TYPES[header2.get.pkttype(layers.bytes, layers.start[0])] ?? '?  ');
      line.space();
    }
    this.packet(0);
    line.newline();
  }

  packet(first: number): void {
    const { layers, line, shown } = this;
    const { roles } = layers.registry;
    let i = first;
    while (i < shown && roles[layers.proto[i]] === ROLE.link) i++;
    if (i >= shown) line.text(`[|${layers.count < 1 ? 'link' : 'packet'}]`);
    else if (!this.after('link', i)) this.plain(i);
  }

  after(below: Below, i: number): boolean {
    // Protocols have their numbers once a registry is made: at the first packet at the latest.
    this.printers ??= printers();
    const print = i < this.shown ? this.printers[below][this.layers.proto[i]] : undefined;
    print?.(this, i);
    return print !== undefined;
  }

  plain(i: number): void {
    const { layers, line } = this;
    const proto = layers.proto[i];
    const d = layers.registry.protocols[proto];
    line.text(proto === 0 ? 'unknown' : (d.as ?? d.name).toUpperCase());
    line.text(', length ');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.start[i]));
  }
}
