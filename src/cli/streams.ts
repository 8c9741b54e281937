// Standard streams and signals, as a well-behaved filter treats them.
import { whyUnwritable } from '../errors.js';
import { EXIT } from './exit.js';

const stop = new AbortController();

/** Aborted when the reader of standard output has gone, or on the first Ctrl-C: end the work, report what there is. */
export const stopped: AbortSignal = stop.signal;

/** True when nobody reads standard output any more. */
export let brokenPipe = false;

let guarded = false;

/** To be called once, before anything is written. */
export function guardStreams(): void {
  if (guarded) return;
  guarded = true;
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream === process.stdout) brokenPipe = true;
      stop.abort();
      if (error.code === 'EPIPE') return;
      // What was printed is not whole (a full disk): the exit code must not read as a verdict. Of standard error nobody can be told.
      if (stream === process.stderr) return;
      const why = whyUnwritable(error) ?? error.message;
      process.stderr.write(`hopscope: cannot write standard output: ${why}; name a file elsewhere\n`);
      process.on('exit', () => {
        process.exitCode = EXIT.usage;
      });
    });
  // Not `once`: where a handler takes itself away, ink (signal-exit) takes the signal for nobody's and ends the process.
  const onInterrupt = () => {
    if (!stop.signal.aborted) return stop.abort();
    // A second Ctrl-C ends it at once.
    process.off('SIGINT', onInterrupt);
    process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', onInterrupt);
}

/** Ctrl-C, and what service managers and closed terminals send: end and report. */
export function toldToEnd(): AbortSignal {
  const told = new AbortController();
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => told.abort());
  return AbortSignal.any([stopped, told.signal]);
}

/** Says that what was printed is not all of it, or that nothing was; returns the exit code of that. */
export function sayPartial(hasSaid: boolean): number {
  process.stderr.write(
    hasSaid ? 'hopscope: interrupted: this is not all of it\n' : 'hopscope: interrupted before anything could be said\n',
  );
  return hasSaid ? EXIT.inconclusive : EXIT.interrupted;
}

/** Resolves when the text, or the bytes, are handed to the system; a reader that has gone is not an error. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (brokenPipe || text.length === 0) resolve();
    else process.stdout.write(text, () => resolve());
  });
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** `--color` beats the environment; FORCE_COLOR beats NO_COLOR (no-color.org, force-color.org); else a terminal decides. */
export function useColor(choice: ColorChoice, tty: boolean, env: NodeJS.ProcessEnv = process.env): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  if (env['NO_COLOR']) return false;
  return tty && env['TERM'] !== 'dumb';
}

/** Columns of the screen, or those that COLUMNS asks for; null where nobody knows. */
export function screenWidth(): number | null {
  const columns = process.stdout.isTTY ? process.stdout.columns : Number(process.env['COLUMNS']);
  return Number.isInteger(columns) && columns > 0 ? columns : null;
}

/** Columns of standard output; 100 where nobody knows. */
export const outputWidth = (): number => screenWidth() ?? 100;
