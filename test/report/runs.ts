// Runs made by hand, for the reports to be tried on.

import type { ReportCapture, Run } from '../../src/report/run.js';
import type { Evidence, Finding, Subject } from '../../src/rules/finding.js';
import { NO_SUBJECT } from '../../src/rules/findings.js';

type Draft = Partial<Omit<Finding, 'subject' | 'evidence'>> & {
  rule: string;
  subject?: Partial<Subject>;
  evidence?: Partial<Evidence>[];
};

export function finding({ subject, evidence, ...rest }: Draft): Finding {
  return {
    verdict: 'fail',
    severity: 'error',
    confidence: 'high',
    title: rest.rule,
    message: `Something about ${rest.rule}.`,
    cause: '',
    hint: '',
    commands: [],
    count: 1,
    first: '2025-08-08T15:36:51.979000000Z',
    last: '2025-08-08T15:37:03.100000000Z',
    id: `id-${rest.rule}`,
    explains: [],
    foldedUnder: null,
    ...rest,
    subject: { ...NO_SUBJECT, ...subject },
    evidence: (evidence ?? []).map((e, i) => ({
      point: 'router',
      frame: i + 1,
      conversation: 0,
      time: '2025-08-08T15:36:51.979000000Z',
      fileOffset: 24 + i * 120,
      length: 120,
      field: null,
      note: '',
      ...e,
    })),
  };
}

export function capture(rest: Partial<ReportCapture> = {}): ReportCapture {
  return {
    point: 'router',
    file: 'captures/router.pcap',
    format: 'pcap',
    linkTypes: ['LINUX_SLL2'],
    frames: 160,
    bytes: 20480,
    first: '2025-08-08T15:36:51.979000000Z',
    last: '2025-08-08T15:37:05.171187000Z',
    dropped: null,
    clipped: 0,
    interfaces: [
      { index: 2, name: 'eth0', nameFrom: 'topology', in: 4, out: 36 },
      { index: 3, name: 'eth1', nameFrom: 'topology', in: 80, out: 40 },
    ],
    error: null,
    ...rest,
  };
}

export function run(findings: Finding[], captures: ReportCapture[] = [capture()], pass = 24): Run {
  const count = (verdict: string) => findings.filter((f) => f.verdict === verdict).length;
  return {
    schema: 'hopscope.report/2',
    tool: { name: 'hopscope', version: '0.1.0' },
    captures,
    findings,
    summary: { fail: count('fail'), inconclusive: count('inconclusive'), pass },
  };
}

/** A router without the route to a pod network: the cause, its two symptoms, and a remark. */
export const missingRoute = run([
  finding({
    rule: 'egress-wrong-interface',
    title: 'Packets to 172.20.2.0/24 leave by eth0 instead of eth2',
    message:
      'Packets from 172.20.0.96 to 172.20.2.1 come in on eth1 and leave by eth0. They should leave by eth2: 172.20.2.0/24 is the pod network of k8s-w0 (192.168.20.100), which is connected there.',
    cause: 'router has no route to 172.20.2.0/24, so its default route (via 10.0.2.2 dev eth0) takes them.',
    hint: 'Add the route to the pod network, and see to it that it survives a reboot.',
    commands: ['ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    subject: {
      src: '172.20.0.96',
      dst: '172.20.2.1',
      proto: 'icmp',
      interfaceIn: 'eth1',
      interfaceOut: 'eth0',
      interfaceExpected: 'eth2',
      node: 'router',
    },
    evidence: [
      { frame: 3, field: 'ip.dst', note: 'in eth1, ttl 63' },
      { frame: 6, field: 'ip.dst', note: 'out eth0, ttl 62', time: '2025-08-08T15:36:51.979015000Z' },
      { frame: 8, field: 'ip.dst', note: 'in eth1, ttl 63', time: '2025-08-08T15:36:53.300600000Z' },
      { frame: 9, field: 'ip.dst', note: 'out eth0, ttl 62', time: '2025-08-08T15:36:53.300606000Z' },
    ],
    count: 17,
    id: '5b1c0f2a',
    explains: ['77aa01', '77aa02', '77aa03'],
  }),
  finding({
    rule: 'icmp-echo-no-reply',
    title: '172.20.2.1 did not answer the echo requests of 172.20.0.96',
    subject: { src: '172.20.0.96', dst: '172.20.2.1', proto: 'icmp' },
    evidence: [{ frame: 3, note: 'echo request, id 18947, seq 1' }],
    count: 4,
    id: '77aa01',
    foldedUnder: '5b1c0f2a',
  }),
  finding({
    rule: 'tcp-no-answer',
    title: '172.20.2.1:80 did not answer the SYN of 172.20.0.96:56974',
    evidence: [{ frame: 8, note: 'SYN' }],
    count: 7,
    id: '77aa02',
    foldedUnder: '5b1c0f2a',
  }),
  finding({
    rule: 'tcp-no-answer',
    title: '172.20.2.1:80 did not answer the SYN of 172.20.0.96:56980',
    evidence: [{ frame: 31, note: 'SYN' }],
    count: 6,
    id: '77aa03',
    foldedUnder: '5b1c0f2a',
  }),
  finding({
    rule: 'arp-takeover',
    severity: 'info',
    title: '192.168.10.211 moved from 08:00:27:d5:e8:d7 to 08:00:27:eb:bf:4f, announced',
    evidence: [{ frame: 40, note: 'gratuitous ARP' }],
    id: '99ff10',
  }),
]);

