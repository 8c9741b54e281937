// Sessions as questions of the ledger: what became of each, before any rule says why.
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../src/facts/questions.js';
import { diagnose, ethernet, type IpPacket, icmpError, ipv4, observe, type TestFrame, tcp } from './lab.js';
import { badPeer, bfdLost, exstart, first, isisPair, twoMasters } from './service-examples.js';
import { bfd, bgpKeepalive, bgpNotification, bgpOpen, bgpSession, hsrp, isisHello, ospfHello } from './services-lab.js';

/** How many sessions had which outcome. */
function outcomes(frames: readonly TestFrame[]): Record<string, number> {
  const tally = observe(frames).ledger.tallies.get('session');
  if (tally === undefined) throw new Error('no such kind');
  return Object.fromEntries(OUTCOMES.filter((one) => tally[one] > 0).map((one) => [one, tally[one]]));
}

const [A, B] = ['10.0.0.1', '10.0.0.2'];
const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
/** Some seconds later: something else, so that what was due is. */
const later = (at: number): TestFrame => ospfHello({ at, src: '10.9.9.9', mac: '02:00:00:00:09:09' });

describe('BGP', () => {
  const peering = (end?: (say: ReturnType<typeof bgpSession>) => void, both = true): TestFrame[] => {
    const session = bgpSession(A, B, 40_000, 1);
    session.say('a', bgpOpen(65_001));
    if (both) {
      session.say('b', bgpOpen(65_002));
      session.say('a', bgpKeepalive());
      session.say('b', bgpKeepalive());
    }
    end?.(session);
    return session.frames;
  };
  it('is answered where it comes up, also after a restart', () => {
    expect(outcomes(peering())).toEqual({ answered: 1 });
    const again = bgpSession(A, B, 40_001, 20);
    again.say('a', bgpOpen(65_001));
    again.say('b', bgpOpen(65_002));
    again.say('a', bgpKeepalive());
    again.say('b', bgpKeepalive());
    expect(outcomes([...peering((s) => s.flag('a', 'FA')), ...again.frames])).toEqual({ answered: 1 });
  });
  it('is open where it was up and nothing is heard of it any more', () => {
    expect(outcomes([...peering(), later(200)])).toEqual({ open: 1 });
  });
  it('is refused by a notification', () => {
    expect(outcomes([0, 10].flatMap((at) => badPeer(at)))).toEqual({ refused: 1 });
    expect(outcomes(peering((s) => s.say('b', bgpNotification(6, 2))))).toEqual({ refused: 1 });
  });
  it('is open where the other end takes the connection and says nothing, and not due before', () => {
    expect(outcomes([...peering(undefined, false), later(20)])).toEqual({ repeated: 1 });
    expect(outcomes(peering(undefined, false))).toEqual({ notDue: 1 });
  });
  it('is undecided where one direction only was captured', () => {
    const half = [...peering(undefined, false), later(20)].filter(
      ({ packet }) => packet.kind === 'ip' && packet.values.src !== B,
    );
    expect(Object.keys(outcomes(half)).filter((one) => one === 'answered' || one === 'repeated')).toEqual([]);
  });
});

describe('OSPF', () => {
  const pair = (times: readonly number[], hear: boolean): TestFrame[] =>
    times.flatMap((at) =>
      [0, 1].map((n) =>
        ospfHello({
          at: at + n,
          src: `10.1.1.${n + 1}`,
          mac: MACS[n],
          neighbours: hear && at > 0 ? [`10.1.1.${2 - n}`] : [],
        }),
      ),
    );
  it('is answered where two hear each other, and asks nothing where one is alone', () => {
    expect(outcomes(pair([0, 10, 20], true))).toEqual({ answered: 1 });
    expect(outcomes([0, 10, 20, 30, 40, 50].map((at) => ospfHello({ at, src: '10.1.1.1', mac: MACS[0] })))).toEqual({});
    expect(diagnose([0, 10, 20, 30].map((at) => ospfHello({ at, src: '10.1.1.1', mac: MACS[0] })))).toEqual([]);
  });
  it('is repeated in vain where one does not hear the other, or the exchange does not go on', () => {
    expect(outcomes(pair([0, 10, 20, 30, 40], false))).toEqual({ repeated: 1 });
    expect(outcomes(exstart(1500, 1476))).toEqual({ repeated: 1 });
    expect(outcomes(pair([0, 10], false))).toEqual({ notDue: 1 });
  });
  it('is undecided where a neighbour is listed no more and nothing of it is seen', () => {
    const one = (at: number, ...neighbours: string[]) => ospfHello({ at, src: '10.1.1.1', mac: MACS[0], neighbours });
    const gone = [one(0, '10.1.1.2'), one(10, '10.1.1.2'), one(20), one(30)];
    expect(outcomes(gone)).toEqual({ open: 1 });
    expect(diagnose(gone).map(({ rule, verdict }) => [rule, verdict])).toEqual([['undecided', 'inconclusive']]);
    expect(outcomes([...gone, one(40, '10.1.1.2')])).toEqual({ answered: 1 });
  });
});

