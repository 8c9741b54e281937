// SNMP versions 1 (RFC 1157), 2c (RFC 1901, RFC 3416) and 3 (RFC 3412, RFC 3414), in BER: who asks, for what, and what went wrong. The variables
// are not looked into.
import { utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { fieldsOf, ipv4, layout } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const PDUS: Readonly<Record<number, string>> = {
  0: 'get-request',
  1: 'get-next-request',
  2: 'get-response',
  3: 'set-request',
  4: 'trap',
  5: 'getBulkRequest',
  6: 'informRequest',
  7: 'snmpV2-trap',
  8: 'report',
};
const ERRORS: Readonly<Record<number, string>> = {
  0: 'noError',
  1: 'tooBig',
  2: 'noSuchName',
  3: 'badValue',
  4: 'readOnly',
  5: 'genErr',
  6: 'noAccess',
  16: 'authorizationError',
};
const version = field('snmp.version', 'Version', 'int32', { values: { 0: '1', 1: '2c', 2: '2u' } });
const version3 = field('snmp.msgVersion', 'Version', 'int32');
const community = field('snmp.community', 'Community', 'string');
const pdu = field('snmp.data', 'PDU', 'uint32', { values: PDUS });
const requestId = field('snmp.request_id', 'Request ID', 'int32');
const errorStatus = field('snmp.error_status', 'Error status', 'int32', { values: ERRORS });
const errorIndex = field('snmp.error_index', 'Error index', 'int32');
const nonRepeaters = field('snmp.non_repeaters', 'Non-repeaters', 'uint32');
const maxRepetitions = field('snmp.max_repetitions', 'Max repetitions', 'uint32');
const agent = layout('snmp', [ipv4('agent_addr', 'Agent address')]);
const genericTrap = field('snmp.generic_trap', 'Generic trap', 'int32', {
  values: { 0: 'coldStart', 1: 'warmStart', 2: 'linkDown', 3: 'linkUp', 4: 'authenticationFailure', 5: 'egpNeighborLoss' },
});
const specificTrap = field('snmp.specific_trap', 'Specific trap', 'int32');
const timeStamp = field('snmp.time_stamp', 'Time stamp', 'uint32');
const messageId = field('snmp.msgID', 'Message ID', 'uint32');
const maxSize = field('snmp.msgMaxSize', 'Largest message', 'uint32');
const flags = field('snmp.msgFlags', 'Flags', 'bytes');
const securityModel = field('snmp.msgSecurityModel', 'Security model', 'uint32', { values: { 3: 'USM' } });
const engine = field('snmp.msgAuthoritativeEngineID', 'Engine ID', 'bytes');
const boots = field('snmp.msgAuthoritativeEngineBoots', 'Engine boots', 'uint32');
const time = field('snmp.msgAuthoritativeEngineTime', 'Engine time', 'uint32');
const user = field('snmp.msgUserName', 'User name', 'string');
const encrypted = field('snmp.encryptedPDU', 'Encrypted PDU', 'bytes');

/** Tags of BER (X.690 section 8.1.2) and of the SNMP types of RFC 2578. */
const TAG = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30, address: 0x40, ticks: 0x43, pdu: 0xa0 } as const;
const PDU = { trap: 4, bulk: 5, last: 8 } as const;
const VERSION3 = 3;

/** Walks the elements of one sequence, one after the other. */
class Elements {
  /** Of the element at hand: its tag, and where its value begins and ends. */
  tag = -1;
  from = 0;
  to = 0;

  constructor(
    private readonly b: Uint8Array,
    private at: number,
    private readonly end: number,
  ) {}

  /** The next element; false where there is none, or it is not all there. Lengths have up to four bytes (RFC 3417 section 8). */
  next(): boolean {
    const { b, at, end } = this;
    if (at + 2 > end) return false;
    let length = b[at + 1];
    let from = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || from + count > end) return false;
      length = 0;
      for (let o = 0; o < count; o++) length = length * 256 + b[from + o];
      from += count;
    }
    if (from + length > end) return false;
    this.tag = b[at];
    this.from = from;
    this.to = from + length;
    this.at = this.to;
    return true;
  }

  /** The next element, where it has this tag. */
  is(tag: number): boolean {
    return this.next() && this.tag === tag;
  }

  inside(): Elements {
    return new Elements(this.b, this.from, this.to);
  }

  /** The next element as a number, put out; false where it is none. */
  number(out: Sink, def: FieldDef, tag: number = TAG.integer): boolean {
    if (!this.is(tag) || this.to === this.from || this.to - this.from > 5) return false;
    let value = tag === TAG.integer && (this.b[this.from] & 0x80) !== 0 ? -1 : 0;
    for (let o = this.from; o < this.to; o++) value = value * 256 + this.b[o];
    out.add(def, this.from, this.to - this.from, def.type === 'int32' ? value | 0 : value >>> 0);
    return true;
  }

  text(out: Sink, def: FieldDef): boolean {
    if (!this.is(TAG.octets)) return false;
    out.add(def, this.from, this.to - this.from, def.type === 'string' ? utf8(this.b, this.from, this.to) : null);
    return true;
  }
}

