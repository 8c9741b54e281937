// Queries over the tables of captures, by an embedded DuckDB. A query reads the tables and nothing else: no file, no network.
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import type { Value } from '../dump/rows-output.js';
import { UsageError } from '../errors.js';
import { type ColumnType, EPOCH_SUFFIX, TABLE_NAMES, TABLES, type TableName } from '../export/schema.js';

export interface SqlOptions {
  /** Most memory that the engine takes. */
  readonly memoryBytes: number;
  /** null: one for each processor. */
  readonly threads: number | null;
  /** An empty folder for what does not fit into memory. */
  readonly spill: string;
  /** The files of tables that may be read, also those that are still to be made. */
  readonly files: readonly string[];
}

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  /** Rows in batches of a few thousand, as they are found. */
  readonly rows: AsyncIterable<Value[][]>;
}

/** The columns as DuckDB calls their types; times keep their nanoseconds. */
const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  STRING: 'VARCHAR',
  INT32: 'INTEGER',
  INT64: 'BIGINT',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP_NS',
  EPOCH: 'BIGINT',
};

/** Statement types of DuckDB that change nothing outside of its memory. */
const HARMLESS: readonly string[] = ['SELECT', 'CREATE', 'EXPLAIN'];

export class Database {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly statementNames: Readonly<Record<number, string>>,
  ) {}

  /** Throws UsageError where DuckDB is not installed, or cannot work with the options. */
  static async open({ memoryBytes, threads, spill, files }: SqlOptions): Promise<Database> {
    const duckdb = await load();
    const settings: Record<string, string> = {
      memory_limit: `${memoryBytes}B`,
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    };
    if (threads !== null) settings['threads'] = String(threads);
    return told('', async () => {
      const instance = await duckdb.DuckDBInstance.create(':memory:', settings);
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      await connection.run('SET enable_progress_bar = true');
      await connection.run('SET enable_progress_bar_print = false');
      // Shut the door before the query is looked at: looking can open files already.
      await connection.run(`SET allowed_paths = [${files.map(literal).join(', ')}]`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      return new Database(instance, connection, duckdb.StatementType as unknown as Record<number, string>);
    });
  }

  /** Finds mistakes in a query before anything is read for it. Returns the tables that it names. Throws UsageError. */
  async check(query: string): Promise<readonly TableName[]> {
    const { connection } = this;
    // The engine itself has no words for a query without a statement.
    if (query.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|[\s;]/g, '') === '')
      throw new UsageError("the query is empty; try 'SELECT * FROM findings'");
    return told(query, async () => {
      for (const table of TABLE_NAMES) {
        const columns = Object.entries(TABLES[table]).map(([name, { type }]) => `${name} ${SQL_TYPES[type]}`);
        await connection.run(`CREATE TABLE ${table} (${columns.join(', ')})`);
      }
      const { count } = await connection.extractStatements(query);
      // What a later statement names may be made by an earlier one: those show their mistakes when they run.
      const names = count === 1 ? await this.tablesOf(query) : TABLE_NAMES;
      for (const table of TABLE_NAMES) await connection.run(`DROP TABLE ${table}`);
      return names;
    });
  }

  private async tablesOf(query: string): Promise<readonly TableName[]> {
    const prepared = await this.connection.prepare(query);
    this.admit(prepared.statementType, query);
    const names = new Set(this.connection.getTableNames(query, false).map((name) => name.toLowerCase()));
    prepared.destroySync();
    return TABLE_NAMES.filter((table) => names.has(table));
  }

  /** Makes the tables from the files of exports. */
  async fill(files: readonly { readonly table: TableName; readonly path: string }[]): Promise<void> {
    const { connection } = this;
    for (const table of TABLE_NAMES) {
      const paths = files.filter((file) => file.table === table).map(({ path }) => literal(path));
      if (paths.length === 0) continue;
      const times = Object.keys(TABLES[table])
        .filter((name) => name.endsWith(EPOCH_SUFFIX))
        .map((name) => `make_timestamp_ns(${name}) AS ${name.slice(0, -EPOCH_SUFFIX.length)}`);
      const replace = times.length === 0 ? '' : ` REPLACE (${times.join(', ')})`;
      const from = `read_parquet([${paths.join(', ')}], union_by_name = true)`;
      try {
        await connection.run(`CREATE VIEW ${table} AS SELECT *${replace} FROM ${from}`);
      } catch (error) {
        const [first] = (error as Error).message.split('\n');
        throw new UsageError(`the table ${table} cannot be read: ${first}; is the folder an export of this version?`);
      }
    }
  }

  /** Runs a query; of several statements all, and the last one answers. Throws UsageError. */
  async query(query: string): Promise<Answer> {
    const { connection } = this;
    return told(query, async () => {
      const statements = await connection.extractStatements(query);
      for (let i = 0; i < statements.count; i++) {
        const prepared = await statements.prepare(i);
        this.admit(prepared.statementType, query);
        if (i + 1 < statements.count) {
          await prepared.run();
          continue;
        }
        const result = await prepared.stream();
        const names = result.columnNames();
        const types = result.columnTypes();
        return {
          columns: names.map((name, c) => ({ name, isNumber: NUMERIC.test(String(types[c])) })),
          rows: batches(query, result),
        };
      }
      throw new UsageError('the query is empty');
    });
  }

  /** Percent of the running query, or null where nobody knows. */
  get progress(): number | null {
    const { percentage } = this.connection.progress;
    return percentage < 0 ? null : percentage;
  }

  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  private admit(statementType: number, query: string): void {
    const name = this.statementNames[statementType] ?? 'unknown';
    // EXPLAIN ANALYZE runs what it explains.
    if (!HARMLESS.includes(name) || (name === 'EXPLAIN' && /\b(copy|export)\b/i.test(query)))
      throw new UsageError(`SQL: ${name} is not for queries over captures; SELECT, CREATE (in memory) and EXPLAIN are`);
  }
}

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT|INTEGER|UINTEGER|FLOAT|DOUBLE|DECIMAL)/;

