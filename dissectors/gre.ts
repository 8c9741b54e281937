// GRE: RFC 2784; key and sequence number, RFC 2890; routing, RFC 1701; version 1 with acknowledgment (PPTP), RFC 2637.
import { dissector, protocol, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, flag, layout, readUint, rsv, uint } from '../src/dissect/layout.js';

export const header = layout('gre', [
  bits('flags_and_version', 'Flags and version', [
    flag('flags.checksum', 'Checksum'),
    flag('flags.routing', 'Routing'),
    flag('flags.key', 'Key'),
    flag('flags.sequence_number', 'Sequence number'),
    flag('flags.strict_source_route', 'Strict source route'),
    uint('flags.recursion_control', 3, 'Recursion control', { type: 'uint16' }),
    rsv(5),
    uint('flags.version', 3, 'Version', { type: 'uint16' }),
  ]),
  uint('proto', 16, 'Protocol type', 'hex'),
]);

const flagAck = field('gre.flags.ack', 'Acknowledgment', 'bool');
const flagReserved = field('gre.flags.reserved', 'Flags (reserved)', 'uint16');
const checksum = field('gre.checksum', 'Checksum', 'uint16', { base: 'hex' });
const offset = field('gre.offset', 'Offset', 'uint16');
const key = field('gre.key', 'Key', 'uint32', { base: 'hex' });
const payloadLength = field('gre.key.payload_length', 'Payload length', 'uint16');
const callId = field('gre.key.call_id', 'Call ID', 'uint16');
const sequence = field('gre.sequence_number', 'Sequence number', 'uint32');
const acknowledgment = field('gre.ack_number', 'Acknowledgment number', 'uint32');

/** Bits of the flags: checksum, routing, key, sequence number, acknowledgment (version 1 only). */
export const FLAG = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000, acknowledgment: 0x80 } as const;
const VERSION = 0x7;

/** Payload type of redirected packets (draft-mclaggan-wccp-v2rev1 section 4.12). */
const WCCP = 0x883e;
/** What PPTP carries (RFC 2637 section 4.1): the key is a length and a call there. */
const PPP = 0x880b;

const GRE_PROTO = table('gre.proto');
const IP = protocol('ip');

/** PPTP's version is 1; tshark takes every other than 0 for it. */
const isPptp = (flags: number, proto: number): boolean => proto === PPP && (flags & VERSION) !== 0;

/** Only PPTP has it (RFC 2637 section 4.1). */
const hasAcknowledgment = (flags: number, proto: number): boolean => isPptp(flags, proto) && (flags & FLAG.acknowledgment) !== 0;

/** Offset of an optional part after the fixed header, in the order in which they come. */
export function partAt(
  flags: number,
  proto: number,
  at: number,
  part: 'key' | 'sequence' | 'acknowledgment' | 'payload',
): number {
  let o = at + 4;
  if (flags & (FLAG.checksum | FLAG.routing)) o += 4;
  if (part === 'key') return o;
  if (flags & FLAG.key) o += 4;
  if (part === 'sequence') return o;
  if (flags & FLAG.sequence) o += 4;
  if (part === 'acknowledgment') return o;
  return hasAcknowledgment(flags, proto) ? o + 4 : o;
}

export const gre = dissector({
  name: 'gre',
  title: 'Generic Routing Encapsulation',
  spec: 'RFC 2784',
  role: 'tunnel',
  layout: header,
  ofCut: [[0, 4]],
  fields: [flagAck, flagReserved, checksum, offset, key, payloadLength, callId, sequence, acknowledgment],
  // RFC 8086: GRE in UDP.
  claims: { 'ip.proto': [47], 'udp.port': [4754] },
  payload: {
    step(layers, at, end) {
      const { bytes } = layers;
      const flags = header.get.flags_and_version(bytes, at);
      const proto = header.get.proto(bytes, at);
      const body = partAt(flags, proto, at, 'payload');
      if (proto === WCCP)
        // Version 2 puts a redirect header of four bytes before the packet, which never starts with an IP version 4.
        layers.next(IP, body < end && bytes[body] >> 4 === 4 ? body : body + 4);
      else layers.nextBy(GRE_PROTO, proto, body);
    },
  },
  info(line, layers, i) {
    line.text('Encapsulated protocol 0x');
    line.hex(header.get.proto(layers.bytes, layers.start[i]), 4);
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    const flags = header.get.flags_and_version(bytes, at);
    // Version 1 uses one of the reserved bits; only PPTP has it.
    const proto = header.get.proto(bytes, at);
    const pptp = isPptp(flags, proto);
    if (pptp) out.add(flagAck, at, 2, (flags >> 7) & 1);
    out.add(flagReserved, at, 2, (flags >> 3) & (pptp ? 0xf : 0x1f));
    if (flags & (FLAG.checksum | FLAG.routing) && at + 8 <= end) {
      out.add(checksum, at + 4, 2, readUint(bytes, at + 4, 2));
      out.add(offset, at + 6, 2, readUint(bytes, at + 6, 2));
    }
    const keyAt = partAt(flags, proto, at, 'key');
    if (flags & FLAG.key && keyAt + 4 <= end) {
      if (!pptp) out.add(key, keyAt, 4, readUint(bytes, keyAt, 4));
      else {
        out.add(payloadLength, keyAt, 2, readUint(bytes, keyAt, 2));
        out.add(callId, keyAt + 2, 2, readUint(bytes, keyAt + 2, 2));
      }
    }
    const sequenceAt = partAt(flags, proto, at, 'sequence');
    if (flags & FLAG.sequence && sequenceAt + 4 <= end) out.add(sequence, sequenceAt, 4, readUint(bytes, sequenceAt, 4));
    const ackAt = partAt(flags, proto, at, 'acknowledgment');
    if (hasAcknowledgment(flags, proto) && ackAt + 4 <= end) out.add(acknowledgment, ackAt, 4, readUint(bytes, ackAt, 4));
  },
});
