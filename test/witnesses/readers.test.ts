// Shapes that the sample texts do not have. Lines are written as the tools print them.
import { describe, expect, it } from 'vitest';
import { witnessesIn } from '../../src/witnesses/testimony.js';
import { rows, told } from './help.js';

const only = (text: string): string => {
  const found = rows(text);
  expect(found).toHaveLength(1);
  return found[0];
};

describe('hubble', () => {
  it('a type has several words, and a summary brackets of its own', () => {
    expect(
      only(
        'Feb  3 04:05:06.789 [prod/n1]: a/b-1:4000 (ID:700) <> a/c-2:80 (ID:701) CT: Missing TCP ACK flag DROPPED (TCP Flags: SYN)',
      ),
    ).toBe('1 Hubble: dropped at n1, CT: Missing TCP ACK flag | a/b-1:4000 > a/c-2:80 tcp asks');
    expect(
      only(
        'Feb  3 04:05:06.789: a/b:4000 (ID:700) -> a/c:80 (ID:701) http-request FORWARDED (HTTP/1.1 GET http://c/(x) DROPPED)',
      ),
    ).toBe('1 Hubble: http-request | a/b:4000 > a/c:80  request');
  });

  it('a proxy refuses what a policy of layer 7 does not allow', () => {
    expect(
      only('Feb  3 04:05:06.789: a/b:4000 (ID:700) -> a/c:80 (ID:701) http-request DROPPED (HTTP/1.1 PUT http://c/)'),
    ).toContain('dropped, Policy denied (http-request)');
  });

  it('columns of -o tab, replies with their own direction', () => {
    const text = [
      'TIMESTAMP             SOURCE             DESTINATION        TYPE           VERDICT     SUMMARY',
      'Feb  3 04:05:06.789   a/b:4000           10.9.0.1:80        to-stack       FORWARDED   TCP Flags: SYN',
      'Feb  3 04:05:06.790   10.9.0.1:80        a/b:4000           to-endpoint    FORWARDED   TCP Flags: SYN, ACK',
      'Feb  3 04:05:06.790   a/b                10.9.0.2           Policy denied  DROPPED     ICMPv4 EchoRequest',
    ].join('\n');
    expect(rows(text)).toEqual([
      '2 Hubble: to-stack | a/b:4000 > 10.9.0.1:80 tcp asks',
      '3 Hubble: to-endpoint | 10.9.0.1:80 > a/b:4000 tcp',
      '4 Hubble: dropped, Policy denied | a/b > 10.9.0.2 icmp asks',
    ]);
  });

  it('JSON: printed over many lines, the older form, events lost, nodes that are gone', () => {
    const flow = {
      time: '2026-02-03T04:05:06.789Z',
      verdict: 'DROPPED',
      drop_reason_desc: 'POLICY_DENIED',
      IP: { source: '10.0.0.1', destination: 'FD00:0::9' },
      l4: { TCP: { source_port: 4000, destination_port: 80, flags: { SYN: true } } },
      source: { identity: 700, namespace: 'a', pod_name: 'b', labels: ['k8s:app=b', 'k8s:io.kubernetes.pod.namespace=a'] },
      destination: { identity: 2 },
      is_reply: null,
      event_type: { type: 1, sub_type: 133 },
      node_name: 'prod/n1',
    };
    const text = [
      JSON.stringify({ flow, node_name: 'prod/n1', time: flow.time }, null, 2),
      JSON.stringify({
        ...flow,
        verdict: 'FORWARDED',
        drop_reason_desc: undefined,
        trace_observation_point: 'TO_STACK',
        is_reply: { value: true },
      }),
      '{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"12"},"node_name":"n1"}',
      '{"node_status":{"state_change":"NODE_UNAVAILABLE","node_names":["n2"],"message":"connection refused"}}',
      '{"node_status":{"state_change":"NODE_CONNECTED","node_names":["n1"]}}',
    ].join('\n');
    expect(rows(text)).toEqual([
      '1 Hubble: dropped at n1, Policy denied | 10.0.0.1:4000 > fd00::9:80 tcp asks',
      expect.stringContaining('Hubble: to-stack at n1 | 10.0.0.1:4000 > fd00::9:80 tcp reply asks'),
      expect.stringContaining('missed events, events lost'),
      expect.stringContaining('missed events, nodes unavailable'),
    ]);
    const [{ event }] = told(text).groups;
    expect(event.src).toMatchObject({ name: 'a/b', identity: '700', labels: 'k8s:app=b' });
    expect(event.dst.identity).toBe('world');
  });

  it.each(['constructor', 'toString', '__proto__'])('an identity may be any word: %s', (identity) => {
    const flow = { verdict: 'DROPPED', IP: { source: '10.0.0.1', destination: '10.0.0.2' }, source: { identity } };
    expect(told(JSON.stringify({ flow })).groups[0].event.src.identity).toBe(identity);
  });

  it('dates without a year are near the run; other times have their zone', () => {
    const at = (stamp: string, near: number): string =>
      new Date(told(`${stamp}: a/b:1 (ID:1) -> a/c:2 (ID:2) to-endpoint FORWARDED (UDP)`, near).info.firstMs).toISOString();
    expect(at('Dec 31 23:59:59.500', Date.UTC(2027, 0, 1))).toBe('2026-12-31T23:59:59.500Z');
    expect(at('Jan  1 00:00:00.250', Date.UTC(2026, 11, 31))).toBe('2027-01-01T00:00:00.250Z');
    expect(at('2026-05-06T07:08:09.123456+02:00', 0)).toBe('2026-05-06T05:08:09.123Z');
    expect(at('2026-05-06T07:08:09Z', 0)).toBe('2026-05-06T07:08:09.000Z');
  });
});

