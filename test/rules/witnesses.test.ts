// Texts without any packets: judged for what they can tell. Healthy ones say nothing; one question that was asked once proves nothing.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.js';
import { json } from '../../src/report/json.js';
import { report } from '../../src/report/schema.js';
import { text } from '../../src/report/text.js';
import { diagnose, diagnoseUntil, file, haveSamples, said, samplePath } from '../witnesses/help.js';
import { arp, echo, forward, ipv4, sll2, type TestFrame, tcp, udp } from './lab.js';

const line = (at: number, node: string, arrow: string, rest: string, port = 4000): string =>
  `Nov 29 14:09:${String(at).padStart(2, '0')}.000 [${node}]: a/b-1:${port} (ID:700) ${arrow} a/c-2:80 (ID:701) ${rest}`;
const SYN = '(TCP Flags: SYN)';
const page = (run: Parameters<typeof text>[0]): string => text(run, { color: false, verbose: false, width: 300 });

describe('policy-denied', () => {
  it('names the policy, both identities, and that the network is not at fault', async () => {
    const run = await diagnose(
      [
        line(1, 'n1', '->', `policy-verdict:none EGRESS DENIED ${SYN}`),
        line(1, 'n1', '<>', `Policy denied DROPPED ${SYN}`),
        line(2, 'n1', '<>', `Policy denied DROPPED ${SYN}`, 4001),
      ].join('\n'),
    );
    expect(said(run)).toEqual(['fail policy-denied: A policy denies a/b-1 → a/c-2 port 80 (tcp)']);
    const [finding] = run.findings;
    expect(finding).toMatchObject({
      severity: 'error',
      count: 2,
      subject: { src: 'a/b-1', dst: 'a/c-2', dstPort: 80, node: 'n1' },
    });
    expect(finding.message).toContain('a/b-1 (ID 700) to a/c-2 (ID 701)');
    expect(finding.message).toContain('egress');
    expect(finding.cause).toContain('no fault of the network');
    expect(finding.quotes?.map(({ line: at, says, node }) => [at, says, node])).toContainEqual([
      2,
      'Hubble: dropped at n1, Policy denied',
      'n1',
    ]);
    expect(exitCodeOf(run)).toBe(1);
    // Pictures are drawn from the run, frames are read again: neither is part of the JSON.
    const { pictures: _, details: __, ...written } = run;
    expect(report.parse(JSON.parse(json(run)))).toEqual(written);
    expect(page(run)).toMatch(/Hubble: dropped at n1, Policy denied \(.*text\.txt:2\)\n {4}\| Nov 29/);
  });

  it('is a warning where later packets were let through, and a remark in audit mode', async () => {
    const later = await diagnose(
      [
        line(1, 'n1', '<>', `Policy denied DROPPED ${SYN}`),
        line(5, 'n1', '->', `to-endpoint FORWARDED ${SYN}`, 4001),
        line(5, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: SYN, ACK)', 4001),
      ].join('\n'),
    );
    expect(later.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['policy-denied', 'warning']]);
    const audit = await diagnose(
      [
        line(1, 'n1', '->', `policy-verdict:none INGRESS AUDITED ${SYN}`),
        line(1, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: SYN, ACK)'),
      ].join('\n'),
    );
    expect(audit.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['policy-denied', 'info']]);
    expect(exitCodeOf(audit)).toBe(0);
  });
});

