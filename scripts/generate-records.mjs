// Writes src/flows/generated/ anew from what src/flows/declared.ts and the layouts of headers declare.
//   node scripts/generate-records.mjs [--check]
// --check: writes nothing, and fails where a file is not what would be written.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const FOLDER = 'src/flows/generated';
const check = process.argv.includes('--check');
const bundle = resolve(`.bench/records-${process.pid}.mjs`);
await build({
  entryPoints: ['scripts/records.ts'],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const { generated } = await import(bundle);
rmSync(bundle);
mkdirSync(FOLDER, { recursive: true });
for (const [name, text] of Object.entries(generated)) {
  const path = `${FOLDER}/${name}`;
  const formatted = spawnSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${path}`], {
    input: text(),
    encoding: 'utf8',
  });
  if (formatted.status !== 0) throw new Error(`${name} could not be formatted: ${formatted.stderr}`);
  if (!check) writeFileSync(path, formatted.stdout);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== formatted.stdout) {
    console.error(`${path} is not what is declared: run node scripts/generate-records.mjs`);
    process.exitCode = 1;
  }
}
