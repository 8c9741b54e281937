import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import {
  CIRCUIT,
  HELLO_AT,
  header,
  helloOptions,
  helloPriority,
  isis,
  isLanHello,
  osi,
  PDUS,
  SYSTEM,
  systemId,
} from '../isis.js';

const NAMES: Readonly<Record<number, string>> = { ...PDUS, 15: 'L1 Lan IIH', 16: 'L2 Lan IIH', 17: 'p2p IIH' };

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
    if (isLanHello(type) && hello + helloOptions(type) <= layers.end[i]) {
      line.text(`, src-id ${systemId(b, hello + HELLO_AT.source, SYSTEM)}`);
      line.text(`, lan-id ${systemId(b, hello + HELLO_AT.lan, CIRCUIT)}`);
      line.text(`, prio ${helloPriority.get.priority(b, hello + HELLO_AT.kind)}`);
    }
    line.text(`, length ${layers.wireEnd[i] - layers.start[i]}`);
  },
});