describe('witness-drop', () => {
  it('says the reason, what it means and where', async () => {
    const run = await diagnose([1, 2, 3].map((at) => line(at, 'n1', '<>', `Stale or unroutable IP DROPPED ${SYN}`)).join('\n'));
    expect(said(run)).toEqual(['fail witness-drop: Dropped at n1: a/b-1 → a/c-2 port 80 (tcp), Stale or unroutable IP']);
    expect(run.findings[0]).toMatchObject({
      count: 3,
      subject: { node: 'n1' },
      first: expect.stringMatching(/-11-29T14:09:01\.0/),
      last: expect.stringMatching(/-11-29T14:09:03\.0/),
    });
    expect(run.findings[0].cause).not.toBe('');
    expect(exitCodeOf(run)).toBe(1);
  });

  it('many pairs with one reason are one finding', async () => {
    const run = await diagnose(
      Array.from(
        { length: 20 },
        (_, i) => `Nov 29 14:09:01.000 [n1]: a/p-${i}:1000 (ID:700) <> 10.9.0.${i}:80 (world) FIB lookup failed DROPPED ${SYN}`,
      ).join('\n'),
    );
    expect(run.findings).toHaveLength(1);
    expect(run.findings[0]).toMatchObject({ rule: 'witness-drop', count: 20 });
    expect(run.findings[0].title).toContain('between 20 pairs of hosts');
  });

  it('leaves consumed buffers alone', async () => {
    const run = await diagnose(
      [
        '0xffff0001 1 x:1 4026531840 0 eth0:3 0x0800 1500 60 10.0.0.1:4000->10.0.0.2:80(tcp) tcp_v4_rcv',
        '0xffff0001 1 x:1 4026531840 0 eth0:3 0x0800 1500 60 10.0.0.1:4000->10.0.0.2:80(tcp) kfree_skb_reason(SKB_CONSUMED)',
      ].join('\n'),
    );
    expect(run.findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  });
});

describe('kernel-message', () => {
  it('names what the kernel names', async () => {
    const run = await diagnose(
      '[1.0001] IPv4: martian source 10.7.8.2 from 10.7.3.18, on dev eth1\n[1.0002] nf_conntrack: table full, dropping packet',
    );
    expect(said(run).sort()).toEqual([
      'fail kernel-message: Packets from 10.7.3.18 to 10.7.8.2 are refused as martian on eth1',
      'fail kernel-message: The connection table is full: new connections are dropped',
    ]);
    expect(run.findings[0].subject).toBeDefined();
  });

  it('explains by a full connection table why new connections end at the node', async () => {
    const asks = (src: number, at: number) =>
      sll2({ if: 2, at }, ipv4({ src: '10.1.0.5', dst: '10.2.0.5' }, tcp({ src, dst: 80, flags: 'S', seq: 1 })));
    const answers = (at: number) =>
      sll2({ if: 3, at }, ipv4({ src: '10.2.0.5', dst: '10.1.0.5', id: 9 }, tcp({ src: 80, dst: 1, flags: 'SA', ack: 2 })));
    const [asked, answered] = [asks(1, 0), answers(0.001)];
    const works = [asked, forward(asked, { if: 3, at: 0.0001 }), answered, forward(answered, { if: 2, at: 0.0011 })];
    const frames = [...works, asks(2, 1), asks(2, 2), asks(2, 4), asks(3, 20)];
    const run = await diagnose(frames, '[1.0002] nf_conntrack: table full, dropping packet');
    expect(run.findings.filter((f) => f.foldedUnder === null).map(({ rule, verdict }) => `${verdict} ${rule}`)[0]).toBe(
      'fail kernel-message',
    );
    expect(run.findings.find(({ rule }) => rule === 'forward-missing')?.foldedUnder).toBe(run.findings[0].id);
  });

  it('takes martians of machines that look for an address for a remark', async () => {
    const run = await diagnose('[1.0001] IPv4: martian source 255.255.255.255 from 10.7.3.18, on dev eth1');
    expect(run.findings.map(({ severity }) => severity)).toEqual(['info']);
    expect(exitCodeOf(run)).toBe(0);
  });

  it('many pairs on one interface are one finding', async () => {
    const run = await diagnose(
      Array.from({ length: 30 }, (_, i) => `[1.000${i}00] IPv4: martian source 10.7.8.${i} from 10.7.3.18, on dev eth1`).join(
        '\n',
      ),
    );
    expect(said(run)).toEqual([
      'fail kernel-message: Packets from 10.7.3.18 to 10.7.8.0 are refused as martian on eth1, and the like of 29 other pairs of addresses',
    ]);
    expect(run.findings[0].count).toBe(30);
  });

  it('keeps a martian that is a fault apart from many that are remarks', async () => {
    const looking = Array.from(
      { length: 8 },
      (_, i) => `[1.000${i}] IPv4: martian source 255.255.255.255 from 10.7.3.${i}, on dev eth1`,
    );
    const run = await diagnose([...looking, '[1.0009] IPv4: martian source 10.7.8.2 from 10.7.3.18, on dev eth1'].join('\n'));
    expect(run.findings.map(({ severity, title }) => `${severity} ${title}`)).toEqual([
      'error Packets from 10.7.3.18 to 10.7.8.2 are refused as martian on eth1',
      'info Packets from 10.7.3.0 to 255.255.255.255 are refused as martian on eth1, and the like of 7 other pairs of addresses',
    ]);
    expect(exitCodeOf(run)).toBe(1);
  });

  it('explains lost answers by martians of answers, and not by those of questions that arrived', async () => {
    const [client, server] = ['10.7.3.18', '10.7.8.2'];
    const frames = [0, 1, 3].flatMap((at) => [
      sll2({ if: 2, at }, ipv4({ src: client, dst: server, id: at + 1 }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 1 }))),
      sll2(
        { if: 3, at: at + 0.001 },
        ipv4({ src: server, dst: client, id: at + 1 }, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 9, ack: 2 })),
      ),
    ]);
    const lost = 'fail tcp-no-answer: Answers from 10.7.8.2 port 80 do not reach the client';
    const later = sll2({ if: 2, at: 9 }, ipv4({ src: client, dst: '10.7.9.9' }, udp({ src: 5000, dst: 514 })));
    const of = async (dst: string, src: string): Promise<string[]> =>
      said(await diagnose([...frames, later], `[1.0001] IPv4: martian source ${dst} from ${src}, on dev eth1`));
    expect(await of(client, server)).toContain(`> ${lost}`);
    expect(await of(server, client)).toContain(lost);
    // A question that is lost is explained by a martian of questions.
    const unanswered = [...frames.filter((_, i) => i % 2 === 0), later];
    expect(said(await diagnose(unanswered, `[1.0001] IPv4: martian source ${server} from ${client}, on dev eth1`))).toContain(
      '> fail tcp-no-answer: No answer from 10.7.8.2 port 80',
    );
  });

  it.each(['8080', '0.0.0.0:8080', '[::]:8080'])('names the port %s that is flooded', async (port) => {
    const run = await diagnose(`[  850.000000] TCP: request_sock_TCP: Possible SYN flooding on port ${port}. Sending cookies.`);
    expect(said(run)).toEqual(['fail kernel-message: More connections come in to port 8080 than the program accepts']);
  });

  it.each([1, 9])('leaves the rest of a log alone, and says that it tells nothing: %i lines', async (length) => {
    const run = await diagnose(Array.from({ length }, (_, i) => `[    ${i}.123456] usb 1-1: new device`).join('\n'));
    expect(run.findings.map(({ rule, verdict }) => `${verdict} ${rule}`)).toEqual(['inconclusive witness-incomplete']);
    expect(exitCodeOf(run)).toBe(3);
  });
});

