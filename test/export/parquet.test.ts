// Any values, written in small row groups, are what DuckDB reads.
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableFile } from '../../src/export/parquet.js';
import type { TableSpec } from '../../src/export/schema.js';
import { times } from '../thorough.js';
import { type Row, rowsOf, scratch } from './help.js';

const folder = scratch();
beforeAll(folder.open);
afterAll(folder.close);

const spec = {
  n: { type: 'INT32', nullable: false, about: '', field: '' },
  text: { type: 'STRING', nullable: true, about: '', field: '' },
  shown: { type: 'STRING', nullable: true, about: '', field: '' },
  int: { type: 'INT32', nullable: true, about: '', field: '' },
  long: { type: 'INT64', nullable: true, about: '', field: '' },
  flag: { type: 'BOOLEAN', nullable: true, about: '', field: '' },
  time: { type: 'TIMESTAMP', nullable: true, about: '', field: '' },
  time_epoch_ns: { type: 'EPOCH', nullable: true, about: '', field: '' },
} as const satisfies TableSpec;

interface Values {
  readonly text: string | null;
  readonly shown: number | null;
  readonly int: number | null;
  readonly long: number | null;
  readonly flag: boolean | null;
  readonly time: readonly [seconds: number, nanoseconds: number] | null;
}

const show = (n: number): string => `number ${n}`;

async function through(rows: readonly Values[], group: number): Promise<Row[]> {
  const parts: Uint8Array[] = [];
  const table = new TableFile(spec, {
    metadata: { some: 'thing' },
    createdBy: 'a test',
    rows: group,
  });
  // A file that was written before leaves nothing behind.
  table.begin(() => {});
  table.finish();
  table.begin((bytes) => parts.push(bytes.slice()));
  rows.forEach((one, i) => {
    const { columns: c, row } = table;
    c.n.set(row, i);
    c.text.set(row, one.text);
    if (one.shown !== null) c.shown.setShown(row, one.shown, show);
    if (one.int !== null) c.int.set(row, one.int);
    if (one.long !== null) c.long.set(row, one.long);
    if (one.flag !== null) c.flag.set(row, one.flag);
    if (one.time !== null) c.time.set(row, ...one.time);
    table.next();
  });
  table.finish();
  expect(table.rows).toBe(rows.length);
  const path = folder.at('values.parquet');
  writeFileSync(path, Buffer.concat(parts));
  const [found] = await rowsOf(`SELECT * FROM '${path}' ORDER BY n`);
  return found!;
}

const expected = (one: Values, i: number) => ({
  n: i,
  // A half of a surrogate pair is no text: it becomes U+FFFD.
  text: one.text === null ? null : Buffer.from(one.text).toString(),
  shown: one.shown === null ? null : show(one.shown),
  int: one.int,
  long: one.long === null ? null : BigInt(one.long),
  flag: one.flag,
  time_epoch_ns: one.time === null ? null : BigInt(one.time[0]) * 1_000_000_000n + BigInt(one.time[1]),
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const values: fc.Arbitrary<Values> = fc.record({
  text: maybe(fc.oneof(fc.constantFrom('', 'eth0', 'a\'b"c\0\u001b[2J'), fc.string({ unit: 'binary' }))),
  shown: maybe(fc.integer({ min: 0, max: 5 })),
  int: maybe(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: -0x7fff_ffff, max: 0x7fff_ffff }))),
  long: maybe(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.maxSafeInteger())),
  flag: maybe(fc.boolean()),
  time: maybe(fc.tuple(fc.integer({ min: -9_223_372_032, max: 9_223_372_032 }), fc.integer({ min: 0, max: 999_999_999 }))),
});

describe('a table', () => {
  it('is read as it was written, in row groups of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), async (rows, group) => {
        const found = await through(rows, group);
        expect(found.map(({ time: _, ...rest }) => rest)).toEqual(rows.map(expected));
      }),
      { numRuns: times(15, 60) },
    );
  });

  it('holds thousands of values with and without a dictionary', async () => {
    const rows = Array.from(
      { length: 5000 },
      (_, i): Values => ({
        text: i % 3 === 0 ? null : `t${i % 300}`,
        shown: i % 1000,
        int: i % 70_000,
        long: i % 2 === 0 ? 2 ** 40 + (i % 7) : (i * 7_919) % 2 ** 31,
        flag: i % 5 === 0 ? null : i % 2 === 0,
        time: [1_700_000_000 + i, i],
      }),
    );
    const found = await through(rows, 3000);
    expect(found.map(({ time: _, ...rest }) => rest)).toEqual(rows.map(expected));
  });

  it('holds numbers and times that grow, by steps of any size', async () => {
    const step = fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 300 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 }));
    const steps = fc.array(fc.oneof({ weight: 60, arbitrary: step }, { weight: 1, arbitrary: fc.constant(2 ** 40) }), {
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: -9e9, max: 9e9 }),
        async (list, group, seconds) => {
          let sum = 0;
          const rows = list.map((one, i): Values => {
            sum += one;
            const ns = Math.abs(sum) % 1e9;
            const time = [seconds + Math.floor(sum / 1e9), ns] as const;
            return { text: null, shown: null, int: null, long: sum, flag: null, time: i % 50 === 7 ? null : time };
          });
          const found = await through(rows, group);
          expect(found.map(({ time: _, ...rest }) => rest)).toEqual(rows.map(expected));
        },
      ),
      { numRuns: times(15, 60) },
    );
  });

  it('leaves out a time that 64 bits do not hold, and needs what must be there', async () => {
    const none = { text: null, shown: null, int: null, long: null, flag: null, time: null };
    const [first] = await through([{ ...none, time: [2 ** 40, 0] }], 4);
    expect(first).toMatchObject({ time: null, time_epoch_ns: null });
    const table = new TableFile(spec, { metadata: {}, createdBy: 'a test', rows: 4 });
    table.begin(() => {});
    table.next();
    expect(() => table.finish()).toThrow('the column n has a row without a value');
  });

  it('may be empty', async () => {
    expect(await through([], 4)).toEqual([]);
  });
});
