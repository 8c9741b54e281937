// IKE version 2, RFC 7296 section 3, and version 1, RFC 2408 section 3: the header, the chain of payloads that are in clear, and what notifications say.
import { u16 } from '../src/bytes/read.js';
import { dissector } from '../src/dissect/dissector.js';
import { bits, bytes, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const EXCHANGES: Readonly<Record<number, string>> = {
  2: 'Identity Protection (Main Mode)',
  4: 'Aggressive',
  5: 'Informational',
  32: 'Quick Mode',
  34: 'IKE_SA_INIT',
  35: 'IKE_AUTH',
  36: 'CREATE_CHILD_SA',
  37: 'INFORMATIONAL',
};
/** Errors of version 2 (RFC 7296 section 3.10.1); those of version 1 with the same number mean much the same. */
const NOTIFICATIONS: Readonly<Record<number, string>> = {
  1: 'UNSUPPORTED_CRITICAL_PAYLOAD',
  4: 'INVALID_IKE_SPI',
  5: 'INVALID_MAJOR_VERSION',
  7: 'INVALID_SYNTAX',
  9: 'INVALID_MESSAGE_ID',
  11: 'INVALID_SPI',
  14: 'NO_PROPOSAL_CHOSEN',
  17: 'INVALID_KE_PAYLOAD',
  24: 'AUTHENTICATION_FAILED',
  34: 'SINGLE_PAIR_REQUIRED',
  35: 'NO_ADDITIONAL_SAS',
  36: 'INTERNAL_ADDRESS_FAILURE',
  37: 'FAILED_CP_REQUIRED',
  38: 'TS_UNACCEPTABLE',
  39: 'INVALID_SELECTORS',
  43: 'TEMPORARY_FAILURE',
  44: 'CHILD_SA_NOT_FOUND',
  16388: 'NAT_DETECTION_SOURCE_IP',
  16389: 'NAT_DETECTION_DESTINATION_IP',
  16390: 'COOKIE',
};
export const header = layout('isakmp', [
  bytes('ispi', 8, 'Initiator SPI'),
  bytes('rspi', 8, 'Responder SPI'),
  uint('nextpayload', 8, 'Next payload'),
  bits('version', 'Version', [uint('mjver', 4, 'Major version', 'hex'), uint('mnver', 4, 'Minor version', 'hex')]),
  uint('exchangetype', 8, 'Exchange type', { values: EXCHANGES }),
  rsv(8),
  uint('messageid', 32, 'Message ID', 'hex'),
  uint('length', 32, 'Length'),
]);
const flags1 = layout('isakmp', [
  rsv(152),
  bits('flags', 'Flags', [rsv(5), flag('flag_a', 'Authentication only'), flag('flag_c', 'Commit'), flag('flag_e', 'Encrypted')]),
]);
const flags2 = layout('isakmp', [
  rsv(152),
  bits('flags', 'Flags', [rsv(2), flag('flag_r', 'Response'), flag('flag_v', 'Version'), flag('flag_i', 'Initiator'), rsv(3)]),
]);
const payloadHead1 = layout('isakmp', [
  uint('nextpayload', 8, 'Next payload'),
  rsv(8),
  uint('payloadlength', 16, 'Payload length'),
]);
const payloadHead2 = layout('isakmp', [
  uint('nextpayload', 8, 'Next payload'),
  flag('criticalpayload', 'Critical'),
  rsv(7),
  uint('payloadlength', 16, 'Payload length'),
]);
const notification = layout('isakmp', [uint('notify.msgtype', 16, 'Notification', { values: NOTIFICATIONS })]);

/** Major version, and numbers of the payloads that are looked into, in version 1 and 2. */
const VERSION1 = 1;
const SA = [1, 33] as const;
const NOTIFY = [11, 41] as const;
/** Encrypted, and encrypted fragment (RFC 7383): nothing after their head is in clear. */
const ENCRYPTED = [46, 53] as const;
const PROPOSAL = 2;
const TRANSFORM = 3;
const FLAG_ENCRYPTED = 1;
/** More than any message has, payloads and those inside them. */
const MAX_PAYLOADS = 256;

interface Chain {
  readonly out: Sink;
  readonly b: Uint8Array;
  readonly isVersion1: boolean;
  left: number;
}

/** Payloads of [from, end), the first of which has number `first`. */
function payloads(chain: Chain, first: number, from: number, end: number): void {
  const { out, b, isVersion1 } = chain;
  const head = isVersion1 ? payloadHead1 : payloadHead2;
  let type = first;
  for (let at = from; type !== 0 && at + head.size <= end && chain.left > 0; chain.left--) {
    // Of a proposal and a transform the second byte is reserved in either version.
    emitItems(b, at, end, (type === PROPOSAL || type === TRANSFORM ? payloadHead1 : head).items, out);
    const length = u16(b, at + 2);
    if (length < head.size || at + length > end) return;
    inside(chain, type, at + head.size, at + length);
    if (ENCRYPTED.some((one) => one === type) && !isVersion1) return;
    type = b[at];
    at += length;
  }
}

function inside(chain: Chain, type: number, at: number, end: number): void {
  const { out, b, isVersion1 } = chain;
  const n = isVersion1 ? 0 : 1;
  // After the domain of interpretation and, in security associations, the situation (RFC 2407 section 4.6.1).
  if (type === SA[n]) payloads(chain, PROPOSAL, at + (isVersion1 ? 8 : 0), end);
  else if (type === PROPOSAL && at + 4 <= end) payloads(chain, TRANSFORM, at + 4 + b[at + 2], end);
  else if (type === NOTIFY[n]) emitItems(b, at + (isVersion1 ? 6 : 2), end, notification.items, out);
}

export const isakmp = dissector({
  name: 'isakmp',
  title: 'Internet Key Exchange',
  spec: 'RFC 7296',
  layout: header,
  fields: fieldsOf(flags1, flags2, payloadHead1, payloadHead2, notification),
  claims: { 'udp.port': [500] },
  accepts: (b, at, end) => end - at >= header.size && header.get.length(b, at) >= header.size,
  yields: true,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = Math.min(layers.end[i], at + header.get.length(b, at));
    const isVersion1 = header.get.mjver(b, at) === VERSION1;
    const flags = isVersion1 ? flags1 : flags2;
    emitItems(b, at, layers.end[i], flags.items, out);
    if (isVersion1 && (flags.get.flags(b, at) & FLAG_ENCRYPTED) !== 0) return;
    payloads({ out, b, isVersion1, left: MAX_PAYLOADS }, header.get.nextpayload(b, at), at + header.size, end);
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const exchange = header.get.exchangetype(b, at);
    line.text(EXCHANGES[exchange] ?? `exchange ${exchange}`);
    line.text(' MID=');
    line.hex(header.get.messageid(b, at), 8);
    if (header.get.mjver(b, at) !== VERSION1) line.text(flags2.get.flag_r(b, at) === 1 ? ' Response' : ' Request');
  },
});
