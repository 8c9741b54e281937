// OSPF: header of version 2 (RFC 2328 appendix A.3.1) and 3 (RFC 5340 appendix A.3.1), the hello packet and
// the fixed part of a database description.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, bytes, fieldsOf, flag, ipv4, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const TYPES = {
  1: 'Hello Packet',
  2: 'DB Description',
  3: 'LS Request',
  4: 'LS Update',
  5: 'LS Acknowledge',
};
export const header = layout('ospf', [
  uint('version', 8, 'Version'),
  uint('msg', 8, 'Message type', { values: TYPES }),
  uint('packet_length', 16, 'Packet length'),
  ipv4('srcrouter', 'Source router'),
  ipv4('area_id', 'Area ID'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);
export const rest2 = layout('ospf', [uint('auth.type', 16, 'Authentication type'), rsv(64)]);
const noAuthentication = layout('ospf', [rsv(16), bytes('auth.none', 8, 'Authentication data')]);
export const rest3 = layout('ospf', [uint('instance_id', 8, 'Instance ID'), rsv(8)]);
export const hello2 = layout('ospf', [
  ipv4('hello.network_mask', 'Network mask'),
  uint('hello.hello_interval', 16, 'Hello interval, seconds'),
  rsv(8),
  uint('hello.router_priority', 8, 'Router priority'),
  uint('hello.router_dead_interval', 32, 'Router dead interval, seconds'),
  ipv4('hello.designated_router', 'Designated router'),
  ipv4('hello.backup_designated_router', 'Backup designated router'),
]);
export const hello3 = layout('ospf', [
  uint('hello.interface_id', 32, 'Interface ID'),
  uint('hello.router_priority', 8, 'Router priority'),
  rsv(24),
  uint('hello.hello_interval', 16, 'Hello interval, seconds'),
  uint('hello.router_dead_interval', 16, 'Router dead interval, seconds'),
  ipv4('hello.designated_router', 'Designated router'),
  ipv4('hello.backup_designated_router', 'Backup designated router'),
]);
const helloPacket = field('ospf.hello', 'Hello', 'none');
export const neighbour = layout('ospf', [ipv4('hello.active_neighbor', 'Active neighbour')]);
const dbdFlags = bits('dbd', 'DB description', [
  rsv(4),
  flag('dbd.r', 'Out-of-band resynchronization'),
  flag('dbd.i', 'Init'),
  flag('dbd.m', 'More'),
  flag('dbd.ms', 'Master'),
]);
/** Database description, RFC 2328 appendix A.3.3 and RFC 5340 appendix A.3.3. */
export const dbd2 = layout('ospf', [
  uint('db.interface_mtu', 16, 'Interface MTU'),
  rsv(8),
  dbdFlags,
  uint('db.dd_sequence', 32, 'DD sequence number'),
]);
export const dbd3 = layout('ospf', [
  rsv(32),
  uint('db.interface_mtu', 16, 'Interface MTU'),
  rsv(8),
  dbdFlags,
  uint('db.dd_sequence', 32, 'DD sequence number'),
]);

/** Values of `ospf.msg`. */
export const HELLO = 1;
export const DESCRIPTION = 2;
const NO_AUTHENTICATION = 0;

export const ospf = dissector({
  name: 'ospf',
  title: 'Open Shortest Path First',
  spec: 'RFC 2328',
  layout: header,
  fields: [helloPacket, ...fieldsOf(rest2, noAuthentication, rest3, hello2, hello3, neighbour, dbd2, dbd3)],
  claims: { 'ip.proto': [89] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const start = layers.start[i];
    const end = Math.min(layers.end[i], start + header.get.packet_length(b, start));
    const version = header.get.version(b, start);
    const at = start + header.size;
    if (version !== 2 && version !== 3) return;
    const rest = version === 2 ? rest2 : rest3;
    emitItems(b, at, end, rest.items, out);
    if (version === 2 && at + 2 <= end && rest2.get['auth.type'](b, at) === NO_AUTHENTICATION)
      emitItems(b, at, end, noAuthentication.items, out);
    const from = at + rest.size;
    const type = header.get.msg(b, start);
    if (type === DESCRIPTION) emitItems(b, from, end, (version === 2 ? dbd2 : dbd3).items, out);
    if (type !== HELLO || from > end) return;
    const hello = version === 2 ? hello2 : hello3;
    out.open(helloPacket, from, Math.max(0, end - from), null);
    emitItems(b, from, end, hello.items, out);
    for (let o = from + hello.size; o + neighbour.size <= end; o += neighbour.size) emitItems(b, o, end, neighbour.items, out);
    out.close();
  },
  info(line, layers, i) {
    const type = header.get.msg(layers.bytes, layers.start[i]);
    line.text((TYPES as Record<number, string>)[type] ?? `type ${type}`);
  },
});