describe('cilium monitor', () => {
  it('older lines, from the host, encrypted, traced, a redirect', () => {
    expect(
      rows(
        [
          '-> host from flow 0x1 identity 700->host state reply ifindex cilium_net: 10.0.0.1:80 -> 10.0.0.9:4000 tcp SYN, ACK',
          '-> network encrypted flow 0x2 , identity 700->701 state established ifindex eth1 orig-ip 0.0.0.0: [fd00::1]:4000 -> [fd00::2]:80 tcp ACK',
          '-> proxy flow 0x3 , identity 700->unknown state new ifindex 0 orig-ip 0.0.0.0: 10.0.0.1:4001 -> 10.0.0.2:80 tcp SYN',
          'xx drop (Stale or unroutable IP) flow 0x4 to endpoint 0, ifindex 12, file bpf_lxc.c:1, , identity 700->unknown: 10.0.0.1 -> 10.0.0.3 EchoRequest',
          'Policy verdict log: flow 0x5 local EP ID 12, remote ID 700, proto 6, ingress, action deny, auth: disabled, match none, 10.0.0.1:4002 -> 10.0.0.4:80 tcp SYN',
          'CPU 02: Lost 12 events',
        ].join('\n'),
      ),
    ).toEqual([
      '1 cilium monitor: to-host (cilium_net) | 10.0.0.1:80 > 10.0.0.9:4000 tcp reply',
      '2 cilium monitor: to-network (eth1) | fd00::1:4000 > fd00::2:80 tcp request',
      '3 cilium monitor: handed to the proxy, to-proxy | 10.0.0.1:4001 > 10.0.0.2:80 tcp request asks',
      '4 cilium monitor: dropped (if12), bpf_lxc.c:1, Stale or unroutable IP | 10.0.0.1 > 10.0.0.3 ',
      '5 cilium monitor: denied, policy-verdict | 10.0.0.1:4002 > 10.0.0.4:80 tcp asks',
      '6 cilium monitor: missed events, events lost, 12 events | - > - ',
    ]);
  });

  it('blocks of -v: a drop with its reason', () => {
    const text = [
      '-'.repeat(78),
      'CPU 01: MARK 0x1 FROM 12 DROP: 74 bytes, reason Policy denied, identity 700->701, to endpoint 0',
      'Ethernet\t{Contents=[..14..] Payload=[..62..] SrcMAC=02:00:00:00:00:01 DstMAC=02:00:00:00:00:02 EthernetType=IPv4 Length=0}',
      'IPv4\t{Contents=[..20..] Payload=[..40..] Version=4 IHL=5 TOS=0 Length=60 Id=1 Flags=DF FragOffset=0 TTL=63 Protocol=TCP Checksum=1 SrcIP=10.0.0.1 DstIP=10.0.0.2 Options=[] Padding=[]}',
      'TCP\t{Contents=[..40..] Payload=[] SrcPort=4000 DstPort=80(http) Seq=1 Ack=0 DataOffset=10 FIN=false SYN=true RST=false PSH=false ACK=false}',
      '-'.repeat(78),
    ].join('\n');
    expect(rows(text)).toEqual(['2 cilium monitor: dropped, Policy denied | 10.0.0.1:4000 > 10.0.0.2:80 tcp asks']);
    expect(told(text).info.unread).toBe(0);
  });
});

