// Test runners count cases: one for each capture (was it readable?), each rule and each expectation.
import type { Finding } from '../rules/finding.js';
import { kindOf } from './causes.js';
import type { ReportSuite, Run } from './run.js';

export interface Case {
  readonly group: 'capture' | 'topology' | 'rule' | 'expectation';
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'damaged' | 'skipped';
  /** Of an expectation: the file's name, and where it stands. */
  readonly suite?: string;
  readonly place?: string;
  readonly seconds?: number;
  /** One line on a case that did not pass, else ''. */
  readonly message: string;
  readonly findings: readonly Finding[];
}

/** An expectation is told apart by its title: all of them share one rule. */
const isExpectation = (finding: Finding) => finding.rule === 'expectation';

export function cases(run: Run): Case[] {
  const list: Case[] = run.captures.map((capture) => ({
    group: 'capture',
    name: capture.file === capture.point ? capture.file : `${capture.point}: ${capture.file}`,
    verdict: capture.error === null ? 'pass' : 'damaged',
    message: capture.error ?? '',
    findings: [],
  }));
  for (const file of run.topology?.files ?? [])
    list.push({ group: 'topology', name: file, verdict: 'pass', message: '', findings: [] });
  if (run.suites !== undefined) return [...list, ...run.suites.flatMap((suite) => suiteCases(run, suite))];
  const byName = new Map<string, Finding[]>();
  for (const finding of run.findings) {
    const key = isExpectation(finding) ? `expectation ${finding.title}` : finding.rule;
    byName.set(key, [...(byName.get(key) ?? []), finding]);
  }
  let passed = 0;
  for (const findings of byName.values()) {
    const worst = findings.find((f) => kindOf(f) === 'fault') ?? findings.find((f) => kindOf(f) === 'open') ?? findings[0]!;
    const kind = kindOf(worst);
    if (kind === 'pass') passed++;
    list.push({
      group: isExpectation(worst) ? 'expectation' : 'rule',
      name: isExpectation(worst) ? worst.title : worst.rule,
      verdict: kind === 'fault' ? 'fail' : kind === 'open' ? 'inconclusive' : 'pass',
      message: kind === 'pass' ? '' : worst.title,
      findings,
    });
  }
  // A rule that found nothing leaves no finding, only a number; a healthy capture must still show cases that passed.
  const silent = run.summary.pass - passed;
  if (silent > 0)
    list.push({
      group: 'rule',
      name: 'all other rules',
      verdict: 'pass',
      message: `${silent} found nothing wrong`,
      findings: [],
    });
  return list;
}

/** What tells a suite from the others of the run: test runners keep one of those with the same name. */
function suiteName({ suites = [] }: Run, { name, file, points }: ReportSuite): string {
  const isNamesake = suites.some((other) => other.name === name && other.file !== file);
  const several = suites.filter((other) => other.file === file).length > 1;
  const about = [...(isNamesake ? [file] : []), ...(several ? points : [])];
  return about.length === 0 ? name : `${name} (${about.join(', ')})`;
}

/** One case for each expectation; of those with one name the second is called `NAME #2`. */
function suiteCases(run: Run, suite: ReportSuite): Case[] {
  const names = new Map<string, number>();
  const unique = (name: string): string => {
    const n = (names.get(name) ?? 0) + 1;
    names.set(name, n);
    return n === 1 ? name : `${name} #${n}`;
  };
  const seconds = suite.expectations.length === 0 ? 0 : suite.seconds / suite.expectations.length;
  return suite.expectations.map((one) => ({
    group: 'expectation',
    suite: suiteName(run, suite),
    name: unique(one.name),
    verdict: one.verdict,
    message: one.verdict === 'pass' ? '' : one.seen,
    place: `${suite.file}:${one.line}`,
    seconds,
    findings: run.findings.filter((finding) => finding.id === one.finding),
  }));
}

/** What a log should show of a finding, as plain lines. */
export function details(finding: Finding): string[] {
  // What holds is of no severity.
  const weight = finding.verdict === 'pass' ? '' : ` (${finding.severity}, confidence ${finding.confidence})`;
  const lines = [`${finding.rule}${weight}: ${finding.title}`, finding.message];
  if (finding.cause !== '') lines.push(`cause: ${finding.cause}`);
  for (const e of finding.evidence) lines.push(`frame ${e.frame} at ${e.point}, ${e.time}: ${e.note}`);
  for (const { says, file, line } of finding.quotes ?? []) lines.push(`${says} (${file}:${line})`);
  if (finding.hint !== '') lines.push(`do: ${finding.hint}`);
  for (const command of finding.commands) lines.push(`    ${command}`);
  if (finding.foldedUnder !== null) lines.push(`a symptom of ${finding.foldedUnder}`);
  lines.push(`${finding.first === null ? `${finding.count} of its kind` : `seen ${finding.count} times`}, id ${finding.id}`);
  return lines;
}
