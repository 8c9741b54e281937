// IS-IS, ISO/IEC 10589 clause 9, in RFC 1142 too: the header, hellos, link state packets and sequence numbers. LLC names no protocol: the first byte
// after it does (ISO/IEC TR 9577).
import { hex } from '../src/bytes/show.js';
import { utf8 } from '../src/bytes/string.js';
import { dissector, type ProtocolRef, protocol, table } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { fieldsOf, flag, ipv4, type Layout, layout, mac, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const NLPID = table('osi.nlpid');
const PDU_TYPE = table('isis.type');
const FOREIGN: Readonly<Record<number, ProtocolRef>> = { 204: protocol('ip'), 142: protocol('ipv6'), 207: protocol('ppp') };

export const osi = dissector({
  name: 'osi',
  title: 'OSI network layer',
  spec: 'ISO/IEC TR 9577',
  minLength: 0,
  claims: { 'llc.dsap': [0xfe], 'gre.proto': [0xfe] },
  payload: {
    step(layers, at, end) {
      const id = at < end ? layers.bytes[at] : 0;
      // Theirs have it in their header; of these it is no part (RFC 2684 section 5.1, RFC 2364 section 4).
      const foreign = FOREIGN[id];
      if (foreign === undefined) layers.nextBy(NLPID, id, at);
      else layers.next(foreign, at + 1);
    },
  },
});

/** By the type in the common header. */
export const PDUS: Readonly<Record<number, string>> = {
  15: 'L1 HELLO',
  16: 'L2 HELLO',
  17: 'P2P HELLO',
  18: 'L1 LSP',
  20: 'L2 LSP',
  24: 'L1 CSNP',
  25: 'L2 CSNP',
  26: 'L1 PSNP',
  27: 'L2 PSNP',
};
export const header = layout('isis', [
  uint('irpd', 8, 'Protocol discriminator', 'hex'),
  uint('len', 8, 'Length indicator'),
  uint('version', 8, 'Version'),
  uint('sysid_len', 8, 'ID length'),
  uint('type.reserved', 3, 'Reserved', 'hex'),
  uint('type', 5, 'PDU type', { values: PDUS }),
  uint('version2', 8, 'Version'),
  uint('reserved', 8, 'Reserved'),
  uint('max_area_adr', 8, 'Maximum area addresses'),
]);

export const isis = dissector({
  name: 'isis',
  title: 'Intermediate System to Intermediate System',
  spec: 'ISO/IEC 10589',
  layout: header,
  claims: { 'osi.nlpid': [0x83] },
  payload: { step: (layers, at) => layers.nextBy(PDU_TYPE, header.get.type(layers.bytes, at), at + header.size) },
  info(line, layers, i) {
    const type = header.get.type(layers.bytes, layers.start[i]);
    line.text(PDUS[type] ?? `type ${type}`);
  },
});

/** Six bytes, as `1920.0000.0001`; a seventh is a circuit, an eighth a fragment: `.00-00`. */
export function systemId(b: Uint8Array, at: number, length: number): string {
  const id = `${hex(b, at, at + 2)}.${hex(b, at + 2, at + 4)}.${hex(b, at + 4, at + 6)}`;
  return length < 7 ? id : `${id}.${hex(b, at + 6, at + 7)}${length < 8 ? '' : `-${hex(b, at + 7, at + 8)}`}`;
}
export const SYSTEM = 6;
export const CIRCUIT = 7;
const FRAGMENT = 8;

/** Puts out an identifier where it is all there. */
const identifier = (out: Sink, b: Uint8Array, def: FieldDef, at: number, length: number, end: number): void => {
  if (at + length <= end) out.add(def, at, length, systemId(b, at, length));
};

type Visit = (type: number, at: number, to: number) => void;

/** Calls `visit` with each option of a PDU that is all there: its type, and where its value begins and ends (clause 9.3). */
export function optionsOf(b: Uint8Array, from: number, end: number, visit: Visit): void {
  for (let at = from; at + 2 <= end && at + 2 + b[at + 1] <= end; at += 2 + b[at + 1]) visit(b[at], at + 2, at + 2 + b[at + 1]);
}

/** The same, and puts out their heads. */
const options = (out: Sink, b: Uint8Array, from: number, end: number, head: Layout, visit: Visit): void =>
  optionsOf(b, from, end, (type, at, to) => {
    emitItems(b, at - head.size, end, head.items, out);
    visit(type, at, to);
  });
const optionHead = (pdu: string) => layout(pdu, [uint('clv.type', 8, 'Option type'), uint('clv.length', 8, 'Option length')]);

/** Options of ISO/IEC 10589, RFC 1195, RFC 5303 and RFC 5301. */
export const OPTION = { neighbours: 6, addresses4: 132, hostname: 137, adjacency: 240 } as const;

/** After the common header. On a LAN a priority and the designated system follow, on a point-to-point link a circuit. */
const helloKind = layout('isis.hello', [rsv(6), uint('circuit_type', 2, 'Circuit type', 'hex'), rsv(48)]);
const helloSource = field('isis.hello.source_id', 'System ID of the sender', 'string');
export const helloTimes = layout('isis.hello', [
  uint('holding_timer', 16, 'Holding timer, seconds'),
  uint('pdu_length', 16, 'PDU length'),
]);
export const helloPriority = layout('isis.hello', [rsv(1), uint('priority', 7, 'Priority')]);
const helloLan = field('isis.hello.lan_id', 'Designated system', 'string');
const helloCircuit = layout('isis.hello', [uint('local_circuit_id', 8, 'Local circuit ID')]);
const helloOption = optionHead('isis.hello');
const helloAddress = layout('isis.hello', [ipv4('clv_ipv4_int_addr', 'Interface address')]);
const helloNeighbour = layout('isis.hello', [mac('is_neighbor', 'Neighbour')]);
const helloState = layout('isis.hello', [
  uint('adjacency_state', 8, 'Adjacency state', { values: { 0: 'Up', 1: 'Initializing', 2: 'Down' } }),
]);

/** Whether `isis.type` is that of a LAN's hello, level 1 or 2; the third one is for a point-to-point link. */
export const isLanHello = (type: number): boolean => type === 15 || type === 16;
const TIMES_AT = 1 + SYSTEM;
const KIND_AT = TIMES_AT + helloTimes.size;
/** Where the parts of a hello stand after the common header; `kind` is a priority or a circuit. */
export const HELLO_AT = { source: 1, times: TIMES_AT, kind: KIND_AT, lan: KIND_AT + 1 } as const;

/** Offset of a hello's options. */
export const helloOptions = (type: number): number => HELLO_AT.lan + (isLanHello(type) ? CIRCUIT : 0);

export const isisHello = dissector({
  name: 'isis.hello',
  title: 'IS-IS hello',
  spec: 'ISO/IEC 10589 clause 9.5',
  layout: helloKind,
  fields: [
    ...fieldsOf(helloTimes, helloPriority, helloCircuit, helloOption, helloAddress, helloNeighbour, helloState),
    ...[helloSource, helloLan],
  ],
  claims: { 'isis.type': [15, 16, 17] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    const kind = header.get.type(b, layers.start[i - 1]);
    const isLan = isLanHello(kind);
    identifier(out, b, helloSource, at + HELLO_AT.source, SYSTEM, end);
    emitItems(b, at + HELLO_AT.times, end, helloTimes.items, out);
    emitItems(b, at + HELLO_AT.kind, end, (isLan ? helloPriority : helloCircuit).items, out);
    if (isLan) identifier(out, b, helloLan, at + HELLO_AT.lan, CIRCUIT, end);
    options(out, b, at + helloOptions(kind), end, helloOption, (type, from, to) => {
      if (type === OPTION.addresses4) for (let o = from; o + 4 <= to; o += 4) emitItems(b, o, to, helloAddress.items, out);
      else if (type === OPTION.neighbours)
        for (let o = from; o + SYSTEM <= to; o += SYSTEM) emitItems(b, o, to, helloNeighbour.items, out);
      else if (type === OPTION.adjacency) emitItems(b, from, to, helloState.items, out);
    });
  },
});

const lspTimes = layout('isis.lsp', [
  uint('pdu_length', 16, 'PDU length'),
  uint('remaining_life', 16, 'Remaining lifetime, seconds'),
]);
const lspId = field('isis.lsp.lsp_id', 'LSP ID', 'string');
const lspRest = layout('isis.lsp', [
  uint('sequence_number', 32, 'Sequence number', 'hex'),
  rsv(16),
  rsv(5),
  flag('overload', 'Overload'),
  uint('is_type', 2, 'Type of system'),
]);
const lspOption = optionHead('isis.lsp');
const hostname = field('isis.lsp.hostname', 'Hostname', 'string');

export const isisLsp = dissector({
  name: 'isis.lsp',
  title: 'IS-IS link state packet',
  spec: 'ISO/IEC 10589 clause 9.8',
  layout: lspTimes,
  fields: [...fieldsOf(lspRest, lspOption), lspId, hostname],
  claims: { 'isis.type': [18, 20] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i] + lspTimes.size;
    identifier(out, b, lspId, at, FRAGMENT, end);
    at += FRAGMENT;
    emitItems(b, at, end, lspRest.items, out);
    at += lspRest.size;
    options(out, b, at, end, lspOption, (type, from, to) => {
      if (type === OPTION.hostname && to > from) out.add(hostname, from, to - from, utf8(b, from, to));
    });
  },
});

/** Complete and partial sequence numbers (clauses 9.10 to 9.13). */
const sequence = (kind: 'csnp' | 'psnp', title: string, types: readonly number[]) => {
  const name = `isis.${kind}`;
  const length = layout(name, [uint('pdu_length', 16, 'PDU length')]);
  const source = field(`${name}.source_id`, 'System ID of the sender', 'string');
  const circuit = field(`${name}.source_circuit`, 'Circuit of the sender', 'bytes');
  return dissector({
    name,
    title,
    spec: 'ISO/IEC 10589 clauses 9.10 to 9.13',
    layout: length,
    fields: [source, circuit],
    claims: { 'isis.type': types },
    payload: { none: true },
    details(out, layers, i) {
      const end = layers.end[i];
      const at = layers.start[i] + length.size;
      identifier(out, layers.bytes, source, at, SYSTEM, end);
      if (at + CIRCUIT <= end) out.add(circuit, at + SYSTEM, 1, null);
    },
  });
};
export const isisCsnp = sequence('csnp', 'IS-IS complete sequence numbers', [24, 25]);
export const isisPsnp = sequence('psnp', 'IS-IS partial sequence numbers', [26, 27]);