describe('pwru', () => {
  it('a buffer is followed to its end; what is consumed is no drop', () => {
    const line = (skb: string, tail: string): string =>
      `${skb} 1 <empty>:0 4026531840 0 eth0:3 0x0800 1500 60 10.0.0.1:4000->10.0.0.2:80(tcp:SYN) ${tail}`;
    expect(
      rows(
        [
          line('0xffff0001', 'ip_rcv'),
          line('0xffff0001', 'tcp_v4_rcv'),
          line('0xffff0001', 'kfree_skb_reason(SKB_CONSUMED)'),
          line('0xffff0002', 'ip_rcv'),
          line('0xffff0002', 'sk_skb_reason_drop(SKB_DROP_REASON_NO_SOCKET)'),
        ].join('\n'),
      ),
    ).toEqual([
      '3 pwru: tcp_v4_rcv (eth0) | 10.0.0.1:4000 > 10.0.0.2:80 tcp asks',
      '5 pwru: dropped (eth0), sk_skb_reason_drop, NO_SOCKET | 10.0.0.1:4000 > 10.0.0.2:80 tcp asks',
    ]);
  });

  it('JSON', () => {
    expect(
      only(
        '{"skb":"0xff","cpu":0,"func":"kfree_skb_reason","reason":"SKB_DROP_REASON_OTHERHOST","iface":"eth0:2","tuple":{"saddr":"10.0.0.1","daddr":"10.0.0.2","sport":1,"dport":2,"proto":17}}',
      ),
    ).toBe('1 pwru: dropped (eth0), kfree_skb_reason, OTHERHOST | 10.0.0.1:1 > 10.0.0.2:2 udp');
  });

  it.each(['constructor', '__proto__'])('a protocol may be any word: %s', (proto) => {
    const tuple = { saddr: '10.0.0.1', daddr: '10.0.0.2', sport: 1, dport: 2, proto };
    expect(only(JSON.stringify({ skb: '0xff', func: 'ip_rcv', iface: 'eth0:2', tuple }))).toBe(
      `1 pwru: ip_rcv (eth0) | 10.0.0.1:1 > 10.0.0.2:2 ${proto}`,
    );
  });
});

describe('conntrack', () => {
  it('events: a new entry has had no time for an answer, one that goes without is not answered', () => {
    const tuple = 'src=10.0.0.1 dst=10.0.0.2 sport=4000 dport=80 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=80 dport=4000';
    expect(
      rows(
        [
          `[1764425393.307158]\t    [NEW] tcp      6 120 SYN_SENT ${tuple}`,
          `[DESTROY] tcp      6 ${tuple}`,
          `[UPDATE] tcp      6 60 SYN_RECV ${tuple.replace('[UNREPLIED] ', '')}`,
        ].join('\n'),
      ),
    ).toEqual([
      // A SYN-ACK that nobody has acknowledged yet opens nothing.
      '1 x2 conntrack: seen | 10.0.0.1:4000 > 10.0.0.2:80 tcp request asks',
      '2 conntrack: not answered, DESTROY UNREPLIED | 10.0.0.1:4000 > 10.0.0.2:80 tcp request asks',
    ]);
  });
});

