// Captures as Parquet tables, for engines that query more than one machine's worth of them.

import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { count } from '../bytes/units.js';
import { CaptureError, UsageError } from '../errors.js';
import { PARTITION_KEYS, type PartitionKey, TABLE_NAMES } from '../export/schema.js';
import type { Exported } from '../main/export.js';
import type { RunDone } from '../main/export-each.js';
import type { AnalyzeOptions } from '../main/options.js';
import { EXIT } from './exit.js';
import { onDeath } from './on-death.js';
import {
  analyzeOptions,
  CAPTURES,
  type CaptureFlags,
  captureOptions,
  type RuleFlags,
  ruleOptions,
  sizeValue,
  wholeNumber,
} from './options.js';
import { startProgress } from './progress.js';
import { print, stopped } from './streams.js';

interface ExportFlags extends CaptureFlags, RuleFlags {
  parquet: string;
  run?: string;
  each?: boolean;
  jobs?: number;
  partition?: readonly PartitionKey[];
  fileSize?: number;
  overwrite?: boolean;
  /** As `overwrite` was called. */
  force?: boolean;
  quiet?: boolean;
  progress: boolean;
}

/** Of a file, unless --file-size says otherwise: what engines like to read at once is 64 to 256 MB. */
const FILE_BYTES = 128e6;

const EXAMPLES = `
Writes DIR/packets, DIR/conversations, DIR/journeys, DIR/findings, DIR/evidence and DIR/captures, with one file each, and
DIR/_manifest.json, which lists them: whole, or not at all. Several exports can be read together (exports/*/packets/*.parquet), or
copied into one: the name of the run is in each row and in the name of the file. docs/export.md has the columns, and examples for
DuckDB, Spark, Trino and ClickHouse; docs/fleet.md is about many nodes.

Examples:
  hopscope export --parquet monday router=r.pcap k8s-w0=w.pcap -t lab.yaml
  mkdir -p exports && hopscope export --parquet exports/monday --run monday router.pcap
  hopscope export --parquet lake --each --partition run,point,hour captures/*.pcap      many captures, each a run of its own
  hopscope sql 'SELECT rule, title FROM findings' monday`;

