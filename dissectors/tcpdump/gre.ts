import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { gre, header } from '../gre.js';

export default tcpdumpStyle({
  of: [gre],
  after: ['ip'],
  print(p, i) {
    const { layers, line } = p;
    const at = layers.start[i];
    line.text(`GREv${header.get['flags.version'](layers.bytes, at)}, length ${layers.wireEnd[i] - at}`);
    if (i + 1 >= p.shown) return;
    line.text(': ');
    p.packet(i + 1);
  },
});