async function* batches(query: string, result: { yieldRows(): AsyncIterable<DuckDBValue[][]> }): AsyncGenerator<Value[][]> {
  const rows = result.yieldRows()[Symbol.asyncIterator]();
  for (;;) {
    const next = await told(query, () => rows.next());
    if (next.done === true) return;
    yield next.value.map((row) => row.map(cell));
  }
}

/** Whole numbers that a double does not hold stay text, so that they stay right. */
function cell(value: DuckDBValue): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if ('items' in value) return (value.items as readonly DuckDBValue[]).map(cell);
  if ('toDouble' in value) return value.toDouble();
  return String(value);
}

async function load(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ERR_MODULE_NOT_FOUND' ? '' : ` (${message.split('\n')[0]})`;
    throw new UsageError(
      `hopscope sql needs DuckDB, which is not installed${reason}: npm install @duckdb/node-api beside hopscope (-g where that is), or query what hopscope export writes with another engine`,
    );
  }
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What DuckDB complains about, in one line, with the place in the query. */
async function told<T>(query: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(sqlMessage(query, (error as Error).message));
  }
}

/** `message`: kind and complaint, often hints, and at the end the line of the query with a caret under it. */
export function sqlMessage(query: string, message: string): string {
  if (message.startsWith('Out of Memory Error'))
    return `SQL: out of memory (${message.split('\n')[0].replace(/^.*?: /, '')}); allow more with --memory, or take fewer --threads`;
  const [, text, lineText, caret] = /^(.*?)(?:\n+LINE (\d+: [^\n]*)\n( *\^).*)?$/s.exec(message) ?? [];
  const said = (text ?? message)
    .replace(/ - file system operations are disabled.*$/, ': a query sees only the tables')
    .trim()
    .replace(/^(Failed to extract statements: )?(\w+ )+Error: /, '')
    .replace(/([!.;:]?)\s*\n\s*/g, (_, end) => (end === '' ? '; ' : `${end} `));
  if (lineText === undefined || caret === undefined) return `SQL: ${said}`;
  const [number, ...rest] = lineText.split(': ');
  const shown = rest.join(': ');
  // A long line is shown in part, with dots where it was cut.
  const part = shown.replace(/^\.\.\./, '').replace(/\.\.\.$/, '');
  const cut = shown.startsWith('...') ? Math.max(0, (query.split('\n')[Number(number) - 1] ?? '').indexOf(part)) - 3 : 0;
  const column = caret.length - `LINE ${number}: `.length + cut;
  return `SQL, line ${number}, column ${column}: ${said}`;
}
