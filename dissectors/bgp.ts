// BGP-4, RFC 4271; capabilities, RFC 5492; other address families, RFC 4760. A segment may hold several messages, and the
// first may be the end of one that began in an earlier segment.
import { u16, u24, u32 } from '../src/bytes/read.js';
import { ipv4 as showIpv4, ipv6 as showIpv6 } from '../src/bytes/show.js';
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

const setOrigin = layout('bgp', [uint('update.path_attribute.attr_set.origin_as', 32, 'Origin AS')]);

const prefixLength = field('bgp.prefix_length', 'Prefix length', 'uint8');
const labelStack = field('bgp.label_stack', 'Label stack', 'string');
const routeDistinguisher = field('bgp.rd', 'Route distinguisher', 'string');
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
/** As length and as type of the optional parameters: the lengths are extended. */
const EXTENDED = 255;
const CAPABILITY_AS4 = 65;
const AFI = { ip4: 1, ip6: 2 } as const;
const UNICAST = 1;
const MULTICAST = 2;
const LABELLED = 4;
const LABELLED_VPN = 128;
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
  set: 128,
} as const;
const EXTENDED_LENGTH = 0x10;
/** Communities from here on are not made of an AS and a value (RFC 1997). */
const WELL_KNOWN = 0xffff0000;

/** Offset of the next marker at or after `from`, or -1. */
export function markerAt(b: Uint8Array, from: number, end: number): number {
  let ones = 0;
  for (let at = from; at < end; at++) {
    ones = b[at] === 0xff ? ones + 1 : 0;
    if (ones === MARKER_BYTES) return at + 1 - MARKER_BYTES;
  }
  return -1;
}

/** The `n` bytes that there are of an address; the rest of it is zero. */
function prefixValue(out: Sink, b: Uint8Array, def: FieldDef, at: number, n: number): void {
  if (def.type === 'ipv4') {
    let address = 0;
    for (let i = 0; i < 4; i++) address = address * 256 + (i < n ? b[at + i] : 0);
    out.add(def, at, n, address);
  } else if (out.wants(def)) {
    const address = new Uint8Array(16);
    address.set(b.subarray(at, at + n));
    out.add(def, at, n, showIpv6(address));
  }
}

function prefixes(out: Sink, b: Uint8Array, from: number, end: number, def: FieldDef): void {
  const size = def.type === 'ipv6' ? 16 : 4;
  let at = from;
  while (at < end) {
    const n = (b[at] + 7) >> 3;
    if (n > size || at + 1 + n > end) return;
    out.add(prefixLength, at, 1, b[at]);
    prefixValue(out, b, def, at + 1, n);
    at += 1 + n;
  }
}

/** RFC 4364 section 4.2: two bytes of type, six of an administrator and its number. */
function distinguisher(b: Uint8Array, at: number): string {
  const type = u16(b, at);
  if (type === 0) return `${u16(b, at + 2)}:${u32(b, at + 4)}`;
  if (type === 1) return `${showIpv4(u32(b, at + 2))}:${u16(b, at + 6)}`;
  return `${u16(b, at + 2)}.${u16(b, at + 4)}:${u16(b, at + 6)}`;
}

