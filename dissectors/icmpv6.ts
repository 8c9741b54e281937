// ICMPv6, RFC 4443. Neighbour discovery: RFC 4861, RFC 8106. Multicast listeners: RFC 2710, RFC 3810.
import { ipv6 as showIpv6 } from '../src/bytes/show.js';
import { checksumNames } from '../src/dissect/checksum.js';
import { type Dissector, dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, layout, readUint, uint } from '../src/dissect/layout.js';
import { answerTo, remembers } from '../src/dissect/past.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';
import { isExtension } from './icmp-extension.js';
import { statusOf } from './ip.js';
import { EchoMemory } from './past/echo.js';

export const TYPE = {
  unreachable: 1,
  tooBig: 2,
  timeExceeded: 3,
  parameter: 4,
  echoRequest: 128,
  echoReply: 129,
  listenerQuery: 130,
  listenerReport: 131,
  listenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  listenerReport2: 143,
  extendedEchoRequest: 160,
  extendedEchoReply: 161,
} as const;

const typeNames: Readonly<Record<number, string>> = {
  1: 'Destination unreachable',
  2: 'Packet too big',
  3: 'Time exceeded',
  4: 'Parameter problem',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  130: 'Multicast listener query',
  131: 'Multicast listener report',
  132: 'Multicast listener done',
  133: 'Router solicitation',
  134: 'Router advertisement',
  135: 'Neighbor solicitation',
  136: 'Neighbor advertisement',
  137: 'Redirect',
  143: 'Multicast listener report v2',
};

/** By type, then code: www.iana.org/assignments/icmpv6-parameters. */
const codeNames: Readonly<Record<number, readonly string[]>> = {
  1: [
    'No route to destination',
    'Administratively prohibited',
    'Beyond scope of source address',
    'Address unreachable',
    'Port unreachable',
    'Source address failed policy',
    'Reject route to destination',
  ],
  3: ['Hop limit exceeded in transit', 'Fragment reassembly time exceeded'],
  4: ['Erroneous header field', 'Unrecognized next header', 'Unrecognized option'],
};

