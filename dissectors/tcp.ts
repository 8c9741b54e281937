// TCP, RFC 9293. ECN bits: RFC 3168, RFC 9768.
import type { Line } from '../src/bytes/line.js';
import { checksumNames } from '../src/dissect/checksum.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, flag, layout, readUint, uint } from '../src/dissect/layout.js';
import { remembers } from '../src/dissect/past.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';
import { isFragment, statusOf } from './ip.js';
import { SAID, TcpMemory } from './past/tcp.js';

/** Sets of flags by the names that people say, for filters: `tcp.flags == "SYN, ACK"`. */
const FLAG_NAMES: Readonly<Record<number, string>> = {
  1: 'FIN',
  2: 'SYN',
  4: 'RST',
  8: 'PSH',
  16: 'ACK',
  32: 'URG',
  17: 'FIN, ACK',
  18: 'SYN, ACK',
  20: 'RST, ACK',
  24: 'PSH, ACK',
  25: 'FIN, PSH, ACK',
};

export const header = layout('tcp', [
  uint('srcport', 16, 'Source port', { aliases: ['tcp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['tcp.port'] }),
  uint('seq_raw', 32, 'Sequence number (raw)'),
  uint('ack_raw', 32, 'Acknowledgment number (raw)'),
  uint('hdr_len', 4, 'Header length', { times: 4 }),
  bits(
    'flags',
    'Flags',
    [
      uint('flags.res', 3, 'Reserved', { type: 'bool' }),
      flag('flags.ae', 'Accurate ECN'),
      flag('flags.cwr', 'Congestion window reduced'),
      flag('flags.ece', 'ECN-Echo'),
      flag('flags.urg', 'Urgent'),
      flag('flags.ack', 'Acknowledgment'),
      flag('flags.push', 'Push'),
      flag('flags.reset', 'Reset'),
      flag('flags.syn', 'Syn'),
      flag('flags.fin', 'Fin'),
    ],
    { names: FLAG_NAMES },
  ),
  uint('window_size_value', 16, 'Window'),
  uint('checksum', 16, 'Checksum', 'hex'),
  uint('urgent_pointer', 16, 'Urgent pointer'),
]);

/** Bits of `tcp.flags`. */
export const FLAG = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16, urgent: 32 } as const;

/** Option kinds, www.iana.org/assignments/tcp-parameters. */
export const OPTION = { end: 0, nop: 1, mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8 } as const;

/** Of a segment quoted by ICMP, which may be old or forged: not a number of the stream that goes on. */
const quotedSequence = field('tcp.seq_quoted', 'Sequence number (quoted)', 'uint32');
const length = field('tcp.len', 'Segment length', 'uint32');
const checksumStatus = field('tcp.checksum.status', 'Checksum status', 'uint8', { values: checksumNames });
/** What the checksum covers. */
const covered = { offset: header.place.checksum.offset, pseudo: 6 };
const options = field('tcp.options', 'Options', 'bytes');
const optionKind = field('tcp.option_kind', 'Kind', 'uint8');
const optionLength = field('tcp.option_len', 'Length', 'uint8');
const mss = field('tcp.options.mss', 'Maximum segment size', 'bytes');
const mssValue = field('tcp.options.mss_val', 'MSS value', 'uint16');
const scale = field('tcp.options.wscale', 'Window scale', 'bytes');
const scaleShift = field('tcp.options.wscale.shift', 'Shift count', 'uint8');
const sackPermitted = field('tcp.options.sack_perm', 'SACK permitted', 'bytes');
const sack = field('tcp.options.sack', 'SACK', 'bytes');
const sackLeft = field('tcp.options.sack_le', 'Left edge', 'uint32');
const sackRight = field('tcp.options.sack_re', 'Right edge', 'uint32');
const timestamps = field('tcp.options.timestamp', 'Timestamps', 'bytes');
const timestampValue = field('tcp.options.timestamp.tsval', 'Timestamp value', 'uint32');
const timestampEcho = field('tcp.options.timestamp.tsecr', 'Timestamp echo reply', 'uint32');
const nop = field('tcp.options.nop', 'No-operation', 'bytes');
const endOfOptions = field('tcp.options.eol', 'End of option list', 'bytes');
const payload = field('tcp.payload', 'Payload', 'bytes');
const flagsText = field('tcp.flags.str', 'TCP flags', 'string');

// What only the segments before can tell.
const stream = field('tcp.stream', 'Stream index', 'uint32');
const completeness = field('tcp.completeness', 'Conversation completeness', 'uint8');
const relativeSeq = field('tcp.seq', 'Sequence number', 'uint32');
const relativeAck = field('tcp.ack', 'Acknowledgment number', 'uint32');
const nextSeq = field('tcp.nxtseq', 'Next sequence number', 'uint32');
const windowSize = field('tcp.window_size', 'Calculated window size', 'uint32');
const scaleFactor = field('tcp.window_size_scalefactor', 'Window size scaling factor', 'int32');
const timeRelative = field('tcp.time_relative', 'Time since the first frame of this stream', 'duration');
const timeDelta = field('tcp.time_delta', 'Time since the previous frame of this stream', 'duration');
const analysis = field('tcp.analysis', 'SEQ/ACK analysis', 'none');
const acksFrame = field('tcp.analysis.acks_frame', 'This is an ACK to the segment in frame', 'uint32');
const ackRtt = field('tcp.analysis.ack_rtt', 'The RTT to ACK the segment was', 'duration');
const initialRtt = field('tcp.analysis.initial_rtt', 'iRTT', 'duration');
const bytesInFlight = field('tcp.analysis.bytes_in_flight', 'Bytes in flight', 'uint32');
const pushBytes = field('tcp.analysis.push_bytes_sent', 'Bytes sent since last PSH flag', 'uint32');
const analysisFlags = field('tcp.analysis.flags', 'TCP analysis flags', 'none');
const rto = field('tcp.analysis.rto', 'The RTO for this segment was', 'duration');
const rtoFrame = field('tcp.analysis.rto_frame', 'RTO based on delta from frame', 'uint32');
const duplicateNumber = field('tcp.analysis.duplicate_ack_num', 'Duplicate ACK #', 'uint32');
const duplicateFrame = field('tcp.analysis.duplicate_ack_frame', 'Duplicate to the ACK in frame', 'uint32');
const said = (name: string, title: string, bits: number) => ({ def: field(`tcp.analysis.${name}`, title, 'none'), bits });
const saying = [
  said(
    'retransmission',
    'Retransmission (suspected)',
    SAID.retransmission | SAID.fastRetransmission | SAID.spuriousRetransmission,
  ),
  said('fast_retransmission', 'Fast retransmission (suspected)', SAID.fastRetransmission),
  said('spurious_retransmission', 'Spurious retransmission (suspected)', SAID.spuriousRetransmission),
  said('out_of_order', 'Out-of-order segment (suspected)', SAID.outOfOrder),
  said('reused_ports', 'The ports of an earlier session are used again', SAID.reusedPorts),
  said('lost_segment', 'Previous segments not captured', SAID.lostSegment),
  said('ack_lost_segment', 'ACKed segment that was not captured', SAID.ackLostSegment),
  said('window_update', 'Window update', SAID.windowUpdate),
  said('window_full', 'The window of the receiver is full', SAID.windowFull),
  said('keep_alive', 'Keep-alive', SAID.keepAlive),
  said('keep_alive_ack', 'ACK to a keep-alive', SAID.keepAliveAck),
  said('zero_window_probe', 'Zero window probe', SAID.zeroWindowProbe),
  said('zero_window', 'Zero window', SAID.zeroWindow),
  said('zero_window_probe_ack', 'ACK to a zero window probe', SAID.zeroWindowProbeAck),
  said('duplicate_ack', 'Duplicate ACK', SAID.duplicateAck),
];

/** As Wireshark writes them in its list, where what it says last stands first. */
export const LABELS: readonly (readonly [bits: number, text: string])[] = [
  [SAID.zeroWindowProbeAck, '[TCP ZeroWindowProbeAck] '],
  [SAID.zeroWindow, '[TCP ZeroWindow] '],
  [SAID.zeroWindowProbe, '[TCP ZeroWindowProbe] '],
  [SAID.duplicateAck, '[TCP Dup ACK '],
  [SAID.keepAliveAck, '[TCP Keep-Alive ACK] '],
  [SAID.keepAlive, '[TCP Keep-Alive] '],
  [SAID.windowFull, '[TCP Window Full] '],
  [SAID.windowUpdate, '[TCP Window Update] '],
  [SAID.ackLostSegment, '[TCP ACKed unseen segment] '],
  [SAID.lostSegment, '[TCP Previous segment not captured] '],
  [SAID.outOfOrder, '[TCP Out-Of-Order] '],
  [SAID.spuriousRetransmission, '[TCP Spurious Retransmission] '],
  [SAID.fastRetransmission, '[TCP Fast Retransmission] '],
  [SAID.retransmission, '[TCP Retransmission] '],
  [SAID.reusedPorts, '[TCP Port numbers reused] '],
];
const HASH = 0x23;

/** Offset of the first option of this kind in the header at `at` whose end is `body`, or -1. */
export function findOption(b: Uint8Array, at: number, body: number, kind: number): number {
  for (let o = at + header.size; o < body; ) {
    const k = b[o];
    if (k === OPTION.end) return -1;
    const size = k === OPTION.nop ? 1 : o + 1 < body ? b[o + 1] : 0;
    if (size === 0 || o + size > body || (k !== OPTION.nop && size < 2)) return -1;
    if (k === kind) return o;
    o += size;
  }
  return -1;
}

const wrapper = {
  [OPTION.mss]: mss,
  [OPTION.windowScale]: scale,
  [OPTION.sackPermitted]: sackPermitted,
  [OPTION.sack]: sack,
  [OPTION.timestamps]: timestamps,
} as const;

/** `end`: of the bytes that were captured; the option may go on behind it. */
function option(out: Sink, b: Uint8Array, o: number, size: number, end: number): void {
  const kind = b[o];
  const node = wrapper[kind as keyof typeof wrapper];
  if (node !== undefined) out.open(node, o, Math.min(size, end - o), null);
  out.add(optionKind, o, 1, kind);
  out.add(optionLength, o + 1, 1, size);
  if (kind === OPTION.mss && size === 4 && o + 4 <= end) out.add(mssValue, o + 2, 2, readUint(b, o + 2, 2));
  else if (kind === OPTION.windowScale && size === 3 && o + 3 <= end) out.add(scaleShift, o + 2, 1, b[o + 2]);
  else if (kind === OPTION.timestamps && size === 10) {
    if (o + 6 <= end) out.add(timestampValue, o + 2, 4, readUint(b, o + 2, 4));
    if (o + 10 <= end) out.add(timestampEcho, o + 6, 4, readUint(b, o + 6, 4));
  } else if (kind === OPTION.sack)
    for (let e = o + 2; e + 8 <= o + size && e + 8 <= end; e += 8) {
      out.add(sackLeft, e, 4, readUint(b, e, 4));
      out.add(sackRight, e + 4, 4, readUint(b, e + 4, 4));
    }
  if (node !== undefined) out.close();
}

/** By the twelve flags, as Wireshark writes them: `·······AP···`. */
const flagTexts = new Map<number, string>();
function flagText(flags: number): string {
  const known = flagTexts.get(flags);
  if (known !== undefined) return known;
  const text = [...'RRRACEUAPRSF'].map((letter, n) => ((flags >> (11 - n)) & 1 ? letter : '·')).join('');
  flagTexts.set(flags, text);
  return text;
}

/** What the segments before say of layer `i`; null where they are not known. */
function memoryOf(layers: Layers, i: number): TcpMemory | null {
  const memory = remembers<TcpMemory>(layers, tcp.ref);
  return memory === null || memory.stream[i] < 0 ? null : memory;
}

function emitAnalysis(out: Sink, memory: TcpMemory, at: number, i: number): void {
  out.open(analysis, at, 0, null);
  if (memory.acksFrame[i] > 0) {
    out.add(acksFrame, at, 0, memory.acksFrame[i]);
    if (memory.ackRttNs[i] !== 0) out.add(ackRtt, at, 0, BigInt(memory.ackRttNs[i]));
  }
  if (memory.initialRttNs[i] > 0) out.add(initialRtt, at, 0, BigInt(memory.initialRttNs[i]));
  if (memory.bytesInFlight[i] > 0) out.add(bytesInFlight, at, 0, memory.bytesInFlight[i]);
  if (memory.pushBytes[i] > 0) out.add(pushBytes, at, 0, memory.pushBytes[i]);
  const bits = memory.said[i];
  if (bits !== 0) {
    out.open(analysisFlags, at, 0, null);
    for (const one of saying)
      if ((bits & one.bits) !== 0) {
        out.add(one.def, at, 0, null);
        // Wireshark says this one by its number too.
        if (one.bits === SAID.duplicateAck) out.add(one.def, at, 0, null);
      }
    out.close();
    if (memory.rtoFrame[i] > 0 && memory.rtoNs[i] !== 0) {
      out.add(rto, at, 0, BigInt(memory.rtoNs[i]));
      out.add(rtoFrame, at, 0, memory.rtoFrame[i]);
    }
    if (memory.duplicateNumber[i] > 0) {
      out.add(duplicateNumber, at, 0, memory.duplicateNumber[i]);
      out.add(duplicateFrame, at, 0, memory.duplicateFrame[i]);
    }
  }
  out.close();
}

const NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];
/** By the low eight flags: ` [SYN, ACK] `. */
const FLAG_TEXTS = Array.from({ length: 256 }, (_, flags) => ` [${NAMES.filter((_, bit) => (flags >> bit) & 1).join(', ')}] `);

/** The options in [from, end) that say something about the connection. */
function writeOptions(line: Line, b: Uint8Array, from: number, end: number): void {
  for (let o = from; o < end && b[o] !== OPTION.end; ) {
    if (b[o] === OPTION.nop) {
      o++;
      continue;
    }
    const size = o + 1 < end ? b[o + 1] : 0;
    if (size < 2 || o + size > end) return;
    switch (b[o]) {
      case OPTION.mss:
        if (size !== 4) break;
        line.text(' MSS=');
        line.dec(readUint(b, o + 2, 2));
        break;
      case OPTION.windowScale:
        if (size !== 3) break;
        line.text(' WS=');
        // RFC 7323 section 2.3: a shift beyond 14 is taken for 14.
        line.dec(1 << Math.min(b[o + 2], 14));
        break;
      case OPTION.sackPermitted:
        line.text(' SACK_PERM');
        break;
      case OPTION.sack:
        line.text(' SACK=');
        line.dec((size - 2) >> 3);
        break;
      case OPTION.timestamps:
        if (size !== 10) break;
        line.text(' TSval=');
        line.dec(readUint(b, o + 2, 4));
        line.text(' TSecr=');
        line.dec(readUint(b, o + 6, 4));
        break;
      default:
    }
    o += size;
  }
}

/** Options in [first, body): at most 40 bytes, so at most 40 rounds. `said`: where the header ends, captured or not. */
function optionList(out: Sink, b: Uint8Array, first: number, body: number, said: number): void {
  if (first >= body) return;
  out.open(options, first, body - first, null);
  for (let o = first; o < body; ) {
    if (b[o] === OPTION.end || b[o] === OPTION.nop) {
      out.open(b[o] === OPTION.end ? endOfOptions : nop, o, 1, null);
      out.add(optionKind, o, 1, b[o]);
      out.close();
      // Zeros pad the header after the end of the list (RFC 9293 section 3.1).
      if (b[o] === OPTION.end && (o + 1 === body || b[o + 1] !== OPTION.end)) break;
      o++;
      continue;
    }
    const size = o + 1 < body ? b[o + 1] : 0;
    if (size < 2 || o + size > body) {
      if (size >= 2 && o + size <= said) option(out, b, o, size, body);
      out.note('error', 'the option is longer than the header');
      break;
    }
    option(out, b, o, size, body);
    o += size;
  }
  out.close();
}

const PORTS = header.items.slice(0, 2);
const SEQUENCE = header.items.slice(2, 3);
const ACKNOWLEDGMENT = header.items.slice(3, 4);
const BEHIND_ACKNOWLEDGMENT = header.items.slice(4);

const IP = protocol('ip');
const ICMP = protocol('icmp');

/** Is layer `i` the segment that an ICMP error is about? */
const isQuotedByIcmp = (layers: Layers, i: number): boolean =>
  i >= 2 && layers.proto[i - 1] === IP.id && layers.proto[i - 2] === ICMP.id;

export const tcp = dissector({
  name: 'tcp',
  title: 'Transmission Control Protocol',
  spec: 'RFC 9293',
  role: 'transport',
  layout: header,
  shapes: true,
  // Before its length and flags are known nothing but the ports is believed; an ICMP error quotes the sequence number too (RFC 792).
  ofCut: [
    [0, 4],
    [8, 16],
  ],
  inPlace: Object.keys(header.place).filter((name) => name !== 'seq_raw' && name !== 'ack_raw'),
  fields: [
    quotedSequence,
    length,
    checksumStatus,
    options,
    optionKind,
    optionLength,
    mss,
    mssValue,
    scale,
    scaleShift,
    sackPermitted,
    sack,
    sackLeft,
    sackRight,
    timestamps,
    timestampValue,
    timestampEcho,
    nop,
    endOfOptions,
    payload,
    flagsText,
  ],
  remembers: {
    fields: [
      stream,
      completeness,
      relativeSeq,
      relativeAck,
      nextSeq,
      windowSize,
      scaleFactor,
      timeRelative,
      timeDelta,
      analysis,
      acksFrame,
      ackRtt,
      initialRtt,
      bytesInFlight,
      pushBytes,
      analysisFlags,
      rto,
      rtoFrame,
      duplicateNumber,
      duplicateFrame,
      ...saying.map(({ def }) => def),
    ],
    memory: () => new TcpMemory(),
  },
  claims: { 'ip.proto': [6] },
  length: { field: 'hdr_len' },
  payload: { ports: 'tcp.port', src: 'srcport', dst: 'dstport' },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    const memory = i < layers.count ? memoryOf(layers, i) : null;
    emitItems(bytes, at, end, PORTS, out);
    if (memory !== null) {
      out.add(stream, at, 0, memory.stream[i]);
      out.add(completeness, at, 0, memory.completeness[i]);
      out.add(relativeSeq, at + 4, 4, memory.seq[i]);
    }
    if (!isQuotedByIcmp(layers, i)) {
      if (end > at + 8) emitItems(bytes, at, end, SEQUENCE, out);
    } else if (at + 8 <= end) {
      out.add(quotedSequence, at + 4, 4, header.get.seq_raw(bytes, at));
      if (layers.past !== null && memory === null) out.add(relativeSeq, at + 4, 4, header.get.seq_raw(bytes, at));
    }
    if (memory !== null) {
      if (memory.next[i] >= 0) out.add(nextSeq, at, 0, memory.next[i]);
      out.add(relativeAck, at + 8, 4, memory.ack[i]);
    }
    // A header that is smaller than it can be tells no more than its length.
    const isCredible = end >= at + 14 && header.get.hdr_len(bytes, at) >= header.size;
    if (isCredible) emitItems(bytes, at, end, ACKNOWLEDGMENT, out);
    emitItems(bytes, at, end, BEHIND_ACKNOWLEDGMENT, out);
    if (isCredible && out.wants(flagsText)) out.add(flagsText, at + 12, 2, flagText(header.get.flags(bytes, at)));
    if (end < at + 13) return;
    const said = at + header.get.hdr_len(bytes, at);
    // A fragment and a quoted packet (it has an IP header in front) do not tell how long the whole segment is.
    if (said <= layers.wireEnd[i] && i <= layers.quotedFrom && !isFragment(layers, i))
      out.add(length, at, 0, layers.wireEnd[i] - said);
    if (i === layers.count) return;
    if (!isCredible) {
      out.note('error', 'the header does not fit into the segment');
      return;
    }
    if (memory !== null) {
      const isScaled = (bytes[at + 13] & FLAG.syn) === 0;
      const shift = isScaled && memory.scale[i] > 0 ? memory.scale[i] : 0;
      // The window of a segment that an ICMP error quotes is printed as it stands, as in Wireshark.
      out.add(windowSize, at + 14, 2, header.get.window_size_value(bytes, at) * (i < layers.quotedFrom ? 2 ** shift : 1));
      if (isScaled) out.add(scaleFactor, at, 0, memory.scale[i] < 0 ? memory.scale[i] : 2 ** shift);
    }
    const body = said;
    if (out.wants(checksumStatus)) out.add(checksumStatus, at + covered.offset, 2, statusOf(layers, i, covered));
    const isWhole = body >= at + header.size && body <= end;
    optionList(out, bytes, at + header.size, Math.min(body, end), said);
    if (memory !== null) {
      out.add(timeRelative, at, 0, BigInt(memory.sinceFirstNs[i]));
      out.add(timeDelta, at, 0, BigInt(memory.sinceLastNs[i]));
      if (memory.isAnalysed[i] === 1) emitAnalysis(out, memory, at, i);
    }
    if (!isWhole) out.note('error', 'the header does not fit into the segment');
    else if (body < end) out.add(payload, body, end - body, null);
  },
  remark(line, layers, i) {
    const memory = memoryOf(layers, i);
    const bits = memory === null || memory.isAnalysed[i] === 0 || i >= layers.quotedFrom ? 0 : memory.said[i];
    if (memory === null || bits === 0) return;
    for (const [bit, text] of LABELS) {
      if ((bits & bit) === 0) continue;
      line.text(text);
      if (bit !== SAID.duplicateAck) continue;
      line.dec(memory.duplicateFrame[i]);
      line.byte(HASH);
      line.dec(memory.duplicateNumber[i]);
      line.text('] ');
    }
  },
  info(line, layers, i) {
    const { bytes, origins } = layers;
    const at = layers.start[i];
    const flags = bytes[at + 13];
    line.dec(header.get.srcport(bytes, at));
    line.arrow();
    line.dec(header.get.dstport(bytes, at));
    line.text(FLAG_TEXTS[flags]);
    let seq = header.get.seq_raw(bytes, at);
    let ack = header.get.ack_raw(bytes, at);
    // A packet quoted by an ICMP error may be forged or old: it moves no origin.
    if (origins !== null && i < layers.quotedFrom) {
      origins.find(layers, i);
      const { mine, other } = origins;
      // A stream seen from its middle counts from 1, as if its SYN had been just before.
      if ((flags & FLAG.syn) !== 0) origins.set(mine, seq);
      else if (!origins.has(mine)) origins.set(mine, seq - 1);
      if ((flags & FLAG.ack) !== 0 && !origins.has(other)) origins.set(other, ack - 1);
      seq = (seq - origins.get(mine)) >>> 0;
      ack = (ack - origins.get(other)) >>> 0;
    }
    line.text('Seq=');
    line.dec(seq);
    if ((flags & FLAG.ack) !== 0) {
      line.text(' Ack=');
      line.dec(ack);
    }
    line.text(' Win=');
    line.dec(header.get.window_size_value(bytes, at));
    const body = at + header.get.hdr_len(bytes, at);
    if (body > layers.end[i] || body < at + header.size) return;
    if (i < layers.quotedFrom) {
      line.text(' Len=');
      line.dec(layers.wireEnd[i] - body);
    }
    if (body > at + header.size) writeOptions(line, bytes, at + header.size, body);
  },
});
