// The mobility header of IPv6: RFC 6275 section 6, with network mobility (RFC 3963), fast handovers (RFC 5568) and heartbeats (RFC 5847).
import { utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bytes, fieldsOf, flag, ipv6, type Layout, layout, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const TYPES: readonly string[] = [
  'Binding Refresh Request',
  'Home Test Init',
  'Care-of Test Init',
  'Home Test',
  'Care-of Test',
  'Binding Update',
  'Binding Acknowledgement',
  'Binding Error',
  'Fast Binding Update',
  'Fast Binding Acknowledgment',
  'Fast Neighbor Advertisement',
  'Experimental Mobility Header',
  'Home Agent Switch',
  'Heartbeat',
  'Handover Initiate',
  'Handover Acknowledge',
  'Binding Revocation Indication',
  'Localized Routing Initiation',
  'Localized Routing Acknowledgment',
];
const EXPERIMENTAL = 11;
const HOME_AGENT_SWITCH = 12;
/** From here on tshark has no options either. */
const REVOCATION = 16;

export const header = layout('mip6', [
  uint('proto', 8, 'Payload protocol'),
  uint('hlen', 8, 'Header length'),
  uint('mhtype', 8, 'Type', { values: (type) => TYPES[type] }),
  uint('reserved', 8, 'Reserved', 'hex'),
  uint('csum', 16, 'Checksum', 'hex'),
]);

const cookie = 'Init cookie';
const token = 'Keygen token';
const lifetime = 'Lifetime, in 4 seconds';
/** What follows the checksum, by type. */
const bodies: Readonly<Record<number, Layout>> = {
  0: layout('mip6', [bytes('binding_refresh_request', 2, 'Binding refresh request')]),
  1: layout('mip6', [rsv(16), uint('hoti.cookie', 64, cookie, 'hex')]),
  2: layout('mip6', [rsv(16), uint('coti.cookie', 64, cookie, 'hex')]),
  3: layout('mip6', [
    uint('hot.nindex', 16, 'Home nonce index'),
    uint('hot.cookie', 64, cookie, 'hex'),
    uint('hot.token', 64, token, 'hex'),
  ]),
  4: layout('mip6', [
    uint('cot.nindex', 16, 'Care-of nonce index'),
    uint('cot.cookie', 64, cookie, 'hex'),
    // tshark has no other name for it.
    uint('hot.token', 64, token, 'hex'),
  ]),
  5: layout('mip6', [
    uint('bu.seqnr', 16, 'Sequence number'),
    flag('bu.a_flag', 'Acknowledge'),
    flag('bu.h_flag', 'Home registration'),
    flag('bu.l_flag', 'Link-local address compatibility'),
    flag('bu.k_flag', 'Key management mobility'),
    flag('bu.m_flag', 'MAP registration'),
    flag('nemo.bu.r_flag', 'Mobile router'),
    flag('bu.p_flag', 'Proxy registration'),
    flag('bu.f_flag', 'Force UDP encapsulation'),
    flag('bu.t_flag', 'TLV header format'),
    flag('bu.b_flag', 'Bulk binding update'),
    rsv(6),
    uint('bu.lifetime', 16, lifetime),
  ]),
  6: layout('mip6', [
    uint('ba.status', 8, 'Status'),
    flag('ba.k_flag', 'Key management mobility'),
    flag('nemo.ba.r_flag', 'Mobile router'),
    flag('ba.p_flag', 'Proxy registration'),
    flag('ba.t_flag', 'TLV header format'),
    flag('ba.b_flag', 'Bulk binding update'),
    rsv(3),
    uint('ba.seqnr', 16, 'Sequence number'),
    uint('ba.lifetime', 16, lifetime),
  ]),
  7: layout('mip6', [uint('be.status', 8, 'Status'), rsv(8), ipv6('be.haddr', 'Home address')]),
  8: layout('mip6', [
    uint('fbu.seqnr', 16, 'Sequence number'),
    flag('fbu.a_flag', 'Acknowledge'),
    flag('fbu.h_flag', 'Home registration'),
    flag('fbu.l_flag', 'Link-local address compatibility'),
    flag('fbu.k_flag', 'Key management mobility'),
    rsv(12),
    uint('fbu.lifetime', 16, lifetime),
  ]),
  9: layout('mip6', [
    uint('fback.status', 8, 'Status'),
    flag('fback.k_flag', 'Key management mobility'),
    rsv(7),
    uint('fback.seqnr', 16, 'Sequence number'),
    uint('fback.lifetime', 16, lifetime),
  ]),
  10: layout('mip6', [bytes('fast_neighbor_advertisement', 2, 'Fast neighbor advertisement')]),
  12: layout('mip6', [uint('has.num_addrs', 8, 'Number of addresses'), uint('has.reserved', 8, 'Reserved', 'hex')]),
  13: layout('mip6', [
    rsv(14),
    flag('hb.u_flag', 'Unsolicited'),
    flag('hb.r_flag', 'Response'),
    uint('hb.seqnr', 32, 'Sequence number'),
  ]),
  14: layout('mip6', [
    uint('hi.seqnr', 16, 'Sequence number'),
    flag('hi.s_flag', 'Assigned address configuration'),
    flag('hi.u_flag', 'Buffer'),
    rsv(6),
    uint('hi.code', 8, 'Code'),
  ]),
  15: layout('mip6', [uint('hack.seqnr', 16, 'Sequence number'), rsv(8), uint('hack.code', 8, 'Code')]),
};
const agent = layout('mip6', [ipv6('has.address', 'Home agent')]);
const unknown = field('mip6.unknown_type_data', 'Message', 'bytes');

const optionLength = field('mip6.mobility_opt.len', 'Option length', 'uint8');
const padding = field('mip6.padn', 'PadN', 'bytes');
const authenticator = field('mip6.bad.auth', 'Authenticator', 'bytes');
const identifier = field('mip6.mnid.identifier', 'Identifier', 'string');
const authentication = field('mip6.auth.auth_data', 'Authentication data', 'bytes');
/** Values of options that have one shape, by type. */
const values: Readonly<Record<number, Layout>> = {
  2: layout('mip6', [uint('bra.interval', 16, 'Refresh interval, in 4 seconds')]),
  3: layout('mip6', [ipv6('acoa.acoa', 'Alternate care-of address')]),
  4: layout('mip6', [uint('ni.hni', 16, 'Home nonce index'), uint('ni.cni', 16, 'Care-of nonce index')]),
  6: layout('mip6', [rsv(8), uint('nemo.mnp.pfl', 8, 'Prefix length'), ipv6('nemo.mnp.mnp', 'Mobile network prefix')]),
  8: layout('mip6', [uint('mnid.subtype', 8, 'Subtype')]),
  9: layout('mip6', [uint('auth.subtype', 8, 'Subtype'), uint('auth.mobility_spi', 32, 'SPI')]),
};
/** What stands behind the value of a fixed size, or is all of the option. */
const tails: Readonly<Record<number, FieldDef>> = { 1: padding, 5: authenticator, 8: identifier, 9: authentication };
const PAD1 = 0;

function options(out: Sink, b: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end; ) {
    const type = b[at];
    if (type === PAD1) {
      at++;
      continue;
    }
    if (at + 2 > end) return;
    const value = at + 2;
    const to = value + b[at + 1];
    if (to > end) return;
    out.add(optionLength, at + 1, 1, b[at + 1]);
    const shape = values[type];
    if (shape !== undefined) emitItems(b, value, to, shape.items, out);
    const tail = tails[type];
    const tailAt = value + (shape?.size ?? 0);
    if (tail !== undefined && tailAt < to) out.add(tail, tailAt, to - tailAt, tail === identifier ? utf8(b, tailAt, to) : null);
    at = to;
  }
}

