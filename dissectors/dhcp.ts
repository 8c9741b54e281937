// DHCP for IPv4, RFC 2131; options, RFC 2132.
import { ascii, zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bits, flag, ipv4, layout, readUint, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('dhcp', [
  uint('type', 8, 'Message type', { values: { 1: 'Boot Request', 2: 'Boot Reply' } }),
  uint('hw.type', 8, 'Hardware type', 'hex'),
  uint('hw.len', 8, 'Hardware address length'),
  uint('hops', 8, 'Hops'),
  uint('id', 32, 'Transaction ID', 'hex'),
  uint('secs', 16, 'Seconds elapsed'),
  bits('flags', 'Flags', [flag('flags.bc', 'Broadcast'), uint('flags.reserved', 15, 'Reserved', 'hex')]),
  ipv4('ip.client', 'Client IP address'),
  ipv4('ip.your', 'Your (client) IP address'),
  ipv4('ip.server', 'Next server IP address'),
  ipv4('ip.relay', 'Relay agent IP address'),
]);

/** Offsets of what follows the addresses: client hardware address (16), server name (64), boot file (128), cookie (4). */
const HARDWARE = 28;
const SERVER = 44;
const FILE = 108;
const COOKIE = 236;
const OPTIONS = 240;
const MAGIC = 0x63825363;

/** Hardware types whose addresses are MAC addresses: Ethernet, and IEEE 802. */
const ETHERNET = 1;
const IEEE_802 = 6;
/** Option codes with a meaning of their own here; RFC 2132, RFC 3046. */
export const OPTION = {
  pad: 0,
  mask: 1,
  router: 3,
  hostname: 12,
  requested: 50,
  overload: 52,
  messageType: 53,
  server: 54,
  parameters: 55,
  clientId: 61,
  end: 255,
} as const;
/** Values of `dhcp.option.dhcp`, RFC 2132 section 9.6. */
export const MESSAGE = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const;
/** Ports of servers and relays, and of clients (RFC 2131 section 4.1). */
export const SERVER_PORT = 67;
export const CLIENT_PORT = 68;

const mac = field('dhcp.hw.mac_addr', 'Client MAC address', 'ether');
const hardware = field('dhcp.hw.addr', 'Client hardware address', 'bytes');
const server = field('dhcp.server', 'Server host name', 'string');
const file = field('dhcp.file', 'Boot file name', 'string');
const cookie = field('dhcp.cookie', 'Magic cookie', 'ipv4');
const optionType = field('dhcp.option.type', 'Option', 'uint8');
const optionLength = field('dhcp.option.length', 'Length', 'uint8');
const optionValue = field('dhcp.option.value', 'Value', 'bytes');
const messageTypes: Readonly<Record<number, string>> = {
  1: 'Discover',
  2: 'Offer',
  3: 'Request',
  4: 'Decline',
  5: 'ACK',
  6: 'NAK',
  7: 'Release',
  8: 'Inform',
};
const messageType = field('dhcp.option.dhcp', 'DHCP', 'uint8', {
  values: messageTypes,
});
const requested = field('dhcp.option.request_list_item', 'Parameter request list item', 'uint8');

/** Options that hold one address. */
const SINGLE = new Set([1, 28, 50, 54]);
/** Options that hold addresses, one or several. */
const addresses: Readonly<Record<number, FieldDef>> = {
  1: field('dhcp.option.subnet_mask', 'Subnet mask', 'ipv4'),
  3: field('dhcp.option.router', 'Router', 'ipv4'),
  6: field('dhcp.option.domain_name_server', 'Domain name server', 'ipv4'),
  28: field('dhcp.option.broadcast_address', 'Broadcast address', 'ipv4'),
  42: field('dhcp.option.ntp_server', 'NTP server', 'ipv4'),
  50: field('dhcp.option.requested_ip_address', 'Requested IP address', 'ipv4'),
  54: field('dhcp.option.dhcp_server_id', 'DHCP server identifier', 'ipv4'),
};
const strings: Readonly<Record<number, FieldDef>> = {
  12: field('dhcp.option.hostname', 'Host name', 'string'),
  15: field('dhcp.option.domain_name', 'Domain name', 'string'),
  60: field('dhcp.option.vendor_class_id', 'Vendor class identifier', 'string'),
};
const numbers: Readonly<Record<number, FieldDef>> = {
  26: field('dhcp.option.interface_mtu', 'Interface MTU', 'uint16'),
  51: field('dhcp.option.ip_address_lease_time', 'IP address lease time', 'uint32'),
  57: field('dhcp.option.dhcp_max_message_size', 'Maximum DHCP message size', 'uint16'),
  58: field('dhcp.option.renewal_time_value', 'Renewal time', 'uint32'),
  59: field('dhcp.option.rebinding_time_value', 'Rebinding time', 'uint32'),
};

const beforeSecs = header.items.filter((item) => item.offset < header.place.secs.offset);
const behindSecs = header.items.filter((item) => item.offset > header.place.secs.offset);

const OVERLOAD = { file: 1, server: 2, both: 3 } as const;

/** Options of one message at most. */
const MAX_OPTIONS = 512;

/** RFC 2132 section 2: texts are ASCII, and some senders end them with a zero. */
function textUpToZero(b: Uint8Array, at: number, end: number): string {
  const zero = b.indexOf(0, at);
  return ascii(b, at, zero >= 0 && zero < end ? zero : end);
}

function option(out: Sink, b: Uint8Array, type: number, at: number, size: number): void {
  const end = at + size;
  const address = addresses[type];
  const text = strings[type];
  const number = numbers[type];
  out.add(optionValue, at, size, null);
  if (address !== undefined) {
    if (!SINGLE.has(type) || size === 4) for (let o = at; o + 4 <= end; o += 4) out.add(address, o, 4, readUint(b, o, 4));
  } else if (text !== undefined) out.add(text, at, size, textUpToZero(b, at, end));
  else if (type === OPTION.messageType) {
    if (size > 0) out.add(messageType, at, 1, b[at]);
  } else if (number !== undefined && (size === 1 || size === 2 || size === 4)) out.add(number, at, size, readUint(b, at, size));
  else if (type === OPTION.clientId && size === 7 && b[at] === ETHERNET) {
    out.add(header.field['hw.type'], at, 1, b[at]);
    out.add(mac, at + 1, 6, readUint(b, at + 1, 6));
  } else if (type === OPTION.parameters) for (let o = at; o < end; o++) out.add(requested, o, 1, b[o]);
}

/** Options in [at, end). */
function options(out: Sink, b: Uint8Array, at: number, end: number, message: number): void {
  for (let o = at, n = 0; o < end && n < MAX_OPTIONS; n++) {
    const type = b[o];
    if (type === OPTION.pad) {
      // A run of them counts as one option.
      out.add(optionType, o, 1, 0);
      while (o < end && b[o] === OPTION.pad) o++;
      continue;
    }
    if (type === OPTION.end) {
      // tshark gives the end mark the number 0.
      out.add(optionType, o, 1, 0);
      return;
    }
    if (o + 2 > end) return;
    const size = b[o + 1];
    out.open(optionType, o, 1, type);
    out.add(optionLength, o + 1, 1, size);
    if (o + 2 + size <= end) option(out, b, type, o + 2, size);
    out.close();
    // RFC 2132 section 9.3: options go on where names have no use of their place. Those cannot say so again.
    if (type === OPTION.overload && size > 0 && at === message + OPTIONS && o + 2 < end && b[o + 2] <= OVERLOAD.both) {
      if (b[o + 2] & OVERLOAD.server) options(out, b, message + SERVER, message + FILE, message);
      if (b[o + 2] & OVERLOAD.file) options(out, b, message + FILE, message + COOKIE, message);
    }
    o += 2 + size;
  }
}

/** Offset of the value of the option of this type in the message at `at`, of at least `size` bytes, or -1. */
export function optionAt(b: Uint8Array, at: number, end: number, type: number, size = 1): number {
  if (at + OPTIONS > end || readUint(b, at + COOKIE, 4) !== MAGIC) return -1;
  for (let o = at + OPTIONS, n = 0; o + 2 < end && n < MAX_OPTIONS && b[o] !== OPTION.end; n++) {
    if (b[o] === type) return b[o + 1] >= size && o + 2 + size <= end ? o + 2 : -1;
    o += b[o] === OPTION.pad ? 1 : 2 + b[o + 1];
  }
  return -1;
}

/** First byte of the value of the option of this type in the message at `at`, or -1. */
function optionOf(b: Uint8Array, at: number, end: number, type: number): number {
  const value = optionAt(b, at, end, type);
  return value < 0 ? -1 : b[value];
}

/** The client's MAC (48 bits), or -1 where its address is none or cut. */
export const clientMac = (b: Uint8Array, at: number, end: number): number =>
  at + HARDWARE + 6 > end || header.get['hw.len'](b, at) !== 6 ? -1 : readUint(b, at + HARDWARE, 6);

export const dhcp = dissector({
  name: 'dhcp',
  title: 'Dynamic Host Configuration Protocol',
  spec: 'RFC 2131',
  layout: header,
  shapes: true,
  fields: [
    mac,
    hardware,
    server,
    file,
    cookie,
    optionType,
    optionLength,
    optionValue,
    requested,
    ...Object.values(addresses),
    ...Object.values(strings),
    ...Object.values(numbers),
    messageType,
  ],
  claims: { 'udp.port': [67, 68, 4011] },
  payload: { none: true },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const type = optionOf(b, at, layers.end[i], OPTION.messageType);
    if (type >= 0) line.text(`DHCP ${messageTypes[type] ?? `message ${type}`}`);
    else line.text(header.get.type(b, at) === 1 ? 'Boot Request' : 'Boot Reply');
    line.text(' xid=0x');
    line.hex(header.get.id(b, at), 8);
    if (header.get['ip.your'](b, at) !== 0) {
      line.text(' for ');
      line.ipv4(b, at + header.place['ip.your'].offset);
    }
    if (at + HARDWARE + 6 > layers.end[i] || header.get['hw.len'](b, at) !== 6) return;
    line.text(' client ');
    line.mac(b, at + HARDWARE);
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    emitItems(b, at, end, beforeSecs, out);
    if (at + header.size > end) return;
    // Some clients write the seconds in the order of their machine.
    const secs = header.get.secs(b, at);
    out.add(header.field.secs, at + header.place.secs.offset, 2, (secs & 0xff) === 0 ? secs >> 8 : secs);
    emitItems(b, at, end, behindSecs, out);
    const size = header.get['hw.len'](b, at);
    if (at + HARDWARE + 6 > end) return;
    const kind = header.get['hw.type'](b, at);
    if (size === 6 && (kind === ETHERNET || kind === IEEE_802)) out.add(mac, at + HARDWARE, 6, readUint(b, at + HARDWARE, 6));
    else if (size > 0 && size <= 16 && at + HARDWARE + size <= end) out.add(hardware, at + HARDWARE, size, null);
    if (at + COOKIE > end) return;
    // Overloaded, the two places hold options and no names.
    const overload = Math.max(0, optionOf(b, at, end, OPTION.overload));
    if (b[at + SERVER] !== 0 && !(overload & OVERLOAD.server))
      out.add(server, at + SERVER, 64, zeroTerminated(b, at + SERVER, at + FILE));
    if (b[at + FILE] !== 0 && !(overload & OVERLOAD.file))
      out.add(file, at + FILE, 128, zeroTerminated(b, at + FILE, at + COOKIE));
    if (at + OPTIONS > end || readUint(b, at + COOKIE, 4) !== MAGIC) return;
    out.add(cookie, at + COOKIE, 4, MAGIC);
    options(out, b, at + OPTIONS, end, at);
  },
});
