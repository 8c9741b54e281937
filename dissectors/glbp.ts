// GLBP. Cisco has published no specification: layout and names are those that Wireshark has.
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bytes, fieldsOf, ipv4, ipv6, layout, mac, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { eachTlv } from '../src/dissect/tlvs.js';
import { emitItems } from '../src/dissect/tree.js';

const VG_STATES: Readonly<Record<number, string>> = { 4: 'Listen', 8: 'Speak', 16: 'Standby', 32: 'Active' };
const VF_STATES: Readonly<Record<number, string>> = { 4: 'Listen', 16: 'Standby', 32: 'Active' };

export const header = layout('glbp', [
  uint('version', 8, 'Version'),
  uint('unknown1', 8, 'Unknown'),
  uint('group', 16, 'Group'),
  bytes('unknown2', 2, 'Unknown'),
  mac('ownerid', 'Owner ID'),
]);
const tlvHead = layout('glbp', [
  uint('type', 8, 'Type', { values: { 1: 'Hello', 2: 'Request or response', 3: 'Authentication' } }),
  uint('length', 8, 'Length'),
]);
export const hello = layout('glbp', [
  bytes('hello.unknown10', 1, 'Unknown'),
  uint('hello.vgstate', 8, 'State of the gateway', { values: VG_STATES }),
  bytes('hello.unknown11', 1, 'Unknown'),
  uint('hello.priority', 8, 'Priority'),
  bytes('hello.unknown12', 2, 'Unknown'),
  uint('hello.helloint', 32, 'Hello interval, milliseconds'),
  uint('hello.holdint', 32, 'Hold interval, milliseconds'),
  uint('hello.redirect', 16, 'Redirect, seconds'),
  uint('hello.timeout', 16, 'Timeout, seconds'),
  bytes('hello.unknown13', 2, 'Unknown'),
  uint('hello.addrtype', 8, 'Address type', { values: { 1: 'IPv4', 2: 'IPv6' } }),
  uint('hello.addrlen', 8, 'Address length'),
]);
const virtual4 = layout('glbp', [ipv4('hello.virtualipv4', 'Virtual address')]);
const virtual6 = layout('glbp', [ipv6('hello.virtualipv6', 'Virtual address')]);
export const forwarder = layout('glbp', [
  uint('reqresp.forwarder', 8, 'Forwarder'),
  uint('reqresp.vfstate', 8, 'State of the forwarder', { values: VF_STATES }),
  bytes('reqresp.unknown21', 1, 'Unknown'),
  uint('reqresp.priority', 8, 'Priority'),
  uint('reqresp.weight', 8, 'Weight'),
  bytes('reqresp.unknown22', 7, 'Unknown'),
  mac('reqresp.virtualmac', 'Virtual MAC'),
]);
const authentication = layout('glbp', [
  uint('auth.authtype', 8, 'Authentication type', { values: { 1: 'plain text', 2: 'MD5 string', 3: 'MD5 chain' } }),
  uint('auth.authlength', 8, 'Authentication length'),
]);
const password = field('glbp.auth.plainpass', 'Password', 'string');
const md5 = field('glbp.auth.md5hash', 'MD5 hash', 'bytes');

/** Types of TLVs, and the state of a gateway that answers for the virtual address. */
export const GLBP_TLV = { hello: 1, forwarder: 2, authentication: 3 } as const;
export const GLBP_ACTIVE = 32;
const ADDRESS = { ip4: 1, ip6: 2 } as const;
const AUTHENTICATION = { plain: 1, md5: 2 } as const;

/** Calls `visit` with each TLV's type, and the start and end of its value. */
export function tlvsOf(b: Uint8Array, from: number, end: number, visit: (type: number, at: number, to: number) => void): void {
  const lengthAt = (at: number) => b[at + 1];
  eachTlv(from, end, 2, lengthAt, (at, to) => visit(b[at], at + 2, Math.min(end, to)));
}

function value(out: Sink, b: Uint8Array, type: number, at: number, to: number): void {
  switch (type) {
    case GLBP_TLV.hello: {
      emitItems(b, at, to, hello.items, out);
      const from = at + hello.size;
      if (from > to) break;
      const family = hello.get['hello.addrtype'](b, at);
      if (family === ADDRESS.ip4) emitItems(b, from, to, virtual4.items, out);
      else if (family === ADDRESS.ip6) emitItems(b, from, to, virtual6.items, out);
      break;
    }
    case GLBP_TLV.forwarder:
      emitItems(b, at, to, forwarder.items, out);
      break;
    case GLBP_TLV.authentication: {
      emitItems(b, at, to, authentication.items, out);
      const from = at + authentication.size;
      if (from > to) break;
      const end = Math.min(to, from + authentication.get['auth.authlength'](b, at));
      const kind = authentication.get['auth.authtype'](b, at);
      if (kind === AUTHENTICATION.plain) out.add(password, from, end - from, zeroTerminated(b, from, end));
      else if (kind === AUTHENTICATION.md5) out.add(md5, from, end - from, null);
      break;
    }
    default:
  }
}

export const glbp = dissector({
  name: 'glbp',
  title: 'Gateway Load Balancing Protocol',
  spec: 'Cisco GLBP',
  layout: header,
  fields: [...fieldsOf(tlvHead, hello, virtual4, virtual6, forwarder, authentication), password, md5],
  claims: { 'udp.port': [3222] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    tlvsOf(b, layers.start[i] + header.size, end, (type, at, to) => {
      emitItems(b, at - 2, end, tlvHead.items, out);
      value(out, b, type, at, to);
    });
  },
  info(line, layers, i) {
    const b = layers.bytes;
    line.text('Group ');
    line.dec(header.get.group(b, layers.start[i]));
    tlvsOf(b, layers.start[i] + header.size, layers.end[i], (type, at, to) => {
      if (type === GLBP_TLV.hello && at + hello.size <= to) {
        line.text(' hello, ');
        line.text(VG_STATES[hello.get['hello.vgstate'](b, at)] ?? 'unknown');
        line.text(' priority ');
        line.dec(hello.get['hello.priority'](b, at));
      } else if (type === GLBP_TLV.forwarder && at + forwarder.size <= to) {
        line.text(' forwarder ');
        line.dec(forwarder.get['reqresp.forwarder'](b, at));
        line.text(' ');
        line.text(VF_STATES[forwarder.get['reqresp.vfstate'](b, at)] ?? 'unknown');
      }
    });
  },
});
