// BGP-4, RFC 4271; capabilities, RFC 5492; other address families, RFC 4760. A segment may hold several messages, and the
// first may be the end of one that began in an earlier segment.
import { u16, u32 } from '../src/bytes/read.js';
import { ipv6 as showIpv6 } from '../src/bytes/show.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bits, bytes, fieldsOf, flag, ipv4, ipv6, layout, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

/** Values of `bgp.type`. */
export const TYPE = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;
const TYPES: Readonly<Record<number, string>> = {
  1: 'OPEN Message',
  2: 'UPDATE Message',
  3: 'NOTIFICATION Message',
  4: 'KEEPALIVE Message',
  5: 'ROUTE-REFRESH Message',
};

const MARKER_BYTES = 16;
export const header = layout('bgp', [
  bytes('marker', MARKER_BYTES, 'Marker'),
  uint('length', 16, 'Length'),
  uint('type', 8, 'Type', { values: TYPES }),
]);

const open = layout('bgp', [
  uint('open.version', 8, 'Version'),
  uint('open.myas', 16, 'My AS'),
  uint('open.holdtime', 16, 'Hold time, seconds'),
  ipv4('open.identifier', 'BGP identifier'),
  uint('open.opt.len', 8, 'Optional parameters length'),
]);
const parameter = layout('bgp', [
  uint('open.opt.param.type', 8, 'Parameter type', { values: { 2: 'Capability' } }),
  uint('open.opt.param.len', 8, 'Parameter length'),
]);
const capability = layout('bgp', [
  uint('cap.type', 8, 'Capability', {
    values: {
      1: 'Multiprotocol extensions',
      2: 'Route refresh',
      6: 'BGP extended message',
      64: 'Graceful restart',
      65: '4-octet AS number',
      69: 'ADD-PATH',
      70: 'Enhanced route refresh',
    },
  }),
  uint('cap.length', 8, 'Length'),
]);
const as4Capability = layout('bgp', [uint('cap.4as', 32, 'AS number')]);

const withdrawnLength = layout('bgp', [uint('update.withdrawn_routes.length', 16, 'Withdrawn routes length')]);
const attributesLength = layout('bgp', [uint('update.path_attributes.length', 16, 'Total path attribute length')]);
const attribute = field('bgp.update.path_attribute', 'Path attribute', 'none');
const attributeHead = layout('bgp', [
  bits('update.path_attribute.flags', 'Flags', [
    flag('update.path_attribute.flags.optional', 'Optional'),
    flag('update.path_attribute.flags.transitive', 'Transitive'),
    flag('update.path_attribute.flags.partial', 'Partial'),
    flag('update.path_attribute.flags.extended_length', 'Extended length'),
    uint('update.path_attribute.flags.unused', 4, 'Unused', 'hex'),
  ]),
  uint('update.path_attribute.type_code', 8, 'Type code', {
    values: {
      1: 'ORIGIN',
      2: 'AS_PATH',
      3: 'NEXT_HOP',
      4: 'MULTI_EXIT_DISC',
      5: 'LOCAL_PREF',
      6: 'ATOMIC_AGGREGATE',
      7: 'AGGREGATOR',
      8: 'COMMUNITIES',
      9: 'ORIGINATOR_ID',
      10: 'CLUSTER_LIST',
      14: 'MP_REACH_NLRI',
      15: 'MP_UNREACH_NLRI',
      16: 'EXTENDED_COMMUNITIES',
      32: 'LARGE_COMMUNITY',
    },
  }),
]);
const attributeLength = field('bgp.update.path_attribute.length', 'Length', 'uint16');
const origin = layout('bgp', [
  uint('update.path_attribute.origin', 8, 'Origin', { values: { 0: 'IGP', 1: 'EGP', 2: 'INCOMPLETE' } }),
]);
const segment = layout('bgp', [
  uint('update.path_attribute.as_path_segment.type', 8, 'Segment type', {
    values: { 1: 'AS_SET', 2: 'AS_SEQUENCE', 3: 'AS_CONFED_SEQUENCE', 4: 'AS_CONFED_SET' },
  }),
  uint('update.path_attribute.as_path_segment.length', 8, 'Number of AS'),
]);
const as2 = layout('bgp', [uint('update.path_attribute.as_path_segment.as2', 16, 'AS')]);
const as4 = layout('bgp', [uint('update.path_attribute.as_path_segment.as4', 32, 'AS')]);
const nextHop = layout('bgp', [ipv4('update.path_attribute.next_hop', 'Next hop')]);
const exitDiscriminator = layout('bgp', [uint('update.path_attribute.multi_exit_disc', 32, 'Multiple exit discriminator')]);
const localPreference = layout('bgp', [uint('update.path_attribute.local_pref', 32, 'Local preference')]);
const originator = layout('bgp', [ipv4('update.path_attribute.originator_id', 'Originator')]);
const cluster = layout('bgp', [ipv4('path_attribute.cluster_id', 'Cluster')]);
const community = layout('bgp', [
  uint('update.path_attribute.community_as', 16, 'Community AS'),
  uint('update.path_attribute.community_value', 16, 'Community value'),
]);
const wellKnownCommunity = layout('bgp', [uint('update.path_attribute.community_wellknown', 32, 'Community', 'hex')]);
const reach = layout('bgp', [
  uint('update.path_attribute.mp_reach_nlri.afi', 16, 'Address family'),
  uint('update.path_attribute.mp_reach_nlri.safi', 8, 'Subsequent address family'),
]);
const reachHop4 = layout('bgp', [ipv4('update.path_attribute.mp_reach_nlri.next_hop.ipv4', 'Next hop')]);
const reachHop6 = layout('bgp', [ipv6('update.path_attribute.mp_reach_nlri.next_hop.ipv6', 'Next hop')]);
const reachLinkLocal = layout('bgp', [
  ipv6('update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local', 'Link-local next hop'),
]);
const unreach = layout('bgp', [
  uint('update.path_attribute.mp_unreach_nlri.afi', 16, 'Address family'),
  uint('update.path_attribute.mp_unreach_nlri.safi', 8, 'Subsequent address family'),
]);

