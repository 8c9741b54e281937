import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, ipv4, sll2, summary, type TestFrame } from './lab.js';
import { attempts, FAR, ifmap, NEAR, POD, passes, ping, ROUTES, SERVER, topology } from './path-lab.js';

const only = ['routing-loop'];
/** One packet, seen going in and out with fewer hops to live each time. */
const rounds = (count: number, make: (ttl: number, dir: 'in' | 'out') => TestFrame): TestFrame[] =>
  Array.from({ length: count }, (_, i) => [make(63 - 2 * i, 'in'), make(62 - 2 * i, 'out')]).flat();
const packet = (ttl: number) => ipv4({ src: POD, dst: SERVER, ttl, id: 77 }, echo({ seq: 1 }));

describe('routing-loop', () => {
  it('tells a loop through one interface, with the route that makes it', () => {
    const findings = diagnose(
      rounds(4, (ttl, dir) => sll2({ if: NEAR, dir }, packet(ttl))),
      { topology: topology(ROUTES[0], '172.20.2.0/24 via 192.168.10.100 dev eth1') },
    );
    expect(summary(findings)[0]).toBe('fail routing-loop');
    expect(findings[0].message).toContain('ttl 63, 61, 59, 57');
    expect(findings[0].commands).toEqual(['ip route replace 172.20.2.0/24 via 192.168.20.100 dev eth2']);
  });

  it('tells it on Ethernet, where directions are not known', () => {
    const frames = rounds(3, (ttl) => ethernet({}, packet(ttl)));
    expect(diagnose(frames, { only })).toMatchObject([{ verdict: 'fail', confidence: 'high' }]);
  });

  it('names the node that turns them round first, of the two that pass them to and fro', () => {
    const at = (point: string, port: number) => (ttl: number, dir: 'in' | 'out') => sll2({ point, if: port, dir }, packet(ttl));
    const near = at('near', 3);
    const far = at('far', 8);
    const frames = [
      at('near', 2)(63, 'in'),
      ...[62, 60, 58].flatMap((ttl) => [near(ttl, 'out'), far(ttl, 'in'), far(ttl - 1, 'out'), near(ttl - 1, 'in')]),
    ];
    const [finding] = diagnose(frames, { only });
    expect(finding.title).toBe(`Packets to ${SERVER} go round in a loop through if8 of far`);
    expect(finding.cause).toContain('far sends them back by if8');
    expect(finding.evidence.every((e) => e.point === 'far')).toBe(true);
  });

  it('leaves a single turn alone, and packets of a path trace', () => {
    expect(
      diagnose(
        rounds(1, (ttl) => ethernet({}, packet(ttl))),
        { only },
      ),
    ).toEqual([]);
    expect(
      diagnose(
        rounds(2, (ttl, dir) => sll2({ if: NEAR, dir }, packet(ttl))),
        { ifmap, only },
      ),
    ).toEqual([]);
    const trace = [1, 2, 3, 4].map((ttl) =>
      sll2({ if: NEAR, at: ttl }, ipv4({ src: POD, dst: SERVER, ttl }, echo({ seq: ttl }))),
    );
    expect(diagnose(trace, { ifmap, only })).toEqual([]);
  });

  it('leaves copies and repetitions alone', () => {
    const frames = [...attempts(POD, SERVER, NEAR, FAR), ...passes(ping(POD, SERVER, 1, { if: NEAR, at: 4 }), FAR)];
    expect(diagnose(frames, { ifmap, only })).toEqual([]);
  });
});
