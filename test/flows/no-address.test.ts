// Packets of hosts that have no address yet: neighbours say the same, and are not to be taken for one.
import { describe, expect, it } from 'vitest';
import { at, icmpv6, ipv4, ipv6, observe, sll2, type TestFrame, udp, vxlan } from '../rules/lab.js';

/** MLDv2 report (RFC 3810 section 5.2): one record, to a solicited-node group. */
const report = ipv6(
  { src: '::', dst: 'ff02::16', hlim: 1 },
  icmpv6({ type: 143, code: 0 }, Uint8Array.from([0, 0, 0, 1, 4, 0, 0, 0, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1])),
);
const discover = ipv4({ src: '0.0.0.0', dst: '255.255.255.255', id: 0 }, udp({ src: 68, dst: 67, data: 240 }));
const alice = '02:00:00:00:00:01';
const bob = '02:00:00:00:00:02';

/** Journeys of each conversation's first way, and the hops of the longest. */
function journeys(frames: readonly TestFrame[]): { packets: number; hops: number } {
  const { tracker } = observe(frames);
  const paths = tracker.journeys.paths.list;
  return { packets: tracker.conversations.packets[0], hops: Math.max(...paths.map(({ hops }) => hops.length)) };
}

describe.each([
  ['an MLD report', report],
  ['a DHCP discover', discover],
])('%s', (_, packet) => {
  it('of two hosts on two links is two packets', () => {
    const frames = [sll2({ if: 3, mac: alice }, packet), at(0.1, sll2({ if: 4, mac: bob }, packet))];
    expect(journeys(frames)).toEqual({ packets: 2, hops: 1 });
  });

  it('that a bridge floods is one', () => {
    const frames = [sll2({ if: 3, mac: alice }, packet), sll2({ if: 4, dir: 'out', mac: alice }, packet)];
    expect(journeys(frames)).toEqual({ packets: 1, hops: 2 });
  });

  it('that a tunnel carries is one, whoever sends the outer packet', () => {
    const outer = { src: '192.168.10.100', dst: '192.168.20.100', vni: 7, innerSrc: alice };
    const frames = [sll2({ if: 3, mac: alice }, packet), sll2({ if: 4, dir: 'out', mac: bob }, vxlan(outer, packet))];
    expect(journeys(frames)).toEqual({ packets: 1, hops: 2 });
  });
});