describe("the kernel's log", () => {
  it('a trace ends where the packet dies, unless the text ends with it', () => {
    const at = (id: number, chain: string): string =>
      `TRACE: ${chain}:policy:1 IN=eth0 OUT=eth1 MAC=02:00 SRC=10.0.0.1 DST=10.0.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=${id} DF PROTO=TCP SPT=4000 DPT=80 SEQ=1 ACK=0 WINDOW=1 RES=0x00 SYN URGP=0`;
    const chains = ['raw:PREROUTING', 'mangle:PREROUTING', 'mangle:FORWARD', 'filter:FORWARD'];
    const whole = [...chains, 'mangle:POSTROUTING'];
    const found = rows(
      [...chains.map((c) => at(1, c)), ...whole.map((c) => at(2, c)), ...chains.map((c) => at(3, c))].join('\n'),
    );
    expect(found).toEqual([
      '4 Kernel log: dropped (eth1), filter:FORWARD, ends in filter:FORWARD | 10.0.0.1:4000 > 10.0.0.2:80 tcp asks',
      '9 Kernel log: mangle:POSTROUTING (eth1) | 10.0.0.1:4000 > 10.0.0.2:80 tcp asks',
      '13 Kernel log: filter:FORWARD (eth1) | 10.0.0.1:4000 > 10.0.0.2:80 tcp asks',
    ]);
  });

  it('nft traces, rules that log, and what needs no packet', () => {
    expect(
      rows(
        [
          'trace id 1f2e3d4c ip filter FORWARD packet: iif "eth1" oif "eth0" ether saddr 02:00:00:00:00:01 ether daddr 02:00:00:00:00:02 ip saddr 10.1.0.5 ip daddr 10.2.0.5 ip ttl 63 tcp sport 4000 tcp dport 80 tcp flags == syn',
          'trace id 1f2e3d4c ip filter FORWARD rule ip daddr 10.2.0.0/16 drop (verdict drop)',
          'Nov 29 16:51:29 w5 kernel: [ 99.123456] [UFW BLOCK] IN=eth0 OUT= MAC=02:00 SRC=10.0.9.1 DST=10.0.9.2 LEN=60 TTL=63 ID=1 PROTO=UDP SPT=1 DPT=2 LEN=1',
          '[1.000001] neighbour: arp_cache: neighbor table overflow!',
          '[1.000002] br0: received packet on eth0 with own address as source address (addr:52:54:00:12:34:56, vlan:0)',
          '[1.000003] usb 1-1: new device',
        ].join('\n'),
      ),
    ).toEqual([
      '2 Kernel log: dropped (eth0), ip filter FORWARD, rule of ip filter FORWARD | 10.1.0.5:4000 > 10.2.0.5:80 tcp asks',
      '3 Kernel log: dropped at w5 (eth0), logged as [UFW BLOCK] | 10.0.9.1:1 > 10.0.9.2:2 udp',
      '4 Kernel log: neighbour table overflow | - > - ',
      '5 Kernel log: own address as source (eth0) | - > - ',
    ]);
  });
});

