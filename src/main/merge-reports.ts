// Reports of `verify` from several machines, made one: parts of one run, runs of several labs, or several runs of the same suites.
import { UsageError } from '../errors.js';
import type { ReportExpectation, ReportSuite, Run } from '../report/run.js';
import { report as shape } from '../report/schema.js';
import type { Finding } from '../rules/finding.js';
import { readText, whyUnread } from './read-text.js';
import { relabel } from './verify-labels.js';
import { expectationId, type Result, report } from './verify-report.js';

/** A report, and the lab that it is of; null: its suites are those of the other reports without a lab. */
export interface ReportInput {
  readonly lab: string | null;
  readonly path: string;
}

/** Throws UsageError for what is no report of expectations, and where a part of a run is missing. */
export function mergeReports(inputs: readonly ReportInput[]): Run {
  const read = inputs.map(({ lab, path }) => ({ lab, path, run: readReport(path) }));
  checkParts(read);
  const results = read.map(({ lab, run }) => (lab === null ? resultOf(run) : ofLab(lab, resultOf(run))));
  return report([together(relabel(results))]);
}

function readReport(path: string): Run {
  let plain: unknown;
  try {
    plain = JSON.parse(readText(path));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is no JSON' : whyUnread(error);
    throw new UsageError(`${path}: ${why}; give reports that hopscope verify --format json=FILE has written`);
  }
  const checked = shape.safeParse(plain);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const place = issue?.path.join('.') ?? '';
    throw new UsageError(
      `${path} is no report of this version of hopscope (${place === '' ? 'it' : place}: ${issue?.message ?? 'it is something else'}); write it anew with hopscope verify --format json=FILE`,
    );
  }
  const run = checked.data as Run;
  if (run.suites === undefined)
    throw new UsageError(`${path} is a report of rules, not of expectations; only those of hopscope verify are merged`);
  return run;
}

/** A part that is missing would read as one that passed. */
function checkParts(read: readonly { readonly lab: string | null; readonly path: string; readonly run: Run }[]): void {
  for (const lab of new Set(read.map((one) => one.lab))) {
    const parts = read.filter((one) => one.lab === lab && one.run.shard !== undefined);
    const [first] = parts;
    if (first === undefined) continue;
    const of = first.run.shard?.of ?? 1;
    const other = parts.find(({ run }) => run.shard?.of !== of);
    if (other !== undefined)
      throw new UsageError(
        `${first.path} is one of ${of} parts, ${other.path} one of ${other.run.shard?.of}; give the parts of one run`,
      );
    const there = new Set(parts.map(({ run }) => run.shard?.index));
    const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !there.has(index));
    if (missing.length > 0)
      throw new UsageError(
        `${missing.map((index) => `${index}/${of}`).join(', ')} of the parts ${missing.length === 1 ? 'is' : 'are'} missing; give the reports of all, also of those that failed`,
      );
  }
}

const resultOf = ({ captures, findings, suites = [] }: Run): Result => ({ captures, findings, suites });

/** Names and ids of a lab's own: another lab may have the same files. */
function ofLab(lab: string, { captures, suites, findings }: Result): Result {
  const point = (name: string): string => `${lab}: ${name}`;
  const ids = new Map<string, string>();
  const named = suites.map((suite) => {
    const title = `${lab}: ${suite.title}`;
    const expectations = suite.expectations.map((one) => {
      const id = expectationId(title, one.name);
      ids.set(one.id, id);
      return { ...one, id, finding: one.finding === null ? null : id };
    });
    return { ...suite, title, points: suite.points.map(point), expectations };
  });
  return {
    captures: captures.map((one) => ({ ...one, point: point(one.point) })),
    suites: named,
    findings: findings.map((one) => ({
      ...one,
      id: ids.get(one.id) ?? one.id,
      title: `${lab}: ${one.title}`,
      evidence: one.evidence.map((frame) => ({ ...frame, point: point(frame.point) })),
    })),
  };
}

const WORST = { fail: 3, inconclusive: 2, pass: 1, skipped: 0 } as const;

/** Of a suite that ran several times the worst counts of each expectation; one that passed once and failed once is flaky. */
function together(results: readonly Result[]): Result {
  const suites = new Map<string, ReportSuite>();
  const findings = new Map<string, Finding>();
  for (const result of results) {
    const own = new Map(result.findings.map((finding) => [finding.id, finding]));
    const take = (one: ReportExpectation): void => {
      const finding = one.finding === null ? undefined : own.get(one.finding);
      if (finding !== undefined) findings.set(finding.id, finding);
    };
    for (const suite of result.suites) {
      const before = suites.get(suite.title);
      if (before === undefined) {
        suites.set(suite.title, suite);
        suite.expectations.forEach(take);
        continue;
      }
      const known = new Map(before.expectations.map((one) => [one.id, one]));
      for (const one of suite.expectations) {
        const other = known.get(one.id);
        const isWorse = other === undefined || WORST[one.verdict] > WORST[other.verdict];
        if (isWorse) take(one);
        const isFlaky = other !== undefined && isOneEach(one, other);
        known.set(one.id, { ...(isWorse ? one : other), ...((isFlaky || other?.flaky) && { flaky: true as const }) });
      }
      suites.set(suite.title, {
        ...before,
        points: [...new Set([...before.points, ...suite.points])],
        seconds: before.seconds + suite.seconds,
        expectations: [...known.values()],
        uncovered: [...new Set([...before.uncovered, ...suite.uncovered])],
      });
    }
  }
  return {
    captures: results.flatMap(({ captures }) => captures),
    suites: [...suites.values()],
    findings: [...findings.values()],
  };
}

const isOneEach = (x: ReportExpectation, y: ReportExpectation): boolean =>
  [x, y].some(({ verdict }) => verdict === 'pass') && [x, y].some(({ verdict }) => verdict === 'fail');
