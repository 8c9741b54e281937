// The page that analyses captures in a browser: it is part of the program, and is written out.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { writeWhole } from './output.js';
import { print } from './streams.js';

const EXAMPLES = `
The file is all there is: it works offline, opens from a disk, and lets nothing out. Drop captures into it, with topology and expectation
files, with what other tools printed of the same run; or paste what tcpdump printed. The report is the one of --format html.

Examples:
  hopscope page -o hopscope.html
  hopscope page > hopscope.html`;

export function register(program: Command): void {
  program
    .command('page')
    .description('Writes a page that analyses captures in a browser, offline.')
    .option('-o, --output <file>', 'write there instead of standard output')
    .addHelpText('after', EXAMPLES)
    .action(async ({ output }: { output?: string }) => {
      if (output === undefined && process.stdout.isTTY)
        throw new UsageError('the page is for a browser, not for a terminal; name a file: hopscope page -o hopscope.html');
      const page = readPage();
      if (output === undefined) await print(page);
      else await writeWhole(output, page);
    });
}

/** It lies beside the program, where `npm run build` puts it. */
function readPage(): string {
  try {
    return readFileSync(new URL('hopscope.html', import.meta.url), 'utf8');
  } catch (error) {
    throw new UsageError(`the page is not beside the program (${(error as NodeJS.ErrnoException).code}); npm run build makes it`);
  }
}
