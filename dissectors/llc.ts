// IEEE 802.2 logical link control, with SNAP (RFC 1042).
import { dissector, protocol, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, uint } from '../src/dissect/layout.js';
import type { Layers } from '../src/dissect/walk.js';

export const header = layout('llc', [uint('dsap', 8, 'DSAP', 'hex'), uint('ssap', 8, 'SSAP', 'hex')]);

const control = field('llc.control', 'Control field', 'uint16', { base: 'hex' });
const oui = field('llc.oui', 'Organization code', 'uint24');
const type = field('llc.type', 'Type', 'uint16', { base: 'hex' });
const ciscoPid = field('llc.cisco_pid', 'PID', 'uint16', { base: 'hex' });

export const SNAP = 0xaa;
/** Organization codes of SNAP whose protocol numbers are Ethernet types (RFC 1042, and Apple's own); Cisco's are its own. */
export const OUI = { ethernet: 0x000000, cisco: 0x00000c, bridgeTunnel: 0x0000f8, apple: 0x080007, bridged: 0x0080c2 } as const;

const ETHERTYPE = table('ethertype');
const DSAP = table('llc.dsap');
const CISCO = table('llc.cisco_pid');
const ETH = protocol('eth');
const STP = protocol('stp');
const BRIDGED = { ethernet: 1, ethernetWithoutChecksum: 7, bpdu: 0xe } as const;
const APPLE_TALK = 0x809b;
const APPLE_ARP = 0x80f3;

/** Unnumbered frames have one control byte, all others two (802.2 section 5.2). */
const bodyAt = (b: Uint8Array, at: number): number => at + ((b[at + 2] & 3) === 3 ? 3 : 4);

/** Information frames, and unnumbered information, carry a payload (802.2 section 5.4). */
const carries = (control: number): boolean => (control & 1) === 0 || control === 3;

const isSnap = (b: Uint8Array, at: number, body: number, end: number): boolean =>
  b[at] === SNAP && b[at + 1] === SNAP && body + 5 <= end;

/** Bridged frames: RFC 2684 section 5.2, with the checksum of the frame or without; two bytes fill up an Ethernet frame. */
function bridged(layers: Layers, pid: number, at: number): void {
  if (pid === BRIDGED.ethernet || pid === BRIDGED.ethernetWithoutChecksum) layers.next(ETH, at + 2);
  else if (pid === BRIDGED.bpdu) layers.next(STP, at);
  else layers.nextAtData(at);
}

export const llc = dissector({
  name: 'llc',
  title: 'Logical-Link Control',
  spec: 'IEEE 802.2',
  role: 'link',
  layout: header,
  minLength: 3,
  fields: [control, oui, type, ciscoPid],
  claims: { 'sll.ltype': [4], 'frame.linktype': [100] },
  info(line, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    line.text('DSAP 0x');
    line.hex(bytes[at], 2);
    line.text(' SSAP 0x');
    line.hex(bytes[at + 1], 2);
  },
  payload: {
    step(layers, at, end) {
      const { bytes } = layers;
      const body = bodyAt(bytes, at);
      if (!isSnap(bytes, at, body, end)) {
        if (carries(bytes[at + 2])) layers.nextBy(DSAP, bytes[at], body);
        else layers.nextAtData(body);
        return;
      }
      const organization = readUint(bytes, body, 3);
      const pid = readUint(bytes, body + 3, 2);
      if (organization === OUI.cisco) layers.nextBy(CISCO, pid, body + 5);
      else if (organization === OUI.bridged) bridged(layers, pid, body + 5);
      // Frames of commands (XID, TEST ...) carry no packet.
      else if (!carries(bytes[at + 2])) layers.nextAtData(body + 5);
      else if (
        organization === OUI.ethernet ||
        organization === OUI.bridgeTunnel ||
        (organization === OUI.apple && (pid === APPLE_TALK || pid === APPLE_ARP))
      )
        layers.nextBy(ETHERTYPE, pid, body + 5);
      else layers.nextAtData(body + 5);
    },
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    const body = bodyAt(bytes, at);
    // Of two bytes the first has the low bits (802.2 section 5.2).
    if (body <= end) out.add(control, at + 2, body - at - 2, bytes[at + 2] | (body - at === 4 ? bytes[at + 3] << 8 : 0));
    if (!isSnap(bytes, at, body, end)) return;
    const organization = readUint(bytes, body, 3);
    out.add(oui, body, 3, organization);
    const pid = readUint(bytes, body + 3, 2);
    if (organization === OUI.cisco) out.add(ciscoPid, body + 3, 2, pid);
    else if (
      carries(bytes[at + 2]) &&
      (organization === OUI.ethernet || organization === OUI.bridgeTunnel || organization === OUI.apple)
    )
      out.add(type, body + 3, 2, pid);
  },
});
