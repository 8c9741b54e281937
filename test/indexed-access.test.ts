// Rooms in which whatever comes out of an array or a record is checked, or marked with `!` where an index cannot be out of range. In the
// others columns and records of typed arrays are read on every line, and the marks would say nothing: there `]!` is left out.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const CHECKED = [
  'src/bytes/',
  'src/capture/',
  'src/cli/',
  'src/dissect/',
  'src/errors.ts',
  'src/filter/',
  'src/host/',
  'src/library/',
  'src/page/',
  'src/plugin/',
  'src/points/',
  'src/report/',
];
const isChecked = (file: string): boolean => CHECKED.some((room) => file.startsWith(room));

it('an index may be out of range in these rooms', { timeout: 300_000 }, () => {
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.indexed.json'], {
    encoding: 'utf8',
  });
  const lines = tsc.stdout.split('\n').filter((line) => line.includes(': error '));
  expect(lines.length, tsc.stderr).toBeGreaterThan(0);
  expect(lines.filter(isChecked)).toEqual([]);
});

it('elsewhere there is no mark that means nothing', () => {
  const files = ['src', 'dissectors'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const marked = files
    .filter((file) => /\.tsx?$/.test(file) && !isChecked(file))
    .filter((file) => /\]!(?!=)/.test(readFileSync(file, 'utf8')));
  expect(marked, 'take the ! after ] away').toEqual([]);
});
