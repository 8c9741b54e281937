import type { Printing } from '../../src/dissect/tcpdump.js';
import { FRAGMENTATION_NEEDED, header, icmp, identifier, nextHopMtu, sequence, TYPE } from '../icmp.js';
import { header as ipHeader } from '../ip.js';
import { icmpStyle, quotedPort } from './quoted.js';

/** Offset of the gateway of a redirect, RFC 792. */
const GATEWAY = header.size;

const UNREACHABLE: Readonly<Record<number, readonly [before: string, after: string]>> = {
  0: ['net ', ' unreachable'],
  1: ['host ', ' unreachable'],
  5: ['', ' unreachable - source route failed'],
  6: ['net ', ' unreachable - unknown'],
  7: ['host ', ' unreachable - unknown'],
  8: ['', ' unreachable - source host isolated'],
  9: ['net ', ' unreachable - admin prohibited'],
  10: ['host ', ' unreachable - admin prohibited'],
  11: ['net ', ' unreachable - tos prohibited'],
  12: ['host ', ' unreachable - tos prohibited'],
  13: ['host ', ' unreachable - admin prohibited filter'],
  14: ['host ', ' unreachable - host precedence violation'],
  15: ['host ', ' unreachable - precedence cutoff'],
};
const REDIRECTS = ['net', 'host', 'tos net', 'tos host'];

export default icmpStyle(icmp, 'ICMP ', ipHeader.size, null, (p, i, at, q) => {
  const { layers, line } = p;
  const { bytes } = layers;
  const type = header.get.type(bytes, at);
  const code = header.get.code(bytes, at);
  switch (type) {
    case TYPE.echoRequest:
    case TYPE.echoReply:
      line.text(type === TYPE.echoRequest ? 'echo request, id ' : 'echo reply, id ');
      line.dec(identifier(bytes, at));
      line.text(', seq ');
      line.dec(sequence(bytes, at));
      break;
    case TYPE.unreachable:
      unreachable(p, i, q, code);
      break;
    case TYPE.redirect:
      line.text('redirect ');
      if (q >= 0) line.ipv4(bytes, q + ipHeader.place.dst.offset);
      line.text(` to ${REDIRECTS[code] ?? `code ${code}`} `);
      line.ipv4(bytes, at + GATEWAY);
      break;
    case TYPE.timeExceeded:
      line.text(code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded');
      break;
    default:
      line.text(`type-#${type}`);
  }
});

function unreachable({ layers, line }: Printing, i: number, q: number, code: number): void {
  const { bytes } = layers;
  const destination = () => {
    if (q >= 0) line.ipv4(bytes, q + ipHeader.place.dst.offset);
  };
  if (code === FRAGMENTATION_NEEDED) {
    destination();
    line.text(' unreachable - need to frag');
    const mtu = nextHopMtu(bytes, layers.start[i]);
    if (mtu > 0) line.text(` (mtu ${mtu})`);
  } else if (code === 2) {
    destination();
    line.text(` protocol ${q >= 0 ? ipHeader.get.proto(bytes, q) : 0} unreachable`);
  } else if (code === 3) {
    destination();
    if (q >= 0) quotedPort(bytes, q + ipHeader.get.hdr_len(bytes, q), layers.end[i], ipHeader.get.proto(bytes, q), line);
    line.text(' unreachable');
  } else {
    const [before, after] = UNREACHABLE[code] ?? ['', ` unreachable - #${code}`];
    line.text(before);
    destination();
    line.text(after);
  }
}
