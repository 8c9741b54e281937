// RSVP, RFC 2205 section 3, with traffic engineering (RFC 3209, RFC 3473). What a reservation is for and which path it takes has fields;
// traffic specifications have their size alone.
import { u16, u32 } from '../src/bytes/read.js';
import { ipv4 as ipv4Text } from '../src/bytes/show.js';
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, ipv4, ipv6, type Layout, layout, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { eachTlv } from '../src/dissect/tlvs.js';
import { emitItems } from '../src/dissect/tree.js';

/** Name of each message, and the field that is there where it is of that type. */
const MESSAGES: Readonly<Record<number, readonly [string, string]>> = {
  1: ['PATH', 'path'],
  2: ['RESV', 'resv'],
  3: ['PATH ERROR', 'perr'],
  4: ['RESV ERROR', 'rerr'],
  5: ['PATH TEAR', 'ptear'],
  6: ['RESV TEAR', 'rtear'],
  7: ['CONFIRM', 'resvconf'],
  10: ['RESV TEAR CONFIRM', 'rtearconf'],
  12: ['BUNDLE', 'bundle'],
  13: ['ACK', 'ack'],
  15: ['SREFRESH', 'srefresh'],
  20: ['HELLO', 'hello'],
  21: ['NOTIFY', 'notify'],
};
/** The same of objects. */
const CLASSES: Readonly<Record<number, readonly [string, string]>> = {
  1: ['SESSION', 'session'],
  3: ['HOP', 'hop'],
  4: ['INTEGRITY', 'integrity'],
  5: ['TIME VALUES', 'time'],
  6: ['ERROR', 'error'],
  7: ['SCOPE', 'scope'],
  8: ['STYLE', 'style'],
  9: ['FLOWSPEC', 'flowspec'],
  10: ['FILTERSPEC', 'filter'],
  11: ['SENDER TEMPLATE', 'sender'],
  12: ['SENDER TSPEC', 'tspec'],
  13: ['ADSPEC', 'adspec'],
  14: ['POLICY', 'policy'],
  15: ['CONFIRM', 'confirm'],
  16: ['LABEL', 'label'],
  19: ['LABEL REQUEST', 'label_request'],
  20: ['EXPLICIT ROUTE', 'explicit_route'],
  21: ['RECORD ROUTE', 'record_route'],
  22: ['HELLO', 'hello_obj'],
  23: ['MESSAGE-ID', 'msgid'],
  24: ['MESSAGE-ID ACK', 'msgid_ack'],
  25: ['MESSAGE-ID LIST', 'msgid_list'],
  131: ['RESTART CAPABILITY', 'restart'],
  207: ['SESSION ATTRIBUTE', 'session_attribute'],
};
const CLASS = { session: 1, filter: 10, sender: 11, explicitRoute: 20, recordRoute: 21, attribute: 207 } as const;
const BUNDLE = 12;

const named = (names: typeof MESSAGES, type: 'bool' | 'none'): ReadonlyMap<number, FieldDef> =>
  new Map(Object.entries(names).map(([key, [title, name]]) => [Number(key), field(`rsvp.${name}`, title, type)]));
const kinds = named(MESSAGES, 'bool');
const classes = named(CLASSES, 'none');

export const header = layout('rsvp', [
  uint('version', 4, 'Version'),
  uint('flags', 4, 'Flags', 'hex'),
  uint('msg', 8, 'Message', { values: (type) => MESSAGES[type]?.[0] }),
  uint('message_checksum', 16, 'Checksum', 'hex'),
  uint('sending_ttl', 8, 'Sending TTL'),
  rsv(8),
  uint('message_length', 16, 'Message length'),
]);
const object = layout('rsvp', [
  uint('length', 16, 'Object length'),
  uint('object', 8, 'Object class', { values: (type) => CLASSES[type]?.[0] }),
  uint('ctype', 8, 'C-type', { type: 'uint32' }),
]);

