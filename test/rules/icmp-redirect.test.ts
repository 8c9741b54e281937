import { describe, expect, it } from 'vitest';
import { diagnose, echo, icmpError, ipv4, sll2, type TestFrame } from './lab.js';

const only = ['icmp-redirect'];
const CLIENT = '10.1.1.10';
const ping = sll2({ if: 2 }, ipv4({ src: CLIENT, dst: '10.7.0.9' }, echo()));
const redirect = (gateway: readonly number[]): TestFrame =>
  sll2(
    { if: 2, dir: 'out' },
    ipv4(
      { src: '10.1.1.1', dst: CLIENT },
      icmpError({ type: 5, code: 1, rest: Uint8Array.from(gateway) }, ping.packet as ReturnType<typeof ipv4>),
    ),
  );

describe('icmp-redirect', () => {
  it('names the better next hop', () => {
    const [finding] = diagnose([ping, redirect([10, 1, 1, 2]), redirect([10, 1, 1, 2])], { only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      severity: 'warning',
      title: '10.1.1.1 tells 10.1.1.10 to send by 10.1.1.2 instead',
      count: 2,
    });
    expect(finding.subject).toMatchObject({ src: CLIENT, dst: '10.7.0.9', target: '10.1.1.2' });
  });

  it('says when the destination is on the link itself', () => {
    expect(diagnose([ping, redirect([10, 7, 0, 9])], { only })[0].title).toBe(
      '10.1.1.1 tells 10.1.1.10 that 10.7.0.9 is on its own link',
    );
  });

  it('leaves packets without redirects alone', () => {
    expect(diagnose([ping], { only })).toEqual([]);
  });
});
