// ERSPAN, draft-foschiano-erspan: mirrored Ethernet frames in GRE. Type I has no header of its own; II and III have.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';
import { FLAG, header as greHeader } from './gre.js';

/** Values of `erspan.version`. */
export const VERSION = { typeII: 1, typeIII: 2 } as const;
const versions = { values: { 1: 'Type II', 2: 'Type III' } };

export const typeII = layout('erspan', [
  uint('version', 4, 'Version', versions),
  uint('vlan', 12, 'VLAN'),
  uint('cos', 3, 'Class of service'),
  uint('encap', 2, 'Encapsulation'),
  uint('truncated', 1, 'Truncated'),
  uint('spanid', 10, 'Session'),
  uint('reserved', 12, 'Reserved'),
  uint('index', 20, 'Port index'),
]);
export const typeIII = layout('erspan', [
  uint('version', 4, 'Version', versions),
  uint('vlan', 12, 'VLAN'),
  uint('cos', 3, 'Class of service'),
  uint('bso', 2, 'Bad, short or oversized'),
  uint('truncated', 1, 'Truncated'),
  uint('spanid', 10, 'Session'),
  uint('timestamp', 32, 'Timestamp'),
  uint('sgt', 16, 'Security group tag'),
  uint('p', 1, 'Has an Ethernet PDU'),
  uint('ft', 5, 'Frame type', { values: { 0: 'Ethernet', 2: 'IP' } }),
  uint('hw', 6, 'Hardware ID'),
  flag('direction', 'Direction'),
  uint('gra', 2, 'Timestamp granularity'),
  uint('o', 1, 'Platform header follows'),
]);
const platform = layout('erspan', [uint('platid', 6, 'Platform'), rsv(58)]);

const FRAME = { ethernet: 0, ip: 2 } as const;
const ETHERTYPE_II = 0x88be;
const GRE = protocol('gre');
const ETH = protocol('eth');
const IP = protocol('ip');

/** ERSPAN layer `i` has a header: type I is known by a GRE header without a sequence number (section 4.1). */
function hasHeader(layers: Layers, i: number): boolean {
  if (i === 0 || layers.proto[i - 1] !== GRE.id) return false;
  const gre = layers.start[i - 1];
  const sequence = (greHeader.get.flags_and_version(layers.bytes, gre) & FLAG.sequence) !== 0;
  return sequence || greHeader.get.proto(layers.bytes, gre) !== ETHERTYPE_II;
}

export const erspan = dissector({
  name: 'erspan',
  title: 'Encapsulated Remote Switch Packet Analysis',
  spec: 'draft-foschiano-erspan',
  role: 'tunnel',
  minLength: 0,
  fields: fieldsOf(typeII, typeIII, platform),
  claims: { 'gre.proto': [ETHERTYPE_II, 0x22eb] },
  payload: {
    step(layers, at, end) {
      if (!hasHeader(layers, layers.count - 1)) return layers.next(ETH, at);
      if (end - at < typeII.size) return layers.cut();
      const version = typeII.get.version(layers.bytes, at);
      if (version === VERSION.typeII) return layers.next(ETH, at + typeII.size);
      if (version !== VERSION.typeIII) return layers.last();
      if (end - at < typeIII.size) return layers.cut();
      const { ft, o } = typeIII.get;
      const body = at + typeIII.size + (o(layers.bytes, at) === 1 ? platform.size : 0);
      if (body > end) return layers.cut();
      if (ft(layers.bytes, at) === FRAME.ethernet) layers.next(ETH, body);
      else if (ft(layers.bytes, at) === FRAME.ip) layers.next(IP, body);
      else layers.nextAtData(body);
    },
  },
  details(out, layers, i) {
    if (!hasHeader(layers, i)) return;
    const at = layers.start[i];
    const end = layers.end[i];
    if (end - at < typeII.size) return;
    const version = typeII.get.version(layers.bytes, at);
    if (version === VERSION.typeII) emitItems(layers.bytes, at, end, typeII.items, out);
    else if (version === VERSION.typeIII) {
      emitItems(layers.bytes, at, end, typeIII.items, out);
      if (end - at >= typeIII.size + platform.size && typeIII.get.o(layers.bytes, at) === 1)
        emitItems(layers.bytes, at + typeIII.size, end, platform.items, out);
    } else {
      // Once as the version, once as what is wrong with it.
      const { def } = typeII.place.version;
      out.add(def, at, 1, version);
      out.add(def, at, 1, version);
    }
  },
});
