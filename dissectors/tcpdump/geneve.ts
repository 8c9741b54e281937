import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { geneve, header } from '../geneve.js';

/** Ethernet in Geneve (RFC 8926 section 3.4): what tcpdump takes it for without saying so. */
const TRANSPARENT_ETHERNET = 0x6558;

export default tcpdumpStyle({
  of: [geneve],
  after: ['udp'],
  print(p, i) {
    const { layers, line } = p;
    const { bytes } = layers;
    const { get } = header;
    const at = layers.start[i];
    const flags = `${get['flags.oam'](bytes, at) ? 'O' : ''}${get['flags.critical'](bytes, at) ? 'C' : ''}`;
    line.text(`Geneve, Flags [${flags === '' ? 'none' : flags}], vni 0x${get.vni(bytes, at).toString(16)}`);
    const type = get.proto_type(bytes, at);
    if (type !== TRANSPARENT_ETHERNET) line.text(`, proto unknown (0x${type.toString(16).padStart(4, '0')})`);
    const options = layers.body[i] - at - header.size;
    if (options > 0) line.text(`, options [${options} bytes]`);
    line.text(': ');
    p.packet(i + 1);
  },
});
