// The clock of the capturing host was set while it captured.

import type { Facts } from '../facts/facts.js';
import page from './capture-clock-jump.md';
import { rule, type Say, seconds } from './rule.js';

export default rule({
  id: 'capture-clock-jump',
  title: 'The clock jumped during the capture',
  group: 'capture',
  severity: 'warning',
  hint: 'Capture again once the clock is settled (timedatectl, chronyc tracking).',
  page,
  options: {
    back: seconds(1, 'step back (interfaces of one capture differ by up to a quarter of a second without any fault)'),
    forward: seconds(86_400, 'step forward: silence of a day, or a clock that was set'),
    apart: seconds(1, 'difference between the clocks of two capture points'),
  },
  judge(facts, say, { back, forward, apart }) {
    judgeDifference(facts, apart, say);
    facts.doubts.counted.forEach(({ stepBackNs, stepBackAt, stepForwardNs, stepForwardAt }, source) => {
      const { point } = facts.captures[source];
      const jumps = [
        ['back', stepBackNs, back, stepBackAt],
        ['forward', stepForwardNs, forward, stepForwardAt],
      ] as const;
      for (const [way, step, limit, mark] of jumps) {
        if (step < limit || mark === null) continue;
        say({
          verdict: 'inconclusive',
          key: `${point} ${way}`,
          title: `The clock of ${point} jumps ${way} by ${(step / 1e9).toFixed(1)} s`,
          message: `Frame ${mark.frame} is ${(step / 1e9).toFixed(1)} s ${way === 'back' ? 'older' : 'younger'} than the frame before it. Everything that counts time across this point (answers that are due, retries, gaps) is in doubt.`,
          subject: { node: point },
          evidence: [{ mark, field: 'frame.time_epoch' }],
          count: 1,
        });
      }
    });
  },
});

const DAY_NS = 86_400e9;
/** Whole days, many years of them: a text without dates counts from 1970. */
const isUndated = (aheadNs: number, apart: number): boolean =>
  Math.abs(aheadNs) > 3650 * DAY_NS && Math.abs(aheadNs - Math.round(aheadNs / DAY_NS) * DAY_NS) < apart;

/** Packets that two points saw tell how far their clocks are apart; the run is already corrected by it. */
function judgeDifference(facts: Facts, apart: number, say: Say): void {
  const told = new Set<string>();
  for (const { point, aheadNs = 0, clockAsked } of facts.captures) {
    if (Math.abs(aheadNs) < apart || isUndated(aheadNs, apart) || told.has(point)) continue;
    told.add(point);
    const difference = `${(Math.abs(aheadNs) / 1e9).toFixed(3)} s`;
    const way = aheadNs > 0 ? 'ahead of' : 'behind';
    const other = clockAsked ? 'this machine' : facts.captures[0].point;
    const how = clockAsked ? 'The point says it when it is asked.' : 'Packets that both points saw show it.';
    say({
      verdict: 'fail',
      severity: 'info',
      key: `${point} ${way} ${other}`,
      title: `The clock of ${point} is ${difference} ${way} ${other}'s`,
      message: `${how} Their copies were matched with this difference taken off; times of frames are shown as ${clockAsked ? 'the point' : 'each file'} has them.`,
      hint: 'Let the nodes keep the same time (chrony, systemd-timesyncd).',
      subject: { node: point },
      evidence: [],
      count: 1,
    });
  }
}
