// Slow protocols (IEEE 802.3-2018 annex 57A), and the link aggregation control protocol (IEEE 802.1AX-2014 clause 6.4.2).
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bits, bytes, fieldsOf, flag, type Layout, layout, mac, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const SUBTYPES: Readonly<Record<number, string>> = {
  1: 'LACP',
  2: 'Marker Protocol',
  3: 'OAM',
  10: 'Organization Specific Slow Protocol',
};
export const slowHeader = layout('slow', [uint('subtype', 8, 'Subtype', { base: 'hex', values: SUBTYPES })]);

export const slow = dissector({
  name: 'slow',
  title: 'Slow Protocols',
  spec: 'IEEE 802.3 annex 57A',
  layout: slowHeader,
  claims: { ethertype: [0x8809] },
  payload: { table: 'slow.subtype', by: 'subtype' },
  info(line, layers, i) {
    const subtype = slowHeader.get.subtype(layers.bytes, layers.start[i]);
    line.text(SUBTYPES[subtype] ?? `subtype ${subtype}`);
  },
});

/** Known by its name alone. */
const named = (name: string, title: string, spec: string, subtype: number) =>
  dissector({ name, title, spec, minLength: 0, claims: { 'slow.subtype': [subtype] }, payload: { none: true } });
export const marker = named('marker', 'Marker Protocol', 'IEEE 802.1AX clause 6.5', 2);
export const oampdu = named('oampdu', 'OAM Protocol', 'IEEE 802.3 clause 57', 3);

const version = layout('lacp', [uint('version', 8, 'Version', 'hex')]);
const tlv = layout('lacp', [uint('tlv_type', 8, 'TLV type', 'hex'), uint('tlv_length', 8, 'TLV length', 'hex')]);

/** Bits of a port's state (802.1AX-2014 clause 6.4.2.3), and the letters by which they are shown, highest first. */
export const STATE = {
  activity: 1,
  shortTimeout: 2,
  aggregation: 4,
  synchronization: 8,
  collecting: 16,
  distributing: 32,
  defaulted: 64,
  expired: 128,
} as const;
const LETTERS = 'EFDCSGSA';

/** What an end says of a port: of its own, or of the other end's as it knows it. */
const portOf = <W extends 'actor' | 'partner'>(who: W) =>
  layout('lacp', [
    uint(`${who}.sys_priority`, 16, 'System priority'),
    mac(`${who}.sysid`, 'System ID'),
    uint(`${who}.key`, 16, 'Key'),
    uint(`${who}.port_priority`, 16, 'Port priority'),
    uint(`${who}.port`, 16, 'Port'),
    bits(`${who}.state`, 'State', [
      flag(`${who}.state.expired`, 'Expired'),
      flag(`${who}.state.defaulted`, 'Defaulted'),
      flag(`${who}.state.distributing`, 'Distributing'),
      flag(`${who}.state.collecting`, 'Collecting'),
      flag(`${who}.state.synchronization`, 'In sync'),
      flag(`${who}.state.aggregation`, 'Aggregatable'),
      flag(`${who}.state.timeout`, 'Short timeout'),
      flag(`${who}.state.activity`, 'Active'),
    ]),
    bytes(`${who}.reserved`, 3, 'Reserved'),
  ]);
/** Both are laid out alike: the readers of one read the other one too. */
export const actor = portOf('actor');
export const partner = portOf('partner');
const actorText = field('lacp.actor.state_str', 'Actor state flags', 'string');
const partnerText = field('lacp.partner.state_str', 'Partner state flags', 'string');
const collector = layout('lacp', [
  uint('collector.max_delay', 16, 'Collector max delay'),
  bytes('coll_reserved', 12, 'Reserved'),
]);
const pad = layout('lacp', [bytes('pad', 50, 'Pad')]);

/** Where what the two ends say begins, counted from the version; and all that a rule needs is within this many bytes. */
export const ACTOR_AT = version.size + tlv.size;
export const PARTNER_AT = ACTOR_AT + actor.size + tlv.size;
export const LACP_BYTES = PARTNER_AT + partner.size;

const stateText = (state: number): string =>
  Array.from(LETTERS, (letter, n) => ((state & (0x80 >> n)) !== 0 ? letter : '*')).join('');

/** A TLV, and what it holds; gives the offset after it. */
function put(out: Sink, b: Uint8Array, at: number, end: number, value: Layout, text?: readonly [FieldDef, number]): number {
  emitItems(b, at, end, tlv.items, out);
  const from = at + tlv.size;
  emitItems(b, from, end, value.items, out);
  if (text !== undefined && from + value.size <= end) out.add(text[0], from + text[1], 1, stateText(b[from + text[1]]));
  return from + value.size;
}

export const lacp = dissector({
  name: 'lacp',
  title: 'Link Aggregation Control Protocol',
  spec: 'IEEE 802.1AX clause 6.4',
  layout: version,
  fields: [...fieldsOf(tlv, actor, partner, collector, pad), actorText, partnerText],
  claims: { 'slow.subtype': [1] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i] + version.size;
    at = put(out, b, at, end, actor, [actorText, actor.place['actor.state'].offset]);
    at = put(out, b, at, end, partner, [partnerText, partner.place['partner.state'].offset]);
    at = put(out, b, at, end, collector);
    put(out, b, at, end, pad);
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    if (at + LACP_BYTES > layers.end[i]) return;
    for (const [name, end] of [
      ['Actor ', at + ACTOR_AT],
      [' Partner ', at + PARTNER_AT],
    ] as const) {
      line.text(name);
      line.mac(b, end + actor.place['actor.sysid'].offset);
      line.text(' port ');
      line.dec(actor.get['actor.port'](b, end));
      line.text(' key ');
      line.dec(actor.get['actor.key'](b, end));
      line.text(' [');
      line.text(stateText(actor.get['actor.state'](b, end)));
      line.text(']');
    }
  },
});
