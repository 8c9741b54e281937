// One line a packet, in the style of tshark's: number, time, hop, addresses, tunnel, protocol, length, info. The addresses are
// those of the innermost packet; what carries it stands in the column of the tunnel.
import type { Line } from '../bytes/line.js';
import { u16 } from '../bytes/read.js';
import { safeText } from '../bytes/text.js';
import { DIRECTION, UNKNOWN } from '../capture/frame.js';
import { linkTypeName } from '../capture/linktypes.js';
import type { Reader } from '../dissect/layout.js';
import { type Registry, ROLE } from '../dissect/registry.js';
import { unknownOf } from '../dissect/unprinted.js';
import { type Layers, STOP } from '../dissect/walk.js';
import type { Sight } from '../flows/sight.js';
import { addresses, type Column, linkAddresses } from './addresses.js';
import type { FrameContext } from './frame-context.js';
import type { TimeColumn } from './times.js';

/** Tunnels in tunnels that are named in one line. */
const MAX_LEVELS = 8;
const GREATER = 0x3e;
const TAB = 0x09;

/** Name in the list: `TCP`, `ICMPv6`. */
const listName = (name: string): string => name.toUpperCase().replace(/V(?=\d)/, 'v');

const HOPS = {
  [DIRECTION.unknown]: '',
  [DIRECTION.in]: 'in ',
  [DIRECTION.out]: 'out ',
  [DIRECTION.other]: 'passing ',
} as const;

export class SummaryPrinter {
  /** By protocol number. */
  private readonly names: readonly string[];
  private readonly lowNames: readonly string[];
  private readonly vnis: readonly (Reader | undefined)[];
  private readonly addresses: readonly (Column | undefined)[];
  private readonly links: readonly (Column | undefined)[];
  private readonly vlan: number;
  /** Do they remark on packets? By protocol number. */
  private readonly remarks: readonly boolean[];
  /** The hop last printed, and what it was made of. */
  private lastName: string | null | undefined = undefined;
  private lastDirection: number = DIRECTION.unknown;
  private lastHop = '';
  /** IP headers of the frame at hand, outermost first, and the tunnel header in front of each (-1: none). */
  private readonly nets = new Int32Array(MAX_LEVELS);
  private readonly tunnels = new Int32Array(MAX_LEVELS);
  /** Set by `look`: number of IP headers, a tunnel header after the last one, the tag of a VLAN, the layer with the addresses. */
  private levels = 0;
  private last = -1;
  private tag = -1;
  private ends = 0;
  /** Set by `message`: the protocol that the line is about, and where its text begins. */
  spoken = 0;
  textAt = 0;

  constructor(
    registry: Registry,
    private readonly sight: Pick<Sight, 'direction' | 'name'>,
    private readonly context: Pick<FrameContext, 'firstSeconds' | 'firstNanoseconds' | 'nanoseconds'>,
    /** Times in a form that was asked for; null: seconds since the first frame, as fine as the capture's clock. */
    private readonly times: Pick<TimeColumn, 'write'> | null = null,
  ) {
    this.names = registry.protocols.map((d) => d.short ?? listName(d.as ?? d.name));
    this.lowNames = registry.protocols.map((d) => d.as ?? d.name);
    this.vnis = registry.protocols.map((d) => (d.layout?.get as Record<string, Reader> | undefined)?.['vni']);
    this.addresses = addresses(registry);
    this.links = linkAddresses(registry);
    this.vlan = registry.idOf('vlan');
    this.remarks = registry.protocols.map(({ remark }) => remark !== undefined);
  }

  print(layers: Layers, line: Line): void {
    const frame = layers.frame;
    if (frame === null) return;
    line.decPadded(frame.number, 5);
    line.space();
    this.time(layers, line);
    line.space();
    this.hop(layers, line);
    this.look(layers);
    const column = this.column(layers);
    const width = column?.width ?? 15;
    let from = line.at;
    column?.source(line, layers, this.ends);
    line.alignRight(from, width);
    line.arrow();
    from = line.at;
    column?.destination(line, layers, this.ends);
    line.padFrom(from, width);
    line.space();
    this.carriers(layers, line);
    this.message(layers, line);
    line.newline();
  }

