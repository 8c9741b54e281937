// OSPF: header of version 2 (RFC 2328 appendix A.3.1) and 3 (RFC 5340 appendix A.3.1), and the hello packet.
import { dissector } from '../src/dissect/dissector.js';
import { bytes, fieldsOf, ipv4, layout, rsv, uint } from '../src/dissect/layout.js';
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
const rest2 = layout('ospf', [uint('auth.type', 16, 'Authentication type'), rsv(64)]);
const noAuthentication = layout('ospf', [rsv(16), bytes('auth.none', 8, 'Authentication data')]);
const rest3 = layout('ospf', [uint('instance_id', 8, 'Instance ID'), rsv(8)]);
const hello2 = layout('ospf', [
  ipv4('hello.network_mask', 'Network mask'),
  uint('hello.hello_interval', 16, 'Hello interval, seconds'),
  rsv(8),
  uint('hello.router_priority', 8, 'Router priority'),
  uint('hello.router_dead_interval', 32, 'Router dead interval, seconds'),
  ipv4('hello.designated_router', 'Designated router'),
  ipv4('hello.backup_designated_router', 'Backup designated router'),
]);
const hello3 = layout('ospf', [
  uint('hello.interface_id', 32, 'Interface ID'),
  uint('hello.router_priority', 8, 'Router priority'),
  rsv(24),
  uint('hello.hello_interval', 16, 'Hello interval, seconds'),
  uint('hello.router_dead_interval', 16, 'Router dead interval, seconds'),
  ipv4('hello.designated_router', 'Designated router'),
  ipv4('hello.backup_designated_router', 'Backup designated router'),
]);
const neighbour = layout('ospf', [ipv4('hello.active_neighbor', 'Active neighbour')]);

/** Values of `ospf.msg`. */
export const HELLO = 1;
const NO_AUTHENTICATION = 0;

export const ospf = dissector({
  name: 'ospf',
  title: 'Open Shortest Path First',
  spec: 'RFC 2328',
  layout: header,
  fields: fieldsOf(rest2, noAuthentication, rest3, hello2, hello3, neighbour),
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
    if (header.get.msg(b, start) !== HELLO) return;
    const hello = version === 2 ? hello2 : hello3;
    const from = at + rest.size;
    emitItems(b, from, end, hello.items, out);
    for (let o = from + hello.size; o + neighbour.size <= end; o += neighbour.size) emitItems(b, o, end, neighbour.items, out);
  },
  info(line, layers, i) {
    const type = header.get.msg(layers.bytes, layers.start[i]);
    line.text((TYPES as Record<number, string>)[type] ?? `type ${type}`);
  },
});