export const mipv6 = dissector({
  name: 'mipv6',
  title: 'Mobile IPv6',
  short: 'MIPv6',
  spec: 'RFC 6275 section 6',
  layout: header,
  minLength: 8,
  fields: [
    ...fieldsOf(...Object.values(bodies), agent, ...Object.values(values)),
    ...[unknown, optionLength, padding, authenticator, identifier, authentication],
  ],
  claims: { 'ip.proto': [135] },
  length: { field: 'hlen', times: 8, plus: 8 },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = Math.min(layers.end[i], layers.body[i]);
    const type = header.get.mhtype(b, layers.start[i]);
    let at = layers.start[i] + header.size;
    const body = bodies[type];
    if (body === undefined) {
      if (type >= TYPES.length && at < end) out.add(unknown, at, end - at, null);
      return;
    }
    emitItems(b, at, end, body.items, out);
    at += body.size;
    if (type === HOME_AGENT_SWITCH)
      for (let n = b[at - 2]; n > 0 && at + agent.size <= end; n--, at += agent.size) emitItems(b, at, end, agent.items, out);
    if (type !== EXPERIMENTAL && type < REVOCATION) options(out, b, at, end);
  },
  info(line, layers, i) {
    const type = header.get.mhtype(layers.bytes, layers.start[i]);
    line.text(TYPES[type] ?? `Unknown Mobility Header (${type})`);
  },
});
