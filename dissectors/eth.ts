// Ethernet II and IEEE 802.3. IEEE 802.3 clause 3.2.6: below 0x0600 the field is a length, and LLC follows.
import { u16 } from '../src/bytes/read.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, mac, uint } from '../src/dissect/layout.js';
import { emitItems, emitPlaced } from '../src/dissect/tree.js';

/** Names of EtherTypes, as filters take them (www.iana.org/assignments/ieee-802-numbers); values are printed as numbers, as by tshark. */
export const ETHERTYPE_NAMES: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  25944: 'Transparent Ethernet bridging',
  32821: 'RARP',
  33024: '802.1Q Virtual LAN',
  33079: 'Netware IPX/SPX',
  34525: 'IPv6',
  34824: 'MAC Control',
  34825: 'Slow Protocols',
  34887: 'MPLS label switched packet',
  34888: 'MPLS multicast label switched packet',
  34915: 'PPPoE Discovery',
  34916: 'PPPoE Session',
  34958: '802.1X Authentication',
  34984: '802.1ad Provider Bridge (Q-in-Q)',
  35020: '802.1 Link Layer Discovery Protocol (LLDP)',
  35045: '802.1AE (MACsec)',
  35063: 'PTPv2 over Ethernet (IEEE1588)',
  35151: 'Network Service Header',
};

export const header = layout('eth', [
  mac('dst', 'Destination', { aliases: ['eth.addr'] }),
  mac('src', 'Source', { aliases: ['eth.addr'] }),
  uint('type', 16, 'Type', { base: 'hex', names: ETHERTYPE_NAMES }),
]);

/** Smallest value of the type field that is a type and not a length. */
export const FIRST_TYPE = 0x600;

const LLC = protocol('llc');
const ISL = protocol('isl');
/** Longest 802.3 payload; between it and FIRST_TYPE a value is neither length nor type. */
export const LAST_LENGTH = 1500;
/** What the type field is called up to LAST_LENGTH. */
const length = field('eth.len', 'Length', 'uint16');
/** Does a frame of Cisco's ISL start here? Its destination is one of two addresses, but for their last byte; what it has is that header's. */
const isIsl = (b: Uint8Array, at: number): boolean =>
  (b[at] === 1 || b[at] === 0x0c) && u16(b, at + 1) === 0x000c && u16(b, at + 3) === 0 && u16(b, at + 12) < FIRST_TYPE;
/** A length of 0 is taken for a type. */
const isType = (value: number): boolean => value >= FIRST_TYPE || value === 0;
const addresses = [header.place.dst, header.place.src];

export const eth = dissector({
  name: 'eth',
  title: 'Ethernet',
  spec: 'IEEE 802.3 clause 3',
  role: 'link',
  layout: header,
  shapes: true,
  ofCut: [[0, 14]],
  inPlace: ['dst', 'src'],
  fields: [length],
  claims: {
    'frame.linktype': [1],
    ethertype: [0x6558],
    'gre.proto': [0x6558],
    'vxlan.next_proto': [3],
    'nsh.next_proto': [3],
    'sll.ltype': [3],
    'ip.proto': [143],
  },
  payload: {
    table: 'ethertype',
    by: 'type',
    least: FIRST_TYPE,
    step(layers, at, end) {
      const { bytes } = layers;
      if (isIsl(bytes, at)) return layers.next(ISL, at);
      const size = header.get.type(bytes, at);
      if (size === 0 || size > LAST_LENGTH) return;
      const body = at + header.size;
      layers.bound(body + size);
      // Novell's way of IPX over 802.3: its header starts with a checksum of ones where LLC would stand.
      if (body + 2 <= end && bytes[body] === 0xff && bytes[body + 1] === 0xff) return;
      layers.next(LLC, body);
    },
  },
  info(line, layers, i) {
    const type = header.get.type(layers.bytes, layers.start[i]);
    if (type < FIRST_TYPE) return;
    line.text('Type 0x');
    line.hex(type, 4);
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    emitItems(bytes, at, end, addresses, out);
    if (at + header.size > end || isIsl(bytes, at)) return;
    const type = header.get.type(bytes, at);
    if (isType(type)) emitPlaced(bytes, at, end, header.place.type, out);
    else if (type <= LAST_LENGTH) out.add(length, at + header.place.type.offset, 2, type);
  },
  protocols({ bytes, start }, i) {
    return isType(header.get.type(bytes, start[i])) && !isIsl(bytes, start[i]) ? 'eth:ethertype' : 'eth';
  },
});