export const header = layout('icmpv6', [
  uint('type', 8, 'Type', {
    values: typeNames,
  }),
  uint('code', 8, 'Code'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);

/** Option types of neighbour discovery, RFC 4861 section 4.6; RFC 4191, RFC 8106. */
export const OPTION = { sourceLink: 1, targetLink: 2, prefix: 3, redirected: 4, mtu: 5, nonce: 14, route: 24, dns: 25 } as const;

/** Behind the checksum of a router advertisement. */
const advertisement = layout('icmpv6', [
  uint('nd.ra.cur_hop_limit', 8, 'Cur hop limit'),
  bits('nd.ra.flag', 'Flags', [
    flag('nd.ra.flag.m', 'Managed address configuration'),
    flag('nd.ra.flag.o', 'Other configuration'),
    flag('nd.ra.flag.h', 'Home agent'),
    uint('nd.ra.flag.prf', 2, 'Default router preference'),
    flag('nd.ra.flag.p', 'ND proxy'),
    uint('nd.ra.flag.rsv', 2, 'Reserved'),
  ]),
  uint('nd.ra.router_lifetime', 16, 'Router lifetime (s)'),
  uint('nd.ra.reachable_time', 32, 'Reachable time (ms)'),
  uint('nd.ra.retrans_timer', 32, 'Retrans timer (ms)'),
]);

const answer = layout('icmpv6', [
  bits('nd.na.flag', 'Flags', [
    flag('nd.na.flag.r', 'Router'),
    flag('nd.na.flag.s', 'Solicited'),
    flag('nd.na.flag.o', 'Override'),
    uint('nd.na.flag.rsv', 29, 'Reserved'),
  ]),
]);

const prefixOption = layout('icmpv6', [
  uint('opt.prefix.length', 8, 'Prefix length'),
  bits('opt.prefix.flag', 'Flags', [
    flag('opt.prefix.flag.l', 'On-link'),
    flag('opt.prefix.flag.a', 'Autonomous address configuration'),
    flag('opt.prefix.flag.r', 'Router address'),
    uint('opt.prefix.flag.reserved', 5, 'Reserved'),
  ]),
  uint('opt.prefix.valid_lifetime', 32, 'Valid lifetime (s)'),
  uint('opt.prefix.preferred_lifetime', 32, 'Preferred lifetime (s)'),
]);

const optPrefixLength = prefixOption.field['opt.prefix.length'];
const checksumStatus = field('icmpv6.checksum.status', 'Checksum status', 'uint8', { values: checksumNames });
/** What the checksum covers. */
const covered = { offset: header.place.checksum.offset, pseudo: 58 };
const mtu = field('icmpv6.mtu', 'MTU', 'uint32');
const pointer = field('icmpv6.pointer', 'Pointer', 'uint32');
const ident = field('icmpv6.echo.identifier', 'Identifier', 'uint16', { base: 'hex' });
const seq = field('icmpv6.echo.sequence_number', 'Sequence', 'uint16');
const nsTarget = field('icmpv6.nd.ns.target_address', 'Target address', 'ipv6');
const naTarget = field('icmpv6.nd.na.target_address', 'Target address', 'ipv6');
const rdTarget = field('icmpv6.nd.rd.target_address', 'Target address', 'ipv6');
const rdDestination = field('icmpv6.rd.na.destination_address', 'Destination address', 'ipv6');
const optType = field('icmpv6.opt.type', 'Type', 'uint8');
const optLength = field('icmpv6.opt.length', 'Length (8 bytes)', 'uint8');
const optLink = field('icmpv6.opt.linkaddr', 'Link-layer address', 'ether');
const optSource = field('icmpv6.opt.src_linkaddr', 'Source link-layer address', 'ether');
const optTarget = field('icmpv6.opt.target_linkaddr', 'Target link-layer address', 'ether');
const optLinkBytes = field('icmpv6.opt.linkaddr', 'Link-layer address', 'bytes');
const optSourceBytes = field('icmpv6.opt.src_linkaddr', 'Source link-layer address', 'bytes');
const optTargetBytes = field('icmpv6.opt.target_linkaddr', 'Target link-layer address', 'bytes');
const optPrefix = field('icmpv6.opt.prefix', 'Prefix', 'ipv6');
const optMtu = field('icmpv6.opt.mtu', 'MTU', 'uint32');
const optNonce = field('icmpv6.opt.nonce', 'Nonce', 'bytes');
const optDnsLifetime = field('icmpv6.opt.rdnss.lifetime', 'Lifetime (s)', 'uint32');
const optDns = field('icmpv6.opt.rdnss', 'Recursive DNS server', 'ipv6');
const mldDelay = field('icmpv6.mld.maximum_response_delay', 'Maximum response delay (ms)', 'uint16');
const mldAddress = field('icmpv6.mld.multicast_address', 'Multicast address', 'ipv6');
const mldRecords = field('icmpv6.mldr.nb_mcast_records', 'Number of multicast address records', 'uint16');
const mldRecordType = field('icmpv6.mldr.mar.record_type', 'Record type', 'uint8');
const mldAuxLength = field('icmpv6.mldr.mar.aux_data_len', 'Aux data length', 'uint8');
const mldSourceCount = field('icmpv6.mldr.mar.nb_sources', 'Number of sources', 'uint16');
const mldRecordAddress = field('icmpv6.mldr.mar.multicast_address', 'Multicast address', 'ipv6');
const mldSource = field('icmpv6.mldr.mar.source_address', 'Source address', 'ipv6');

const IPV6 = protocol('ipv6');

/** Offset of an option of this type in the ND message at `at` (options start at `from`), or -1. */
export function findOption(b: Uint8Array, from: number, end: number, type: number): number {
  for (let o = from; o + 8 <= end && b[o + 1] !== 0; o += b[o + 1] * 8) if (b[o] === type) return o;
  return -1;
}

/** Every option takes 8 bytes at least, so the packet's size bounds the loop. */
function options(out: Sink, b: Uint8Array, from: number, end: number): void {
  for (let o = from; o + 2 <= end; o += b[o + 1] * 8) {
    out.add(optType, o, 1, b[o]);
    out.add(optLength, o + 1, 1, b[o + 1]);
    if (b[o + 1] === 0) {
      out.note('error', 'the option has no length (RFC 4861 section 4.6)');
      return;
    }
    const stop = o + b[o + 1] * 8;
    if (stop > end) return;
    if (b[o] === OPTION.sourceLink || b[o] === OPTION.targetLink) {
      const isSource = b[o] === OPTION.sourceLink;
      const size = stop - o - 2;
      // Addresses of other links are longer.
      const address = size === 6 ? readUint(b, o + 2, 6) : null;
      out.add(size === 6 ? optLink : optLinkBytes, o + 2, size, address);
      if (size === 6) out.add(isSource ? optSource : optTarget, o + 2, 6, address);
      else out.add(isSource ? optSourceBytes : optTargetBytes, o + 2, size, null);
    } else if (b[o] === OPTION.prefix && stop - o >= 32) {
      emitItems(b, o + 2, stop, prefixOption.items, out);
      out.add(optPrefix, o + 16, 16, null);
    } else if (b[o] === OPTION.route) routeInformation(out, b, o, stop);
    else if (b[o] === OPTION.mtu) out.add(optMtu, o + 4, 4, readUint(b, o + 4, 4));
    else if (b[o] === OPTION.nonce) out.add(optNonce, o + 2, stop - o - 2, null);
    else if (b[o] === OPTION.dns) {
      out.add(optDnsLifetime, o + 4, 4, readUint(b, o + 4, 4));
      for (let a = o + 8; a + 16 <= stop; a += 16) out.add(optDns, a, 16, null);
    }
  }
}

/** RFC 4191 section 2.3: of the prefix only the bytes that its length asks for are there. */
function routeInformation(out: Sink, b: Uint8Array, o: number, stop: number): void {
  out.add(optPrefixLength, o + 2, 1, b[o + 2]);
  if (stop === o + 8) return;
  const address = new Uint8Array(16);
  address.set(b.subarray(o + 8, Math.min(stop, o + 24)));
  if (out.wants(optPrefix)) out.add(optPrefix, o + 8, Math.min(stop, o + 24) - o - 8, showIpv6(address));
}

function listenerRecords(out: Sink, b: Uint8Array, at: number, end: number): void {
  const count = readUint(b, at + 6, 2);
  out.add(mldRecords, at + 6, 2, count);
  for (let n = 0, o = at + 8; (n < count || count === 0) && o + 20 <= end; n++) {
    const sources = readUint(b, o + 2, 2);
    out.add(mldRecordType, o, 1, b[o]);
    out.add(mldAuxLength, o + 1, 1, b[o + 1]);
    out.add(mldSourceCount, o + 2, 2, sources);
    out.add(mldRecordAddress, o + 4, 16, null);
    for (let s = 0, a = o + 20; s < sources && a + 16 <= end; s++, a += 16) out.add(mldSource, a, 16, null);
    // Auxiliary data is counted in units of 32 bits (RFC 3810 section 5.2.6).
    o += 20 + 16 * sources + 4 * b[o + 1];
  }
}

const EXTENSION = protocol('icmp.ext');

const hasIdentifier = (type: number): boolean =>
  type === TYPE.echoRequest || type === TYPE.echoReply || type === TYPE.extendedEchoRequest || type === TYPE.extendedEchoReply;

/** The packet that a redirect is about, in the option at `o` (RFC 4861 section 4.6.3); -1: there is none. */
function redirected(layers: Layers, o: number, end: number): void {
  const stop = o < 0 ? 0 : o + layers.bytes[o + 1] * 8;
  if (stop <= o + 8 || stop > end) layers.last();
  else {
    layers.quote();
    layers.bound(stop);
    layers.next(IPV6, o + 8);
  }
}

const respondsTo = field('icmpv6.resp_to', 'Response to', 'uint32');
const responseIn = field('icmpv6.resp_in', 'Response frame', 'uint32');
const responseTime = field('icmpv6.resptime', 'Response time in milliseconds', 'float');

function emitAnswered(out: Sink, layers: Layers, i: number): void {
  const isRequest = layers.bytes[layers.start[i]] === TYPE.echoRequest && i < layers.quotedFrom;
  const answer = isRequest ? answerTo(layers, icmpv6.ref) : 0;
  if (answer > 0) out.add(responseIn, layers.start[i], 0, answer);
  const memory = remembers<EchoMemory>(layers, icmpv6.ref);
  if (memory === null || memory.requestFrame[i] === 0) return;
  out.add(respondsTo, layers.start[i], 0, memory.requestFrame[i]);
  out.add(responseTime, layers.start[i], 0, Math.round(memory.sinceNs[i] / 1e3) / 1e3);
}

export const icmpv6: Dissector = dissector({
  name: 'icmpv6',
  title: 'Internet Control Message Protocol v6',
  spec: 'RFC 4443',
  role: 'transport',
  layout: header,
  minLength: 4,
  fields: [
    checksumStatus,
    mtu,
    pointer,
    ident,
    seq,
    ...fieldsOf(advertisement, answer, prefixOption),
    nsTarget,
    naTarget,
    rdTarget,
    rdDestination,
    optType,
    optLength,
    optLink,
    optSource,
    optTarget,
    optLinkBytes,
    optSourceBytes,
    optTargetBytes,
    optPrefix,
    optMtu,
    optNonce,
    optDnsLifetime,
    optDns,
    mldDelay,
    mldAddress,
    mldRecords,
    mldRecordType,
    mldAuxLength,
    mldSourceCount,
    mldRecordAddress,
    mldSource,
  ],
  remembers: {
    fields: [responseIn, respondsTo, responseTime],
    memory: () => new EchoMemory(TYPE.echoRequest, TYPE.echoReply),
  },
  claims: { 'ip.proto': [58] },
  payload: {
    step(layers, at, end) {
      const type = header.get.type(layers.bytes, at);
      // Error messages have the high bit clear (section 2.1) and quote as much of the packet as fits.
      if (type >= TYPE.unreachable && type <= TYPE.parameter) {
        layers.quote();
        layers.next(IPV6, at + 8);
      } else if (type === TYPE.extendedEchoRequest) {
        if (isExtension(layers.bytes, at + 8, end)) layers.next(EXTENSION, at + 8);
        else layers.nextAtData(at + 8);
      } else if (type === TYPE.echoRequest || type === TYPE.echoReply) layers.nextAtData(at + 8);
      else if (type === TYPE.redirect) redirected(layers, findOption(layers.bytes, at + 40, end, OPTION.redirected), end);
      else layers.last();
    },
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    const type = b[at];
    line.text(typeNames[type] ?? `Type ${type}`);
    if (type === TYPE.unreachable || type === TYPE.timeExceeded || type === TYPE.parameter)
      line.text(` (${codeNames[type]?.[b[at + 1]] ?? `code ${b[at + 1]}`})`);
    if (at + 8 > end) return;
    if (type === TYPE.echoRequest || type === TYPE.echoReply) {
      line.text(' id=0x');
      line.hex(readUint(b, at + 4, 2), 4);
      line.text(' seq=');
      line.dec(readUint(b, at + 6, 2));
    } else if (type === TYPE.tooBig) {
      line.text(' mtu=');
      line.dec(readUint(b, at + 4, 4));
    } else if ((type === TYPE.neighborSolicitation || type === TYPE.neighborAdvertisement) && at + 24 <= end) {
      const solicits = type === TYPE.neighborSolicitation;
      line.text(solicits ? ' for ' : ' ');
      line.ipv6(b, at + 8);
      if (!solicits) {
        const flags = ['rtr', 'sol', 'ovr'].filter((_, bit) => (b[at + 4] >> (7 - bit)) & 1);
        if (flags.length > 0) line.text(` (${flags.join(', ')})`);
      }
      const link = findOption(b, at + 24, end, solicits ? OPTION.sourceLink : OPTION.targetLink);
      if (link >= 0) {
        line.text(solicits ? ' from ' : ' is at ');
        line.mac(b, link + 2);
      }
    } else if (type === TYPE.redirect && at + 40 <= end) {
      line.text(' for ');
      line.ipv6(b, at + 24);
      line.text(' to ');
      line.ipv6(b, at + 8);
    }
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    if (out.wants(checksumStatus)) out.add(checksumStatus, at + covered.offset, 2, statusOf(layers, i, covered));
    const type = header.get.type(bytes, at);
    // An echo of six bytes has its identifier; extended echoes (RFC 8335) have one too.
    if (at + 6 <= end && hasIdentifier(type)) out.add(ident, at + 4, 2, readUint(bytes, at + 4, 2));
    if (at + 8 > end) return;
    switch (type) {
      case TYPE.tooBig:
        out.add(mtu, at + 4, 4, readUint(bytes, at + 4, 4));
        break;
      case TYPE.parameter:
        out.add(pointer, at + 4, 4, readUint(bytes, at + 4, 4));
        break;
      case TYPE.echoRequest:
      case TYPE.echoReply:
        out.add(seq, at + 6, 2, readUint(bytes, at + 6, 2));
        emitAnswered(out, layers, i);
        break;
      case TYPE.listenerQuery:
      case TYPE.listenerReport:
      case TYPE.listenerDone:
        out.add(mldDelay, at + 4, 2, readUint(bytes, at + 4, 2));
        if (at + 24 <= end) out.add(mldAddress, at + 8, 16, null);
        break;
      case TYPE.routerSolicitation:
        options(out, bytes, at + 8, end);
        break;
      case TYPE.routerAdvertisement:
        emitItems(bytes, at + 4, end, advertisement.items, out);
        options(out, bytes, at + 16, end);
        break;
      case TYPE.neighborSolicitation:
        if (at + 24 > end) return;
        out.add(nsTarget, at + 8, 16, null);
        options(out, bytes, at + 24, end);
        break;
      case TYPE.neighborAdvertisement:
        emitItems(bytes, at + 4, end, answer.items, out);
        if (at + 24 > end) return;
        out.add(naTarget, at + 8, 16, null);
        options(out, bytes, at + 24, end);
        break;
      case TYPE.redirect:
        if (at + 40 > end) return;
        out.add(rdTarget, at + 8, 16, null);
        out.add(rdDestination, at + 24, 16, null);
        options(out, bytes, at + 40, end);
        break;
      case TYPE.listenerReport2:
        listenerRecords(out, bytes, at, end);
        break;
      default:
    }
  },
});
