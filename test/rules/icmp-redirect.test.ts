import { describe, expect, it } from 'vitest';
import { diagnose, echo, echo6, encodePacket, icmpError, icmpv6, ipv4, ipv6, sll2, type TestFrame } from './lab.js';

/** The 16 bytes of an address. */
const ip6 = (text: string) => encodePacket(ipv6({ src: text, dst: text }, echo6())).subarray(8, 24);

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

  it('reads the redirects of IPv6, with and without the packet they are about', () => {
    const asked = ipv6({ src: 'fd00:1::10', dst: 'fd00:7::9' }, echo6());
    const quoted = encodePacket(asked).subarray(0, 80);
    const option = Uint8Array.from([4, 1 + quoted.length / 8, 0, 0, 0, 0, 0, 0, ...quoted]);
    const titles = [option, new Uint8Array(0)].map((options) => {
      const rest = Uint8Array.from([0, 0, 0, 0, ...ip6('fe80::2'), ...ip6('fd00:7::9'), ...options]);
      const message = ipv6({ src: 'fe80::1', dst: 'fd00:1::10', hlim: 255 }, icmpv6({ type: 137 }, rest));
      const [finding] = diagnose([sll2({ if: 2 }, asked), sll2({ if: 2, dir: 'out' }, message)], { only });
      expect(finding.evidence.map((e) => e.frame)).toEqual([2]);
      return finding.title;
    });
    const title = 'fe80::1 tells fd00:1::10 to send by fe80::2 instead';
    expect(titles).toEqual([title, title]);
  });

  it('leaves packets without redirects alone', () => {
    expect(diagnose([ping], { only })).toEqual([]);
  });
});
