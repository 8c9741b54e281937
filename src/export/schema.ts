// The tables of an export: every column with its type, what it holds, and the field of a display filter that it is.
// docs/export.md is held to this list by a test.

/** INT64: whole numbers up to 2^53. EPOCH: the TIMESTAMP column of the same name without its ending, as a number of 64 bits. */
export type ColumnType = 'STRING' | 'INT32' | 'INT64' | 'BOOLEAN' | 'TIMESTAMP' | 'EPOCH';

export interface ColumnSpec<T extends ColumnType = ColumnType> {
  readonly type: T;
  /** Null is possible. */
  readonly nullable: boolean;
  readonly about: string;
  /** Fields of a display filter, where it is one. */
  readonly field: string;
}

export type TableSpec = Readonly<Record<string, ColumnSpec>>;

/** Version of names, types and meanings of the columns, in each file's metadata. New columns do not change it. */
export const EXPORT_SCHEMA = 'hopscope.export/1';

export const EPOCH_SUFFIX = '_epoch_ns';

const column =
  <T extends ColumnType>(type: T, nullable: boolean) =>
  (about: string, field = ''): ColumnSpec<T> => ({ type, nullable, about, field });

const text = column('STRING', false);
const textOrNull = column('STRING', true);
const int = column('INT32', false);
const intOrNull = column('INT32', true);
const long = column('INT64', false);
const longOrNull = column('INT64', true);
const flag = column('BOOLEAN', false);
const flagOrNull = column('BOOLEAN', true);

/** A time, and the same as a number that every engine reads to the nanosecond. */
const instant = <N extends string>(name: N, about: string, field = '') =>
  ({
    [name]: { type: 'TIMESTAMP', nullable: true, about: `${about}, UTC`, field },
    [`${name}${EPOCH_SUFFIX}`]: { type: 'EPOCH', nullable: true, about: 'the same in nanoseconds since 1970', field: '' },
  }) as { readonly [K in N]: ColumnSpec<'TIMESTAMP'> } & { readonly [K in `${N}_epoch_ns`]: ColumnSpec<'EPOCH'> };

/** Where a frame was captured; with `frame_number` the key of a frame in all exports together. */
const PLACE = {
  run: text('name of the export'),
  point: text('node the capture was taken on'),
  capture: text('the point, and which of its captures where it has several'),
  file: text('path of the capture as it was given'),
} as const;

const PACKETS = {
  ...PLACE,
  frame_number: long('number of the frame in its file, from 1', 'frame.number'),
  ...instant('frame_time', 'when it was captured, by the clock of its capture', 'frame.time'),
  run_ns: long('nanoseconds since the start of the run, by one clock for all its captures'),
  frame_len: long('bytes on the wire', 'frame.len'),
  frame_cap_len: long('bytes in the capture', 'frame.cap_len'),
  file_offset: long('offset of the record in the (uncompressed) file, in bytes'),
  frame_protocols: text('protocols, outermost first', 'frame.protocols'),
  interface: textOrNull('name of the interface', 'hop.interface'),
  interface_id: long('its number: of the kernel in a cooked capture, else of the file', 'sll.ifindex, frame.interface_id'),
  direction: textOrNull('in, out, passing (for another host)', 'hop.direction'),
  eth_src: textOrNull('sender of the outermost header', 'eth.src, sll.src.eth'),
  eth_dst: textOrNull('receiver of the outermost header; a cooked capture has none', 'eth.dst'),
  vlan_id: intOrNull('outermost VLAN', 'vlan.id'),
  tunnel: textOrNull('what carries the innermost packet: vxlan, geneve, gre, erspan, ip', ''),
  vni: intOrNull('its network identifier', 'vxlan.vni, geneve.vni'),
  outer_ip_src: textOrNull('outer address of the tunnel', 'outer.ip.src, outer.ipv6.src'),
  outer_ip_dst: textOrNull('outer address of the tunnel', 'outer.ip.dst, outer.ipv6.dst'),
  outer_ip_ttl: intOrNull('outer TTL', 'outer.ip.ttl, outer.ipv6.hlim'),
  outer_src_port: intOrNull('outer UDP source port', 'outer.udp.srcport'),
  ip_version: intOrNull('4 or 6, of the innermost packet', 'ip.version'),
  ip_src: textOrNull('sender of the innermost packet', 'inner.ip.src, inner.ipv6.src'),
  ip_dst: textOrNull('receiver of the innermost packet', 'inner.ip.dst, inner.ipv6.dst'),
  ip_src_int: longOrNull('the same as a number; IPv4 only'),
  ip_dst_int: longOrNull('the same as a number; IPv4 only'),
  ip_proto: intOrNull('transport protocol (IANA)', 'inner.ip.proto, inner.ipv6.nxt'),
  ip_ttl: intOrNull('TTL, hop limit', 'inner.ip.ttl, inner.ipv6.hlim'),
  ip_id: intOrNull('identification; IPv4 only', 'inner.ip.id'),
  ip_len: longOrNull('bytes of the innermost packet with its header', 'inner.ip.len, inner.ipv6.plen + 40'),
  ip_fragment: flagOrNull('it is a fragment'),
  src_port: intOrNull('TCP or UDP', 'inner.tcp.srcport, inner.udp.srcport'),
  dst_port: intOrNull('TCP or UDP', 'inner.tcp.dstport, inner.udp.dstport'),
  payload_len: longOrNull('bytes of TCP or UDP payload on the wire', 'inner.tcp.len'),
  tcp_flags: intOrNull('', 'inner.tcp.flags'),
  tcp_seq_raw: longOrNull('', 'inner.tcp.seq_raw'),
  tcp_ack_raw: longOrNull('', 'inner.tcp.ack_raw'),
  tcp_window_size_value: intOrNull('', 'inner.tcp.window_size_value'),
  icmp_type: intOrNull('ICMP or ICMPv6', 'inner.icmp.type, inner.icmpv6.type'),
  icmp_code: intOrNull('ICMP or ICMPv6', 'inner.icmp.code, inner.icmpv6.code'),
  icmp_ident: intOrNull('identifier of an echo', 'inner.icmp.ident, inner.icmpv6.echo.identifier'),
  icmp_seq: intOrNull('sequence number of an echo', 'inner.icmp.seq, inner.icmpv6.echo.sequence_number'),
  arp_opcode: intOrNull('1 request, 2 reply', 'arp.opcode'),
  arp_src_proto_ipv4: textOrNull('', 'arp.src.proto_ipv4'),
  arp_src_hw_mac: textOrNull('', 'arp.src.hw_mac'),
  arp_dst_proto_ipv4: textOrNull('', 'arp.dst.proto_ipv4'),
  conversation: longOrNull('number of its conversation in the run', 'conversation'),
  way: textOrNull('forth (from the one who asked first), back'),
  journey: longOrNull('number of its journey in the run'),
  sight: textOrNull('first: the packet was not seen before; copy: seen again on its way; duplicate: the same sight again'),
  clipped: flag('the capture holds less than was on the wire'),
  malformed: flag('a header does not fit into what the packet says it has'),
} as const;

