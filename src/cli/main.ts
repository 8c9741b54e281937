// From arguments to a command, and from errors to a line and an exit code.
import { existsSync } from 'node:fs';
import { type Command, CommanderError, type Option } from 'commander';
import { nearest } from '../bytes/nearest.js';
import { safeText } from '../bytes/text.js';
import { HopscopeError, UsageError } from '../errors.js';
import { pluginsOfThread } from '../plugin/thread.js';
import { COMMANDS } from './commands.js';
import { EXIT, exitCodeOfError } from './exit.js';
import { createProgram } from './program.js';
import { guardStreams } from './streams.js';

export { keepHeapSmall } from './heap.js';

/** What of the arguments a command sees first: the index of an operand (-1: none), and whether it knows all options before it. */
interface Reading {
  readonly at: number;
  readonly isKnown: boolean;
}

/** Switches that commander adds itself. */
const EVERYWHERE = new Set(['-h', '--help', '--version']);

/** Whether `arg`, an option, takes the next argument as its value; null for an option that is not declared. */
function takesNext(arg: string, options: readonly Option[]): boolean | null {
  if (EVERYWHERE.has(arg)) return false;
  if (arg.startsWith('--')) {
    const long = options.find((option) => option.long === arg.split('=')[0]);
    return long === undefined ? null : long.required && !arg.includes('=');
  }
  // Several switches may share a dash; the rest after one with a value is the value: -Vc 3, -c3.
  for (let i = 1; i < arg.length; i++) {
    const short = options.find((option) => option.short === `-${arg[i]}`);
    if (short === undefined) return null;
    if (short.required || short.optional) return short.required && i === arg.length - 1;
  }
  return false;
}

function readingOf(args: readonly string[], command: Command): Reading {
  const options = [command, ...command.commands].flatMap((one) => one.options);
  let isKnown = true;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return { at: i + 1 < args.length ? i + 1 : -1, isKnown };
    if (!arg.startsWith('-') || arg === '-') return { at: i, isKnown };
    const takes = takesNext(arg, options);
    if (takes === null) isKnown = false;
    if (takes) i++;
  }
  return { at: -1, isKnown };
}

/** The command as its module declares it. */
async function declared(name: string): Promise<Command> {
  const program = await createProgram((command) => command === name);
  return program.commands.find((command) => command.name() === name)!;
}

/** A question for the command that `word` is a slip of the keyboard for; null where it is none. */
function meantBy(word: string): string | null {
  const meant = nearest(word, [...Object.keys(COMMANDS), 'help', 'version']);
  return meant === null ? null : `did you mean '${meant}'?`;
}

/** The same for the id of a rule: it has hyphens, and a word before it may be any that asks (`explain arp-no-reply`). */
async function ruleMeant(word: string | undefined): Promise<string | null> {
  if (word === undefined || !/^[a-z]+(-[a-z]+)+$/.test(word) || existsSync(word)) return null;
  const { catalogue, topologyRules } = await import('../rules/index.js');
  const meant = nearest(
    word,
    [...catalogue, ...topologyRules].map(({ id }) => id),
  );
  if (meant === null) return null;
  return meant === word ? `'hopscope rules ${word}' prints the page of that rule` : `did you mean 'hopscope rules ${meant}'?`;
}

/** The command that the arguments ask for, and its own arguments. */
async function choose(args: readonly string[]): Promise<{ name: string; rest: string[] } | null> {
  const chosen = (at: number) => ({ name: args[at]!, rest: args.filter((_, i) => i !== at) });
  if (Object.hasOwn(COMMANDS, args[0] ?? '')) return chosen(0);
  // Options may stand before the command: each command that is named says by its own options whether its name is a value there.
  let unsure = -1;
  for (const [i, word] of args.entries()) {
    if (word === '--') break;
    if (!Object.hasOwn(COMMANDS, word)) continue;
    const { at, isKnown } = readingOf(args, await declared(word));
    if (at === i && isKnown) return chosen(i);
    if (at === i && unsure < 0) unsure = i;
  }
  const { at, isKnown } = readingOf(args, await declared('diagnose'));
  if (unsure >= 0 && !isKnown) return chosen(unsure);
  const word = args[at];
  if (word === 'help' && !existsSync(word)) {
    const about = args[at + 1];
    if (about === undefined || about.startsWith('-')) return null;
    if (Object.hasOwn(COMMANDS, about)) return { name: about, rest: [...args.slice(at + 2), '--help'] };
    throw new UsageError(`no command is called '${about}'; ${meantBy(about) ?? "'hopscope --help' lists them"}`);
  }
  if (word === undefined && (args.length === 0 || args.includes('--help') || args.includes('-h'))) return null;
  if (word !== undefined && /^[a-z][a-z-]*$/.test(word) && !existsSync(word)) {
    const meant = (await ruleMeant(word)) ?? (await ruleMeant(args[at + 1])) ?? meantBy(word);
    if (meant !== null) throw new UsageError(`no command and no file is called '${word}'; ${meant}`);
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

/** The arguments of a command, where their letters may be those of another program. */
async function asMeant({ name, rest }: { readonly name: string; readonly rest: string[] }): Promise<string[]> {
  if (name !== 'dump') return rest;
  const { isTcpdumpStyle, tcpdumpArguments } = await import('./tcpdump-arguments.js');
  return isTcpdumpStyle(rest) ? tcpdumpArguments(rest) : rest;
}

/** Runs the command line `args` (without node and the script) and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  guardStreams();
  let name: string | null = null;
  try {
    const chosen = await choose(args);
    name = chosen?.name ?? null;
    const program = await createProgram((command) => command === name);
    if (chosen !== null) await program.parseAsync([chosen.name, ...(await asMeant(chosen))], { from: 'user' });
    else if (args.length > 0) program.outputHelp();
    else program.help({ error: true });
  } catch (error) {
    process.exitCode = report(error, name);
  }
}

const PARTS: Readonly<Record<string, () => Promise<unknown>>> = {
  export: () => import('../main/export-worker.js'),
  'tui-checks': () => import('../tui/session/checks-thread.js'),
  'tui-loader': () => import('../tui/session/loader-thread.js'),
  'tui-query': () => import('../tui/session/query-thread.js'),
  verify: () => import('../main/verify-worker.js'),
};

/** Becomes the thread that was started by this name (scripts/workers.mjs). */
export async function startPart(name: string): Promise<void> {
  const files = pluginsOfThread();
  if (files.length > 0) await (await import('./plugins.js')).usePlugins(files);
  await PARTS[name]!();
}