const prefixLength = field('bgp.prefix_length', 'Prefix length', 'uint8');
const withdrawnPrefix = field('bgp.withdrawn_prefix', 'Withdrawn prefix', 'ipv4');
const nlriPrefix = field('bgp.nlri_prefix', 'Prefix', 'ipv4');
const reachPrefix4 = field('bgp.mp_reach_nlri_ipv4_prefix', 'Prefix', 'ipv4');
const reachPrefix6 = field('bgp.mp_reach_nlri_ipv6_prefix', 'Prefix', 'ipv6');
const unreachPrefix4 = field('bgp.mp_unreach_nlri_ipv4_prefix', 'Withdrawn prefix', 'ipv4');
const unreachPrefix6 = field('bgp.mp_unreach_nlri_ipv6_prefix', 'Withdrawn prefix', 'ipv6');

const notification = layout('bgp', [
  uint('notify.major_error', 8, 'Error code', {
    values: {
      1: 'Message Header Error',
      2: 'OPEN Message Error',
      3: 'UPDATE Message Error',
      4: 'Hold Timer Expired',
      5: 'Finite State Machine Error',
      6: 'Cease',
    },
  }),
]);
/** The field of the subcode has a name for each code (RFC 4271 section 4.5). */
const minor = (name: string) => layout('bgp', [uint(`notify.${name}`, 8, 'Error subcode')]);
const minorErrors = [
  minor('minor_error_unknown'),
  minor('minor_error'),
  minor('minor_error_open'),
  minor('minor_error_update'),
  minor('minor_error_expired'),
  minor('minor_error_state'),
  minor('minor_error_cease'),
];
const refresh = layout('bgp', [
  uint('route_refresh.afi', 16, 'Address family'),
  uint('route_refresh.subtype', 8, 'Subtype'),
  uint('route_refresh.safi', 8, 'Subsequent address family'),
]);

const CAPABILITY = 2;
const CAPABILITY_AS4 = 65;
const AFI = { ip4: 1, ip6: 2 } as const;
const UNICAST = 1;
const MULTICAST = 2;
const ATTRIBUTE = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  exitDiscriminator: 4,
  localPreference: 5,
  communities: 8,
  originator: 9,
  clusters: 10,
  reach: 14,
  unreach: 15,
} as const;
const EXTENDED_LENGTH = 0x10;
/** Communities from here on are not made of an AS and a value (RFC 1997). */
const WELL_KNOWN = 0xffff0000;

/** Offset of the next marker at or behind `from`, or -1. */
function markerAt(b: Uint8Array, from: number, end: number): number {
  let ones = 0;
  for (let at = from; at < end; at++) {
    ones = b[at] === 0xff ? ones + 1 : 0;
    if (ones === MARKER_BYTES) return at + 1 - MARKER_BYTES;
  }
  return -1;
}