describe('witness-lost', () => {
  const asked = (node: string, point: string, from = 0): string[] =>
    [0, 1, 3].map((at) => line(at + from, node, '->', `${point} FORWARDED ${SYN}`));
  const lost = async (...lines: string[]): Promise<string[]> => said(await diagnose(lines.join('\n')));
  const who = 'a/b-1 → a/c-2 port 80 (tcp)';

  it('tells each row of the table: what was heard last says where it is lost', async () => {
    expect(await lost(...asked('n1', 'from-endpoint'))).toEqual([
      `fail witness-lost: Lost in BPF at n1, right behind the endpoint: ${who}`,
    ]);
    expect(await lost(...asked('n1', 'to-overlay'), ...asked('n2', 'to-endpoint'))).toEqual([
      `fail witness-lost: Delivered at n2 and not answered: ${who}`,
    ]);
    expect(await lost(...asked('n1', 'from-endpoint'), ...asked('n1', 'to-stack'))).toEqual([
      `fail witness-lost: Lost in the network stack at n1: ${who}`,
    ]);
    const other = `Nov 29 14:09:00.000 [n2]: a/x:1 (ID:9) -> a/y:2 (ID:8) from-overlay FORWARDED (UDP)`;
    expect(await lost(...asked('n1', 'to-overlay'), other)).toContain(`fail witness-lost: Lost in the tunnel from n1: ${who}`);
    // Of nodes that were not listened to nothing is known.
    expect(await lost(...asked('n1', 'to-overlay'))).toEqual([`fail witness-lost: Lost after to-overlay at n1: ${who}`]);
    const answer = (point: string): string => line(1, 'n2', '<-', `${point} FORWARDED (TCP Flags: SYN, ACK)`);
    expect(await lost(...asked('n1', 'to-overlay'), answer('to-network'))).toEqual([
      `fail witness-lost: One node uses the tunnel, and the other does not: ${who}`,
    ]);
    expect(await lost(...asked('n1', 'to-overlay'), answer('to-overlay'))).toEqual([
      `fail witness-lost: The answer is lost after to-overlay at n2: ${who}`,
    ]);
  });

  it('one question proves nothing, and events that were lost take the proof away', async () => {
    const once = await diagnose(line(1, 'n1', '->', `to-overlay FORWARDED ${SYN}`));
    expect(once.findings.map(({ rule, verdict }) => `${verdict} ${rule}`)).toEqual(['inconclusive witness-lost']);
    expect(exitCodeOf(once)).toBe(3);
    const missed = await diagnose([...asked('n1', 'to-stack'), 'EVENTS LOST: HUBBLE_RING_BUFFER CPU(0) 4'].join('\n'));
    expect(missed.findings.map(({ rule, verdict }) => `${verdict} ${rule}`).sort()).toEqual([
      'inconclusive witness-incomplete',
      'inconclusive witness-lost',
    ]);
  });

  it('an entry of conntrack proves it when it ends, not while it is there', async () => {
    const entry =
      'tcp      6 SYN_SENT src=10.0.0.1 dst=10.0.0.2 sport=4000 dport=80 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=80 dport=4000';
    const verdicts = async (text: string): Promise<string[]> =>
      (await diagnose(text)).findings.map(({ verdict, rule }) => `${verdict} ${rule}`);
    const listed = entry.replace('6 SYN', '6 117 SYN');
    expect(await verdicts([listed, listed, listed, listed].join('\n'))).toEqual(['inconclusive witness-lost']);
    expect(await verdicts(`[DESTROY] ${entry.replace('SYN_SENT ', '')}`)).toEqual(['fail witness-lost']);
  });

  it('a connection that is reset is refused', async () => {
    const run = await diagnose(
      [
        line(1, 'n1', '->', `to-endpoint FORWARDED ${SYN}`),
        line(1, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: ACK, RST)'),
      ].join('\n'),
    );
    expect(said(run)).toEqual(['fail witness-lost: a/c-2 refuses connections to port 80']);
  });

  it('is silent about answers, proxies, and questions at the end of a text', async () => {
    const healthy = [
      line(1, 'n1', '->', `to-overlay FORWARDED ${SYN}`),
      line(1, 'n2', '->', `to-endpoint FORWARDED ${SYN}`),
      line(1, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: SYN, ACK)'),
      line(1, 'n1', '->', 'to-overlay FORWARDED (TCP Flags: ACK)'),
      line(2, 'n1', '->', `to-proxy REDIRECTED ${SYN}`, 4001),
      line(3, 'n1', '->', 'to-overlay FORWARDED (TCP Flags: ACK, PSH)', 4002),
      line(5, 'n1', '->', `to-overlay FORWARDED ${SYN}`, 4003),
      'Nov 29 14:09:01.000 [n1]: a/b-1:9 (ID:700) -> 10.9.0.9:514 (world) to-stack FORWARDED (UDP)',
      'Nov 29 14:09:01.000 [n1]: a/b-1 (ID:700) -> 10.9.0.9 (world) to-stack FORWARDED (ICMPv4 EchoRequest)',
      'Nov 29 14:09:01.000 [n1]: a/b-1 (ID:700) <- 10.9.0.9 (world) to-endpoint FORWARDED (ICMPv4 EchoReply)',
    ];
    const run = await diagnose(healthy.join('\n'));
    expect(said(run)).toEqual([]);
    expect(exitCodeOf(run)).toBe(0);
    expect(page(run)).toContain('✓ nothing wrong found: 1 text of other tools (10 lines)');
  });
});

