import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { ip } from '../ip.js';
import { header, ospf, rest2 } from '../ospf.js';

const TYPES: Readonly<Record<number, string>> = {
  1: 'Hello',
  2: 'Database Description',
  3: 'LS-Request',
  4: 'LS-Update',
  5: 'LS-Ack',
};

/** Cryptographic authentication: a digest that the length does not count follows the packet (RFC 2328 appendix D.3). */
const DIGEST = 2;
const DIGEST_BYTES = 16;

export default tcpdumpStyle({
  of: [ospf],
  after: ['ip'],
  print({ layers, line }, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const over4 = layers.proto[i - 1] === ip.ref.id;
    const type = header.get.msg(b, at);
    line.text(`OSPFv${header.get.version(b, at)}, `);
    line.text(TYPES[type] ?? (over4 ? `unknown LS-type ${type}` : `unknown packet type (${type})`));
    const rest = at + header.size;
    const isSigned = over4 && rest + 2 <= layers.end[i] && rest2.get['auth.type'](b, rest) === DIGEST;
    line.text(`, length ${Math.max(0, layers.wireEnd[i] - at - (isSigned ? DIGEST_BYTES : 0))}`);
  },
});
