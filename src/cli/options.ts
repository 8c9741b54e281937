// The options that mean the same everywhere, and what they add up to.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { nearest } from '../bytes/nearest.js';
import { grouped, parseDuration, parseSize, parseWhole, size } from '../bytes/units.js';
import type { Ring } from '../capture/live/keep.js';
import { UsageError } from '../errors.js';
import { addMacros, parseMacros } from '../filter/macros.js';
import { expand } from '../main/bundle.js';
import { captureInput } from '../main/capture-input.js';
import { conversationLimit } from '../main/limits.js';
import type { AnalyzeOptions, CaptureInput } from '../main/options.js';
import { toolsOf } from '../main/witnesses.js';
import { FORMATS } from '../report/formats.js';
import type { Target } from './output.js';
import { privateFolder } from './private-folder.js';
import type { ColorChoice } from './streams.js';

export interface CaptureFlags {
  topology?: string[];
  ifmap?: string;
  decodeAs?: string[];
  displayFilter?: string;
  /** As `displayFilter` was called. */
  filter?: string;
  macros?: string;
  at?: string;
}

export interface RuleFlags {
  /** Ids; those of --no-rule after a minus, as commander keeps an option and its --no- twin under one name. */
  rule?: string[];
  set?: string[];
}

export interface OutputFlags {
  format?: string[];
  output?: string;
  color: ColorChoice;
  quiet?: boolean;
  progress: boolean;
  verbose?: boolean;
  picture?: 'ladder' | 'map' | 'none';
}

/** Help for arguments that are captures. */
export const CAPTURES =
  'captures, what tcpdump printed as text, folders and archives (tar, zip) of them; router=FILE is one taken on that node, - is standard input';

/** Names of the formats that a command can write; the first is the one it writes unasked. */
export const REPORT_FORMATS: readonly string[] = Object.keys(FORMATS);
export const PLAIN_FORMATS: readonly string[] = ['text', 'json'];

// Without a default value: help would show it as `[]`.
const collect = (value: string, list: string[] = []) => [...list, value];
export const repeatable = (flags: string, description: string) => new Option(flags, description).argParser(collect);

/** See `keepEarlier`. */
export const overwrite = () => new Option('--overwrite', 'replace the file of -w where there is one');

const LEAST_BUFFER = 64_000;
const MAX_RING = 99_999;

/** Of an option whose value is a whole number from 1 on. */
export const wholeNumber =
  (name: string, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const n = parseWhole(text);
    if (n === null || n > most)
      throw new UsageError(`${name} ${text}: give a whole number from 1 ${most < 1e9 ? `to ${grouped(most)}` : 'on'}`);
    return n;
  };

/** Of an option whose value is a size, in bytes. */
export const sizeValue =
  (name: string, least: number) =>
  (text: string): number => {
    const bytes = parseSize(text);
    if (bytes === null || bytes < least)
      throw new UsageError(`${name} ${text}: give a size of ${size(least)} or more, such as 64MB`);
    return bytes;
  };

/** Of --buffer, in bytes: less does not hold the frames that arrive while the disk is busy. */
export const bufferValue = sizeValue('--buffer', LEAST_BUFFER);

/** Of --ring: `100MB,5`. */
export function ringValue(text: string): Ring {
  const [bytes = '', files = '', more] = text.split(',');
  const count = parseWhole(files);
  if (count === null || count > MAX_RING || more !== undefined)
    throw new UsageError(`--ring ${text}: give the size of a file and their number, such as 100MB,5`);
  return { fileBytes: sizeValue('--ring', LEAST_BUFFER)(bytes), files: count };
}

/** Of an option whose value is a time, in milliseconds; a timer of Node.js takes no more than 2^31 - 1. */
export const timeValue =
  (name: string) =>
  (text: string): number => {
    const ms = (parseDuration(text) ?? 0) / 1e6;
    if (ms <= 0 || ms > 2 ** 31 - 1) throw new UsageError(`${name} ${text}: give a time such as 30s or 5m`);
    return ms;
  };