describe('programs that ask', () => {
  const runs = (text: string): string[] =>
    told(text).groups.map(
      ({ event: e }) =>
        `${e.kind} ${e.saying} ${e.dst.address || e.dst.name}${e.dst.port > 0 ? `:${e.dst.port}` : ''} ${e.answers}/${e.asked} ${e.reason}`,
    );

  it('ping: all, some, none, an error, cut off', () => {
    const ping = (received: number, sent: number): string =>
      `PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.\n\n--- 10.9.0.2 ping statistics ---\n${sent} packets transmitted, ${received} received, ${100 - (100 * received) / sent}% packet loss, time 1ms\n`;
    expect(runs(ping(4, 4))).toEqual(['ping answered 10.9.0.2 4/4 ']);
    expect(runs(ping(1, 4))).toEqual(['ping partly 10.9.0.2 1/4 ']);
    expect(runs(ping(0, 4))).toEqual(['ping unanswered 10.9.0.2 0/4 ']);
    expect(
      runs(
        'PING web (10.9.0.3): 56 data bytes\n\n--- web ping statistics ---\n3 packets transmitted, 0 packets received, 100% packet loss',
      ),
    ).toEqual(['ping unanswered 10.9.0.3 0/3 ']);
    expect(runs('PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.\nFrom 10.9.0.1 icmp_seq=1 Destination Host Unreachable')).toEqual(
      ['ping failed 10.9.0.2 0/1 Destination Host Unreachable'],
    );
    expect(runs('PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.\n64 bytes from 10.9.0.2: icmp_seq=1 ttl=63 time=0.3 ms')).toEqual(
      ['ping answered 10.9.0.2 1/1 '],
    );
    // Nothing is known yet of one that has only begun.
    expect(runs('PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.')).toEqual([]);
    expect(runs('$ ping 10.9.0.9\nping: connect: Network is unreachable')).toEqual([
      'ping failed 10.9.0.9 0/0 Network is unreachable',
    ]);
  });

  it('curl: the target is in its words, in what -v says, or in the command', () => {
    expect(runs('curl: (7) Failed to connect to web port 80 after 3 ms: Connection refused')).toEqual([
      'curl refused web:80 0/1 Connection refused',
    ]);
    expect(
      runs(
        'root@a:~# curl -s --connect-timeout 1 -o /dev/null http://10.9.0.4:8080/x\ncurl: (28) Connection timed out after 1001 milliseconds',
      ),
    ).toEqual(['curl unanswered 10.9.0.4:8080 0/1 timed out']);
    expect(
      runs(
        "*   Trying 10.9.0.9:80...\n* connect to 10.9.0.9 port 80 failed: No route to host\ncurl: (7) Failed to connect to web port 80 after 1 ms: Couldn't connect to server",
      ),
    ).toEqual(['curl failed 10.9.0.9:80 0/1 No route to host']);
    expect(runs('* Connected to web (10.9.0.9) port 80 (#0)')).toEqual(['curl answered 10.9.0.9:80 1/1 ']);
    expect(runs('curl: (6) Could not resolve host: web')).toEqual(['curl failed web 0/1 Could not resolve the name']);
  });

  it('traceroute, tracepath, mtr: reached or not', () => {
    expect(
      runs('traceroute to 10.9.0.5 (10.9.0.5), 30 hops max, 60 byte packets\n 1  10.9.0.1  0.4 ms  0.3 ms *\n 2  * * *'),
    ).toEqual(['trace unanswered 10.9.0.5 1/2 ']);
    expect(runs('traceroute to 10.9.0.5 (10.9.0.5), 30 hops max, 60 byte packets\n 1  10.9.0.1 (10.9.0.1)  0.4 ms !H')).toEqual([
      'trace failed 10.9.0.5 1/1 host unreachable',
    ]);
    expect(
      runs(
        '$ tracepath -n 10.9.0.6\n 1?: [LOCALHOST]  pmtu 1500\n 1:  10.9.0.6  0.3ms reached\n     Resume: pmtu 1500 hops 1 back 1',
      ),
    ).toEqual(['trace answered 10.9.0.6 1/1 ']);
    expect(
      runs(
        '$ mtr -rn 10.9.0.7\nHOST: a  Loss%   Snt   Last   Avg  Best  Wrst StDev\n  1.|-- 10.9.0.1   0.0%    10    0.3   0.3   0.2   0.4   0.1\n  2.|-- ???  100.0    10    0.0   0.0   0.0   0.0   0.0',
      ),
    ).toEqual(['trace unanswered 10.9.0.7 1/2 ']);
  });

  it('arping: nobody, two, and a test for duplicates', () => {
    const none = 'ARPING 10.9.0.8 from 10.9.0.5 eth0\nSent 3 probes (3 broadcast(s))\nReceived 0 response(s)';
    expect(runs(none)).toEqual(['arping unanswered 10.9.0.8 0/3 ']);
    expect(runs(none.replace('10.9.0.5', '0.0.0.0'))).toEqual(['arping answered 10.9.0.8 0/3 ']);
    expect(
      runs(
        'ARPING 10.9.0.8 from 10.9.0.5 eth0\nUnicast reply from 10.9.0.8 [02:00:00:00:00:01]  0.7ms\nUnicast reply from 10.9.0.8 [02:00:00:00:00:02]  0.7ms\nReceived 2 response(s)',
      ),
    ).toEqual(['arping complaint 10.9.0.8 2/2 several MACs answer']);
  });
});