/** The PDU that is next. */
function data(out: Sink, b: Uint8Array, around: Elements): void {
  if (!around.next()) return;
  const kind = around.tag - TAG.pdu;
  if (kind < 0 || kind > PDU.last) return;
  out.add(pdu, around.from, around.to - around.from, kind);
  const inside = around.inside();
  if (kind === PDU.trap) {
    if (!inside.is(TAG.oid) || !inside.is(TAG.address)) return;
    emitItems(b, inside.from, inside.to, agent.items, out);
    void (inside.number(out, genericTrap) && inside.number(out, specificTrap) && inside.number(out, timeStamp, TAG.ticks));
    return;
  }
  const [second, third] = kind === PDU.bulk ? [nonRepeaters, maxRepetitions] : [errorStatus, errorIndex];
  void (inside.number(out, requestId) && inside.number(out, second) && inside.number(out, third));
}

/** Version 3, RFC 3412 section 6: global data, security parameters of RFC 3414 section 2.4, and the PDU, which may be encrypted. */
function message3(out: Sink, b: Uint8Array, message: Elements): void {
  if (!message.is(TAG.sequence)) return;
  const global = message.inside();
  void (
    global.number(out, messageId) &&
    global.number(out, maxSize) &&
    global.text(out, flags) &&
    global.number(out, securityModel)
  );
  if (!message.is(TAG.octets)) return;
  const security = message.inside();
  if (security.is(TAG.sequence)) {
    const inside = security.inside();
    void (inside.text(out, engine) && inside.number(out, boots) && inside.number(out, time) && inside.text(out, user));
  }
  if (!message.next()) return;
  if (message.tag === TAG.octets) out.add(encrypted, message.from, message.to - message.from, null);
  else if (message.tag === TAG.sequence) {
    const scoped = message.inside();
    // The engine and the name of the context come before the PDU.
    if (scoped.is(TAG.octets) && scoped.is(TAG.octets)) data(out, b, scoped);
  }
}

/** The value of a short INTEGER at `at`, or -1. */
const small = (b: Uint8Array, at: number, end: number): number =>
  at + 3 <= end && b[at] === TAG.integer && b[at + 1] === 1 ? b[at + 2] : -1;

export const snmp = dissector({
  name: 'snmp',
  title: 'Simple Network Management Protocol',
  spec: 'RFC 3416',
  minLength: 2,
  fields: [
    ...fieldsOf(agent),
    ...[version, version3, community, pdu, requestId, errorStatus, errorIndex, nonRepeaters, maxRepetitions],
    ...[genericTrap, specificTrap, timeStamp, messageId, maxSize, flags, securityModel, engine, boots, time, user, encrypted],
  ],
  claims: { 'udp.port': [161, 162] },
  accepts: (b, at) => b[at] === TAG.sequence,
  yields: true,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const whole = new Elements(b, layers.start[i], layers.end[i]);
    if (!whole.is(TAG.sequence)) return;
    const message = whole.inside();
    const is3 = small(b, whole.from, whole.to) === VERSION3;
    if (!message.number(out, is3 ? version3 : version)) return;
    if (is3) message3(out, b, message);
    else if (message.text(out, community)) data(out, b, message);
  },
  info(line, layers, i) {
    const whole = new Elements(layers.bytes, layers.start[i], layers.end[i]);
    if (!whole.is(TAG.sequence)) return;
    const said = small(layers.bytes, whole.from, whole.to);
    if (said === VERSION3) return line.text('version 3');
    const message = whole.inside();
    if (!message.is(TAG.integer) || !message.is(TAG.octets) || !message.next()) return;
    line.text(PDUS[message.tag - TAG.pdu] ?? 'Unknown');
  },
});
