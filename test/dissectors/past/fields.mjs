import { createHash } from 'node:crypto';

/** Each frame is shown by itself, as hopscope shows it. */
export const OPTIONS = ['-n', '-d', 'udp.port==8472,vxlan', '-o', 'ip.defragment:FALSE', '-o', 'tcp.desegment_tcp_streams:FALSE'];

/** Those that do not name other frames: they are the same whether or not other interfaces are in the capture. */
export const FIELDS = [
  'tcp.seq',
  'tcp.ack',
  'tcp.nxtseq',
  'tcp.len',
  'tcp.flags.str',
  'tcp.window_size',
  'tcp.window_size_scalefactor',
  'tcp.analysis',
  'tcp.analysis.ack_rtt',
  'tcp.analysis.initial_rtt',
  'tcp.analysis.bytes_in_flight',
  'tcp.analysis.push_bytes_sent',
  'tcp.analysis.flags',
  'tcp.analysis.rto',
  'tcp.analysis.duplicate_ack',
  'tcp.analysis.duplicate_ack_num',
  'tcp.analysis.retransmission',
  'tcp.analysis.fast_retransmission',
  'tcp.analysis.spurious_retransmission',
  'tcp.analysis.out_of_order',
  'tcp.analysis.reused_ports',
  'tcp.analysis.lost_segment',
  'tcp.analysis.ack_lost_segment',
  'tcp.analysis.window_update',
  'tcp.analysis.window_full',
  'tcp.analysis.keep_alive',
  'tcp.analysis.keep_alive_ack',
  'tcp.analysis.zero_window',
  'tcp.analysis.zero_window_probe',
  'tcp.analysis.zero_window_probe_ack',
];

/** Those that count frames or streams of the whole capture. */
export const OF_FRAMES = [
  'tcp.stream',
  'tcp.completeness',
  'tcp.time_relative',
  'tcp.time_delta',
  'tcp.analysis.acks_frame',
  'tcp.analysis.rto_frame',
  'tcp.analysis.duplicate_ack_frame',
];

export const OF_UDP = ['udp.stream', 'udp.time_relative', 'udp.time_delta'];

/** How many lines say something, and a digest of all. */
export const digestOf = (lines) =>
  `${lines.filter((line) => line.trim() !== '').length} ${createHash('sha1').update(lines.join('\n')).digest('hex').slice(0, 16)}`;

/** The analysis of sequence numbers in front of a line of the packet list. */
export const labelsOf = (line) => /^(?:\[TCP [^\]]*\] )*/.exec(line)[0];
