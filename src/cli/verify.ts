import { statSync, watch } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { parseDuration } from '../bytes/units.js';
import { ExpectationError, HopscopeError, UsageError } from '../errors.js';
import type { VerifyOptions } from '../main/verify-files.js';
import { cacheFolder } from './cache-folder.js';
import { type EvidenceFlags, evidenceOption, writeEvidenceOf } from './evidence.js';
import { EXIT, exitCodeOfError } from './exit.js';
import { keepInputs, outputsOf } from './keep-inputs.js';
import {
  capturesOf,
  type OutputFlags,
  outputOptions,
  repeatable,
  optionsOf as runOptions,
  targets,
  wholeNumber,
} from './options.js';
import { writeReports } from './output.js';
import { privateFolder } from './private-folder.js';
import { startProgress } from './progress.js';
import { print, stopped } from './streams.js';

interface VerifyFlags extends OutputFlags, EvidenceFlags {
  capture?: string[];
  topology?: string[];
  ifmap?: string;
  decodeAs?: string[];
  set?: string[];
  grep?: string;
  list?: boolean;
  tag?: string[];
  failFast?: boolean;
  uncovered?: boolean;
  watch?: boolean;
  baseline?: string[];
  jobs?: number;
  timeLimit?: number;
  shard?: { readonly index: number; readonly of: number };
  cache: boolean;
  keepGoing: boolean;
}

const EXAMPLES = `
A PATH is an expectation file, a folder of them, or a pattern; expectations/ when none is given. The captures are those that the
files name; --capture gives others. Exit codes: 0 all hold, 1 one failed, 2 a mistake in a file, 3 undecided, 4 a capture is damaged.

Examples:
  hopscope verify
  hopscope verify expectations/native-routing.yaml --capture router=today.pcap
  hopscope verify 'expectations/*.yaml' --format junit=report.xml --format github
  hopscope verify --jobs 4 --time-limit 2m --format junit=report.xml      many labs, each with captures of its own
  hopscope verify --shard 1/4 --format json=part1.json                    on the first of four machines (hopscope merge-reports)
  hopscope verify --grep 'LB address' --watch
  hopscope verify --tag smoke --tag '!slow'
  hopscope verify --baseline good.pcap bad.pcap`;

export function register(program: Command): void {
  const command = program
    .command('verify')
    .description('Checks captures against written expectations.')
    .argument('[paths...]', 'expectation files, folders or patterns')
    .addOption(repeatable('--capture <point=file>', 'this capture instead of those that the files name; may be repeated'))
    .addOption(repeatable('-t, --topology <file>', 'added to the topology that the files name; may be repeated'))
    .option('--ifmap <numbers>', 'names of interfaces: 2=eth0,3=eth1')
    .addOption(repeatable('-d, --decode-as <rule>', 'decode as another protocol: udp.port==8472,vxlan; may be repeated'))
    .addOption(repeatable('--set <rule.option=value>', 'set an option of a rule; may be repeated'))
    .option('--grep <pattern>', 'only expectations whose name matches')
    .addOption(repeatable('--tag <name>', 'only expectations with this tag, or with !TAG those without it; may be repeated'))
    .option('--list', 'list the expectations, and check nothing')
    .addOption(
      new Option('-j, --jobs <n>', 'sets of captures that are read at once (default: one for each core, 8 at most)').argParser(
        wholeNumber('--jobs', 64),
      ),
    )
    .addOption(new Option('--time-limit <time>', 'stop reading a set of captures after this time: 30s, 5m').argParser(limitOf))
    .addOption(new Option('--shard <part>', 'only a part of the files: 1/4 is the first of four').argParser(shardOf))
    .option('--no-cache', 'read all captures, also those whose results are known')
    .option('--no-keep-going', 'check nothing if a file has a mistake')
    .addOption(new Option('--keep-going', 'check the other files if one has a mistake').hideHelp())
    .option('--fail-fast', 'stop at the first that fails')
    .option('--uncovered', 'list the conversations that match no expectation')
    .option('--watch', 'run again when a file or a capture changes')
    .addOption(
      repeatable(
        '--baseline <capture>',
        'compare the captures named with this known-good one (as hopscope diff); may be repeated',
      ),
    );
  evidenceOption(outputOptions(command)).addHelpText('after', EXAMPLES).action(run);
}

function limitOf(text: string): number {
  const ms = (parseDuration(text) ?? 0) / 1e6;
  if (ms <= 0 || ms > 2 ** 30) throw new UsageError(`--time-limit ${text}: give a time such as 30s or 5m`);
  return ms;
}

function shardOf(text: string): { readonly index: number; readonly of: number } {
  const [, index, of] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index === undefined || of === undefined || index < 1 || index > of)
    throw new UsageError(`--shard ${text}: give the part and their number, such as 1/4`);
  return { index, of };
}