const session4 = layout('rsvp', [
  ipv4('session.ip', 'Destination'),
  uint('session.proto', 8, 'Protocol'),
  uint('session.flags', 8, 'Flags', 'hex'),
  uint('session.port', 16, 'Port'),
]);
const sessionLsp = layout('rsvp', [
  ipv4('session.ip', 'Destination'),
  uint('session.short_call_id', 16, 'Short call ID'),
  uint('session.tunnel_id', 16, 'Tunnel ID'),
  uint('session.ext_tunnel_id', 32, 'Extended tunnel ID'),
]);
const sender4 = layout('rsvp', [ipv4('sender.ip', 'Sender'), rsv(16), uint('sender.port', 16, 'Port')]);
const senderLsp = layout('rsvp', [
  ipv4('sender.ip', 'Tunnel source'),
  uint('sender.short_call_id', 16, 'Short call ID'),
  uint('sender.lsp_id', 16, 'LSP ID'),
]);
const label = layout('rsvp', [uint('label.label', 32, 'Label')]);
const hello = layout('rsvp', [
  uint('hello.source_instance', 32, 'Source instance', 'hex'),
  uint('hello.destination_instance', 32, 'Destination instance', 'hex'),
]);
const attribute = layout('rsvp', [
  uint('session_attribute.setup_priority', 8, 'Setup priority'),
  uint('session_attribute.hold_priority', 8, 'Hold priority'),
  bits('session_attribute.flags', 'Flags', [
    rsv(3),
    flag('sa.flags.node', 'Node protection'),
    flag('sa.flags.bandwidth', 'Bandwidth protection'),
    flag('sa.flags.se_style', 'SE style'),
    flag('sa.flags.label', 'Label recording'),
    flag('sa.flags.local', 'Local protection'),
  ]),
  uint('session_attribute.name_length', 8, 'Name length'),
]);
const affinities = layout('rsvp', [
  uint('session_attribute.exclude_any', 32, 'Exclude any', 'hex'),
  uint('session_attribute.include_any', 32, 'Include any', 'hex'),
  uint('session_attribute.include_all', 32, 'Include all', 'hex'),
]);
const attributeName = field('rsvp.session_attribute.name', 'Name', 'string');
/** Contents of a fixed shape, by class and C-type. */
const contents: Readonly<Record<string, Layout>> = {
  '1.1': session4,
  '1.2': layout('rsvp', [
    ipv6('session.destination_address', 'Destination'),
    uint('session.protocol', 8, 'Protocol'),
    uint('session.flags', 8, 'Flags', 'hex'),
    uint('session.destination_port', 16, 'Port'),
  ]),
  '1.7': sessionLsp,
  '3.1': layout('rsvp', [ipv4('hop.neighbor_address_ipv4', 'Neighbor'), uint('hop.logical_interface', 32, 'Logical interface')]),
  '3.2': layout('rsvp', [ipv6('neighbor_address_ipv6', 'Neighbor'), uint('hop.logical_interface', 32, 'Logical interface')]),
  '5.1': layout('rsvp', [uint('refresh_interval', 32, 'Refresh interval, milliseconds')]),
  '6.1': layout('rsvp', [
    ipv4('error.error_node_ipv4', 'Node that says so'),
    bits('error_flags', 'Flags', [
      rsv(5),
      flag('error_flags.path_state_removed', 'Path state removed'),
      flag('error_flags.not_guilty', 'Not guilty'),
      flag('error_flags.in_place', 'In place'),
    ]),
    uint('error.error_code', 8, 'Error code'),
    uint('error_value', 16, 'Error value'),
  ]),
  '8.1': layout('rsvp', [uint('style.flags', 8, 'Flags', 'hex'), uint('style.style', 24, 'Style', 'hex')]),
  '10.1': sender4,
  // tshark has no short call ID here.
  '10.7': layout('rsvp', [ipv4('sender.ip', 'Tunnel source'), rsv(16), uint('sender.lsp_id', 16, 'LSP ID')]),
  '11.1': sender4,
  '11.7': senderLsp,
  '15.1': layout('rsvp', [ipv4('confirm.receiver_address_ipv4', 'Receiver')]),
  '16.1': label,
  '16.2': label,
  '19.1': layout('rsvp', [rsv(16), uint('label_request.l3pid', 16, 'L3PID', 'hex')]),
  '22.1': hello,
  '22.2': hello,
  '131.1': layout('rsvp', [
    uint('restart_cap.restart_time', 32, 'Restart time, milliseconds'),
    uint('restart_cap.recovery_time', 32, 'Recovery time, milliseconds'),
  ]),
  '207.1': affinities,
  '207.7': attribute,
};

