// Types once more, with `noUncheckedIndexedAccess`, for the rooms in which whatever comes out of an array or a record is checked, or marked
// with `!` where an index cannot be out of range. Part of `npm run types`.
import { spawnSync } from 'node:child_process';

/** In the others columns and records of typed arrays are read on every line, and the marks would say nothing. */
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
export const isChecked = (file) => CHECKED.some((room) => file.startsWith(room));

if (process.argv[1] === import.meta.filename) {
  const args = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.indexed.json', '--pretty', 'false'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const errors = stdout.split('\n').filter((line) => line.includes(': error '));
  // Without any in the rooms that are not checked it was not run as it should be.
  if (errors.length === 0) throw new Error(`tsc says nothing of tsconfig.indexed.json: ${stderr}`);
  const here = errors.filter(isChecked);
  if (here.length > 0) console.error(`${here.join('\n')}\nan index may be out of range here: check it, or mark it with !`);
  process.exitCode = here.length > 0 ? 1 : 0;
}
