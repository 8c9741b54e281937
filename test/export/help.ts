// Exports made and read back: by DuckDB, which knows nothing of how they were written.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Layout } from '../../src/export/parts.js';
import { TABLE_NAMES } from '../../src/export/schema.js';
import { type Exported, exportTables } from '../../src/main/export.js';
import { ExportFolder } from '../../src/main/export-folder.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import { PLAIN } from '../main/options.js';
import { captureFile, type TestFrame } from '../rules/lab.js';

export type Row = Record<string, unknown>;

/** A folder that goes when the tests are over; `use` is to be called by the test file's hooks. */
export function scratch() {
  let path = '';
  return {
    open: () => {
      path = mkdtempSync(join(tmpdir(), 'hopscope-export-'));
    },
    close: () => rmSync(path, { recursive: true, force: true }),
    at: (name: string) => join(path, name),
    capture(name: string, frames: readonly TestFrame[]): string {
      writeFileSync(join(path, name), captureFile(frames));
      return join(path, name);
    },
  };
}

export const options = (...files: string[]): AnalyzeOptions => ({
  files: files.map((file) => {
    const [, point, path] = /^(?:(\w[\w-]*)=)?(.*)$/s.exec(file)!;
    return { point: point ?? null, path: path! };
  }),
  ...PLAIN,
  ifmap: '2=eth0,3=eth1,4=eth2',
});

/** Exports into `place`, under the name `run`. */
export async function exported(place: string, given: AnalyzeOptions, run = 'test', layout?: Layout): Promise<Exported> {
  const folder = new ExportFolder(place, false);
  const done = await exportTables(given, { run, ...(layout !== undefined && { layout }), make: folder.files.make });
  folder.commit([done]);
  return done;
}

/** One database for all questions: it takes longer to start than to answer. What it has read of a file is not kept: tests write files anew. */
const database = DuckDBInstance.create(':memory:', { threads: '1', enable_external_file_cache: 'false' });

/** Rows that DuckDB gives for each of the queries. */
export async function rowsOf(...queries: string[]): Promise<Row[][]> {
  const connection = await (await database).connect();
  try {
    const answers: Row[][] = [];
    for (const query of queries) answers.push((await connection.runAndReadAll(query)).getRowObjects());
    return answers;
  } finally {
    connection.closeSync();
  }
}

/** What DuckDB says of SQL over the tables of the exports that a glob pattern names. */
export async function ask(folders: string, ...queries: string[]): Promise<Row[][]> {
  const views = TABLE_NAMES.map(
    (table) =>
      `CREATE OR REPLACE VIEW ${table} AS SELECT * FROM read_parquet('${folders}/${table}/**/*.parquet', union_by_name = true)`,
  );
  const before = ["SET TimeZone = 'UTC'", ...views];
  return (await rowsOf(...before, ...queries)).slice(before.length);
}
