import { describe, expect, it } from 'vitest';
import { diagnose, type TestFrame } from './lab.js';
import { bfdLost } from './service-examples.js';
import { bfd } from './services-lab.js';

const A = '10.1.1.1';
const B = '10.1.1.2';
const only = ['bfd-down'];
/** Packets of both in these states, a second apart. */
const both = (states: readonly (readonly [number, number])[], diagnostic = 0): TestFrame[] =>
  states.flatMap(([a, b], at) => [
    bfd({ at, src: A, dst: B, state: a, diagnostic: a === 1 ? diagnostic : 0 }),
    bfd({ at: at + 0.5, src: B, dst: A, state: b }),
  ]);

describe('bfd-down', () => {
  it('says who heard nothing', () => {
    const [finding] = diagnose(bfdLost(), { only });
    expect(finding).toMatchObject({
      severity: 'error',
      title: `BFD between ${A} and ${B} went down: control detection time expired`,
    });
    expect(finding.cause).toContain(`packets from ${B} to ${A} are lost`);
  });

  it('warns of one that came up again', () => {
    const flap = both(
      [
        [3, 3],
        [3, 3],
        [1, 1],
        [2, 2],
        [3, 3],
        [3, 3],
      ],
      1,
    );
    expect(diagnose(flap, { only })[0]).toMatchObject({ severity: 'warning' });
  });

  it('says that one side does not hear the other', () => {
    const half = both([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const [finding] = diagnose(half, { only });
    expect(finding).toMatchObject({ verdict: 'fail', title: `BFD between ${A} and ${B} does not come up` });
    expect(finding.cause).toBe(`${A} does not hear ${B}: packets to it are lost or filtered one way (UDP 3784).`);
  });

  it('is undecided where one side only is seen', () => {
    const alone = [0, 1, 2, 3, 4, 5].map((at) => bfd({ at, src: A, dst: B, state: 1 }));
    expect(diagnose(alone, { only })[0].verdict).toBe('inconclusive');
  });

  it('leaves a session that comes up, and one that is shut on purpose', () => {
    expect(
      diagnose(
        both([
          [1, 1],
          [2, 2],
          [3, 3],
          [3, 3],
        ]),
      ),
    ).toEqual([]);
    expect(
      diagnose(
        both([
          [3, 3],
          [3, 3],
          [0, 1],
          [0, 1],
        ]),
        { only },
      ),
    ).toEqual([]);
  });
});
