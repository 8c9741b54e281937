// What a command reads is not written over by it.
import { readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { isSameFile } from '../capture/same-file.js';
import { UsageError } from '../errors.js';

/** The options that name a file to write; all others, and all arguments, name what is read or no file at all. */
const WRITTEN: readonly string[] = ['output', 'write', 'format'];

/** Throws UsageError where `outputs` has one of the files of `inputs`. */
export function keepInputs(inputs: readonly string[], outputs: readonly string[]): void {
  // The names of a capture's interfaces are read with it.
  const read = inputs.flatMap((input) => [input, `${input}.ifmap.json`]);
  for (const output of outputs)
    if (read.some((input) => isSameFile(input, output)))
      throw new UsageError(`${output} is read by this run, and would be written over; name another file for the output`);
}

/** The same for the arguments and options of any command. */
export function keepNamedInputs(args: readonly string[], options: Readonly<Record<string, unknown>>): void {
  const inputs: string[] = [...args];
  for (const [name, value] of Object.entries(options)) if (!WRITTEN.includes(name)) inputs.push(...texts(value));
  // `router=FILE` is a file, and so may be what looks like it.
  keepInputs([...inputs, ...inputs.map(afterSign)], outputsOf(options));
}

export function outputsOf(options: Readonly<Record<string, unknown>>): string[] {
  const { output, write, format } = options;
  return [
    ...texts(output),
    ...texts(write),
    ...(options['ring'] === undefined ? [] : texts(write).flatMap(ringFiles)),
    ...texts(format)
      .filter((text) => text.includes('='))
      .map(afterSign),
  ];
}

/** Files that a ring (`live -w x.pcapng --ring`) writes and that are there already: x-00001.pcapng. */
function ringFiles(path: string): string[] {
  const ending = extname(path);
  const start = `${basename(path, ending)}-`;
  const isNumbered = (name: string): boolean =>
    name.startsWith(start) && name.endsWith(ending) && /^\d{5}$/.test(name.slice(start.length, name.length - ending.length));
  try {
    return readdirSync(dirname(path))
      .filter(isNumbered)
      .map((name) => join(dirname(path), name));
  } catch {
    // Whoever writes there says what is wrong with the folder.
    return [];
  }
}

const afterSign = (text: string): string => text.slice(text.indexOf('=') + 1);

const texts = (value: unknown): string[] => [value].flat().filter((one) => typeof one === 'string');
