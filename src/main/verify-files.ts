// Expectation files, the captures that they name, and what they say of their surroundings.
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { ExpectationError, HopscopeError, UsageError } from '../errors.js';
import { readSheet, type Sheet } from '../expect/read.js';
import { Problems, type SourceText } from '../topology/document.js';
import type { Inputs, MakeFolder } from './bundle.js';
import { filesLike, filesUnder, isPattern } from './find-files.js';
import type { AnalyzeOptions, CaptureInput, KnownText } from './options.js';
import { readText, whyUnread } from './read-text.js';

/** How much a run may use. */
type Bounds = Pick<AnalyzeOptions, 'workers' | 'maxConversations'>;

export interface VerifyOptions
  extends Bounds,
    Pick<AnalyzeOptions, 'topology' | 'known' | 'ifmap' | 'decodeAs' | 'signal' | 'onProgress'> {
  /** Expectation files, folders, patterns. */
  readonly paths: readonly string[];
  /** Texts of expectation files, instead of files. */
  readonly texts?: readonly SourceText[];
  /** For archives; without it they are refused. */
  readonly makeFolder?: MakeFolder;
  /** Instead of the captures that the files name. */
  readonly captures: readonly CaptureInput[];
  /** `arp-no-reply.within=2s`, for `findings`. */
  readonly settings: readonly string[];
  /** Only expectations whose name (after the file's) matches. */
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
  /** What lies beside the captures. */
  readonly known: readonly KnownText[];
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
export function readSound(options: Pick<VerifyOptions, 'paths' | 'texts' | 'grep'>, problems: Problems): Sheet[] {
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
export function runsOf(sheet: Sheet, options: VerifyOptions, problems: Problems): CaptureInput[][] {
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

/** Everything that takes part, and the folders it lies in: what has to be watched. */
export function filesOf(options: VerifyOptions): string[] {
  const files = new Set<string>(options.paths.filter((path) => existsSync(path)));
  try {
    for (const sheet of readSheets(options)) {
      files.add(sheet.path).add(dirname(sheet.path));
      for (const captures of runsOf(sheet, options, new Problems())) {
        for (const { path } of captures) files.add(path).add(dirname(path));
        for (const path of job(sheet, { captures, known: [] }, options).topology) files.add(path);
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
  { captures, known }: Inputs,
  options: Pick<VerifyOptions, 'topology' | 'known' | 'ifmap' | 'decodeAs'>,
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
    known: [...known, ...(options.known ?? [])],
    topology: [...listOf(file.topology).map((path) => beside(sheet, path)), ...options.topology],
    ifmap: options.ifmap ?? ifmap,
    decodeAs: [...listOf(file.decodeAs), ...options.decodeAs],
  };
}
