import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, icmpError, ipv4, type TestFrame, tcp } from './lab.js';
import { badPeer } from './service-examples.js';
import { bgpKeepalive, bgpNotification, bgpOpen, bgpSession, bgpUpdate } from './services-lab.js';

const A = '10.1.1.1';
const B = '10.1.1.2';
const only = ['bgp-session'];
const up = (port: number, start: number) => {
  const session = bgpSession(A, B, port, start);
  session.say('a', bgpOpen(65_001));
  session.say('b', bgpOpen(65_002));
  session.say('a', bgpKeepalive());
  session.say('b', bgpKeepalive());
  return session;
};
const titles = (frames: readonly TestFrame[]): string[] => diagnose(frames, { only }).map((f) => `${f.severity}: ${f.title}`);

describe('bgp-session', () => {
  it('gives the code in words, and what the OPENs say', () => {
    const [finding] = diagnose([...badPeer(0), ...badPeer(10)], { only });
    expect(finding.title).toBe(`BGP between ${A} and ${B} is ended by ${B}: OPEN Message Error, Bad Peer AS, 2 times`);
    expect(finding.message).toContain(`The OPEN of ${A} says AS 65001, hold time 90 s.`);
    expect(finding.cause).toBe(`${B} is configured for a peer of another AS than 65001.`);
  });

  it('says that the hold timer expired', () => {
    const session = up(40_000, 0);
    session.say('a', bgpNotification(4, 0), 90);
    expect(titles(session.frames)).toEqual([`error: BGP between ${A} and ${B} is ended by ${A}: Hold Timer Expired`]);
  });

  it('says that an OPEN was never answered', () => {
    const session = bgpSession(A, B, 40_000, 0);
    session.say('a', bgpOpen(65_001));
    session.flag('b', 'FA');
    session.flag('a', 'FA');
    expect(titles(session.frames)).toEqual([`error: ${B} does not answer the BGP OPEN of ${A}`]);
  });

  it('says that TTL 1 does not get there', () => {
    const peer = '10.9.9.9';
    const attempt = ipv4({ src: A, dst: peer, ttl: 1 }, tcp({ src: 40_000, dst: 179, flags: 'S', seq: 1, mss: 1460 }));
    const frames = [
      ethernet({ at: 0 }, attempt),
      ethernet({ at: 0.01 }, ipv4({ src: B, dst: A }, icmpError({ type: 11 }, attempt))),
    ];
    expect(titles(frames)).toEqual([`error: BGP of ${A} to ${peer} has TTL 1, and the peer is further than one hop`]);
  });

  it('says that signed attempts are dropped', () => {
    // Option 19, 18 bytes long, and two of padding (RFC 2385 section 3.0).
    const options = Uint8Array.of(19, 18, ...new Array(16).fill(7), 1, 1);
    const signed = (at: number): TestFrame => {
      const body = tcp({ src: 40_000, dst: 179, flags: 'S', seq: 1, data: options });
      body.bytes[12] = ((20 + options.length) / 4) << 4;
      return ethernet({ at }, ipv4({ src: A, dst: B, ttl: 1 }, body));
    };
    expect(titles([0, 1, 3, 7].map(signed))).toEqual([`error: ${B} does not answer the signed BGP connection attempts of ${A}`]);
  });

  it('makes a remark of a shutdown on purpose', () => {
    const session = up(40_000, 0);
    session.say('a', bgpNotification(6, 2), 5);
    expect(titles(session.frames)).toEqual([`info: BGP between ${A} and ${B} is ended by ${A}: Cease, Administrative Shutdown`]);
  });

  it('leaves a session that is up, one that came back, and a collision', () => {
    expect(diagnose(up(40_000, 0).frames)).toEqual([]);
    const reset = up(40_000, 0);
    reset.say('a', bgpNotification(6, 4), 5);
    expect(titles([...reset.frames, ...up(40_001, 20).frames])).toEqual([]);
    const twice = up(40_000, 0);
    twice.say('a', bgpNotification(6, 7), 0.1);
    expect(titles(twice.frames)).toEqual([]);
  });
});

describe('a withdrawn route', () => {
  const ping = (at: number, seq: number): TestFrame[] => {
    const asked = ipv4({ src: '10.2.2.2', dst: '10.9.9.9' }, echo({ seq }));
    const refusal = ipv4({ src: A, dst: '10.2.2.2' }, icmpError({ type: 3, code: 0 }, asked));
    return [ethernet({ at }, asked), ethernet({ at: at + 0.001 }, refusal)];
  };
  const causeAfter = (...updates: Uint8Array[]): string => {
    const session = up(40_000, 0);
    for (const update of updates) session.say('b', update);
    const [finding] = diagnose([...session.frames, ...ping(20, 1), ...ping(21, 2)], { only: ['icmp-unreachable'] });
    return finding.cause;
  };

  it('is why packets to its network get no further', () => {
    expect(causeAfter(bgpUpdate([], ['10.9.0.0/16']), bgpUpdate(['10.9.0.0/16']))).toMatch(
      new RegExp(
        `^${B} withdrew its route to 10\\.9\\.0\\.0/16 by BGP \\(frame \\d+ of \\S+\\), and has announced none since\\.`,
      ),
    );
  });

  it('is none when it was announced anew, or was another network', () => {
    expect(causeAfter(bgpUpdate(['10.9.0.0/16']), bgpUpdate([], ['10.9.0.0/16']))).not.toContain('withdrew');
    expect(causeAfter(bgpUpdate(['10.8.0.0/16']))).not.toContain('withdrew');
  });
});
