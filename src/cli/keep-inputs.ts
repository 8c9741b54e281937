// What a command reads is not written over by it, and packets that an earlier one has kept are not either.
import { readSync } from 'node:fs';
import { ringFiles } from '../capture/live/ring.js';
import { isSameFile } from '../capture/same-file.js';
import { sniff } from '../capture/sniff.js';
import { fromStart, statOf } from '../capture/text-file.js';
import { ANNOTATED } from '../capture/write.js';
import { UsageError } from '../errors.js';
import { filesUnder } from '../main/find-files.js';

/** The options that name a file to write; all others, and all arguments, name what is read or no file at all. */
const WRITTEN: readonly string[] = ['output', 'write', 'format', 'evidence'];

type Options = Readonly<Record<string, unknown>>;

/** The names of a capture's interfaces, beside it. */
const sideFile = (path: string): string => `${path}.ifmap.json`;

/** Throws UsageError where `outputs` has one of the files of `inputs`, or of the folders among them. */
export function keepInputs(inputs: readonly string[], outputs: readonly string[]): void {
  if (outputs.length === 0) return;
  const read = inputs.flatMap((input) => [input, sideFile(input), ...filesIn(input)]);
  for (const output of outputs)
    if (read.some((input) => isSameFile(input, output)))
      throw new UsageError(`${output} is read by this run, and would be written over; name another file for the output`);
}

/** What reports are called: one that an earlier run has left in a folder is no evidence, and is made anew. */
const REPORT = /\.(json|xml|md|sarif|tap|csv|html)$/;

/** What a folder holds is read with it, captures and texts; nothing for what is no folder. */
function filesIn(path: string): string[] {
  try {
    return filesUnder(path, (name) => !REPORT.test(name));
  } catch {
    // Whoever reads there says what is wrong with it.
    return [];
  }
}

/** The same for the arguments and options of any command. */
export function keepNamedInputs(args: readonly string[], options: Options): void {
  const inputs: string[] = [...args];
  for (const [name, value] of Object.entries(options)) if (!WRITTEN.includes(name)) inputs.push(...texts(value));
  // `router=FILE` is a file, and so may be what looks like it.
  keepInputs([...inputs, ...inputs.map(afterSign)], outputsOf(options));
}

export function outputsOf(options: Options): string[] {
  const captures = texts(options['write']);
  return [
    ...captures,
    ...(options['ring'] === undefined ? [] : captures.flatMap(ringFiles)),
    ...reportsOf(options),
    ...texts(options['evidence']),
  ];
}

/**
 * Packets cannot be made again: a capture is replaced only where `--overwrite` says so, and never by a report. Reports are made anew by
 * each run. Throws UsageError.
 */
export function keepEarlier(options: Options): void {
  for (const path of reportsOf(options))
    if (isCapture(path) && !isAnnotated(path))
      throw new UsageError(`${path} is a capture, and is not replaced by a report; name another file`);
  if (options['overwrite'] === true) return;
  for (const path of options['ring'] === undefined ? texts(options['write']) : texts(options['write']).flatMap(ringFiles))
    for (const there of [path, sideFile(path)])
      if (hasContent(there))
        throw new UsageError(`${there} is there already; --overwrite replaces it, or name another file for -w`);
}

const reportsOf = ({ output, format }: Options): string[] => [
  ...texts(output),
  ...texts(format)
    .filter((text) => text.includes('='))
    .map(afterSign),
];

/** Devices and pipes have nothing to lose, nor have empty files. */
function hasContent(path: string): boolean {
  const stats = statOf(path);
  return stats?.isFile() === true && stats.size > 0;
}

const isCapture = (path: string): boolean => fromStart(path, (_, start) => sniff(start, 0, start.length) !== null) === true;

/** A capture that was made of others, and can be made again. */
export const isAnnotated = (path: string): boolean =>
  fromStart(path, (fd) => {
    // The options of a section header begin at its byte 24.
    const start = Buffer.alloc(64);
    return start.subarray(0, readSync(fd, start, 0, start.length, 0)).includes(ANNOTATED);
  }) === true;

const afterSign = (text: string): string => text.slice(text.indexOf('=') + 1);

const texts = (value: unknown): string[] => [value].flat().filter((one) => typeof one === 'string');