function prefixes(out: Sink, b: Uint8Array, from: number, end: number, def: FieldDef): void {
  const size = def.type === 'ipv6' ? 16 : 4;
  let at = from;
  while (at < end) {
    const length = b[at];
    const n = (length + 7) >> 3;
    if (n > size || at + 1 + n > end) return;
    out.add(prefixLength, at, 1, length);
    if (size === 4) {
      let address = 0;
      for (let i = 0; i < 4; i++) address = address * 256 + (i < n ? b[at + 1 + i] : 0);
      out.add(def, at + 1, n, address);
    } else if (out.wants(def)) {
      // The bytes behind a short prefix are those of the next one.
      const address = new Uint8Array(16);
      address.set(b.subarray(at + 1, at + 1 + n));
      out.add(def, at + 1, n, showIpv6(address));
    }
    at += 1 + n;
  }
}

/** Does the path read as a list of segments with AS numbers of this size, without a rest? */
function asFits(b: Uint8Array, from: number, end: number, size: 2 | 4): boolean {
  let at = from;
  while (at + 2 <= end) {
    if (b[at] < 1 || b[at] > 4) return false;
    at += 2 + size * b[at + 1];
  }
  return at === end;
}

function asPath(out: Sink, b: Uint8Array, from: number, end: number): void {
  // Which size the two speakers agreed on is known to those who saw the OPEN messages; else the lengths tell (RFC 6793 section 4.1).
  const one = asFits(b, from, end, 2) ? as2 : as4;
  let at = from;
  while (at + segment.size <= end) {
    emitItems(b, at, end, segment.items, out);
    const next = at + segment.size + one.size * b[at + 1];
    for (let o = at + segment.size; o + one.size <= Math.min(next, end); o += one.size) emitItems(b, o, end, one.items, out);
    at = next;
  }
}

/** Next hop and prefixes of another address family, RFC 4760 section 3. */
function multiprotocolReach(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, reach.items, out);
  const hop = at + reach.size;
  if (hop >= end) return;
  const afi = u16(b, at);
  const safi = b[at + 2];
  const hopEnd = hop + 1 + b[hop];
  const plain = safi === UNICAST || safi === MULTICAST;
  if (hopEnd >= end || !plain) return;
  if (b[hop] === 4) emitItems(b, hop + 1, hopEnd, reachHop4.items, out);
  else if (b[hop] === 16 || b[hop] === 32) {
    emitItems(b, hop + 1, hopEnd, reachHop6.items, out);
    emitItems(b, hop + 17, hopEnd, reachLinkLocal.items, out);
  }
  // One reserved byte, once the number of SNPAs.
  if (afi === AFI.ip4) prefixes(out, b, hopEnd + 1, end, reachPrefix4);
  else if (afi === AFI.ip6) prefixes(out, b, hopEnd + 1, end, reachPrefix6);
}

function multiprotocolUnreach(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, unreach.items, out);
  if (at + unreach.size > end || (b[at + 2] !== UNICAST && b[at + 2] !== MULTICAST)) return;
  if (u16(b, at) === AFI.ip4) prefixes(out, b, at + unreach.size, end, unreachPrefix4);
  else if (u16(b, at) === AFI.ip6) prefixes(out, b, at + unreach.size, end, unreachPrefix6);
}

function attributeValue(out: Sink, b: Uint8Array, type: number, at: number, end: number): void {
  switch (type) {
    case ATTRIBUTE.origin:
      emitItems(b, at, end, origin.items, out);
      break;
    case ATTRIBUTE.asPath:
      asPath(out, b, at, end);
      break;
    case ATTRIBUTE.nextHop:
      emitItems(b, at, end, nextHop.items, out);
      break;
    case ATTRIBUTE.exitDiscriminator:
      emitItems(b, at, end, exitDiscriminator.items, out);
      break;
    case ATTRIBUTE.localPreference:
      emitItems(b, at, end, localPreference.items, out);
      break;
    case ATTRIBUTE.communities:
      for (let o = at; o + 4 <= end; o += 4)
        emitItems(b, o, end, (u32(b, o) >= WELL_KNOWN ? wellKnownCommunity : community).items, out);
      break;
    case ATTRIBUTE.originator:
      emitItems(b, at, end, originator.items, out);
      break;
    case ATTRIBUTE.clusters:
      for (let o = at; o + 4 <= end; o += 4) emitItems(b, o, end, cluster.items, out);
      break;
    case ATTRIBUTE.reach:
      multiprotocolReach(out, b, at, end);
      break;
    case ATTRIBUTE.unreach:
      multiprotocolUnreach(out, b, at, end);
      break;
    default:
  }
}

