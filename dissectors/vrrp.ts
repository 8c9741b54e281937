// VRRP version 2, RFC 3768 (its authentication: RFC 2338), and version 3, RFC 5798.
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, ipv4, ipv6, layout, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('vrrp', [
  bits(
    'typever',
    'Version and type',
    [uint('version', 4, 'Version'), uint('type', 4, 'Type', { values: { 1: 'Advertisement' } })],
    'dec',
  ),
  uint('virt_rtr_id', 8, 'Virtual router ID'),
  uint('prio', 8, 'Priority', { values: { 0: 'the master stops', 100: 'default of a backup', 255: 'owner of the address' } }),
  uint('addr_count', 8, 'Number of addresses'),
]);
export const second2 = layout('vrrp', [
  uint('auth_type', 8, 'Authentication type', {
    values: { 0: 'none', 1: 'simple text password', 2: 'IP authentication header' },
  }),
  uint('adver_int', 8, 'Advertisement interval, seconds'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);
export const second3 = layout('vrrp', [
  uint('reserved_mbz', 4, 'Reserved'),
  uint('short_adver_int', 12, 'Advertisement interval, centiseconds'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);
const address4 = layout('vrrp', [ipv4('ip_addr', 'Virtual address')]);
const address6 = layout('vrrp', [ipv6('ipv6_addr', 'Virtual address')]);
const password = field('vrrp.auth_string', 'Password', 'string');

/** What every advertisement has, in bytes: the addresses follow. */
export const FIXED_BYTES = 8;
const PASSWORD_BYTES = 8;
const SIMPLE_PASSWORD = 1;
const IPV6 = protocol('ipv6');
const IP = protocol('ip');

export const vrrp = dissector({
  name: 'vrrp',
  title: 'Virtual Router Redundancy Protocol',
  spec: 'RFC 5798',
  layout: header,
  minLength: FIXED_BYTES,
  fields: [...fieldsOf(second2, second3, address4, address6), password],
  claims: { 'ip.proto': [112] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    const version = header.get.version(b, at);
    emitItems(b, at + header.size, end, (version === 3 ? second3 : second2).items, out);
    const over6 = layers.findBefore(IPV6.id, i) > layers.findBefore(IP.id, i);
    const address = over6 ? address6 : address4;
    let o = at + FIXED_BYTES;
    for (let n = header.get.addr_count(b, at); n > 0 && o + address.size <= end; n--, o += address.size)
      emitItems(b, o, end, address.items, out);
    if (version === 2 && second2.get.auth_type(b, at + header.size) === SIMPLE_PASSWORD && o + PASSWORD_BYTES <= end)
      out.add(password, o, PASSWORD_BYTES, zeroTerminated(b, o, o + PASSWORD_BYTES));
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    line.text('Announcement (v');
    line.dec(header.get.version(b, at));
    line.text(') router ');
    line.dec(header.get.virt_rtr_id(b, at));
    line.text(' priority ');
    line.dec(header.get.prio(b, at));
  },
  label: (layers, i) => `router ${header.get.virt_rtr_id(layers.bytes, layers.start[i])}`,
});