describe('BFD', () => {
  const both = (state: number, times: readonly number[]): TestFrame[] =>
    times.flatMap((at) => [bfd({ at, src: A, dst: B, state }), bfd({ at: at + 0.1, src: B, dst: A, state })]);
  it('is answered where it is up, refused where it is shut', () => {
    expect(outcomes(both(3, [0, 1, 2]))).toEqual({ answered: 1 });
    expect(outcomes([...both(3, [0, 1]), bfd({ at: 2, src: A, dst: B, state: 0, diagnostic: 7 })])).toEqual({ refused: 1 });
  });
  it('is repeated where it goes down or never comes up, undecided where one end is seen', () => {
    expect(outcomes(bfdLost())).toEqual({ repeated: 1 });
    const one = [0, 1, 2, 3, 4, 5].map((at) => bfd({ at, src: A, dst: B, state: 1 }));
    expect(outcomes(one)).toEqual({ open: 1 });
    expect(outcomes(one.slice(0, 2))).toEqual({ notDue: 1 });
  });
});

describe('roles and IS-IS', () => {
  it('are answered by one holder, and not by two', () => {
    expect(outcomes([0, 1, 2].map((at) => first(at)))).toEqual({ answered: 1 });
    expect(outcomes(twoMasters())).toEqual({ repeated: 1 });
    expect(outcomes([0, 3, 6].map((at) => hsrp({ at, src: '10.1.1.11', mac: MACS[0] })))).toEqual({ answered: 1 });
    expect(diagnose(twoMasters()).map(({ rule }) => rule)).toEqual(['vrrp-two-masters']);
  });
  it('ask for systems that hear each other', () => {
    expect(outcomes(isisPair())).toEqual({ answered: 1 });
    expect(outcomes(isisPair([2]))).toEqual({ repeated: 1 });
    expect(diagnose(isisPair([2])).map(({ rule }) => rule)).toEqual(['isis-stuck']);
    expect(outcomes([0, 3, 6].map((at) => isisHello({ at, src: '10.1.1.1', system: 1, mac: MACS[0] })))).toEqual({});
  });
});

describe('a start', () => {
  it('is no fault: what refused at first came up', () => {
    const hello = bfd({ at: 0.5, src: A, dst: B, state: 1 });
    const unreachable = (at: number): TestFrame =>
      ethernet({ at }, ipv4({ src: B, dst: A }, icmpError({ type: 3, code: 3 }, hello.packet as IpPacket)));
    const refused = [
      ethernet({ at: 0 }, ipv4({ src: A, dst: B }, tcp({ src: 39_000, dst: 179, flags: 'S', mss: 1460 }))),
      ethernet({ at: 0.01 }, ipv4({ src: B, dst: A }, tcp({ src: 179, dst: 39_000, flags: 'RA', ack: 1 }))),
      hello,
      unreachable(0.51),
    ];
    const session = bgpSession(B, A, 40_000, 1);
    session.say('a', bgpOpen(65_002));
    session.say('b', bgpOpen(65_001));
    session.say('a', bgpKeepalive());
    session.say('b', bgpKeepalive());
    const up = [2, 3, 4, 5, 6, 7, 8].flatMap((at) => [
      bfd({ at, src: A, dst: B, state: 3 }),
      bfd({ at: at + 0.1, src: B, dst: A, state: 3 }),
    ]);
    expect(diagnose([...refused, ...session.frames, ...up])).toEqual([]);
    expect(diagnose(refused).map(({ rule }) => rule)).toEqual(['icmp-unreachable', 'tcp-refused']);
    // The other way round it is one: what was up is refused now.
    const after = refused.map((frame) => ({ ...frame, at: Number(frame.at) + 20 }));
    expect(diagnose([...session.frames, ...after]).map(({ rule }) => rule)).toEqual(['icmp-unreachable', 'tcp-refused']);
  });
});
