// From arguments to a command, and from errors to a line and an exit code.
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { nearest } from '../bytes/nearest.js';
import { safeText } from '../bytes/text.js';
import { HopscopeError, UsageError } from '../errors.js';
import { COMMANDS } from './commands.js';
import { EXIT, exitCodeOfError } from './exit.js';
import { createProgram } from './program.js';
import { guardStreams } from './streams.js';

// Options that take a value and may stand in front of the command or the file.
const VALUED = /^(-[tdYfo]|--(topology|ifmap|decode-as|filter|format|output|color|at|rule|no-rule|set))$/;

/** Index of the first argument that is neither an option nor the value of one; -1 without any. */
function firstOperand(args: readonly string[]): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return i + 1 < args.length ? i + 1 : -1;
    if (!arg.startsWith('-') || arg === '-') return i;
    if (VALUED.test(arg)) i++;
  }
  return -1;
}

/** The command that the arguments ask for, and its own arguments. */
function choose(args: readonly string[]): { name: string; rest: string[] } | null {
  const at = firstOperand(args);
  const word = args[at];
  if (word !== undefined && Object.hasOwn(COMMANDS, word) && args[at - 1] !== '--')
    return { name: word, rest: args.filter((_, i) => i !== at) };
  if (word === 'help' && !existsSync(word)) {
    const about = args[at + 1];
    return about !== undefined && Object.hasOwn(COMMANDS, about) ? { name: about, rest: ['--help'] } : null;
  }
  if (word === undefined && (args.length === 0 || args.includes('--help') || args.includes('-h'))) return null;
  if (word !== undefined && /^[a-z]+$/.test(word) && !existsSync(word)) {
    const meant = nearest(word, Object.keys(COMMANDS));
    if (meant !== null) throw new UsageError(`no command and no file is called '${word}'; did you mean '${meant}'?`);
  }
  return { name: 'diagnose', rest: [...args] };
}

function complain(message: string): void {
  const [first, ...more] = message.trimEnd().split('\n');
  process.stderr.write(`hopscope: ${[safeText(first ?? ''), ...more.map((line) => safeText(line))].join('\n')}\n`);
}

function report(error: unknown, command: string | null): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.good;
    if (error.code === 'commander.help') return EXIT.usage;
    const help = command === null ? 'hopscope --help' : `hopscope ${command} --help`;
    complain(`${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}\nTry '${help}'.`);
    return EXIT.usage;
  }
  if (error instanceof HopscopeError) complain(error.message);
  else if (process.env['HOPSCOPE_DEBUG'] && error instanceof Error) complain(error.stack ?? error.message);
  else complain(`internal error: ${error instanceof Error ? error.message : String(error)} (HOPSCOPE_DEBUG=1 shows where)`);
  return exitCodeOfError(error);
}

/** Runs the command line `args` (without node and the script) and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  guardStreams();
  let name: string | null = null;
  try {
    const chosen = choose(args);
    name = chosen?.name ?? null;
    const program = await createProgram((command) => command === name);
    if (chosen !== null) await program.parseAsync([chosen.name, ...chosen.rest], { from: 'user' });
    else if (args.length > 0) program.outputHelp();
    else program.help({ error: true });
  } catch (error) {
    process.exitCode = report(error, name);
  }
}
