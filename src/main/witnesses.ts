// Texts of other tools among the inputs of a run: told from captures, read to their end, and what a report says of them.
import { asCharacters, decodeText, isText } from '../bytes/encoding.js';
import { untilAborted } from '../capture/abort.js';
import { chunksAt } from '../capture/chunks.js';
import { Piped } from '../capture/piped.js';
import { sniff } from '../capture/sniff.js';
import { fromStart, printedHead, statOf, textPart } from '../capture/text-file.js';
import { uncompressed } from '../capture/unpack.js';
import { packedHead, unzippedStart } from '../capture/unzip.js';
import { CaptureError, UsageError } from '../errors.js';
import type { Facts } from '../facts/facts.js';
import type { ReportWitness } from '../report/run.js';
import type { Clock } from '../rules/findings.js';
import { isPrinted } from '../texts/recognise.js';
import { readTestimony, TestimonyReader } from '../witnesses/read.js';
import { Testimony, type Witness, witnessesIn } from '../witnesses/testimony.js';
import type { AnalyzeOptions, CaptureInput, WitnessInput } from './options.js';
import { whyUnread } from './read-text.js';

const DAY_SECONDS = 86_400;

export { witnessesIn } from '../witnesses/testimony.js';

export interface SortedInputs {
  readonly captures: readonly CaptureInput[];
  readonly witnesses: readonly WitnessInput[];
}

/**
 * Which inputs are captures, and which are what another tool tells; a text may be both. Pipes are looked at, and kept open for who reads them
 * then: `closePipes` closes them all. Throws CaptureError.
 */
export async function sortInputs({
  files,
  witnesses = [],
  signal,
}: Pick<AnalyzeOptions, 'files' | 'witnesses' | 'signal'>): Promise<SortedInputs> {
  const sorted: Sorted = { captures: [], witnesses: [...witnesses] };
  for (const input of files) {
    const { point, path } = input;
    const piped = input.piped === undefined && isPipe(bytesOf(input)) ? Piped.at(bytesOf(input)) : null;
    if (piped === null) {
      sortFile(input, sorted);
      continue;
    }
    const { isPrinted: isCapture, tools } = look(await piped.head(signal));
    if (isCapture || tools === null) sorted.captures.push({ ...input, piped });
    if (tools !== null) sorted.witnesses.push({ point, path, piped, ...(isCapture && { told: tellBeside(piped, point) }) });
  }
  return sorted;
}

/** The same of files: what comes through a pipe is taken for a capture. */
export function sortFiles({ files, witnesses = [] }: Pick<AnalyzeOptions, 'files' | 'witnesses'>): SortedInputs {
  const sorted: Sorted = { captures: [], witnesses: [...witnesses] };
  for (const input of files) sortFile(input, sorted);
  return sorted;
}

interface Sorted {
  readonly captures: CaptureInput[];
  readonly witnesses: WitnessInput[];
}

function sortFile(input: CaptureInput, { captures, witnesses }: Sorted): void {
  const { point, path, piped } = input;
  // Several parts of one paste are captures of their own; what else it tells, it tells once.
  const { file } = textPart(bytesOf(input));
  const looked = piped !== undefined || path === '-' || path === '' ? null : lookAtText(file);
  const isWitness = looked !== null && looked.tools !== null;
  if (!isWitness || looked.isPrinted) captures.push(input);
  if (isWitness && !witnesses.some((other) => bytesOf(other) === file))
    witnesses.push({ point, path: textPart(path).file, file });
}

/** For those who show packets: what other tools tell stands beside them. Throws UsageError where there are none. */
export function withCaptures(inputs: SortedInputs): SortedInputs {
  if (inputs.captures.length > 0) return inputs;
  closePipes(inputs);
  const [{ path }] = inputs.witnesses;
  throw new UsageError(`${path} has no packets; name a capture beside it, or let \`hopscope ${path}\` judge it`);
}

/** What comes through a pipe can be read once: while its packets are read, its other lines are, too. */
function tellBeside(piped: Piped, point: string | null): TestimonyReader {
  const reader = new TestimonyReader(new Testimony(Date.now(), point ?? ''));
  piped.heard = (bytes) => reader.push(bytes);
  return reader;
}

