// Texts made to match captures of the labs, healthy and faulty: joined by addresses, ports and time, quoted, and held against the packets.
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.js';
import { conversationsOf, diagnose, haveLabs, hubbleLine, lab, type Seen, said } from './help.js';

const HOUR_MS = 3_600_000;
/** What Hubble tells of a conversation that goes well, between two nodes with a tunnel. */
const healthy = (c: Seen, aheadMs = 0): string[] => {
  const one = (node: string, what: string, reply = false): string =>
    hubbleLine(c, { node, what: `${what} FORWARDED`, reply, aheadMs });
  return [
    one('k8s-ctr', 'to-overlay'),
    one('k8s-w0', 'to-endpoint'),
    ...(c.isAnswered ? [one('k8s-w0', 'to-overlay', true), one('k8s-ctr', 'to-endpoint', true)] : []),
  ];
};

describe.skipIf(!haveLabs)('texts and captures of one run', { timeout: 60_000 }, () => {
  it.each([
    ['UTC', 0],
    ['nine hours ahead', 9 * HOUR_MS],
    ['three and a half hours behind', -3.5 * HOUR_MS],
    ['in Nepal', 5.75 * HOUR_MS],
    ['set wrong by 42 seconds', 42_000],
  ])('a healthy run stays healthy, and the clock is found: %s', async (_, aheadMs) => {
    const capture = lab('03a-vxlan-healthy.k8s-ctr-any.pcap');
    const all = (await conversationsOf(capture)).filter(({ proto, isAnswered }) => proto === 'tcp' && isAnswered);
    const run = await diagnose(capture, all.flatMap((c) => healthy(c, aheadMs)).join('\n'));
    expect(said(run)).toEqual([]);
    expect(exitCodeOf(run)).toBe(0);
    const [witness] = run.witnesses ?? [];
    expect(witness).toMatchObject({ flows: all.length, joined: all.length, unread: 0, kinds: ['hubble'] });
    expect(Math.abs((witness.clockAheadMs ?? Number.NaN) - aheadMs)).toBeLessThan(500);
  });

  it('a policy that drops is the cause of the silence, which is folded under it', async () => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const [filtered] = (await conversationsOf(capture)).filter(({ dport }) => dport === 8443);
    const drops = [0, 1010, 2030].map((at) =>
      hubbleLine(filtered, { at, node: 'k8s-w0', what: 'Policy denied DROPPED', aheadMs: 9 * HOUR_MS }),
    );
    const run = await diagnose(capture, drops.join('\n'));
    expect(said(run)).toEqual([
      'fail policy-denied: A policy denies 172.20.0.96 → 172.20.2.1 port 8443 (tcp)',
      '> fail tcp-no-answer: No answer from 172.20.2.1 port 8443',
    ]);
    const symptom = run.findings[1];
    expect(symptom.quotes?.[0]).toMatchObject({
      line: 1,
      says: 'Hubble: dropped at k8s-w0, Policy denied',
      node: 'k8s-w0',
      count: 3,
    });
    // By the clock of the captures.
    expect(symptom.quotes?.[0].time?.slice(0, 19)).toBe(symptom.first!.slice(0, 19));
  });

  it('the same from cilium monitor, which knows no times', async () => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const line =
      'xx drop (Policy denied) flow 0x5a4d7333 to endpoint 0, ifindex 4, file bpf_lxc.c:1345, , identity 4711->4712: 172.20.0.96:53878 -> 172.20.2.1:8443 tcp SYN';
    const run = await diagnose(capture, line);
    expect(said(run).map((one) => one.split(':')[0])).toEqual(['fail policy-denied', '> fail tcp-no-answer']);
    // Of another run: the port is another one, and nothing is joined.
    const other = await diagnose(capture, line.replace('53878', '53879'));
    expect(said(other).map((one) => one.split(':')[0])).toEqual(['fail tcp-no-answer', 'fail policy-denied']);
  });

  it('names stand for addresses: ports and the other end tell which', async () => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const [filtered] = (await conversationsOf(capture)).filter(({ dport }) => dport === 8443);
    const named = hubbleLine(filtered, { node: 'k8s-w0', what: 'Policy denied DROPPED' }).replace(
      '172.20.0.96:',
      'default/curl-pod:',
    );
    const run = await diagnose(capture, named);
    expect(run.witnesses?.[0].joined).toBe(1);
    expect(said(run).map((one) => one.split(':')[0])).toEqual(['fail policy-denied', '> fail tcp-no-answer']);
  });

  it('a tunnel that is filtered: the first finding stays, and quotes where Hubble heard of the packets last', async () => {
    const capture = lab('04g-vxlan-filtered-silently.router-any.pcap');
    const alone = await diagnose(capture);
    const silent = (await conversationsOf(capture)).filter(({ isAnswered }) => !isAnswered);
    const lines = silent.flatMap((c) =>
      [0, 1010, 2030].map((at) => hubbleLine(c, { at, node: 'k8s-ctr', what: 'to-overlay FORWARDED' })),
    );
    const run = await diagnose(capture, lines.join('\n'));
    expect(said(run)[0]).toBe(said(alone)[0]);
    expect(run.findings[0].quotes?.[0].says).toBe('Hubble: to-overlay at k8s-ctr');
    expect(run.findings.map(({ rule }) => rule)).toEqual(alone.findings.map(({ rule }) => rule));
  });

  it('a missing route: what Hubble forwarded is quoted, and blamed for nothing', async () => {
    const capture = lab('01a-native-missing-route.router-any.pcap');
    const alone = await diagnose(capture);
    const silent = (await conversationsOf(capture)).filter(({ isAnswered }) => !isAnswered);
    const run = await diagnose(
      capture,
      silent.map((c) => hubbleLine(c, { node: 'k8s-ctr', what: 'to-network FORWARDED' })).join('\n'),
    );
    expect(said(run)).toEqual(said(alone));
    expect(run.findings[0].quotes?.[0].says).toBe('Hubble: to-network at k8s-ctr');
  });

  it('the kernel names the reverse-path filter that the capture can only guess', async () => {
    const capture = lab('11c-router-rp-filter.router-any.pcap');
    const run = await diagnose(capture, '[8213.114502] IPv4: martian source 172.20.0.66 from 172.20.2.1, on dev eth2');
    expect(said(run)[0]).toBe('fail kernel-message: Packets from 172.20.2.1 to 172.20.0.66 are refused as martian on eth2');
    expect(run.findings.slice(1).every(({ foldedUnder }) => foldedUnder === run.findings[0].id)).toBe(true);
    expect(run.findings.map(({ rule }) => rule)).toContain('forward-missing');
  });

  it('a curl that failed is quoted by the finding of the packets, and is none of its own', async () => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const run = await diagnose(
      capture,
      'curl: (28) Failed to connect to 172.20.2.1 port 8443 after 130001 ms: Timeout was reached',
    );
    expect(said(run)).toEqual(['fail tcp-no-answer: No answer from 172.20.2.1 port 8443']);
    expect(run.findings[0].quotes?.[0]).toMatchObject({ witness: 'curl', says: 'curl: not answered, timed out' });
  });

  it.each([
    ['to-endpoint', 'k8s-w0', 'Delivered at k8s-w0 and not answered'],
    ['from-endpoint', 'k8s-ctr', 'Lost in BPF at k8s-ctr, right behind the endpoint'],
    ['to-stack', 'k8s-w0', 'Lost in the network stack at k8s-w0'],
  ])('silence in the captures is folded under the place where it is lost: %s', async (point, node, title) => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const [filtered] = (await conversationsOf(capture)).filter(({ dport }) => dport === 8443);
    const lines = [0, 1010, 2030].map((at) => hubbleLine(filtered, { at, node, what: `${point} FORWARDED` }));
    const run = await diagnose(capture, lines.join('\n'));
    expect(said(run)).toEqual([
      `fail witness-lost: ${title}: 172.20.0.96 → 172.20.2.1 port 8443 (tcp)`,
      '> fail tcp-no-answer: No answer from 172.20.2.1 port 8443',
    ]);
    // Where it was heard of last tells nothing, the captures' finding stands for itself.
    const vague = await diagnose(capture, lines.join('\n').replaceAll(point, 'to-network'));
    expect(said(vague)).toEqual(['fail tcp-no-answer: No answer from 172.20.2.1 port 8443']);
  });

  const RETRIES = [0, 1010, 2030];

  it('to-network, and out of the wrong interface: the route is the finding, and quotes it', async () => {
    const capture = lab('04b-vxlan-wrong-egress.router-any.pcap');
    const silent = (await conversationsOf(capture)).filter(({ isAnswered }) => !isAnswered);
    const lines = silent.flatMap((c) =>
      RETRIES.map((at) => hubbleLine(c, { at, node: 'k8s-ctr', what: 'to-network FORWARDED' })),
    );
    const run = await diagnose(capture, lines.join('\n'));
    expect(said(run)).toEqual(said(await diagnose(capture)));
    expect(run.findings[0].rule).toBe('egress-wrong-interface');
    expect(run.findings[0].quotes?.[0].says).toBe('Hubble: to-network at k8s-ctr');
  });

  it('the question to-overlay, the answer to-network: the tunnel that one node leaves out, with both lines; without packets the nodes differ', async () => {
    const capture = lab('04e-vxlan-reply-native.router-any.pcap');
    const pods = (await conversationsOf(capture)).filter(({ src, proto }) => src.startsWith('172.20.') && proto === 'tcp');
    const lines = pods
      .flatMap((c) =>
        RETRIES.flatMap((at) => [
          hubbleLine(c, { at, node: 'k8s-ctr', what: 'to-overlay FORWARDED' }),
          hubbleLine(c, { at: at + 1, node: 'k8s-w0', what: 'to-network FORWARDED', reply: true }),
        ]),
      )
      .join('\n');
    const run = await diagnose(capture, lines);
    expect(said(run)).toEqual(said(await diagnose(capture)));
    expect(run.findings[0].rule).toBe('tunnel-missing');
    expect(run.findings[0].quotes?.map(({ says }) => says).sort()).toEqual([
      'Hubble: to-network at k8s-w0',
      'Hubble: to-overlay at k8s-ctr',
    ]);
    expect(said(await diagnose(lines))).toEqual([
      'fail witness-lost: One node uses the tunnel, and the other does not: 172.20.0.96 → 172.20.2.1 port 80 (tcp)',
    ]);
  });

  it('events that were lost leave the silence to the captures, and what the witness did not say is undecided', async () => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const [filtered] = (await conversationsOf(capture)).filter(({ dport }) => dport === 8443);
    const lines = RETRIES.map((at) => hubbleLine(filtered, { at, node: 'k8s-w0', what: 'to-endpoint FORWARDED' }));
    const run = await diagnose(capture, ['EVENTS LOST: HUBBLE_RING_BUFFER CPU(0) 12', ...lines].join('\n'));
    expect(said(run)).toEqual([
      'fail tcp-no-answer: No answer from 172.20.2.1 port 8443',
      'inconclusive witness-lost: Delivered at k8s-w0 and not answered: 172.20.0.96 → 172.20.2.1 port 8443 (tcp)',
      'inconclusive witness-incomplete: Hubble lost events',
    ]);
  });

  it('what is handed to the proxy ends there: its silence elsewhere is none', async () => {
    const capture = lab('03a-vxlan-healthy.k8s-ctr-any.pcap');
    const [one] = (await conversationsOf(capture)).filter(({ proto, isAnswered }) => proto === 'tcp' && isAnswered);
    const other: Seen = { ...one, dst: '172.20.9.9', sport: 51000 };
    const lines = (what: string) =>
      [...healthy(one), ...RETRIES.map((at) => hubbleLine(other, { at, node: 'k8s-ctr', what }))].join('\n');
    expect(said(await diagnose(capture, lines('to-proxy REDIRECTED')))).toEqual([]);
    expect(said(await diagnose(capture, lines('to-network FORWARDED')))).toHaveLength(1);
  });

  it('an answer that Hubble saw takes the proof from silence in the capture', async () => {
    const capture = lab('15c-tcp-filtered.router-any.pcap');
    const [filtered] = (await conversationsOf(capture)).filter(({ dport }) => dport === 8443);
    const run = await diagnose(capture, hubbleLine(filtered, { node: 'k8s-ctr', what: 'to-endpoint FORWARDED', reply: true }));
    expect(said(run)).toEqual(['inconclusive tcp-no-answer: No answer from 172.20.2.1 port 8443']);
    expect(run.findings[0].message).toContain('Hubble: to-endpoint at k8s-ctr');
  });

  it('to-network, and not on any interface of the node: lost behind BPF', async () => {
    const capture = lab('03a-vxlan-healthy.k8s-ctr-any.pcap');
    const seen = (await conversationsOf(capture)).filter(({ proto, isAnswered }) => proto === 'tcp' && isAnswered);
    const gone: Seen = { ...seen[1], dst: '10.99.0.7', sport: 51000 };
    const lines = [
      ...seen.flatMap((c) => healthy(c)),
      ...[0, 1000, 1400].map((at) => hubbleLine(gone, { at, node: 'k8s-ctr', what: 'to-network FORWARDED' })),
    ].join('\n');
    expect(said(await diagnose(`k8s-ctr=${capture}`, lines))).toEqual([
      'fail witness-lost: Lost behind BPF at k8s-ctr, before any interface: 172.20.0.96 → 10.99.0.7 port 80 (tcp)',
    ]);
    // Of another node the capture shows nothing.
    expect(said(await diagnose(`router=${capture}`, lines))).toEqual([
      'fail witness-lost: Lost after to-network at k8s-ctr: 172.20.0.96 → 10.99.0.7 port 80 (tcp)',
    ]);
  });

  it('a drop of what was sent once and answered is a contradiction, and no fault', async () => {
    const capture = lab('02a-native-healthy.router-any.pcap');
    const [one] = (await conversationsOf(capture)).filter(({ proto, isAnswered }) => proto === 'tcp' && isAnswered);
    const run = await diagnose(capture, hubbleLine(one, { node: 'k8s-w0', what: 'Policy denied DROPPED' }));
    expect(run.findings.map(({ rule, verdict }) => `${verdict} ${rule}`)).toEqual(['inconclusive witness-contradiction']);
    expect(run.findings[0].evidence).not.toEqual([]);
    expect(exitCodeOf(run)).toBe(3);
  });

  it('a text of another day is not of this run: nothing is joined', async () => {
    const capture = lab('02a-native-healthy.router-any.pcap');
    const all = (await conversationsOf(capture)).filter(({ proto, isAnswered }) => proto === 'tcp' && isAnswered);
    const run = await diagnose(capture, all.flatMap((c) => healthy(c, 72 * HOUR_MS)).join('\n'));
    expect(run.witnesses?.[0]).toMatchObject({ joined: 0, clockAheadMs: null });
    expect(exitCodeOf(run)).toBe(0);
  });
});