describe('command-failed', () => {
  const ping = (received: number, sent: number): string =>
    `PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.\n--- 10.9.0.2 ping statistics ---\n${sent} packets transmitted, ${received} received, ${100 - (100 * received) / sent}% packet loss, time 1ms\n`;
  const verdicts = async (text: string): Promise<string[]> =>
    (await diagnose(text)).findings.map((f) => `${f.verdict} ${f.severity} ${f.title}`);

  it('says what failed, as far as the text proves it', async () => {
    expect(await verdicts(ping(0, 4))).toEqual(['fail error No answer to pings of 10.9.0.2']);
    expect(await verdicts(ping(0, 2))).toEqual(['inconclusive error No answer to pings of 10.9.0.2']);
    expect(await verdicts(ping(6, 10))).toEqual(['fail warning 4 of 10 pings of 10.9.0.2 are lost']);
    expect(await verdicts('curl: (7) Failed to connect to web port 80 after 3 ms: No route to host')).toEqual([
      'fail error curl → web port 80: No route to host',
    ]);
    expect(await verdicts('curl: (28) Failed to connect to web port 80 after 1001 ms: Timeout was reached')).toEqual([
      'inconclusive error No answer from web port 80 within 1001 ms',
    ]);
    expect(await verdicts('curl: (28) Failed to connect to web port 80 after 130001 ms: Timeout was reached')).toEqual([
      'fail error No answer from web port 80 within 130001 ms',
    ]);
  });

  it('leaves alone what went well', async () => {
    expect(await verdicts(ping(4, 4))).toEqual([]);
    // The last one was under way when ping was stopped.
    expect(await verdicts(ping(3, 4))).toEqual([]);
    expect(await verdicts('ARPING 10.9.0.8 from 0.0.0.0 eth0\nSent 3 probes (3 broadcast(s))\nReceived 0 response(s)')).toEqual(
      [],
    );
  });
});

