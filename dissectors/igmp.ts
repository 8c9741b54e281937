// IGMP versions 1 to 3: RFC 1112, RFC 2236, RFC 3376. The version is not in the header: type and length tell.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';

export const TYPE = {
  query: 0x11,
  reportV1: 0x12,
  reportV2: 0x16,
  leave: 0x17,
  tracerouteReply: 0x1e,
  traceroute: 0x1f,
  reportV3: 0x22,
} as const;

const typeNames: Readonly<Record<number, string>> = {
  17: 'Membership query',
  18: 'Membership report v1',
  22: 'Membership report v2',
  23: 'Leave group',
  30: 'Traceroute reply',
  31: 'Traceroute request',
  34: 'Membership report v3',
};

export const header = layout('igmp', [uint('type', 8, 'Type', 'hex')]);

const version = field('igmp.version', 'IGMP version', 'uint8');
const maxResp = field('igmp.max_resp', 'Max response time (0.1 s)', 'uint8');
const checksum = field('igmp.checksum', 'Checksum', 'uint16', { base: 'hex' });
const group = field('igmp.maddr', 'Multicast address', 'ipv4');
const suppress = field('igmp.s', 'Suppress router-side processing', 'bool');
const robustness = field('igmp.qrv', "Querier's robustness variable", 'uint8');
const interval = field('igmp.qqic', "Querier's query interval code", 'uint8');
const sources = field('igmp.num_src', 'Number of sources', 'uint16');
const source = field('igmp.saddr', 'Source address', 'ipv4');
const records = field('igmp.num_grp_recs', 'Number of group records', 'uint16');
const recordType = field('igmp.record_type', 'Record type', 'uint8');
const auxLength = field('igmp.aux_data_len', 'Aux data length', 'uint8');

/** Version of the message at `at` that ends at `wireEnd`, or 0 for a type that is none of RFC 3376. */
export function versionOf(b: Uint8Array, at: number, wireEnd: number): number {
  switch (b[at]) {
    case TYPE.query:
      // RFC 3376 section 7.1: the length tells version 3 from the others, the second byte 1 from 2.
      return wireEnd - at >= 12 ? 3 : b[at + 1] === 0 ? 1 : 2;
    case TYPE.reportV1:
      return 1;
    case TYPE.reportV2:
    case TYPE.leave:
      return 2;
    case TYPE.reportV3:
      return 3;
    default:
      return 0;
  }
}

/** DVMRP and PIM version 1 are carried in IGMP, but are protocols of their own. */
const isForeign = (type: number): boolean => type === 0x13 || type === 0x14;

const isKnown = (type: number): boolean => Object.hasOwn(typeNames, type);

/** Codes from 128 on are a floating point number: RFC 3376 section 4.1.1. */
const decodeTime = (code: number): number => (code < 128 ? code : ((code & 15) | 16) << (((code >> 4) & 7) + 3));

function sourceList(out: Sink, layers: Layers, from: number, count: number, end: number): void {
  for (let n = 0, o = from; n < count && o + 4 <= end; n++, o += 4) out.add(source, o, 4, readUint(layers.bytes, o, 4));
}

export const igmp = dissector({
  name: 'igmp',
  title: 'Internet Group Management Protocol',
  spec: 'RFC 3376',
  layout: header,
  shapes: true,
  minLength: 1,
  fields: [version, maxResp, checksum, group, suppress, robustness, interval, sources, source, records, recordType, auxLength],
  claims: { 'ip.proto': [2] },
  payload: { none: true },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    if (at === end || isForeign(bytes[at]) || (isKnown(bytes[at]) && at + 8 > end)) return;
    emitItems(bytes, at, end, header.items, out);
    if (!isKnown(bytes[at])) return;
    if (bytes[at] === TYPE.traceroute || bytes[at] === TYPE.tracerouteReply) {
      out.add(checksum, at + 2, 2, readUint(bytes, at + 2, 2));
      out.add(group, at + 4, 4, readUint(bytes, at + 4, 4));
    }
    const v = versionOf(bytes, at, layers.wireEnd[i]);
    if (v === 0) return;
    out.add(version, at, 0, v);
    if (v !== 1 && bytes[at] !== TYPE.reportV3) out.add(maxResp, at + 1, 1, v === 3 ? decodeTime(bytes[at + 1]) : bytes[at + 1]);
    out.add(checksum, at + 2, 2, readUint(bytes, at + 2, 2));
    if (bytes[at] !== TYPE.reportV3) {
      out.add(group, at + 4, 4, readUint(bytes, at + 4, 4));
      if (v !== 3 || at + 12 > end) return;
      out.add(suppress, at + 8, 1, (bytes[at + 8] >> 3) & 1);
      out.add(robustness, at + 8, 1, bytes[at + 8] & 7);
      out.add(interval, at + 9, 1, bytes[at + 9]);
      const count = readUint(bytes, at + 10, 2);
      out.add(sources, at + 10, 2, count);
      sourceList(out, layers, at + 12, count, end);
      return;
    }
    const count = readUint(bytes, at + 6, 2);
    out.add(records, at + 6, 2, count);
    for (let n = 0, o = at + 8; n < count && o + 8 <= end; n++) {
      const sourceCount = readUint(bytes, o + 2, 2);
      out.add(recordType, o, 1, bytes[o]);
      out.add(auxLength, o + 1, 1, bytes[o + 1]);
      out.add(sources, o + 2, 2, sourceCount);
      out.add(group, o + 4, 4, readUint(bytes, o + 4, 4));
      sourceList(out, layers, o + 8, sourceCount, end);
      // Auxiliary data is counted in units of 32 bits.
      o += 8 + 4 * (sourceCount + bytes[o + 1]);
    }
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    line.text(typeNames[b[at]] ?? `Type 0x${b[at].toString(16)}`);
    if (at + 8 > layers.end[i] || b[at] === TYPE.reportV3 || versionOf(b, at, layers.wireEnd[i]) === 0) return;
    // A general query asks for every group.
    if (readUint(b, at + 4, 4) === 0) line.text(', general');
    else {
      line.text(' for ');
      line.ipv4(b, at + 4);
    }
  },
  // tshark names the layer twice: once for the protocol, once for the version's own dissector.
  protocols(layers, i) {
    const type = layers.bytes[layers.start[i]];
    if (isForeign(type)) return type === 0x13 ? 'igmp:dvmrp' : 'igmp:pim';
    return isKnown(type) ? 'igmp:igmp' : 'igmp';
  },
});
