// Judged expectations as a report: suites, findings, and the sum of several runs.
import { nameOf } from '../expect/conversations.js';
import { given } from '../expect/key.js';
import retry from '../expect/keys/retry.js';
import severity from '../expect/keys/severity.js';
import type { Sheet } from '../expect/read.js';
import { type Judged, strict, uncovered } from '../expect/suite.js';
import type { Facts } from '../facts/facts.js';
import { type About, type Drawings, DrawnPictures, RunPictures } from '../picture/pictures.js';
import { MISTAKE, type ReportCapture, type ReportExpectation, type ReportSuite, type Run as RunReport } from '../report/run.js';
import { VERSION } from '../report/version.js';
import type { Finding } from '../rules/finding.js';
import { type Clock, evidence, findingId, NO_SUBJECT } from '../rules/findings.js';
import type { Place } from '../topology/document.js';
import { type DetailsOf, HeldDetails } from './held-details.js';
import type { Run } from './run.js';
import { Unique } from './suite-titles.js';

export interface Result {
  readonly captures: readonly ReportCapture[];
  readonly suites: readonly ReportSuite[];
  readonly findings: readonly Finding[];
  /** Of what failed. */
  readonly pictures?: Drawings;
  /** How the frames of the evidence are found again; of a file that was held against captures. */
  readonly details?: DetailsOf;
}

/** Of one expectation: the same in each night's run, whatever becomes of it. `name`: the only one of its suite. */
export const expectationId = (suiteTitle: string, name: string): string => findingId('expectation', suiteTitle, name);

/** What became of the expectations of each sheet, held against one set of captures. */
export function reportSuites(
  sheets: readonly Sheet[],
  judged: readonly Judged[],
  about: {
    readonly run: Run;
    /** What the run has taught. */
    readonly world: Facts;
    readonly seconds: number;
    readonly uncovered: boolean;
    /** What each suite is called, as no other one is. */
    readonly titleOf: (sheet: Sheet) => string;
  },
): Omit<Result, 'captures'> {
  const { run, world, seconds } = about;
  const { time, labels: points } = run;
  const findings: Finding[] = [];
  const drawn = new Map<string, About>();
  const suites = sheets.map((sheet): ReportSuite => {
    const own = judged.filter((one) => one.sheet === sheet);
    const all = sheet.file.strict ? [...own, strictly(sheet, world, own)] : own;
    const title = about.titleOf(sheet);
    const names = new Unique();
    return {
      name: sheet.name,
      title,
      file: sheet.path,
      points,
      seconds: Math.round((seconds / sheets.length) * 1e6) / 1e6,
      expectations: all.map((one) => {
        const name = names.of(one.written.name);
        const id = expectationId(title, name);
        const finding =
          one.outcome.verdict === 'skipped' ? null : findingOf(one, world, time, { id, title: `${title}: ${name}` });
        if (finding !== null) findings.push(finding);
        if (finding?.verdict === 'fail') drawn.set(finding.id, one.outcome);
        return expectationOf(one, { id, name, finding });
      }),
      uncovered: about.uncovered ? uncovered(world, own).map(nameOf) : [],
    };
  });
  const failed = findings.flatMap(({ id, verdict }) => (verdict === 'fail' ? [id] : []));
  return failed.length === 0
    ? { suites, findings }
    : { suites, findings, pictures: new RunPictures(world, time, findings, (finding) => drawn.get(finding)).drawn(failed) };
}