describe('witness-incomplete', () => {
  it('a text that was not read to its end is no pass', async () => {
    const run = await diagnoseUntil(AbortSignal.abort(), line(1, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: SYN, ACK)'));
    expect(said(run)).toEqual([expect.stringMatching(/^inconclusive witness-incomplete: The reading of .* was interrupted$/)]);
    expect(exitCodeOf(run)).toBe(3);
  });

  it('nodes that were not heard make no pass', async () => {
    const run = await diagnose(
      ['1 nodes are unavailable: n2', line(1, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: SYN, ACK)')].join('\n'),
    );
    expect(said(run)).toEqual(['inconclusive witness-incomplete: Hubble did not hear every node']);
    expect(exitCodeOf(run)).toBe(3);
  });

  it('leaves a whole text alone', async () => {
    expect(said(await diagnose(line(1, 'n1', '<-', 'to-endpoint FORWARDED (TCP Flags: SYN, ACK)')))).toEqual([]);
  });
});

describe.skipIf(!haveSamples)('sample texts alone', () => {
  it.each([
    // Its one entry is of statsd, which answers nothing.
    ['p15-conntrack-L.txt', 0],
    ['p17-hubble-compact.txt', 1],
    ['p18-hubble-dict.txt', 0],
    ['p19-hubble-jsonpb.txt', 3],
    ['p20-cilium-monitor.txt', 1],
    ['p21-cilium-monitor-v.txt', 3],
    ['p22-pwru.txt', 1],
    ['p23-conntrack.txt', 3],
    ['p24-dmesg.txt', 1],
  ])('%s ends with %i', async (name, code) => {
    expect(exitCodeOf(await diagnose(samplePath(name)))).toBe(code);
  });
});

describe('questions that want no answer, and lists of hops', () => {
  const verdicts = async (text: string): Promise<string[]> =>
    (await diagnose(text)).findings.map(({ rule, verdict, title }) => `${verdict} ${rule}: ${title}`);
  const entry = (dst: string, port: number): string =>
    `udp 17 29 src=10.8.0.200 dst=${dst} sport=40000 dport=${port} [UNREPLIED] src=${dst} dst=10.8.0.200 sport=${port} dport=40000 mark=0 use=1`;

  it.each([
    ['a broadcast', entry('10.8.3.255', 137)],
    ['a group', entry('224.0.0.251', 9999)],
    ['a protocol that only sends', entry('10.8.0.9', 2055)],
  ])('%s that conntrack saw unreplied is no question', async (_, text) => {
    expect(await verdicts(text)).toEqual([]);
  });

  it('of others it is open, with the way to follow them that fits the tool', async () => {
    const run = await diagnose(entry('10.8.0.9', 9999));
    expect(run.findings.map(({ verdict }) => verdict)).toEqual(['inconclusive']);
    expect(run.findings[0].hint).toContain('conntrack -E');
    expect(run.findings[0].hint).not.toContain('hubble');
  });

  const mtr = (...loss: readonly (readonly [string, number])[]): string =>
    [
      'Start: 2026-11-29T22:06:41+0000',
      'HOST: lab                         Loss%   Snt   Last   Avg  Best  Wrst StDev',
      ...loss.map(([host, lost], i) => `  ${i + 1}.|-- ${host}       ${lost}.0%    10    0.4   0.4   0.3   0.6   0.1`),
    ].join('\n');

  it.each(['', '$ mtr -rn -c 10 10.9.9.9\n', '$ mtr -rnc 10 --interval 2 10.9.9.9\n', '$ mtr 10.9.9.9 -rn -c 10\n'])(
    'mtr that ends with a hop that answers has reached it: %j',
    async (command) => {
      expect(await verdicts(`${command}${mtr(['10.1.1.1', 0], ['10.1.2.1', 80], ['10.9.9.9', 0])}`)).toEqual([]);
      expect(await verdicts(`${command}${mtr(['10.1.1.1', 0], ['???', 100])}`)).toEqual([
        `inconclusive command-failed: The way to ${command === '' ? 'its target' : '10.9.9.9'} is not shown to its end`,
      ]);
    },
  );

  const trace = (...hops: readonly string[]): string =>
    [
      'traceroute to 10.9.9.9 (10.9.9.9), 30 hops max, 60 byte packets',
      ...hops.map((hop, i) => ` ${i + 1}  ${hop === '*' ? '* * *' : `${hop}  0.5 ms  0.4 ms  0.4 ms`}`),
    ].join('\n');
  const [A, B, C] = ['10.1.1.1', '10.1.2.1', '10.1.3.1'];

  it.each([
    ['two routers', trace(C, A, B, A, B)],
    ['three, and then silence', trace(A, B, C, A, B, C, '*', '*')],
  ])('hops that come up again are a loop: %s', async (_, text) => {
    expect(await verdicts(text)).toEqual(['fail command-failed: The way to 10.9.9.9 goes round in circles']);
  });

  it.each([
    ['one that answers twice', trace(A, B, B, B, B)],
    ['one round and a half', trace(A, B, A)],
  ])('is no loop: %s', async (_, text) => {
    expect(await verdicts(text)).toEqual(['inconclusive command-failed: The way to 10.9.9.9 is not shown to its end']);
  });
});

describe('a text that is compressed', () => {
  it('is told from a capture, and read', async () => {
    const text = Array.from({ length: 3000 }, (_, i) => line(i % 60, 'n1', '<>', `Policy denied DROPPED ${SYN}`, 4000 + i)).join(
      '\n',
    );
    const run = await diagnose(file(gzipSync(text), 'hubble.txt.gz'));
    expect(said(run)).toEqual(['fail policy-denied: A policy denies a/b-1 → a/c-2 port 80 (tcp)']);
    expect(run.witnesses?.[0]).toMatchObject({ lines: 3000, used: 3000, kinds: ['hubble'] });
  });

  it('of which the end is missing is said to be so', async () => {
    const whole = gzipSync(
      Array.from({ length: 500 }, (_, i) => line(1, 'n1', '<>', `Policy denied DROPPED ${SYN}`, i)).join('\n'),
    );
    await expect(diagnose(file(whole.subarray(0, whole.length >> 1), 'hubble.txt.gz'))).rejects.toThrow(/breaks off/);
  });
});

describe('witness-contradiction', () => {
  const [CLIENT, SERVER] = ['10.1.1.10', '10.1.2.20'];
  const ping = (seq: number, reply: boolean) =>
    sll2(
      { if: reply ? 3 : 2, at: seq + (reply ? 0.001 : 0) },
      ipv4({ src: reply ? SERVER : CLIENT, dst: reply ? CLIENT : SERVER }, echo({ seq, reply })),
    );
  const pings = [1, 2, 3, 4].flatMap((seq) => [ping(seq, false), ping(seq, true)]);
  const none = (sent: number): string =>
    `PING ${SERVER} (${SERVER}) 56(84) bytes of data.\n--- ${SERVER} ping statistics ---\n${sent} packets transmitted, 0 received, 100% packet loss, time 1ms\n`;
  const connection = (syns: number): TestFrame[] => [
    ...Array.from({ length: syns }, (_, i) =>
      sll2({ if: 2, at: i }, ipv4({ src: CLIENT, dst: SERVER, id: i + 1 }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 1 }))),
    ),
    sll2({ if: 3, at: syns }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 9, ack: 2 }))),
    sll2({ if: 2, at: syns + 0.1 }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 4000, dst: 80, flags: 'A', seq: 2, ack: 10 }))),
  ];
  const drop = `xx drop (FIB lookup failed) flow 0x1 to endpoint 0, ifindex 4, file bpf_lxc.c:1, , identity 7->8: ${CLIENT}:4000 -> ${SERVER}:80 tcp SYN`;
  const rules = async (...inputs: Parameters<typeof diagnose>): Promise<string[]> =>
    (await diagnose(...inputs)).findings.map(({ rule, verdict }) => `${verdict} ${rule}`);

  it('is undecided about a drop of what was sent once and answered', async () => {
    expect(await rules(connection(1), drop)).toEqual(['inconclusive witness-contradiction']);
  });

  it('believes the drop where the packet was sent again', async () => {
    expect(await rules(connection(2), drop)).toContain('fail witness-drop');
    expect(await rules(connection(2), drop)).not.toContain('inconclusive witness-contradiction');
  });

  it('is undecided about answers that are captured and that ping did not get', async () => {
    const run = await diagnose(pings, none(4));
    expect(said(run)).toEqual([
      'inconclusive witness-contradiction: Pings of 10.1.2.20 got no answer, and the captures hold their answers',
    ]);
    expect(run.findings[0].evidence).toHaveLength(2);
  });

  it('leaves another ping of the same host to what judges commands', async () => {
    expect(await rules(pings, none(7))).toEqual(['inconclusive command-failed']);
  });

  it.each([
    ['$ curl -m 5 http://10.1.2.20/\ncurl: (28) Connection timed out after 5001 milliseconds', 'timed out'],
    ['$ curl http://10.1.2.20/\ncurl: (56) Recv failure: Connection reset by peer', 'reset by peer'],
    [
      'traceroute to 10.1.2.20 (10.1.2.20), 30 hops max, 60 byte packets\n 1  10.1.1.1  0.5 ms\n 2  10.1.9.1  3 ms !H 3 ms !H',
      'host unreachable',
    ],
  ])('a command that failed is undecided where the captures show answers: %j', async (text, reason) => {
    const run = await diagnose(connection(1), text);
    expect(run.findings.map(({ rule, verdict }) => [rule, verdict])).toEqual([['command-failed', 'inconclusive']]);
    expect(run.findings[0].quotes?.some(({ says }) => says.includes(reason))).toBe(true);
    expect(run.findings[0].evidence).toHaveLength(2);
    expect(exitCodeOf(run)).toBe(3);
  });

  it('a command that asked another port is judged by its own words', async () => {
    const text = '$ curl -m 5 http://10.1.2.20:81/\ncurl: (28) Connection timed out after 5001 milliseconds';
    expect(await rules(connection(1), text)).toEqual(['fail command-failed']);
  });

  it('a list of hops that is not shown to its end is no failure where the captures show answers', async () => {
    const text = 'traceroute to 10.1.2.20 (10.1.2.20), 30 hops max, 60 byte packets\n 1  10.1.1.1  0.5 ms\n 2  * * *';
    expect(await rules(connection(1), text)).toEqual([]);
  });
});

