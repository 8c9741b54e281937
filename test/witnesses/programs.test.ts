// What programs that ask print, of Linux, BusyBox and Windows: expected values follow from the texts.
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.js';
import { diagnose, rows, said, told } from './help.js';

const TEXTS = {
  wget: `w1:~$ wget http://203.0.113.5:8080/
--2026-11-30 14:09:53--  http://203.0.113.5:8080/
Connecting to 203.0.113.5:8080... connected.
HTTP request sent, awaiting response... 200 OK
Length: 615 [text/html]
Saving to: ‘index.html’

index.html          100%[===================>]     615  --.-KB/s    in 0s

2026-11-30 14:09:53 (64.2 MB/s) - ‘index.html’ saved [615/615]
`,
  wgetfail: `$ wget webpod
--2026-11-30 14:09:53--  http://webpod/
Resolving webpod (webpod)... 10.96.0.9
Connecting to webpod (webpod)|10.96.0.9|:80... failed: Connection timed out.
Retrying.

--2026-11-30 14:12:04--  (try: 2)  http://webpod/
Connecting to webpod (webpod)|10.96.0.9|:80... failed: Connection refused.
$ wget nowhere
--2026-11-30 14:09:53--  http://nowhere/
Resolving nowhere (nowhere)... failed: Temporary failure in name resolution.
wget: unable to resolve host address ‘nowhere’
`,
  busybox: `/ # wget -T 2 -O - http://webpod
Connecting to webpod (10.96.0.9:80)
wget: can't connect to remote host (10.96.0.9): Connection refused
/ # wget -T 2 -O - http://webpod
Connecting to webpod (10.96.0.9:80)
wget: download timed out
/ # wget -O - http://webpod
Connecting to webpod (10.96.0.9:80)
writing to stdout
-                    100% |********************************|   615  0:00:00 ETA
written to stdout
/ # wget -O - http://nope
wget: bad address 'nope'
/ # wget -qO- 10.96.0.9:81
wget: server returned error: HTTP/1.1 503 Service Unavailable
`,
  nc: `$ nc -zv 203.0.113.5 8080
Connection to 203.0.113.5 8080 port [tcp/http-alt] succeeded!
$ nc -zv -w 2 203.0.113.5 81
nc: connect to 203.0.113.5 port 81 (tcp) timed out: Operation now in progress
$ nc -zv webpod 82
nc: connect to webpod (10.96.0.9) port 82 (tcp) failed: Connection refused
$ nc -zvu 203.0.113.5 53
Connection to 203.0.113.5 53 port [udp/domain] succeeded!
$ nc -vz 10.0.2.6 80
(UNKNOWN) [10.0.2.6] 80 (http) : Connection timed out
$ ncat -v 203.0.113.5 8080
Ncat: Version 7.92 ( https://nmap.org/ncat )
Ncat: Connected to 203.0.113.5:8080.
$ ncat -v -w 2 10.0.2.7 8080
Ncat: Version 7.92 ( https://nmap.org/ncat )
Ncat: TIMEOUT.
/ # nc -vz 203.0.113.5 80
203.0.113.5 (203.0.113.5:80) open
$ telnet 203.0.113.5 22
Trying 203.0.113.5...
Connected to 203.0.113.5.
Escape character is '^]'.
$ telnet 203.0.113.5 23
Trying 203.0.113.5...
telnet: Unable to connect to remote host: Connection refused
`,
  nslookup: `/ # nslookup webpod
Server:		10.96.0.10
Address:	10.96.0.10:53

** server can't find webpod.cluster.local: NXDOMAIN

Name:	webpod.default.svc.cluster.local
Address: 10.96.0.9

$ nslookup nope.example
Server:		10.96.0.10
Address:	10.96.0.10#53

** server can't find nope.example: NXDOMAIN

$ nslookup webpod 10.96.0.11
;; communications error to 10.96.0.11#53: timed out
;; communications error to 10.96.0.11#53: timed out
;; communications error to 10.96.0.11#53: timed out
;; no servers could be reached

$ dig @10.96.0.10 webpod
;; connection timed out; no servers could be reached
C:\\Users\\me>nslookup webpod
DNS request timed out.
    timeout was 2 seconds.
Server:  UnKnown
Address:  10.96.0.10

DNS request timed out.
    timeout was 2 seconds.
DNS request timed out.
    timeout was 2 seconds.
*** Request to UnKnown timed-out
`,
  winping: `C:\\Users\\me>ping 203.0.113.5

Pinging 203.0.113.5 with 32 bytes of data:
Reply from 203.0.113.5: bytes=32 time<1ms TTL=61
Reply from 203.0.113.5: bytes=32 time=12ms TTL=61
Request timed out.
Reply from 203.0.113.5: bytes=32 time=1ms TTL=61

Ping statistics for 203.0.113.5:
    Packets: Sent = 4, Received = 3, Lost = 1 (25% loss),
Approximate round trip times in milli-seconds:
    Minimum = 0ms, Maximum = 12ms, Average = 4ms

C:\\Users\\me>ping webpod

Pinging webpod [10.0.2.9] with 32 bytes of data:
Reply from 10.0.0.1: Destination host unreachable.
Reply from 10.0.0.1: Destination host unreachable.
Reply from 10.0.0.1: Destination host unreachable.
Reply from 10.0.0.1: Destination host unreachable.

Ping statistics for 10.0.2.9:
    Packets: Sent = 4, Received = 4, Lost = 0 (0% loss),

C:\\>ping 10.0.2.9
Ping wird ausgeführt für 10.0.2.9 mit 32 Bytes Daten:
Zeitüberschreitung der Anforderung.
Zeitüberschreitung der Anforderung.
Antwort von 10.0.2.9: Bytes=32 Zeit<1ms TTL=61
Antwort von 10.0.2.9: Bytes=32 Zeit=2ms TTL=61

Ping-Statistik für 10.0.2.9:
    Pakete: Gesendet = 4, Empfangen = 2, Verloren = 2
    (50% Verlust),
Ca. Zeitangaben in Millisek.:
    Minimum = 0ms, Maximum = 2ms, Mittelwert = 1ms

C:\\>ping 10.0.2.7
Ping 10.0.2.7 32바이트 데이터 사용:
10.0.2.7의 응답: 바이트=32 시간<1ms TTL=61
요청 시간이 만료되었습니다.

10.0.2.7에 대한 Ping 통계:
    패킷: 보냄 = 2, 받음 = 1, 손실 = 1 (50% 손실),
`,
  tracert: `C:\\>tracert webpod
Tracing route to webpod [203.0.113.5]
over a maximum of 30 hops:

  1    <1 ms    <1 ms    <1 ms  10.0.0.1
  2     *        *        *     Request timed out.
  3     4 ms     5 ms     4 ms  webpod [203.0.113.5]

Trace complete.

C:\\>tracert 10.0.2.9
Tracing route to 10.0.2.9 over a maximum of 30 hops

  1    <1 ms    <1 ms    <1 ms  10.0.0.1
  2  10.0.0.2  reports: Destination host unreachable.

Trace complete.
C:\\>tracert 10.0.2.9
Routenverfolgung zu 10.0.2.9 über maximal 30 Hops

  1    <1 ms    <1 ms    <1 ms  10.0.0.1
  2     *        *        *     Zeitüberschreitung der Anforderung.
  3     *        *        *     Zeitüberschreitung der Anforderung.
`,
};

