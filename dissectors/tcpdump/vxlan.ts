import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { header, vxlan } from '../vxlan.js';

export default tcpdumpStyle({
  of: [vxlan],
  after: ['udp'],
  print(p, i) {
    const { layers, line } = p;
    const { bytes } = layers;
    const at = layers.start[i];
    line.text(header.get.flag_i(bytes, at) === 1 ? 'VXLAN, flags [I] (0x' : 'VXLAN, flags [.] (0x');
    // The group policy bits of the second byte are newer than tcpdump.
    line.hex(header.get.flags(bytes, at) >> 8, 2);
    line.text('), vni ');
    line.dec(header.get.vni(bytes, at));
    line.newline();
    p.packet(i + 1);
  },
});
