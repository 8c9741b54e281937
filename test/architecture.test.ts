// The rooms of the house and who may import whom: an arrow never points down this list.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** From the ground up. A room may import itself and every room above it in this list, with the exceptions below. */
const ROOMS = [
  { room: 'src/errors.ts', why: 'errors are known to all and know nothing' },
  { room: 'src/bytes', why: 'numbers, addresses and texts know no file and no protocol' },
  { room: 'src/capture', why: 'readers turn bytes into frames and know no protocol' },
  { room: 'src/dissect', why: 'the walk names no protocol: dissectors are handed to it' },
  { room: 'dissectors', why: 'a protocol knows its header, not who looks at it' },
  { room: 'src/filter', why: 'a filter reads layers; it knows no conversation' },
  { room: 'src/topology', why: 'what is known of the lab does not depend on what was captured' },
  { room: 'src/flows', why: 'conversations and journeys are facts; what they mean is for the rules' },
  { room: 'src/facts', why: 'facts are what a run has taught; a rule judges them' },
  { room: 'src/rules', why: 'a rule knows no report format and no command line' },
  { room: 'src/expect', why: 'expectations use the same engine as rules' },
  { room: 'src/dump', why: 'printing packets needs layers and journeys, not findings' },
  { room: 'src/report', why: 'a report is made from a run and nothing else' },
  { room: 'src/export', why: 'tables are filled from packets, conversations and findings; it opens no file' },
  { room: 'src/main', why: 'the rooms are joined here' },
  { room: 'src/tui', why: 'the screen asks the engine; the engine does not know the screen' },
  { room: 'src/cli', why: 'the command line is the outermost room' },
] as const;

const files = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

const roomOf = (file: string): number => ROOMS.findIndex(({ room }) => file === room || file.startsWith(`${room}/`));

const sources = [...files('src'), ...files('dissectors')];
const arrows = sources.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|import\s+)'(\.[^']+)'/g)].map(([, target]) => ({
    file,
    target: relative(ROOT, resolve(ROOT, dirname(file), target)).replace(/\.jsx?$/, '.ts'),
  }));
});

describe('the rooms', () => {
  it('hold every source file', () => {
    expect(sources.filter((file) => roomOf(file) < 0)).toEqual([]);
    expect(arrows.length).toBeGreaterThan(sources.length);
  });

  it('import only what lies above them', () => {
    const wrong = arrows
      .filter(({ file, target }) => roomOf(target) > roomOf(file))
      .map(({ file, target }) => `${file} imports ${target}: ${ROOMS[roomOf(file)].why}`);
    expect(wrong).toEqual([]);
  });

  it('report/ takes the run and the type of a finding, and only those', () => {
    const wrong = arrows.filter(({ file, target }) => {
      if (!file.startsWith('src/report/')) return false;
      const room = roomOf(target);
      const allowed = target.startsWith('src/report/') || target.startsWith('src/bytes/') || target === 'src/errors.ts';
      return room >= 0 && !allowed && target !== 'src/rules/finding.ts';
    });
    expect(wrong).toEqual([]);
  });

  it('only src/cli and src/tui touch the process', () => {
    const wrong = sources.filter(
      (file) =>
        !file.startsWith('src/cli/') &&
        !file.startsWith('src/tui/') &&
        /\bprocess\.(exit|argv|stdout|stderr|stdin|env|on)\b/.test(
          readFileSync(join(ROOT, file), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
        ),
    );
    expect(wrong, 'arguments, streams and the exit code belong to src/cli').toEqual([]);
  });

  it('nobody calls process.exit: piped output must drain', () => {
    const wrong = sources.filter((file) => /process\.exit\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });

  it('nothing is evaluated: no eval, no code from strings', () => {
    const wrong = sources.filter((file) => /\beval\(|new Function\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });
});
