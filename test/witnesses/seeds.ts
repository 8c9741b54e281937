// Lines as the tools print them, of each kind a few.

/** A line or two of each kind; tests and the fuzzer change them. */
export const SEEDS: readonly string[] = [
  'Nov 29 14:09:53.307 [k8s-w0]: default/box:43544 (ID:46062) <- 192.0.2.12:443 (world) to-endpoint FORWARDED (TCP Flags: SYN, ACK)',
  'Nov 29 14:09:54.011: default/box (ID:46062) <> 198.51.100.8 (world) Stale or unroutable IP DROPPED (ICMPv4 EchoRequest)',
  'TIMESTAMP   SOURCE   DESTINATION   TYPE   VERDICT   SUMMARY\nNov 29 14:09:53.307   a/b:1   a/c:2   to-stack   FORWARDED   UDP',
  '  TIMESTAMP: Nov 29 14:09:53.307\n     SOURCE: a/b:1\nDESTINATION: a/c:2\n       TYPE: to-stack\n    VERDICT: FORWARDED\n    SUMMARY: UDP\n------------',
  '{"flow":{"time":"2026-11-29T14:09:53.307Z","verdict":"DROPPED","drop_reason_desc":"POLICY_DENIED","IP":{"source":"10.0.1.46","destination":"192.0.2.12"},"l4":{"TCP":{"source_port":43544,"destination_port":443,"flags":{"SYN":true}}},"source":{"identity":46062,"labels":["k8s:app=box"]},"is_reply":false}}',
  '-> overlay flow 0xacd55ef9 , identity 46062->world state new ifindex cilium_vxlan orig-ip 0.0.0.0: 10.0.1.46:43544 -> 192.0.2.12:443 tcp SYN',
  'xx drop (Policy denied) flow 0x5a4d7333 to endpoint 0, ifindex 4, file bpf_lxc.c:1345, , identity 46062->world: 10.0.1.46:43544 -> 192.0.2.12:443 tcp SYN',
  'CPU 01: MARK 0x29dc162c FROM 1630 to-overlay: 74 bytes (74 captured), state new, interface cilium_vxlan, identity 46062->2, orig-ip 0.0.0.0\nIPv4\t{Contents=[..20..] SrcIP=10.0.1.46 DstIP=192.0.2.12 Options=[]}\nTCP\t{SrcPort=43544 DstPort=443(https) SYN=true ACK=false}',
  '0xffff8e7b00dc0900 2   ~busybox:2513744 4026531840 e00      cilium_wg0:4     0x0800 1420  60    10.0.1.46:43544->192.0.2.12:443(tcp) kfree_skb_reason(SKB_DROP_REASON_IP_RPFILTER)',
  'tcp      6 117 SYN_SENT src=10.0.1.46 dst=10.96.0.9 sport=43544 dport=80 [UNREPLIED] src=10.0.0.7 dst=10.0.1.46 sport=8080 dport=43544 mark=0 use=1',
  '[912228.409488] IPv4: martian source 10.0.1.46 from 192.0.2.75, on dev eth0',
  'Nov 29 16:51:29 w5 kernel: TRACE: mangle:PREROUTING:rule:1 IN=eth0 OUT= MAC=00:50 SRC=10.0.9.139 DST=10.20.0.33 LEN=60 TTL=63 ID=46293 DF PROTO=TCP SPT=39122 DPT=9091 SYN URGP=0',
  'trace id 1f2e3d4c ip filter FORWARD packet: iif "eth1" ip saddr 10.1.0.5 ip daddr 10.2.0.5 tcp sport 4000 tcp dport 80\ntrace id 1f2e3d4c ip filter FORWARD rule drop (verdict drop)',
  'PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.\nFrom 10.9.0.1 icmp_seq=1 Destination Host Unreachable\n3 packets transmitted, 0 received, +1 errors, 100% packet loss, time 2045ms',
  'ARPING 10.9.0.8 from 10.9.0.5 eth0\nUnicast reply from 10.9.0.8 [00:11:22:33:44:55]  0.7ms\nSent 2 probes (1 broadcast(s))\nReceived 1 response(s)',
  'traceroute to 10.9.0.5 (10.9.0.5), 30 hops max, 60 byte packets\n 1  10.9.0.1  0.4 ms  0.3 ms  0.2 ms\n 2  * * *',
  '*   Trying 10.9.0.9:80...\ncurl: (28) Failed to connect to 10.9.0.9 port 80 after 3001 ms: Timeout was reached',
  '--2026-11-30 14:09:53--  http://web/\nResolving web (web)... 10.9.0.9\nConnecting to web (web)|10.9.0.9|:80... failed: Connection timed out.\nRetrying.',
  "Connecting to web (10.9.0.9:80)\nwget: can't connect to remote host (10.9.0.9): Connection refused",
  'nc: connect to 10.9.0.9 port 81 (tcp) failed: Connection timed out\nConnection to 10.9.0.9 80 port [tcp/http] succeeded!\n(UNKNOWN) [10.9.0.9] 80 (http) : No route to host',
  "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find web: NXDOMAIN\n;; communications error to 10.96.0.10#53: timed out\n;; connection timed out; no servers could be reached",
  'Pinging web [10.9.0.9] with 32 bytes of data:\nReply from 10.9.0.1: Destination host unreachable.\nReply from 10.9.0.9: bytes=32 time<1ms TTL=61\nRequest timed out.\nPing statistics for 10.9.0.9:\n    Packets: Sent = 3, Received = 2, Lost = 1 (33% loss),',
  'Tracing route to web [10.9.0.9]\nover a maximum of 30 hops:\n  1    <1 ms    <1 ms    <1 ms  10.9.0.1\n  2     *        *        *     Request timed out.\n  3  10.9.0.2  reports: Destination host unreachable.\nTrace complete.',
];
