// Expectation files held against their captures: each set of captures is read once, for all files that name it.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Frame } from '../capture/frame.js';
import { FrameContext } from '../dump/frame-context.js';
import { ExpectationError, HopscopeError, UsageError } from '../errors.js';
import { nameOf } from '../expect/conversations.js';
import { AddressBook } from '../expect/names.js';
import { packetFields } from '../expect/packet-fields.js';
import { readSheet, type Sheet } from '../expect/read.js';
import { type Judged, Suite, strict, uncovered } from '../expect/suite.js';
import { Facts } from '../facts/facts.js';
import type { FrameTimes } from '../filter/frame-fields.js';
import type { Tracker } from '../flows/tracker.js';
import type { ReportCapture, ReportExpectation, ReportSuite, Run } from '../report/run.js';
import { VERSION } from '../report/version.js';
import { type Assessment, assess, type Clock, chooseRules, clock, evidence, NO_SUBJECT } from '../rules/engine.js';
import type { Finding } from '../rules/finding.js';
import { catalogue } from '../rules/index.js';
import { Problems, type SourceText } from '../topology/document.js';
import { capturePoints, read, reportCapture } from './analyze.js';
import { filesLike, filesUnder, isPattern } from './find-files.js';
import { type Lab, openLab } from './lab.js';
import type { AnalyzeOptions, CaptureInput } from './options.js';
import { readText, whyUnread } from './read-text.js';
import { startThreads } from './threads.js';

/** How much a run may use. */
type Bounds = Pick<AnalyzeOptions, 'workers' | 'maxConversations'>;

export interface VerifyOptions extends Bounds, Pick<AnalyzeOptions, 'topology' | 'ifmap' | 'decodeAs' | 'signal' | 'onProgress'> {
  /** Expectation files, folders, patterns. */
  readonly paths: readonly string[];
  /** Texts of expectation files, instead of files. */
  readonly texts?: readonly SourceText[];
  /** Instead of the captures that the files name. */
  readonly captures: readonly CaptureInput[];
  /** `arp-no-reply.within=2s`, for `findings`. */
  readonly settings: readonly string[];
  /** Only expectations whose name (behind the file's) matches. */
  readonly grep: RegExp | null;
  readonly failFast: boolean;
  /** List conversations that no expectation speaks of. */
  readonly uncovered: boolean;
}

/** A file of expectations and one set of captures to hold it against. */
export interface Job {
  readonly sheet: Sheet;
  readonly captures: readonly CaptureInput[];
  readonly topology: readonly string[];
  readonly ifmap: string | null;
  readonly decodeAs: readonly string[];
}

/** Reads the files and checks them as far as is possible without a capture. Throws ExpectationError with all problems. */
export function readSheets(options: Pick<VerifyOptions, 'paths' | 'texts' | 'grep'>): Sheet[] {
  const problems = new Problems();
  const sheets = readSound(options, problems);
  if (problems.any) throw new ExpectationError(problems.text());
  return sheets;
}

/** As `readSheets`; what is wrong goes to `problems`, and what is left without it comes back. */
function readSound(options: Pick<VerifyOptions, 'paths' | 'texts' | 'grep'>, problems: Problems): Sheet[] {
  const texts = options.texts ?? options.paths.flatMap(expectationFiles).map(textOf);
  const sheets = texts.map((text) => readSheet(text, problems)).filter((sheet) => sheet !== null);
  const chosen = sheets.map((sheet) => ({
    ...sheet,
    expectations: sheet.expectations.filter(({ name }) => options.grep?.test(`${sheet.name}: ${name}`) ?? true),
  }));
  const left = chosen.filter((sheet) => sheet.expectations.length > 0);
  if (left.length === 0 && options.grep !== null && !problems.any)
    throw new UsageError(`no expectation is called like ${options.grep}; --list shows all names`);
  return left;
}

function textOf(name: string): SourceText {
  try {
    return { name, text: readText(name) };
  } catch (error) {
    throw new ExpectationError(`${name}: ${whyUnread(error)}`);
  }
}

function expectationFiles(path: string): string[] {
  if (isPattern(path) && !existsSync(path)) {
    const found = filesLike(path);
    if (found.length === 0) throw new UsageError(`no file is like ${path}`);
    return found;
  }
  if (!existsSync(path)) throw new UsageError(`${path} does not exist; name expectation files or their folder`);
  try {
    const found = filesUnder(path, (name) => /\.(ya?ml|json)$/.test(name) && !/\.topology\.(ya?ml|json)$/.test(name));
    if (found.length === 0) throw new UsageError(`${path} holds no expectation file (*.yaml)`);
    return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path];
    throw error;
  }
}

