// LDP, RFC 5036 sections 3.1 to 3.5: messages by their names, hellos, sessions and notifications by their parameters.
import { u16 } from '../src/bytes/read.js';
import { dissector } from '../src/dissect/dissector.js';
import { fieldsOf, flag, ipv4, ipv6, type Layout, layout, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const MESSAGES: Readonly<Record<number, string>> = {
  1: 'Notification Message',
  256: 'Hello Message',
  512: 'Initialization Message',
  513: 'Keep Alive Message',
  768: 'Address Message',
  769: 'Address Withdrawal Message',
  1024: 'Label Mapping Message',
  1025: 'Label Request Message',
  1026: 'Label Withdrawal Message',
  1027: 'Label Release Message',
  1028: 'Label Abort Request Message',
};
export const header = layout('ldp', [
  uint('hdr.version', 16, 'Version'),
  uint('hdr.pdu_len', 16, 'PDU length'),
  ipv4('hdr.ldpid.lsr', 'LSR ID'),
  uint('hdr.ldpid.lsid', 16, 'Label space ID'),
]);
const message = layout('ldp', [
  flag('msg.ubit', 'Unknown message bit'),
  uint('msg.type', 15, 'Message type', { base: 'hex', values: MESSAGES }),
  uint('msg.len', 16, 'Message length'),
  uint('msg.id', 32, 'Message ID', 'hex'),
]);
const tlv = layout('ldp', [
  uint('msg.tlv.unknown', 2, 'Unknown TLV bits', 'hex'),
  uint('msg.tlv.type', 14, 'TLV type', 'hex'),
  uint('msg.tlv.len', 16, 'TLV length'),
]);
const hello = layout('ldp', [
  uint('msg.tlv.hello.hold', 16, 'Hold time, seconds'),
  flag('msg.tlv.hello.targeted', 'Targeted hello'),
  flag('msg.tlv.hello.requested', 'Hellos requested'),
  flag('msg.tlv.hello.gtsm', 'GTSM (RFC 6720)'),
  uint('msg.tlv.hello.res', 13, 'Reserved', 'hex'),
]);
const session = layout('ldp', [
  uint('msg.tlv.sess.ver', 16, 'Protocol version'),
  uint('msg.tlv.sess.ka', 16, 'Keepalive time, seconds'),
  flag('msg.tlv.sess.advbit', 'Downstream on demand'),
  flag('msg.tlv.sess.ldetbit', 'Loop detection'),
  rsv(6),
  uint('msg.tlv.sess.pvlim', 8, 'Path vector limit'),
  uint('msg.tlv.sess.mxpdu', 16, 'Max PDU length'),
  ipv4('msg.tlv.sess.rxlsr', 'Receiver LSR ID'),
  uint('msg.tlv.sess.rxls', 16, 'Receiver label space'),
]);
const status = layout('ldp', [
  flag('msg.tlv.status.ebit', 'Fatal error'),
  flag('msg.tlv.status.fbit', 'Forward'),
  uint('msg.tlv.status.data', 30, 'Status', {
    base: 'hex',
    values: {
      0: 'Success',
      1: 'Bad LDP Identifier',
      2: 'Bad Protocol Version',
      9: 'Hold Timer Expired',
      10: 'Shutdown',
      16: 'Session Rejected/No Hello',
      17: 'Session Rejected/Parameters Advertisement Mode',
      18: 'Session Rejected/Parameters Max PDU Length',
      19: 'Session Rejected/Parameters Label Range',
      20: 'KeepAlive Timer Expired',
      24: 'Session Rejected/Bad KeepAlive Time',
    },
  }),
  uint('msg.tlv.status.msg.id', 32, 'Message ID', 'hex'),
  uint('msg.tlv.status.msg.type', 16, 'Message type', 'hex'),
]);
const values: Readonly<Record<number, Layout>> = {
  768: status,
  1024: hello,
  1025: layout('ldp', [ipv4('msg.tlv.ipv4.taddr', 'Transport address')]),
  1026: layout('ldp', [uint('msg.tlv.hello.cnf_seqno', 32, 'Configuration sequence number')]),
  1027: layout('ldp', [ipv6('msg.tlv.ipv6.taddr', 'Transport address')]),
  1280: session,
};
const VERSION = 1;
/** Of the length in the header: what comes before it is not counted (section 3.1). */
const COUNTED_FROM = 4;
const TYPE_MASK = 0x3fff;

function messages(out: Sink, b: Uint8Array, from: number, end: number): void {
  for (let at = from; at + message.size <= end; at += COUNTED_FROM + u16(b, at + 2)) {
    emitItems(b, at, end, message.items, out);
    const to = Math.min(end, at + COUNTED_FROM + u16(b, at + 2));
    for (let o = at + message.size; o + tlv.size <= to; o += tlv.size + u16(b, o + 2)) {
      emitItems(b, o, to, tlv.items, out);
      const value = values[u16(b, o) & TYPE_MASK];
      if (value !== undefined) emitItems(b, o + tlv.size, Math.min(to, o + tlv.size + u16(b, o + 2)), value.items, out);
    }
  }
}

export const ldp = dissector({
  name: 'ldp',
  title: 'Label Distribution Protocol',
  spec: 'RFC 5036',
  layout: header,
  shapes: true,
  fields: fieldsOf(message, tlv, ...Object.values(values)),
  claims: { 'udp.port': [646], 'tcp.port': [646] },
  // A segment may begin in the middle of a message.
  accepts: (b, at, end) => at + header.size <= end && u16(b, at) === VERSION && u16(b, at + 2) >= header.size - COUNTED_FROM,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    for (let at = layers.start[i]; at + header.size <= end && u16(b, at) === VERSION; ) {
      emitItems(b, at, end, header.items, out);
      const next = at + COUNTED_FROM + u16(b, at + 2);
      if (next < at + header.size) return;
      messages(out, b, at + header.size, Math.min(end, next));
      at = next;
    }
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i] + header.size;
    if (at + message.size > layers.end[i]) return;
    const type = message.get['msg.type'](b, at);
    line.text(MESSAGES[type] ?? `message 0x${type.toString(16).padStart(4, '0')}`);
  },
});
