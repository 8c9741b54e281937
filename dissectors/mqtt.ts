// MQTT 3.1.1 and 5.0, sections 2 and 3. Only CONNECT says which version a connection has, so that what differs between them (properties,
// payloads, reason codes) is left alone elsewhere.
import { u16 } from '../src/bytes/read.js';
import { utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const TYPES: Readonly<Record<number, string>> = {
  1: 'Connect Command',
  2: 'Connect Ack',
  3: 'Publish Message',
  4: 'Publish Ack',
  5: 'Publish Received',
  6: 'Publish Release',
  7: 'Publish Complete',
  8: 'Subscribe Request',
  9: 'Subscribe Ack',
  10: 'Unsubscribe Request',
  11: 'Unsubscribe Ack',
  12: 'Ping Request',
  13: 'Ping Response',
  14: 'Disconnect Req',
  15: 'Authentication Exchange',
};
const TYPE = { connect: 1, connack: 2, publish: 3, puback: 4, pubrel: 6, subscribe: 8, unsubscribe: 10, unsuback: 11 } as const;
const FLAGGED: ReadonlySet<number> = new Set([TYPE.pubrel, TYPE.subscribe, TYPE.unsubscribe]);
const QOS = { 0: 'At most once', 1: 'At least once', 2: 'Exactly once' };

export const header = layout('mqtt', [
  bits('hdrflags', 'Header flags', [uint('msgtype', 4, 'Message type', { values: TYPES }), uint('hdr_reserved', 4, 'Reserved')]),
]);
const publish = layout('mqtt', [
  bits('hdrflags', 'Header flags', [
    uint('msgtype', 4, 'Message type', { values: TYPES }),
    flag('dupflag', 'Duplicate'),
    uint('qos', 2, 'QoS', { values: QOS }),
    flag('retain', 'Retain'),
  ]),
]);
const length = field('mqtt.len', 'Length', 'uint64');
/** After the protocol's name. */
const connect = layout('mqtt', [
  uint('ver', 8, 'Version', { values: { 3: 'MQTT 3.1', 4: 'MQTT 3.1.1', 5: 'MQTT 5.0' } }),
  bits('conflags', 'Connect flags', [
    flag('conflag.uname', 'User name'),
    flag('conflag.passwd', 'Password'),
    flag('conflag.retain', 'Will retain'),
    uint('conflag.qos', 2, 'Will QoS', { values: QOS }),
    flag('conflag.willflag', 'Will'),
    flag('conflag.cleansess', 'Clean session'),
    flag('conflag.reserved', 'Reserved'),
  ]),
  uint('kalive', 16, 'Keep alive, seconds'),
]);
const connack = layout('mqtt', [bits('conack.flags', 'Acknowledge flags', [rsv(7), flag('conack.flags.sp', 'Session present')])]);
const code = layout('mqtt', [
  uint('conack.val', 8, 'Return code', {
    values: {
      0: 'Accepted',
      1: 'Unacceptable protocol version',
      2: 'Identifier rejected',
      3: 'Server unavailable',
      4: 'Bad user name or password',
      5: 'Not authorized',
    },
  }),
]);
const reason = layout('mqtt', [uint('connack.reason_code', 8, 'Reason code')]);
const messageId = layout('mqtt', [uint('msgid', 16, 'Message identifier')]);

type Text = readonly [FieldDef, FieldDef];
const text = (name: string, title: string): Text => [
  field(`mqtt.${name}_len`, `${title}, length`, 'uint16'),
  field(`mqtt.${name === 'proto' ? 'protoname' : name}`, title, 'string'),
];
const protocolName = text('proto', 'Protocol name');
const clientId = text('clientid', 'Client ID');
const willTopic = text('willtopic', 'Will topic');
const willMessage: Text = [
  field('mqtt.willmsg_len', 'Will message, length', 'uint16'),
  field('mqtt.willmsg', 'Will message', 'bytes'),
];
const userName = text('username', 'User name');
const password = text('passwd', 'Password');
const topic = text('topic', 'Topic');
const texts = [protocolName, clientId, willTopic, willMessage, userName, password, topic];

const CONNECT_FLAG = { uname: 0x80, passwd: 0x40, will: 0x04 } as const;
/** The version that has properties, and other codes. */
const FIVE = 5;

/** The value and the size of a length of one to four bytes (section 2.2.3); null where there are more, or not all of them. */
function varint(b: Uint8Array, at: number, end: number): { readonly value: number; readonly size: number } | null {
  let value = 0;
  for (let n = 0; n < 4 && at + n < end; n++) {
    value += (b[at + n] & 0x7f) * 128 ** n;
    if (b[at + n] < 0x80) return { value, size: n + 1 };
  }
  return null;
}

/** Puts out a text with its length; returns where it ends, or -1 where it is not all there. */
function put(out: Sink, b: Uint8Array, at: number, end: number, [size, value]: Text): number {
  if (at < 0 || at + 2 > end) return -1;
  out.add(size, at, 2, u16(b, at));
  const from = at + 2;
  const to = from + u16(b, at);
  if (to > end) return -1;
  if (to > from) out.add(value, from, to - from, value.type === 'bytes' ? null : utf8(b, from, to));
  return to;
}

function connection(out: Sink, b: Uint8Array, at: number, end: number): void {
  const fixed = put(out, b, at, end, protocolName);
  if (fixed < 0) return;
  emitItems(b, fixed, end, connect.items, out);
  let o = fixed + connect.size;
  if (o > end) return;
  const flags = b[fixed + 1];
  const skipProperties = () => {
    const properties = connect.get.ver(b, fixed) === FIVE ? varint(b, o, end) : { value: 0, size: 0 };
    o = o < 0 || properties === null ? -1 : o + properties.size + properties.value;
  };
  skipProperties();
  o = put(out, b, o, end, clientId);
  if ((flags & CONNECT_FLAG.will) !== 0) {
    skipProperties();
    o = put(out, b, o, end, willTopic);
    o = put(out, b, o, end, willMessage);
  }
  if ((flags & CONNECT_FLAG.uname) !== 0) o = put(out, b, o, end, userName);
  if ((flags & CONNECT_FLAG.passwd) !== 0) put(out, b, o, end, password);
}

function message(out: Sink, b: Uint8Array, type: number, at: number, end: number, qos: number): void {
  if (type === TYPE.connect) connection(out, b, at, end);
  else if (type === TYPE.connack) {
    emitItems(b, at, end, connack.items, out);
    // Version 5 has properties behind the code, if none then their length.
    emitItems(b, at + 1, end, (end - at > 2 ? reason : code).items, out);
  } else if (type === TYPE.publish) {
    const o = put(out, b, at, end, topic);
    if (o >= 0 && qos > 0) emitItems(b, o, end, messageId.items, out);
  } else if (type >= TYPE.puback && type <= TYPE.unsuback) {
    emitItems(b, at, end, messageId.items, out);
    topicsOf(b, type, at, end, (o) => put(out, b, o, end, topic));
  }
}

/**
 * Calls `visit` with the offset of each topic that is subscribed to, or no more. In version 5 properties stand before them: seldom any, so that their
 * length is 0, as no topic's is. Where there are, the first topic would go on behind the message.
 */
function topicsOf(b: Uint8Array, type: number, at: number, end: number, visit: (at: number, to: number) => void): void {
  const options = type === TYPE.subscribe ? 1 : 0;
  if (type !== TYPE.subscribe && type !== TYPE.unsubscribe) return;
  let o = at + messageId.size;
  if (o + 2 <= end && u16(b, o) === 0) o++;
  for (let to = 0; o + 2 <= end; o = to + options) {
    to = o + 2 + u16(b, o);
    if (to + options > end) return;
    visit(o, to);
  }
}

const qosOf = (b: Uint8Array, at: number): number => (b[at] >> 1) & 3;

/** The flags of all messages but PUBLISH are fixed (section 2.1.3); of that one the topic tells, which fits into the message. */
function startsMessage(b: Uint8Array, at: number, end: number): boolean {
  const size = varint(b, at + 1, end);
  if (at + 2 > end || size === null) return false;
  const type = b[at] >> 4;
  const body = at + 1 + size.size;
  if (type === TYPE.publish) return qosOf(b, at) < 3 && (body + 2 > end || u16(b, body) + 2 <= size.value);
  return type !== 0 && (b[at] & 15) === (FLAGGED.has(type) ? 2 : 0);
}

export const mqtt = dissector({
  name: 'mqtt',
  title: 'MQ Telemetry Transport Protocol',
  spec: 'MQTT 5.0',
  layout: header,
  minLength: 2,
  shapes: true,
  fields: [...fieldsOf(publish, connect, connack, code, reason, messageId), length, ...texts.flat()],
  claims: { 'tcp.port': [1883] },
  // A segment may begin in the middle of a message.
  accepts: startsMessage,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    for (let at = layers.start[i]; at + 2 <= end; ) {
      const type = header.get.msgtype(b, at);
      const size = varint(b, at + 1, end);
      emitItems(b, at, end, (type === TYPE.publish ? publish : header).items, out);
      if (size === null) return;
      out.add(length, at + 1, size.size, BigInt(size.value));
      const body = at + 1 + size.size;
      message(out, b, type, body, Math.min(end, body + size.value), qosOf(b, at));
      at = body + size.value;
    }
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let rest = layers.start[i];
    for (let n = 0; rest + 2 <= end && n < 8; n++) {
      const size = varint(b, rest + 1, end);
      if (size === null) return;
      const type = header.get.msgtype(b, rest);
      const body = rest + 1 + size.size;
      const isPublish = type === TYPE.publish;
      const topicEnd = isPublish && body + 2 <= end ? body + 2 + u16(b, body) : body;
      line.text(`${n === 0 ? '' : ', '}${TYPES[type] ?? 'Reserved'}`);
      if (isPublish ? qosOf(b, rest) > 0 : type >= TYPE.puback && type <= TYPE.unsuback) {
        if (topicEnd + 2 <= end) line.text(` (id=${u16(b, topicEnd)})`);
      }
      const names = (at: number, to: number) => {
        line.text(' [');
        line.safe(utf8(b, at + 2, to));
        line.text(']');
      };
      if (isPublish && topicEnd <= end) names(body, topicEnd);
      topicsOf(b, type, body, Math.min(end, body + size.value), names);
      rest = body + size.value;
    }
  },
});
