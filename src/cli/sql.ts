// Queries over captures, or over what `export` made of them.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { safeText } from '../bytes/text.js';
import { ROW_FORMATS, type RowColumn, type Value } from '../dump/rows-output.js';
import { UsageError } from '../errors.js';
import { ABOUT, TABLE_NAMES, TABLES, type TableName } from '../export/schema.js';
import type { AnalyzeOptions } from '../main/options.js';
import type { Answer, Database } from '../main/sql.js';
import { temporaryFolder } from '../main/temporary-folder.js';
import { EXIT } from './exit.js';
import { onDeath } from './on-death.js';
import {
  analyzeOptions,
  type CaptureFlags,
  captureOptions,
  type OutputFlags,
  outputOptions,
  type RuleFlags,
  ruleOptions,
  sizeValue,
  targets,
  wholeNumber,
} from './options.js';
import { openWhole } from './output.js';
import { startProgress } from './progress.js';
import { brokenPipe, print, stopped } from './streams.js';

interface SqlFlags extends CaptureFlags, RuleFlags, OutputFlags {
  schema?: boolean;
  memory: number;
  threads?: number;
}

interface TableFile {
  readonly table: TableName;
  readonly path: string;
}

/** The run of captures that are asked without an export. */
const OWN_RUN = 'query';
const FORMATS = Object.keys(ROW_FORMATS);
/** Rows that the columns of a text table are measured by. */
const MEASURED = 5000;

const EXAMPLES = `
FILE is a capture, or a folder that hopscope export wrote. The query is DuckDB's SQL; it reads these tables and nothing else: no
other file, no network. Tables of captures are made in a folder of their own under the system's folder for temporary files
(TMPDIR), about 40 bytes a packet, which goes when the query is done. Of several statements the last one answers.

Examples:
  hopscope sql --schema                                                    tables and columns
  hopscope sql 'SELECT rule, title, occurrences FROM findings' router.pcap
  hopscope sql 'SELECT ip_src, sum(frame_len) AS bytes FROM packets GROUP BY ALL ORDER BY bytes DESC LIMIT 10' router.pcap
  hopscope sql 'SELECT path, count(*) FROM journeys WHERE hop = 1 GROUP BY ALL' router=r.pcap k8s-w0=w.pcap -t lab.yaml
  hopscope sql 'FROM conversations' monday tuesday -f csv -o conversations.csv`;