async function run(paths: string[], flags: VerifyFlags): Promise<void> {
  targets(flags);
  if (flags.baseline !== undefined) {
    const { compareCaptures } = await import('./diff.js');
    return compareCaptures(flags.baseline, paths, flags);
  }
  const options = await optionsOf(paths, flags);
  const { readSheets } = await import('../main/verify-files.js');
  if (flags.list) {
    for (const sheet of readSheets(options))
      for (const { kind, name, place, spec } of sheet.expectations)
        await print(
          `${safeText(`${place.file}:${place.line}  ${kind.padEnd(8)}  ${sheet.name}: ${name}${spec.skip === undefined ? '' : ` (skipped: ${spec.skip})`}${spec.tags === undefined ? '' : ` [${[spec.tags].flat().join(', ')}]`}`)}\n`,
        );
    return;
  }
  if (!flags.watch) process.exitCode = await once(options, flags);
  else await again(options, flags);
}

async function optionsOf(paths: string[], flags: VerifyFlags): Promise<VerifyOptions> {
  let grep: RegExp | null = null;
  try {
    grep = flags.grep === undefined ? null : new RegExp(flags.grep, 'i');
  } catch {
    throw new UsageError(`--grep: '${flags.grep}' is no regular expression`);
  }
  const cache = flags.cache ? cacheFolder() : null;
  const { rules, ...common } = runOptions(flags);
  const { files: captures, known } = await capturesOf(flags.capture ?? []);
  return {
    ...common,
    paths: paths.length > 0 ? paths : ['expectations'],
    captures,
    known,
    makeFolder: privateFolder,
    settings: rules.settings,
    grep,
    tags: flags.tag ?? [],
    failFast: flags.failFast === true,
    uncovered: flags.uncovered === true,
    jobs: flags.jobs ?? Math.min(availableParallelism(), 8),
    stopAtMistakes: !flags.keepGoing,
    ...(flags.timeLimit !== undefined && { timeLimitMs: flags.timeLimit }),
    ...(flags.shard !== undefined && { shard: flags.shard }),
    ...(cache !== null && { cache: join(cache, 'verify') }),
  };
}

async function once(options: VerifyOptions, flags: VerifyFlags): Promise<number> {
  const [{ filesOf }, { verifyAll }] = await Promise.all([import('../main/verify-files.js'), import('../main/verify.js')]);
  const written = outputsOf({ ...flags });
  if (written.length > 0) keepInputs(filesOf(options), written);
  const progress = startProgress(flags);
  const { run, unchecked, skipped } = await verifyAll({ ...options, signal: stopped, onProgress: progress.update }).finally(
    progress.stop,
  );
  for (const file of skipped) process.stderr.write(`hopscope: note: ${safeText(file)} expects nothing and was left out\n`);
  if (unchecked !== null) {
    const isOnlyText = targets(flags).every(({ format, file }) => format === 'text' && file === null);
    if (isOnlyText) throw new ExpectationError(unchecked);
    process.stderr.write(`hopscope: ${unchecked.split('\n').map(safeText).join('\n')}\n`);
  }
  const code = await writeReports(run, flags);
  return (await writeEvidenceOf(run, flags, options.topology)) || code;
}

/** Editors write a file in several steps. */
const SETTLE_MS = 200;

/** Runs again whenever a file that took part changes, until the user ends it. */
async function again(options: VerifyOptions, flags: VerifyFlags): Promise<void> {
  const { filesOf } = await import('../main/verify-files.js');
  while (!stopped.aborted) {
    const startMs = Date.now();
    try {
      process.exitCode = await once(options, flags);
    } catch (error) {
      if (!(error instanceof HopscopeError)) throw error;
      process.stderr.write(`hopscope: ${error.message.split('\n').map(safeText).join('\n')}\n`);
      process.exitCode = exitCodeOfError(error);
    }
    process.stderr.write(`\nwatching; Ctrl-C ends it\n`);
    const files = filesOf(options);
    if (!files.some((file) => isNewer(file, startMs))) await changed(files);
  }
  process.exitCode ??= EXIT.good;
}

/** The file was written while it was being looked at. Folders do not count: reports may be written there. */
function isNewer(file: string, sinceMs: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.mtimeMs > sinceMs;
}

function changed(files: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | null = null;
    const watchers = files.flatMap((file) => {
      try {
        return [watch(file, () => (timer ??= setTimeout(done, SETTLE_MS)))];
      } catch {
        return []; // gone for the moment; its folder is watched too
      }
    });
    const done = () => {
      for (const watcher of watchers) watcher.close();
      stopped.removeEventListener('abort', done);
      resolve();
    };
    stopped.addEventListener('abort', done, { once: true });
    if (stopped.aborted) done();
  });
}