function attributes(out: Sink, b: Uint8Array, from: number, end: number): void {
  let at = from;
  while (at + 3 <= end) {
    const lengthBytes = (b[at] & EXTENDED_LENGTH) !== 0 ? 2 : 1;
    const body = at + 2 + lengthBytes;
    if (body > end) return;
    const length = lengthBytes === 2 ? u16(b, at + 2) : b[at + 2];
    const next = body + length;
    out.open(attribute, at, Math.min(next, end) - at, null);
    emitItems(b, at, end, attributeHead.items, out);
    out.add(attributeLength, at + 2, lengthBytes, length);
    if (next <= end) attributeValue(out, b, b[at + 1], body, next);
    out.close();
    at = next;
  }
}

function update(out: Sink, b: Uint8Array, from: number, end: number): void {
  emitItems(b, from, end, withdrawnLength.items, out);
  if (from + 2 > end) return;
  const withdrawnEnd = from + 2 + u16(b, from);
  prefixes(out, b, from + 2, Math.min(withdrawnEnd, end), withdrawnPrefix);
  if (withdrawnEnd + 2 > end) return;
  emitItems(b, withdrawnEnd, end, attributesLength.items, out);
  const attributesEnd = withdrawnEnd + 2 + u16(b, withdrawnEnd);
  attributes(out, b, withdrawnEnd + 2, Math.min(attributesEnd, end));
  prefixes(out, b, attributesEnd, end, nlriPrefix);
}

function capabilities(out: Sink, b: Uint8Array, from: number, end: number): void {
  let at = from;
  while (at + capability.size <= end) {
    emitItems(b, at, end, capability.items, out);
    const next = at + capability.size + b[at + 1];
    if (b[at] === CAPABILITY_AS4 && next <= end) emitItems(b, at + capability.size, next, as4Capability.items, out);
    at = next;
  }
}

function openMessage(out: Sink, b: Uint8Array, from: number, end: number): void {
  emitItems(b, from, end, open.items, out);
  let at = from + open.size;
  if (at > end) return;
  const stop = Math.min(end, at + b[at - 1]);
  while (at + parameter.size <= stop) {
    emitItems(b, at, stop, parameter.items, out);
    const next = at + parameter.size + b[at + 1];
    if (b[at] === CAPABILITY) capabilities(out, b, at + parameter.size, Math.min(next, stop));
    at = next;
  }
}

function body(out: Sink, b: Uint8Array, type: number, at: number, end: number): void {
  if (type === TYPE.open) openMessage(out, b, at, end);
  else if (type === TYPE.update) update(out, b, at, end);
  else if (type === TYPE.notification && at < end) {
    emitItems(b, at, end, notification.items, out);
    emitItems(b, at + 1, end, (minorErrors[b[at]] ?? minorErrors[0]).items, out);
  } else if (type === TYPE.routeRefresh) emitItems(b, at, end, refresh.items, out);
}

export const bgp = dissector({
  name: 'bgp',
  title: 'Border Gateway Protocol',
  spec: 'RFC 4271',
  minLength: 1,
  fields: [
    ...fieldsOf(header, open, parameter, capability, as4Capability, withdrawnLength, attributesLength, attributeHead, origin),
    ...fieldsOf(
      segment,
      as2,
      as4,
      nextHop,
      exitDiscriminator,
      localPreference,
      originator,
      cluster,
      community,
      wellKnownCommunity,
    ),
    ...fieldsOf(reach, reachHop4, reachHop6, reachLinkLocal, unreach, notification, ...minorErrors, refresh),
    ...[attribute, attributeLength, prefixLength, withdrawnPrefix, nlriPrefix],
    ...[reachPrefix4, reachPrefix6, unreachPrefix4, unreachPrefix6],
  ],
  claims: { 'tcp.port': [179] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = markerAt(b, layers.start[i], end);
    while (at >= 0 && at + header.size <= end) {
      const length = header.get.length(b, at);
      if (length < header.size) return;
      emitItems(b, at, end, header.items, out);
      body(out, b, header.get.type(b, at), at + header.size, Math.min(end, at + length));
      at += length;
    }
  },
  info: (layers, i) => {
    const at = markerAt(layers.bytes, layers.start[i], layers.end[i]);
    if (at < 0 || at + header.size > layers.end[i]) return 'Continuation';
    const type = header.get.type(layers.bytes, at);
    return TYPES[type] ?? `type ${type}`;
  },
});
