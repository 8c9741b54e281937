// Expectation files held against their captures: each set of captures is read once, for all files that name it.
import { basename } from '#host';
import { startThreads } from '#threads';
import { ExpectationError, HopscopeError } from '../errors.js';
import { AddressBook } from '../expect/names.js';
import { Suite } from '../expect/suite.js';
import type { Run as RunReport } from '../report/run.js';
import { chooseRules } from '../rules/choose.js';
import { type Assessment, assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { Problems } from '../topology/document.js';
import { AtHand } from './at-hand.js';
import { expand } from './bundle.js';
import { FileRun } from './file-run.js';
import { type Lab, openLab } from './lab.js';
import type { AnalyzeOptions } from './options.js';
import { inputOf } from './run.js';
import { type Job, job, readSound, runsOf, type VerifyOptions } from './verify-files.js';
import { type Result, report, reportMistakes, reportSuites } from './verify-report.js';

/** As `verifyAll`, for whom a run in which no file could be checked is no run. Throws ExpectationError then too. */
export async function verify(options: VerifyOptions): Promise<RunReport> {
  const { run, unchecked } = await verifyAll(options);
  if (unchecked !== null) throw new ExpectationError(unchecked);
  return run;
}

export interface Verified {
  readonly run: RunReport;
  /** All mistakes, where they leave no file to check; null where there is one. */
  readonly unchecked: string | null;
  /** Files of folders that are no expectation files. */
  readonly skipped: readonly string[];
}

/**
 * Reads, judges, reports. A file with mistakes, or whose captures cannot be opened, is a failure of that file; the others are checked.
 * Throws UsageError, and TopologyError and CaptureError where they concern all files.
 */
export async function verifyAll(options: VerifyOptions): Promise<Verified> {
  const problems = new Problems();
  const { sheets, names, skipped } = readSound(options, problems);
  const jobs: Job[] = [];
  for (const sheet of sheets) {
    const before = problems.of(sheet.path).length;
    const runs = runsOf(sheet, options, problems);
    // Without one of its captures, each name of a point would be a mistake too.
    if (problems.of(sheet.path).length > before) continue;
    for (const captures of runs) jobs.push(job(sheet, await expand(captures, options.makeFolder), options));
  }
  const groups = new Map<string, Job[]>();
  for (const one of jobs) {
    const key = JSON.stringify([one.captures, one.topology, one.known, one.ifmap, one.decodeAs]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  // The captures that are read first; threads that start now are ready when all is prepared.
  const first = jobs.at(0);
  if (first !== undefined)
    startThreads({ files: first.captures, ...(options.workers !== undefined && { workers: options.workers }) });
  const prepared: Prepared[] = [];
  for (const group of groups.values()) {
    try {
      prepared.push(await prepare(group, options, problems));
    } catch (error) {
      if (!(error instanceof HopscopeError)) throw error;
      // Mistakes in the files come first: what else is wrong may follow from them.
      if (groups.size === 1 && !problems.any) throw error;
      for (const { sheet } of group)
        if (problems.of(sheet.path).length === 0) problems.add(sheet.at(['captures']), error.message);
    }
  }
  const mistaken = names.filter(({ file }) => problems.of(file).length > 0);
  const isSound = ({ sheet }: Job): boolean => problems.of(sheet.path).length === 0;
  const sound = problems.any ? prepared.flatMap((one) => soundPart(one, one.jobs.filter(isSound))) : prepared;
  const results: Result[] = mistaken.map(({ file, name }) => reportMistakes(file, name, problems.of(file)));
  const labels = new Labels(sound.flatMap(({ lab }) => lab.captures));
  for (const one of sound) {
    // After Ctrl-C nothing more is read, and each expectation of the rest is undecided.
    const result = await hold(one, options, labels);
    results.push(result);
    if (options.failFast && result.findings.some((f) => f.verdict === 'fail')) break;
  }
  return { run: report(results), unchecked: sound.length === 0 && problems.any ? problems.text() : null, skipped };
}

/** The same captures for the files without mistakes alone. */
function soundPart(prepared: Prepared, jobs: readonly Job[]): Prepared[] {
  if (jobs.length === 0) return [];
  return jobs.length === prepared.jobs.length
    ? [prepared]
    : [{ ...prepared, jobs, suite: suiteOf(jobs, prepared, new Problems()) }];
}

interface Prepared {
  readonly jobs: readonly Job[];
  readonly lab: Lab;
  readonly atHand: AtHand;
  readonly suite: Suite;
  readonly analyze: AnalyzeOptions;
}

/** Opens the captures of a group and builds its checks; mistakes in expectations go to `problems`. */
async function prepare(jobs: readonly Job[], options: VerifyOptions, problems: Problems): Promise<Prepared> {
  const [first] = jobs;
  const analyze: AnalyzeOptions = {
    files: first.captures,
    topology: first.topology,
    known: first.known,
    ifmap: first.ifmap,
    decodeAs: first.decodeAs,
    filter: null,
    at: null,
    rules: { only: [], except: [], settings: options.settings },
    ...(options.workers !== undefined && { workers: options.workers }),
    ...(options.maxConversations !== undefined && { maxConversations: options.maxConversations }),
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  };
  const lab = await openLab(analyze);
  const atHand = new AtHand(lab.captures.map(inputOf));
  return { jobs, lab, atHand, suite: suiteOf(jobs, { lab, atHand }, problems), analyze };
}

const suiteOf = (jobs: readonly Job[], { lab, atHand }: Pick<Prepared, 'lab' | 'atHand'>, problems: Problems): Suite =>
  new Suite(
    jobs.map(({ sheet }) => sheet),
    lab.captures.map(({ point }) => point),
    lab.registry,
    atHand.fields,
    new AddressBook(lab.topology),
    catalogue.map(({ id }) => id),
    problems,
  );

/** Names for captures that tell them apart over all groups. */
class Labels {
  private readonly points = new Map<string, Set<string>>();
  constructor(captures: readonly Pick<Lab['captures'][number], 'point' | 'path'>[]) {
    for (const { point, path } of captures) this.points.set(point, (this.points.get(point) ?? new Set()).add(path));
  }
  of(point: string, path: string): string {
    const several = (this.points.get(point)?.size ?? 0) > 1;
    const file = basename(path);
    return several && point !== file ? `${point} (${file})` : point;
  }
}

async function hold(prepared: Prepared, options: VerifyOptions, labels: Labels): Promise<Result> {
  const { jobs, lab, atHand, suite, analyze } = prepared;
  const startMs = performance.now();
  const run = new FileRun(lab, analyze, {}, atHand);
  run.ask(suite.needs);
  suite.timedBy(() => run.baseSeconds);
  await run.read((tracker) => suite.observe(tracker), suite.asksHeaders);
  run.labels = run.inputs.map(({ point, path }) => labels.of(point, path));
  const world = run.facts(true);
  const rules = chooseRules(catalogue, analyze.rules);
  let assessment: Assessment | null = null;
  let judged = suite.judge(world, () => (assessment ??= assess(world, rules, run.time)));
  if (options.failFast) {
    const failed = judged.findIndex((one) => one.outcome.verdict === 'fail');
    if (failed >= 0) judged = judged.slice(0, failed + 1);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const sheets = jobs.map(({ sheet }) => sheet);
  const results = reportSuites(sheets, judged, { run, world, seconds, uncovered: options.uncovered });
  return { captures: run.captures(), ...results, details: run.details() };
}
