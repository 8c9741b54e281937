// HSRP version 1 (RFC 2281) and version 2 (Cisco). The first byte of version 1 is its version, 0; that of version 2 is the type of a TLV.
import type { Line } from '../src/bytes/line.js';
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bytes, fieldsOf, ipv4, ipv6, layout, mac, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const OPCODES: Readonly<Record<number, string>> = { 0: 'Hello', 1: 'Coup', 2: 'Resign', 3: 'Advertise' };
const STATES1: Readonly<Record<number, string>> = {
  0: 'Initial',
  1: 'Learn',
  2: 'Listen',
  4: 'Speak',
  8: 'Standby',
  16: 'Active',
};
const STATES2: Readonly<Record<number, string>> = {
  1: 'Init',
  2: 'Learn',
  3: 'Listen',
  4: 'Speak',
  5: 'Standby',
  6: 'Active',
};

export const head1 = layout('hsrp', [uint('version', 8, 'Version'), uint('opcode', 8, 'Op code', { values: OPCODES })]);
export const group1 = layout('hsrp', [
  uint('state', 8, 'State', { values: STATES1 }),
  uint('hellotime', 8, 'Hello time, seconds'),
  uint('holdtime', 8, 'Hold time, seconds'),
  uint('priority', 8, 'Priority'),
  uint('group', 8, 'Group'),
  uint('reserved', 8, 'Reserved'),
  rsv(64),
  ipv4('virt_ip', 'Virtual address'),
]);
const password1 = field('hsrp.auth_data', 'Password', 'string');
const advertisement = layout('hsrp', [
  uint('adv.tlvtype', 16, 'Advertisement type'),
  uint('adv.tlvlength', 16, 'Advertisement length'),
  uint('adv.state', 8, 'State', { values: { 1: 'Active', 2: 'Passive' } }),
  uint('adv.reserved1', 8, 'Reserved'),
  uint('adv.activegrp', 16, 'Active groups'),
  uint('adv.passivegrp', 16, 'Passive groups'),
  uint('adv.reserved2', 32, 'Reserved'),
]);

/** Version 2: each TLV is a type, the length of its value, and the value. */
const groupTlv = field('hsrp2.group_state_tlv', 'Group state', 'uint8');
const interfaceTlv = field('hsrp2.interface_state_tlv', 'Interface state', 'uint8');
const textTlv = field('hsrp2.text_auth_tlv', 'Text authentication', 'uint8');
const md5Tlv = field('hsrp2.md5_auth_tlv', 'MD5 authentication', 'uint8');
export const group2 = layout('hsrp2', [
  uint('version', 8, 'Version'),
  uint('opcode', 8, 'Op code', { values: OPCODES }),
  uint('state', 8, 'State', { values: STATES2 }),
  uint('ipversion', 8, 'IP version'),
  uint('group', 16, 'Group'),
  mac('identifier', 'Identifier'),
  uint('priority', 32, 'Priority'),
  uint('hellotime', 32, 'Hello time, milliseconds'),
  uint('holdtime', 32, 'Hold time, milliseconds'),
]);
/** The address that follows, in 16 bytes. */
const virtual4 = layout('hsrp2', [ipv4('virt_ip', 'Virtual address')]);
const virtual6 = layout('hsrp2', [ipv6('virt_ip_v6', 'Virtual address')]);
const groups = layout('hsrp2', [uint('active_groups', 16, 'Active groups'), uint('passive_groups', 16, 'Passive groups')]);
const password2 = field('hsrp2.auth_data', 'Password', 'string');
const md5 = layout('hsrp2', [
  uint('md5_algorithm', 8, 'Algorithm', { values: { 1: 'MD5' } }),
  uint('md5_padding', 8, 'Padding', 'hex'),
  uint('md5_flags', 16, 'Flags'),
]);
const sender = layout('hsrp', [ipv4('md5_ip_address', "Sender's address")]);
const md5Rest = layout('hsrp2', [uint('md5_key_id', 32, 'Key ID'), bytes('md5_auth_data', 16, 'Digest')]);

