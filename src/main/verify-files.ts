// Expectation files, the captures that they name, and what they say of their surroundings.
import { dirname, existsSync, isAbsolute, join } from '#host';
import { decodeText } from '../bytes/encoding.js';
import { sniff } from '../capture/sniff.js';
import { ExpectationError, HopscopeError, UsageError } from '../errors.js';
import { given } from '../expect/key.js';
import tags from '../expect/keys/tags.js';
import { readSheet, type Sheet } from '../expect/read.js';
import { Problems, type SourceText } from '../topology/document.js';
import { ifmapText } from '../topology/ifmap.js';
import type { MakeFolder } from './bundle.js';
import { captureInput, withPath } from './capture-input.js';
import { filesLike, filesUnder, isPattern } from './find-files.js';
import type { AnalyzeOptions, CaptureInput } from './options.js';
import { readBytes, whyUnread } from './read-text.js';

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
  /** Only expectations with one of these tags, and none of those after a `!`. */
  readonly tags?: readonly string[];
  readonly failFast: boolean;
  /** List conversations that no expectation speaks of. */
  readonly uncovered: boolean;
  /** Sets of captures that are read at once, each by a thread of its own; undefined: one, by this thread. */
  readonly jobs?: number;
  /** The reading of a set of captures is stopped after this. */
  readonly timeLimitMs?: number;
  /** Only every so-many-th file: `{ index: 1, of: 4 }` is the first of four parts. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** The folder where results are kept, for the same captures and files another time; undefined: none are. */
  readonly cache?: string;
  /** A file with mistakes ends the run before anything is read. */
  readonly stopAtMistakes?: boolean;
}

/** Every expectation is checked, to the end. */
export const WHOLE = { settings: [], grep: null, failFast: false, uncovered: false } as const;

/** What a file says of its surroundings, and the options with it. */
export type Job = Required<Pick<AnalyzeOptions, 'topology' | 'ifmap' | 'decodeAs'>>;

/** Reads the files and checks them as far as is possible without a capture. Throws ExpectationError with all problems. */
export function readSheets(options: Pick<VerifyOptions, 'paths' | 'texts' | 'grep' | 'tags'>): Sheet[] {
  const problems = new Problems();
  const { sheets } = readSound(options, problems);
  if (problems.any) throw new ExpectationError(problems.text());
  return sheets;
}

export interface Sheets {
  /** What is left without the mistakes. */
  readonly sheets: Sheet[];
  /** As they were read, by path. */
  readonly texts: ReadonlyMap<string, SourceText>;
  /** All files, and what they are called. */
  readonly names: readonly { readonly file: string; readonly name: string }[];
  /** YAML and JSON files of folders that expect nothing: those are of another kind. */
  readonly skipped: readonly string[];
}

/** As `readSheets`; what is wrong goes to `problems`. */
export function readSound(options: Pick<VerifyOptions, 'paths' | 'texts' | 'grep' | 'tags'>, problems: Problems): Sheets {
  const found = options.paths.map(expectationFiles);
  const texts = options.texts ?? found.flatMap(({ files }) => files);
  const read = texts.map((text) => readSheet(text, problems, loadBlocks));
  const left = chosen(read, options);
  if (left.length === 0 && options.grep !== null && !problems.any)
    throw new UsageError(`no expectation is called like ${options.grep}; --list shows all names`);
  if (left.length === 0 && (options.tags ?? []).length > 0 && !problems.any)
    throw new UsageError(`no expectation has the tag ${options.tags?.join(' or ')}; --list shows all tags`);
  return {
    sheets: left,
    texts: new Map(texts.map((text) => [text.name, text])),
    names: texts.map(({ name: file }, i) => ({ file, name: read[i]?.name ?? file })),
    skipped: found.flatMap(({ skipped }) => skipped),
  };
}

/** Whether these tags are among those that are asked for, and none is refused. */
function hasTags(own: string | string[] | undefined, asked: readonly string[]): boolean {
  const has = (tag: string) => listOf(own).includes(tag);
  const wanted = asked.filter((tag) => !tag.startsWith('!'));
  return (wanted.length === 0 || wanted.some(has)) && !asked.some((tag) => tag.startsWith('!') && has(tag.slice(1)));
}