export function register(program: Command): void {
  const command = program
    .command('sql')
    .description('Asks a question in SQL about captures.')
    .argument('[query]', 'a query; the tables are packets, conversations, journeys, findings, evidence, captures')
    .argument('[files...]', 'captures, or folders of exports');
  outputOptions(ruleOptions(captureOptions(command)), FORMATS)
    .option('--schema', 'print the tables and their columns')
    .addOption(
      new Option('--memory <size>', 'most memory of the query; more goes to the disk')
        .argParser(sizeValue('--memory', 1e6))
        .default(1e9, '1GB'),
    )
    .addOption(
      new Option('--threads <n>', 'threads of the query (default: one a processor)').argParser(wholeNumber('--threads', 9999)),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(query: string | undefined, files: string[], flags: SqlFlags): Promise<void> {
  if (flags.schema) return print(schemaText());
  if (query === undefined)
    throw new UsageError("write a query: hopscope sql 'SELECT * FROM findings' FILE; --schema lists the tables");
  if (files.length === 0)
    throw new UsageError(`name a capture or a folder of an export behind the query: hopscope sql ${JSON.stringify(query)} FILE`);
  // The query is answered once: into a file that a format names, instead of standard output.
  const isNamed = flags.format?.some((format) => format.includes('=')) === true;
  const [target, ...others] = targets(isNamed ? { ...flags, quiet: true } : flags, FORMATS);
  if (others.length > 0) throw new UsageError('one format at a time: the query is answered once');
  const { Database } = await import('../main/sql.js');
  const folders = files.filter(isFolder);
  const captures = files.filter((file) => !isFolder(file));
  const temporary = temporaryFolder('hopscope-sql-');
  const clean = (): void => rmSync(temporary, { recursive: true, force: true });
  const release = onDeath(clean);
  let database: Database | null = null;
  try {
    const spill = join(temporary, 'spill');
    mkdirSync(spill);
    const { exportedFiles } = await import('../main/export-folder.js');
    const made = folders.flatMap((folder) => filesOf(folder, exportedFiles(folder)));
    const place = join(temporary, 'tables');
    if (captures.length > 0)
      made.push(...TABLE_NAMES.map((table) => ({ table, path: join(place, table, `${OWN_RUN}.parquet`) })));
    refuseTwins(made);
    database = await Database.open({
      memoryBytes: flags.memory,
      threads: flags.threads ?? null,
      spill,
      files: made.map(({ path }) => path),
    });
    const wanted = await database.check(query);
    const errors = captures.length > 0 ? await readCaptures(await analyzeOptions(captures, flags), flags, place, wanted) : [];
    const ended = captures.length > 0 && stopped.aborted;
    await database.fill(made.filter(({ table }) => wanted.includes(table)));
    // An interrupt that ended the reading is answered by the query; one that came behind it is meant for the query.
    if (stopped.aborted && !ended) sayInterrupted();
    else if (target !== undefined) await answer(database, query, target.format, target.file, flags);
    for (const error of errors) process.stderr.write(`hopscope: ${safeText(error)}; the tables hold what could be read\n`);
    if (errors.length > 0) process.exitCode = EXIT.damaged;
  } finally {
    database?.close();
    clean();
    release();
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function filesOf(folder: string, files: readonly TableFile[] | null): readonly TableFile[] {
  if (files === null || files.length === 0)
    throw new UsageError(`${folder} is no export; make one with hopscope export --parquet ${folder} FILE, or name captures`);
  return files;
}

/** A file of a run that has more than one: the first tells its name. */
const LATER_PART = /-(?!0001)\d{4,}\.parquet$/;

const runOf = (path: string): string => basename(path, '.parquet').replace(/-0001$/, '');

/** Conversations and journeys are numbered within a run: two runs of one name would be taken for one. */
function refuseTwins(files: readonly TableFile[]): void {
  const runs = files.filter(({ table, path }) => table === 'captures' && !LATER_PART.test(path)).map(({ path }) => runOf(path));
  const twin = runs.find((run, i) => runs.indexOf(run) !== i);
  if (twin !== undefined)
    throw new UsageError(
      `two exports are of a run called '${twin}', and their conversations could not be told apart; export one again with --run NAME`,
    );
}

/** Writes the tables of captures into a folder; returns why captures could not be read to their end. */
async function readCaptures(
  options: AnalyzeOptions,
  flags: SqlFlags,
  place: string,
  wanted: readonly TableName[],
): Promise<readonly string[]> {
  const { ExportFolder } = await import('../main/export-folder.js');
  const { exportTables } = await import('../main/export.js');
  const folder = new ExportFolder(place, false);
  const progress = startProgress(flags);
  try {
    const told = { signal: stopped, onProgress: progress.update };
    const done = await exportTables({ ...options, ...told }, { run: OWN_RUN, tables: wanted, make: folder.files.make });
    folder.commit([done]);
    if (done.interrupted && !brokenPipe) {
      process.stderr.write('hopscope: interrupted; the query sees what was read until then\n');
      process.exitCode = EXIT.inconclusive;
    }
    return done.errors;
  } finally {
    await progress.stop();
    folder.discard();
  }
}

async function answer(database: Database, query: string, format: string, file: string | null, flags: SqlFlags): Promise<void> {
  const interrupt = (): void => database.interrupt();
  stopped.addEventListener('abort', interrupt, { once: true });
  const endProgress = showProgress(database, flags);
  const output = file === null ? null : openWhole(file);
  const write = (text: string) => (output === null ? print(text) : output.write(text));
  try {
    const { columns, rows } = await database.query(query);
    await writeRows(ROW_FORMATS[format]!, columns, rows, async (text) => {
      endProgress();
      await write(text);
      return !brokenPipe;
    });
    output?.commit();
  } catch (error) {
    if (brokenPipe) return;
    if (!(error instanceof UsageError) || !stopped.aborted || !/interrupt/i.test(error.message)) throw error;
    sayInterrupted();
  } finally {
    endProgress();
    output?.discard();
    stopped.removeEventListener('abort', interrupt);
  }
}

function sayInterrupted(): void {
  if (brokenPipe) return;
  process.stderr.write('hopscope: interrupted; the query was not answered\n');
  process.exitCode = EXIT.inconclusive;
}

/** `write` says whether anybody still reads. */
async function writeRows(
  format: (typeof ROW_FORMATS)[string],
  columns: readonly RowColumn[],
  batches: Answer['rows'],
  write: (text: string) => Promise<boolean>,
): Promise<void> {
  const writer = format(columns);
  let first: Value[][] | null = [];
  for await (const batch of batches) {
    if (first === null) {
      if (!(await write(writer.rows(batch)))) return;
      continue;
    }
    first.push(...batch);
    if (first.length < MEASURED) continue;
    if (!(await write(writer.head(first) + writer.rows(first)))) return;
    first = null;
  }
  if (first !== null) await write(writer.head(first) + writer.rows(first));
  await write(writer.tail());
}

/** A line on standard error while a query runs long; returns what takes it away. */
function showProgress(database: Database, { progress, quiet }: SqlFlags): () => void {
  const { stderr } = process;
  if (!progress || quiet || stderr.isTTY !== true || process.env['TERM'] === 'dumb') return () => {};
  const started = performance.now();
  let isShown = false;
  const timer = setInterval(() => {
    if (performance.now() - started < 700) return;
    const percent = database.progress;
    stderr.write(`\r\x1b[Kquery running${percent === null ? '' : `, ${Math.floor(percent)} %`}`);
    isShown = true;
  }, 200);
  return () => {
    clearInterval(timer);
    if (isShown) stderr.write('\r\x1b[K');
    isShown = false;
  };
}

function schemaText(): string {
  return TABLE_NAMES.map((table) => {
    const columns = Object.entries(TABLES[table]);
    const width = Math.max(...columns.map(([name]) => name.length));
    const lines = columns.map(([name, { type, about, field }]) => {
      const meaning = [about, field].filter((part) => part !== '').join('; ');
      return `  ${name.padEnd(width)}  ${TYPE_NAMES[type].padEnd(9)}  ${meaning}`;
    });
    return `${table}: ${ABOUT[table]}\n${lines.join('\n')}\n`;
  }).join('\n');
}

const TYPE_NAMES = {
  STRING: 'text',
  INT32: 'integer',
  INT64: 'bigint',
  BOOLEAN: 'boolean',
  TIMESTAMP: 'timestamp',
  EPOCH: 'bigint',
} as const;
