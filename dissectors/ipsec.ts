// IPsec: authentication header, RFC 4302; encapsulating security payload, RFC 4303, also in UDP, RFC 3948.
import { u32 } from '../src/bytes/read.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bytes, layout, uint } from '../src/dissect/layout.js';

export const ahHeader = layout('ah', [
  uint('next_header', 8, 'Next header'),
  uint('length', 8, 'Length, in 4 bytes, less 2'),
  bytes('reserved', 2, 'Reserved'),
  uint('spi', 32, 'SPI', 'hex'),
  uint('sequence', 32, 'Sequence number'),
]);
const icv = field('ah.icv', 'Integrity check value', 'bytes');

export const ah = dissector({
  name: 'ah',
  title: 'Authentication Header',
  spec: 'RFC 4302',
  layout: ahHeader,
  fields: [icv],
  claims: { 'ip.proto': [51] },
  // A length of 0 means 8 bytes: less than RFC 4302 asks for, but it still says where the next header is.
  minLength: 8,
  length: { field: 'length', times: 4, plus: 8 },
  payload: { table: 'ip.proto', by: 'next_header' },
  details(out, layers, i) {
    const from = layers.start[i] + ahHeader.size;
    if (from < layers.body[i]) out.add(icv, from, layers.body[i] - from, null);
  },
});

export const espHeader = layout('esp', [uint('spi', 32, 'SPI', { base: 'hexdec' }), uint('sequence', 32, 'Sequence number')]);

export const esp = dissector({
  name: 'esp',
  title: 'Encapsulating Security Payload',
  spec: 'RFC 4303',
  role: 'tunnel',
  layout: espHeader,
  claims: { 'ip.proto': [50] },
  // What follows is encrypted.
  payload: { none: true },
});

const ESP = protocol('esp');
const ISAKMP = protocol('isakmp');

export const udpEncap = dissector({
  name: 'udpencap',
  title: 'UDP Encapsulation of IPsec Packets',
  spec: 'RFC 3948',
  minLength: 1,
  claims: { 'udp.port': [4500] },
  payload: {
    step(layers, at, end) {
      // One byte is a keepalive (section 2.3), a zero in place of the SPI an IKE message (section 2.2).
      if (end - at < 4) layers.last();
      else if (u32(layers.bytes, at) === 0) layers.next(ISAKMP, at + 4);
      else layers.next(ESP, at);
    },
  },
});
