import { describe, expect, it } from 'vitest';
import { diagnose, sll2, type TestFrame } from './lab.js';
import { hostPort, LACP_STATE, NOBODY, oneWayLacp, switchPort, twoPorts } from './service-examples.js';
import { type LacpSays, lacp } from './services-lab.js';

const only = ['lacp-no-partner', 'lacp-mismatch'];
const { up, waiting, alone } = LACP_STATE;
const [HOST, SWITCH] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];
/** LACPDUs of one end, at these times. */
const says = (end: LacpSays, other: LacpSays, times: readonly number[], dir?: TestFrame['dir']): TestFrame[] =>
  times.map((at) => {
    const frame = lacp(end, other, { at, mac: end[0] });
    return dir === undefined ? frame : sll2({ at, dir, mac: end[0], if: 3 }, frame.packet);
  });
const inOrder = (...frames: TestFrame[]): TestFrame[] => frames.sort((a, b) => Number(a.at) - Number(b.at));

describe('lacp-no-partner', () => {
  it('says which end does not hear the other', () => {
    const [found, ...more] = diagnose(oneWayLacp(), { only });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ verdict: 'fail', severity: 'error' });
    expect(found.title).toMatch(/^02:00:00:00:00:0b port 7 does not hear the LACPDUs of 02:00:00:00:00:0a port 1 on /);
    expect(found.message).toContain('the other end hears it');
  });

  it('says that a partner that was there is silent', () => {
    const frames = inOrder(
      ...says(hostPort(up), switchPort(up), [0, 1, 2]),
      ...says(switchPort(up), hostPort(up), [0.2, 1.2, 2.2]),
      ...says(hostPort(alone), NOBODY, [6, 7, 8, 9]),
    );
    const [found, ...more] = diagnose(frames, { only });
    expect(more).toEqual([]);
    expect(found.title).toMatch(/^The LACP partner of 02:00:00:00:00:0a port 1 on .* is silent$/);
    expect(found.evidence.map(({ frame }) => frame)).toEqual([5, 7, 10]);
  });

  it('warns where a node asks in vain, remarks where it does not answer, and is undecided where one direction is seen', () => {
    const times = [0, 1, 2, 3];
    const verdicts = (frames: TestFrame[]) =>
      diagnose(frames, { only }).map(({ verdict, severity, title }) => [verdict, severity, title.replace(/ on .*/, '')]);
    expect(verdicts(says(hostPort(alone), NOBODY, times, 'out'))).toEqual([
      ['fail', 'warning', 'Nobody answers the LACPDUs of 02:00:00:00:00:0a port 1'],
    ]);
    expect(verdicts(says(switchPort(alone), NOBODY, times, 'in'))).toEqual([
      ['fail', 'info', '02:00:00:00:00:0b port 7 speaks LACP'],
    ]);
    expect(verdicts(says(switchPort(alone), NOBODY, times))).toEqual([
      ['inconclusive', 'error', 'No LACP partner of 02:00:00:00:00:0b port 7 is seen'],
    ]);
  });

  it('leaves a link that comes up, and timeouts that differ', () => {
    const coming = inOrder(
      ...says(hostPort(alone), NOBODY, [0]),
      ...says(switchPort(waiting), hostPort(waiting), [0.5]),
      ...says(hostPort(up), switchPort(up), [1, 31, 61]),
      ...says(switchPort(up), hostPort(up), [1.5, 2.5, 3.5]),
    );
    expect(diagnose(coming, { only })).toEqual([]);
    const late = inOrder(
      ...says(hostPort(alone), NOBODY, [0, 1, 2, 3]),
      ...says(switchPort(up), hostPort(up), [4, 5]),
      ...says(hostPort(up), switchPort(up), [4.1, 5.1]),
    );
    expect(diagnose(late, { only })).toEqual([]);
    // Short at one end, long at the other.
    const mixed = inOrder(
      ...says(hostPort(up | 2), switchPort(up), [0, 30]),
      ...says(switchPort(up), hostPort(up | 2), [1, 2, 3]),
    );
    expect(diagnose(mixed, { only })).toEqual([]);
  });
});

describe('lacp-mismatch', () => {
  it('names two partners of one aggregate, systems or keys', () => {
    const [systems] = diagnose(twoPorts('02:00:00:00:00:0c'), { only });
    expect(systems).toMatchObject({
      title: `Ports of one aggregate of ${HOST} (key 15) go to 2 partners`,
      cause: `They are cabled to different devices (${SWITCH} (key 3), 02:00:00:00:00:0c (key 3)), which are not one system to LACP (no MLAG, no stack).`,
    });
    const [keys] = diagnose(twoPorts(SWITCH, 4), { only });
    expect(keys.cause).toContain('belong to different aggregates');
  });

  it('names an end that is individual', () => {
    const single = LACP_STATE.waiting & ~4;
    const frames = inOrder(
      ...says(switchPort(single), hostPort(waiting), [0, 1, 2]),
      ...says(hostPort(waiting), switchPort(single), [0.5, 1.5, 2.5]),
    );
    expect(diagnose(frames, { only }).map(({ title, severity }) => [severity, title])).toEqual([
      ['warning', `${SWITCH} port 7 is individual: it takes part in no aggregate`],
    ]);
  });

  it('leaves switches that are one system, aggregates of their own, and a cable that was moved', () => {
    expect(diagnose(twoPorts(SWITCH), { only })).toEqual([]);
    const other: LacpSays = ['02:00:00:00:00:0a', 16, 2, up];
    const two = inOrder(
      ...says(hostPort(up), switchPort(up), [0, 1]),
      ...says(other, switchPort(up, '02:00:00:00:00:0c'), [0.1, 1.1]),
    );
    expect(diagnose(two, { only })).toEqual([]);
    const moved = inOrder(
      ...says(hostPort(up), switchPort(up), [0, 30]),
      ...says(hostPort(up), switchPort(up, '02:00:00:00:00:0c'), [60, 90]),
    );
    expect(diagnose(moved, { only })).toEqual([]);
  });
});