/** What captures are and how they are read. */
export function captureOptions(command: Command): Command {
  return command
    .addOption(
      repeatable(
        '-t, --topology <file>',
        'topology file, YAML or JSON, or what topology import reads (router=FILE names its node); may be repeated, later files add to earlier ones',
      ),
    )
    .option('--ifmap <numbers>', 'names of interfaces: 2=eth0,3=eth1')
    .addOption(repeatable('-d, --decode-as <rule>', 'decode as another protocol: udp.port==8472,vxlan; may be repeated'))
    .option('-Y, --display-filter <filter>', 'use only frames that match, by their fields')
    .addOption(new Option('--filter <filter>', 'as --display-filter').hideHelp())
    .option('--macros <file>', "macros of filters, as Wireshark's dfilter_macros has them")
    .option('--at <point>', 'the node the capture was taken on');
}

/** Throws UsageError for two. */
export function displayFilterOf({ displayFilter, filter }: Pick<CaptureFlags, 'displayFilter' | 'filter'>): string | null {
  if (displayFilter !== undefined && filter !== undefined)
    throw new UsageError('--filter is an older name of --display-filter (-Y); give one of them');
  return displayFilter ?? filter ?? null;
}

export function ruleOptions(command: Command): Command {
  const without = new Option('--no-rule <id>', 'leave this rule out; may be repeated');
  return command
    .addOption(repeatable('--rule <id>', 'run this rule only; may be repeated'))
    .addOption(without.argParser((id: string, list: string[] = []) => collect(`-${id}`, list)))
    .addOption(repeatable('--set <rule.option=value>', 'set an option of a rule; may be repeated'));
}

/** The words an option's value begins with, where commander does not check them itself: what a shell completes. */
export const firstWords = new WeakMap<Option, readonly string[]>();

export function outputOptions(command: Command, formats: readonly string[] = REPORT_FORMATS): Command {
  return reportOptions(command.option('-o, --output <file>', 'write there instead of standard output'), formats);
}

/** The same for a command whose `--output` is something else. */
export function reportOptions(command: Command, formats: readonly string[] = REPORT_FORMATS): Command {
  const format = repeatable('-f, --format <format[=file]>', `${formats.join(', ')}; may be repeated`);
  firstWords.set(
    format,
    formats.map((name) => name.split(' ')[0]!),
  );
  if (formats.includes('markdown'))
    command.addOption(
      new Option('--picture <kind>', 'what is drawn of each root cause (default: ladder on a terminal and in markdown)').choices([
        'ladder',
        'map',
        'none',
      ]),
    );
  return command
    .addOption(format)
    .addOption(new Option('--color <when>', 'colours in text').choices(['auto', 'always', 'never']).default('auto'))
    .option('-q, --quiet', 'no text and no progress, only the exit code')
    .option('--no-progress', 'no progress on standard error')
    .option('-v, --verbose', 'print everything');
}

/** Throws UsageError where several inputs are to come from standard input; `instead`: what to do. */
export function checkStandardInput(files: readonly CaptureInput[], instead = 'name a file for the other capture'): void {
  if (files.filter(({ path }) => path === '-').length > 1)
    throw new UsageError(`standard input (-) can be read only once; ${instead}`);
}

/** Captures that arguments name, those of folders too, with what else lies there. `at`: the user has said where all of them were taken. */
export async function inputsOf(
  args: readonly string[],
  at: string | null = null,
  withWitnesses = false,
): Promise<Required<Pick<AnalyzeOptions, 'files' | 'known' | 'witnesses'>>> {
  const { captures: files, known, witnesses } = await expand(args.map(captureInput), privateFolder, at, withWitnesses);
  checkStandardInput(files);
  return { files, known, witnesses };
}

/** The same for a command that has no use for what other tools tell. Throws UsageError for a text of theirs that is named. */
export async function capturesOf(
  args: readonly string[],
  at: string | null = null,
): Promise<Required<Pick<AnalyzeOptions, 'files' | 'known'>>> {
  const { files, known } = await inputsOf(args, at);
  checkPackets(files);
  return { files, known };
}

/** Throws UsageError for a text of another tool. */
export function checkPackets(files: readonly CaptureInput[]): void {
  for (const input of files) {
    const tools = toolsOf(input);
    if (tools !== null)
      throw new UsageError(
        `${input.path} has no packets, ${tools} printed it; leave it out here, or let \`hopscope ${input.path}\` judge it`,
      );
  }
}

