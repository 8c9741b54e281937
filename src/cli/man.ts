// The manual page, made from the definitions of the commands.
import type { Command } from 'commander';
import { VERSION } from '../report/version.js';
import { print } from './streams.js';

const EXAMPLES = `
Examples:
  hopscope man > hopscope.1
  hopscope man | man -l -`;

export function register(program: Command): void {
  program
    .command('man')
    .description('Prints the manual page, in the form that man reads.')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const { createProgram } = await import('./program.js');
      await print(manual(await createProgram(() => true)));
    });
}

/** What the environment sets. A test holds the names against the sources. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOPSCOPE_WORKERS: 'threads that read captures beside the main one; 0 for none. Without it, what the machine has cores for.',
  HOPSCOPE_CONVERSATIONS: 'conversations kept at once, from 1000 to 5000000, at about 1.2 kB each.',
  HOPSCOPE_THEME: 'theme of the terminal UI, for those who have chosen none in it.',
  HOPSCOPE_DEBUG: 'if set, an internal error is printed with the place where it happened.',
  NO_COLOR: 'if set, no colours; --color goes before it.',
  FORCE_COLOR: 'colours also where the output is no terminal; 0 for none. It goes before NO_COLOR.',
  COLUMNS: 'width of the output where it is no terminal.',
  XDG_CONFIG_HOME: 'folder under which the terminal UI keeps its settings; without it, .config in the home folder.',
  XDG_STATE_HOME:
    'folder under which the terminal UI keeps which captures were opened last, and how they are decoded; without it, .local/state in the home folder.',
  XDG_CACHE_HOME:
    'folder under which compiled parts of the program are kept for the next start; without it, .cache in the home folder.',
  NODE_DISABLE_COMPILE_CACHE: 'if set, none are kept.',
  TMPDIR: 'folder for the tables that sql makes.',
};

/** roff reads a backslash, and a dot or an apostrophe at the start of a line, as its own; a plain hyphen could be broken or turned. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&');

/** Lines of running text, one paragraph; lines that begin with a space stand as they are. */
function block(lines: readonly string[]): string[] {
  const isVerbatim = lines.every((line) => line.startsWith(' '));
  const text = lines.map((line) => roff(isVerbatim ? line.slice(2) : line));
  return isVerbatim ? ['.PP', '.RS 4', '.nf', ...text, '.fi', '.RE'] : ['.PP', ...text];
}

/** The text under the help of a command: paragraphs, and examples under a line that ends in a colon. */
function helpText(command: Command): string[] {
  let whole = '';
  // Of the sizes and streams that commander knows, only the text matters here.
  command.configureOutput({ writeOut: (text) => (whole += text) }).outputHelp();
  const out: string[] = [];
  let lines: string[] = [];
  const end = () => {
    if (lines.length > 0) out.push(...block(lines));
    lines = [];
  };
  for (const line of whole.slice(command.helpInformation().length).split('\n')) {
    const first = lines[0];
    if (line === '' || (first !== undefined && first.startsWith(' ') !== line.startsWith(' '))) end();
    if (line !== '') lines.push(line);
  }
  end();
  return out;
}

function definitions(command: Command): string[] {
  const help = command.createHelp();
  const list = [
    ...help.visibleArguments(command).map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)]),
    ...help.visibleOptions(command).map((option) => [help.optionTerm(option), help.optionDescription(option)]),
  ];
  return list.flatMap(([term, text]) => ['.TP', `.B ${roff(term!)}`, roff(text!)]);
}

function section(command: Command, path: string): string[] {
  const help = command.createHelp();
  const own = [
    `.SS ${roff(path)}`,
    roff(command.description()),
    '.PP',
    `.B ${roff(help.commandUsage(command))}`,
    ...definitions(command),
    ...helpText(command),
  ];
  return [...own, ...command.commands.flatMap((sub) => section(sub, `${path} ${sub.name()}`))];
}

export function manual(program: Command): string {
  const lines = [
    `.TH HOPSCOPE 1 "" "hopscope ${VERSION}" "User Commands"`,
    '.SH NAME',
    roff(
      `hopscope - ${program
        .description()
        .replace(/^./, (c) => c.toLowerCase())
        .replace(/\.$/, '')}`,
    ),
    '.SH SYNOPSIS',
    `.B ${roff(program.createHelp().commandUsage(program))}`,
    '.SH DESCRIPTION',
    roff(program.description()),
    ...definitions(program),
    ...helpText(program),
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => section(command, command.name())),
    '.SH ENVIRONMENT',
    ...Object.entries(ENVIRONMENT).flatMap(([name, text]) => ['.TP', `.B ${name}`, roff(text)]),
    '.SH SEE ALSO',
    '.BR tcpdump (8),',
    '.BR tshark (1),',
    '.BR ip (8)',
  ];
  return `${lines.join('\n')}\n`;
}
