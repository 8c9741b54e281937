// LLDP, IEEE 802.1AB-2016 clause 8. TLVs of organizations are shown with their number and bytes.
import { u16, u24 } from '../src/bytes/read.js';
import { utf8, zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, ipv4, ipv6, layout, mac, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

/** Values of `lldp.tlv.type` (802.1AB table 8-1). */
export const TLV = {
  end: 0,
  chassis: 1,
  port: 2,
  timeToLive: 3,
  portDescription: 4,
  systemName: 5,
  systemDescription: 6,
  capabilities: 7,
  management: 8,
  organization: 127,
} as const;

const tlv = layout('lldp', [
  uint('tlv.type', 7, 'TLV type', {
    values: {
      0: 'End of LLDPDU',
      1: 'Chassis ID',
      2: 'Port ID',
      3: 'Time to live',
      4: 'Port description',
      5: 'System name',
      6: 'System description',
      7: 'System capabilities',
      8: 'Management address',
      127: 'Organization specific',
    },
  }),
  uint('tlv.len', 9, 'TLV length'),
]);
const chassisSubtype = layout('lldp', [uint('chassis.subtype', 8, 'Chassis ID subtype')]);
const chassisMac = layout('lldp', [mac('chassis.id.mac', 'Chassis ID')]);
const chassisIp4 = layout('lldp', [ipv4('chassis.id.ip4', 'Chassis ID')]);
const chassisIp6 = layout('lldp', [ipv6('chassis.id.ip6', 'Chassis ID')]);
const chassisId = field('lldp.chassis.id', 'Chassis ID', 'bytes');
const portSubtype = layout('lldp', [uint('port.subtype', 8, 'Port ID subtype')]);
const portMac = layout('lldp', [mac('port.id.mac', 'Port ID')]);
const portIp4 = layout('lldp', [ipv4('port.id.ip4', 'Port ID')]);
const portIp6 = layout('lldp', [ipv6('port.id.ip6', 'Port ID')]);
const portId = field('lldp.port.id', 'Port ID', 'string');
const networkAddress = layout('lldp', [uint('network_address.subtype', 8, 'Network address family')]);
const timeToLive = layout('lldp', [uint('time_to_live', 16, 'Time to live, seconds')]);
const portDescription = field('lldp.port.desc', 'Port description', 'string');
const systemName = field('lldp.tlv.system.name', 'System name', 'string');
const systemDescription = field('lldp.tlv.system.desc', 'System description', 'string');

/** Capabilities, lowest bit first (802.1AB table 8-4); Wireshark lists them in this order too. */
const CAPABILITIES = [
  ['other', 'Other'],
  ['repeater', 'Repeater'],
  ['bridge', 'Bridge'],
  ['wlan_access_pt', 'WLAN access point'],
  ['router', 'Router'],
  ['telephone', 'Telephone'],
  ['docsis_cable_device', 'DOCSIS cable device'],
  ['station_only', 'Station only'],
] as const;
const capabilityBits = (name: string) => [rsv(8), ...CAPABILITIES.map(([bit, title]) => flag(`${name}.${bit}`, title)).reverse()];
const capabilities = layout('lldp', [
  bits('tlv.system_cap', 'Capabilities', capabilityBits('tlv.system_cap')),
  bits('tlv.enable_system_cap', 'Enabled capabilities', capabilityBits('tlv.enable_system_cap')),
]);

const managementLength = layout('lldp', [
  uint('mgn.address.len', 8, 'Address string length'),
  uint('mgn.address.subtype', 8, 'Address subtype'),
]);
const managementIp4 = layout('lldp', [ipv4('mgn.addr.ip4', 'Management address')]);
const managementIp6 = layout('lldp', [ipv6('mgn.addr.ip6', 'Management address')]);
const managementOther = field('lldp.mgn.addr.hex', 'Management address', 'bytes');
const managementInterface = layout('lldp', [
  uint('mgn.interface.subtype', 8, 'Interface subtype'),
  uint('mgn.interface.number', 32, 'Interface number'),
  uint('mgn.obj.len', 8, 'OID string length'),
]);
const oui = field('lldp.orgtlv.oui', 'Organization', 'uint24');
const ieee1 = layout('lldp', [uint('ieee.802_1.subtype', 8, 'IEEE 802.1 subtype', 'hex')]);
const portVlan = layout('lldp', [uint('ieee.802_1.port_vlan.id', 16, 'Port VLAN')]);
const ieee3 = layout('lldp', [uint('ieee.802_3.subtype', 8, 'IEEE 802.3 subtype', 'hex')]);
const maxFrame = layout('lldp', [uint('ieee.802_3.max_frame_size', 16, 'Maximum frame size')]);
const subtype = field('lldp.unknown_subtype', 'Subtype', 'uint8');
const content = field('lldp.unknown_subtype.content', 'Content', 'bytes');

/** Organizations with subtypes of their own, and the two subtypes that matter on a path (802.1Q annex D, 802.3 clause 79). */
const OUI = { ieee1: 0x0080c2, ieee3: 0x00120f } as const;
const PORT_VLAN = 1;
const MAX_FRAME = 4;

/** Address families (IANA) as in chassis, port and management addresses. */
const FAMILY = { ip4: 1, ip6: 2 } as const;
/** Subtypes of chassis and port ID that are addresses (802.1AB tables 8-2 and 8-3). */
const CHASSIS = { mac: 4, network: 5 } as const;
const PORT = { mac: 3, network: 4 } as const;

function chassis(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, chassisSubtype.items, out);
  const kind = b[at];
  if (kind === CHASSIS.mac && end - at === 7) emitItems(b, at + 1, end, chassisMac.items, out);
  else if (kind === CHASSIS.network && end - at >= 2) {
    emitItems(b, at + 1, end, networkAddress.items, out);
    if (b[at + 1] === FAMILY.ip4) emitItems(b, at + 2, end, chassisIp4.items, out);
    else if (b[at + 1] === FAMILY.ip6) emitItems(b, at + 2, end, chassisIp6.items, out);
  } else out.add(chassisId, at + 1, end - at - 1, null);
}

