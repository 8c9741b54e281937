import { describe, expect, it } from 'vitest';
import { diagnose, echo, ipv4, sll2, summary, udp } from './lab.js';

const WIREGUARD = 51_871;
const packet = (src: string, dst: string, s: number, body: Parameters<typeof ipv4>[1]) =>
  sll2({ if: 2, dir: 'in', at: s }, ipv4({ src, dst }, body));

describe('capture-empty', () => {
  it('is undecided about a capture without frames', () => {
    const findings = diagnose([]);
    expect(summary(findings)).toEqual(['inconclusive capture-empty']);
    expect(findings[0].title).toBe('The capture at router holds no frames');
  });

  it('leaves a capture with frames alone', () => {
    const only = ['capture-empty'];
    expect(diagnose([packet('10.1.1.1', '10.1.1.2', 0, echo({ seq: 1 }))], { only })).toEqual([]);
  });
});

describe('capture-encrypted', () => {
  const only = ['capture-encrypted'];
  const secret = [0, 1].map((n) => packet('10.1.1.1', '10.1.1.2', n, udp({ src: WIREGUARD, dst: WIREGUARD, data: 64 })));

  it('is undecided about a capture of nothing else', () => {
    const [finding] = diagnose(secret, { only });
    expect(finding).toMatchObject({ verdict: 'inconclusive', count: 2 });
    expect(finding.title).toContain('WireGuard');
  });

  it('is undecided about ESP that goes one way only, whatever else there is', () => {
    const esp = (from: string, to: string, n: number) =>
      packet(from, to, n, { kind: 'other', proto: 50, srcPort: 0, dstPort: 0, bytes: new Uint8Array(40), checksumAt: -1 });
    const out = [0, 1, 2, 3, 4].map((n) => esp('10.1.1.1', '10.1.1.2', n));
    const more = [
      packet('10.1.1.1', '10.1.1.3', 5, echo({ seq: 1 })),
      packet('10.1.1.3', '10.1.1.1', 5.1, echo({ seq: 1, reply: true })),
    ];
    expect(diagnose([...out, ...more], { only })).toMatchObject([
      { verdict: 'inconclusive', title: 'Nothing encrypted comes back from 10.1.1.2 to 10.1.1.1', count: 5 },
    ]);
    expect(diagnose([...out, esp('10.1.1.2', '10.1.1.1', 4.5), ...more], { only })).toEqual([]);
  });

  it('leaves it to the other rules where there is more', () => {
    expect(diagnose([...secret, packet('10.1.1.1', '10.1.1.2', 2, echo({ seq: 1 }))], { only })).toEqual([]);
  });
});
