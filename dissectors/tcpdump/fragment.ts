import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { fragment, fragmentHeader } from '../ipv6.js';
import { udp } from '../udp.js';

export default tcpdumpStyle({
  of: [fragment],
  after: ['ip'],
  print(p, i) {
    const { layers, line } = p;
    const offset = fragmentHeader.get.offset(layers.bytes, layers.start[i]) * 8;
    line.text(`frag (${offset}|${layers.wireEnd[i] - layers.body[i]})`);
    if (i + 1 >= layers.count || layers.proto[i + 1] !== udp.ref.id) return;
    line.space();
    p.after('ip', i + 1);
  },
});