function port(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, portSubtype.items, out);
  const kind = b[at];
  if (kind === PORT.mac && end - at === 7) emitItems(b, at + 1, end, portMac.items, out);
  else if (kind === PORT.network && end - at >= 2) {
    emitItems(b, at + 1, end, networkAddress.items, out);
    if (b[at + 1] === FAMILY.ip4) emitItems(b, at + 2, end, portIp4.items, out);
    else if (b[at + 1] === FAMILY.ip6) emitItems(b, at + 2, end, portIp6.items, out);
  } else out.add(portId, at + 1, end - at - 1, zeroTerminated(b, at + 1, end));
}

function management(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, managementLength.items, out);
  // The length counts the subtype (802.1AB clause 8.5.9.3).
  const addressEnd = at + 1 + b[at];
  if (addressEnd < at + 2 || addressEnd > end) return;
  const family = b[at + 1];
  if (family === FAMILY.ip4) emitItems(b, at + 2, addressEnd, managementIp4.items, out);
  else if (family === FAMILY.ip6) emitItems(b, at + 2, addressEnd, managementIp6.items, out);
  else out.add(managementOther, at + 2, addressEnd - at - 2, null);
  emitItems(b, addressEnd, end, managementInterface.items, out);
}

/** What follows the organization's number: its subtype at `at`, and the value. */
function organization(out: Sink, b: Uint8Array, id: number, at: number, end: number): void {
  if (id === OUI.ieee1) {
    emitItems(b, at, end, ieee1.items, out);
    if (b[at] === PORT_VLAN) emitItems(b, at + 1, end, portVlan.items, out);
  } else if (id === OUI.ieee3) {
    emitItems(b, at, end, ieee3.items, out);
    if (b[at] === MAX_FRAME) emitItems(b, at + 1, end, maxFrame.items, out);
  } else {
    out.add(subtype, at, 1, b[at]);
    if (end > at + 1) out.add(content, at + 1, end - at - 1, null);
  }
}

