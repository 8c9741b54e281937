// Puts the manual page and the completions into dist/ (or the folder given), as the built program prints them.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const outdir = process.argv[2] ?? 'dist';
const files = {
  'hopscope.1': ['man'],
  'completions/hopscope.bash': ['completion', 'bash'],
  'completions/_hopscope': ['completion', 'zsh'],
  'completions/hopscope.fish': ['completion', 'fish'],
};

mkdirSync(join(outdir, 'completions'), { recursive: true });
await Promise.all(
  Object.entries(files).map(async ([name, args]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(outdir, 'cli.js'), ...args]);
    writeFileSync(join(outdir, name), stdout);
  }),
);
