import { u16, u32 } from '../../src/bytes/read.js';
import { header, icmpv6, TYPE } from '../icmpv6.js';
import { header as ipv6Header } from '../ipv6.js';
import { icmpStyle, quotedPort } from './quoted.js';

/** Offsets of what follows the checksum, and of the address after that (RFC 4861 section 4). */
const BODY = header.size;
const TARGET = BODY + 4;

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'unreachable route ',
  1: 'unreachable prohibited ',
  2: 'beyond scope ',
  3: 'unreachable address ',
};

export default icmpStyle(icmpv6, 'ICMP6, ', ipv6Header.size, (p, i, at, q) => {
  const { layers, line } = p;
  const { bytes } = layers;
  const type = header.get.type(bytes, at);
  const code = header.get.code(bytes, at);
  const end = layers.end[i];
  switch (type) {
    case TYPE.unreachable:
      line.text('destination unreachable, ');
      if (code === 4) {
        line.text('unreachable port, ');
        if (q >= 0) {
          line.ipv6(bytes, q + ipv6Header.place.dst.offset);
          quotedPort(bytes, q + ipv6Header.size, end, ipv6Header.get.nxt(bytes, q), line);
        }
      } else {
        line.text(UNREACHABLE[code] ?? `code-#${code} `);
        if (q >= 0) line.ipv6(bytes, q + ipv6Header.place.dst.offset);
      }
      break;
    case TYPE.tooBig:
      line.text('packet too big, mtu ');
      if (at + BODY + 4 <= end) line.dec(u32(bytes, at + BODY));
      break;
    case TYPE.timeExceeded:
      line.text(code === 0 ? 'time exceeded in-transit for ' : 'ip reassembly time exceeded');
      if (code === 0 && q >= 0) line.ipv6(bytes, q + ipv6Header.place.dst.offset);
      break;
    case TYPE.echoRequest:
    case TYPE.echoReply:
      line.text(type === TYPE.echoRequest ? 'echo request' : 'echo reply');
      if (at + BODY + 4 <= end) line.text(`, id ${u16(bytes, at + BODY)}, seq ${u16(bytes, at + BODY + 2)}`);
      break;
    case TYPE.routerSolicitation:
      line.text('router solicitation');
      break;
    case TYPE.routerAdvertisement:
      line.text('router advertisement');
      break;
    case TYPE.neighborSolicitation:
      line.text('neighbor solicitation, who has ');
      if (at + TARGET + 16 <= end) line.ipv6(bytes, at + TARGET);
      break;
    case TYPE.neighborAdvertisement:
      line.text('neighbor advertisement, tgt is ');
      if (at + TARGET + 16 <= end) line.ipv6(bytes, at + TARGET);
      break;
    case TYPE.redirect:
      line.text('redirect, ');
      if (at + TARGET + 32 <= end) {
        line.ipv6(bytes, at + TARGET + 16);
        line.text(' to ');
        line.ipv6(bytes, at + TARGET);
      }
      break;
    case TYPE.listenerReport2:
      line.text('multicast listener report v2');
      if (at + BODY + 4 <= end) line.text(`, ${u16(bytes, at + BODY + 2)} group record(s)`);
      break;
    case TYPE.listenerQuery:
      line.text('multicast listener query');
      break;
    case TYPE.listenerReport:
      line.text('multicast listener report');
      break;
    case TYPE.listenerDone:
      line.text('multicast listener done');
      break;
    default:
      line.text(`type-#${type}`);
  }
});