describe('faults that a text alone shows', () => {
  const web = (at: number, arrow: string, rest: string): string =>
    `Nov 29 14:09:${at}.000: a/box:4000 (ID:700) ${arrow} a/web:80 (ID:701) ${rest}`;
  const tuple = 'src=10.7.1.4 dst=10.7.9.9 sport=4000 dport=80';
  const answer = 'src=10.7.9.9 dst=10.7.1.4 sport=80 dport=4000';
  const pings = (lines: string[], statistics: string): string =>
    ['PING 10.7.0.5 (10.7.0.5) 56(84) bytes of data.', ...lines, '', '--- 10.7.0.5 ping statistics ---', statistics].join('\n');
  const reply = (n: number, rest = ''): string => `64 bytes from 10.7.0.5: icmp_seq=${n} ttl=64 time=0.5 ms${rest}`;
  const mtr = (loss: string): string =>
    [
      'root@w1:~# mtr -rn 10.7.9.5',
      'Start: 2026-11-29T14:09:53+0000',
      'HOST: w1                          Loss%   Snt   Last   Avg  Best  Wrst StDev',
      '  1.|-- 10.7.0.1                  60.0%    10    0.3   0.3   0.2   0.5   0.1',
      `  2.|-- 10.7.9.5                  ${loss}%    10    0.3   0.3   0.2   0.5   0.1`,
    ].join('\n');

  it.each([
    [
      'a server error of HTTP',
      [
        web(10, '->', 'http-request FORWARDED (HTTP/1.1 GET http://web/)'),
        web(11, '<-', 'http-response FORWARDED (HTTP/1.1 503 9ms (GET http://web/))'),
      ].join('\n'),
      ['fail kernel-message: a/web answers with a server error of HTTP'],
    ],
    [
      'the same in JSON',
      JSON.stringify({
        flow: {
          time: '2026-11-29T14:09:53.307Z',
          verdict: 'FORWARDED',
          IP: { source: '10.7.2.6', destination: '10.7.1.5' },
          l4: { TCP: { source_port: 80, destination_port: 4000 } },
          Type: 'L7',
          l7: { type: 'RESPONSE', http: { code: 502 } },
          is_reply: true,
        },
      }),
      ['fail kernel-message: 10.7.2.6 answers with a server error of HTTP'],
    ],
    [
      'a name server that fails',
      'Nov 29 14:09:53.000: a/box:4000 (ID:700) <- kube-system/dns:53 (ID:701) dns-response proxy FORWARDED (DNS Answer RCode: Server Failure TTL: 4294967295 (Proxy x.a.svc. A))',
      ['fail kernel-message: The name server kube-system/dns answers with an error'],
    ],
    [
      'a SYN-ACK that is never acknowledged',
      [
        `    [NEW] tcp      6 120 SYN_SENT ${tuple} [UNREPLIED] ${answer}`,
        ` [UPDATE] tcp      6 60 SYN_RECV ${tuple} ${answer}`,
        `[DESTROY] tcp      6 ${tuple} ${answer}`,
      ].join('\n'),
      ['fail witness-lost: Connections do not open: 10.7.1.4 → 10.7.9.9 port 80 (tcp)'],
    ],
    [
      'pings that are answered twice',
      pings(
        [reply(1), reply(1, ' (DUP!)'), reply(2)],
        '2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time 1001ms',
      ),
      ['fail kernel-message: Pings of 10.7.0.5 are answered more than once'],
    ],
    [
      'a redirect',
      pings(
        ['From 10.7.0.1 icmp_seq=1 Redirect Host(New nexthop: 10.7.0.254)', reply(1), reply(2)],
        '2 packets transmitted, 2 received, 0% packet loss, time 1001ms',
      ),
      ['fail kernel-message: A router sends the packets to 10.7.0.5 back out where they came from'],
    ],
    ['loss at the last hop of mtr', mtr('40.0'), ['fail command-failed: 4 of 10 probes by mtr of 10.7.9.5 from w1 are lost']],
  ])('%s', async (_, paste, expected) => {
    const run = await diagnose(paste);
    expect(said(run)).toEqual(expected);
    expect(exitCodeOf(run)).toBe(1);
  });

  it.each([
    [
      'answers of HTTP that are no server errors',
      web(10, '<-', 'http-response FORWARDED (HTTP/1.1 404 9ms (GET http://web/503))'),
    ],
    [
      'a name that does not exist',
      'Nov 29 14:09:53.000: a/box:4000 (ID:700) <- kube-system/dns:53 (ID:701) dns-response proxy FORWARDED (DNS Answer RCode: Non-Existent Domain (Proxy x. A))',
    ],
    [
      'a connection that opens and ends',
      [
        `    [NEW] tcp      6 120 SYN_SENT ${tuple} [UNREPLIED] ${answer}`,
        ` [UPDATE] tcp      6 60 SYN_RECV ${tuple} ${answer}`,
        ` [UPDATE] tcp      6 432000 ESTABLISHED ${tuple} ${answer} [ASSURED]`,
        `[DESTROY] tcp      6 ${tuple} ${answer} [ASSURED]`,
      ].join('\n'),
    ],
    [
      'several answers to a broadcast',
      pings(
        [reply(1), reply(1, ' (DUP!)'), reply(2)],
        '2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time 1001ms',
      )
        .replaceAll('10.7.0.5 ', '10.7.0.255 ')
        .replace('(10.7.0.5)', '(10.7.0.255)'),
    ],
    ['hops of mtr that answer seldom', mtr(' 0.0')],
  ])('is silent on %s', async (_, paste) => {
    expect(said(await diagnose(paste))).toEqual([]);
  });
});

