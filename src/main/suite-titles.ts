// Names that tell suites and expectations apart: all of a run, of its shards, and of the next night's run. CI systems keep the history of
// a case by them, and keep only one of two that are called alike.
import { basename } from '#host';
import type { CaptureInput } from './options.js';

/** Gives each name once: another one of that name gets a number, with `between` in front of it. */
export class Unique {
  private readonly taken = new Set<string>();

  constructor(private readonly between = ' #') {}

  of(name: string): string {
    let unique = name;
    for (let n = 2; this.taken.has(unique); n++) unique = `${name}${this.between}${n}`;
    this.taken.add(unique);
    return unique;
  }
}

/** Titles of files: their names, and with the path where several files have the same. */
export function fileTitles(files: readonly { readonly file: string; readonly name: string }[]): Map<string, string> {
  const unique = new Unique();
  const titles = new Map<string, string>();
  for (const { file, name } of files) {
    if (titles.has(file)) continue;
    const isNamesake = files.some((other) => other.name === name && other.file !== file);
    titles.set(file, unique.of(isNamesake ? `${name} (${file})` : name));
  }
  return titles;
}

/** What tells the runs of a file apart: their points; the paths of their captures where those are alike. */
export function runNames(runs: readonly (readonly CaptureInput[])[]): (string | null)[] {
  if (runs.length < 2) return runs.map(() => null);
  const ways: readonly ((one: CaptureInput) => string)[] = [
    ({ point, path }) => point ?? basename(path),
    ({ path }) => path,
    ({ point, path }) => `${point ?? ''}=${path}`,
  ];
  for (const way of ways) {
    const names = runs.map((captures) => captures.map(way).join(', '));
    if (new Set(names).size === names.length) return names;
  }
  const unique = new Unique();
  return runs.map((captures) => unique.of(captures.map(ways[2]).join(', ')));
}
