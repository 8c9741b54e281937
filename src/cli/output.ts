// Reports to standard output and to files. A file is written whole or not at all.
import { appendFileSync, chmodSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { safeText } from '../bytes/text.js';
import { HopscopeError, InterruptedError, UsageError, whyUnwritable } from '../errors.js';
import { FORMATS, type ReportOptions } from '../report/formats.js';
import type { Run } from '../report/run.js';
import { folded } from '../report/wrap.js';
import { EXIT, exitCodeOf, exitCodeOfError } from './exit.js';
import { type OutputFlags, targets } from './options.js';
import { outputWidth, print, screenWidth, useColor } from './streams.js';

export interface Target {
  readonly format: string;
  /** null: standard output. */
  readonly file: string | null;
}

function trying<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${whyUnwritable(error) ?? (error as Error).message}; name another file`);
  }
}

/** A file that is being made. */
export interface WholeFile {
  write(text: string): void | Promise<void>;
  /** Puts it in its place. */
  commit(): void;
  /** Leaves nothing behind; does nothing after `commit`. */
  discard(): void;
}

/** A file is made by way of a temporary one beside it; devices and pipes are written directly. */
export function openWhole(path: string): WholeFile {
  const nothing = () => {};
  if (path === '-' || path === '/dev/stdout') return { write: print, commit: nothing, discard: nothing };
  const old: Stats | undefined = trying(path, () => statSync(path, { throwIfNoEntry: false }));
  if (old?.isDirectory()) throw new UsageError(`cannot write ${path}: it is a directory; name a file in it`);
  if (old !== undefined && (!old.isFile() || path.startsWith('/dev/')))
    return { write: (text) => trying(path, () => appendFileSync(path, text)), commit: nothing, discard: nothing };
  // Through a symbolic link, so that the link stays one.
  const target = old === undefined ? path : trying(path, () => realpathSync(path));
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  trying(path, () => writeFileSync(temporary, '', { flag: 'wx' }));
  let isOpen = true;
  return {
    write: (text) => trying(path, () => appendFileSync(temporary, text)),
    commit() {
      trying(path, () => {
        if (old !== undefined) chmodSync(temporary, old.mode & 0o7777);
        renameSync(temporary, target);
      });
      isOpen = false;
    },
    discard() {
      if (isOpen) rmSync(temporary, { force: true });
      isOpen = false;
    },
  };
}

export async function writeWhole(path: string, text: string): Promise<void> {
  const file = openWhole(path);
  try {
    await file.write(text);
    file.commit();
  } finally {
    file.discard();
  }
}

/** GitHub shows only the first annotations of a step; the rest belongs in its summary. */
async function writeStepSummary(run: Run, options: ReportOptions): Promise<void> {
  const path = process.env['GITHUB_STEP_SUMMARY'];
  if (!path) return;
  const render = await FORMATS['markdown']!.load();
  const text = await render(run, options);
  trying(path, () => appendFileSync(path, text));
}

/**
 * Writes every format that was asked for. One that cannot be made or written is told on standard error; the others are
 * still written. Returns 0, or the exit code that such a failure makes.
 */
export async function writeTargets(
  list: readonly Target[],
  render: (format: string, file: string | null) => string | Promise<string>,
): Promise<number> {
  let code: number = EXIT.good;
  for (const { format, file } of list) {
    try {
      const text = await render(format, file);
      if (file === null) await print(text);
      else await writeWhole(file, text);
    } catch (error) {
      const known = error instanceof HopscopeError;
      const message = known ? error.message : `the ${format} output failed: ${(error as Error).message}`;
      process.stderr.write(`hopscope: ${safeText(message)}\n`);
      code = known ? exitCodeOfError(error) : EXIT.internal;
    }
  }
  return code;
}

/** A list as it stands, and folded where it goes to a screen that is less wide. */
export function forScreen(text: string, file: string | null): string {
  const width = file === null ? screenWidth() : null;
  return width === null ? text : folded(text, width);
}

/** Writes the reports of a run and returns its exit code. Throws InterruptedError where it had not begun to read. */
export async function writeReports(run: Run, flags: OutputFlags): Promise<number> {
  if (run.captures.some(({ interrupted }) => interrupted === true) && run.captures.every(({ frames }) => frames === 0))
    throw new InterruptedError();
  const failed = await writeTargets(targets(flags), async (format, file) => {
    const isScreen = file === null && process.stdout.isTTY === true;
    const options: ReportOptions = {
      color: file === null ? useColor(flags.color, process.stdout.isTTY === true) : flags.color === 'always',
      width: file === null ? outputWidth() : 100,
      verbose: flags.verbose === true,
      // What is piped stays as it was; Markdown is for a page that draws.
      picture: flags.picture ?? (isScreen || format !== 'text' ? 'ladder' : 'none'),
    };
    const text = await (await FORMATS[format]!.load())(run, options);
    if (format === 'github') await writeStepSummary(run, options);
    return text;
  });
  const lacking = run.captures.flatMap((capture) => capture.lacking ?? []);
  if (lacking.length > 0) process.stderr.write(`hopscope: not all went as it was asked for: ${safeText(lacking.join('; '))}\n`);
  return failed === EXIT.good ? exitCodeOf(run) : failed;
}