/** Prefixes with MPLS labels before them, RFC 8277 section 2; in a VPN with a route distinguisher too. */
function labelledPrefixes(out: Sink, b: Uint8Array, from: number, end: number, def: FieldDef, vpn: boolean): void {
  const size = def.type === 'ipv6' ? 16 : 4;
  let at = from;
  while (at < end) {
    const next = at + 1 + ((b[at] + 7) >> 3);
    if (next > end) return;
    let o = at + 1;
    let labels = '';
    let bottom = false;
    while (!bottom && o + 3 <= next) {
      const label = u24(b, o);
      // A withdrawal has 0x800000 or 0 in place of the labels, without the bottom bit (RFC 8277 section 2.4).
      const withdrawn = labels === '' && (label === 0x800000 || label === 0);
      bottom = withdrawn || (label & 1) === 1;
      labels += withdrawn ? '0 (withdrawn)' : `${labels === '' ? '' : ','}${label >> 4}${bottom ? ' (bottom)' : ''}`;
      o += 3;
    }
    if (labels === '' || next - o < (vpn ? 8 : 0)) return;
    out.add(prefixLength, at, 1, b[at]);
    out.add(labelStack, at + 1, o - at - 1, labels);
    if (vpn) {
      out.add(routeDistinguisher, o, 8, distinguisher(b, o));
      o += 8;
    }
    if (next - o <= size) prefixValue(out, b, def, o, next - o);
    at = next;
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
  const hopEnd = hop + 1 + b[hop];
  if (hopEnd >= end) return;
  nextHops(out, b, b[at + 2], hop + 1, hopEnd);
  // One reserved byte, once the number of SNPAs.
  if (afi === AFI.ip4) reachable(out, b, b[at + 2], hopEnd + 1, end, reachPrefix4);
  else if (afi === AFI.ip6) reachable(out, b, b[at + 2], hopEnd + 1, end, reachPrefix6);
}

/** One address, or an IPv6 one and the link-local one beside it (RFC 2545 section 3); after a route distinguisher in a VPN. */
function nextHops(out: Sink, b: Uint8Array, safi: number, from: number, end: number): void {
  const at = safi === LABELLED_VPN ? from + 8 : from;
  if (end - at === 4) emitItems(b, at, end, reachHop4.items, out);
  else if (end - at >= 16) {
    emitItems(b, at, end, reachHop6.items, out);
    if (end - at === 32) emitItems(b, at + 16, end, reachLinkLocal.items, out);
  }
}

function reachable(out: Sink, b: Uint8Array, safi: number, from: number, end: number, def: FieldDef): void {
  if (safi === UNICAST || safi === MULTICAST) prefixes(out, b, from, end, def);
  else if (safi === LABELLED || safi === LABELLED_VPN) labelledPrefixes(out, b, from, end, def, safi === LABELLED_VPN);
}

function multiprotocolUnreach(out: Sink, b: Uint8Array, at: number, end: number): void {
  emitItems(b, at, end, unreach.items, out);
  const from = at + unreach.size;
  if (from > end) return;
  if (u16(b, at) === AFI.ip4) reachable(out, b, b[at + 2], from, end, unreachPrefix4);
  else if (u16(b, at) === AFI.ip6) reachable(out, b, b[at + 2], from, end, unreachPrefix6);
}

function attributeValue(out: Sink, b: Uint8Array, type: number, at: number, end: number, inSet: boolean): void {
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
    case ATTRIBUTE.set:
      // RFC 6368 section 5: an AS, then attributes of the customer's own; one set holds no other.
      emitItems(b, at, end, setOrigin.items, out);
      if (!inSet) attributes(out, b, at + setOrigin.size, end, true);
      break;
    default:
  }
}

function attributes(out: Sink, b: Uint8Array, from: number, end: number, inSet = false): void {
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
    if (next <= end) attributeValue(out, b, b[at + 1], body, next, inSet);
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
  let stop = Math.min(end, at + b[at - 1]);
  // RFC 9072 section 2: two bytes of length, for the list and for each parameter.
  if (b[at - 1] === EXTENDED && at + 3 <= end && b[at] === EXTENDED) {
    stop = Math.min(end, at + 3 + u16(b, at + 1));
    at += 3;
    while (at + 3 <= stop) {
      const next = at + 3 + u16(b, at + 1);
      out.add(parameter.field['open.opt.param.type'], at, 1, b[at]);
      if (b[at] === CAPABILITY) capabilities(out, b, at + 3, Math.min(next, stop));
      at = next;
    }
    return;
  }
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

/** AS number and hold time in seconds of the OPEN whose body is at `from`; an AS of 4 octets by its capability (RFC 6793 section 3). */
export function openOf(b: Uint8Array, from: number, end: number): { readonly as: number; readonly holdTime: number } | null {
  if (from + open.size > end) return null;
  const holdTime = open.get['open.holdtime'](b, from);
  let as = open.get['open.myas'](b, from);
  const stop = Math.min(end, from + open.size + b[from + open.size - 1]);
  for (let at = from + open.size; at + 2 <= stop; at += 2 + b[at + 1]) {
    if (b[at] !== CAPABILITY) continue;
    const last = Math.min(stop, at + 2 + b[at + 1]);
    for (let c = at + 2; c + 2 <= last; c += 2 + b[c + 1])
      if (b[c] === CAPABILITY_AS4 && b[c + 1] === 4 && c + 6 <= last) as = u32(b, c + 2);
  }
  return { as, holdTime };
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
    ...fieldsOf(reach, reachHop4, reachHop6, reachLinkLocal, unreach, setOrigin, notification, ...minorErrors, refresh),
    ...[attribute, attributeLength, prefixLength, labelStack, routeDistinguisher, withdrawnPrefix, nlriPrefix],
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
  info(line, layers, i) {
    const at = markerAt(layers.bytes, layers.start[i], layers.end[i]);
    if (at < 0 || at + header.size > layers.end[i]) {
      line.text('Continuation');
      return;
    }
    const type = header.get.type(layers.bytes, at);
    line.text(TYPES[type] ?? `type ${type}`);
  },
});
