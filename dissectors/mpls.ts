// MPLS label stack, RFC 3032. The stack is one layer, as in Wireshark: labels are fields that occur several times.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { layout, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('mpls', [
  uint('label', 20, 'Label', { type: 'uint32' }),
  uint('exp', 3, 'Traffic class', { type: 'uint32' }),
  uint('bottom', 1, 'Bottom of stack', { type: 'uint32' }),
  uint('ttl', 8, 'TTL', { type: 'uint32' }),
]);

/** Labels in one stack at most; deeper stacks are not read. */
const MAX_LABELS = 64;

const IP = protocol('ip');
const IPV6 = protocol('ipv6');
const ETH = protocol('eth');

/** Labels of RFC 5586 section 4 and RFC 3429. */
const CHANNEL = 13;
const OAM_ALERT = 14;

export const mpls = dissector({
  name: 'mpls',
  title: 'Multiprotocol Label Switching',
  spec: 'RFC 3032',
  role: 'tunnel',
  layout: header,
  shapes: true,
  claims: {
    ethertype: [0x8847, 0x8848],
    'gre.proto': [0x8847, 0x8848],
    'vxlan.next_proto': [5],
    'nsh.next_proto': [5],
    'ip.proto': [137],
    'udp.port': [6635],
  },
  payload: {
    step(layers, at, end) {
      const { bytes } = layers;
      let o = at;
      for (let n = 1; header.get.bottom(bytes, o) === 0 && n < MAX_LABELS; n++) {
        o += header.size;
        if (o + header.size > end) {
          layers.nextAtData(o);
          return;
        }
      }
      const body = o + header.size;
      const last = header.get.label(bytes, o);
      // What follows these is about the path, no packet.
      if (last === OAM_ALERT) return layers.last();
      if (last === CHANNEL) return layers.nextAtData(body);
      // No header names the payload. Its first four bits do: an IP version, or 0 for a control word or an Ethernet address
      // (RFC 4928 section 3).
      const nibble = body < end ? bytes[body] >> 4 : 0;
      if (nibble === 4) layers.next(IP, body);
      else if (nibble === 6) layers.next(IPV6, body);
      else if (nibble === 0 && body + 4 <= end && bytes[body] === 0 && bytes[body + 1] === 0) layers.next(ETH, body + 4);
      else layers.nextAtData(body);
    },
  },
  label: (layers, i) => `label ${header.get.label(layers.bytes, layers.start[i])}`,
  details(out, layers, i) {
    const end = Math.min(layers.body[i], layers.end[i]);
    for (let o = layers.start[i], n = 0; o + header.size <= end && n < MAX_LABELS; o += header.size, n++) {
      emitItems(layers.bytes, o, end, header.items, out);
      if (header.get.bottom(layers.bytes, o) === 1) return;
    }
  },
});
