// Where keys come from: standard input, or the terminal itself while standard input is the capture.
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { UsageError } from '../../errors.js';

/** The stream of keys. Throws UsageError where there is no terminal to type on. */
export function keyboard(isInputTaken: boolean): NodeJS.ReadStream {
  if (!isInputTaken) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    throw new UsageError('the capture comes on standard input, and there is no terminal for the keys; read it from a file');
  }
}

/** Throws UsageError, in one line, where a full screen cannot be shown. */
export function checkTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): void {
  if (!input.isTTY || !output.isTTY) {
    const which = output.isTTY ? 'standard input' : 'standard output';
    throw new UsageError(
      `the terminal UI needs a terminal, and ${which} is none; 'hopscope FILE' and 'hopscope dump FILE' print`,
    );
  }
  const term = process.env['TERM'] ?? '';
  if (term === '' || term === 'dumb')
    throw new UsageError(
      `the terminal UI needs a terminal that moves its cursor, and TERM is '${term}'; try TERM=xterm-256color`,
    );
}
