import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { slow, slowHeader } from '../lacp.js';

/** Subtypes that tcpdump has a name for, which is followed by a version. */
const NAMES: Readonly<Record<number, string>> = { 1: 'LACP', 2: 'MARKER' };

export default tcpdumpStyle({
  of: [slow],
  after: ['link'],
  print({ layers, line }, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const subtype = slowHeader.get.subtype(b, at);
    const name = NAMES[subtype];
    if (name === undefined) line.text(`unknown (${subtype})`);
    else line.text(at + 1 < layers.end[i] ? `${name}v${b[at + 1]}` : `[|${name.toLowerCase()}]`);
    line.text(`, length ${layers.wireEnd[i] - at}`);
  },
});
