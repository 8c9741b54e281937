// ICMP, RFC 792. Next-hop MTU: RFC 1191 section 4. Length of what is quoted: RFC 4884. Timestamps, address mask: RFC 792, RFC 950.
import { checksumNames } from '../src/dissect/checksum.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, uint } from '../src/dissect/layout.js';
import { answerTo, remembers } from '../src/dissect/past.js';
import { emitExtension, extensionFields } from './icmp-extension.js';
import { header as ipHeader, statusOf } from './ip.js';
import { EchoMemory } from './past/echo.js';

export const TYPE = {
  echoReply: 0,
  unreachable: 3,
  quench: 4,
  redirect: 5,
  echoRequest: 8,
  routerAdvertisement: 9,
  routerSolicitation: 10,
  timeExceeded: 11,
  parameter: 12,
  timestamp: 13,
  timestampReply: 14,
  information: 15,
  informationReply: 16,
  mask: 17,
  maskReply: 18,
  extendedEcho: 42,
  extendedEchoReply: 43,
} as const;
/** Code of `unreachable`: fragmentation needed and DF set. */
export const FRAGMENTATION_NEEDED = 4;

const typeNames: Readonly<Record<number, string>> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  17: 'Address mask request',
  18: 'Address mask reply',
};

/** By type, then code: www.iana.org/assignments/icmp-parameters. */
const codeNames: Readonly<Record<number, readonly string[]>> = {
  3: [
    'Network unreachable',
    'Host unreachable',
    'Protocol unreachable',
    'Port unreachable',
    'Fragmentation needed',
    'Source route failed',
    'Network unknown',
    'Host unknown',
    'Source host isolated',
    'Network administratively prohibited',
    'Host administratively prohibited',
    'Network unreachable for TOS',
    'Host unreachable for TOS',
    'Communication administratively filtered',
    'Host precedence violation',
    'Precedence cutoff in effect',
  ],
  5: ['Redirect for network', 'Redirect for host', 'Redirect for TOS and network', 'Redirect for TOS and host'],
  11: ['Time to live exceeded in transit', 'Fragment reassembly time exceeded'],
  12: ['Pointer indicates the error', 'Required option missing', 'Bad length'],
};