describe('a text', () => {
  it('of several kinds is read by each; prompts tell the machine, except of what ran elsewhere', () => {
    const { groups, info } = told(
      [
        '> root@gw:~# ping -c1 10.0.0.2',
        '> PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.',
        '> 1 packets transmitted, 0 received, 100% packet loss, time 0ms',
        'root@gw:~# ip route',
        'default via 10.0.0.254 dev eth0',
        'root@gw:~# kubectl exec -n kube-system ds/cilium -- cilium-dbg monitor',
        '\x1b[31mxx drop (Policy denied) flow 0x4 to endpoint 0, ifindex 12, file bpf_lxc.c:1, , identity 1->2: 10.0.0.1:1 -> 10.0.0.3:2 udp\x1b[0m',
      ].join('\n'),
    );
    expect(groups.map(({ event }) => `${event.kind} ${event.node}`)).toEqual(['ping gw', 'monitor ']);
    expect(info).toMatchObject({ unread: 1, shown: [{ line: 5 }], noise: 3, used: 3, kinds: ['ping', 'monitor'] });
  });

  it('is told from others by its lines', () => {
    expect(witnessesIn('Nov 29 14:09:53.307: a/b:1 (ID:1) -> a/c:2 (ID:2) to-endpoint FORWARDED (UDP)\n')).toEqual({
      kinds: 'hubble',
      isAll: true,
    });
    expect(witnessesIn('[0.1234] a\n[0.1235] b\n[0.1236] c\n[0.1237] d\n[0.1238] e\n')).toEqual({ kinds: 'kernel', isAll: true });
    for (const text of [
      '',
      'hello\nworld\n',
      '{\n  "nodes": {}\n}\n',
      '14:09:53.307158 IP 10.0.0.1.1 > 10.0.0.2.2: UDP, length 3\n',
      'nodes:\n  a: {}\n',
    ])
      expect(witnessesIn(text), text).toBeNull();
  });

  it('is none where words of the kernel stand around what is no address and no interface', () => {
    const lines = [
      'pattern: /martian source (\\S+) from (\\S+), on dev (\\S+)/,',
      'martian source ADDRESS from ADDRESS, on dev NAME',
      'received packet on (\\S+) with own address as source address',
      'IPv6: (\\S+): IPv6 duplicate address (\\S+) detected!',
      'NETDEV WATCHDOG: (\\S+) (driver): transmit queue 1 timed out',
    ];
    expect(rows(lines.join('\n'))).toEqual([]);
    expect(
      rows('NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out\nmartian source 10.0.0.1 from 10.0.0.2, on dev br-1.20'),
    ).toHaveLength(2);
  });
});

