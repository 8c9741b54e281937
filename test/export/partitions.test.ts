// Tables in folders, in files of a bounded size, and of many captures at once: read back by DuckDB.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARTITION_KEYS } from '../../src/export/schema.js';
import { type ExportOrder, exportEach } from '../../src/main/export-each.js';
import { ExportFolder, exportedFiles } from '../../src/main/export-folder.js';
import { Unique } from '../../src/main/suite-titles.js';
import { loaded } from '../cli/loaded.js';
import { at, echo, ethernet, forward, ipv4, sll2, type TestFrame } from '../rules/lab.js';
import { thoroughly } from '../thorough.js';
import { ask, exported, options, scratch } from './help.js';

const folder = scratch();
beforeAll(folder.open);
afterAll(folder.close);
const hopscope = loaded();

const HOUR = 3600;
const ends = { src: '172.16.0.5', dst: '10.0.2.5', ttl: 63 };
/** Pings of a router that cross the full hour, each seen twice. */
const pings = (seconds: readonly number[]): TestFrame[] =>
  seconds.flatMap((s, i) => {
    const asked = at(s, sll2({ if: 3, dir: 'in' }, ipv4({ ...ends, id: i }, echo({ seq: i }))));
    return [asked, at(s + 0.001, forward(asked, { if: 4 }))];
  });
const ALL = { partition: PARTITION_KEYS, fileBytes: null };

function filesIn(place: string): string[] {
  return (exportedFiles(place) ?? []).map(({ path }) => path.slice(place.length + 1)).sort();
}

describe('--partition', () => {
  it('puts the rows of each hour and point into a folder, and loses none', async () => {
    const router = folder.capture('router.pcap', pings([10, HOUR + 10, HOUR + 20, 3 * HOUR]));
    const node = folder.capture('node.pcap', pings([15, HOUR + 11]));
    const place = folder.at('parted');
    const done = await exported(place, options(`router=${router}`, `k8s node=${node}`.replace(' ', '-')), 'day', ALL);
    expect(done.rows).toMatchObject({ packets: 12 });
    const files = filesIn(place);
    const hours = files
      .filter((file) => file.startsWith('packets/run=day/point=router/'))
      .map((file) => /hour=(\d+)/.exec(file)?.[1]);
    expect(hours.length).toBe(3);
    expect(files.filter((file) => file.startsWith('packets/run=day/point=k8s-node/')).length).toBe(2);
    expect(files.filter((file) => file.startsWith('findings/'))).toEqual(['findings/run=day/day-0001.parquet']);
    const [rows, wrong, one] = await ask(
      place,
      'SELECT point, hour, count(*) AS n FROM packets GROUP BY ALL ORDER BY ALL',
      // The folder says what the rows say.
      "SELECT count(*) AS n FROM packets WHERE hour <> CAST(strftime(frame_time, '%Y%m%d%H') AS BIGINT)",
      `SELECT count(*) AS n FROM journeys WHERE point = 'router' AND hour = ${hours[1]}`,
    );
    expect(rows!.map(({ point, n }) => [point, n])).toEqual([
      ['k8s-node', 2n],
      ['k8s-node', 2n],
      ['router', 2n],
      ['router', 4n],
      ['router', 2n],
    ]);
    expect(wrong).toEqual([{ n: 0n }]);
    expect(one![0]!['n']).toBeGreaterThan(0n);
  });

  it('lists the files with their rows and bytes', async () => {
    const place = folder.at('listed');
    await exported(place, options(folder.capture('listed.pcap', pings([10, HOUR]))), 'day', ALL);
    const manifest = JSON.parse(readFileSync(join(place, '_manifest.json'), 'utf8')) as {
      runs: { run: string; rows: Record<string, number> }[];
      files: { path: string; table: string; run: string; rows: number; bytes: number; partition: Record<string, string> }[];
    };
    expect(manifest.files.map(({ path }) => path).sort()).toEqual(filesIn(place));
    for (const { path, bytes } of manifest.files) expect(readFileSync(join(place, path)).length).toBe(bytes);
    const packets = manifest.files.filter(({ table }) => table === 'packets');
    expect(packets.reduce((sum, { rows }) => sum + rows, 0)).toBe(manifest.runs[0]!.rows['packets']);
    expect(packets[0]!.partition).toMatchObject({ run: 'day', hour: expect.stringMatching(/^\d{10}$/) });
  });

  it('has names that mean something to a path escaped', async () => {
    const place = folder.at('escaped');
    const given = options(folder.capture('odd.pcap', pings([10])));
    await exported(place, { ...given, files: [{ point: '../a=b%/c', path: given.files[0]!.path }] }, 'day', ALL);
    expect(readdirSync(join(place, 'packets', 'run=day'))).toEqual(['point=..%2Fa%3Db%25%2Fc']);
    const [rows] = await ask(place, 'SELECT DISTINCT point FROM packets');
    expect(rows).toEqual([{ point: '../a=b%/c' }]);
  });

  it('refuses times that would make a file of each packet', async () => {
    const every = Array.from({ length: 21 }, (_, i) => at(i * HOUR, ethernet({}, ipv4(ends, echo({ seq: i })))));
    const path = folder.capture('centuries.pcap', every);
    await expect(exported(folder.at('centuries'), options(path), 'day', { ...ALL, mostFiles: 20 })).rejects.toThrow(
      /more than 20 files: leave hour out/,
    );
    const { rows } = await exported(folder.at('hours'), options(path), 'day', { ...ALL, mostFiles: 21 });
    expect(rows['packets']).toBe(21);
    const asked = await ask(folder.at('hours'), 'SELECT count(*) AS n, count(DISTINCT hour) AS hours FROM packets');
    expect(asked).toEqual([[{ n: 21n, hours: 21n }]]);
  });

  it('ends a file that is large enough, and begins another', async () => {
    const place = folder.at('sized');
    const many = Array.from({ length: 8500 }, (_, i) =>
      at(i, ethernet({}, ipv4({ ...ends, id: i & 0xffff }, echo({ seq: i & 0xffff })))),
    );
    // Two points share the memory of one: row groups of 61 440 rows are not full by then, and those of 30 points are.
    const path = folder.capture('many.pcap', many);
    const points = Array.from({ length: 30 }, (_, i) => `p${i}=${i === 0 ? path : folder.capture(`few${i}.pcap`, pings([5]))}`);
    await exported(place, options(...points), 'day', { partition: ['point'], fileBytes: 1 });
    expect(filesIn(place).filter((file) => file.startsWith('packets/point=p0/'))).toEqual([
      'packets/point=p0/day-0001.parquet',
      'packets/point=p0/day-0002.parquet',
      'packets/point=p0/day-0003.parquet',
    ]);
    const [rows] = await ask(
      place,
      "SELECT count(*) AS n, count(DISTINCT frame_number) AS frames FROM packets WHERE point = 'p0'",
    );
    expect(rows).toEqual([{ n: 8500n, frames: 8500n }]);
  });
});

