import { describe, expect, it } from 'vitest';
import { diagnose, forward, ipv4, sll2, type TestFrame, tcp } from './lab.js';

const only = ['tcp-retransmission'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const send = (at: number, seq: number, data = 100): TestFrame =>
  sll2({ if: 2, at }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags: 'PA', seq, ack: 5001, data })));
const acked = (at: number, ack: number): TestFrame =>
  sll2({ if: 3, at }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 40_000, seq: 5001, ack })));

describe('tcp-retransmission', () => {
  const stuck = [send(0, 1000), acked(0.01, 1100), ...[1, 1.3, 1.9, 3.1].map((at) => send(at, 1100))];

  it('finds data that is never acknowledged', () => {
    const [finding] = diagnose(stuck, { only });
    expect(finding).toMatchObject({ verdict: 'fail', title: 'Data from 10.1.1.10 to 10.1.2.20 is never acknowledged', count: 3 });
  });

  it('takes two retries by the timer for proof, and two at once for none', () => {
    const end = sll2({ if: 2, at: 30 }, ipv4({ src: '10.9.9.9', dst: '10.9.9.8' }, tcp({ src: 1, dst: 2, seq: 1 })));
    const retried = [send(0, 1000), acked(0.01, 1100), ...[1, 6.5, 17.6].map((at) => send(at, 1100)), end];
    expect(diagnose(retried, { only })[0].title).toContain('is never acknowledged');
    const probed = [send(0, 1000), acked(0.01, 1100), ...[1, 1.2, 1.4].map((at) => send(at, 1100)), end];
    expect(diagnose(probed, { only })).toEqual([]);
  });

  it('does not take data under way at the end for data that never arrives', () => {
    const frames = [send(0, 1000), ...[1, 1.3, 1.9].map((at) => send(at, 1000)), acked(2, 1100), send(2.1, 1100)];
    expect(diagnose(frames, { only })).toEqual([]);
  });

  it('takes what leaves a queue late for no retransmission', () => {
    const numbers = Array.from({ length: 16 }, (_, n) => n);
    const sent = numbers.map((n) => ({ ...send(n * 0.01, 9000 + n * 100), dir: 'in' as const }));
    // It came in before the capture began.
    const old = numbers.map((n) => send(0.2 + n * 0.01, 1000 + n * 100));
    const waiting = old.map((frame) => forward(frame, { if: 3 }));
    const end = [acked(0.5, 10_600)];
    expect(diagnose([...sent, ...waiting, ...end], { only })).toEqual([]);
    expect(diagnose([...sent, ...old.map((frame) => ({ ...frame, dir: 'in' as const })), ...end], { only })).toHaveLength(1);
  });

  it('says where a node drops some of the data', () => {
    const frames: TestFrame[] = [];
    for (let i = 0; i < 100; i++) {
      const first = { ...send(i * 0.1, 1000 + i * 100), dir: 'in' as const };
      const second = { ...send(i * 0.1 + 0.05, 1000 + i * 100), dir: 'in' as const };
      frames.push(first, ...(i % 5 === 0 ? [second, forward(second, { if: 3 })] : [forward(first, { if: 3 })]));
    }
    frames.push(acked(30, 1000 + 100 * 100));
    const [finding] = diagnose(frames, { only });
    expect(finding.message).toContain('20 packets came into router on if2 and did not leave it');
    expect(finding.cause).toContain('in router itself');
    // A capture that loses frames shows as many that leave and never came.
    const blind = Array.from({ length: 100 }, (_, i) => {
      const [first, second] = [0, 0.05].map((s) => ({ ...send(i * 0.1 + s, 1000 + i * 100), dir: 'in' as const }));
      const out = forward(first, { if: 3 });
      if (i % 5 === 2) return [first, out, second, forward(second, { if: 3 })];
      return i % 10 === 0 ? [first] : i % 10 === 5 ? [out] : [first, out];
    }).flat();
    expect(diagnose([...blind, acked(30, 11_000)], { only })[0].message).not.toContain('did not leave');
  });

  it('takes options that the capture cut off for no data', () => {
    const bare = (at: number): TestFrame =>
      sll2(
        { if: 2, at, snap: 60 },
        ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, seq: 1100, ack: 5001, mss: 1460 })),
      );
    const cut = [send(0, 1000), acked(0.01, 1100), ...[1, 1.3, 1.9, 3.1, 5.5].map(bare)];
    expect(diagnose(cut, { only })).toEqual([]);
  });

  it('leaves alone what goes to a peer that has reset the connection', () => {
    const reset = sll2(
      { if: 3, at: 0.5 },
      ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 40_000, flags: 'R', seq: 5001 })),
    );
    expect(diagnose([...stuck.slice(0, 2), reset, ...stuck.slice(2)], { only })).toEqual([]);
  });

  it('finds a share of losses that hurts', () => {
    const frames: TestFrame[] = [];
    for (let i = 0; i < 200; i++) {
      frames.push(send(i * 0.1, 1000 + i * 100));
      if (i % 10 === 0) frames.push(send(i * 0.1 + 0.05, 1000 + i * 100));
    }
    frames.push(acked(30, 1000 + 200 * 100));
    const [finding] = diagnose(frames, { only });
    expect(finding.title).toBe('9 % of the data from 10.1.1.10 to 10.1.2.20 is sent again');
  });

  it('cannot tell when the capture lost frames', () => {
    expect(diagnose(stuck, { only, points: { router: { dropped: 1 } } })[0].verdict).toBe('inconclusive');
  });

  it('leaves single losses, keep-alives and forwarded copies alone', () => {
    expect(diagnose([send(0, 1000), send(0.3, 1000), acked(0.4, 1100), send(1, 1100), acked(1.1, 1200)], { only })).toEqual([]);
    expect(diagnose([send(0, 1000), acked(0.1, 1100), ...[10, 20, 30, 40].map((at) => send(at, 1099, 1))], { only })).toEqual([]);
    const copies = [0, 1, 2, 3, 4, 5].flatMap((n) => {
      const sent = send(n, 1000 + n * 100);
      return [sent, forward(sent, { if: 3, at: n + 0.0001 })];
    });
    expect(diagnose([...copies, acked(6, 1600)], { only })).toEqual([]);
  });
});
