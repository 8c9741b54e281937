// What a shell needs to know of the command line, read off the commander definitions.
import type { Argument, Command, Option } from 'commander';
import { PARTITION_KEYS } from '../export/schema.js';
import { catalogue, topologyRules } from '../rules/index.js';
import { firstWords } from './options.js';

/** What a value may be: some words, files whose name ends so (none: any file), or an answer of hopscope's own. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** A word, and a file after an equals sign if the user likes: junit=report.xml. */
  | { readonly kind: 'formats'; readonly words: readonly string[] }
  | { readonly kind: 'settings'; readonly words: readonly string[] }
  | { readonly kind: 'files'; readonly endings: readonly string[] }
  | { readonly kind: 'folders' }
  | { readonly kind: 'fields' }
  | { readonly kind: 'interfaces' }
  | { readonly kind: 'free' };

export interface OptionWords {
  readonly short: string | null;
  readonly long: string | null;
  readonly description: string;
  /** null: a switch. */
  readonly values: Values | null;
  readonly isRepeatable: boolean;
}

export interface CommandWords {
  /** `topology import`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  /** Of a command with commands of its own: those stand in `commands`. */
  readonly operands: readonly { readonly name: string; readonly values: Values; readonly isVariadic: boolean }[];
  readonly commands: readonly CommandWords[];
}

const packed = (...endings: string[]) => endings.flatMap((ending) => [ending, `${ending}.gz`, `${ending}.zst`]);
const FREE: Values = { kind: 'free' };
const FILES: Values = { kind: 'files', endings: [] };
const FOLDERS: Values = { kind: 'folders' };
const CAPTURES: Values = { kind: 'files', endings: packed('pcap', 'pcapng', 'cap') };
const YAML: Values = { kind: 'files', endings: ['yaml', 'yml', 'json'] };

const settings = (): string[] => catalogue.flatMap((rule) => Object.keys(rule.options).map((option) => `${rule.id}.${option}=`));

/** By the long name of an option, else by the name of its value or of the argument; more exact ones by their command. */
const KINDS: Readonly<Record<string, () => Values>> = {
  '--read': () => CAPTURES,
  '--follow': () => CAPTURES,
  '--go': () => FREE,
  '--colorfilters': () => FILES,
  '--baseline': () => CAPTURES,
  '--capture': () => CAPTURES,
  '--topology': () => YAML,
  '--expect': () => YAML,
  '--output': () => FILES,
  '--plugin': () => ({ kind: 'files', endings: ['js', 'mjs', 'ts'] }),
  '--config': () => ({ kind: 'files', endings: ['js', 'mjs', 'ts', 'yaml', 'yml'] }),
  '--write': () => FILES,
  '--macros': () => FILES,
  '--interface': () => ({ kind: 'interfaces' }),
  'topology import inputs': () => FILES,
  'topology check files': () => YAML,
  'topology diff before': () => YAML,
  'topology diff after': () => YAML,
  file: () => CAPTURES,
  files: () => CAPTURES,
  good: () => CAPTURES,
  bad: () => CAPTURES,
  paths: () => YAML,
  points: () => YAML,
  '--ssh-config': () => FILES,
  reports: () => ({ kind: 'files', endings: ['json'] }),
  source: () => ({ kind: 'words', words: ['-'] }),
  dir: () => FOLDERS,
  keys: () => ({ kind: 'words', words: [...PARTITION_KEYS, PARTITION_KEYS.join(',')] }),
  field: () => ({ kind: 'fields' }),
  prefix: () => ({ kind: 'fields' }),
  'rules id': () => ({ kind: 'words', words: [...catalogue, ...topologyRules].map((rule) => rule.id).sort() }),
  id: () => ({ kind: 'words', words: catalogue.map((rule) => rule.id).sort() }),
  'rule.option=value': () => ({ kind: 'settings', words: settings().sort() }),
};

/** Values that only the user can know. */
const UNKNOWABLE = new Set(
  'addresses bytes filter frames image n name name=value node numbers part pattern point point:command protocols query rule size size,files stream text time words'.split(
    ' ',
  ),
);

/** Throws for a value that nobody said anything of: a new option is not forgotten. */
function kindOf(names: readonly string[]): Values {
  for (const name of names) {
    const kind = KINDS[name];
    if (kind !== undefined) return kind();
  }
  if (names.some((name) => UNKNOWABLE.has(name))) return FREE;
  throw new Error(`src/cli/words.ts does not say what a shell should offer for ${names.join(', ')}`);
}

function valuesOf(option: Option): Values | null {
  if (option.isBoolean() || (!option.required && !option.optional)) return null;
  if (option.argChoices !== undefined) return { kind: 'words', words: option.argChoices };
  const formats = firstWords.get(option);
  if (formats !== undefined) return { kind: 'formats', words: formats };
  return kindOf([option.long ?? '', /<(.+)>$/.exec(option.flags)?.[1] ?? '']);
}

function operandOf(argument: Argument, path: string): CommandWords['operands'][number] {
  const name = argument.name();
  const values: Values =
    argument.argChoices === undefined ? kindOf([`${path} ${name}`, name]) : { kind: 'words', words: argument.argChoices };
  return { name, values, isVariadic: argument.variadic };
}

export function wordsOf(command: Command, parent: string | null = null): CommandWords {
  const path = parent === null ? '' : `${parent} ${command.name()}`.trim();
  return {
    path,
    summary: command.description(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => ({
        short: option.short ?? null,
        long: option.long ?? null,
        description: option.description,
        values: valuesOf(option),
        isRepeatable: option.description.includes('may be repeated'),
      })),
    operands: command.registeredArguments.map((argument) => operandOf(argument, path)),
    commands: command.commands.map((sub) => wordsOf(sub, path)),
  };
}

/** With the words that are asked for as commands are, and are none of commander's (src/cli/main.ts). */
export function withHelp(program: CommandWords): CommandWords {
  const words = program.commands.map(({ path }) => path);
  const command = { name: 'command', values: { kind: 'words', words }, isVariadic: false } as const;
  const plain = { options: [], operands: [], commands: [] };
  return {
    ...program,
    commands: [
      ...program.commands,
      { ...plain, path: 'help', summary: 'Prints the help of a command.', operands: [command] },
      { ...plain, path: 'version', summary: 'Prints the version.' },
    ],
  };
}

/** A command and all under it. */
export const withCommands = (command: CommandWords): CommandWords[] => [command, ...command.commands.flatMap(withCommands)];

export const flagsOf = ({ short, long }: OptionWords): string[] => [short, long].filter((flag) => flag !== null);

/** Within single quotes of a POSIX shell, of zsh too. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