/** Steps of a route: type and length, then an address and the length of its prefix, a label, or the number of a system. */
const step = {
  loose: field('rsvp.loose_hop', 'Loose hop', 'bool'),
  type: field('rsvp.type', 'Type', 'uint8'),
  length: field('rsvp.ero_rro_subobjects.length', 'Length', 'uint8'),
  ipv4: field('rsvp.ero_rro_subobjects.ipv4_hop', 'Hop', 'ipv4'),
  ipv6: field('rsvp.ero_rro_subobjects.ipv6_hop', 'Hop', 'ipv6'),
  prefix: field('rsvp.ero_rro_subobjects.prefix_length', 'Prefix length', 'uint8'),
  label: field('rsvp.ero_rro_subobjects.label', 'Label', 'uint32'),
  system: field('rsvp.ero_rro_subobjects.autonomous_system', 'Autonomous system', 'uint16'),
};
/** Type and length, and what fills them up to a word (RFC 3209 section 4.3.3). */
const LEAST_STEP = 4;
const STEP = { ipv4: 1, ipv6: 2, label: 3, system: 32 } as const;

/** The steps of a route. `isExplicit`: the first bit of each says whether routers that are not named may lie before it. */
function route(out: Sink, b: Uint8Array, from: number, end: number, isExplicit: boolean): void {
  const lengthAt = (at: number) => b[at + 1];
  eachTlv(from, end, LEAST_STEP, lengthAt, (at, to) => {
    const type = isExplicit ? b[at] & 0x7f : b[at];
    const value = at + 2;
    if (isExplicit && type !== STEP.ipv6) out.add(step.loose, at, 1, b[at] >> 7);
    out.add(step.type, at, 1, type);
    out.add(step.length, at + 1, 1, b[at + 1]);
    if (to > end) return;
    if (type === STEP.ipv4 && b[at + 1] === 8) {
      out.add(step.ipv4, value, 4, u32(b, value));
      out.add(step.prefix, value + 4, 1, b[value + 4]);
    } else if (type === STEP.ipv6 && b[at + 1] === 20) {
      out.add(step.ipv6, value, 16, null);
      out.add(step.prefix, value + 16, 1, b[value + 16]);
    } else if (type === STEP.label && b[at + 1] === 8) {
      out.add(object.field.ctype, value + 1, 1, b[value + 1]);
      out.add(step.label, value + 2, 4, u32(b, value + 2));
    } else if (type === STEP.system) out.add(step.system, value, 2, u16(b, value));
  });
}

/** The name at the end of a session attribute, whose length stands before it. */
function name(out: Sink, b: Uint8Array, at: number, end: number): void {
  const length = at < end ? Math.min(end - at, b[at - 1]) : 0;
  if (length > 0) out.add(attributeName, at, length, zeroTerminated(b, at, at + length));
}

/** Calls `visit` with each object: its class and C-type, and where its contents begin and end. */
function objectsOf(
  b: Uint8Array,
  from: number,
  end: number,
  visit: (type: number, ctype: number, at: number, to: number) => void,
): void {
  const lengthAt = (at: number) => u16(b, at);
  eachTlv(from, end, object.size, lengthAt, (at, to) => visit(b[at + 2], b[at + 3], at + object.size, Math.min(end, to)));
}