const WAY = {
  packets: long('packets of this direction, each counted once'),
  frames: long('its frames: every sight of every packet'),
  bytes: long('bytes of its IP packets, each counted once'),
  retransmissions: long('packets sent again'),
  path: textOrNull('the path that most packets took', 'hop.path'),
  other_paths: long('other paths that were taken'),
  tunnels: text("what carried the packets on that path, with '; ' between"),
  identities: text("names of the identities in the VNIs, with '; ' between"),
} as const;

const prefixed = <P extends string, S extends TableSpec>(prefix: P, spec: S) =>
  Object.fromEntries(Object.entries(spec).map(([name, value]) => [`${prefix}_${name}`, value])) as {
    readonly [K in keyof S & string as `${P}_${K}`]: S[K];
  };

const CONVERSATIONS = {
  run: PLACE.run,
  conversation: long('its number in the run, from 0: what hopscope follow is given', 'conversation'),
  proto: text('tcp, udp, icmp, icmpv6, ip-47'),
  ip_src: text('who asked first'),
  src_port: intOrNull('its port; the identifier of ICMP echoes'),
  ip_dst: text('whom'),
  dst_port: intOrNull('its port; the identifier of ICMP echoes'),
  ip_src_int: longOrNull('the address as a number; IPv4 only'),
  ip_dst_int: longOrNull('the address as a number; IPv4 only'),
  src_name: textOrNull('pod, service or node by the topology'),
  dst_name: textOrNull('pod, service or node by the topology'),
  state: text("Zeek's conn_state; of what is no TCP: SF answered, S0 not answered"),
  history: text("Zeek's history letters; empty for what is no TCP"),
  ...instant('start_time', 'when its first packet was captured'),
  start_run_ns: long('the same in nanoseconds since the start of the run'),
  duration_ns: long('from the first packet to the last, in nanoseconds'),
  ...prefixed('forth', WAY),
  ...prefixed('back', WAY),
  translated: longOrNull('number of the conversation that is this one translated (NAT)'),
} as const;