export const header = layout('icmp', [
  uint('type', 8, 'Type', {
    values: typeNames,
  }),
  uint('code', 8, 'Code'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);

const checksumStatus = field('icmp.checksum.status', 'Checksum status', 'uint8', { values: checksumNames });
/** What the checksum covers. */
const covered = { offset: header.place.checksum.offset, pseudo: null };
const ident = field('icmp.ident', 'Identifier (BE)', 'uint16');
const identLittle = field('icmp.ident_le', 'Identifier (LE)', 'uint16');
const seq = field('icmp.seq', 'Sequence number (BE)', 'uint16');
const seqLittle = field('icmp.seq_le', 'Sequence number (LE)', 'uint16');
const mtu = field('icmp.mtu', 'MTU of next hop', 'uint16');
const redirectGateway = field('icmp.redir_gw', 'Gateway address', 'ipv4');
const pointer = field('icmp.pointer', 'Pointer', 'uint32');
const originate = field('icmp.originate_timestamp', 'Originate timestamp', 'uint32');
const receive = field('icmp.receive_timestamp', 'Receive timestamp', 'uint32');
const transmit = field('icmp.transmit_timestamp', 'Transmit timestamp', 'uint32');
const mask = field('icmp.address_mask', 'Address mask', 'ipv4');
const extendedSeq = field('icmp.ext.echo.seq', 'Sequence number', 'uint8');
const routerAddress = field('icmp.router_address', 'Router address', 'ipv4');

const respondsTo = field('icmp.resp_to', 'Request frame', 'uint32');
const responseIn = field('icmp.resp_in', 'Response frame', 'uint32');
const responseTime = field('icmp.resptime', 'Response time in milliseconds', 'float');

const IP = protocol('ip');

/** Does a message of this type quote the packet it is about? */
export const quotes = (type: number): boolean =>
  type === TYPE.unreachable ||
  type === TYPE.quench ||
  type === TYPE.redirect ||
  type === TYPE.timeExceeded ||
  type === TYPE.parameter;

const saysLength = (type: number): boolean => type === TYPE.unreachable || type === TYPE.timeExceeded || type === TYPE.parameter;

/** Routers older than RFC 4884 do not say how much they quote: it is this much, where an extension follows (section 5.5), which starts so. */
const OLD_QUOTE = 128;
const OLD_START = 0x2000;

/** Do identifier and sequence number follow the checksum? */
const isQuery = (type: number): boolean =>
  type === TYPE.echoRequest || type === TYPE.echoReply || (type >= TYPE.timestamp && type <= TYPE.maskReply);

/** Identifier and sequence number of an echo; next-hop MTU of "fragmentation needed". All in the 4 bytes after the checksum. */
export const identifier = (b: Uint8Array, at: number): number => (b[at + 4] << 8) | b[at + 5];
export const sequence = (b: Uint8Array, at: number): number => (b[at + 6] << 8) | b[at + 7];
export const nextHopMtu = sequence;

const swap = (n: number): number => ((n & 0xff) << 8) | (n >> 8);

export const icmp = dissector({
  name: 'icmp',
  title: 'Internet Control Message Protocol',
  spec: 'RFC 792',
  role: 'transport',
  layout: header,
  ofCut: [[0, 6]],
  // Every message has four more bytes after the checksum.
  minLength: 8,
  fields: [
    checksumStatus,
    ident,
    identLittle,
    seq,
    seqLittle,
    mtu,
    redirectGateway,
    pointer,
    originate,
    receive,
    transmit,
    mask,
    extendedSeq,
    routerAddress,
    ...extensionFields,
  ],
  remembers: {
    fields: [responseIn, respondsTo, responseTime],
    memory: () => new EchoMemory(TYPE.echoRequest, TYPE.echoReply),
  },
  claims: { 'ip.proto': [1] },
  payload: {
    step(layers, at, end) {
      const type = header.get.type(layers.bytes, at);
      if (type === TYPE.echoRequest || type === TYPE.echoReply) {
        layers.nextAtData(at + 8);
        return;
      }
      if (!quotes(type)) {
        layers.last();
        return;
      }
      layers.quote();
      const behind = at + 8 + (end > at + 8 ? ipHeader.get.hdr_len(layers.bytes, at + 8) : 0);
      // A redirect has eight bytes after the header (RFC 792); others may say how much they quote (RFC 4884 section 4).
      if (type === TYPE.redirect) layers.bound(behind + 8);
      else if (saysLength(type) && layers.bytes[at + 5] > 0) layers.bound(behind + 4 * layers.bytes[at + 5]);
      layers.next(IP, at + 8);
    },
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const type = b[at];
    const code = b[at + 1];
    line.text(typeNames[type] ?? `Type ${type}`);
    const reason = codeNames[type]?.[code] ?? (code === 0 ? undefined : `code ${code}`);
    if (reason !== undefined) line.text(` (${reason})`);
    if (isQuery(type)) {
      line.text(' id=0x');
      line.hex(identifier(b, at), 4);
      line.text(' seq=');
      line.dec(sequence(b, at));
    } else if (type === TYPE.unreachable && code === FRAGMENTATION_NEEDED) {
      line.text(' mtu=');
      line.dec(nextHopMtu(b, at));
    } else if (type === TYPE.redirect) {
      line.text(' to ');
      line.ipv4(b, at + 4);
    }
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    const type = header.get.type(bytes, at);
    if (out.wants(checksumStatus)) out.add(checksumStatus, at + covered.offset, 2, statusOf(layers, i, covered));
    if (isQuery(type)) {
      const id = identifier(bytes, at);
      const number = sequence(bytes, at);
      out.add(ident, at + 4, 2, id);
      out.add(identLittle, at + 4, 2, swap(id));
      out.add(seq, at + 6, 2, number);
      out.add(seqLittle, at + 6, 2, swap(number));
      const memory = remembers<EchoMemory>(layers, icmp.ref);
      if (memory !== null && memory.requestFrame[i] > 0) {
        out.add(respondsTo, at, 0, memory.requestFrame[i]);
        out.add(responseTime, at, 0, Math.round(memory.sinceNs[i] / 1e3) / 1e3);
      }
      const answer = type === TYPE.echoRequest && i < layers.quotedFrom ? answerTo(layers, icmp.ref) : 0;
      if (answer > 0) out.add(responseIn, at, 0, answer);
    }
    if (saysLength(type)) {
      const said = at + 8 + 4 * bytes[at + 5];
      const old = at + 8 + OLD_QUOTE;
      if (said > at + 8) emitExtension(out, bytes, said, end);
      else if (old + 2 <= end && readUint(bytes, old, 2) === OLD_START) emitExtension(out, bytes, old, end);
    }
    if (type === TYPE.unreachable && header.get.code(bytes, at) === FRAGMENTATION_NEEDED)
      out.add(mtu, at + 6, 2, nextHopMtu(bytes, at));
    else if (type === TYPE.redirect) out.add(redirectGateway, at + 4, 4, readUint(bytes, at + 4, 4));
    else if (type === TYPE.parameter) out.add(pointer, at + 4, 1, bytes[at + 4]);
    else if (type === TYPE.timestamp || type === TYPE.timestampReply)
      [originate, receive, transmit].forEach((def, n) => {
        const o = at + 8 + 4 * n;
        if (o + 4 <= end) out.add(def, o, 4, readUint(bytes, o, 4));
      });
    else if ((type === TYPE.mask || type === TYPE.maskReply) && at + 12 <= end)
      out.add(mask, at + 8, 4, readUint(bytes, at + 8, 4));
    else if (type === TYPE.extendedEcho || type === TYPE.extendedEchoReply) {
      out.add(ident, at + 4, 2, identifier(bytes, at));
      out.add(identLittle, at + 4, 2, swap(identifier(bytes, at)));
      out.add(extendedSeq, at + 6, 1, bytes[at + 6]);
      if (type === TYPE.extendedEcho) emitExtension(out, bytes, at + 8, end);
    } else if (type === TYPE.routerAdvertisement && bytes[at + 5] === 2)
      // RFC 1256: pairs of address and preference.
      for (let n = 0, o = at + 8; n < bytes[at + 4] && o + 8 <= end; n++, o += 8)
        out.add(routerAddress, o, 4, readUint(bytes, o, 4));
  },
});
