// The command lines of lines.txt, and what the tools that they name answer.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Programs print the zone and the language of the reader. */
const ENVIRONMENT = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' };

/** Each line, and why hopscope differs (null: it does not). */
export function readLines() {
  const lines = [];
  for (const text of readFileSync(join(import.meta.dirname, 'lines.txt'), 'utf8').split('\n')) {
    if (text === '' || text.startsWith('#')) continue;
    if (text.startsWith('  differs: ')) lines.at(-1).differs = text.slice(11);
    else lines.push({ line: text, differs: null });
  }
  return lines;
}

/** The words of a line as a shell has them: quotes keep what stands between them together. */
export function words(line) {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}

/** tcpdump prints the names that interfaces have on the machine that reads; every machine has others. */
export const unnamed = (text) => text.replace(/^((?: *\d+ {2})?[-\d: ]*\d\.\d+ )\S+ +(?=(?:In|Out|B|M|P) )/gm, '$1');

/** What the tool of a line prints, and how it ends. */
export function answerOf(line) {
  const [program, ...args] = words(line);
  const { stdout, status } = spawnSync(program, args, {
    cwd: resolve(import.meta.dirname, '../../captures'),
    env: ENVIRONMENT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { code: status, stdout: program === 'tcpdump' ? unnamed(stdout) : stdout };
}

/** The same for hopscope: `tshark` becomes `dump`, `tcpdump` its style. */
export function asked(line) {
  const [program, ...args] = words(line);
  return ['dump', ...(program === 'tcpdump' ? ['--style', 'tcpdump'] : []), ...args];
}
