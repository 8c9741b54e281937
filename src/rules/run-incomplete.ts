// What was not judged: what had to be given up, what was not read, what found no room in the report. A run with any of it is no pass.
import { quantity } from '../bytes/units.js';
import { rule } from './rule.js';
import page from './run-incomplete.md';

export default rule({
  id: 'run-incomplete',
  title: 'Not everything was judged',
  group: 'capture',
  severity: 'warning',
  hint: 'Look at less at once (-Y with a display filter, or fewer captures), or keep more: HOPSCOPE_CONVERSATIONS, see docs/limits.md.',
  page,
  always: true,
  judge(facts, say) {
    const { doubts } = facts;
    const nothing = { verdict: 'inconclusive', evidence: [] } as const;
    if (doubts.interrupted)
      say({
        ...nothing,
        key: 'interrupted',
        title: 'The reading was interrupted: what comes later was not looked at',
        message: 'What is said here is of the frames that were read until then. What looks lost may have been answered later.',
        hint: 'Let it read to the end.',
        count: facts.captures.length,
      });
    for (const { point, text } of facts.captures.flatMap(({ lacking = [] }) => lacking))
      if (point !== null)
        say({
          ...nothing,
          key: `lacking ${point}`,
          title: `Not all was captured at ${point}`,
          message: `${text}. What passed there unseen is not judged.`,
          hint: 'Capture anew once the point can be reached.',
          subject: { node: point },
          count: 1,
        });
    const given = [...doubts.givenUp()];
    if (given.length > 0) {
      const what = given.map(({ text }) => text).join(', ');
      say({
        ...nothing,
        key: 'forgotten',
        title: `Not judged, to stay within memory: ${what}`,
        message: `There was more than is kept at once: ${what} had to be given up. What is wrong with these is not in this report. Those that were open or had failed were kept for longest.`,
        count: given.reduce((sum, { count }) => sum + count, 0),
      });
    }
    if (doubts.untold > 0)
      say({
        ...nothing,
        key: 'untold',
        title: `${quantity(doubts.untold, 'more finding is', 'more findings are')} not told`,
        message: 'There are more findings than a report holds. Those told came first.',
        count: doubts.untold,
      });
  },
});