/** A path as it stands in an expectation file. */
const beside = (sheet: Sheet, path: string): string =>
  isAbsolute(path) || dirname(sheet.path) === '.' ? path : join(dirname(sheet.path), path);

const listOf = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** The sets of captures that a file names. */
function runsOf(sheet: Sheet, options: VerifyOptions, problems: Problems): CaptureInput[][] {
  if (options.captures.length > 0) return [[...options.captures]];
  const { captures } = sheet.file;
  if (captures === undefined) {
    problems.add(sheet.at([]), 'no captures are named; write captures: { POINT: FILE }, or give them with --capture');
    return [];
  }
  const files = (text: string, path: readonly PropertyKey[]): string[] => {
    const own = beside(sheet, text);
    if (existsSync(own)) return [own];
    const found = isPattern(text) ? filesLike(own) : [];
    if (found.length === 0) problems.add(sheet.at(path), isPattern(text) ? `no file is like ${own}` : `${own} does not exist`);
    return found;
  };
  const points = (map: Record<string, string | string[]>, path: readonly PropertyKey[]): CaptureInput[] =>
    Object.entries(map).flatMap(([point, names]) =>
      listOf(names).flatMap((name, i) =>
        files(name, [...path, point, ...(Array.isArray(names) ? [i] : [])]).map((file) => ({ point, path: file })),
      ),
    );
  if (typeof captures !== 'string' && !Array.isArray(captures)) return [points(captures, ['captures'])];
  // Without points each file is a run of its own.
  return listOf(captures).flatMap((one, i) => {
    const path = Array.isArray(captures) ? ['captures', i] : ['captures'];
    return typeof one === 'string' ? files(one, path).map((file) => [{ point: null, path: file }]) : [points(one, path)];
  });
}

