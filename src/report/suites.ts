// A run of expectations for people, as a test runner shows it: by file, what failed once more at the end, in full.

import { safeText } from '../bytes/text.js';
import { duration, quantity } from '../bytes/units.js';
import type { Finding } from '../rules/finding.js';
import type { ReportOptions } from './formats.js';
import { drawing, journey, Page, remedy, type Style } from './page.js';
import type { ReportExpectation, ReportSuite, Run } from './run.js';
import { SIGNS } from './words.js';

const LOOK: Readonly<Record<ReportExpectation['verdict'], { sign: string; style: Style }>> = {
  pass: { sign: SIGNS.pass, style: 'pass' },
  fail: { sign: SIGNS.error, style: 'error' },
  inconclusive: { sign: SIGNS.open, style: 'open' },
  skipped: { sign: '-', style: 'dim' },
};

/** What an expectation was held against, in a few words. */
function note({ verdict, seen, count }: ReportExpectation): string {
  if (verdict === 'skipped') return `skipped: ${seen}`;
  return verdict === 'pass' ? seen || quantity(count, 'time') : '';
}

const time = (seconds: number): string => duration(seconds * 1e9);

function overview(page: Page, run: Run, suite: ReportSuite): void {
  const files = run.captures
    .filter((capture) => suite.points.includes(capture.point))
    .map(({ point, file }) => (point === file || point.endsWith(` (${file})`) ? point : `${point}: ${file}`));
  page.hang('', safeText(suite.name === suite.file ? suite.file : `${suite.file}: ${suite.name}`), null, 'bold');
  const isChecked = suite.points.length > 0;
  const spent = suite.cached === true ? 'cached' : time(suite.seconds);
  page.hang('  ', isChecked ? safeText(`${files.join(', ')} (${spent})`) : 'not checked', null, 'dim');
  for (const one of suite.expectations) {
    const { sign, style } = LOOK[one.verdict];
    const said = [...(one.flaky === true ? ['flaky'] : []), note(one)].filter(Boolean).join(': ');
    page.hang(`  ${sign} `, safeText(said === '' ? one.name : `${one.name} (${said})`), style, style === 'dim' ? 'dim' : null);
  }
  if (suite.uncovered.length > 0) {
    page.line();
    page.hang('  ', `${quantity(suite.uncovered.length, 'conversation')} that no expectation speaks of:`);
    for (const text of suite.uncovered) page.hang('    ', safeText(text));
  }
  page.line();
}

function inFull(
  page: Page,
  suite: ReportSuite,
  one: ReportExpectation,
  finding: Finding | undefined,
  run: Run,
  options: ReportOptions,
  told: Set<string>,
): void {
  const { sign, style } = LOOK[one.verdict];
  // A file that was held against several sets of captures: which of them it was.
  const several = (run.suites ?? []).filter((other) => other.file === suite.file).length > 1;
  page.hang(`${sign} `, safeText(`${suite.name}: ${one.name}${several ? ` (${suite.points.join(', ')})` : ''}`), style, 'bold');
  page.hang('  ', safeText(`${suite.file}:${one.line}`), null, 'dim');
  page.line();
  page.paragraph('expected', safeText(one.expected));
  page.paragraph('seen', safeText(one.seen));
  if (finding !== undefined) {
    if (finding.evidence.length > 0) {
      page.line();
      journey(
        page,
        { finding: { ...finding, subject: { ...finding.subject, interfaceExpected: null } }, kind: 'fault', symptoms: [] },
        options.verbose,
        suite.points.length > 1,
      );
      if (finding.cause !== '' || finding.hint !== '' || finding.commands.length > 0) page.line();
      if (one.verdict === 'fail') drawing(page, run, finding, options.picture);
    }
    // What explains several expectations is told once, with what to do about it.
    if (finding.cause !== '' && told.has(finding.cause))
      page.paragraph('why', `${safeText(finding.cause.split(':')[0]!)}, as above`);
    else {
      if (finding.cause !== '') page.paragraph('why', safeText(finding.cause));
      remedy(page, finding);
      told.add(finding.cause);
    }
  }
  page.line();
}

export function suitesText(run: Run, suites: readonly ReportSuite[], options: ReportOptions): string {
  const page = new Page(options);
  for (const suite of suites) overview(page, run, suite);
  const byId = new Map(run.findings.map((finding) => [finding.id, finding]));
  const told = new Set<string>();
  for (const verdict of ['inconclusive', 'fail'] as const)
    for (const suite of suites)
      for (const one of suite.expectations)
        if (one.verdict === verdict) inFull(page, suite, one, byId.get(one.finding ?? ''), run, options, told);
  for (const { point, error } of run.captures)
    if (error !== null) page.hang(`${SIGNS.error} `, `${safeText(point)}: reading stopped early: ${safeText(error)}`, 'error');
  const all = suites.flatMap((suite) => suite.expectations);
  const of = (verdict: ReportExpectation['verdict']) => all.filter((one) => one.verdict === verdict).length;
  const parts = [
    [of('fail'), 'failed'],
    [of('inconclusive'), 'undecided'],
    [of('pass'), 'passed'],
    [of('skipped'), 'skipped'],
  ]
    .filter(([n]) => n !== 0)
    .map(([n, what]) => `${n} ${what}`);
  const frames = run.captures.reduce((sum, capture) => sum + capture.frames, 0);
  const seconds = suites.reduce((sum, suite) => sum + suite.seconds, 0);
  const style: Style = of('fail') > 0 ? 'error' : of('inconclusive') > 0 ? 'open' : 'pass';
  page.hang(
    '',
    `${parts.join(', ')} (${quantity(all.length, 'expectation')}, ${quantity(frames, 'frame')}, ${time(seconds)})`,
    null,
    style,
  );
  return page.toString();
}
