import type { Line } from '../../src/bytes/line.js';
import { u16, u32 } from '../../src/bytes/read.js';
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
    if (type === TRANSPARENT_ETHERNET) {
      if (p.choice.links) line.text(', proto TEB (0x6558)');
    } else line.text(`, proto unknown (0x${type.toString(16).padStart(4, '0')})`);
    const options = layers.body[i] - at - header.size;
    if (options > 0 && p.choice.verbose === 0) line.text(`, options [${options} bytes]`);
    else if (options > 0) optionList(bytes, at + header.size, layers.body[i], p.choice.verbose, line);
    line.text(p.choice.verbose > 0 ? '\n\t' : ': ');
    p.packet(i + 1);
  },
});

/** Classes that tcpdump knows (www.iana.org/assignments/nvo3). */
const CLASSES: Readonly<Record<number, string>> = {
  256: 'Linux',
  257: 'Open vSwitch',
  258: 'Open Virtual Networking (OVN)',
  259: 'In-band Network Telemetry (INT)',
  260: 'VMware',
  261: 'Amazon.com, Inc.',
  262: 'Cisco Systems, Inc.',
  263: 'Oracle Corporation',
};

/** RFC 8926 section 3.5. */
function optionList(b: Uint8Array, from: number, end: number, verbose: number, line: Line): void {
  line.text(', options [');
  for (let o = from; o + 4 <= end; ) {
    if (o > from) line.text(', ');
    const ofClass = u16(b, o);
    const size = 4 + (b[o + 3] & 0x1f) * 4;
    const isCritical = (b[o + 2] & 0x80) !== 0;
    const name = CLASSES[ofClass] ?? (ofClass >= 0xff00 ? 'Experimental' : 'Unknown');
    line.text(`class ${name} (0x${ofClass.toString(16)}) type 0x${b[o + 2].toString(16)}${isCritical ? '(C)' : ''} len ${size}`);
    if (size > 4 && verbose > 1) {
      line.text(' data');
      for (let at = o + 4; at + 4 <= Math.min(o + size, end); at += 4) line.text(` ${u32(b, at).toString(16).padStart(8, '0')}`);
    }
    o += size;
  }
  line.text(']');
}
