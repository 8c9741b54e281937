// export and sql as a shell sees them.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLE_NAMES } from '../../src/export/schema.js';
import { finished } from '../cli/child.js';
import { loaded } from '../cli/loaded.js';
import { encode, ethernet, ipv4, udp } from '../rules/lab.js';
import { thoroughly } from '../thorough.js';
import { ask, scratch } from './help.js';

const CLI = resolve('dist/cli.js');
const LAB = resolve('captures/native-missing-route.pcap');
const TOPOLOGY = resolve('captures/native-missing-route.topology.yaml');
const isRoot = process.getuid?.() === 0;

const folder = scratch();
let temporary = '';
beforeAll(() => {
  folder.open();
  temporary = folder.at('tmp');
  mkdirSync(temporary);
});
afterAll(folder.close);

const start = (...args: string[]) =>
  spawn(process.execPath, [CLI, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: temporary } });
const hopscope = loaded(() => ({ env: { TMPDIR: temporary } }));

let made = 0;
/** A new empty folder, and a place in it. */
function place(): { readonly home: string; readonly dir: string } {
  const home = folder.at(`place${made++}`);
  mkdirSync(home);
  return { home, dir: join(home, 'out') };
}

/** Classic pcap, with as many different datagrams as wanted. */
function datagrams(count: number): Buffer {
  const frame = Buffer.from(
    encode(ethernet({}, ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: 1 }, udp({ src: 1, dst: 2, data: 8 })))),
  );
  const bytes = Buffer.alloc(24 + count * (16 + frame.length));
  bytes.set(Buffer.from(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer));
  for (let i = 0, at = 24; i < count; i++, at += 16 + frame.length) {
    bytes.writeUInt32LE(1_700_000_000 + Math.floor(i / 1000), at);
    bytes.writeUInt32LE((i % 1000) * 1000, at + 4);
    bytes.writeUInt32LE(frame.length, at + 8);
    bytes.writeUInt32LE(frame.length, at + 12);
    bytes.set(frame, at + 16);
    bytes.writeUInt16BE(i & 0xffff, at + 16 + 18);
  }
  return bytes;
}