/** Types of the TLVs of version 2; version 1 has the last one too. */
export const HSRP_TLV = { group: 1, interface: 2, text: 3, md5: 4 } as const;
/** Values of `hsrp.opcode`, and the state of the router that packets go to in either version. */
export const HSRP_OPCODE = { hello: 0, coup: 1, resign: 2, advertise: 3 } as const;
export const HSRP_ACTIVE = { 1: 16, 2: 6 } as const;
export const PASSWORD_BYTES = 8;
/** Offset of the password after the two bytes of the head. */
export const PASSWORD1_AT = 6;

function digest(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, md5.items, out);
  emitItems(b, at + md5.size, end, sender.items, out);
  emitItems(b, at + md5.size + sender.size, end, md5Rest.items, out);
}

function tlvs(out: Sink, b: Uint8Array, from: number, end: number): void {
  for (let at = from; at + 2 <= end; at += 2 + b[at + 1]) {
    const body = at + 2;
    const to = Math.min(end, body + b[at + 1]);
    switch (b[at]) {
      case HSRP_TLV.group: {
        out.add(groupTlv, at, 1, b[at]);
        emitItems(b, body, to, group2.items, out);
        if (body + group2.size > to) break;
        const virtual = group2.get.ipversion(b, body) === 6 ? virtual6 : virtual4;
        emitItems(b, body + group2.size, to, virtual.items, out);
        break;
      }
      case HSRP_TLV.interface:
        out.add(interfaceTlv, at, 1, b[at]);
        emitItems(b, body, to, groups.items, out);
        break;
      case HSRP_TLV.text:
        out.add(textTlv, at, 1, b[at]);
        out.add(password2, body, to - body, zeroTerminated(b, body, to));
        break;
      case HSRP_TLV.md5:
        out.add(md5Tlv, at, 1, b[at]);
        digest(out, b, body, to);
        break;
      default:
    }
  }
}

export const hsrp = dissector({
  name: 'hsrp',
  title: 'Hot Standby Router Protocol',
  spec: 'RFC 2281',
  layout: head1,
  shapes: true,
  fields: [
    ...fieldsOf(group1, advertisement, group2, virtual4, virtual6, groups, md5, sender, md5Rest),
    ...[password1, groupTlv, interfaceTlv, textTlv, md5Tlv, password2],
  ],
  // Over IPv6 it has a port of its own.
  claims: { 'udp.port': [1985, 2029] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    if (at >= end) return;
    if (b[at] !== 0) return tlvs(out, b, at, end);
    emitItems(b, at, end, head1.items, out);
    const body = at + head1.size;
    if (body > end) return;
    if (head1.get.opcode(b, at) === HSRP_OPCODE.advertise) return emitItems(b, body, end, advertisement.items, out);
    emitItems(b, body, end, group1.items, out);
    const password = body + PASSWORD1_AT;
    if (password + PASSWORD_BYTES <= end)
      out.add(password1, password, PASSWORD_BYTES, zeroTerminated(b, password, password + PASSWORD_BYTES));
    const more = body + group1.size;
    if (more + 2 > end || b[more] !== HSRP_TLV.md5) return;
    out.add(md5Tlv, more, 1, b[more]);
    digest(out, b, more + 2, end);
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    const body = at + 2;
    if (b[at] === 0) {
      line.text(OPCODES[b[at + 1]] ?? 'Unknown');
      if (b[at + 1] === HSRP_OPCODE.advertise || body + group1.size > end) return;
      tellState(line, STATES1[group1.get.state(b, body)], group1.get.group(b, body), group1.get.priority(b, body));
    } else if (b[at] === HSRP_TLV.group && body + group2.size <= end) {
      line.text(OPCODES[group2.get.opcode(b, body)] ?? 'Unknown');
      tellState(line, STATES2[group2.get.state(b, body)], group2.get.group(b, body), group2.get.priority(b, body));
    }
  },
});

function tellState(line: Line, state: string | undefined, group: number, priority: number): void {
  line.text(` (state ${state ?? 'unknown'}) group `);
  line.dec(group);
  line.text(' priority ');
  line.dec(priority);
}
