// GitLab Code Quality: a JSON list of issues at lines of files (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).
// Paths are relative to the repository; a file is shown in the merge request where it is part of that.
import { safeText } from '../bytes/text.js';
import { type Cause, captureAt, causes, placeOf } from './causes.js';
import { safeJson } from './json.js';
import type { Run } from './run.js';

const SEVERITY = { error: 'major', warning: 'minor', info: 'info' } as const;

function issue(run: Run, { finding, kind }: Cause): object {
  const place = placeOf(run, finding);
  const [first] = finding.evidence;
  const seenIn = (first === undefined ? undefined : captureAt(run, first.point)?.file) ?? run.captures[0]?.file;
  const path = place?.file ?? run.topology?.files[0] ?? seenIn ?? 'hopscope';
  return {
    type: 'issue',
    check_name: finding.rule,
    description: safeText(`${kind === 'open' ? 'undecided: ' : ''}${finding.title}: ${finding.message}`),
    fingerprint: finding.id,
    severity: kind === 'open' ? 'minor' : SEVERITY[finding.severity],
    location: { path: safeText(path.replace(/^\.\//, '')), lines: { begin: place?.line ?? 1 } },
  };
}

export function codequality(run: Run): string {
  const damaged = run.captures.flatMap(({ file, error }) =>
    error === null
      ? []
      : [
          {
            type: 'issue',
            check_name: 'capture',
            description: safeText(error),
            fingerprint: `capture ${safeText(file)}`,
            severity: 'major',
            location: { path: safeText(file), lines: { begin: 1 } },
          },
        ],
  );
  const found = causes(run).filter(({ kind }) => kind === 'fault' || kind === 'open');
  return `${safeJson(JSON.stringify([...damaged, ...found.map((cause) => issue(run, cause))], null, 2))}\n`;
}
