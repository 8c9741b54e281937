// Cisco's Inter-Switch Link: a header of 26 bytes around an Ethernet frame with its checksum, and a checksum of its own behind both.
// Cisco's description: www.cisco.com/c/en/us/support/docs/lan-switching/8021q/17056-741-4.html
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { fieldsOf, flag, layout, mac, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const ETH = protocol('eth');
const ETHERNET = 0;

/** The last byte of the destination is the type of what is carried, and its priority. */
const destination = layout('isl', [mac('dst', 'Destination', { aliases: ['isl.addr'] })]);
export const header = layout('isl', [
  rsv(40),
  uint('type', 4, 'Type', { values: { 0: 'Ethernet', 1: 'Token ring', 2: 'FDDI', 3: 'ATM' } }),
  uint('user', 4, 'User', 'hex'),
  mac('src', 'Source', { aliases: ['isl.addr'] }),
  uint('len', 16, 'Length'),
  uint('dsap', 8, 'DSAP', 'hex'),
  uint('ssap', 8, 'SSAP', 'hex'),
  uint('control', 8, 'Control', 'hex'),
  uint('hsa', 24, 'High bits of the source', 'hex'),
  uint('vlan_id', 15, 'VLAN', { type: 'uint16' }),
  flag('bpdu', 'BPDU, CDP or VTP'),
  uint('index', 16, 'Port index'),
  uint('reserved', 16, 'Reserved', 'hex'),
]);
const priority = field('isl.user_eth', 'User: priority', 'uint8', {
  values: { 0: 'normal', 1: 'priority 1', 2: 'priority 2', 3: 'highest' },
});
const rest = header.items.filter(({ def }) => def.name !== 'isl.user');

/** The length counts neither addresses, type and itself, nor the checksum behind all. */
const NOT_COUNTED = 18;
const CHECKSUM = 4;

export const isl = dissector({
  name: 'isl',
  title: 'Cisco ISL',
  spec: 'Cisco ISL',
  role: 'link',
  layout: header,
  shapes: true,
  fields: [...fieldsOf(destination), priority],
  payload: {
    step(layers, at) {
      const b = layers.bytes;
      const length = header.get.len(b, at);
      const isEthernet = header.get.type(b, at) === ETHERNET;
      const wireEnd = at + NOT_COUNTED + length - CHECKSUM - (isEthernet ? CHECKSUM : 0);
      if (length !== 0) layers.bound(Math.max(at + header.size, wireEnd));
      if (isEthernet) layers.next(ETH, at + header.size);
      else layers.nextAtData(at + header.size);
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    emitItems(b, at, end, destination.items, out);
    if (at + destination.size > end) return;
    const isEthernet = header.get.type(b, at) === ETHERNET;
    emitItems(b, at, end, isEthernet ? rest : header.items, out);
    if (isEthernet) out.add(priority, at + destination.size - 1, 1, header.get.user(b, at) & 3);
  },
  info(line, layers, i) {
    line.text('VLAN ID: ');
    line.dec(header.get.vlan_id(layers.bytes, layers.start[i]));
  },
  label: (layers, i) => `VLAN ${header.get.vlan_id(layers.bytes, layers.start[i])}`,
  // tshark has it among the Ethernet headers.
  protocols: () => '',
});
