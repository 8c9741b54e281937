// Says which lines of the sources a stack trace means: names and lines are not in dist/, but in the maps that the build leaves beside it.
//   HOPSCOPE_DEBUG=1 npx hopscope ... 2>&1 | node scripts/where.mjs [DIST]
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, normalize } from 'node:path';

const dist = process.argv[2] ?? 'dist';
const maps = new Map();
function mapOf(name) {
  const path = join(dist, `${name}.map`);
  if (!maps.has(name)) maps.set(name, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : null);
  return maps.get(name);
}

const text = readFileSync(0, 'utf8');
process.stdout.write(
  text.replace(/[^\s()]*?([\w-]+\.m?js):(\d+):(\d+)/g, (place, name, line, column) => {
    const { originalSource, originalLine, originalColumn } = mapOf(name)?.findEntry(line - 1, column - 1) ?? {};
    return originalSource === undefined
      ? place
      : `${normalize(join(dist, originalSource))}:${originalLine + 1}:${originalColumn + 1}`;
  }),
);
