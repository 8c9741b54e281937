// Test runners count cases: one for each capture (was it readable?), each rule and each expectation.
import type { Finding } from '../rules/finding.js';
import { causes } from './causes.js';
import { MISTAKE, type ReportCapture, type ReportSuite, type Run } from './run.js';

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
    name: captureName(capture),
    verdict: capture.error === null ? 'pass' : 'damaged',
    message: capture.error ?? '',
    file: capture.file,
    findings: [],
  }));
  for (const file of run.topology?.files ?? [])
    list.push({ group: 'topology', name: file, verdict: 'pass', message: '', file, findings: [] });
  if (run.suites !== undefined) {
    const byId = new Map(run.findings.map((finding) => [finding.id, finding]));
    return [...list, ...run.suites.flatMap((suite) => suiteCases(byId, suite))];
  }
  return [...list, ...ruleCases(run)];
}

/**
 * As many failures as there are faults: what follows from one is skipped. Each rule that ran has a case of its own name, so that it has
 * a history; of several faults of a rule the second is called `RULE #2`.
 */
function ruleCases(run: Run): Case[] {
  const list: Case[] = [];
  const numbers = new Map<string, number>();
  const said = causes(run);
  for (const { finding, kind } of said) {
    const group = isExpectation(finding) ? 'expectation' : 'rule';
    const plain = group === 'rule' ? finding.rule : finding.title;
    const n = (numbers.get(plain) ?? 0) + 1;
    numbers.set(plain, n);
    list.push({
      group,
      name: n === 1 ? plain : `${plain} #${n}`,
      verdict: kind === 'fault' ? 'fail' : kind === 'open' ? 'inconclusive' : 'pass',
      message: kind === 'pass' ? '' : finding.title,
      findings: [finding],
    });
  }
  for (const { finding, symptoms } of said)
    for (const symptom of symptoms) {
      if (numbers.has(symptom.rule)) continue;
      numbers.set(symptom.rule, 1);
      const message = `${symptom.title}, which follows from ${finding.rule}: ${finding.title}`;
      list.push({ group: 'rule', name: symptom.rule, verdict: 'skipped', message, findings: [symptom] });
    }
  const silent = (run.rules ?? []).filter((id) => !numbers.has(id));
  for (const name of silent) list.push({ group: 'rule', name, verdict: 'pass', message: '', findings: [] });
  // Where it is not said which rules found nothing, a healthy run must still show a case that passed.
  const others = run.summary.pass - said.filter(({ kind }) => kind === 'pass').length;
  if (run.rules === undefined && others > 0)
    list.push({
      group: 'rule',
      name: 'all other rules',
      verdict: 'pass',
      message: `${others} found nothing wrong`,
      findings: [],
    });
  return list;
}

/** The same whatever else is in the run: where labels are told apart by files, the file stands there anyway. */
function captureName({ point, file }: ReportCapture): string {
  const [, plain, end] = /^(.*) \((.*)\)$/s.exec(point) ?? [];
  const own = plain !== undefined && end !== undefined && file.endsWith(end) ? plain : point;
  return own === file ? file : `${own}: ${file}`;
}

/** One case for each expectation. */
function suiteCases(byId: ReadonlyMap<string, Finding>, suite: ReportSuite): Case[] {
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
    findings: [byId.get(one.finding ?? '')].filter((finding) => finding !== undefined),
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