export function closePipes({ captures, witnesses }: SortedInputs): void {
  for (const { piped } of [...captures, ...witnesses]) piped?.close();
}

const bytesOf = ({ path, file }: CaptureInput): string => file ?? path;

const isPipe = (path: string): boolean => path === '-' || statOf(path)?.isFIFO() === true;

interface Looked {
  readonly isPrinted: boolean;
  /** The tools whose output it is; null: of none. */
  readonly tools: string | null;
}

/** What a text is, as far as its start tells, which may be compressed by gzip. */
function look(start: Uint8Array): Looked {
  const head = sniff(start, 0, start.length) === 'gzip' ? unzippedStart(start) : start;
  if (head.length === 0 || sniff(head, 0, head.length) !== null || !isText(head)) return { isPrinted: false, tools: null };
  return { isPrinted: isPrinted(asCharacters(head)), tools: witnessesIn(decodeText(head))?.kinds ?? null };
}

/** What a file is; null for what cannot be read. */
const lookAtText = (path: string): Looked | null =>
  fromStart(path, (fd, first) => {
    const { head } = sniff(first, 0, first.length) === 'gzip' ? { head: packedHead(fd, first) } : printedHead(fd, first);
    return look(head);
  });

/** The tools that printed a file; null where it holds packets, or tells nothing. What comes through a pipe is not looked at. */
export function toolsOf(input: CaptureInput): string | null {
  const looked = lookAtText(textPart(bytesOf(input)).file);
  return looked === null || looked.isPrinted ? null : looked.tools;
}

/** What other tools have printed of a run whose captures were read. Throws CaptureError. */
export async function witnessesBeside(
  run: { readonly baseSeconds: number },
  {
    witnesses = [],
    signal,
  }: { readonly witnesses?: readonly WitnessInput[] | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Witness[]> {
  // A text that knows only times of day tells no year.
  return readWitnesses(witnesses, run.baseSeconds > DAY_SECONDS ? run.baseSeconds * 1000 : Number.NaN, signal);
}

/** Reads the texts. `nearMs`: when the captures began, in milliseconds since 1970; NaN: not known. Throws CaptureError. */
export async function readWitnesses(
  inputs: readonly WitnessInput[],
  nearMs: number,
  signal: AbortSignal | undefined,
): Promise<Witness[]> {
  const found: Witness[] = [];
  for (const { point, path, file = path, piped, told } of inputs) {
    const isNow = piped !== undefined;
    const near = !Number.isNaN(nearMs) ? nearMs : isNow ? Date.now() : (statOf(file)?.mtimeMs ?? 0);
    try {
      const reader = told ?? new TestimonyReader(new Testimony(near, point ?? ''));
      // Whoever ends a tool in front of the pipe ends this, too: what has come by then is what there is.
      if (told === undefined && signal?.aborted === true && piped !== undefined) reader.push(piped.waiting);
      else if (told === undefined)
        await readTestimony(uncompressed(untilAborted(piped ?? chunksAt(file), signal)), reader, signal);
      const testimony = reader.end(signal?.aborted === true);
      found.push({ file: path, info: testimony.info, groups: testimony.all });
    } catch (error) {
      throw new CaptureError('io', `${path}: ${whyUnread(error)}`, path);
    }
  }
  return found;
}

/** What a report says of each text. */
export const witnessesOf = ({ witnesses }: Facts, time: Clock): ReportWitness[] =>
  witnesses.list.map(({ file, info }, i) => {
    const clock = witnesses.clock(i);
    const at = (ms: number): string | null => (Number.isNaN(ms) ? null : time.at(witnesses.atRun(i, ms)));
    const flows = witnesses.flows().filter(({ told }) => told.some(({ witness }) => witness === i));
    return {
      file,
      kinds: info.kinds,
      lines: info.lines,
      used: info.used,
      unread: info.unread,
      notUnderstood: info.shown.map(({ line, text }) => ({ line, text })),
      events: info.events,
      uncounted: info.forgotten,
      flows: flows.length,
      joined: flows.filter(({ conversations }) => conversations.length > 0).length,
      clockAheadMs: clock === null ? null : clock.aheadMs,
      first: at(info.firstMs),
      last: at(info.lastMs),
    };
  });