describe('--each', () => {
  it('names runs apart', () => {
    const unique = new Unique('-');
    expect(['a', 'b', 'a', 'a-2'].map((name) => unique.of(name))).toEqual(['a', 'b', 'a-2', 'a-2-2']);
  });

  thoroughly('has the same rows by one thread and by several', async () => {
    const paths = Array.from({ length: 5 }, (_, i) => folder.capture(`each${i}.pcap`, pings([i + 1, HOUR + i])));
    const answers = [];
    for (const jobs of [1, 3]) {
      const place = folder.at(`jobs${jobs}`);
      const out = new ExportFolder(place, false);
      const orders = paths.map((path, i): ExportOrder => {
        return { run: `run${i}`, options: options(path), layout: ALL, root: out.temporary, shown: place };
      });
      const done = await exportEach(orders, jobs, {});
      out.commit(done.map(({ exported: one }) => one!));
      const [rows] = await ask(
        place,
        'SELECT run, hour, count(*) AS n, sum(frame_len) AS bytes FROM packets GROUP BY ALL ORDER BY ALL',
      );
      answers.push({ rows, files: filesIn(place), manifest: readFileSync(join(place, '_manifest.json'), 'utf8') });
    }
    expect(answers[0]!.rows!.length).toBe(10);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('leaves out what cannot be read at all', async () => {
    const place = folder.at('out');
    const out = new ExportFolder(place, false);
    const paths = [folder.capture('there.pcap', pings([1])), folder.at('gone.pcap')];
    const orders = paths.map((path, i): ExportOrder => {
      return { run: `run${i}`, options: options(path), layout: ALL, root: out.temporary, shown: place };
    });
    const done = await exportEach(orders, 1, {});
    expect(done.map(({ exported: one, error }) => [one === null, error?.message])).toEqual([
      [false, undefined],
      [true, expect.stringContaining('gone.pcap')],
    ]);
    out.commit(done.flatMap(({ exported: one }) => one ?? []));
    expect(filesIn(place).filter((file) => file.includes('run1'))).toEqual([]);
  });

  it('exports the others where one is damaged, and sql asks all', { timeout: 60_000 }, async () => {
    const place = folder.at('others');
    const bad = folder.at('bad.pcap');
    writeFileSync(bad, Buffer.alloc(200, 7));
    const good = [folder.capture('good1.pcap', pings([1])), folder.capture('good2.pcap', pings([2]))];
    const done = await hopscope(
      'export',
      '--parquet',
      place,
      '--each',
      '--run',
      'n7',
      '--partition',
      'run',
      good[0]!,
      bad,
      good[1]!,
    );
    expect(done.stdout).toContain('3 runs, 4 packets');
    expect(done.stderr).toMatch(/^hopscope: .*bad\.pcap.*; what could be read was exported\n$/);
    expect(done.code).toBe(4);
    expect(readdirSync(join(place, 'captures')).sort()).toEqual(['run=n7-bad', 'run=n7-good1', 'run=n7-good2']);
    const asked = await hopscope('sql', 'SELECT run, count(*) AS n FROM packets GROUP BY ALL ORDER BY ALL', place, '-f', 'jsonl');
    expect(asked.stdout).toBe('{"run":"n7-good1","n":2}\n{"run":"n7-good2","n":2}\n');
    const twins = await hopscope(
      'export',
      '--parquet',
      `${place}2`,
      '--each',
      '--run',
      'n7',
      '--partition',
      'run',
      '-q',
      good[0]!,
    );
    expect(twins.code).toBe(0);
    const refused = await hopscope('sql', 'SELECT 1 FROM packets', place, `${place}2`);
    expect(refused.stderr).toContain("two exports are of a run called 'n7-good1'");
  });

  it('says what is wrong with the options', async () => {
    const place = folder.at('wrong');
    const path = folder.capture('options.pcap', pings([1]));
    for (const [args, message] of [
      [['--jobs', '2', path], '--jobs is about --each'],
      [['--partition', 'run,pod', path], '--partition run,pod: give one or more of run, point, hour'],
      [['--partition', 'run,run', path], 'each once'],
      [['--file-size', '10', path], '--file-size 10: give a size of 1 MB or more'],
      [['--each', '-'], '--each: a pipe is no capture that can be read beside others'],
    ] as const) {
      const done = await hopscope('export', '--parquet', place, ...args);
      expect(done.stderr).toContain(message);
      expect(done.code).toBe(2);
    }
    expect(existsSync(place)).toBe(false);
  });
});
