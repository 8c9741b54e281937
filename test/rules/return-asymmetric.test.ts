import { describe, expect, it } from 'vitest';
import { diagnose, forward, ipv4, type Sight, sll2, type TestFrame, tcp } from './lab.js';
import { FAR, NEAR, ifmap as names, POD, passes, SERVER, syn } from './path-lab.js';

const only = ['return-asymmetric'];
const THIRD = 9;
const ifmap = { ...names, [THIRD]: 'eth3' };
const from = (flags: string, seq: number, ack: number, sight: Sight, data = 0): TestFrame =>
  sll2(sight, ipv4({ src: SERVER, dst: POD, ttl: 63 }, tcp({ src: 80, dst: 40_000, flags, seq, ack, data })));
const to = (flags: string, seq: number, ack: number, sight: Sight, data = 0): TestFrame =>
  sll2(sight, ipv4({ src: POD, dst: SERVER, ttl: 63 }, tcp({ src: 40_000, dst: 80, flags, seq, ack, data })));

describe('return-asymmetric', () => {
  it('is an error where the answers are not accepted', () => {
    const frames = [
      ...passes(syn(POD, SERVER, { if: NEAR, at: 0 }), FAR),
      ...[0.1, 1.1, 3.1].map((at) => from('SA', 5000, 1001, { if: THIRD, at })),
    ];
    const [finding] = diagnose(frames, { ifmap, only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      severity: 'error',
      subject: { interfaceIn: 'eth3', interfaceOut: 'eth2', interfaceExpected: 'eth2' },
    });
    expect(finding.cause).toContain('rp_filter');
  });

  it('is a note where they are accepted', () => {
    const frames = [
      ...passes(syn(POD, SERVER, { if: NEAR, at: 0 }), FAR),
      ...passes(from('SA', 5000, 1001, { if: THIRD, at: 0.1 }), NEAR),
      ...passes(to('A', 1001, 5001, { if: NEAR, at: 0.2 }), FAR),
    ];
    expect(diagnose(frames, { ifmap, only })).toMatchObject([{ severity: 'info' }]);
  });

  it('notes that only one direction of a living connection passes', () => {
    const frames = [
      ...passes(syn(POD, SERVER, { if: NEAR, at: 0 }), FAR),
      ...passes(to('A', 1001, 5001, { if: NEAR, at: 0.2 }), FAR),
      ...passes(to('PA', 1001, 5001, { if: NEAR, at: 0.3 }, 100), FAR),
    ];
    const [finding] = diagnose(frames, { ifmap, only });
    expect(finding).toMatchObject({ severity: 'info' });
    expect(finding.message).toContain('arrive by another way');
    // A filter that hides the other half proves nothing.
    expect(diagnose(frames, { ifmap, only, points: { router: { filter: 'dst port 80' } } })).toEqual([]);
  });

  it('leaves the usual path alone, and a node that shows one packet on two interfaces', () => {
    const usual = [
      ...passes(syn(POD, SERVER, { if: NEAR, at: 0 }), FAR),
      ...passes(from('SA', 5000, 1001, { if: FAR, at: 0.1 }), NEAR),
    ];
    expect(diagnose(usual, { ifmap, only })).toEqual([]);
    const request = syn(POD, SERVER, { if: NEAR, at: 0 });
    const bridged = [
      request,
      forward(request, { if: THIRD }),
      forward(request, { if: FAR }),
      from('SA', 5000, 1001, { if: THIRD, at: 0.1 }),
    ];
    expect(diagnose(bridged, { ifmap, only })).toEqual([]);
  });
});