/** HOPSCOPE_WORKERS: threads that read captures beside the main one; without it, what the machine has cores for. */
function workers(): { workers?: number } {
  const text = process.env['HOPSCOPE_WORKERS'] ?? '';
  if (text === '') return {};
  if (!/^\d{1,3}$/.test(text)) throw new UsageError(`HOPSCOPE_WORKERS=${text}: must be a number of threads, 0 for none`);
  return { workers: Number(text) };
}

/** What the environment says of limits. Throws UsageError. */
function conversations(): { maxConversations?: number } {
  const most = conversationLimit(process.env['HOPSCOPE_CONVERSATIONS'] ?? '');
  return most === undefined ? {} : { maxConversations: most };
}

/** What the arguments and options of a command come to. `witnesses`: what other tools tell is of use to it. Throws UsageError. */
export async function analyzeOptions(
  args: readonly string[],
  flags: CaptureFlags & RuleFlags,
  witnesses: 'unused' | 'used' = 'unused',
): Promise<AnalyzeOptions> {
  const options = optionsOf(flags);
  const inputs = witnesses === 'used' ? inputsOf(args, options.at, true) : capturesOf(args, options.at);
  return { ...options, ...(await inputs) };
}

/** Throws UsageError for a file that has none. */
function readMacros(path: string): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--macros ${path}: cannot be read: ${(error as Error).message}`);
  }
  const { macros, wrong } = parseMacros(text);
  if (wrong.length > 0)
    throw new UsageError(`${path}: line ${wrong[0]} is no macro; it is "name","text", as Wireshark's dfilter_macros has it`);
  addMacros(macros);
}

/** Without the captures. */
export function optionsOf(flags: CaptureFlags & RuleFlags): Omit<AnalyzeOptions, 'files' | 'known' | 'witnesses'> {
  if (flags.macros !== undefined) readMacros(flags.macros);
  const rules = flags.rule ?? [];
  return {
    topology: flags.topology ?? [],
    ifmap: flags.ifmap ?? null,
    decodeAs: flags.decodeAs ?? [],
    filter: displayFilterOf(flags),
    at: flags.at ?? null,
    rules: {
      only: rules.filter((id) => !id.startsWith('-')),
      except: rules.filter((id) => id.startsWith('-')).map((id) => id.slice(1)),
      settings: flags.set ?? [],
    },
    ...workers(),
    ...conversations(),
  };
}

/**
 * What to write where. A format with a file (`junit=out.xml`) comes beside the one on standard output, which is the text
 * report unless another is named, `--output` moves it, or `--quiet` drops it.
 */
export function targets(flags: OutputFlags, formats: readonly string[] = REPORT_FORMATS): Target[] {
  const list = (flags.format ?? []).map((value): Target => {
    const [, format, file] = /^([^=]*)(?:=(.*))?$/s.exec(value)!;
    if (!formats.includes(format!)) {
      const meant = nearest(format!, formats);
      throw new UsageError(
        `unknown format '${format}'; ${meant === null ? `one of ${formats.join(', ')}` : `did you mean '${meant}'?`}`,
      );
    }
    if (file === '') throw new UsageError(`--format ${value}: the file name is missing; write ${format}=FILE`);
    return { format: format!, file: file ?? null };
  });
  const main = list.filter((target) => target.file === null);
  if (main.length > 1)
    throw new UsageError(
      `two formats (${main.map((target) => target.format).join(', ')}) for one output; give one a file: --format ${main[1]!.format}=FILE`,
    );
  if (main.length === 0 && (!flags.quiet || flags.output !== undefined)) list.unshift({ format: formats[0]!, file: null });
  const named = list.map((target) =>
    target.file === null && flags.output !== undefined ? { ...target, file: flags.output } : target,
  );
  const files = named.map((target) => target.file).filter((file) => file !== null && !file.startsWith('/dev/'));
  const twice = files.find((file, i) => files.indexOf(file) !== i);
  if (twice !== undefined) throw new UsageError(`two formats for one file, ${twice}; give them different names`);
  return named;
}