/** The text of a file that another one names beside itself. */
export const loadBlocks = (path: string, from: string): SourceText => textOf(besideFile(from, path));

/** The expectations whose name (after the file's) matches and that have the tags, and the files that have some. */
export function chosen(
  sheets: readonly (Sheet | null)[],
  { grep, tags: asked = [] }: Pick<VerifyOptions, 'grep' | 'tags'>,
): Sheet[] {
  return sheets
    .filter((sheet) => sheet !== null)
    .map((sheet) => ({
      ...sheet,
      expectations: sheet.expectations.filter(
        ({ name, spec }) => (grep?.test(`${sheet.name}: ${name}`) ?? true) && hasTags(given(spec, tags), asked),
      ),
    }))
    .filter((sheet) => sheet.expectations.length > 0);
}

function textOf(name: string): SourceText {
  let bytes: Uint8Array;
  try {
    bytes = readBytes(name);
  } catch (error) {
    throw new ExpectationError(`${name}: ${whyUnread(error)}`);
  }
  // Read as YAML, each of its bytes would be a mistake.
  if (sniff(bytes, 0, bytes.length) !== null)
    throw new ExpectationError(
      `${name} is a capture, not an expectation file; name such a file, and --capture POINT=FILE for the capture that is held against it; \`hopscope diagnose\` needs none`,
    );
  return { name, text: decodeText(bytes) };
}

interface Found {
  readonly files: readonly SourceText[];
  readonly skipped: readonly string[];
}

/** The files that a path stands for. Of a folder those that expect something: others may lie there. */
function expectationFiles(path: string): Found {
  if (isPattern(path) && !existsSync(path)) {
    const found = filesLike(path);
    if (found.length === 0) throw new UsageError(`no file is like ${path}`);
    return { files: found.map(textOf), skipped: [] };
  }
  if (!existsSync(path)) throw new UsageError(`${path} does not exist; name expectation files or their folder`);
  let names: string[];
  try {
    names = filesUnder(path, (name) => /\.(ya?ml|json)$/.test(name) && !/\.topology\.(ya?ml|json)$/.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return { files: [textOf(path)], skipped: [] };
    throw error;
  }
  const texts = names.map(textOf);
  const files = texts.filter(({ text }) => EXPECTS.test(text));
  if (files.length === 0) throw new UsageError(`${path} holds no expectation file (*.yaml with expect:)`);
  return { files, skipped: texts.filter((text) => !files.includes(text)).map(({ name }) => name) };
}

/** The key that makes a file one of expectations; or the version that says that it is to be one, where the key is mistyped. */
const EXPECTS = /^["']?expect["']?\s*:|^["']?version["']?\s*:\s*["']?1["']?\s*(#.*)?$|"expect"\s*:/m;

/** A path as it stands in a file. */
const besideFile = (file: string, path: string): string =>
  isAbsolute(path) || dirname(file) === '.' ? path : join(dirname(file), path);
const beside = (sheet: Sheet, path: string): string => besideFile(sheet.path, path);

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
      for (const path of sheet.used) files.add(path);
      for (const captures of runsOf(sheet, options, new Problems())) {
        for (const { path } of captures) files.add(path).add(dirname(path));
        for (const one of job(sheet, options).topology) files.add(captureInput(one).path);
      }
    }
  } catch (error) {
    // A file with mistakes is watched until they are corrected.
    if (!(error instanceof HopscopeError)) throw error;
  }
  return [...files];
}

export function job(sheet: Sheet, options: Pick<VerifyOptions, 'topology' | 'ifmap' | 'decodeAs'>): Job {
  const { file } = sheet;
  return {
    topology: [...listOf(file.topology).map((one) => withPath(one, (path) => beside(sheet, path))), ...options.topology],
    ifmap: options.ifmap ?? ifmapText(file.ifmap),
    decodeAs: [...listOf(file.decodeAs), ...options.decodeAs],
  };
}