describe('words of other systems', () => {
  const STATISTICS = '--- 10.0.0.9 ping statistics ---\n2 packets transmitted, 0 packets received, 100.0% packet loss';
  const START = 'PING 10.0.0.9 (10.0.0.9): 56 data bytes\n';
  it.each([
    [
      'macOS: an error, with the header that it quotes',
      '36 bytes from 10.0.0.1: Destination Host Unreachable\nVr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst\n 4  5  00 5400 1c2b   0 0000  3f  01 0000 10.0.0.2  10.0.0.9 \n\nRequest timeout for icmp_seq 0',
      'Destination Host Unreachable',
    ],
    ['macOS: an MTU', '556 bytes from gw (10.0.0.1): frag needed and DF set (MTU 1400)', 'Frag needed and DF set (MTU 1400)'],
    ['macOS: no answer to ARP', 'ping: sendto: Host is down\nping: sendto: Host is down', 'Host is down'],
    ['musl: no route', 'ping: sendto: Network unreachable', 'Network is unreachable'],
    ['musl: no neighbour', 'ping: sendto: Host is unreachable', 'Host is unreachable'],
  ])('ping of %s', (_, lines, reason) => {
    const { info, groups } = told(`${START}${lines}\n${STATISTICS}`);
    expect(groups.map(({ event }) => [event.saying, event.reason, event.dst.address])).toEqual([['failed', reason, '10.0.0.9']]);
    expect(info.unread).toBe(0);
  });

  it('ping that is told by its own machine and ends at once', () => {
    expect(only(`${START}ping: sendto: Network unreachable`)).toContain('failed, Network is unreachable | - > 10.0.0.9');
  });

  it('BusyBox counts what is doubled without a sign', () => {
    const text = `${START}64 bytes from 10.0.0.9: seq=0 ttl=64 time=0.1 ms\n64 bytes from 10.0.0.9: seq=0 ttl=64 time=0.1 ms (DUP!)\n\n--- 10.0.0.9 ping statistics ---\n3 packets transmitted, 1 packets received, 1 duplicates, 66% packet loss`;
    expect(told(text).groups.map(({ event }) => [event.saying, event.asked, event.answers])).toEqual([
      ['complaint', 0, 0],
      ['partly', 3, 1],
    ]);
  });

  it('BusyBox: arping to an address via a device', () => {
    const text =
      'ARPING to 10.0.0.9 from 10.0.0.1 via eth0\nSent 3 probe(s) (3 broadcast(s))\nReceived 0 reply (0 request(s), 0 broadcast(s))';
    expect(only(text)).toBe('3 arping: not answered (eth0) | 10.0.0.1 > 10.0.0.9 arp request asks');
  });

  it('musl has words of its own for a way that is not there', () => {
    expect(only("wget: can't connect to remote host (10.0.0.9): Host is unreachable")).toContain('failed, No route to host');
    expect(only("wget: can't connect to remote host (10.0.0.9): Network unreachable")).toContain(
      'failed, Network is unreachable',
    );
  });

  it('tracepath that cannot send names no hop', () => {
    expect(only(' 1?: [LOCALHOST]                      pmtu 1500\n 1:  send failed\n     Resume: pmtu 1500 ')).toContain(
      'failed, its own machine could not send',
    );
  });

  it('a logged ICMP error has no ports: those are of the packet that it quotes', () => {
    expect(
      only(
        '[ 12.345678] [UFW BLOCK] IN=eth0 OUT= MAC=aa SRC=10.0.0.1 DST=10.0.0.2 LEN=68 TOS=0x00 PREC=0xC0 TTL=63 ID=1 PROTO=ICMP TYPE=3 CODE=1 [SRC=10.0.0.2 DST=10.0.0.7 LEN=40 TOS=0x00 PREC=0x00 TTL=63 ID=0 DF PROTO=TCP SPT=4000 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0 ] ',
      ),
    ).toBe('1 Kernel log: dropped (eth0), logged as [UFW BLOCK] | 10.0.0.1 > 10.0.0.2 icmp');
  });
});