describe('beside captures', () => {
  const [mac, other] = ['0a:00:00:00:00:02', '0a:00:00:00:00:03'];
  const asks = (at: number): TestFrame =>
    sll2({ if: 4, dir: 'out', at }, arp({ sender: '10.7.1.5', senderMac: mac, target: '10.7.1.9' }));
  const replies = (at: number): TestFrame =>
    sll2(
      { if: 4, dir: 'in', at, mac: other },
      arp({ op: 'reply', sender: '10.7.1.9', senderMac: other, target: '10.7.1.5', targetMac: mac }),
    );
  const arping =
    'ARPING 10.7.1.9 from 10.7.1.5 eth0\nTimeout\nTimeout\nTimeout\nSent 3 probes (3 broadcast(s))\nReceived 0 response(s)';

  it('arping folds under the silence that the captures show, and is undecided where they show replies', async () => {
    expect(said(await diagnose([0, 1, 2, 3].map(asks), arping))).toEqual([
      'fail arp-no-reply: Nobody answers ARP for 10.7.1.9',
      '> fail command-failed: Nobody answers ARP for 10.7.1.9',
    ]);
    expect(said(await diagnose([asks(0), replies(0.001)], arping))).toEqual([
      'inconclusive command-failed: Nobody answers ARP for 10.7.1.9, while the captures show ARP replies for it',
    ]);
  });

  it('what a text says of packets that are not captured stands after what the captures show', async () => {
    const martian = '[8213.114502] IPv4: martian source 10.8.0.66 from 10.8.2.1, on dev eth2';
    const rules = (await diagnose([0, 1, 2, 3].map(asks), martian)).findings.map(({ rule }) => rule);
    expect(rules).toEqual(['arp-no-reply', 'kernel-message']);
  });
});
