// LISP: packets of the data plane, RFC 9300 section 5.3, and messages of the control plane, RFC 9301 section 5.
import { u64 } from '../src/bytes/read.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';

export const dataHeader = layout('lisp-data', [
  bits('flags', 'Flags', [
    flag('flags.nonce', 'Nonce present'),
    flag('flags.lsb', 'Locator status bits present'),
    flag('flags.enr', 'Echo nonce request'),
    flag('flags.mv', 'Map version present'),
    flag('flags.iid', 'Instance ID present'),
    uint('flags.res', 3, 'Reserved', 'hex'),
  ]),
  rsv(24),
  rsv(32),
]);
const nonce = layout('lisp-data', [rsv(8), uint('nonce', 24, 'Nonce')]);
const versions = layout('lisp-data', [
  rsv(8),
  bits(
    'mapver',
    'Map version',
    [
      uint('srcmapver', 12, 'Source map version', { type: 'uint24' }),
      uint('dstmapver', 12, 'Destination map version', { type: 'uint24' }),
    ],
    { base: 'hex' },
  ),
]);
const instance = layout('lisp-data', [rsv(32), uint('iid', 24, 'Instance ID'), uint('lsb8', 8, 'Locator status bits', 'hex')]);
const locators = layout('lisp-data', [rsv(32), uint('lsb', 32, 'Locator status bits', 'hex')]);

const IP = protocol('ip');
const IPV6 = protocol('ipv6');

/** The packet at `at`: IPv4 or IPv6, as its first four bits say. */
function inner(layers: Layers, at: number, end: number): void {
  const version = at < end ? layers.bytes[at] >> 4 : 0;
  if (version === 4) layers.next(IP, at);
  else if (version === 6) layers.next(IPV6, at);
  else layers.nextAtData(at);
}

export const lispData = dissector({
  name: 'lisp-data',
  title: 'Locator/ID Separation Protocol (data)',
  spec: 'RFC 9300',
  role: 'tunnel',
  layout: dataHeader,
  fields: fieldsOf(nonce, versions, instance, locators),
  claims: { 'udp.port': [4341] },
  payload: { step: (layers, at, end) => inner(layers, at + dataHeader.size, end) },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    const { get } = dataHeader;
    if (get['flags.nonce'](b, at) === 1) emitItems(b, at, end, nonce.items, out);
    else if (get['flags.mv'](b, at) === 1) emitItems(b, at, end, versions.items, out);
    const hasLocators = get['flags.lsb'](b, at) === 1;
    if (get['flags.iid'](b, at) === 1) emitItems(b, at, end, hasLocators ? instance.items : instance.items.slice(0, 1), out);
    else if (hasLocators) emitItems(b, at, end, locators.items, out);
  },
  label: (layers, i) => {
    const at = layers.start[i];
    const has = dataHeader.get['flags.iid'](layers.bytes, at) === 1;
    return has ? `instance ${instance.get.iid(layers.bytes, at)}` : 'no instance';
  },
});

const TYPES: Readonly<Record<number, string>> = {
  1: 'Map-Request',
  2: 'Map-Reply',
  3: 'Map-Register',
  4: 'Map-Notify',
  5: 'Map-Notify-Ack',
  6: 'Map-Referral',
  7: 'Info',
  8: 'Encapsulated Control Message',
};
export const controlHeader = layout('lisp', [uint('type', 4, 'Type', { type: 'uint24', values: TYPES }), rsv(28)]);
const counts = layout('lisp', [rsv(19), uint('irc', 5, 'ITR-RLOC count', { type: 'uint24' }), rsv(8)]);
const records = layout('lisp', [rsv(24), uint('records', 8, 'Record count')]);
const controlNonce = field('lisp.nonce', 'Nonce', 'uint64', { base: 'hex' });

const TYPE = { request: 1, ack: 5, referral: 6, encapsulated: 8 } as const;

export const lisp = dissector({
  name: 'lisp',
  title: 'Locator/ID Separation Protocol (control)',
  spec: 'RFC 9301',
  layout: controlHeader,
  fields: [...fieldsOf(counts, records), controlNonce],
  claims: { 'udp.port': [4342] },
  payload: {
    step(layers, at, end) {
      if (controlHeader.get.type(layers.bytes, at) !== TYPE.encapsulated) return layers.last();
      // A message for a map server within one to it: a question about a packet, no traffic of its own.
      layers.quote();
      inner(layers, at + controlHeader.size, end);
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    const type = controlHeader.get.type(b, at);
    if (type === TYPE.request) emitItems(b, at, end, counts.items, out);
    if (type < TYPE.request || type > TYPE.referral) return;
    emitItems(b, at, end, records.items, out);
    const from = at + controlHeader.size;
    if (from + 8 <= end && out.wants(controlNonce)) out.add(controlNonce, from, 8, u64(b, from));
  },
  info(line, layers, i) {
    const type = controlHeader.get.type(layers.bytes, layers.start[i]);
    line.text(TYPES[type] ?? `type ${type}`);
  },
});
