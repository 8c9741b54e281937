import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { header, helloLengths, isis, osi, systemId } from '../isis.js';

const NAMES: Readonly<Record<number, string>> = {
  15: 'L1 Lan IIH',
  16: 'L2 Lan IIH',
  17: 'p2p IIH',
  18: 'L1 LSP',
  20: 'L2 LSP',
  24: 'L1 CSNP',
  25: 'L2 CSNP',
  26: 'L1 PSNP',
  27: 'L2 PSNP',
};
/** A hello of a LAN after the common header: where the sender, the priority and the designated system stand, and their lengths. */
const LAN = { source: 1, sourceLength: 6, priority: 11, designated: 12, designatedLength: 7 } as const;
const isLan = (type: number): boolean => type === 15 || type === 16;

export default tcpdumpStyle({
  of: [osi],
  after: ['link'],
  print(p, i) {
    const { layers, line } = p;
    const b = layers.bytes;
    const next = i + 1;
    if (next >= layers.count || layers.proto[next] !== isis.ref.id) return p.plain(i);
    const at = layers.start[next];
    const type = header.get.type(b, at);
    const hello = at + header.size;
    line.text(`IS-IS, ${NAMES[type] ?? `unknown, type ${type}`}`);
    if (isLan(type) && hello + helloLengths.lan <= layers.end[i]) {
      line.text(`, src-id ${systemId(b, hello + LAN.source, LAN.sourceLength)}`);
      line.text(`, lan-id ${systemId(b, hello + LAN.designated, LAN.designatedLength)}`);
      line.text(`, prio ${b[hello + LAN.priority] & 0x7f}`);
    }
    line.text(`, length ${layers.wireEnd[i] - layers.start[i]}`);
  },
});
