// Captures as Parquet tables, for engines that query more than one machine's worth of them.

import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { count } from '../bytes/units.js';
import { UsageError } from '../errors.js';
import { EXIT } from './exit.js';
import { onDeath } from './on-death.js';
import { analyzeOptions, CAPTURES, type CaptureFlags, captureOptions, type RuleFlags, ruleOptions } from './options.js';
import { startProgress } from './progress.js';
import { print, stopped } from './streams.js';

interface ExportFlags extends CaptureFlags, RuleFlags {
  parquet: string;
  run?: string;
  overwrite?: boolean;
  /** As `overwrite` was called. */
  force?: boolean;
  quiet?: boolean;
  progress: boolean;
}

const EXAMPLES = `
Writes DIR/packets, DIR/conversations, DIR/journeys, DIR/findings, DIR/evidence and DIR/captures, with one file each: whole, or not
at all. Several exports can be read together (exports/*/packets/*.parquet), or copied into one: the name of the run is in
each row and in the name of the file. docs/export.md has the columns, and examples for DuckDB, Spark, Trino and ClickHouse.

Examples:
  hopscope export --parquet monday router=r.pcap k8s-w0=w.pcap -t lab.yaml
  mkdir -p exports && hopscope export --parquet exports/monday --run monday router.pcap
  hopscope sql 'SELECT rule, title FROM findings' monday`;

export function register(program: Command): void {
  const command = program
    .command('export')
    .description('Writes packets, conversations, journeys and findings as Parquet tables.')
    .argument('<files...>', CAPTURES)
    .requiredOption('--parquet <dir>', 'folder to write; it must not be there yet, or be empty')
    .option('--run <name>', "name of the export, in each row (default: the folder's name)")
    .option('--overwrite', 'replace an earlier export in that folder')
    .addOption(new Option('--force', 'as --overwrite').hideHelp());
  ruleOptions(captureOptions(command))
    .addOption(new Option('-q, --quiet', 'no summary and no progress'))
    .option('--no-progress', 'no progress on standard error')
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: ExportFlags) => {
      const options = await analyzeOptions(files, flags, 'used');
      const run = runName(flags);
      const { ExportFolder } = await import('../main/export-folder.js');
      const { exportTables } = await import('../main/export.js');
      const folder = new ExportFolder(flags.parquet, run, flags.overwrite === true || flags.force === true);
      const release = onDeath(() => folder.discard());
      const progress = startProgress(flags);
      const notes: string[] = [];
      try {
        const told = { signal: stopped, onProgress: progress.update, onNote: (note: string) => notes.push(note) };
        const done = await exportTables({ ...options, ...told }, run, (table, bytes) => folder.write(table, bytes)).finally(
          progress.stop,
        );
        if (done.interrupted) {
          process.stderr.write('hopscope: interrupted; nothing was written\n');
          process.exitCode = EXIT.inconclusive;
          return;
        }
        folder.commit();
        if (!flags.quiet) await print(summary(flags.parquet, done.rows));
        for (const note of notes) process.stderr.write(`hopscope: note: ${note}\n`);
        for (const error of done.errors) process.stderr.write(`hopscope: ${safeText(error)}; what could be read was exported\n`);
        process.exitCode = done.errors.length > 0 ? EXIT.damaged : EXIT.good;
      } finally {
        folder.discard();
        release();
      }
    });
}

/** The name goes into file names, and engines leave out files that begin with a dot or an underline. */
function runName({ run, parquet }: ExportFlags): string {
  if (run === undefined)
    return (
      basename(resolve(parquet))
        .replace(/[^\w.-]/g, '_')
        .replace(/^[._]+/, '') || 'export'
    );
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(run))
    throw new UsageError(`--run ${run}: use letters, digits, - . and _, at most 100, and begin with a letter or a digit`);
  return run;
}

function summary(folder: string, rows: Readonly<Record<string, number>>): string {
  const counts = Object.entries(rows).map(([table, n]) => `${count(n)} ${table}`);
  return `${safeText(folder)}: ${counts.join(', ')}\n`;
}
