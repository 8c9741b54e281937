// JUnit XML, the dialect of Jenkins and GitLab. Inconclusive is an error: a skipped case reads as green.
import { safeText } from '../bytes/text.js';
import { type Case, cases, details } from './cases.js';
import { lengthOf } from './causes.js';
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

const TYPES = { fail: 'failure', inconclusive: 'error', damaged: 'error', mistake: 'error' } as const;

function element(test: Case): string[] {
  const owner = test.suite === undefined ? `hopscope.${test.group}` : test.suite;
  const time = (test.seconds ?? 0).toFixed(3);
  const open = `    <testcase classname="${xml(owner)}" name="${xml(test.name)}" time="${time}"`;
  const body = test.findings.map((finding) => details(finding).map(xml).join('\n')).join('\n\n');
  if (test.verdict === 'skipped') return [`${open}>`, `      <skipped message="${xml(test.message)}"/>`, '    </testcase>'];
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

/** How many there are of each kind, as attributes. */
function totals(tests: readonly Case[]): string {
  const of = (...verdicts: Case['verdict'][]) => tests.filter((test) => verdicts.includes(test.verdict)).length;
  return `tests="${tests.length}" failures="${of('fail')}" errors="${of('inconclusive', 'damaged', 'mistake')}"`;
}

export function junit(run: Run): string {
  const tests = cases(run);
  // Readers of Maven's form take three decimals at most.
  const seconds = (Number(lengthOf(run) ?? 0n) / 1e9).toFixed(3);
  const first = run.captures.map((capture) => capture.first).sort()[0];
  const stamp = first ? ` timestamp="${first.slice(0, 19)}"` : '';
  // One suite for each expectation file; what belongs to none stands in one of its own.
  const groups = new Map<string, Case[]>();
  for (const test of tests) groups.set(test.suite ?? 'hopscope', [...(groups.get(test.suite ?? 'hopscope') ?? []), test]);
  const suite = ([name, list]: [string, Case[]]): string[] => {
    const skipped = list.filter((test) => test.verdict === 'skipped').length;
    const spent = list.reduce((sum, test) => sum + (test.seconds ?? 0), 0);
    const time = run.suites === undefined ? seconds : spent.toFixed(3);
    return [
      `  <testsuite name="${xml(name)}" ${totals(list)} skipped="${skipped}" time="${time}"${stamp}>`,
      ...list.flatMap(element),
      '  </testsuite>',
    ];
  };
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="hopscope" ${totals(tests)} time="${seconds}">`,
    ...[...groups].flatMap(suite),
    '</testsuites>',
  ].join('\n')}\n`;
}
