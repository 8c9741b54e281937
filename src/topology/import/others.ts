// Outputs that people paste beside the others and that say nothing about the topology: known, so that each is left out
// with a word and not as something that was not understood.
import { type Listing, saysNothing } from './listing.js';

const FLOWS = 'flows are evidence of a run, not of the topology';
const PROBE = 'it says that something was reached or not, which is about packets';

export const OTHERS: readonly Listing[] = [
  saysNothing(
    'show bgp summary',
    /[IB]/,
    /^(?:IPv[46] \w+ Summary|BGP router identifier )/,
    /^(?:BGP |RIB |Peers |Neighbor\s|[0-9a-zA-Z.:]+(?:\([^)]*\))?\s+4\s|Total number)/,
    'the state of BGP sessions; routes come from `show ip route`',
  ),
  saysNothing(
    'birdc show',
    /[BT]/,
    /^BIRD v?\d\S* ready\.|^Table master[46]?:/,
    /^(?:\s+(?:via|dev|unicast|unreachable|blackhole)\s|[0-9a-f.:]+\/\d+\s|Table |Name\s+Proto|\S+\s+(?:Kernel|BGP|Device|Static|Direct|OSPF|RIP|Pipe)\s|\s*$)/,
    'routes that BIRD knows; `ip route` says which the node uses',
  ),
  saysNothing(
    'ss',
    /[NStuELUT]/,
    /^(?:Netid\s+State|State\s+Recv-Q|(?:tcp|udp|u_str|ESTAB|LISTEN|UNCONN|TIME-WAIT)\s+(?:\w+\s+)?\d+\s+\d+\s+\S+:\S+)/,
    /^(?:tcp|udp|ESTAB|LISTEN|UNCONN|SYN|FIN|TIME|CLOSE|LAST)\S*\s|^\s+\S/,
    'sockets say nothing about routes or addresses',
  ),
  saysNothing('ip maddr', /\d/, /^\d+:\t\S+$/, /^\t(?:link|inet6?) /, 'groups that a host listens to decide no path'),
  saysNothing(
    'netstat',
    /[AP]/,
    /^Active Internet connections|^Proto\s+Recv-Q/,
    /^(?:tcp|udp)6?\s|^Proto\s/,
    'sockets say nothing about routes or addresses',
  ),
  saysNothing(
    'conntrack -L',
    /[\s[citusdg]/,
    /^conntrack v[\d.]+ \(conntrack-tools\):|^\s*(?:\[\w+\]\s+)?(?:ipv[46]\s+\d+\s+)?(?:tcp|udp|icmp|icmpv6|sctp|dccp|unknown|gre)\s+\d+\s.*\bsrc=\S+ dst=/,
    /^conntrack v|\bsrc=\S+ dst=/,
    'connections are evidence of a run, not of the topology',
  ),
  saysNothing(
    'ping',
    /[PF\d]/,
    /^PING \S+ |^\d+ bytes from |^From \S+ icmp_seq=/,
    /^\d+ bytes from |^From |^\s*$|^--- |^\d+ packets transmitted|^rtt |^round-trip|^pipe \d|^\^C/,
    PROBE,
  ),
  saysNothing(
    'ping',
    /[-\dr]/,
    /^--- \S+ (?:ping|hping) statistics ---|^\d+ packets transmitted|^rtt min\//,
    /^\d+ packets transmitted|^rtt |^round-trip|^pipe \d/,
    PROBE,
  ),
  saysNothing(
    'traceroute',
    /[t\s\d]/,
    /^traceroute to |^ ?1\?: \[LOCALHOST\]|^ {0,2}\d{1,2}:? {1,2}(?:\S+ \([0-9.]+\)|\*|[0-9a-f.:]+)\s+.*(?:ms|\*|pmtu)/,
    /^\s*\d{1,2}[: ]|^\s+(?:Resume|Too many)/,
    PROBE,
  ),
  saysNothing(
    'curl',
    /[cH*<>]/,
    /^curl: \(\d+\)|^HTTP\/[\d.]+ \d{3}|^[*<>] (?:Trying|Connected|Host|GET|HTTP|Connection|User-Agent)/,
    /^[*<>] |^curl: /,
    PROBE,
  ),
  saysNothing(
    'tcpdump',
    /[tl\d]/,
    /^(?:tcpdump: |listening on \S+, link-type|\d+ packets (?:captured|received|dropped)|(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{6} )/,
    /^\s+\S|^\d+ packets |^listening on|^dropped privs|^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{6} /,
    'packets are read as a capture, not as a topology',
  ),
  saysNothing(
    'hubble observe',
    /[A-Z\s]/,
    /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d+|TIMESTAMP\s+(?:NODE\s+)?SOURCE\s|\s*TIMESTAMP: |EVENTS LOST: )/,
    /^(?:[A-Z][a-z]{2} [ \d]\d |-{8,}$|\s*(?:NODE|SOURCE|DESTINATION|TYPE|VERDICT|SUMMARY): )/,
    FLOWS,
  ),
  saysNothing(
    'cilium-dbg monitor',
    /[<xLPC-]/,
    /^(?:Listening for events on \d+ CPUs|(?:<-|->) (?:endpoint|overlay|stack|host|proxy|network|crypto)\b|xx drop \(|Policy verdict log: |CPU \d+: MARK 0x|-{78}$)/,
    /^(?:Press Ctrl-C|(?:Ethernet|IPv[46]|TCP|UDP|ICMPv[46]|ARP|VXLAN|Geneve)\t\{)/,
    FLOWS,
  ),
  saysNothing('pwru', /[S0]/, /^(?:SKB\s+CPU\s+PROCESS|0x[0-9a-f]{12,16}\s+\d+\s+\S)/, /^Attaching |^Listening /, FLOWS),
  saysNothing(
    'kernel log',
    /[A-Z[]/,
    /^(?:\[\s*\d+\.\d+\]|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ kernel:) /,
    /^\[\s*\d+\.\d+\] /,
    'the kernel speaks of packets, not of the topology',
  ),
  saysNothing(
    'cilium-dbg bpf nat list',
    /[TUIS]/,
    /^(?:TCP|UDP|ICMP|ICMPv6|SCTP) (?:IN|OUT) \S+ -> \S+ XLATE_/,
    /^(?:TCP|UDP|ICMP|ICMPv6|SCTP) (?:IN|OUT) /,
    'translations are evidence of a run, not of the topology',
  ),
  saysNothing(
    'cilium-dbg bpf ct list',
    /[TUIS]/,
    /^(?:TCP|UDP|ICMP|ICMPv6|SCTP) (?:IN|OUT|SVC) \S+ -> \S+ expires=/,
    /^(?:TCP|UDP|ICMP|ICMPv6|SCTP) (?:IN|OUT|SVC) /,
    'connections are evidence of a run, not of the topology',
  ),
  saysNothing(
    'cilium-dbg bpf socknat list',
    /S/,
    /^Socket Cookie\s+/,
    /^\d+\s+\S+:\S+ /,
    'translations of sockets are evidence of a run, not of the topology',
  ),
];