/** What is wrong with a file that could not be held against anything: a failure of that file, in every format. */
export function reportMistakes(
  { file, name, title: suite }: Pick<ReportSuite, 'file' | 'name' | 'title'>,
  mistakes: readonly { readonly place: Place; readonly text: string }[],
): Result {
  const findings: Finding[] = [];
  const expectations = mistakes.map(({ place, text }, i): ReportExpectation => {
    const what = `mistake in the file${i === 0 ? '' : ` #${i + 1}`}`;
    const title = `${suite}: ${what}`;
    const id = expectationId(suite, what);
    findings.push({
      rule: 'expectation',
      verdict: 'fail',
      severity: 'error',
      confidence: 'high',
      title,
      message: `Nothing of this file was checked: ${text} (${file}:${place.line})`,
      cause: '',
      hint: '',
      commands: [],
      subject: { ...NO_SUBJECT },
      evidence: [],
      count: 1,
      first: null,
      last: null,
      id,
      explains: [],
      foldedUnder: null,
    });
    return {
      id,
      name: what,
      kind: MISTAKE,
      verdict: 'fail',
      line: place.line,
      column: place.column,
      expected: 'a file without mistakes',
      seen: text,
      count: 0,
      finding: id,
    };
  });
  return { captures: [], findings, suites: [{ name, title: suite, file, points: [], seconds: 0, expectations, uncovered: [] }] };
}

function strictly(sheet: Sheet, world: Facts, own: readonly Judged[]): Judged {
  const written = { ...own[0].written, name: 'nothing else happens (strict)', place: sheet.at(['strict']), family: null };
  return { sheet, written, outcome: strict(world, own), cause: null, found: [] };
}

const expectationOf = (
  { written, outcome }: Judged,
  { id, name, finding }: Pick<ReportExpectation, 'id' | 'name'> & { readonly finding: Finding | null },
): ReportExpectation => ({
  id,
  name,
  kind: written.kind,
  verdict: outcome.verdict,
  line: written.place.line,
  column: written.place.column,
  expected: outcome.expected,
  seen: outcome.seen,
  count: outcome.count,
  finding: finding?.id ?? null,
  ...(written.spec['retry'] !== undefined && { retry: given(written.spec, retry) }),
});

function findingOf(one: Judged, world: Facts, time: Clock, { id, title }: Pick<Finding, 'id' | 'title'>): Finding {
  const { sheet, written, outcome, cause, found } = one;
  const { verdict, expected, seen } = outcome;
  if (verdict === 'skipped') throw new Error('a skipped expectation has no finding');
  const evidences = found.length > 0 ? found : outcome.evidence.slice(0, 8).map((e) => evidence(e, world, time));
  const times = evidences.map((e) => e.time).sort();
  return {
    rule: 'expectation',
    verdict,
    severity: given(written.spec, severity) ?? 'error',
    confidence: 'high',
    title,
    message: `Expected ${expected}. Seen: ${seen}. (${sheet.path}:${written.place.line})`,
    cause: cause === null || verdict === 'pass' ? '' : `${cause.rule}: ${cause.message}`,
    hint: cause === null || verdict === 'pass' ? '' : cause.hint,
    commands: cause === null || verdict === 'pass' ? [] : cause.commands,
    subject: cause === null || verdict === 'pass' ? { ...NO_SUBJECT } : cause.subject,
    evidence: evidences,
    count: outcome.count,
    first: times[0] ?? time.at(0),
    last: times[times.length - 1] ?? time.at(world.nowNs),
    id,
    explains: [],
    foldedUnder: null,
  };
}

const VERDICT = { fail: 0, inconclusive: 1, pass: 2 } as const;

export function report(results: readonly Result[]): RunReport {
  const findings = results.flatMap((r) => r.findings).sort((a, b) => VERDICT[a.verdict] - VERDICT[b.verdict]);
  const drawn = results.flatMap(({ pictures }) => pictures ?? []);
  const seen = new Set<string>();
  const number = (verdict: string) => findings.filter((f) => f.verdict === verdict).length;
  return {
    schema: 'hopscope.report/2',
    tool: { name: 'hopscope', version: VERSION },
    captures: results
      .flatMap((r) => r.captures)
      .filter(({ point, file }) => !seen.has(`${point}\n${file}`) && seen.add(`${point}\n${file}`)),
    findings,
    suites: results.flatMap((r) => r.suites),
    ...(drawn.length > 0 && { pictures: DrawnPictures.of(drawn) }),
    details: new HeldDetails(results.flatMap((r) => r.details ?? [])),
    summary: { fail: number('fail'), inconclusive: number('inconclusive'), pass: number('pass') },
  };
}
