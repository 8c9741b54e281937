// One set of captures, read once, and the expectation files that are held against it. What is asked and what is answered is plain
// data: it may be done by a thread of its own, and kept.
import { basename } from '#host';
import { CaptureError, HopscopeError } from '../errors.js';
import { AddressBook } from '../expect/names.js';
import { readSheet, type Sheet } from '../expect/read.js';
import { Suite } from '../expect/suite.js';
import type { ReportCapture } from '../report/run.js';
import { chooseRules } from '../rules/choose.js';
import { type Assessment, assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { type Place, Problems, type SourceText } from '../topology/document.js';
import { AtHand } from './at-hand.js';
import { FileRun } from './file-run.js';
import type { DetailsOf } from './held-details.js';
import { openLab } from './lab.js';
import type { AnalyzeOptions, CaptureInput, KnownText } from './options.js';
import type { Watching } from './progress.js';
import { inputOf } from './run.js';
import { chosen, loadBlocks } from './verify-files.js';
import { type Result, reportMistakes, reportSuites } from './verify-report.js';

/** Expectation files, what their suites are called, and what they are held against. */
export interface Order
  extends Pick<AnalyzeOptions, 'topology' | 'known' | 'ifmap' | 'decodeAs' | 'workers' | 'maxConversations'> {
  readonly sheets: readonly {
    readonly text: SourceText;
    readonly title: string;
    /** Files that it takes blocks from. */
    readonly used: readonly string[];
  }[];
  readonly captures: readonly CaptureInput[];
  readonly known: readonly KnownText[];
  readonly grep: RegExp | null;
  readonly tags: readonly string[];
  readonly settings: readonly string[];
  readonly failFast: boolean;
  readonly uncovered: boolean;
  /** The reading is stopped after this; what it did not see is undecided. Null: it may take its time. */
  readonly timeLimitMs: number | null;
}

export interface Mistake {
  readonly place: Place;
  readonly text: string;
}

export interface Done {
  readonly result: Result;
  readonly mistakes: readonly Mistake[];
  /** Some file was held against the captures. */
  readonly held: boolean;
  /** Somebody ended it before it was done. */
  readonly interrupted: boolean;
  /** When it began to read. */
  readonly startedMs: number;
}

/**
 * Reads, judges, reports. What is wrong with a file, or with captures that cannot be opened, is a failure of these files. Throws what
 * no file is to blame for.
 */
export async function verifyGroup(order: Order, watching: Watching = {}): Promise<Done> {
  const startedMs = Date.now();
  const done = await held(order, watching);
  return { ...done, startedMs };
}

async function held(order: Order, watching: Watching): Promise<Omit<Done, 'startedMs'>> {
  const problems = new Problems();
  const sheets = chosen(
    order.sheets.map(({ text }) => readSheet(text, problems, loadBlocks)),
    order,
  );
  const limit = order.timeLimitMs === null ? null : AbortSignal.timeout(order.timeLimitMs);
  const signal = limit === null ? watching.signal : AbortSignal.any([limit, ...(watching.signal ? [watching.signal] : [])]);
  const analyze: AnalyzeOptions = {
    files: order.captures,
    topology: order.topology,
    known: order.known,
    ifmap: order.ifmap,
    decodeAs: order.decodeAs,
    filter: null,
    at: null,
    rules: { only: [], except: [], settings: order.settings },
    ...(order.workers !== undefined && { workers: order.workers }),
    ...(order.maxConversations !== undefined && { maxConversations: order.maxConversations }),
    ...(signal && { signal }),
    ...(watching.onProgress && { onProgress: watching.onProgress }),
  };
  let lab: Awaited<ReturnType<typeof openLab>>;
  try {
    lab = await openLab(analyze);
  } catch (error) {
    if (!(error instanceof HopscopeError)) throw error;
    // Mistakes in a file come first: what else is wrong may follow from them.
    for (const sheet of sheets) if (problems.of(sheet.path).length === 0) problems.add(sheet.at(['captures']), error.message);
    const captures = error instanceof CaptureError ? [unreadable(error)] : [];
    const done = reported(order, sheets, problems, null);
    return { ...done, result: { ...done.result, captures } };
  }
  const atHand = new AtHand(lab.captures.map(inputOf));
  const suiteOf = (some: readonly Sheet[], told: Problems): Suite =>
    new Suite(
      some,
      lab.captures.map(({ point }) => point),
      lab.registry,
      atHand.fields,
      new AddressBook(lab.topology),
      catalogue.map(({ id }) => id),
      told,
    );
  const whole = suiteOf(sheets, problems);
  const sound = sheets.filter(({ path }) => problems.of(path).length === 0);
  const suite = sound.length === sheets.length ? whole : suiteOf(sound, new Problems());
  if (sound.length === 0) {
    for (const { source } of lab.captures) source.close();
    return reported(order, sheets, problems, null);
  }
  const startMs = performance.now();
  const run = new FileRun(lab, analyze, {}, atHand);
  run.ask(suite.needs);
  suite.timedBy(() => run.baseSeconds);
  await run.read((tracker) => suite.observe(tracker), suite.asksHeaders);
  if (limit?.aborted && !watching.signal?.aborted)
    run.whyInterrupted = `reading took longer than ${order.timeLimitMs! / 1000} s and was stopped`;
  const world = run.facts(true);
  const rules = chooseRules(catalogue, analyze.rules);
  let assessment: Assessment | null = null;
  let judged = suite.judge(world, () => (assessment ??= assess(world, rules, run.time)));
  if (order.failFast) {
    const failed = judged.findIndex((one) => one.outcome.verdict === 'fail');
    if (failed >= 0) judged = judged.slice(0, failed + 1);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const titles = new Map(order.sheets.map(({ text, title }) => [text.name, title]));
  const titleOf = ({ path, name }: Sheet) => titles.get(path) ?? name;
  const result = reportSuites(sound, judged, { run, world, seconds, uncovered: order.uncovered, titleOf });
  // Evidence as it was made leads to all that the run has taught (draftOf), which a copy lets go of.
  const findings = result.findings.map((one) => ({ ...one, evidence: one.evidence.map((frame) => ({ ...frame })) }));
  const told: Result = { captures: run.captures(), ...result, findings, details: detailsOf(run, analyze) };
  return reported(order, sheets, problems, told, run.interrupted);
}

const detailsOf = (
  { inputs, labels, aheadNs }: FileRun,
  { files, topology, known, ifmap, decodeAs, at }: AnalyzeOptions,
): DetailsOf => ({
  open: { files, topology, ...(known !== undefined && { known }), ifmap, decodeAs, at },
  captures: inputs.map(({ path, point }, i) => ({ path, point, label: labels[i], aheadNs: aheadNs[i] })),
});

/** All that could not be done, as a failure of its files. */
export function undone(sheets: readonly { readonly sheet: Sheet; readonly title: string }[], text: string): Done {
  const mistakes = sheets.map(({ sheet }) => ({ place: sheet.at(['captures']), text }));
  const results = sheets.map(({ sheet: { path: file, name }, title }, i) => reportMistakes({ file, name, title }, [mistakes[i]]));
  return {
    result: {
      captures: [],
      suites: results.flatMap(({ suites }) => suites),
      findings: results.flatMap(({ findings }) => findings),
    },
    mistakes,
    held: false,
    interrupted: false,
    startedMs: Date.now(),
  };
}

/** The files that have mistakes, each as a suite of its own. */
function mistaken(order: Order, sheets: readonly Sheet[], problems: Problems): Result[] {
  return order.sheets.flatMap(({ text, title }) => {
    const mistakes = problems.of(text.name);
    const name = sheets.find(({ path }) => path === text.name)?.name ?? text.name;
    return mistakes.length === 0 ? [] : [reportMistakes({ file: text.name, name, title }, mistakes)];
  });
}

function reported(
  order: Order,
  sheets: readonly Sheet[],
  problems: Problems,
  held: Result | null,
  interrupted = false,
): Omit<Done, 'startedMs'> {
  const wrong = mistaken(order, sheets, problems);
  return {
    result: {
      captures: [],
      ...held,
      suites: [...wrong, ...(held === null ? [] : [held])].flatMap(({ suites }) => suites),
      findings: [...wrong, ...(held === null ? [] : [held])].flatMap(({ findings }) => findings),
    },
    mistakes: order.sheets.flatMap(({ text }) => problems.of(text.name)),
    held: held !== null,
    interrupted,
  };
}

/** A capture that could not be opened, as a report shows it. */
const unreadable = ({ path, message }: CaptureError): ReportCapture => ({
  point: basename(path),
  file: path,
  format: 'unknown',
  linkTypes: [],
  frames: 0,
  bytes: 0,
  first: null,
  last: null,
  dropped: null,
  clipped: 0,
  interfaces: [],
  error: message,
});