  /** The columns of tshark's list, with a tab between them. */
  tabs(layers: Layers, line: Line): void {
    const frame = layers.frame;
    if (frame === null) return;
    line.decPadded(frame.number, 5);
    line.byte(TAB);
    this.time(layers, line);
    line.byte(TAB);
    this.look(layers);
    this.source(layers, line);
    line.text('\t\u2192\t');
    this.destination(layers, line);
    line.byte(TAB);
    const from = line.at;
    this.message(layers, line);
    // A copy: what is written next may reach into it.
    const text = new Uint8Array(line.bytes.subarray(this.textAt, line.at));
    line.at = from;
    line.text(this.spokenName);
    line.byte(TAB);
    line.dec(frame.wireLength);
    line.byte(TAB);
    line.raw(text);
    line.newline();
  }

  /** Finds the levels of a frame; to be called before its parts are written. */
  look(layers: Layers): void {
    const { proto } = layers;
    const { roles } = layers.registry;
    const count = Math.min(layers.count, layers.quotedFrom);
    let levels = 0;
    let tunnel = -1;
    let link = 0;
    let tag = -1;
    for (let i = 0; i < count; i++) {
      const role = roles[proto[i]];
      if (role === ROLE.network) {
        if (levels < MAX_LEVELS) {
          this.nets[levels] = i;
          this.tunnels[levels++] = tunnel;
        }
        tunnel = -1;
      } else if (role === ROLE.tunnel) tunnel = i;
      else if (proto[i] === this.vlan) tag = tag < 0 && levels === 0 ? i : tag;
      else if (role === ROLE.link && this.links[proto[i]] !== undefined) link = i;
    }
    this.levels = levels;
    this.last = tunnel;
    this.tag = tag;
    // The innermost IP packet, else the link.
    this.ends = levels > 0 && link < this.nets[levels - 1] ? this.nets[levels - 1] : link;
  }

  source(layers: Layers, line: Line): void {
    this.column(layers)?.source(line, layers, this.ends);
  }

  destination(layers: Layers, line: Line): void {
    this.column(layers)?.destination(line, layers, this.ends);
  }

  private column(layers: Layers): Column | undefined {
    const { ends } = this;
    return ends < layers.count ? (this.addresses[layers.proto[ends]] ?? this.links[layers.proto[ends]]) : undefined;
  }

  /** VLAN and tunnels, outermost first, with a blank after each. */
  carriers(layers: Layers, line: Line): void {
    const { levels, last, tag } = this;
    if (tag >= 0) {
      line.text('vlan ');
      line.dec(u16(layers.bytes, layers.start[tag]) & 0xfff);
      line.space();
    }
    // What carries a packet that is no IP packet (ARP in VXLAN) is told too.
    for (let level = 1; level < levels; level++) this.tunnel(layers, line, this.nets[level - 1], this.tunnels[level]);
    if (last >= 0 && levels > 0) this.tunnel(layers, line, this.nets[levels - 1], last);
  }

  /** Protocol, length, and what the packet says. */
  message(layers: Layers, line: Line): void {
    this.about(layers, line, Math.min(layers.count, layers.quotedFrom));
    if (layers.count > layers.quotedFrom) this.quoted(layers, line);
    if (layers.stop === STOP.malformed) line.text(' [malformed]');
    else if (layers.stop === STOP.clipped && layers.quotedFrom >= layers.count) line.text(' [cut short]');
  }

  /** Name of the protocol that `message` was about. */
  get spokenName(): string {
    return this.names[this.spoken];
  }

