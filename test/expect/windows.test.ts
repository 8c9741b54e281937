// Captures of several points that begin or end at different times: nothing is asked of a point while it did not capture.
import { describe, expect, it } from 'vitest';
import { advertisement, arp, at, echo, forward, ipv4, sll2, snat, type TestFrame, udp } from '../rules/lab.js';
import { verdict } from './help.js';

const PATH = '- flow: { dst: 10.0.2.5, proto: icmp }\n  path: [router in eth1, router out eth2, b in eth1]';
const ANY = '- flow: { dst: 10.0.2.5, proto: icmp }\n  path: [in eth1, out eth2, in eth1]';

const request = (seq: number) =>
  sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 100 + seq }, echo({ seq, id: 7 })));
const atRouter = (seq: number, seconds: number): TestFrame[] => [
  at(seconds, request(seq)),
  at(seconds + 0.0001, forward(request(seq), { if: 4 })),
];
const atB = (seq: number, seconds: number): TestFrame => ({
  ...at(seconds + 0.0002, forward(request(seq), { if: 3 })),
  dir: 'in',
  point: 'b',
});
/** Something else that a point sees, which shows that it captures. */
const sign = (point: string, seconds: number): TestFrame => ({
  ...at(
    seconds,
    sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.8', dst: '10.0.1.1', id: 9 }, udp({ src: 999, dst: 999, data: seconds }))),
  ),
  point,
});
const byTime = (frames: readonly TestFrame[]): TestFrame[] => [...frames].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));

const CASES: readonly [string, string, readonly TestFrame[], string | RegExp][] = [
  ['path at all points', PATH, [...atRouter(1, 0), atB(1, 0), ...atRouter(2, 9), atB(2, 9)], 'pass'],
  ['a point that begins later', PATH, [...atRouter(1, 0), ...atRouter(2, 1), atB(2, 1)], 'pass'],
  ['a point that ends earlier', PATH, [...atRouter(1, 0), atB(1, 0), ...atRouter(2, 1)], 'pass'],
  ['a point that begins later', PATH, [...atRouter(1, 0), sign('b', 1)], /^inconclusive: .*the capture at b begins later/],
  ['a point that ends earlier', PATH, [sign('b', 0), ...atRouter(1, 1)], /^inconclusive: .*the capture at b ends earlier/],
  ['a point of no name', ANY, [...atRouter(1, 0), sign('b', 1)], /^inconclusive: .*the capture at b begins later/],
  ['a point that captures', PATH, [sign('b', 0), ...atRouter(1, 1), sign('b', 2)], /^fail: /],
  ['a point without a frame', PATH, atRouter(1, 0), /^fail: |no capture was taken/],
  // Before it captured, and while it did: the second request is missed.
  ['a point that begins later', PATH, [...atRouter(1, 0), sign('b', 1), ...atRouter(2, 2), sign('b', 3)], /^fail: /],
  // Another way is another way, whoever captured.
  [
    'another way',
    PATH,
    [at(0, request(1)), at(0.0001, forward(request(1), { if: 2 })), sign('b', 1)],
    /^fail: .*router out eth0/,
  ],
];