/** Messages in a bundle at most, each in the next: an honest one holds no bundle (RFC 2961 section 3.1). */
const DEEPEST = 2;

function message(out: Sink, b: Uint8Array, at: number, limit: number, depth: number): void {
  emitItems(b, at, limit, header.items, out);
  const type = header.get.msg(b, at);
  const kind = kinds.get(type);
  if (kind !== undefined) out.add(kind, at + 1, 0, 1);
  const end = Math.min(limit, at + header.get.message_length(b, at));
  if (type === BUNDLE) {
    for (let o = at + header.size; depth < DEEPEST && o + header.size <= end; ) {
      message(out, b, o, end, depth + 1);
      const length = header.get.message_length(b, o);
      if (length < header.size) return;
      o += length;
    }
    return;
  }
  objectsOf(b, at + header.size, end, (of, ctype, from, to) => {
    const heading = classes.get(of);
    if (heading !== undefined) out.open(heading, from - object.size, to - from + object.size, null);
    emitItems(b, from - object.size, end, object.items, out);
    const shape = contents[`${of}.${ctype}`];
    if (shape !== undefined) emitItems(b, from, to, shape.items, out);
    if (shape === affinities) {
      emitItems(b, from + affinities.size, to, attribute.items, out);
      name(out, b, from + affinities.size + attribute.size, to);
    } else if (shape === attribute) name(out, b, from + attribute.size, to);
    if (of === CLASS.explicitRoute || of === CLASS.recordRoute) route(out, b, from, to, of === CLASS.explicitRoute);
    if (heading !== undefined) out.close();
  });
}

export const rsvp = dissector({
  name: 'rsvp',
  title: 'Resource ReserVation Protocol (RSVP)',
  spec: 'RFC 2205',
  layout: header,
  shapes: true,
  fields: [
    ...kinds.values(),
    ...classes.values(),
    ...fieldsOf(object, ...Object.values(contents)),
    ...[attributeName, ...Object.values(step)],
  ],
  claims: { 'ip.proto': [46] },
  payload: { none: true },
  details(out, layers, i) {
    const { bytes, start, end } = layers;
    if (start[i] + header.size <= end[i]) message(out, bytes, start[i], end[i], 0);
    else emitItems(bytes, start[i], end[i], header.items, out);
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const type = header.get.msg(b, at);
    if (type === BUNDLE) return line.text('Component Messages Dissected');
    const known = MESSAGES[type]?.[0];
    line.text(known === undefined ? `Unknown (${type}).` : `${known} Message.`);
    const end = Math.min(layers.end[i], at + header.get.message_length(b, at));
    objectsOf(b, at + header.size, end, (of, ctype, from, to) => {
      const shape = contents[`${of}.${ctype}`];
      if (shape === undefined || from + shape.size > to) return;
      const address = ipv4Text(u32(b, from));
      if (shape === session4)
        line.text(` SESSION: IPv4, Destination ${address}, Protocol ${b[from + 4]}, Port ${u16(b, from + 6)}.`);
      else if (shape === sessionLsp) {
        line.text(` SESSION: IPv4-LSP, Destination ${address}, Short Call ID ${u16(b, from + 4)}`);
        line.text(`, Tunnel ID ${u16(b, from + 6)}, Ext ID ${u32(b, from + 8).toString(16)}.`);
      } else if (of === CLASS.sender || of === CLASS.filter) {
        line.text(` ${CLASSES[of][0]}: `);
        if (shape === sender4) line.text(`IPv4, Sender ${address}, Port ${u16(b, from + 6)}.`);
        else line.text(`IPv4-LSP, Tunnel Source: ${address}, Short Call ID: ${u16(b, from + 4)}, LSP ID: ${u16(b, from + 6)}.`);
      }
    });
  },
});
