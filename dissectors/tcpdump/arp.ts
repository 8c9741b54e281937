import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { addresses, arp, common, ethIpv4, REPLY, REQUEST } from '../arp.js';

export default tcpdumpStyle({
  of: [arp],
  after: ['link'],
  print({ layers, line, choice }, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const opcode = common.get.opcode(bytes, at);
    const a = ethIpv4(bytes, at, layers.end[i]);
    if (!choice.links) line.text('ARP, ');
    if (choice.verbose > 0 && a >= 0) line.text('Ethernet (len 6), IPv4 (len 4), ');
    if (a < 0 || (opcode !== REQUEST && opcode !== REPLY)) line.text(`op ${opcode}`);
    else {
      const target = a + addresses.place['dst.proto_ipv4'].offset;
      const sender = a + addresses.place['src.proto_ipv4'].offset;
      if (opcode === REQUEST) {
        line.text('Request who-has ');
        line.ipv4(bytes, target);
        if (addresses.get['dst.hw_mac'](bytes, a) !== 0) {
          line.text(' (');
          line.mac(bytes, a + addresses.place['dst.hw_mac'].offset);
          line.text(')');
        }
        line.text(' tell ');
        line.ipv4(bytes, sender);
      } else {
        line.text('Reply ');
        line.ipv4(bytes, sender);
        line.text(' is-at ');
        line.mac(bytes, a + addresses.place['src.hw_mac'].offset);
      }
    }
    line.text(', length ');
    line.dec(layers.wireEnd[i] - at);
  },
});