const EXPECTED: Readonly<Record<keyof typeof TEXTS, readonly string[]>> = {
  wget: ['3 wget: answered at w1 | - > 203.0.113.5:8080 tcp request asks'],
  wgetfail: [
    '4 wget: not answered, timed out | - > 10.96.0.9:80 tcp request asks',
    '8 wget: refused, Connection refused | - > 10.96.0.9:80 tcp request asks',
    '11 wget: failed, Could not resolve the name | - > nowhere udp request asks',
  ],
  busybox: [
    '3 wget: refused, Connection refused | - > 10.96.0.9:80 tcp request asks',
    '6 wget: not answered, timed out | - > 10.96.0.9:80 tcp request asks',
    '9 wget: answered | - > 10.96.0.9:80 tcp request asks',
    '13 wget: failed, Could not resolve the name | - > nope udp request asks',
    '15 wget: answered | - > 10.96.0.9:81 tcp request asks',
  ],
  nc: [
    // nc and Ncat; what nc -u calls success is none.
    '2 x2 nc: answered | - > 203.0.113.5:8080 tcp request asks',
    '4 nc: not answered, timed out | - > 203.0.113.5:81 tcp request asks',
    '6 nc: refused, Connection refused | - > 10.96.0.9:82 tcp request asks',
    '10 nc: not answered, timed out | - > 10.0.2.6:80 tcp request asks',
    '16 nc: not answered, timed out | - > 10.0.2.7:8080 tcp request asks',
    '18 nc: answered | - > 203.0.113.5:80 tcp request asks',
    '21 nc: answered | - > 203.0.113.5:22 tcp request asks',
    '25 nc: refused, Connection refused | - > 203.0.113.5:23 tcp request asks',
  ],
  nslookup: [
    // The last search domain has the name.
    '8 nslookup: answered | - > 10.96.0.10:53 udp request asks',
    '14 nslookup: failed, NXDOMAIN | - > 10.96.0.10:53 udp request asks',
    '19 nslookup: not answered, timed out, webpod | - > 10.96.0.11:53 udp request asks',
    '23 nslookup: not answered, timed out, webpod | - > 10.96.0.10:53 udp request asks',
    '34 nslookup: not answered, timed out, webpod | - > 10.96.0.10:53 udp request asks',
  ],
  winping: [
    '10 ping: answered in part | - > 203.0.113.5 icmp request asks',
    '23 ping: failed, Destination Host Unreachable | - > 10.0.2.9 icmp request asks',
    '33 ping: answered in part | - > 10.0.2.9 icmp request asks',
    '44 ping: answered in part | - > 10.0.2.7 icmp request asks',
  ],
  tracert: [
    '7 traceroute: answered | - > 203.0.113.5  request asks',
    '15 traceroute: failed, host unreachable | - > 10.0.2.9  request asks',
    '23 traceroute: not answered, the last hop that answered is 10.0.0.1 (number 1) | - > 10.0.2.9  request asks',
  ],
};

