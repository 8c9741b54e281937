// Test runners count cases: one for each capture (was it readable?), each rule and each expectation.
import type { Finding } from '../rules/finding.js';
import { kindOf } from './causes.js';
import { MISTAKE, type ReportSuite, type Run } from './run.js';

export interface Case {
  readonly group: 'capture' | 'topology' | 'rule' | 'expectation';
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'damaged' | 'mistake' | 'skipped';
  /** Of an expectation: the title of its suite. */
  readonly suite?: string;
  /** What it is about: the capture, or the file that the expectation stands in, and its line there. */
  readonly file?: string;
  readonly line?: number;
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

function suiteCases(run: Run, suite: ReportSuite): Case[] {
  const seconds = suite.expectations.length === 0 ? 0 : suite.seconds / suite.expectations.length;
  return suite.expectations.map((one) => ({
    group: 'expectation',
    suite: suite.title,
    name: one.name,
    verdict: one.kind === MISTAKE ? 'mistake' : one.verdict,
    message: one.verdict === 'pass' ? '' : one.seen,
    file: suite.file,
    line: one.line,
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
