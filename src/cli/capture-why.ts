// What the rules say of a run that was held against expectations: which of them fails is one thing, why is another.
import { safeText } from '../bytes/text.js';
import { quantity } from '../bytes/units.js';
import { kindOf } from '../report/causes.js';
import type { Run } from '../report/run.js';
import { type OutputFlags, targets } from './options.js';
import { print } from './streams.js';

/** Causes that are listed; the diagnosis has all. */
const MAX_CAUSES = 5;

/** The diagnosis in short: below a report for people, else beside it. */
export async function printWhy({ findings }: Run, folder: string, reporting: OutputFlags): Promise<void> {
  const causes = findings.filter((finding) => finding.foldedUnder === null && kindOf(finding) === 'fault');
  const lines = causes
    .slice(0, MAX_CAUSES)
    .flatMap(({ severity, title, commands, subject: { node } }) => [
      `${severity === 'error' ? '✗' : '!'} ${severity}: ${title}`,
      ...commands.map((command) => `    ${node === null ? '' : `on ${node}: `}${command}`),
    ]);
  if (causes.length > MAX_CAUSES) lines.push(`and ${quantity(causes.length - MAX_CAUSES, 'more cause')}`);
  lines.push(
    `${causes.length === 0 ? 'The rules find no fault in it' : 'That is what the rules find'}; \`hopscope ${folder}\` says more`,
  );
  const text = `\n${lines.map(safeText).join('\n')}\n`;
  if (targets(reporting).some(({ format, file }) => format === 'text' && file === null)) await print(text);
  else process.stderr.write(text);
}
