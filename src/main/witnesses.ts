// Texts of other tools among the inputs of a run: told from captures, read to their end, and what a report says of them.
import { asCharacters, decodeText, isText } from '../bytes/encoding.js';
import { chunksAt } from '../capture/chunks.js';
import { sniff } from '../capture/sniff.js';
import { fromStart, printedHead, statOf, textPart } from '../capture/text-file.js';
import { uncompressed } from '../capture/unpack.js';
import { unzippedHead } from '../capture/unzip.js';
import { CaptureError } from '../errors.js';
import type { Facts } from '../facts/facts.js';
import type { ReportWitness } from '../report/run.js';
import type { Clock } from '../rules/findings.js';
import { isPrinted } from '../texts/recognise.js';
import { readTestimony } from '../witnesses/read.js';
import { Testimony, type Witness, witnessesIn } from '../witnesses/testimony.js';
import type { AnalyzeOptions, CaptureInput } from './options.js';
import { whyUnread } from './read-text.js';

export { witnessesIn } from '../witnesses/testimony.js';

export interface SortedInputs {
  readonly captures: readonly CaptureInput[];
  readonly witnesses: readonly CaptureInput[];
}

/** Which inputs are captures, and which are what another tool tells; a text may be both. */
export function sortInputs({ files, witnesses: known = [] }: Pick<AnalyzeOptions, 'files' | 'witnesses'>): SortedInputs {
  const captures: CaptureInput[] = [];
  const witnesses = [...known];
  for (const input of files) {
    // Several parts of one paste are captures of their own; what else it tells, it tells once.
    const { file } = textPart(bytesOf(input));
    const looked = input.path === '-' || input.path === '' ? null : lookAtText(file);
    if (looked === null || !looked.isWitness || looked.isPrinted) captures.push(input);
    if (looked?.isWitness === true && !witnesses.some((other) => bytesOf(other) === file))
      witnesses.push({ point: input.point, path: textPart(input.path).file, file });
  }
  return { captures, witnesses };
}

const bytesOf = ({ path, file }: CaptureInput): string => file ?? path;

/** What a file is, as far as its start tells; null for what cannot be read, and for what is no text. A text may be compressed by gzip. */
const lookAtText = (path: string): { readonly isPrinted: boolean; readonly isWitness: boolean } | null =>
  fromStart(path, (fd, first) => {
    const start = sniff(first, 0, first.length) === 'gzip' ? unzippedHead(fd, first) : null;
    const { head, isPrinted: isOne } =
      start === null ? printedHead(fd, first) : { head: start, isPrinted: isPrinted(asCharacters(start)) };
    if (head.length === 0 || sniff(head, 0, head.length) !== null || !isText(head)) return null;
    return { isPrinted: isOne, isWitness: witnessesIn(decodeText(head)) !== null };
  });

/** Reads the texts. `nearMs`: when the captures began, in milliseconds since 1970; NaN: not known. Throws CaptureError. */
export async function readWitnesses(
  inputs: readonly CaptureInput[],
  nearMs: number,
  signal: AbortSignal | undefined,
): Promise<Witness[]> {
  const found: Witness[] = [];
  for (const { point, path, file = path } of inputs) {
    const near = Number.isNaN(nearMs) ? (statOf(file)?.mtimeMs ?? 0) : nearMs;
    try {
      const testimony = await readTestimony(uncompressed(chunksAt(file)), new Testimony(near, point ?? ''), signal);
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