describe('a paste of packets and of other tools', () => {
  const PASTE = [
    '> root@w5:~# tcpdump -ni any host 192.0.2.12',
    '> tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes',
    ...['14:09:53.307158', '14:09:54.317158', '14:09:56.337158'].map(
      (time) =>
        `> ${time} lxc4930 In  IP 10.0.1.46.43544 > 192.0.2.12.443: Flags [S], seq 1, win 64240, options [mss 1460], length 0`,
    ),
    '> ^C',
    '> root@w5:~# hubble observe --last 2',
    '> Nov 29 05:09:53.307 [w5]: default/box:43544 (ID:46062) <> 192.0.2.12:443 (world) Policy denied DROPPED (TCP Flags: SYN)',
    '> Nov 29 05:09:54.317 [w5]: default/box:43544 (ID:46062) <> 192.0.2.12:443 (world) Policy denied DROPPED (TCP Flags: SYN)',
    '> root@w5:~# curl --max-time 4 https://192.0.2.12',
    '> curl: (28) Connection timed out after 4001 milliseconds',
  ].join('\n');

  it('is both: the packets are joined to what the others say, by the time of day', async () => {
    const run = await diagnose(PASTE);
    expect(run.captures).toHaveLength(1);
    expect(said(run)).toEqual([
      'fail policy-denied: A policy denies default/box → 192.0.2.12 port 443 (tcp)',
      '> fail tcp-no-answer: No answer from 192.0.2.12 port 443',
    ]);
    expect(run.findings[0].quotes?.map(({ says, line, time }) => [says, line, time?.slice(0, 19)])).toEqual([
      ['Hubble: dropped at w5, Policy denied', 8, '1970-01-01T14:09:53'],
      ['curl: not answered at w5, timed out', 11, undefined],
    ]);
    expect(run.findings[0].quotes?.[0].text).toMatch(/^Nov 29/);
    expect(run.witnesses?.[0]).toMatchObject({ clockAheadMs: -9 * HOUR_MS, joined: 1 });
  });
});
