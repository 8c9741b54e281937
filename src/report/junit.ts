// JUnit XML as Ant and Jenkins describe it in their schemas: what one of them does not know is left out. Inconclusive is an error: a
// skipped case reads as green.
import { xml } from '../bytes/xml.js';
import { type Case, cases, details } from './cases.js';
import { lengthOf } from './causes.js';
import type { Run } from './run.js';

const TYPES = { fail: 'failure', inconclusive: 'error', damaged: 'error', mistake: 'error' } as const;

/** Seconds: readers of Maven's form take three decimals at most. */
const time = (seconds: number): string => seconds.toFixed(3);

function element(test: Case, withFile: boolean): string[] {
  const owner = test.suite ?? `hopscope.${test.group}`;
  const file = withFile && test.file !== undefined && test.file !== '-' ? ` file="${xml(test.file)}"` : '';
  const open = `    <testcase classname="${xml(owner)}" name="${xml(test.name)}" time="${time(test.seconds ?? 0)}"${file}`;
  if (test.verdict === 'pass') return [`${open}/>`];
  if (test.verdict === 'skipped') return [`${open}>`, `      <skipped>${xml(test.message)}</skipped>`, '    </testcase>'];
  const body = test.findings.map((finding) => details(finding).map(xml).join('\n')).join('\n\n');
  const tag = TYPES[test.verdict];
  return [
    `${open}>`,
    `      <${tag} type="${test.verdict}" message="${xml(test.message)}">${body || xml(test.message)}</${tag}>`,
    '    </testcase>',
  ];
}

/** What is no failure and yet worth knowing. */
const remarks = (tests: readonly Case[]): string =>
  tests
    .filter(({ verdict, message }) => verdict === 'pass' && message !== '')
    .map(({ name, message, findings }) => [`${name}: ${message}`, ...findings.flatMap(details)].map(xml).join('\n'))
    .join('\n\n');

/** When the captures of these points, or of all, began; the schemas want a time, also where nothing was captured. */
function began({ captures }: Run, points: readonly string[] | undefined): string {
  const own = captures.filter(({ point }) => points?.includes(point) ?? true);
  const [first] = own.flatMap((capture) => capture.first ?? []).sort();
  return (first ?? '1970-01-01T00:00:00').slice(0, 19);
}

function render(run: Run, withFile: boolean): string {
  const seconds = Number(lengthOf(run) ?? 0n) / 1e9;
  // One suite for each expectation file; what belongs to none stands in one of its own.
  const groups = new Map<string, Case[]>();
  for (const test of cases(run)) {
    const group = groups.get(test.suite ?? '');
    if (group === undefined) groups.set(test.suite ?? '', [test]);
    else group.push(test);
  }
  const points = new Map((run.suites ?? []).map((one) => [one.title, one.points]));
  const suite = ([name, list]: [string, Case[]], id: number): string[] => {
    const of = (...verdicts: Case['verdict'][]) => list.filter((test) => verdicts.includes(test.verdict)).length;
    const spent = list.reduce((sum, test) => sum + (test.seconds ?? 0), 0);
    const skipped = of('skipped') === 0 ? '' : ` skipped="${of('skipped')}"`;
    return [
      `  <testsuite name="${xml(name || 'hopscope')}" package="hopscope" id="${id}" timestamp="${began(run, points.get(name))}" hostname="localhost" tests="${list.length}" failures="${of('fail')}" errors="${of('inconclusive', 'damaged', 'mistake')}"${skipped} time="${time(run.suites === undefined ? seconds : spent)}">`,
      // Ant wants the element, Jenkins something in it.
      `    <properties><property name="hopscope" value="${xml(run.tool.version)}"/></properties>`,
      ...list.flatMap((test) => element(test, withFile)),
      `    <system-out>${remarks(list)}</system-out>`,
      '    <system-err/>',
      '  </testsuite>',
    ];
  };
  return `${['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...[...groups].flatMap(suite), '</testsuites>'].join('\n')}\n`;
}

export const junit = (run: Run): string => render(run, false);

/** For GitLab, which links a case to its file; the schemas of the others know no such attribute. */
export const junitWithFiles = (run: Run): string => render(run, true);
