// CARP of the BSDs. It has VRRP's protocol number and first byte, and no specification: `-d ip.proto==112,carp` asks for it, as in tshark.
import { dissector } from '../src/dissect/dissector.js';
import { bits, bytes, layout, uint } from '../src/dissect/layout.js';

export const header = layout('carp', [
  bits(
    'typever',
    'Version and type',
    [uint('version', 4, 'Version'), uint('type', 4, 'Type', { values: { 1: 'Advertisement' } })],
    'dec',
  ),
  uint('vhid', 8, 'Virtual host ID'),
  uint('advskew', 8, 'Advertisement skew, 1/256 seconds'),
  uint('authlen', 8, 'Authentication length'),
  uint('demotion', 8, 'Demotion'),
  uint('adver_int', 8, 'Advertisement base, seconds'),
  uint('checksum', 16, 'Checksum', 'hex'),
  uint('counter', 64, 'Counter'),
  bytes('hmac', 20, 'SHA-1 HMAC'),
]);

/** Length of the counter and the HMAC in words of 4 bytes, as every advertisement states it. */
const AUTHENTICATION_WORDS = 7;

/** Whether the VRRP packet [at, end) is CARP's: its sums stand where VRRP would have seven addresses, and a password. */
export const isCarp = (b: Uint8Array, at: number, end: number): boolean =>
  end - at === header.size && b[at] === 0x21 && header.get.authlen(b, at) === AUTHENTICATION_WORDS;

export const carp = dissector({
  name: 'carp',
  title: 'Common Address Redundancy Protocol',
  spec: 'OpenBSD carp(4)',
  layout: header,
  payload: { none: true },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    line.text('Announcement (v');
    line.dec(header.get.version(b, at));
    line.text(') host ');
    line.dec(header.get.vhid(b, at));
    line.text(' skew ');
    line.dec(header.get.advskew(b, at));
  },
});
