// What `-e` prints of the headers of links.
import type { Line } from '../../src/bytes/line.js';
import { type Printing, type TcpdumpStyle, tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { eth, header as ethHeader, FIRST_TYPE } from '../eth.js';
import { header, header2, sll, sll2 } from '../sll.js';
import { header as tagHeader, vlan } from '../vlan.js';

const ETHERTYPES: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  32821: 'Reverse ARP',
  33024: '802.1Q',
  34525: 'IPv6',
  34824: 'MPCP',
  34825: 'Slow Protocols',
  34887: 'MPLS unicast',
  34888: 'MPLS multicast',
  34915: 'PPPoE D',
  34916: 'PPPoE S',
  34958: 'EAPOL',
  34984: '802.1Q-QinQ',
  35020: 'LLDP',
  35045: '802.1AE MACsec',
  35063: 'PTP',
  36864: 'Loopback',
  37120: '802.1Q-9100',
};
const ethertype = (type: number): string =>
  `ethertype ${ETHERTYPES[type] ?? 'Unknown'} (0x${type.toString(16).padStart(4, '0')})`;

/** Linux packet types as tcpdump names them. */
export const PACKET_TYPES = ['In', 'B', 'M', 'P', 'Out'];
const ETHERNET_ADDRESS = 6;

/** Bytes of the frame from layer `i` on. */
const lengthFrom = ({ layers }: Printing, i: number): number =>
  i === 0 && layers.frame !== null ? layers.frame.wireLength : layers.wireEnd[i] - layers.start[i];

function writeType(p: Printing, i: number, type: number): void {
  if (p.choice.quick) p.line.text(type < FIRST_TYPE ? '802.3' : (ETHERTYPES[type] ?? 'Unknown'));
  else p.line.text(type < FIRST_TYPE ? '802.3' : ethertype(type));
  p.line.text(', length ');
  p.line.dec(lengthFrom(p, i));
  p.line.text(': ');
}

const ethernet = tcpdumpStyle({
  of: [eth],
  after: ['frame'],
  print(p, i) {
    const { layers, line } = p;
    const { bytes } = layers;
    const at = layers.start[i];
    line.mac(bytes, at + ethHeader.place.src.offset);
    line.text(' > ');
    line.mac(bytes, at + ethHeader.place.dst.offset);
    line.text(', ');
    writeType(p, i, ethHeader.get.type(bytes, at));
  },
});

const tag = tcpdumpStyle({
  of: [vlan],
  after: ['frame'],
  print({ layers, line }, i) {
    const { bytes } = layers;
    const { get } = tagHeader;
    const at = layers.start[i];
    line.text(`vlan ${get.id(bytes, at)}, p ${get.priority(bytes, at)}${get.dei(bytes, at) ? ', DEI' : ''}, `);
    const type = get.etype(bytes, at);
    if (type >= FIRST_TYPE) line.text(`${ethertype(type)}, `);
  },
});

/** The address of a cooked header, where it is one of Ethernet. */
function address(line: Line, b: Uint8Array, at: number, length: number): void {
  if (length !== ETHERNET_ADDRESS) return;
  line.mac(b, at);
  line.space();
}

const cooked = tcpdumpStyle({
  of: [sll],
  after: ['frame'],
  print(p, i) {
    const { layers, line } = p;
    const { bytes } = layers;
    const { get, place } = header;
    const at = layers.start[i];
    line.text(`${(PACKET_TYPES[get.pkttype(bytes, at)] ?? '?').padStart(3)} `);
    address(line, bytes, at + place.addr.offset, get.halen(bytes, at));
    writeType(p, i, get.proto(bytes, at));
  },
});

const cooked2 = tcpdumpStyle({
  of: [sll2],
  after: ['frame'],
  print(p, i) {
    const { layers, line } = p;
    const { bytes } = layers;
    const { get, place } = header2;
    const at = layers.start[i];
    line.text(`ifindex ${get.ifindex(bytes, at)} `);
    address(line, bytes, at + place.addr.offset, get.halen(bytes, at));
    writeType(p, i, get.proto(bytes, at));
  },
});

export default [ethernet, tag, cooked, cooked2] satisfies readonly TcpdumpStyle[];