  time(layers: Layers, line: Line): void {
    const frame = layers.frame!;
    const { context } = this;
    if (this.times !== null) {
      this.times.write(frame, line);
      return;
    }
    if (!frame.hasTime) {
      line.text('           -');
      return;
    }
    let seconds = frame.seconds - context.firstSeconds;
    let nanoseconds = frame.nanoseconds - context.firstNanoseconds;
    const negative = seconds < 0 || (seconds === 0 && nanoseconds < 0);
    if (negative) {
      seconds = -seconds;
      nanoseconds = -nanoseconds;
    }
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += 1e9;
    }
    if (negative) {
      const from = line.at;
      line.byte(0x2d);
      line.dec(seconds);
      line.alignRight(from, 5);
    } else line.decPadded(seconds, 5);
    line.byte(0x2e);
    if (context.nanoseconds) line.decPadded(nanoseconds, 9, 0x30);
    else line.decPadded(Math.floor(nanoseconds / 1000), 6, 0x30);
  }

  /** Direction and interface, padded; nothing where neither is known. */
  hop(layers: Layers, line: Line): void {
    const direction = this.sight.direction(layers);
    const name = this.sight.name(layers);
    if (name !== this.lastName || direction !== this.lastDirection) {
      const unseen = name === null && direction === DIRECTION.unknown;
      const text = HOPS[direction] + safeText(name ?? '').slice(0, 32);
      this.lastHop = unseen ? '' : `${text.padEnd(8)} `;
      this.lastName = name;
      this.lastDirection = direction;
    }
    line.text(this.lastHop);
  }

  private tunnel(layers: Layers, line: Line, net: number, tunnel: number): void {
    const { proto } = layers;
    if (tunnel < 0) line.text('ipip');
    else {
      line.text(this.lowNames[proto[tunnel]]);
      const vni = this.vnis[proto[tunnel]];
      if (vni !== undefined) {
        line.space();
        line.dec(vni(layers.bytes, layers.start[tunnel]));
      }
    }
    line.space();
    const column = this.addresses[proto[net]];
    column?.source(line, layers, net);
    line.byte(GREATER);
    column?.destination(line, layers, net);
    line.space();
  }

  /** Protocol, length and info: of the innermost layer that has something to say. */
  private about(layers: Layers, line: Line, count: number): void {
    const { proto } = layers;
    const { protocols } = layers.registry;
    const begin = line.at;
    for (let i = count - 1; i >= 0; i--) {
      const d = protocols[proto[i]];
      if (d.info === undefined) continue;
      this.name(layers, line, proto[i]);
      if (layers.past !== null) this.remark(layers, line, count);
      const from = line.at;
      d.info(line, layers, i);
      if (line.at > from) return;
      line.at = begin;
    }
    // Nobody has: the innermost known header stands for the packet.
    let last = Math.max(0, count - 1);
    if (last > 0 && proto[last] === 0) last--;
    const d = protocols[proto[last]];
    this.name(layers, line, proto[last]);
    if (proto[last] === 0) line.text(`${linkTypeName(layers.frame!.linkType)}`);
    else line.text(d.label === undefined || last >= count ? d.title : d.label(layers, last));
  }

  /** What the frames before say of it. */
  private remark(layers: Layers, line: Line, count: number): void {
    const { proto } = layers;
    const { protocols } = layers.registry;
    for (let i = 0; i < count; i++) if (this.remarks[proto[i]]) protocols[proto[i]].remark?.(line, layers, i);
  }

  private name(layers: Layers, line: Line, proto: number): void {
    const from = line.at;
    line.text(this.names[proto]);
    line.padFrom(from, 4);
    line.space();
    line.dec(layers.frame!.wireLength);
    line.space();
    this.spoken = proto;
    this.textAt = line.at;
  }

  /** The packet that an ICMP error is about. */
  private quoted(layers: Layers, line: Line): void {
    const { proto } = layers;
    const { registry } = layers;
    const column = this.addresses[proto[layers.quotedFrom]];
    line.text(' [about ');
    column?.source(line, layers, layers.quotedFrom);
    line.arrow();
    column?.destination(line, layers, layers.quotedFrom);
    // Routers quote eight bytes of the transport at least (RFC 792): enough for its ports.
    const last = layers.count - (layers.partial ? 0 : 1);
    for (let i = last; i > layers.quotedFrom; i--) {
      const d = registry.protocols[proto[i]];
      if (d.info === undefined || registry.roles[proto[i]] !== ROLE.transport) continue;
      // A printed text names the port that it was for, at most.
      const unknown = unknownOf(layers, i);
      if ((unknown & UNKNOWN.quotePort) !== 0) break;
      line.space();
      line.text(this.names[proto[i]]);
      line.space();
      if ((unknown & UNKNOWN.quote) !== 0) line.dec(u16(layers.bytes, layers.start[i] + 2));
      else if (i < layers.count) d.info(line, layers, i);
      else if (d.payload !== undefined && 'ports' in d.payload && layers.end[i] - layers.start[i] >= 4) {
        line.dec(u16(layers.bytes, layers.start[i]));
        line.arrow();
        line.dec(u16(layers.bytes, layers.start[i] + 2));
      }
      break;
    }
    line.byte(0x5d);
  }
}
