// DHCPv6, RFC 8415. Relay messages (section 9) hold a whole message in an option, and so do relays of relays.
import { u16, u32 } from '../src/bytes/read.js';
import { hex } from '../src/bytes/show.js';
import { utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { fieldsOf, ipv6, layout, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const TYPES: Readonly<Record<number, string>> = {
  1: 'Solicit',
  2: 'Advertise',
  3: 'Request',
  4: 'Confirm',
  5: 'Renew',
  6: 'Rebind',
  7: 'Reply',
  8: 'Release',
  9: 'Decline',
  10: 'Reconfigure',
  11: 'Information-request',
  12: 'Relay-forw',
  13: 'Relay-reply',
};
/** Values of `dhcpv6.msgtype`, RFC 8415 section 7.3. */
export const MESSAGE = { solicit: 1, advertise: 2, request: 3, renew: 5, rebind: 6, reply: 7 } as const;
/** Values of `dhcpv6.msgtype` whose header is that of a relay. */
export const RELAY = { forward: 12, reply: 13 } as const;

const messageType = uint('msgtype', 8, 'Message type', { values: TYPES });
export const header = layout('dhcpv6', [messageType, uint('xid', 24, 'Transaction ID', 'hex')]);
const relayHeader = layout('dhcpv6', [
  messageType,
  uint('hopcount', 8, 'Hop count'),
  ipv6('linkaddr', 'Link address'),
  ipv6('peeraddr', 'Peer address'),
]);

const OPTIONS: Readonly<Record<number, string>> = {
  1: 'Client Identifier',
  2: 'Server Identifier',
  3: 'Identity Association for Non-temporary Address',
  4: 'Identity Association for Temporary Address',
  5: 'IA Address',
  6: 'Option Request',
  7: 'Preference',
  8: 'Elapsed time',
  9: 'Relay Message',
  11: 'Authentication',
  12: 'Server unicast',
  13: 'Status code',
  14: 'Rapid Commit',
  15: 'User Class',
  16: 'Vendor Class',
  17: 'Vendor-specific Information',
  18: 'Interface-Id',
  19: 'Reconfigure Message',
  20: 'Reconfigure Accept',
  23: 'DNS recursive name server',
  24: 'Domain Search List',
  25: 'Identity Association for Prefix Delegation',
  26: 'IA Prefix',
  31: 'Simple Network Time Protocol Server',
  32: 'Lifetime',
  37: 'Remote Identifier',
  39: 'Client Fully Qualified Domain Name',
};
/** Option codes (RFC 8415 section 21, RFC 3646, RFC 4075). */
const OPTION = {
  clientId: 1,
  serverId: 2,
  iaNa: 3,
  iaTa: 4,
  iaAddress: 5,
  request: 6,
  preference: 7,
  elapsed: 8,
  relay: 9,
  unicast: 12,
  status: 13,
  interfaceId: 18,
  dnsServers: 23,
  iaPd: 25,
  iaPrefix: 26,
  sntp: 31,
  lifetime: 32,
} as const;

const option = layout('dhcpv6', [uint('option.type', 16, 'Option', { values: OPTIONS }), uint('option.length', 16, 'Length')]);
const duid = field('dhcpv6.duid.bytes', 'DUID', 'bytes');
const duidType = layout('dhcpv6', [
  uint('duid.type', 16, 'DUID type', {
    values: { 1: 'link-layer address plus time', 2: 'vendor, by enterprise number', 3: 'link-layer address', 4: 'UUID' },
  }),
]);
const iaid = field('dhcpv6.iaid', 'IAID', 'string');
const iata = field('dhcpv6.iata', 'IATA', 'string');
const iaTimes = layout('dhcpv6', [uint('iaid.t1', 32, 'T1, seconds'), uint('iaid.t2', 32, 'T2, seconds')]);
const iaAddress = layout('dhcpv6', [
  ipv6('iaaddr.ip', 'Address'),
  uint('iaaddr.pref_lifetime', 32, 'Preferred lifetime, seconds'),
  uint('iaaddr.valid_lifetime', 32, 'Valid lifetime, seconds'),
]);
const iaPrefix = layout('dhcpv6', [
  uint('iaprefix.pref_lifetime', 32, 'Preferred lifetime, seconds'),
  uint('iaprefix.valid_lifetime', 32, 'Valid lifetime, seconds'),
  uint('iaprefix.pref_len', 8, 'Prefix length'),
  ipv6('iaprefix.pref_addr', 'Prefix address'),
]);
const requested = layout('dhcpv6', [uint('requested_option_code', 16, 'Requested option', { values: OPTIONS })]);
const preference = layout('dhcpv6', [uint('option_preference', 8, 'Preference')]);
const elapsed = layout('dhcpv6', [uint('elapsed_time', 16, 'Elapsed time, milliseconds', { times: 10 })]);
const unicast = layout('dhcpv6', [ipv6('unicast', 'Server address')]);
const status = layout('dhcpv6', [
  uint('status_code', 16, 'Status code', {
    values: {
      0: 'Success',
      1: 'UnspecFail',
      2: 'NoAddrsAvail',
      3: 'NoBinding',
      4: 'NotOnLink',
      5: 'UseMulticast',
      6: 'NoPrefixAvail',
    },
  }),
]);
const statusMessage = field('dhcpv6.status_msg', 'Status message', 'string');
const interfaceId = field('dhcpv6.interface_id', 'Interface ID', 'bytes');
const dnsServer = layout('dhcpv6', [ipv6('dns_server', 'DNS server')]);
const sntpServer = layout('dhcpv6', [ipv6('sntp_server', 'SNTP server')]);
const lifetime = layout('dhcpv6', [uint('lifetime', 32, 'Lifetime, seconds')]);

/** Options in options, relays in relays: deeper than this nobody nests (a relay chain ends at 8 hops, section 7.6). */
const MAX_DEPTH = 16;

/** The same field over and over, up to `end`. */
function repeat(
  out: Sink,
  b: Uint8Array,
  from: number,
  end: number,
  one: typeof dnsServer | typeof sntpServer | typeof requested,
) {
  for (let at = from; at + one.size <= end; at += one.size) emitItems(b, at, end, one.items, out);
}

function value(out: Sink, b: Uint8Array, code: number, at: number, end: number, depth: number): void {
  switch (code) {
    case OPTION.clientId:
    case OPTION.serverId:
      if (end > at) out.add(duid, at, end - at, null);
      emitItems(b, at, end, duidType.items, out);
      break;
    case OPTION.iaNa:
    case OPTION.iaPd:
      if (end - at < 4) break;
      out.add(iaid, at, 4, hex(b, at, at + 4));
      emitItems(b, at + 4, end, iaTimes.items, out);
      options(out, b, at + 12, end, depth);
      break;
    case OPTION.iaTa:
      if (end - at < 4) break;
      out.add(iata, at, 4, hex(b, at, at + 4));
      options(out, b, at + 4, end, depth);
      break;
    case OPTION.iaAddress:
      emitItems(b, at, end, iaAddress.items, out);
      options(out, b, at + iaAddress.size, end, depth);
      break;
    case OPTION.iaPrefix:
      emitItems(b, at, end, iaPrefix.items, out);
      options(out, b, at + iaPrefix.size, end, depth);
      break;
    case OPTION.request:
      repeat(out, b, at, end, requested);
      break;
    case OPTION.preference:
      emitItems(b, at, end, preference.items, out);
      break;
    case OPTION.elapsed:
      emitItems(b, at, end, elapsed.items, out);
      break;
    case OPTION.relay:
      message(out, b, at, end, depth);
      break;
    case OPTION.unicast:
      emitItems(b, at, end, unicast.items, out);
      break;
    case OPTION.status:
      emitItems(b, at, end, status.items, out);
      if (end - at > 2) out.add(statusMessage, at + 2, end - at - 2, utf8(b, at + 2, end));
      break;
    case OPTION.interfaceId:
      if (end > at) out.add(interfaceId, at, end - at, null);
      break;
    case OPTION.dnsServers:
      repeat(out, b, at, end, dnsServer);
      break;
    case OPTION.sntp:
      repeat(out, b, at, end, sntpServer);
      break;
    case OPTION.lifetime:
      emitItems(b, at, end, lifetime.items, out);
      break;
    default:
  }
}

function options(out: Sink, b: Uint8Array, from: number, end: number, depth: number): void {
  if (depth >= MAX_DEPTH) return;
  let at = from;
  // Each option moves on by four bytes at least.
  while (at + option.size <= end) {
    const code = u16(b, at);
    const next = at + option.size + u16(b, at + 2);
    const [type, length] = option.items;
    out.open(type.def, at, Math.min(next, end) - at, code);
    emitItems(b, at, end, [length], out);
    if (next <= end) value(out, b, code, at + option.size, next, depth + 1);
    out.close();
    at = next;
  }
}

function message(out: Sink, b: Uint8Array, at: number, end: number, depth: number): void {
  if (at >= end) return;
  const relayed = b[at] === RELAY.forward || b[at] === RELAY.reply;
  const head = relayed ? relayHeader : header;
  emitItems(b, at, end, head.items, out);
  options(out, b, at + head.size, end, depth);
}

export const dhcpv6 = dissector({
  name: 'dhcpv6',
  title: 'DHCPv6',
  spec: 'RFC 8415',
  minLength: 4,
  layout: header,
  shapes: true,
  fields: [
    ...fieldsOf(relayHeader, option, duidType, iaTimes, iaAddress, iaPrefix, requested, preference, elapsed),
    ...fieldsOf(unicast, status, dnsServer, sntpServer, lifetime),
    ...[duid, iaid, iata, statusMessage, interfaceId],
  ],
  claims: { 'udp.port': [546, 547] },
  payload: { none: true },
  details: (out, layers, i) => message(out, layers.bytes, layers.start[i], layers.end[i], 0),
  info(line, layers, i) {
    const type = header.get.msgtype(layers.bytes, layers.start[i]);
    line.text(TYPES[type] ?? `type ${type}`);
    if (type === RELAY.forward || type === RELAY.reply) return;
    line.text(' XID: 0x');
    line.hex(u32(layers.bytes, layers.start[i]) & 0xffffff, 6);
  },
});