describe('captures that begin or end at different times', () => {
  it.each(CASES)('%s: %s (case %#)', async (_, expectation, frames, outcome) => {
    const topology = 'nodes: { router: {}, b: {} }\n';
    const said = await verdict(expectation, byTime(frames), { topology }).catch((error: Error) => error.message);
    expect(said).toMatch(outcome);
  });

  const NAT = '- nat: { original: { src: 10.0.1.5 }, translated: { src: 10.0.2.1 } }';
  const translated = (seq: number, seconds: number) => [
    at(seconds, request(seq)),
    at(seconds + 0.0001, snat(forward(request(seq), { if: 4 }), '10.0.2.1')),
  ];
  const untranslated: TestFrame = { ...at(0, request(1)), point: 'b' };

  it('asks for a translation where somebody captured that would have seen it', async () => {
    expect(await verdict(NAT, translated(1, 0))).toBe('pass');
    expect(await verdict(NAT, byTime([untranslated, sign('router', 1)]))).toMatch(
      /^inconclusive: not translated; .*router begins later/,
    );
    expect(await verdict(NAT, byTime([untranslated, sign('router', 0), sign('router', 1)]))).toMatch(/^fail: not translated/);
  });

  it('says nothing of a conversation that passed, or may have passed, while the point did not capture', async () => {
    const AT = '- at: b\n  flow: { dst: 10.0.2.5, proto: icmp }';
    expect(await verdict(AT, byTime([...atRouter(1, 0), sign('b', 1)]))).toMatch(/^inconclusive: .*b begins later/);
    expect(await verdict(AT, byTime([sign('b', 0), ...atRouter(1, 1), sign('b', 2)]))).toMatch(/^fail: no such conversation/);
    // Nobody saw it: under these addresses it would be known to this point alone.
    expect(await verdict(AT, byTime([sign('router', 0), sign('b', 1), sign('router', 2), sign('b', 2)]))).toMatch(
      /^inconclusive/,
    );
    expect(await verdict(AT, byTime([sign('router', 1), sign('b', 0), sign('b', 2)]))).toMatch(/^fail: no such conversation/);
  });

  it('a flow that no point saw fails where a point would have seen it at any time', async () => {
    const WEB = '- flow: { src: 10.0.1.5, dst: 10.0.2.5, proto: tcp, dstPort: 80 }';
    const HOST = '- flow: { dst: 10.0.2.5, proto: tcp }';
    const THREE = '- flow: { src: 10.0.1.5, dst: 10.0.2.5, proto: icmp }\n  count: 2';
    const whole = [sign('router', 0), sign('router', 9)];
    const late = [sign('b', 1), sign('b', 9)];
    const pings = [...atRouter(1, 4), atB(1, 4)];
    // The router saw what these hosts say to each other, and captured all the time.
    expect(await verdict(WEB, byTime([...whole, ...late, ...pings]))).toMatch(/^fail: no such conversation$/);
    expect(await verdict(THREE, byTime([...whole, ...late, ...pings]))).toMatch(/^fail: 1 conversation$/);
    // Nobody captured both at the beginning and where they were seen.
    const elsewhere = [...whole, ...late, atB(1, 4)];
    expect(await verdict(WEB, byTime(elsewhere))).toMatch(/^inconclusive: no such conversation; the capture at b begins later/);
    // From another host it may come by another way, of which only the last point is known.
    expect(await verdict(HOST, byTime([...whole, ...late, ...pings]))).toMatch(/^inconclusive: .*b begins later/);
    expect(await verdict(HOST, byTime([...whole, ...late, ...atRouter(1, 4)]))).toMatch(/^fail: no such conversation$/);
    // One begins later and the other ends earlier: at no time both were missing.
    const staggered = [sign('router', 0), sign('router', 8), sign('b', 1), sign('b', 9)];
    expect(await verdict(WEB, byTime([...staggered, ...pings]))).toMatch(/^fail: no such conversation$/);
    expect(await verdict(WEB, byTime([sign('c', 0), ...late, sign('router', 1), sign('router', 9), ...pings]))).toMatch(
      /^inconclusive: .*begins later/,
    );
    // Nothing is known of these hosts.
    expect(await verdict('- flow: { dst: 10.0.9.9 }', byTime([...whole, ...late, ...pings]))).toMatch(/^inconclusive/);
  });

  it('takes a point or direction in a filter that there is not for a mistake', async () => {
    const said = async (filter: string) =>
      verdict(`- never: '${filter}'`, [sign('router', 0), sign('b', 1)]).catch((error: Error) => error.message);
    expect(await said('hop.point == "router2"')).toMatch(/hop\.point is never "router2" here.*did you mean "router"/);
    expect(await said('hop.point in {"router", "c"}')).toMatch(/hop\.point is never "c" here/);
    expect(await said('hop.direction == "outt"')).toMatch(/hop\.direction is never "outt" here.*did you mean "out"/);
    expect(await said('hop.point == "b" && tcp')).toBe('pass');
    expect(await said('hop.point contains "x"')).toBe('pass');
  });

  it('says nothing of an address that is not asked for where the capture is shorter than others', async () => {
    const ARP = '- at: router\n  arp: { target: 10.0.1.9 }';
    const NDP = '- at: router\n  ndp: { target: "fd00::5" }';
    const long = [sign('b', 0), sign('b', 9)];
    for (const one of [ARP, NDP]) {
      expect(await verdict(one, byTime([...long, sign('router', 1), sign('router', 9)]))).toMatch(
        /^inconclusive: .*router begins later/,
      );
      expect(await verdict(one, byTime([...long, sign('router', 0), sign('router', 8)]))).toMatch(
        /^inconclusive: .*router ends earlier/,
      );
      expect(await verdict(one, byTime([...long, sign('router', 0), sign('router', 9)]))).toMatch(/^fail: nobody asks/);
    }
    const asked = [
      at(1, sll2({ if: 3, dir: 'out' }, arp({ sender: '10.0.1.1', senderMac: '0a:00:00:00:01:01', target: '10.0.1.9' }))),
      at(
        1.001,
        sll2(
          { if: 3, dir: 'in' },
          arp({
            op: 'reply',
            sender: '10.0.1.9',
            senderMac: '0a:00:00:00:01:09',
            target: '10.0.1.1',
            targetMac: '0a:00:00:00:01:01',
          }),
        ),
      ),
      at(1.002, sll2({ if: 3, dir: 'in' }, advertisement('fd00::5', '0a:00:00:00:01:05', 'fd00::1'))),
    ];
    expect(await verdict(ARP, byTime([...long, ...asked, sign('router', 2)]))).toBe('pass');
  });

  it('never is undecided, not failed, where a broken capture holds no witness', async () => {
    const frames = [at(0, request(1)), { ...at(1, request(2)), snap: 20 }];
    expect(await verdict('- never: "tcp.port == 1"\n  witness: "tcp.port == 2"', frames)).toMatch(
      /^inconclusive: no frame of .* either/,
    );
    expect(await verdict('- never: "tcp.port == 1"\n  witness: "tcp.port == 2"', frames.slice(0, 1))).toMatch(
      /^fail: no frame of/,
    );
  });
});