/** Processor time of a process, in hundredths of a second: far beyond its start, it is at the query. */
function cpuTicks(pid: number): number {
  // After the name in brackets: state is the first, user and system time are the 12th and 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('hopscope export', { timeout: 120_000 }, () => {
  it('writes a folder for each table', async () => {
    const { home, dir } = place();
    const done = await hopscope('export', '--parquet', dir, '--run', 'r1', `router=${LAB}`, '-t', TOPOLOGY);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toBe(`${dir}: 61 packets, 10 conversations, 54 journeys, 4 findings, 16 evidence, 1 captures\n`);
    expect(readdirSync(home)).toEqual(['out']);
    expect(readdirSync(dir).sort()).toEqual(['_manifest.json', ...TABLE_NAMES].sort());
    for (const table of TABLE_NAMES) expect(readdirSync(join(dir, table))).toEqual(['r1.parquet']);
    expect(await hopscope('export', '--parquet', `${dir}2`, '-q', LAB)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('writes what was read of a damaged capture', async () => {
    const { home, dir } = place();
    writeFileSync(join(home, 'cut.pcap'), readFileSync(LAB).subarray(0, -20));
    const done = await hopscope('export', '--parquet', dir, join(home, 'cut.pcap'));
    expect(done.code).toBe(4);
    expect(done.stderr).toMatch(/cut\.pcap.*; what could be read was exported\n$/);
    const [rows] = await ask(dir, 'SELECT frames, error FROM captures', 'SELECT count(*) AS n FROM packets');
    expect(rows).toEqual([{ frames: 60n, error: expect.stringContaining('cut.pcap') }]);
  });

  it('replaces only an export, and only when asked to', async () => {
    const { home, dir } = place();
    expect((await hopscope('export', '--parquet', dir, LAB)).code).toBe(0);
    const before = readFileSync(join(dir, 'packets/out.parquet'));
    const refused = await hopscope('export', '--parquet', dir, '-Y', 'arp', LAB);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `hopscope: cannot write ${dir}: there is an export already; --overwrite replaces it, or name a new folder\n`,
    );
    expect(readFileSync(join(dir, 'packets/out.parquet'))).toEqual(before);
    expect((await hopscope('export', '--parquet', dir, '--overwrite', '-Y', 'arp', LAB)).code).toBe(0);
    expect(await ask(dir, 'SELECT count(*) = count(arp_opcode) AS only FROM packets')).toEqual([[{ only: true }]]);
    writeFileSync(join(dir, 'packets/notes.txt'), 'mine');
    const kept = await hopscope('export', '--parquet', dir, '--force', LAB);
    expect(kept).toMatchObject({ code: 2 });
    expect(kept.stderr).toContain('it holds other things than an export');
    expect(readFileSync(join(dir, 'packets/notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(home)).toEqual(['out']);
  });

  it('goes through a symbolic link, and leaves it one', async () => {
    const { home, dir } = place();
    mkdirSync(join(home, 'real'));
    symlinkSync('real', dir);
    expect((await hopscope('export', '--parquet', dir, LAB)).code).toBe(0);
    expect(lstatSync(dir).isSymbolicLink()).toBe(true);
    expect(existsSync(join(home, 'real/packets/out.parquet'))).toBe(true);
    symlinkSync('nowhere', join(home, 'dangling'));
    const refused = await hopscope('export', '--parquet', join(home, 'dangling'), LAB);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('it is a symbolic link to nothing');
    symlinkSync('round', join(home, 'round'));
    expect((await hopscope('export', '--parquet', join(home, 'round'), LAB)).code).toBe(2);
    expect(readdirSync(home).sort()).toEqual(['dangling', 'out', 'real', 'round']);
  });

  it('says why it cannot write', async () => {
    const { home } = place();
    writeFileSync(join(home, 'file'), '');
    const said = async (...args: string[]) => {
      const { code, stdout, stderr } = await hopscope('export', ...args, LAB);
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await said('--parquet', join(home, 'file'))).toContain('it is a file; name a folder');
    expect(await said('--parquet', join(home, 'file/below'))).toContain('the folder does not exist');
    expect(await said('--parquet', join(home, 'no/below'))).toContain('the folder does not exist');
    expect(await said('--parquet', join(home, 'x'), '--run', '../up')).toContain('--run ../up: use letters');
    expect(await said()).toContain("required option '--parquet <dir>' not specified");
    expect(readdirSync(home)).toEqual(['file']);
  });

  it.skipIf(isRoot)('says that it has no right to write', async () => {
    const { home, dir } = place();
    execFileSync('chmod', ['555', home]);
    const done = await hopscope('export', '--parquet', dir, LAB);
    expect(done).toMatchObject({ code: 2 });
    expect(done.stderr).toContain('no right to write there');
  });

  it.skipIf(!isRoot)('leaves nothing on a disk that is full', async () => {
    const { home } = place();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', home], { stdio: 'ignore' });
    } catch {
      console.log('skipped: no file system can be mounted here');
      return;
    }
    try {
      const capture = folder.at('large.pcap');
      writeFileSync(capture, datagrams(30_000));
      const done = await hopscope('export', '--parquet', join(home, 'out'), capture);
      expect(done).toMatchObject({ code: 2, stdout: '' });
      expect(done.stderr).toBe(`hopscope: cannot write ${join(home, 'out')}: the disk is full; name another folder\n`);
      expect(readdirSync(home)).toEqual([]);
    } finally {
      execFileSync('umount', [home]);
    }
  });

  it.each([
    ['Ctrl-C', ['SIGINT'], { code: 3, signal: null }],
    ['a second Ctrl-C', ['SIGINT', 'SIGINT'], null],
    ['SIGTERM', ['SIGTERM'], { code: null, signal: 'SIGTERM' }],
    ['SIGHUP', ['SIGHUP'], { code: null, signal: 'SIGHUP' }],
  ] as const)('leaves nothing half after %s', async (_, signals, outcome) => {
    const { home, dir } = place();
    const child = start('export', '--parquet', dir, '-');
    const end = finished(child);
    child.stdin.on('error', () => {});
    // More is announced than comes: the reading cannot end.
    child.stdin.write(datagrams(5000).subarray(0, -10));
    for (let waited = 0; readdirSync(home).length === 0 && waited < 200; waited++) await sleep(50);
    expect(readdirSync(home)).toEqual([expect.stringMatching(/^\.out\.\d+\.tmp$/)]);
    await sleep(300);
    for (const signal of signals) child.kill(signal);
    const done = await end;
    if (outcome !== null) expect(done).toMatchObject(outcome);
    expect(done.stdout).toBe('');
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('hopscope sql', { timeout: 120_000 }, () => {
  const query = 'SELECT rule, verdict, occurrences FROM findings ORDER BY position LIMIT 2';

  it('asks captures, exports, and both', async () => {
    const { dir } = place();
    expect((await hopscope('export', '--parquet', dir, `router=${LAB}`, '-t', TOPOLOGY)).code).toBe(0);
    const text = ['rule                    verdict  occurrences', '----------------------  -------  -----------', ''].join('\n');
    const rows = 'egress-wrong-interface  fail              11\nreturn-missing          fail               4\n';
    for (const args of [[`router=${LAB}`, '-t', TOPOLOGY], [dir]])
      expect(await hopscope('sql', query, ...args)).toEqual({ code: 0, signal: null, stderr: '', stdout: text + rows });
    const both = await hopscope(
      'sql',
      'SELECT run, count(*) AS n FROM packets GROUP BY run ORDER BY run',
      dir,
      LAB,
      '-f',
      'jsonl',
    );
    expect(both.stdout).toBe('{"run":"out","n":61}\n{"run":"query","n":61}\n');
    const twins = await hopscope('sql', query, dir, dir);
    expect(twins).toMatchObject({ code: 2, stdout: '' });
    expect(twins.stderr).toContain("two exports are of a run called 'out'");
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('answers in every form, to a file too', async () => {
    const { home } = place();
    const sql = `SELECT frame_number AS n, ip_src AS "=a", frame_time AS t, [1, NULL] AS l, 9007199254740993 AS big, 'x,"y"' AS q
      FROM packets WHERE frame_number = 3`;
    const ask1 = async (format: string) => (await hopscope('sql', sql, LAB, '-f', format)).stdout;
    const object = {
      n: 3,
      '=a': '172.20.0.96',
      t: '2026-11-21 04:16:42.682102',
      l: [1, null],
      big: '9007199254740993',
      q: 'x,"y"',
    };
    expect(JSON.parse(await ask1('json'))).toEqual([object]);
    expect(JSON.parse(await ask1('jsonl'))).toEqual(object);
    expect(await ask1('csv')).toBe(
      `n,'=a,t,l,big,q\r\n3,172.20.0.96,2026-11-21 04:16:42.682102,"[1,null]",9007199254740993,"x,""y"""\r\n`,
    );
    expect((await hopscope('sql', 'SELECT 1 AS a WHERE false', LAB, '-f', 'json')).stdout).toBe('[]\n');
    const file = join(home, 'answer.csv');
    expect(await hopscope('sql', 'FROM range(10000) AS r(i)', LAB, '-f', `csv=${file}`, '-q')).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(10_002);
    const broken = await hopscope(
      'sql',
      "SELECT CASE WHEN i > 9000 THEN error('no') END FROM range(10000) AS r(i)",
      LAB,
      '-o',
      file,
    );
    expect(broken).toMatchObject({ code: 2, stdout: '' });
    expect(readdirSync(home)).toEqual(['answer.csv']);
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(10_002);
  });

  it('shows nothing that a terminal acts on', async () => {
    const evil = `SELECT chr(27) || '[2J' || chr(8238) || chr(10) AS a, [chr(27)] AS b, '=1+1' AS c`;
    for (const format of ['text', 'csv', 'json', 'jsonl']) {
      const { stdout } = await hopscope('sql', evil, LAB, '-f', format);
      expect(stdout.replace(/\r?\n/g, '')).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(stdout).toContain('[2J');
    }
    expect((await hopscope('sql', evil, LAB, '-f', 'csv')).stdout).toContain(",'=1+1\r\n");
    expect(JSON.parse((await hopscope('sql', evil, LAB, '-f', 'jsonl')).stdout)).toMatchObject({ a: '\u001b[2J\u202e\n' });
  });

  it('says where a query is wrong, before it reads anything', async () => {
    const said = async (sql: string, ...args: string[]) => {
      const { code, stdout, stderr } = await hopscope('sql', sql, ...(args.length > 0 ? args : ['no-such-file.pcap']));
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await said('SELEC 1')).toBe('hopscope: SQL, line 1, column 1: syntax error at or near "SELEC"\n');
    expect(await said('SELECT ip_src\nFROM packets WHERE ip_sr = 1')).toMatch(
      /^hopscope: SQL, line 2, column 20: Referenced column "ip_sr" not found in FROM clause! Candidate bindings: .*"ip_src".*\n$/,
    );
    expect(await said('SELECT * FROM packet')).toContain(
      'line 1, column 15: Table with name packet does not exist! Did you mean "packets"?',
    );
    expect(await said(`SELECT '${'x'.repeat(200)}', nope FROM packets`)).toContain('line 1, column 212: ');
    expect(await said(' -- nothing\n;')).toContain('the query is empty');
    expect(await said('SELECT 1', '/etc')).toContain('/etc is no export');
    expect(await said('SELECT 1', LAB, '--memory', 'much')).toContain('--memory much: give a size');
    expect(await said('SELECT 1', LAB, '--threads', '0')).toContain('--threads 0: give a whole number');
    expect((await hopscope('sql', 'SELECT 1')).stderr).toContain('name a capture or a folder');
    for (const sql of ['FROM packets', 'SELECT 1']) expect((await hopscope('sql', sql, 'no-such-file.pcap')).code).toBe(4);
    expect(await said('FROM packets', LAB, '--memory', '1MB')).toMatch(
      /^hopscope: SQL: out of memory \(.*\); allow more with --memory.*\n$/,
    );
  });

  it('reads and writes nothing but the tables', async () => {
    const { home, dir } = place();
    expect((await hopscope('export', '--parquet', dir, LAB)).code).toBe(0);
    const parquet = join(dir, 'packets/out.parquet');
    const before = readFileSync(parquet);
    for (const sql of [
      "SELECT * FROM read_text('/etc/hostname')",
      "FROM '/etc/passwd'",
      `FROM glob('${home}/*')`,
      `FROM packets UNION ALL BY NAME FROM read_csv('${home}/x.csv')`,
      `COPY (SELECT 1) TO '${home}/x.csv'`,
      `COPY packets TO '${parquet}' (USE_TMP_FILE false)`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${parquet}' (USE_TMP_FILE false)`,
      `SELECT 1; COPY (SELECT 1) TO '${parquet}' (USE_TMP_FILE false); SELECT 2`,
      `ATTACH '${home}/x.db'`,
      `EXPORT DATABASE '${home}/db'`,
      'SET enable_external_access = true; SELECT 1',
      'INSTALL httpfs',
      'LOAD httpfs',
      "CREATE MACRO m() AS TABLE SELECT * FROM read_text('/etc/hostname'); FROM m()",
      `PRAGMA profile_output = '${home}/x'; SELECT 1`,
      "SELECT * FROM 'https://example.com/x.parquet'",
    ]) {
      const done = await hopscope('sql', sql, dir);
      expect([done.code, done.stdout], sql).toEqual([2, '']);
      expect(done.stderr, sql).toMatch(/^hopscope: SQL.*\n$/);
    }
    expect(readFileSync(parquet)).toEqual(before);
    expect(readdirSync(home)).toEqual(['out']);
    const made = await hopscope('sql', 'CREATE TABLE t AS SELECT ip_src FROM packets; SELECT count(*) AS n FROM t', dir);
    expect(made).toMatchObject({ code: 0, stdout: ' n\n--\n61\n' });
  });

  it('asks what could be read of a damaged capture', async () => {
    const { home } = place();
    const cut = join(home, 'cut.pcap');
    writeFileSync(cut, readFileSync(LAB).subarray(0, -20));
    const done = await hopscope('sql', 'SELECT count(*) AS n FROM packets', cut, '-f', 'csv');
    expect(done).toMatchObject({ code: 4, stdout: 'n\r\n60\r\n' });
    expect(done.stderr).toMatch(/cut\.pcap.*; the tables hold what could be read\n$/);
  });

  it('keeps to its memory, and takes its folder away', async () => {
    const capture = folder.at('sort.pcap');
    writeFileSync(capture, datagrams(60_000));
    const sort =
      'SELECT count(*) AS n FROM (SELECT *, row_number() OVER (ORDER BY frame_protocols, ip_id DESC, file) AS r FROM packets)';
    const done = await hopscope('sql', sort, capture, '--memory', '60MB', '--threads', '1', '-f', 'csv');
    expect(done).toMatchObject({ code: 0, stdout: 'n\r\n60000\r\n' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  (existsSync('/proc/self/stat') ? thoroughly : it.skip)('can be interrupted: a reading ends, a query goes', async () => {
    const reading = start('sql', 'SELECT count(*) AS n FROM packets', '-', '-f', 'csv');
    const read = finished(reading);
    reading.stdin.on('error', () => {});
    // More than a pipe holds: once it is written, most of it was read.
    reading.stdin.write(datagrams(5000));
    while (reading.stdin.writableLength > 0) await sleep(50);
    reading.kill('SIGINT');
    expect(await read).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^n\r\n[1-9]\d*\r\n$/),
      stderr: 'hopscope: interrupted; the query sees what was read until then\n',
    });
    const endless = 'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b';
    for (const [signal, outcome] of [
      ['SIGINT', { code: 3, signal: null, stderr: 'hopscope: interrupted; the query was not answered\n' }],
      ['SIGTERM', { code: null, signal: 'SIGTERM', stderr: '' }],
    ] as const) {
      const child = start('sql', endless, LAB);
      const end = finished(child);
      while (cpuTicks(child.pid!) < 120) await sleep(50);
      child.kill(signal);
      expect(await end).toMatchObject({ ...outcome, stdout: '' });
    }
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('ends quietly when nobody reads on', async () => {
    const child = start('sql', 'FROM range(10000000)', LAB, '-f', 'jsonl');
    const end = finished(child);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await end).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('lists its tables', async () => {
    const { code, stdout } = await hopscope('sql', '--schema');
    expect(code).toBe(0);
    for (const table of TABLE_NAMES) expect(stdout).toContain(`\n${table}: `.slice(table === 'packets' ? 1 : 0));
    expect(stdout).toMatch(/\n {2}ip_src +text +sender of the innermost packet; inner\.ip\.src, inner\.ipv6\.src\n/);
  });

  it('says how to get DuckDB where it is not', async () => {
    const home = folder.at('without');
    mkdirSync(join(home, 'node_modules'), { recursive: true });
    cpSync('dist', join(home, 'dist'), { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
    // A package without its file, so that one of a folder above is not found instead.
    mkdirSync(join(home, 'node_modules/@duckdb/node-api'), { recursive: true });
    writeFileSync(join(home, 'node_modules/@duckdb/node-api/package.json'), '{ "main": "gone.js" }');
    for (const name of readdirSync('node_modules'))
      if (name !== '@duckdb' && !name.startsWith('.'))
        symlinkSync(resolve('node_modules', name), join(home, 'node_modules', name));
    const run = (...args: string[]) => finished(spawn(process.execPath, [join(home, 'dist/cli.js'), ...args]));
    const done = await run('sql', 'FROM packets', LAB);
    expect(done).toMatchObject({ code: 2, stdout: '' });
    expect(done.stderr).toMatch(
      /^hopscope: hopscope sql needs DuckDB, which is not installed: npm install @duckdb\/node-api .*\n$/,
    );
    expect(await run('export', '--parquet', join(home, 'out'), '-q', LAB)).toMatchObject({ code: 0 });
  });
});
