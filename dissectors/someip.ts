// SOME/IP, AUTOSAR "SOME/IP Protocol Specification" section 4.1; segments of SOME/IP-TP, section 4.2.1.4. Services are told apart by configuration.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const TYPES: Readonly<Record<number, string>> = {
  0: 'Request',
  1: 'Request without response',
  2: 'Notification',
  64: 'Request ack',
  65: 'Request without response ack',
  66: 'Notification ack',
  128: 'Response',
  129: 'Error',
  192: 'Response ack',
  193: 'Error ack',
};
const CODES: Readonly<Record<number, string>> = {
  0: 'Ok',
  1: 'Not ok',
  2: 'Unknown service',
  3: 'Unknown method',
  4: 'Not ready',
  5: 'Not reachable',
  6: 'Timeout',
  7: 'Wrong protocol version',
  8: 'Wrong interface version',
  9: 'Malformed message',
  10: 'Wrong message type',
};
export const header = layout('someip', [
  bits('messageid', 'Message ID', [uint('serviceid', 16, 'Service ID', 'hex'), uint('methodid', 16, 'Method ID', 'hex')]),
  uint('length', 32, 'Length'),
  uint('clientid', 16, 'Client ID', 'hex'),
  uint('sessionid', 16, 'Session ID', 'hex'),
  uint('protoversion', 8, 'Protocol version', 'hex'),
  uint('interfaceversion', 8, 'Interface version', 'hex'),
  uint('messagetype', 8, 'Message type', { base: 'hex', values: (type) => TYPES[type & ~SEGMENT] }),
  uint('returncode', 8, 'Return code', { base: 'hex', values: CODES }),
]);
const flags = layout('someip', [
  rsv(14 * 8 + 1),
  flag('messagetype.ack', 'Acknowledgement'),
  flag('messagetype.tp', 'Segment of SOME/IP-TP'),
  rsv(5 + 8),
]);
/** The offset is in units of 16 bytes. */
const segment = layout('someip', [
  uint('tp.offset', 28, 'Offset', { times: 16 }),
  bits('tp.flags', 'Flags', [uint('tp.flags.reserved', 3, 'Reserved', 'hex'), flag('tp.flags.more_segments', 'More segments')]),
]);
const payload = field('someip.payload', 'Payload', 'bytes');
const tp = field('someip.tp', 'SOME/IP-TP', 'bytes');

const SEGMENT = 0x20;
/** The length counts from the client ID on. */
const COUNTED_FROM = 8;
const VERSION = 1;
const lengthOf = (b: Uint8Array, at: number): number => COUNTED_FROM + header.get.length(b, at);

export const someip = dissector({
  name: 'someip',
  title: 'SOME/IP Protocol',
  short: 'SOME/IP',
  spec: 'AUTOSAR SOME/IP section 4',
  layout: header,
  shapes: true,
  fields: [...fieldsOf(flags, segment), payload, tp],
  // Of service discovery; the other ports are those that it tells of.
  claims: { 'udp.port': [30490] },
  accepts: (b, at, end) =>
    at + header.size <= end && header.get.protoversion(b, at) === VERSION && lengthOf(b, at) >= header.size,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    for (let at = layers.start[i]; at < end; ) {
      emitItems(b, at, end, header.items, out);
      if (at + header.size > end) return;
      emitItems(b, at, end, flags.items, out);
      const next = at + lengthOf(b, at);
      const to = Math.min(end, next);
      let from = at + header.size;
      if ((header.get.messagetype(b, at) & SEGMENT) !== 0 && from + segment.size <= to) {
        out.add(tp, from, to - from, null);
        emitItems(b, from, to, segment.items, out);
        from += segment.size;
      }
      if (from < to) out.add(payload, from, to - from, null);
      if (next < at + header.size) return;
      at = next;
    }
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    // The last message of several, as in tshark.
    for (let next = at + lengthOf(b, at); next > at && next + header.size <= end; next = at + lengthOf(b, at)) at = next;
    line.text('SOME/IP Protocol (Service ID: 0x');
    line.hex(header.get.serviceid(b, at), 4);
    line.text(', Method ID: 0x');
    line.hex(header.get.methodid(b, at), 4);
    line.text(', Length: ');
    line.dec(header.get.length(b, at));
    line.text(')');
  },
});
