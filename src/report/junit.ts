// JUnit XML, the dialect of Jenkins and GitLab. Inconclusive is an error: a skipped case reads as green.
import { safeText } from '../bytes/text.js';
import { type Case, cases, details } from './cases.js';
import { duration } from './causes.js';
import type { Run } from './run.js';

// XML 1.0 section 2.2: these cannot be written in any form, not even as a reference.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for XML content and attributes. Control characters show as escapes, what XML forbids as U+FFFD. */
export function xml(text: string): string {
  return safeText(text)
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const TYPES = { fail: 'failure', inconclusive: 'error', damaged: 'error' } as const;

function element(test: Case): string[] {
  const open = `    <testcase classname="hopscope.${test.group}" name="${xml(test.name)}" time="0"`;
  const body = test.findings.map((finding) => details(finding).map(xml).join('\n')).join('\n\n');
  if (test.verdict === 'pass') {
    const text = body || xml(test.message);
    return text === '' ? [`${open}/>`] : [`${open}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
  }
  const tag = TYPES[test.verdict];
  return [
    `${open}>`,
    `      <${tag} type="${test.verdict}" message="${xml(test.message)}">${body || xml(test.message)}</${tag}>`,
    '    </testcase>',
  ];
}

export function junit(run: Run): string {
  const tests = cases(run);
  const failures = tests.filter((test) => test.verdict === 'fail').length;
  const errors = tests.filter((test) => test.verdict === 'inconclusive' || test.verdict === 'damaged').length;
  const totals = `tests="${tests.length}" failures="${failures}" errors="${errors}"`;
  const seconds = (Number(duration(run) ?? 0n) / 1e9).toFixed(6);
  const first = run.captures.map((capture) => capture.first).sort()[0];
  const stamp = first ? ` timestamp="${first.slice(0, 19)}"` : '';
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="hopscope" ${totals} time="${seconds}">`,
    `  <testsuite name="hopscope" ${totals} skipped="0" time="${seconds}"${stamp}>`,
    ...tests.flatMap(element),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}
