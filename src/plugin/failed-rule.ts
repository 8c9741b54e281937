// What plug-ins could not do, as findings against them: nothing they were to look at counts as healthy.
import { rule } from '../rules/rule.js';
import { failuresSoFar } from './added.js';

export default rule({
  id: 'plugin-failed',
  title: 'A plug-in stopped with an error of its own',
  group: 'capture',
  severity: 'error',
  hint: 'Mend the plug-in, or run without it.',
  page: `# plugin-failed

Something of a plug-in has thrown: a dissector, a column. What it was to say of these packets is missing, so a run with such a plug-in is
undecided at best, and never a pass. All other findings are as they are without it. A rule of a plug-in that throws is reported under its own id.
`,
  always: true,
  judge(_facts, say) {
    for (const { plugin, what, text, count } of failuresSoFar())
      say({
        verdict: 'inconclusive',
        confidence: 'low',
        key: `${plugin} ${what}`,
        title: `The plug-in ${plugin} failed: ${what} stopped with an error of its own`,
        message: `${text}. It happened ${count === 1 ? 'once' : `${count} times`}; what it was to say there is missing.`,
        evidence: [],
        count,
      });
  },
});
