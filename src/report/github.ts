// GitHub workflow commands. A step shows ten annotations at most, so causes come first and symptoms ride with them;
// what does not fit is in the step summary, which is the Markdown report.

import { safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import { type Cause, captureAt, causes, isClean, placeOf } from './causes.js';
import type { Run } from './run.js';

const LIMIT = 10;
const LEVELS = { error: 'error', warning: 'warning', info: 'notice' } as const;

// The runner ends a command at a line break, and a property at `,` or `:`; it decodes these escapes only.
const data = (lines: readonly string[]) =>
  lines
    .flatMap((line) => line.split('\n'))
    .map((line) => safeText(line).replaceAll('%', '%25'))
    .join('%0A')
    .replaceAll('\r', '%0D');
const property = (text: string) => data([text]).replaceAll(':', '%3A').replaceAll(',', '%2C');

function annotation(run: Run, { finding, kind, symptoms }: Cause): string {
  const first = finding.evidence[0];
  const file = first === undefined ? run.topology?.files[0] : captureAt(run, first.point)?.file;
  const lines = [finding.message];
  if (finding.cause !== '') lines.push(`cause: ${finding.cause}`);
  if (finding.evidence.length > 0)
    lines.push(`frames: ${finding.evidence.map((e) => `${e.point} ${e.frame} (${e.note})`).join(', ')}`);
  for (const { says, file: text, line } of finding.quotes ?? []) lines.push(`${says} (${text}:${line})`);
  for (const symptom of symptoms) lines.push(`and because of that: ${symptom.rule} ×${symptom.count} ${symptom.title}`);
  if (finding.hint !== '') lines.push(`do: ${finding.hint}`);
  for (const command of finding.commands) lines.push(`$ ${command}`);
  const level = kind === 'open' ? 'warning' : LEVELS[finding.severity];
  const written = placeOf(run, finding);
  if (written !== null)
    return `::${level} file=${property(written.file)},line=${written.line},title=${property(`${kind === 'open' ? 'undecided: ' : ''}${finding.title}`)}::${data(lines)}`;
  const place = file === undefined || file === '-' ? '' : `file=${property(file)},`;
  const title = `${kind === 'open' ? 'inconclusive: ' : ''}${finding.rule}: ${finding.title}`;
  return `::${level} ${place}title=${property(title)}::${data(lines)}`;
}

export function github(run: Run): string {
  const broken = run.captures
    .filter((capture) => capture.error !== null)
    .map(
      (capture) => `::error file=${property(capture.file)},title=${property('capture is damaged')}::${data([capture.error!])}`,
    );
  const shown = causes(run).filter(({ kind }) => kind === 'fault' || kind === 'open');
  const all = [...broken, ...shown.map((cause) => annotation(run, cause))];
  if (all.length > LIMIT) {
    const rest = quantity(all.length - LIMIT + 1, 'more finding is', 'more findings are');
    all.splice(LIMIT - 1, Infinity, `::notice title=hopscope::${data([`${rest} in the step summary`])}`);
  }
  if (all.length === 0)
    all.push(
      `::notice title=hopscope::${isClean(run) ? (run.suites === undefined ? 'nothing wrong found' : 'all expectations hold') : 'no frames: nothing could be checked'}`,
    );
  return `${all.join('\n')}\n`;
}
