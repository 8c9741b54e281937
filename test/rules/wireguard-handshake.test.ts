import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { BRANCH, branchGone, HUB, wireguard } from './service-examples.js';

const only = ['wireguard-handshake'];
const begins = (...times: number[]) => times.map((at, i) => wireguard(at, 1, [HUB, BRANCH], 20 + i));

describe('wireguard-handshake', () => {
  it('tells of a peer that is gone, since when, and that it worked before', () => {
    const [finding] = diagnose(branchGone(), { only });
    expect(finding).toMatchObject({
      severity: 'error',
      title: `${BRANCH} answers no WireGuard handshake of ${HUB}`,
      count: 4,
    });
    expect(finding.message).toContain(`packets of ${BRANCH} came, the last one 15.0 s before`);
    expect(finding.cause).toContain('the keys match');
  });

  it('says of one that never worked that a wrong key looks like a filter', () => {
    const [finding] = diagnose(begins(0, 5, 10), { only });
    expect(finding.cause).toContain('a key that it does not know');
    expect(finding.message).not.toContain('Before');
  });

  it('warns of one that was answered after a long time', () => {
    const frames = [...begins(0, 5, 10, 15), wireguard(15.1, 2, [BRANCH, HUB], 9, 23)];
    expect(diagnose(frames, { only })).toMatchObject([{ severity: 'warning', count: 4 }]);
  });

  it('leaves alone what is answered, also from another address, a peer that starts later, and a single initiation', () => {
    expect(diagnose(branchGone().slice(0, 8), { only })).toEqual([]);
    expect(diagnose([...begins(0), wireguard(0.1, 2, ['198.51.100.8', HUB], 9, 20), ...begins(120)], { only })).toEqual([]);
    expect(diagnose([...begins(0, 5), wireguard(5.1, 2, [BRANCH, HUB], 9, 21)], { only })).toEqual([]);
    expect(diagnose(begins(0), { only })).toEqual([]);
  });

  it('leaves no green tick over handshakes in vain', () => {
    expect(diagnose(begins(0, 5, 10))[0]).toMatchObject({ rule: 'wireguard-handshake', verdict: 'fail' });
  });
});