describe('programs that ask', () => {
  it.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    const text = TEXTS[name as keyof typeof TEXTS];
    expect(rows(text)).toEqual(expected);
    expect(told(text).info.unread).toBe(0);
    // As a Windows machine writes it.
    expect(rows(text.replaceAll('\n', '\r\n'))).toEqual(expected);
  });

  it('ping of Linux in another language', () => {
    const text = `PING 10.9.0.9 (10.9.0.9) 56(84) octets de donn\u00e9es.
De 10.1.0.1 icmp_seq=1 H\u00f4te de destination injoignable
64 octets de 10.9.0.9 : icmp_seq=2 ttl=61 temps=0.31 ms

--- statistiques ping 10.9.0.9 ---
3 paquets transmis, 1 re\u00e7us, +1 erreurs, 66.6667% packet loss, time 2045ms
rtt min/avg/max/mdev = 0.310/0.310/0.310/0.000 ms`;
    expect(rows(text)).toEqual(['6 ping: answered in part, Destination Host Unreachable | - > 10.9.0.9 icmp request asks']);
    expect(told(text).info.unread).toBe(0);
  });

  it('a line that is cut within the protocol is of the same flow', () => {
    const drop =
      'xx drop (Policy denied) flow 0x5a4d7333 to endpoint 1041, ifindex 4, file bpf_lxc.c:1345, , identity 4711->4712: 10.1.0.5:43544 -> 10.9.0.9:8443 tcp SYN';
    expect(told(`${drop}\n${drop.slice(0, -5)}`).groups.map(({ event }) => event.proto)).toEqual(['tcp', 'tcp']);
  });

  it('a router that says so is no answer, though Windows counts it as received', () => {
    const [, refused] = told(TEXTS.winping).groups;
    expect(refused.event).toMatchObject({
      asked: 4,
      answers: 0,
      detail: '10.0.0.1',
      dst: { name: 'webpod', address: '10.0.2.9' },
    });
  });

  it.each([
    [
      '$ nc -zv -w 2 203.0.113.5 81\nnc: connect to 203.0.113.5 port 81 (tcp) timed out: Operation now in progress',
      'inconclusive',
      3,
    ],
    ['$ nc -zv 203.0.113.5 81\nnc: connect to 203.0.113.5 port 81 (tcp) failed: Connection timed out', 'fail', 1],
    ['$ nc -zv 203.0.113.5 81\nnc: connect to 203.0.113.5 port 81 (tcp) failed: Connection refused', 'fail', 1],
    [
      "$ nslookup nope.example\nServer:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find nope.example: NXDOMAIN",
      'inconclusive',
      3,
    ],
    [
      "$ nslookup a.example\nServer:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find a.example: SERVFAIL",
      'fail',
      1,
    ],
    [
      '$ dig @10.96.0.10 a.example\n;; communications error to 10.96.0.10#53: timed out\n;; communications error to 10.96.0.10#53: timed out\n;; connection timed out; no servers could be reached',
      'fail',
      1,
    ],
  ])('%s is %s', async (text, verdict, code) => {
    const run = await diagnose(text);
    expect(said(run)).toEqual([expect.stringMatching(new RegExp(`^${verdict} command-failed: `))]);
    expect(exitCodeOf(run)).toBe(code);
  });

  it.each([TEXTS.wget, '$ nc -zv 203.0.113.5 80\nConnection to 203.0.113.5 80 port [tcp/http] succeeded!'])(
    'what went well is no fault',
    async (text) => {
      const run = await diagnose(text);
      expect(said(run)).toEqual([]);
      expect(exitCodeOf(run)).toBe(0);
    },
  );
});
