import { describe, expect, it } from 'vitest';
import { diagnose, summary } from './lab.js';
import { attempts, FAR, healthy, ifmap, NEAR, POD, passes, ping, SERVER } from './path-lab.js';

const only = ['return-missing'];

describe('return-missing', () => {
  it('makes one finding of a host that says nothing at all, and explains its silence', () => {
    const frames = [...healthy(1, 0), ...attempts(POD, SERVER, NEAR, FAR, 1), ...healthy(2, 8)];
    const findings = diagnose(frames, { ifmap });
    expect(summary(findings)).toEqual(['fail return-missing', '> fail tcp-no-answer']);
    expect(findings[0]).toMatchObject({ count: 3, subject: { interfaceIn: 'eth1', interfaceOut: 'eth2', dst: SERVER } });
  });

  it('waits until the answer was due', () => {
    expect(diagnose(passes(ping(POD, SERVER, 1, { if: NEAR, at: 0 }), FAR), { ifmap, only })).toEqual([]);
  });

  it('takes a question that is not overdue yet to those that are', () => {
    const frames = [
      ...healthy(1, 0),
      ...attempts(POD, SERVER, NEAR, FAR, 1),
      ...passes(ping(POD, SERVER, 1, { if: NEAR, at: 4 }), FAR),
    ];
    const findings = diagnose(frames, { ifmap });
    expect(findings.filter((f) => f.foldedUnder === null)).toMatchObject([{ rule: 'return-missing', count: 4 }]);
  });

  it('leaves alone a host of which anything was heard, and packets that are turned round', () => {
    const heard = [...attempts(POD, SERVER, NEAR, FAR), ...passes(ping(SERVER, POD, 1, { if: FAR, at: 4 }), NEAR)];
    expect(diagnose(heard, { ifmap, only })).toEqual([]);
    expect(diagnose([...healthy(1, 0), ...attempts(POD, SERVER, NEAR, NEAR, 1)], { ifmap, only })).toEqual([]);
  });
});
