// The ladder of a finding about an address on a link: who asks for it, and who says that it has it.
import { macNumber } from '../bytes/show.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { LadderPicture } from './model.js';
import { endName } from './names.js';
import { Sketch } from './sketch.js';
import { keyOf, type Subject } from './subject.js';

export function neighbourLadder({ facts, time, finding, evidence }: Subject): LadderPicture | null {
  const sketch = new Sketch(facts, time);
  const { target } = finding.subject;
  const isFault = finding.verdict === 'fail' && finding.severity !== 'info';
  let drawn = 0;
  const claimed = new Set<string>();
  const marks = evidence.map(({ mark, note }) => ({ mark, note: note ?? '' })).sort((a, b) => a.mark.timeNs - b.mark.timeNs);
  const all = [...facts.neighbours.list].filter((n) => String(n.target) === target);
  const question = all.find((n) => n.questions.length > 0);
  const asked = question?.questions.find(
    ({ capture, frame }) => !marks.some(({ mark }) => keyOf(mark) === keyOf({ capture, frame })),
  );
  // The question that was answered stands before the answers.
  if (asked !== undefined && marks.length > 0 && asked.timeNs <= marks[marks.length - 1].mark.timeNs)
    marks.unshift({ mark: asked, note: '' });
  for (const { mark, note } of marks.sort((a, b) => a.mark.timeNs - b.mark.timeNs)) {
    const is = (other: Mark | null | undefined): boolean => other != null && keyOf(other) === keyOf(mark);
    const n = all.find((one) => one.questions.some(is));
    if (n !== undefined && n.askers.length > 0) {
      sketch.heard(mark, `end:${n.askers[0]}`, endName(facts, n.askers[0]), `who has ${target}?`, note, 'plain', true);
      drawn++;
      continue;
    }
    const mac = macOf(all, is);
    if (mac === null) {
      if (note !== '') sketch.note(mark, note, isFault ? 'wrong' : 'plain');
      continue;
    }
    const text = macNumber(mac);
    const known = facts.topology?.nodeByMac(mac) ?? null;
    const isSecond = claimed.size > 0 && !claimed.has(text);
    claimed.add(text);
    const label = { label: text, detail: known ?? '' };
    sketch.heard(
      mark,
      `mac:${text}`,
      label,
      `${target} is here`,
      note.includes(text) ? '' : note,
      isFault && isSecond ? 'wrong' : 'plain',
      false,
    );
    drawn++;
  }
  return drawn === 0 ? null : sketch.picture(finding.title);
}

type Known = Facts['neighbours']['list'] extends Iterable<infer N> ? N : never;

/** The MAC whose claim a frame is. */
function macOf(all: readonly Known[], is: (mark: Mark | null | undefined) => boolean): number | null {
  for (const n of all) {
    const claim = n.claims.find(({ first }) => is(first)) ?? n.ignored.find(({ first }) => is(first));
    if (claim !== undefined) return claim.mac;
    const change = n.changes.find(({ mark }) => is(mark));
    if (change !== undefined) return change.to;
    const use =
      n.users.find(({ first, last }) => is(first) || is(last)) ?? n.probers.find(({ first, last }) => is(first) || is(last));
    if (use !== undefined) return use.mac;
  }
  return null;
}
