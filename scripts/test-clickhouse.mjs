// Runs every query of docs/export.md in ClickHouse's engine and in DuckDB, over the same exports, and compares the answers.
//   npm run test:clickhouse [-- --folder .bench/clickhouse]
// The engine is the npm package `chdb` (546 MB installed), which is therefore no dependency: it is put into a folder of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const CHDB = 'chdb@3.4.0';
const TABLES = ['packets', 'conversations', 'journeys', 'findings', 'evidence', 'captures'];
/** Words of one engine for what another has no word for, or another one. */
const DIALECT = [[/quantile_cont\(((?:[^()]|\([^()]*\))*), ([\d.]+)\)/g, 'quantileExactInclusive($2)($1)']];
/** What only DuckDB has, by its word. */
const DUCKDB_ONLY = /make_timestamp_ns/;

const { values } = parseArgs({ options: { folder: { type: 'string', default: '.bench/clickhouse' } } });
const folder = resolve(values.folder);
mkdirSync(folder, { recursive: true });
const engine = install();
if (engine !== null) process.exitCode = await compare(engine);

/** The engine, or null where it cannot be had, which is said. */
function install() {
  if (!existsSync(join(folder, 'node_modules', 'chdb'))) {
    if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    // Its other optional packages are for other programs.
    const flags = ['--no-audit', '--no-fund', '--no-save', '--legacy-peer-deps'];
    const run = spawnSync('npm', ['install', '--prefix', folder, ...flags, CHDB], { encoding: 'utf8' });
    if (run.status !== 0) {
      console.log(`skipped: ${CHDB} could not be installed: ${run.stderr.trim().split('\n').at(-1) ?? run.error}`);
      return null;
    }
  }
  try {
    return createRequire(join(folder, 'package.json'))('chdb');
  } catch (error) {
    console.log(`skipped: ${CHDB} does not load here: ${error.message.split('\n')[0]}`);
    return null;
  }
}

function exported(name, ...args) {
  const place = join(folder, name);
  rmSync(place, { recursive: true, force: true });
  const run = spawnSync(process.execPath, ['dist/cli.js', 'export', '--parquet', place, ...args], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return place;
}

async function compare(chdb) {
  const captures = readdirSync('captures')
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => join('captures', name));
  const example = 'captures/native-missing-route';
  const layouts = {
    'one file a table': exported('files', '--run', 'example', `router=${example}.pcap`, '-t', `${example}.topology.yaml`),
    'partitions, many runs': exported('lake', '--each', '--partition', 'run,point,hour', ...captures),
  };
  const blocks = [...readFileSync('docs/export.md', 'utf8').matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql.trim());
  let wrong = 0;
  for (const [layout, place] of Object.entries(layouts)) {
    const duck = await duckdb(place);
    const house = clickhouse(chdb, place);
    let same = 0;
    let rows = 0;
    for (const [i, sql] of blocks.entries()) {
      if (DUCKDB_ONLY.test(sql)) {
        console.log(`${layout}: query ${i + 1} is DuckDB's alone`);
        continue;
      }
      const [a, b] = [await duck(sql), await house(sql)];
      rows += a.length;
      // Without ORDER BY, and among equals, the order of rows is open; LIMIT over equals is, too.
      if (JSON.stringify(a) === JSON.stringify(b)) same++;
      else {
        wrong++;
        const at = a.findIndex((row, n) => JSON.stringify(row) !== JSON.stringify(b[n]));
        console.log(
          `${layout}: query ${i + 1} differs (${a.length} and ${b.length} rows): ${a[at] ?? 'nothing'} and ${b[at] ?? 'nothing'}\n${sql}`,
        );
      }
    }
    console.log(`${layout}: ${same} queries with the same answer, ${rows} rows`);
    if (same === 0 || rows === 0) wrong++;
  }
  return wrong > 0 ? 1 : 0;
}

/** Values as text, numbers to nine digits; rows in an order of their own. */
function plain(rows) {
  return rows
    .map((row) =>
      row.map((value) => {
        if (value === null) return null;
        const isNumber = typeof value !== 'string' || /^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(value);
        return isNumber && !Number.isNaN(Number(value)) ? Number(Number(value).toPrecision(9)) : String(value);
      }),
    )
    .map((row) => JSON.stringify(row))
    .sort();
}

async function duckdb(place) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const table of TABLES)
    await connection.run(
      `CREATE VIEW ${table} AS SELECT * FROM read_parquet('${place}/${table}/**/*.parquet', union_by_name = true)`,
    );
  return async (sql) => plain((await connection.runAndReadAll(sql)).getRowsJson());
}

function clickhouse(chdb, place) {
  const views = TABLES.map((table) => `${table} AS (SELECT * FROM file('${place}/${table}/**/*.parquet', Parquet))`).join(', ');
  return (sql) => {
    const own = DIALECT.reduce((text, [from, to]) => text.replaceAll(from, to), sql);
    const query = `${/^WITH\b/.test(own) ? `WITH ${views}, ${own.slice(4)}` : `WITH ${views} ${own}`} SETTINGS join_use_nulls = 1`;
    return plain(JSON.parse(chdb.query(query, 'JSONCompact')).data);
  };
}
