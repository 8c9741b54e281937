// Fields that a printed text does not print: there are bytes for them in the frame that was made of it, and no value.
import { UNKNOWN } from '../capture/frame.js';
import type { FieldDef, FieldValue } from './fields.js';
import type { Sink } from './sink.js';
import type { Layers } from './walk.js';

const withBit = (bit: number, ...names: string[]): [string, number][] => names.map((name) => [name, bit]);

const checksums = (...protocols: string[]): [string, number][] =>
  protocols.flatMap((name) => [
    [`${name}.checksum`, UNKNOWN.checksum],
    [`${name}.checksum.status`, UNKNOWN.checksum],
  ]);

/** Display filter names, and the bit of UNKNOWN that says that the frame at hand has no value for them. */
const BITS: ReadonlyMap<string, number> = new Map([
  ...withBit(UNKNOWN.ttl, 'ip.ttl', 'ip.id', 'ip.dsfield', 'ip.dsfield.dscp', 'ip.dsfield.ecn', 'ip.frag_offset'),
  ...withBit(UNKNOWN.ttl, 'ip.flags', 'ip.flags.rb', 'ip.flags.df', 'ip.flags.mf'),
  ...withBit(UNKNOWN.ttl, 'ipv6.hlim', 'ipv6.tclass', 'ipv6.tclass.dscp', 'ipv6.tclass.ecn', 'ipv6.flow', 'ipv6.fraghdr.ident'),
  ...withBit(UNKNOWN.link | UNKNOWN.innerLink, 'eth.dst', 'eth.src'),
  ...withBit(UNKNOWN.index, 'sll.ifindex', 'sll.hatype', 'sll.halen'),
  ...withBit(UNKNOWN.asker, 'arp.src.hw', 'arp.src.hw_mac'),
  ...withBit(UNKNOWN.asked, 'arp.dst.hw', 'arp.dst.hw_mac', 'arp.dst.proto', 'arp.dst.proto_ipv4'),
  ...withBit(UNKNOWN.length, 'udp.length', 'tcp.hdr_len'),
  ...withBit(UNKNOWN.quotePort, 'udp', 'tcp', 'udp.dstport', 'tcp.dstport'),
  ...withBit(UNKNOWN.total, 'ip.len', 'ipv6.plen'),
  ...checksums('ip', 'tcp', 'udp', 'icmp', 'icmpv6'),
]);

/** The bits of UNKNOWN any of which means that the field has no value; 0: it always has one. */
export const unprintedBits = (def: FieldDef): number =>
  (BITS.get(def.name) ?? 0) | (KNOWN_OF_QUOTE.test(def.name) ? 0 : UNKNOWN.quote);

/** An error goes to who sent the packet in question, and says where that went; some name the port. */
const KNOWN_OF_QUOTE = /^(?:ip|ipv6)(?:\.(?:version|hdr_len|src|dst|addr|host|src_host|dst_host))?$|^(?:tcp|udp)(?:\.dstport)?$/;

/** Bits of UNKNOWN that concern layer `i` of a frame: of MACs those of the link header, or those inside of tunnels. */
export function unknownOf({ frame, quotedFrom }: Layers, i: number): number {
  const unknown = frame?.unknown ?? 0;
  if (unknown === 0) return 0;
  return unknown & ~(i === 0 ? UNKNOWN.innerLink : UNKNOWN.link) & ~(i >= quotedFrom ? 0 : UNKNOWN.quote | UNKNOWN.quotePort);
}

/** Passes on what has a value in a layer with these bits of UNKNOWN. */
export class PrintedOnly implements Sink {
  /** Open nodes inside one that is left out, itself counted. */
  private inside = 0;

  constructor(
    private readonly out: Sink,
    private readonly unknown: number,
  ) {}

  wants(def: FieldDef): boolean {
    return !this.isOpen(def) && this.out.wants(def);
  }
  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    if (this.inside === 0 && !this.isOpen(def)) this.out.add(def, at, length, value);
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void {
    if (this.inside > 0 || this.isOpen(def)) this.inside++;
    else this.out.open(def, at, length, value, text);
  }
  close(): void {
    if (this.inside > 0) this.inside--;
    else this.out.close();
  }
  note(severity: 'chat' | 'note' | 'warn' | 'error', text: string): void {
    if (this.inside === 0) this.out.note(severity, text);
  }

  private isOpen(def: FieldDef): boolean {
    return (unprintedBits(def) & this.unknown) !== 0;
  }
}