function value(out: Sink, b: Uint8Array, type: number, at: number, end: number): void {
  switch (type) {
    case TLV.chassis:
      if (end - at >= 2) chassis(out, b, at, end);
      break;
    case TLV.port:
      if (end - at >= 2) port(out, b, at, end);
      break;
    case TLV.timeToLive:
      emitItems(b, at, end, timeToLive.items, out);
      break;
    case TLV.portDescription:
      out.add(portDescription, at, end - at, utf8(b, at, end));
      break;
    case TLV.systemName:
      out.add(systemName, at, end - at, utf8(b, at, end));
      break;
    case TLV.systemDescription:
      out.add(systemDescription, at, end - at, utf8(b, at, end));
      break;
    case TLV.capabilities:
      emitItems(b, at, end, capabilities.items, out);
      break;
    case TLV.management:
      if (end - at >= 2) management(out, b, at, end);
      break;
    case TLV.organization:
      if (end - at < 4) break;
      out.add(oui, at, 3, u24(b, at));
      organization(out, b, u24(b, at), at + 3, end);
      break;
    default:
  }
}

/** Every frame begins with them, in this order (clause 8.2). */
const FIRST = [TLV.chassis, TLV.port, TLV.timeToLive];

export const lldp = dissector({
  name: 'lldp',
  title: 'Link Layer Discovery Protocol',
  spec: 'IEEE 802.1AB',
  minLength: 2,
  fields: [
    ...fieldsOf(tlv, chassisSubtype, chassisMac, networkAddress, chassisIp4, chassisIp6, portSubtype, portMac, portIp4, portIp6),
    ...fieldsOf(
      timeToLive,
      capabilities,
      managementLength,
      managementIp4,
      managementIp6,
      managementInterface,
      ieee1,
      portVlan,
      ieee3,
      maxFrame,
    ),
    ...[chassisId, portId, portDescription, systemName, systemDescription, managementOther, oui, subtype, content],
  ],
  claims: { ethertype: [0x88cc] },
  payload: { none: true },
  info(line, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    // The three that every frame has, and the name people know.
    for (let at = layers.start[i], n = 0; at + 2 <= end && n < 16; n++) {
      const type = b[at] >> 1;
      const from = at + 2;
      const next = from + (u16(b, at) & 0x1ff);
      if (type === TLV.end || next > end) return;
      if (type === TLV.chassis && b[from] === CHASSIS.mac && next - from === 7) {
        line.text('Chassis ');
        line.mac(b, from + 1);
      } else if (type === TLV.port && next > from + 1 && b[from] !== PORT.mac && b[from] !== PORT.network) {
        line.text(' Port ');
        line.safe(utf8(b, from + 1, next), 64);
      } else if (type === TLV.timeToLive && next - from >= 2) {
        line.text(' TTL ');
        line.dec(u16(b, from));
      } else if (type === TLV.systemName) {
        line.text(' System ');
        line.safe(utf8(b, from, next), 64);
      }
      at = next;
    }
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    // Every round moves on by two bytes at least; the end TLV, or one that leaves the packet, is the last.
    for (let n = 0; at + 2 <= end; n++) {
      const head = u16(b, at);
      // Clause 9.2.7.7: a frame whose first three are not these is no good, and nobody reads on.
      if (n < FIRST.length && head >> 9 !== FIRST[n]) return;
      emitItems(b, at, end, tlv.items, out);
      const next = at + 2 + (head & 0x1ff);
      if (head >> 9 === TLV.end || next > end) return;
      value(out, b, head >> 9, at + 2, next);
      at = next;
    }
  },
});
