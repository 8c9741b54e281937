// What a witness did not hear, or could not keep: its silence proves nothing then.
import { quantity } from '../bytes/units.js';
import { WITNESS_NAMES } from '../witnesses/event.js';
import { groupedBy, rule } from './rule.js';
import page from './witness-incomplete.md';
import { countOf } from './witnessed.js';

export default rule({
  id: 'witness-incomplete',
  title: 'Another tool did not see everything',
  group: 'witness',
  severity: 'warning',
  hint: 'Ask for less at once (hubble observe --pod, --port), with larger buffers (hubble-event-buffer-capacity), and while all nodes are reachable.',
  page,
  judge(facts, say) {
    const { witnesses } = facts;
    witnesses.list.forEach(({ file, info, groups }, witness) => {
      const missed = groups.filter(({ event }) => event.saying === 'missed').map((group) => ({ witness, group }));
      for (const [reason, told] of groupedBy(missed, ({ group }) => group.event.reason)) {
        const name = WITNESS_NAMES[told[0].group.event.kind];
        say({
          verdict: 'inconclusive',
          key: `${file} ${reason}`,
          title: reason === 'nodes unavailable' ? `${name} did not hear every node` : `${name} lost events`,
          message: `${
            told
              .map(({ group }) => group.event.detail)
              .filter(Boolean)
              .slice(0, 3)
              .join('; ') || reason
          }. What is missing may include drops.`,
          evidence: [],
          quotes: told,
          count: countOf(told),
        });
      }
      if (info.interrupted)
        say({
          verdict: 'inconclusive',
          key: `${file} interrupted`,
          title: `The reading of ${file} was interrupted`,
          message: 'What comes later in it was not looked at.',
          hint: 'Let it read to the end.',
          evidence: [],
          count: info.lines,
        });
      if (info.forgotten > 0)
        say({
          verdict: 'inconclusive',
          key: `${file} forgotten`,
          title: `${quantity(info.forgotten, 'event')} of ${file} found no room`,
          message: 'The text holds more flows than are kept at once. The findings are about those that were kept.',
          hint: 'Give it in parts, or only the flows in question.',
          evidence: [],
          count: info.forgotten,
        });
      if (info.events === 0 && !info.interrupted)
        say({
          verdict: 'inconclusive',
          key: `${file} nothing`,
          title: `Nothing in ${file} tells of packets`,
          message: `${quantity(info.used, 'line')} ${info.used === 1 ? 'was' : 'were'} understood, and none says what became of a packet or a connection.`,
          hint: 'Give the part of the log in which the fault shows.',
          evidence: [],
          count: 0,
        });
    });
  },
});
