// Sequence numbers over time: each packet once, and a copy that was forwarded is no retransmission.
import { expect, it } from 'vitest';
import { Plot } from '../../../src/tui/sequence/plot.js';
import type { Segment } from '../../../src/tui/session.js';
import { bundled, loaded, open, shown } from './help.js';

const of = (segments: readonly Segment[], kind: Segment['kind']) =>
  segments.filter((one) => one.kind === kind).map(({ packet }) => packet);

it('tells what was sent again from what was forwarded', async () => {
  const session = await open('captures/mtu-blackhole.pcap');
  await loaded(session);
  const [packet] = await shown(session, 'tcp.port == 38132');
  const sequence = (await session.sequence(packet!))!;
  expect(sequence.ends).toEqual(['172.20.0.96:38132', '172.20.2.1:9000']);
  // tshark -Y 'tcp.port == 38132 && tcp.len > 0 && sll.ifindex == 3': the segments that have the seq of one before, under another IP identification.
  expect(of(sequence.segments, 'again')).toEqual([26, 27, 28, 29, 30, 31, 32, 33, 35, 88, 89]);
  expect(of(sequence.segments, 'gap')).toEqual([]);
  // The copies at the other interface are left out: 6, 8, 10, 18, 20, 91, 93, 95.
  expect(sequence.segments.map((one) => one.packet).filter((n) => [6, 8, 10, 18, 20, 91, 93, 95].includes(n))).toEqual([]);
  const [eleventh] = sequence.segments.filter((one) => one.packet === 11);
  expect(eleventh).toMatchObject({ isClient: true, seq: 1, length: 1448, ack: 1, kind: 'plain' });
  await session.close();
});

it('finds nothing to mark in healthy captures, however often a packet is forwarded', async () => {
  for (const path of bundled.filter((name) => /\/(native|vxlan|ipv6)-healthy\./.test(name))) {
    const session = await open(path);
    await loaded(session);
    const packets = await shown(session, 'tcp.flags.syn == 1 && tcp.flags.ack == 0');
    expect(packets.length, path).toBeGreaterThan(0);
    for (const packet of packets) {
      const { segments } = (await session.sequence(packet))!;
      expect([path, packet, ...of(segments, 'again'), ...of(segments, 'gap')]).toEqual([path, packet]);
      expect(segments.some((one) => one.length > 0)).toBe(true);
    }
    session.show('', null);
    expect(await session.sequence(0)).toBeNull();
    const [other] = await shown(session, 'arp || icmp || icmpv6');
    if (other !== undefined) expect(await session.sequence(other)).toBeNull();
    await session.close();
  }
});

it('is plotted in braille, and without', () => {
  const fine = new Plot(2, 1, true);
  fine.dot(0, 0, 'data');
  fine.dot(1, 3, 'data');
  fine.dot(9, 0, 'data');
  expect(fine.rows(() => '#')).toEqual([
    [
      { ch: '⡈', kind: 'data' },
      { ch: ' ', kind: '' },
    ],
  ]);
  const plain = new Plot(2, 2, false);
  plain.dot(0, 0, 'ack');
  plain.dot(0, 0, 'data');
  plain.sign(1, 1, { sign: 'R', kind: 'again' });
  plain.sign(1, 1, { sign: '?', kind: 'gap' });
  plain.dot(Number.NaN, 1, 'data');
  const signs = plain.rows((kind) => (kind === 'ack' ? '.' : '#')).map((row) => row.map(({ ch }) => ch).join(''));
  expect(signs).toEqual([' R', '# ']);
});
