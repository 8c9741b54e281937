// BFD control packets, RFC 5880 section 4.1.
import { dissector } from '../src/dissect/dissector.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const STATES = { 0: 'AdminDown', 1: 'Down', 2: 'Init', 3: 'Up' };
const first = layout('bfd', [
  uint('version', 3, 'Version'),
  uint('diag', 5, 'Diagnostic', {
    base: 'hex',
    values: {
      0: 'No Diagnostic',
      1: 'Control Detection Time Expired',
      2: 'Echo Function Failed',
      3: 'Neighbor Signaled Session Down',
      4: 'Forwarding Plane Reset',
      5: 'Path Down',
      7: 'Administratively Down',
    },
  }),
]);
/** The state is the first two bits of the byte that Wireshark shows as the flags. */
export const state = layout('bfd', [uint('sta', 2, 'Session state', { base: 'hex', values: STATES }), rsv(6)]);
export const header = layout('bfd', [
  rsv(8),
  bits('flags', 'Flags', [
    rsv(2),
    flag('flags.p', 'Poll'),
    flag('flags.f', 'Final'),
    flag('flags.c', 'Control plane independent'),
    flag('flags.a', 'Authentication present'),
    flag('flags.d', 'Demand'),
    flag('flags.m', 'Multipoint'),
  ]),
  uint('detect_time_multiplier', 8, 'Detection time multiplier'),
  uint('message_length', 8, 'Message length'),
  uint('my_discriminator', 32, 'My discriminator', 'hex'),
  uint('your_discriminator', 32, 'Your discriminator', 'hex'),
  uint('desired_min_tx_interval', 32, 'Desired minimum TX interval, microseconds'),
  uint('required_min_rx_interval', 32, 'Required minimum RX interval, microseconds'),
  uint('required_min_echo_interval', 32, 'Required minimum echo interval, microseconds'),
]);
const authentication = layout('bfd', [uint('auth.type', 8, 'Authentication type'), uint('auth.len', 8, 'Authentication length')]);

export const bfd = dissector({
  name: 'bfd',
  title: 'Bidirectional Forwarding Detection',
  spec: 'RFC 5880',
  layout: header,
  shapes: true,
  fields: fieldsOf(first, state, authentication),
  // Single hop (RFC 5881), multihop (RFC 5883), aggregated links (RFC 7130), seamless (RFC 7881).
  claims: { 'udp.port': [3784, 4784, 6784, 7784] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    emitItems(b, at, end, first.items, out);
    emitItems(b, at + 1, end, state.items, out);
    emitItems(b, at, end, header.items, out);
    if (at + header.size <= end && header.get['flags.a'](b, at) === 1)
      emitItems(b, at + header.size, end, authentication.items, out);
  },
  info(line, layers, i) {
    line.text('state ');
    line.text((STATES as Record<number, string>)[state.get.sta(layers.bytes, layers.start[i] + 1)]);
  },
});