export function register(program: Command): void {
  const command = program
    .command('export')
    .description('Writes packets, conversations, journeys and findings as Parquet tables.')
    .argument('<files...>', CAPTURES)
    .requiredOption('--parquet <dir>', 'folder to write; it must not be there yet, or be empty')
    .option('--run <name>', "name of the export, in each row (default: the folder's name)")
    .option('--each', 'each capture is a run of its own, with the name of its file; several are read at once')
    .addOption(
      new Option(
        '-j, --jobs <n>',
        'with --each: captures that are read at once (default: one for each core, 8 at most)',
      ).argParser(wholeNumber('--jobs', 64)),
    )
    .addOption(new Option('--partition <keys>', 'a folder for each run, point, hour: run,point,hour').argParser(partitionValue))
    .addOption(
      new Option('--file-size <size>', 'begin another file after that much (with --partition: 128MB)').argParser(
        sizeValue('--file-size', 1e6),
      ),
    )
    .option('--overwrite', 'replace an earlier export in that folder')
    .addOption(new Option('--force', 'as --overwrite').hideHelp());
  ruleOptions(captureOptions(command))
    .addOption(new Option('-q, --quiet', 'no summary and no progress'))
    .option('--no-progress', 'no progress on standard error')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(files: string[], flags: ExportFlags): Promise<void> {
  const { partition = [], jobs = Math.min(availableParallelism(), 8) } = flags;
  if (flags.jobs !== undefined && flags.each !== true)
    throw new UsageError('--jobs is about --each: without it all captures are one run');
  const layout = { partition, fileBytes: flags.fileSize ?? (partition.length > 0 ? FILE_BYTES : null) };
  const { ExportFolder } = await import('../main/export-folder.js');
  const { exportEach } = await import('../main/export-each.js');
  const runs = await runsOf(files, flags);
  const folder = new ExportFolder(flags.parquet, flags.overwrite === true || flags.force === true);
  const release = onDeath(() => folder.discard());
  const progress = startProgress(flags);
  try {
    const orders = runs.map((one) => ({ ...one, layout, root: folder.temporary, shown: flags.parquet }));
    const done = await exportEach(orders, jobs, { signal: stopped, onProgress: progress.update }).finally(progress.stop);
    const exported = done.flatMap((one) => one.exported ?? []);
    if (done.length < runs.length || exported.some(({ interrupted }) => interrupted)) {
      process.stderr.write('hopscope: interrupted; nothing was written\n');
      process.exitCode = EXIT.inconclusive;
      return;
    }
    const lost = done.find((one) => one.exported === null);
    if (exported.length === 0 && lost !== undefined)
      throw lost.error instanceof CaptureError ? lost.error : new UsageError(String(lost.error?.message));
    folder.commit(exported);
    if (!flags.quiet) await print(summary(flags.parquet, exported));
    tell(done);
    process.exitCode = exported.some(({ errors }) => errors.length > 0) || lost !== undefined ? EXIT.damaged : EXIT.good;
  } finally {
    folder.discard();
    release();
  }
}

/** What is read for each run: all captures, or with --each one argument. */
async function runsOf(
  files: readonly string[],
  flags: ExportFlags,
): Promise<{ readonly run: string; readonly options: AnalyzeOptions }[]> {
  if (flags.each !== true) return [{ run: runName(flags), options: await analyzeOptions(files, flags, 'used') }];
  const { mustBeFiles } = await import('../main/export-each.js');
  const { pointName } = await import('../main/lab.js');
  const { Unique } = await import('../main/suite-titles.js');
  const unique = new Unique('-');
  const first = flags.run === undefined ? '' : `${runName(flags)}-`;
  const runs: { run: string; options: AnalyzeOptions }[] = [];
  for (const file of files) {
    const options = await analyzeOptions([file], flags, 'used');
    mustBeFiles(options);
    runs.push({ run: unique.of(first + nameOf(pointName(file))), options });
  }
  return runs;
}

/** What the user should know of each run. */
function tell(done: readonly RunDone[]): void {
  for (const { run, exported, notes, error } of done) {
    const whose = done.length > 1 ? `${run}: ` : '';
    for (const note of notes) process.stderr.write(`hopscope: note: ${safeText(whose + note)}\n`);
    for (const text of exported?.errors ?? [])
      process.stderr.write(`hopscope: ${safeText(text)}; what could be read was exported\n`);
    if (error !== null) process.stderr.write(`hopscope: ${safeText(error.message)}; the others were exported\n`);
  }
}

/** Of --partition. */
function partitionValue(text: string): readonly PartitionKey[] {
  const keys = text.split(',');
  if (new Set(keys).size < keys.length || !keys.every((key) => (PARTITION_KEYS as readonly string[]).includes(key)))
    throw new UsageError(`--partition ${text}: give one or more of ${PARTITION_KEYS.join(', ')}, each once, with commas between`);
  return keys as PartitionKey[];
}

/** A name for files, of what a path ends in. */
const nameOf = (path: string): string =>
  basename(resolve(path))
    .replace(/[^\w.-]/g, '_')
    .replace(/^[._]+/, '')
    .slice(0, 80) || 'export';

/** The name goes into file names, and engines leave out files that begin with a dot or an underline. */
function runName({ run, parquet }: ExportFlags): string {
  if (run === undefined) return nameOf(parquet);
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(run))
    throw new UsageError(`--run ${run}: use letters, digits, - . and _, at most 100, and begin with a letter or a digit`);
  return run;
}

function summary(folder: string, runs: readonly Exported[]): string {
  const counts = TABLE_NAMES.map((table) => `${count(runs.reduce((sum, { rows }) => sum + (rows[table] ?? 0), 0))} ${table}`);
  return `${safeText(folder)}: ${runs.length > 1 ? `${count(runs.length)} runs, ` : ''}${counts.join(', ')}\n`;
}
