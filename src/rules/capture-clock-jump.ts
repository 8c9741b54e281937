// The clock of the capturing host was set while it captured.
import page from './capture-clock-jump.md';
import { rule, seconds } from './rule.js';

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
  },
  judge(world, say, { back, forward }) {
    world.tracker.sources.forEach(({ stepBackNs, stepBackAt, stepForwardNs, stepForwardAt }, source) => {
      const { point } = world.captures[source];
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