/** Reads, judges, reports. Throws UsageError, ExpectationError, TopologyError, CaptureError. */
export async function verify(options: VerifyOptions): Promise<Run> {
  const problems = new Problems();
  const sheets = readSound(options, problems);
  const jobs = sheets.flatMap((sheet) => runsOf(sheet, options, problems).map((captures) => job(sheet, captures, options)));
  const groups = new Map<string, Job[]>();
  for (const one of jobs) {
    const key = JSON.stringify([one.captures, one.topology, one.ifmap, one.decodeAs]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  // The captures that are read first; threads that start now are ready when all is prepared.
  const first = jobs.at(0);
  if (first !== undefined)
    startThreads({ files: first.captures, ...(options.workers !== undefined && { workers: options.workers }) });
  const prepared: Prepared[] = [];
  try {
    for (const group of groups.values()) prepared.push(await prepare(group, options, problems));
  } catch (error) {
    // Mistakes in the files come first: what else is wrong may follow from them.
    if (!problems.any || !(error instanceof HopscopeError)) throw error;
  }
  if (problems.any) throw new ExpectationError(problems.text());
  const labels = new Labels(prepared.flatMap(({ lab }) => lab.captures));
  const results: Result[] = [];
  for (const one of prepared) {
    if (options.signal?.aborted) break;
    const result = await hold(one, options, labels);
    results.push(result);
    if (options.failFast && result.findings.some((f) => f.verdict === 'fail')) break;
  }
  return report(results);
}

/** Everything that takes part, and the folders it lies in: what has to be watched. */
export function filesOf(options: VerifyOptions): string[] {
  const files = new Set<string>(options.paths.filter((path) => existsSync(path)));
  try {
    for (const sheet of readSheets(options)) {
      files.add(sheet.path).add(dirname(sheet.path));
      for (const captures of runsOf(sheet, options, new Problems())) {
        for (const { path } of captures) files.add(path).add(dirname(path));
        for (const path of job(sheet, captures, options).topology) files.add(path);
      }
    }
  } catch (error) {
    // A file with mistakes is watched until they are corrected.
    if (!(error instanceof HopscopeError)) throw error;
  }
  return [...files];
}

/** What a sheet says of its surroundings, and the options with it. */
export function job(
  sheet: Sheet,
  captures: readonly CaptureInput[],
  options: Pick<VerifyOptions, 'topology' | 'ifmap' | 'decodeAs'>,
): Job {
  const { file } = sheet;
  const ifmap =
    file.ifmap === undefined || typeof file.ifmap === 'string'
      ? (file.ifmap ?? null)
      : Object.entries(file.ifmap)
          .map(([index, name]) => `${index}=${name}`)
          .join(',');
  return {
    sheet,
    captures,
    topology: [...listOf(file.topology).map((path) => beside(sheet, path)), ...options.topology],
    ifmap: options.ifmap ?? ifmap,
    decodeAs: [...listOf(file.decodeAs), ...options.decodeAs],
  };
}

interface Prepared {
  readonly jobs: readonly Job[];
  readonly lab: Lab;
  readonly suite: Suite;
  readonly times: Times;
  readonly analyze: AnalyzeOptions;
}

/** Opens the captures of a group and builds its checks; mistakes in expectations go to `problems`. */
async function prepare(jobs: readonly Job[], options: VerifyOptions, problems: Problems): Promise<Prepared> {
  const [first] = jobs;
  const analyze: AnalyzeOptions = {
    files: first.captures,
    topology: first.topology,
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
  const times = new Times(lab.captures.map(({ source }) => new FrameContext(source.info)));
  const suite = new Suite(
    jobs.map(({ sheet }) => sheet),
    lab.captures.map(({ point }) => point),
    lab.registry,
    (tracker) => packetFields(tracker, times),
    new AddressBook(lab.topology),
    catalogue.map(({ id }) => id),
    problems,
  );
  return { jobs, lab, suite, times, analyze };
}

/** The times of the capture that the frame at hand is from. */
class Times implements FrameTimes {
  private current: FrameContext;
  constructor(private readonly contexts: readonly FrameContext[]) {
    this.current = contexts[0];
  }
  begin(frame: Frame, capture: number): void {
    this.current = this.contexts[capture];
    this.current.begin(frame);
  }
  done(frame: Frame): void {
    this.current.done(frame);
  }
  get info() {
    return this.current.info;
  }
  get firstSeconds() {
    return this.current.firstSeconds;
  }
  get firstNanoseconds() {
    return this.current.firstNanoseconds;
  }
  get previousSeconds() {
    return this.current.previousSeconds;
  }
  get previousNanoseconds() {
    return this.current.previousNanoseconds;
  }
}

/** Names for captures that tell them apart over all groups. */
class Labels {
  private readonly points = new Map<string, Set<string>>();
  constructor(captures: Lab['captures']) {
    for (const { point, path } of captures) this.points.set(point, (this.points.get(point) ?? new Set()).add(path));
  }
  of(point: string, path: string): string {
    const several = (this.points.get(point)?.size ?? 0) > 1;
    const file = basename(path);
    return several && point !== file ? `${point} (${file})` : point;
  }
}

export interface Result {
  readonly captures: readonly ReportCapture[];
  readonly suites: readonly ReportSuite[];
  readonly findings: readonly Finding[];
}

async function hold(prepared: Prepared, options: VerifyOptions, labels: Labels): Promise<Result> {
  const { jobs, lab, suite, times, analyze } = prepared;
  const startMs = performance.now();
  // Few filters ask for what the capture says of the frames around.
  const timed = jobs.some(({ sheet }) => /frame\.(time_|section|interface|comment)/.test(JSON.stringify(sheet.file)));
  const watch = timed
    ? (tracker: Tracker, capture: number) => {
        const { frame } = tracker.packet;
        times.begin(frame, capture);
        suite.observe(tracker);
        times.done(frame);
      }
    : (tracker: Tracker) => suite.observe(tracker);
  const reading = await read(lab, analyze, watch, suite.asksHeaders);
  const time = clock(reading.baseSeconds);
  const named = lab.captures.map(({ point, path }) => labels.of(point, path));
  const points = capturePoints(lab, null).map((point, i) => ({ ...point, label: named[i] }));
  const world = new Facts(reading.tracker, points, lab.topology, true);
  const rules = chooseRules(catalogue, analyze.rules);
  let assessment: Assessment | null = null;
  let judged = suite.judge(world, () => (assessment ??= assess(world, rules, time)));
  if (options.failFast) {
    const failed = judged.findIndex((one) => one.outcome.verdict === 'fail');
    if (failed >= 0) judged = judged.slice(0, failed + 1);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const sheets = jobs.map(({ sheet }) => sheet);
  const { suites, findings } = reportSuites(sheets, judged, {
    world,
    time,
    points: named,
    seconds,
    uncovered: options.uncovered,
  });
  const captures = lab.captures.map((_, i) => ({ ...reportCapture(lab, reading.tracker, i, time), point: named[i] }));
  return { captures, suites, findings };
}

/** What became of the expectations of each sheet, held against one set of captures. */
export function reportSuites(
  sheets: readonly Sheet[],
  judged: readonly Judged[],
  about: {
    readonly world: Facts;
    readonly time: Clock;
    readonly points: readonly string[];
    readonly seconds: number;
    readonly uncovered: boolean;
  },
): { readonly suites: readonly ReportSuite[]; readonly findings: readonly Finding[] } {
  const { world, time, points, seconds } = about;
  const findings: Finding[] = [];
  const suites = sheets.map((sheet): ReportSuite => {
    const own = judged.filter((one) => one.sheet === sheet);
    const all = sheet.file.strict ? [...own, strictly(sheet, world, own)] : own;
    return {
      name: sheet.name,
      file: sheet.path,
      points,
      seconds: Math.round((seconds / sheets.length) * 1e6) / 1e6,
      expectations: all.map((one) => {
        const finding = one.outcome.verdict === 'skipped' ? null : findingOf(one, world, time, findings);
        if (finding !== null) findings.push(finding);
        return expectationOf(one, finding);
      }),
      uncovered: about.uncovered ? uncovered(world, own).map(nameOf) : [],
    };
  });
  return { suites, findings };
}

function strictly(sheet: Sheet, world: Facts, own: readonly Judged[]): Judged {
  const written = { ...own[0].written, name: 'nothing else happens (strict)', place: sheet.at(['strict']), family: null };
  return { sheet, written, outcome: strict(world, own), cause: null, found: [] };
}

const expectationOf = ({ written, outcome }: Judged, finding: Finding | null): ReportExpectation => ({
  name: written.name,
  kind: written.kind,
  verdict: outcome.verdict,
  line: written.place.line,
  column: written.place.column,
  expected: outcome.expected,
  seen: outcome.seen,
  count: outcome.count,
  finding: finding?.id ?? null,
});

function findingOf(one: Judged, world: Facts, time: Clock, before: readonly Finding[]): Finding {
  const { sheet, written, outcome, cause, found } = one;
  const { verdict, expected, seen } = outcome;
  if (verdict === 'skipped') throw new Error('a skipped expectation has no finding');
  const evidences = found.length > 0 ? found : outcome.evidence.slice(0, 8).map((e) => evidence(e, world, time));
  const times = evidences.map((e) => e.time).sort();
  // Reports tell expectations apart by their titles.
  const plain = `${sheet.name}: ${written.name}`;
  const alike = before.filter((f) => f.title === plain || f.title.startsWith(`${plain} #`)).length;
  const title = alike === 0 ? plain : `${plain} #${alike + 1}`;
  return {
    rule: 'expectation',
    verdict,
    severity: 'error',
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
    id: createHash('sha256').update(`expectation\n${title}\n${verdict}`).digest('hex').slice(0, 16),
    explains: [],
    foldedUnder: null,
  };
}

const VERDICT = { fail: 0, inconclusive: 1, pass: 2 } as const;

export function report(results: readonly Result[]): Run {
  const titles = new Map<string, number>();
  const renamed = results.map((result) => {
    const ids = new Map<string, string>();
    const findings = result.findings.map((finding) => {
      const n = (titles.get(finding.title) ?? 0) + 1;
      titles.set(finding.title, n);
      if (n === 1) return finding;
      const title = `${finding.title} (${result.captures.map((c) => c.point).join(', ')})`;
      const id = createHash('sha256').update(`expectation\n${title}\n${finding.verdict}`).digest('hex').slice(0, 16);
      ids.set(finding.id, id);
      return { ...finding, title, id };
    });
    const suites = result.suites.map((suite) => ({
      ...suite,
      expectations: suite.expectations.map((e) => ({ ...e, finding: ids.get(e.finding ?? '') ?? e.finding })),
    }));
    return { ...result, findings, suites };
  });
  const findings = renamed.flatMap((r) => r.findings).sort((a, b) => VERDICT[a.verdict] - VERDICT[b.verdict]);
  const seen = new Set<string>();
  const number = (verdict: string) => findings.filter((f) => f.verdict === verdict).length;
  return {
    schema: 'hopscope.report/1',
    tool: { name: 'hopscope', version: VERSION },
    captures: renamed
      .flatMap((r) => r.captures)
      .filter(({ point, file }) => !seen.has(`${point}\n${file}`) && seen.add(`${point}\n${file}`)),
    findings,
    suites: renamed.flatMap((r) => r.suites),
    summary: { fail: number('fail'), inconclusive: number('inconclusive'), pass: number('pass') },
  };
}
