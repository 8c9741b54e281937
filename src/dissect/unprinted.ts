// Fields that a printed text does not print: there are bytes for them in the frame that was made of it, and no value.
import { UNKNOWN } from '../capture/frame.js';
import type { FieldDef, FieldValue } from './fields.js';
import type { Sink } from './sink.js';

const checksums = (...protocols: string[]): [string, number][] =>
  protocols.flatMap((name) => [
    [`${name}.checksum`, UNKNOWN.checksum],
    [`${name}.checksum.status`, UNKNOWN.checksum],
  ]);

/** Display filter names, and the bit of UNKNOWN that says that the frame at hand has no value for them. */
const BITS: ReadonlyMap<string, number> = new Map([
  ...['ip.ttl', 'ip.id', 'ip.dsfield', 'ip.dsfield.dscp', 'ip.dsfield.ecn', 'ip.flags.df'].map((name): [string, number] => [
    name,
    UNKNOWN.ttl,
  ]),
  ...['ipv6.hlim', 'ipv6.tclass', 'ipv6.tclass.dscp', 'ipv6.tclass.ecn', 'ipv6.flow'].map((name): [string, number] => [
    name,
    UNKNOWN.ttl,
  ]),
  ...checksums('ip', 'tcp', 'udp', 'icmp', 'icmpv6'),
]);

/** The bits of UNKNOWN any of which means that the field has no value; 0: it always has one. */
export const unprintedBits = (def: FieldDef): number => BITS.get(def.name) ?? 0;

/** Passes on what has a value in a frame with these bits of UNKNOWN. */
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
