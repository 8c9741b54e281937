// What is remarkable in packets, in tshark's words, by the field that says it.

export const SEVERITIES = ['error', 'warn', 'note', 'chat'] as const;
export type Severity = (typeof SEVERITIES)[number];

type Told = readonly [field: string, severity: Severity, protocol: string, group: string, text: (value: string) => string];

const same = (text: string) => () => text;

/** Fields whose presence is remarkable. */
export const REMARKS: readonly Told[] = [
  [
    'tcp.analysis.reused_ports',
    'note',
    'TCP',
    'Sequence',
    same('A new tcp session is started with the same ports as an earlier session in this trace'),
  ],
  ['tcp.analysis.lost_segment', 'warn', 'TCP', 'Sequence', same('Previous segment(s) not captured (common at capture start)')],
  [
    'tcp.analysis.ack_lost_segment',
    'warn',
    'TCP',
    'Sequence',
    same("ACKed segment that wasn't captured (common at capture start)"),
  ],
  ['tcp.analysis.retransmission', 'note', 'TCP', 'Sequence', same('This frame is a (suspected) retransmission')],
  ['tcp.analysis.fast_retransmission', 'note', 'TCP', 'Sequence', same('This frame is a (suspected) fast retransmission')],
  [
    'tcp.analysis.spurious_retransmission',
    'note',
    'TCP',
    'Sequence',
    same('This frame is a (suspected) spurious retransmission'),
  ],
  ['tcp.analysis.out_of_order', 'warn', 'TCP', 'Sequence', same('This frame is a (suspected) out-of-order segment')],
  ['tcp.analysis.window_update', 'chat', 'TCP', 'Sequence', same('TCP window update')],
  ['tcp.analysis.window_full', 'warn', 'TCP', 'Sequence', same('TCP window specified by the receiver is now completely full')],
  ['tcp.analysis.keep_alive', 'note', 'TCP', 'Sequence', same('TCP keep-alive segment')],
  ['tcp.analysis.keep_alive_ack', 'note', 'TCP', 'Sequence', same('ACK to a TCP keep-alive segment')],
  ['tcp.analysis.zero_window_probe', 'note', 'TCP', 'Sequence', same('TCP Zero Window Probe')],
  ['tcp.analysis.zero_window', 'warn', 'TCP', 'Sequence', same('TCP Zero Window segment')],
  ['tcp.analysis.zero_window_probe_ack', 'note', 'TCP', 'Sequence', same('ACK to a TCP Zero Window Probe')],
  ['tcp.analysis.duplicate_ack_num', 'note', 'TCP', 'Sequence', (n) => `Duplicate ACK (#${n})`],
  ['dns.retransmit_request_in', 'warn', 'DNS', 'Protocol', (n) => `DNS query retransmission. Original request in frame ${n}`],
];
