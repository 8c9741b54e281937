import type { Line } from '../../src/bytes/line.js';
import { u16, u32 } from '../../src/bytes/read.js';
import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { FLAG, header, OPTION, tcp } from '../tcp.js';
import { httpLine } from './http.js';
import { hex4, rightSum, statedSum } from './sums.js';

const PROTOCOL = 6;
const SUM_AT = header.place.checksum.offset;
const BGP_PORT = 179;
/** Ports whose payload tcpdump looks at as HTTP. */
const isHttp = (port: number): boolean => port === 80 || port === 8080 || port === 3128;

const FLAG_LETTERS = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'];
const FLAG_TEXTS = Array.from({ length: 256 }, (_, flags) => {
  const letters = FLAG_LETTERS.filter((_, bit) => (flags >> bit) & 1).join('');
  return `Flags [${letters === '' ? 'none' : letters}]`;
});

export default tcpdumpStyle({
  of: [tcp],
  after: ['ip'],
  print(p, i) {
    const { layers, line, origins } = p;
    const { bytes } = layers;
    const { get } = header;
    const at = layers.start[i];
    const flags = get.flags(bytes, at) & 0xff;
    const body = at + get.hdr_len(bytes, at);
    const length = Math.max(0, p.ipEnd - body);
    if (p.choice.quick) {
      line.text('tcp ');
      line.dec(length);
      return;
    }
    line.text(FLAG_TEXTS[flags]);
    if (p.choice.verbose > 0) {
      const right = rightSum(p, i, PROTOCOL, SUM_AT);
      const stated = statedSum(p, i, SUM_AT);
      if (right !== null)
        line.text(`, cksum 0x${hex4(stated)} (${stated === right ? 'correct' : `incorrect -> 0x${hex4(right)}`})`);
    }
    let seq = get.seq_raw(bytes, at);
    let ack = get.ack_raw(bytes, at);
    let theirs = 0;
    // tcpdump counts from the first packet with an acknowledgment, which it shows as it is.
    if ((flags & FLAG.ack) !== 0 && !p.choice.absolute) {
      origins.find(layers, i);
      if ((flags & FLAG.syn) !== 0 || !origins.has(origins.mine)) {
        origins.set(origins.mine, seq);
        origins.set(origins.other, ack - 1);
      } else {
        seq = (seq - origins.get(origins.mine)) >>> 0;
        ack = (ack - origins.get(origins.other)) >>> 0;
      }
      theirs = origins.get(origins.other);
    }
    if (p.choice.verbose > 1 || length > 0 || (flags & (FLAG.syn | FLAG.fin | FLAG.reset)) !== 0) {
      line.text(', seq ');
      line.dec(seq);
      if (length > 0) {
        line.text(':');
        line.dec((seq + length) >>> 0);
      }
    }
    if ((flags & FLAG.ack) !== 0) {
      line.text(', ack ');
      line.dec(ack);
    }
    line.text(', win ');
    line.dec(get.window_size_value(bytes, at));
    if ((flags & FLAG.urgent) !== 0) {
      line.text(', urg ');
      line.dec(get.urgent_pointer(bytes, at));
    }
    const optionsEnd = Math.min(body, layers.end[i]);
    if (optionsEnd > at + header.size) options(bytes, at + header.size, optionsEnd, theirs, line);
    line.text(', length ');
    line.dec(length);
    if (length > 0 && (get.srcport(bytes, at) === BGP_PORT || get.dstport(bytes, at) === BGP_PORT)) {
      line.text(': BGP');
      return;
    }
    if (body >= layers.end[i]) return;
    if (isHttp(get.srcport(bytes, at)) || isHttp(get.dstport(bytes, at)))
      httpLine(bytes, body, layers.end[i], length, p.choice.verbose > 0, line);
  },
});

function options(b: Uint8Array, from: number, end: number, theirs: number, line: Line): void {
  line.text(', options [');
  for (let o = from; o < end; ) {
    if (o > from) line.text(',');
    const kind = b[o];
    if (kind === OPTION.end) {
      line.text('eol');
      break;
    }
    if (kind === OPTION.nop) {
      line.text('nop');
      o++;
      continue;
    }
    const size = o + 1 < end ? b[o + 1] : 0;
    if (size < 2 || o + size > end) {
      line.text('[|tcp]');
      break;
    }
    switch (kind) {
      case OPTION.mss:
        line.text('mss ');
        line.dec(size === 4 ? u16(b, o + 2) : 0);
        break;
      case OPTION.windowScale:
        line.text('wscale ');
        line.dec(size === 3 ? b[o + 2] : 0);
        break;
      case OPTION.sackPermitted:
        line.text('sackOK');
        break;
      case OPTION.sack:
        line.text(`sack ${(size - 2) >> 3} `);
        for (let e = o + 2; e + 8 <= o + size; e += 8)
          line.text(`{${(u32(b, e) - theirs) >>> 0}:${(u32(b, e + 4) - theirs) >>> 0}}`);
        break;
      case OPTION.timestamps:
        if (size !== 10) break;
        line.text('TS val ');
        line.dec(u32(b, o + 2));
        line.text(' ecr ');
        line.dec(u32(b, o + 6));
        break;
      default:
        line.text(`unknown-${kind}`);
    }
    o += size;
  }
  line.text(']');
}
