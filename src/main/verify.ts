// Expectation files held against their captures: each set of captures is read once, for all files that name it; several sets at once,
// where several are wanted. Memory follows the sets that are read at once, not their number.
import { inTurn } from '#jobs';
import { startThreads } from '#threads';
import { statOf } from '../capture/text-file.js';
import { ExpectationError } from '../errors.js';
import type { Sheet } from '../expect/read.js';
import type { Run as RunReport } from '../report/run.js';
import { chooseRules } from '../rules/choose.js';
import { catalogue } from '../rules/index.js';
import { Problems } from '../topology/document.js';
import { parseIfmap } from '../topology/ifmap.js';
import { expand } from './bundle.js';
import { registryOf } from './lab.js';
import type { CaptureInput } from './options.js';
import { settleRetries } from './retries.js';
import { fileTitles, runNames, Unique } from './suite-titles.js';
import { job, readSound, runsOf, type VerifyOptions } from './verify-files.js';
import type { Mistake, Order } from './verify-group.js';
import { relabel } from './verify-labels.js';
import { type Result, report, reportMistakes } from './verify-report.js';

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

/** An order without its captures unpacked: that is done when its turn comes. */
interface Group {
  readonly inputs: readonly CaptureInput[];
  readonly sheets: { readonly sheet: Sheet; readonly title: string }[];
  readonly surroundings: ReturnType<typeof job>;
}

/**
 * Reads, judges, reports. A file with mistakes, or whose captures cannot be opened, is a failure of that file; the others are checked.
 * Throws UsageError for what is wrong with the options, and ExpectationError for mistakes where those are to stop it.
 */
export async function verifyAll(options: VerifyOptions): Promise<Verified> {
  checkOptions(options);
  const problems = new Problems();
  const { sheets, texts, names, skipped } = readSound(options, problems);
  // Names are given before a part is chosen: each part of a run calls its suites as the whole run does.
  const titles = fileTitles(names);
  const isMine = chosenBy(
    options,
    names.map(({ file }) => file),
  );
  const groups = new Map<string, Group>();
  const asked = new Set<string>();
  const unique = new Unique();
  for (const sheet of sheets) {
    if (!isMine(sheet.path)) continue;
    const before = problems.of(sheet.path).length;
    const runs = runsOf(sheet, options, problems);
    const title = titles.get(sheet.path) ?? sheet.name;
    // Without one of its captures, each name of a point would be a mistake too.
    if (problems.of(sheet.path).length > before) continue;
    asked.add(sheet.path);
    const named = runNames(runs);
    runs.forEach((inputs, i) => {
      // Mistakes of a file are the same for each of its runs.
      if (before > 0 && i > 0) return;
      const name = named[i];
      add(groups, { sheet, title: unique.of(name === null ? title : `${title} (${name})`) }, inputs, options);
    });
  }
  if (options.stopAtMistakes === true && problems.any) throw new ExpectationError(problems.text());
  const all = [...groups.values()];
  // The captures that are read first; threads that start now are ready when all is prepared.
  const single = all.length === 1 ? all[0] : undefined;
  if (single !== undefined && options.timeLimitMs === undefined)
    startThreads({ files: single.inputs, ...(options.workers !== undefined && { workers: options.workers }) });
  const done = await inTurn(
    all.map((group) => ({ make: () => orderOf(group, texts, options), bytes: bytesOf(group), sheets: group.sheets })),
    options,
  );
  const unasked = names.filter(({ file }) => isMine(file) && !asked.has(file) && problems.of(file).length > 0);
  const results: Result[] = [
    ...unasked.map(({ file, name }) =>
      reportMistakes({ file, name, title: unique.of(titles.get(file) ?? name) }, problems.of(file)),
    ),
    ...done.map(({ result }) => result),
  ];
  const mistakes = [...unasked.flatMap(({ file }) => problems.of(file)), ...done.flatMap((one) => one.mistakes)];
  const isUnread = done.some(({ result }) => result.captures.some(({ error }) => error !== null));
  const unchecked = mistakes.length > 0 && !isUnread && !done.some(({ held }) => held) ? textOf(mistakes) : null;
  const run = report(settleRetries(relabel(results)));
  return { run: options.shard === undefined ? run : { ...run, shard: options.shard }, unchecked, skipped };
}

/** What is wrong on the command line is told once, not as a mistake of each file. */
function checkOptions({ settings, ifmap, decodeAs }: VerifyOptions): void {
  chooseRules(catalogue, { only: [], except: [], settings });
  if (ifmap !== null) parseIfmap(ifmap);
  registryOf(decodeAs);
}

/** Whether a file is of the part that is asked for: by its place among all, so that the parts of several machines make the whole. */
function chosenBy({ shard }: VerifyOptions, files: readonly string[]): (file: string) => boolean {
  if (shard === undefined) return () => true;
  const mine = new Set([...new Set(files)].filter((_, i) => i % shard.of === shard.index - 1));
  return (file) => mine.has(file);
}

function add(
  groups: Map<string, Group>,
  one: Group['sheets'][number],
  inputs: readonly CaptureInput[],
  options: VerifyOptions,
): void {
  const surroundings = job(one.sheet, options);
  const captures = [...inputs].sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  let key = JSON.stringify([captures, surroundings]);
  // A file stands once in a group: its suites are told apart by their runs.
  while (groups.get(key)?.sheets.some(({ sheet }) => sheet.path === one.sheet.path)) key += '+';
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { inputs, sheets: [one], surroundings });
  else group.sheets.push(one);
}

async function orderOf(
  { inputs, sheets, surroundings }: Group,
  texts: ReadonlyMap<string, Order['sheets'][number]['text']>,
  options: VerifyOptions,
): Promise<Order> {
  const { captures, known } = await expand(inputs, options.makeFolder);
  return {
    sheets: sheets.flatMap(({ sheet, title }) => {
      const text = texts.get(sheet.path);
      return text === undefined ? [] : [{ text, title, used: [...sheet.used] }];
    }),
    ...surroundings,
    captures,
    known: [...known, ...(options.known ?? [])],
    grep: options.grep,
    tags: options.tags ?? [],
    settings: options.settings,
    failFast: options.failFast,
    uncovered: options.uncovered,
    timeLimitMs: options.timeLimitMs ?? null,
    ...(options.workers !== undefined && { workers: options.workers }),
    ...(options.maxConversations !== undefined && { maxConversations: options.maxConversations }),
  };
}

const bytesOf = ({ inputs }: Group): number =>
  inputs.reduce((bytes, { path, file = path }) => bytes + (file === '-' ? 0 : (statOf(file)?.size ?? 0)), 0);

/** One line each, as `Problems` has them. */
function textOf(mistakes: readonly Mistake[]): string {
  const problems = new Problems();
  const told = new Set<string>();
  for (const { place, text } of mistakes) {
    const key = `${place.file}:${place.line}:${place.column}: ${text}`;
    if (!told.has(key)) problems.add(place, text);
    told.add(key);
  }
  return problems.text();
}
