// PIM version 2, RFC 7761 section 4.9.
import { u16 } from '../src/bytes/read.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const TYPES = {
  0: 'Hello',
  1: 'Register',
  2: 'Register-stop',
  3: 'Join/Prune',
  4: 'Bootstrap',
  5: 'Assert',
  6: 'Graft',
  7: 'Graft-Ack',
  8: 'Candidate-RP-Advertisement',
};
export const header = layout('pim', [
  uint('version', 4, 'Version'),
  uint('type', 4, 'Type', { values: TYPES }),
  rsv(8),
  uint('cksum', 16, 'Checksum', 'hex'),
]);
const option = layout('pim', [uint('optiontype', 16, 'Option type'), uint('optionlength', 16, 'Option length')]);
const priority = layout('pim', [uint('dr_priority', 32, 'DR priority')]);
const generation = layout('pim', [uint('generation_id', 32, 'Generation ID')]);
const register = layout('pim', [
  bits('register_flag', 'Flags', [
    flag('register_flag.border', 'Border'),
    flag('register_flag.null_register', 'Null-Register'),
    rsv(30),
  ]),
]);

/** Values of `pim.type`. */
export const TYPE = { hello: 0, register: 1 } as const;
/** Options of a hello (section 4.9.2). */
const OPTION = { priority: 19, generation: 20 } as const;
const IP = protocol('ip');
const IPV6 = protocol('ipv6');

export const pim = dissector({
  name: 'pim',
  title: 'Protocol Independent Multicast',
  spec: 'RFC 7761',
  layout: header,
  fields: fieldsOf(option, priority, generation, register),
  claims: { 'ip.proto': [103] },
  payload: {
    step(layers, at, end) {
      const body = at + header.size + register.size;
      // A Register holds the multicast packet that it announces; a Null-Register only the start of one.
      if (header.get.type(layers.bytes, at) !== TYPE.register || body >= end) return layers.last();
      const version = layers.bytes[body] >> 4;
      if (version === 4) layers.next(IP, body);
      else if (version === 6) layers.next(IPV6, body);
      else layers.last();
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i] + header.size;
    const type = header.get.type(b, layers.start[i]);
    if (type === TYPE.register) emitItems(b, at, end, register.items, out);
    if (type !== TYPE.hello) return;
    while (at + option.size <= end) {
      emitItems(b, at, end, option.items, out);
      const from = at + option.size;
      const next = from + u16(b, at + 2);
      if (next <= end && u16(b, at) === OPTION.priority) emitItems(b, from, next, priority.items, out);
      if (next <= end && u16(b, at) === OPTION.generation) emitItems(b, from, next, generation.items, out);
      at = next;
    }
  },
  info(line, layers, i) {
    const type = header.get.type(layers.bytes, layers.start[i]);
    line.text((TYPES as Record<number, string>)[type] ?? `type ${type}`);
  },
});
