// Frames of a link type that hopscope does not know: nothing in them was looked at.
import { linkTypeName } from '../capture/linktypes.js';
import page from './capture-unknown-link.md';
import { rule } from './rule.js';

export default rule({
  id: 'capture-unknown-link',
  title: 'Frames of an unknown link type were not looked at',
  group: 'capture',
  severity: 'warning',
  spec: 'LINKTYPE_ values',
  hint: 'Capture on an interface whose frames hopscope reads: Ethernet, -i any, loopback, or raw IP.',
  page,
  judge(facts, say) {
    facts.doubts.counted.forEach((source, i) => {
      const { point } = facts.captures[i];
      for (const [linkType, frames] of source.unknownLinkTypes)
        say({
          verdict: 'inconclusive',
          key: `${point} ${linkType}`,
          title: `${frames === source.frames ? 'All' : `${frames} of ${source.frames}`} frames at ${point} have the link type ${linkTypeName(linkType)}, which hopscope does not read`,
          message: `Link type ${linkTypeName(linkType)} (${linkType}): ${frames === 1 ? '1 frame was' : `${frames} frames were`} counted and not looked at${frames === source.frames ? '' : '; the others were judged'}.`,
          subject: { node: point },
          evidence: [],
          count: frames,
        });
    });
  },
});