const JOURNEYS = {
  run: PLACE.run,
  journey: long('its number in the run; a row for each hop'),
  hop: int('place of the hop on the journey, from 1'),
  hops: int('hops of the journey'),
  conversation: long('number of its conversation in the run', 'conversation'),
  way: text('forth (from the one who asked first), back'),
  path: textOrNull('the whole journey: in eth1 > out eth2', 'hop.path'),
  translated: longOrNull('number of the conversation it is translated to or from (NAT)'),
  loops: int('times that it passed a hop again, with a smaller TTL'),
  point: PLACE.point,
  capture: PLACE.capture,
  file: PLACE.file,
  frame_number: long('number of the frame in its file, from 1', 'frame.number'),
  ...instant('frame_time', 'when it was captured, by the clock of its capture', 'frame.time'),
  run_ns: long('nanoseconds since the start of the run, by one clock for all its captures'),
  since_previous_ns: longOrNull('nanoseconds since the hop before, by that clock'),
  interface: textOrNull('name of the interface', 'hop.interface'),
  direction: textOrNull('in, out, passing (for another host)', 'hop.direction'),
  ip_ttl: intOrNull('TTL of the innermost packet', 'inner.ip.ttl, inner.ipv6.hlim'),
  vlan_tagged: flag('it carried a VLAN tag'),
  tunnel: textOrNull('what carried it: vxlan, geneve, gre, erspan, ip'),
  vni: intOrNull('network identifier of the tunnel', 'vxlan.vni, geneve.vni'),
  outer_ip_src: textOrNull('outer address of the tunnel', 'outer.ip.src, outer.ipv6.src'),
  outer_ip_dst: textOrNull('outer address of the tunnel', 'outer.ip.dst, outer.ipv6.dst'),
  outer_ip_ttl: intOrNull('outer TTL', 'outer.ip.ttl, outer.ipv6.hlim'),
} as const;

const FINDINGS = {
  run: PLACE.run,
  finding: text('its fingerprint: the same fault in another capture of the lab has the same'),
  position: int('place in the report, from 1: root causes first, each followed by what it explains'),
  rule: text('id of the rule'),
  verdict: text('fail, inconclusive, pass'),
  severity: text('error, warning, info'),
  confidence: text('high, medium, low'),
  title: text('one line'),
  message: text('what is wrong'),
  cause: text('why'),
  hint: text('what to do'),
  commands: text('commands that repair it, one a line'),
  ip_src: textOrNull('sender that it is about'),
  ip_dst: textOrNull('receiver that it is about'),
  proto: textOrNull('protocol that it is about'),
  src_port: intOrNull('port that it is about'),
  dst_port: intOrNull('port that it is about'),
  tunnel: textOrNull('tunnel that it is about'),
  vni: intOrNull('its network identifier'),
  interface_in: textOrNull('where the packets came in'),
  interface_out: textOrNull('where they left'),
  interface_expected: textOrNull('where they should have left'),
  target: textOrNull('address that was asked for'),
  macs: text('MAC addresses, with a blank between'),
  node: textOrNull('node that it is about'),
  occurrences: long('packets or questions that it stands for'),
  ...instant('first_time', 'first of them'),
  ...instant('last_time', 'last of them'),
  explains: text('fingerprints of the findings it explains, with a blank between'),
  folded_under: textOrNull('fingerprint of the finding that explains it'),
} as const;

const EVIDENCE = {
  run: PLACE.run,
  finding: text('fingerprint of the finding'),
  position: int('place among its evidence, from 1'),
  capture: PLACE.capture,
  frame_number: long('number of the frame in its file, from 1', 'frame.number'),
  conversation: longOrNull('number of its conversation in the run', 'conversation'),
  ...instant('frame_time', 'when it was captured'),
  field: textOrNull('the field that shows it, by its name in a display filter'),
  note: text('what is seen there'),
} as const;

const CAPTURES = {
  ...PLACE,
  format: text('pcap, pcapng'),
  link_types: text('with a blank between'),
  frames: long('frames that were read and kept by the filter'),
  bytes: long('bytes of them on the wire'),
  ...instant('first_time', 'first frame'),
  ...instant('last_time', 'last frame'),
  dropped: longOrNull('frames lost, as the file says'),
  clipped: long('frames cut by the snapshot length'),
  clock_ahead_ns: long('nanoseconds that its clock is ahead of the clock of the run'),
  ...instant('run_start', 'zero of run_ns'),
  display_filter: textOrNull('display filter of the export'),
  error: textOrNull('why reading stopped early'),
  version: text('version of hopscope that wrote it'),
} as const;

export const TABLES = {
  packets: PACKETS,
  conversations: CONVERSATIONS,
  journeys: JOURNEYS,
  findings: FINDINGS,
  evidence: EVIDENCE,
  captures: CAPTURES,
} as const;

export type TableName = keyof typeof TABLES;

export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

/** Columns that can become folders: the name of the run, the point, and the hour as a number (2026112914 is 14 to 15 o'clock UTC). */
export const PARTITION_KEYS = ['run', 'point', 'hour'] as const;

export type PartitionKey = (typeof PARTITION_KEYS)[number];

/** What the rows of each table have of them; the hour is that of a capture's own clock. */
export const PARTITIONED: Readonly<Record<TableName, readonly PartitionKey[]>> = {
  packets: PARTITION_KEYS,
  conversations: ['run', 'hour'],
  journeys: PARTITION_KEYS,
  findings: ['run'],
  evidence: ['run'],
  captures: ['run'],
};

/** What a row of each table is. */
export const ABOUT: Readonly<Record<TableName, string>> = {
  packets: 'one row a frame',
  conversations: 'one row a conversation: both directions of a flow of innermost packets',
  journeys: 'one row a hop of a packet on its way',
  findings: 'one row a finding of the rules',
  evidence: 'one row a frame that a finding points at',
  captures: 'one row a capture file',
};
