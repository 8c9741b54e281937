// SCTP, RFC 9260. The chunks follow the common header; each is a type, flags and a length (section 3.2).
import { u16, u32 } from '../src/bytes/read.js';
import { dissector, table } from '../src/dissect/dissector.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('sctp', [
  uint('srcport', 16, 'Source port', { aliases: ['sctp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['sctp.port'] }),
  uint('verification_tag', 32, 'Verification tag', 'hex'),
  uint('checksum', 32, 'Checksum', 'hex'),
]);

/** Values of `sctp.chunk_type`. */
export const CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

const chunkType = {
  0: 'DATA',
  1: 'INIT',
  2: 'INIT_ACK',
  3: 'SACK',
  4: 'HEARTBEAT',
  5: 'HEARTBEAT_ACK',
  6: 'ABORT',
  7: 'SHUTDOWN',
  8: 'SHUTDOWN_ACK',
  9: 'ERROR',
  10: 'COOKIE_ECHO',
  11: 'COOKIE_ACK',
  14: 'SHUTDOWN_COMPLETE',
};
const chunk = layout('sctp', [
  uint('chunk_type', 8, 'Chunk type', { values: chunkType }),
  uint('chunk_flags', 8, 'Chunk flags', 'hex'),
  uint('chunk_length', 16, 'Chunk length'),
]);
const dataChunk = layout('sctp', [
  uint('chunk_type', 8, 'Chunk type', { values: chunkType }),
  bits('chunk_flags', 'Chunk flags', [
    rsv(4),
    flag('data_i_bit', 'Send the SACK at once'),
    flag('data_u_bit', 'Unordered'),
    flag('data_b_bit', 'First fragment'),
    flag('data_e_bit', 'Last fragment'),
  ]),
  uint('chunk_length', 16, 'Chunk length'),
  uint('data_tsn_raw', 32, 'Transmission sequence number'),
  uint('data_sid', 16, 'Stream identifier', 'hex'),
  uint('data_ssn', 16, 'Stream sequence number'),
  uint('data_payload_proto_id', 32, 'Payload protocol identifier'),
]);
const setup = <P extends 'init' | 'initack'>(prefix: P) =>
  layout('sctp', [
    uint(`${prefix}_initiate_tag`, 32, 'Initiate tag', { base: 'hex', aliases: ['sctp.initiate_tag'] }),
    uint(`${prefix}_credit`, 32, 'Advertised receiver window'),
    uint(`${prefix}_nr_out_streams`, 16, 'Outbound streams'),
    uint(`${prefix}_nr_in_streams`, 16, 'Inbound streams'),
    uint(`${prefix}_initial_tsn`, 32, 'Initial TSN'),
  ]);
const init = setup('init');
const initAck = setup('initack');
const sack = layout('sctp', [
  uint('sack_cumulative_tsn_ack_raw', 32, 'Cumulative TSN ack'),
  uint('sack_a_rwnd', 32, 'Advertised receiver window'),
  uint('sack_number_of_gap_blocks', 16, 'Number of gap blocks'),
]);
const shutdown = layout('sctp', [uint('shutdown_cumulative_tsn_ack', 32, 'Cumulative TSN ack')]);

/** As many chunks as one packet of 64 kB could hold would be 16384; real ones have a few. */
const MAX_CHUNKS = 256;
const PPI = table('sctp.ppi');
const FIRST_AND_LAST = 3;

/** Length of a chunk with its padding (section 3.2); 0 when it says less than its own header. */
const padded = (b: Uint8Array, at: number): number => (u16(b, at + 2) < 4 ? 0 : (u16(b, at + 2) + 3) & ~3);

export const sctp = dissector({
  name: 'sctp',
  title: 'Stream Control Transmission Protocol',
  spec: 'RFC 9260',
  role: 'transport',
  layout: header,
  // Wireshark shows nothing of a header that is cut; a printed line has the ports and no more.
  ofCut: [
    [0, 4],
    [4, 12],
  ],
  fields: fieldsOf(chunk, dataChunk, init, initAck, sack, shutdown),
  // RFC 6951: SCTP in UDP.
  claims: { 'ip.proto': [132], 'udp.port': [9899] },
  payload: {
    // The payload is the first whole user message; control chunks and fragments are the header's.
    step(layers, start, end) {
      const b = layers.bytes;
      let at = start + header.size;
      for (let n = 0; n < MAX_CHUNKS && at + dataChunk.size <= end; n++) {
        const length = padded(b, at);
        if (length === 0) break;
        if (b[at] === CHUNK.data && (b[at + 1] & FIRST_AND_LAST) === FIRST_AND_LAST) {
          layers.bound(at + u16(b, at + 2));
          layers.nextBy(PPI, u32(b, at + 12), at + dataChunk.size);
          return;
        }
        at += length;
      }
      layers.last();
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i] + header.size;
    for (let n = 0; n < MAX_CHUNKS && at + chunk.size <= end; n++) {
      const type = b[at];
      emitItems(b, at, end, (type === CHUNK.data ? dataChunk : chunk).items, out);
      if (type === CHUNK.init) emitItems(b, at + 4, end, init.items, out);
      else if (type === CHUNK.initAck) emitItems(b, at + 4, end, initAck.items, out);
      else if (type === CHUNK.sack) emitItems(b, at + 4, end, sack.items, out);
      else if (type === CHUNK.shutdown) emitItems(b, at + 4, end, shutdown.items, out);
      const length = padded(b, at);
      if (length === 0) return;
      at += length;
    }
  },
  info(line, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i] + header.size;
    line.dec(header.get.srcport(bytes, layers.start[i]));
    line.arrow();
    line.dec(header.get.dstport(bytes, layers.start[i]));
    if (at < layers.end[i]) line.text(` ${(chunkType as Record<number, string>)[bytes[at]] ?? `chunk ${bytes[at]}`}`);
  },
});