/** Two capture points, a damaged file, dropped frames, an undecided question. */
export const undecided = run(
  [
    finding({
      rule: 'arp-no-reply',
      verdict: 'inconclusive',
      confidence: 'low',
      title: 'The capture ends before anyone had to answer for 192.168.20.100',
      message: 'The last request was sent 0.2 s before the end of the capture; an answer may take 1 s.',
      hint: 'Capture for at least 2 s after the last request.',
      subject: { target: '192.168.20.100' },
      evidence: [{ frame: 159, point: 'k8s-w0', note: 'who has 192.168.20.100' }],
      id: 'c0ffee',
    }),
  ],
  [
    capture({ dropped: 12, clipped: 3 }),
    capture({ point: 'k8s-w0', file: 'w0.pcapng', format: 'pcapng', error: 'w0.pcapng: cut in frame 161 at byte 20512' }),
  ],
  0,
);

export const healthy = run([], [capture({ frames: 12040 })], 36);

/** What an attacker would put into a packet: escapes, line breaks, markup, workflow commands, forbidden characters. */
export const HOSTILE =
  '\x1b]0;owned\x07\r\n::error::pwn\n##[error]x%0A</failure><script>]]> # SKIP | `rm` \u202eevil\u0000\u0085\ufffe\ud800 @all [a](http://b) -->';

export const hostile = run(
  [
    finding({
      rule: 'dns-error',
      title: `The name ${HOSTILE} does not exist`,
      message: HOSTILE,
      cause: HOSTILE,
      hint: HOSTILE,
      commands: [`echo '${HOSTILE}'`],
      subject: { src: HOSTILE, target: HOSTILE, node: HOSTILE },
      evidence: [{ point: HOSTILE, note: HOSTILE }, { note: HOSTILE }],
      id: 'd00d',
    }),
    finding({ rule: 'dns-no-answer', title: HOSTILE, id: 'd01', foldedUnder: 'd00d' }),
    finding({ rule: 'udp-no-answer', severity: 'info', title: HOSTILE, id: 'd02' }),
    finding({ rule: 'arp-no-reply', verdict: 'inconclusive', title: HOSTILE, hint: HOSTILE, id: 'd03' }),
  ],
  [capture({ point: HOSTILE, file: `${HOSTILE}.pcap`, error: HOSTILE }), capture()],
);

/** Expectations of one file over two captures, with every outcome. */
export const suites: Run = withSuites(
  [
    finding({
      rule: 'expectation',
      verdict: 'fail',
      title: 'lab: pods leave by eth2',
      id: 'e1',
      evidence: [{ note: 'out eth0, ttl 62' }],
    }),
    finding({ rule: 'expectation', verdict: 'inconclusive', title: 'lab: pods are answered', id: 'e2' }),
    finding({ rule: 'expectation', verdict: 'pass', title: 'lab: ARP is answered', id: 'e3' }),
  ],
  'lab',
  'no packet back',
);

/** The same where names, interfaces and what was seen come from an attacker. */
export const hostileSuites: Run = withSuites(
  (['fail', 'inconclusive', 'pass'] as const).map((verdict, i) =>
    finding({
      rule: 'expectation',
      verdict,
      title: HOSTILE,
      message: HOSTILE,
      cause: HOSTILE,
      hint: HOSTILE,
      commands: [HOSTILE],
      evidence: [{ note: HOSTILE }],
      id: `e${i + 1}`,
    }),
  ),
  HOSTILE,
  HOSTILE,
);

function withSuites(findings: Finding[], name: string, seen: string): Run {
  const verdicts = ['fail', 'inconclusive', 'pass', 'skipped'] as const;
  const expectations = verdicts.map((verdict, i) => ({
    id: `e${i + 1}`,
    name: `${name} ${i + 1}`,
    kind: 'flow',
    verdict,
    line: 4 + i * 3,
    column: 5,
    expected: name,
    seen,
    count: 3,
    finding: verdict === 'skipped' ? null : `e${i + 1}`,
  }));
  const suite = {
    name,
    title: name,
    file: `expectations/${name}.yaml`,
    points: ['router'],
    seconds: 0.0123,
    expectations,
    uncovered: [seen],
  };
  // The same file held against another capture is a suite of its own.
  return {
    ...run(findings, [capture(), capture({ point: 'w0' })], 1),
    suites: [suite, { ...suite, title: `${name} (w0)`, points: ['w0'] }],
  };
}
