// A capture without frames shows nothing, and so cannot pass.
import page from './capture-empty.md';
import { rule } from './rule.js';

export default rule({
  id: 'capture-empty',
  title: 'A capture holds no frames',
  group: 'capture',
  severity: 'warning',
  hint: 'Was the capture filter right, was it the right interface, and did anything happen while it ran? tcpdump -i any -c 10 shows at once.',
  page,
  judge(facts, say) {
    if (!facts.ended) return;
    const isAny = facts.doubts.counted.some(({ frames }) => frames > 0);
    facts.doubts.counted.forEach(({ frames }, i) => {
      const capture = facts.captures[i];
      if (frames > 0 || capture.broken) return;
      // It ran while the others did, and nothing came by.
      if (isAny && capture.taken !== undefined && capture.filter === null) return;
      const name = capture.label ?? capture.point;
      say({
        verdict: 'inconclusive',
        key: name,
        title: `The capture at ${name} holds no frames`,
        message: `Nothing was captured at ${name}${capture.filter === null ? '' : ` with the filter ${capture.filter}`}, so nothing could be checked.`,
        subject: { node: capture.point },
        evidence: [],
        count: 0,
      });
    });
  },
});
