// PPP, RFC 1661: the protocol field, with the address and control bytes of RFC 1662 where the link has them; and the
// packets that negotiate (section 5), which share one format.
import { type Dissector, dissector, protocol, type Step, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { fieldsOf, layout, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';

/** RFC 1662 section 3.1. No protocol number starts with the address of all stations. */
const framing = layout('ppp', [uint('address', 8, 'Address', 'hex'), uint('control', 8, 'Control', 'hex')]);
const ppProtocol = field('ppp.protocol', 'Protocol', 'uint16', { base: 'hex' });

const IP = protocol('ip');
const IPV6 = protocol('ipv6');
const MPLS = protocol('mpls');
const PPPOES = protocol('pppoes');
const PROTOCOL = table('ppp.protocol');

/** PPPoE leaves address and control out (RFC 2516 section 4). */
const hasFraming = (layers: Layers, i: number, end: number): boolean => {
  const at = layers.start[i];
  return at + 2 <= end && layers.bytes[at] === 0xff && (i === 0 || layers.proto[i - 1] !== PPPOES.id);
};
/** A protocol number is even in its first byte and odd in its last, so a first byte that is odd is all of it (RFC 1661 section 2). */
const numberBytes = (b: Uint8Array, at: number): number => (b[at] & 1 ? 1 : 2);

export const ppp = dissector({
  name: 'ppp',
  title: 'Point-to-Point Protocol',
  spec: 'RFC 1661',
  role: 'link',
  minLength: 1,
  fields: [...fieldsOf(framing), ppProtocol],
  claims: { 'frame.linktype': [9, 50], 'gre.proto': [0x880b] },
  payload: {
    step(layers, start, end) {
      const b = layers.bytes;
      const at = hasFraming(layers, layers.count - 1, end) ? start + 2 : start;
      if (at >= end || at + numberBytes(b, at) > end) return layers.malformed();
      const short = numberBytes(b, at) === 1;
      const number = short ? b[at] : (b[at] << 8) | b[at + 1];
      const body = at + (short ? 1 : 2);
      if (number === 0x0021) layers.next(IP, body);
      else if (number === 0x0057) layers.next(IPV6, body);
      else if (number === 0x0281 || number === 0x0283) layers.next(MPLS, body);
      else layers.nextBy(PROTOCOL, number, body);
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    if (hasFraming(layers, i, end)) {
      emitItems(b, at, end, framing.items, out);
      at += framing.size;
    }
    if (at >= end) return;
    const n = numberBytes(b, at);
    if (at + n <= end) out.add(ppProtocol, at, n, n === 1 ? b[at] : (b[at] << 8) | b[at + 1]);
  },
});

const codes = {
  1: 'Configuration Request',
  2: 'Configuration Ack',
  3: 'Configuration Nak',
  4: 'Configuration Reject',
  5: 'Termination Request',
  6: 'Termination Ack',
  7: 'Code Reject',
  8: 'Protocol Reject',
  9: 'Echo Request',
  10: 'Echo Reply',
  11: 'Discard Request',
};
const control = layout('ppp', [
  uint('code', 8, 'Code', { values: codes }),
  uint('identifier', 8, 'Identifier'),
  uint('length', 16, 'Length'),
]);

/** Code of a packet that quotes what its sender did not understand: the protocol number and the packet (section 5.7). */
const PROTOCOL_REJECT = 8;
const step: Step = (layers, at, end) => {
  const rejected = at + control.size;
  layers.bound(at + control.get.length(layers.bytes, at));
  if (control.get.code(layers.bytes, at) !== PROTOCOL_REJECT || rejected + 2 > end) return layers.last();
  const number = (layers.bytes[rejected] << 8) | layers.bytes[rejected + 1];
  layers.quote();
  layers.nextBy(PROTOCOL, number, rejected + 2);
};

const controlProtocol = (name: string, number: number, title: string, spec: string): Dissector =>
  dissector({
    name,
    title,
    spec,
    layout: control,
    claims: { 'ppp.protocol': [number] },
    payload: name === 'lcp' ? { step } : { none: true },
    info(line, layers, i) {
      const code = control.get.code(layers.bytes, layers.start[i]);
      line.text((codes as Record<number, string>)[code] ?? `code ${code}`);
    },
  });

export const lcp = controlProtocol('lcp', 0xc021, 'PPP Link Control Protocol', 'RFC 1661 section 5');
export const ipcp = controlProtocol('ipcp', 0x8021, 'PPP IP Control Protocol', 'RFC 1332');
export const ipv6cp = controlProtocol('ipv6cp', 0x8057, 'PPP IPv6 Control Protocol', 'RFC 5072');
export const ccp = controlProtocol('ccp', 0x80fd, 'PPP Compression Control Protocol', 'RFC 1962');

/** Authentication has codes of its own. */
const authentication = (name: string, number: number, title: string, spec: string, values: Record<number, string>): Dissector =>
  dissector({
    name,
    title,
    spec,
    layout: layout(name, [
      uint('code', 8, 'Code', { values }),
      uint('identifier', 8, 'Identifier'),
      uint('length', 16, 'Length'),
    ]),
    claims: { 'ppp.protocol': [number] },
    payload: { none: true },
  });

export const pap = authentication('pap', 0xc023, 'PPP Password Authentication Protocol', 'RFC 1334', {
  1: 'Authenticate Request',
  2: 'Authenticate Ack',
  3: 'Authenticate Nak',
});
export const chap = authentication('chap', 0xc223, 'PPP Challenge Handshake Authentication Protocol', 'RFC 1994', {
  1: 'Challenge',
  2: 'Response',
  3: 'Success',
  4: 'Failure',
});
