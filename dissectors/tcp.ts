// TCP, RFC 9293. ECN bits: RFC 3168, RFC 9768.
import { dissector } from '../src/dissect/dissector.js';
import { bits, flag, layout, rsv, uint } from '../src/dissect/layout.js';

export const header = layout('tcp', [
  uint('srcport', 16, 'Source port', { aliases: ['tcp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['tcp.port'] }),
  uint('seq_raw', 32, 'Sequence number (raw)'),
  uint('ack_raw', 32, 'Acknowledgment number (raw)'),
  uint('hdr_len', 4, 'Header length', { times: 4 }),
  bits('flags', 'Flags', [
    rsv(3),
    flag('flags.ae', 'Accurate ECN'),
    flag('flags.cwr', 'Congestion window reduced'),
    flag('flags.ece', 'ECN-Echo'),
    flag('flags.urg', 'Urgent'),
    flag('flags.ack', 'Acknowledgment'),
    flag('flags.push', 'Push'),
    flag('flags.reset', 'Reset'),
    flag('flags.syn', 'Syn'),
    flag('flags.fin', 'Fin'),
  ]),
  uint('window_size_value', 16, 'Window'),
  uint('checksum', 16, 'Checksum', 'hex'),
  uint('urgent_pointer', 16, 'Urgent pointer'),
]);

/** Bits of `tcp.flags`. */
export const FLAG = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16, urgent: 32 } as const;

export const tcp = dissector({
  name: 'tcp',
  title: 'Transmission Control Protocol',
  spec: 'RFC 9293',
  role: 'transport',
  layout: header,
  claims: { 'ip.proto': [6] },
  length: { field: 'hdr_len' },
  payload: { ports: 'tcp.port', src: 'srcport', dst: 'dstport' },
});
