// TAP version 14. Inconclusive is `not ok`: TODO and SKIP read as green.
import { safeText } from '../bytes/text.js';
import { cases } from './cases.js';
import { safeJson } from './json.js';
import type { Run } from './run.js';

// A `#` starts a directive, so packet text could otherwise turn a failure into a TODO; the backslash escapes it.
const description = (text: string) => safeText(text).replace(/[\\#]/g, '\\$&');

export function tap(run: Run): string {
  const tests = cases(run);
  const lines = ['TAP version 14', `1..${tests.length}`];
  tests.forEach((test, i) => {
    const status = test.verdict === 'pass' || test.verdict === 'skipped' ? 'ok' : 'not ok';
    const directive = test.verdict === 'skipped' ? ` # SKIP ${description(test.message)}` : '';
    const name = test.suite === undefined ? `${test.group} ${test.name}` : `${test.suite}: ${test.name}`;
    lines.push(`${status} ${i + 1} - ${description(name)}${directive}`);
    if (directive !== '') return;
    if (test.verdict === 'pass') return;
    // JSON is YAML, and its strings need no further escapes.
    const value = (data: unknown) => safeJson(JSON.stringify(data));
    lines.push('  ---', `  verdict: ${test.verdict}`, `  message: ${value(test.message)}`);
    if (test.line !== undefined) lines.push(`  at: ${value(`${test.file}:${test.line}`)}`);
    if (test.findings.length > 0) lines.push('  findings:');
    for (const finding of test.findings) {
      lines.push(`    - title: ${value(finding.title)}`);
      lines.push(
        `      severity: ${finding.severity}`,
        `      message: ${value(finding.message)}`,
        `      cause: ${value(finding.cause)}`,
      );
      lines.push(`      frames: ${value(finding.evidence.map((e) => `${e.point} ${e.frame}`))}`);
      lines.push(`      commands: ${value(finding.commands)}`, `      count: ${finding.count}`, `      id: ${value(finding.id)}`);
    }
    lines.push('  ...');
  });
  return `${lines.join('\n')}\n`;
}
