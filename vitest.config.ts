import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ALL = ['test/**/*.test.ts', 'test/**/*.test.tsx'];
/**
 * Files that put another function in the place of one, add to the tables of the program or set variables of it: each has a worker of its own.
 * The workers of all others load the program once for all of their files.
 */
const OWN = [
  ...'cli/output|equivalence/health|library/library|library/matchers|library/run|main/workers'
    .split('|')
    .map((file) => `test/${file}.test.ts`),
];
/** Files that take minutes, most of them waiting for answers that do not come: they begin first, so that others run beside them. */
const FIRST = ['test/e2e/', 'test/collect/', 'test/live/', 'test/tui/', 'test/attack/', 'test/page/', 'test/scripts/'];

/**
 * Where all that a run makes lies, and what goes with it: a worker that is ended removes nothing itself. Others may enter it as they may
 * enter /tmp, since some tests run programs as another user.
 */
const temporary = mkdtempSync(join(tmpdir(), 'hopscope-'));
chmodSync(temporary, 0o1777);
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));

/**
 * Programs that the tests start keep there what V8 compiled of them (src/cli/compiled.ts), which is half of the work of most of them, and leave
 * nothing in the user's cache folder. Helpers that several files share keep their files there, too: a worker loads them once for all of its files.
 */
const cache = join(temporary, 'cache');
mkdirSync(cache);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // Those with a worker of their own before all: where one stands next in the queue, vitest ends the worker that has loaded the program for others.
    const rank = ({ moduleId, project }: TestSpecification) =>
      project.name === 'own' ? 0 : FIRST.findIndex((folder) => moduleId.includes(folder)) + 1 || 99;
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

/** What both kinds of files run under. The number of workers is no part of it: a project that names one keeps it, whatever the command line says. */
const SHARED = {
  // Pages are bundled as text (scripts/build.mjs); the tests see them in the same way.
  plugins: [
    {
      name: 'markdown-as-text',
      transform: (code: string, id: string) =>
        id.endsWith('.md') ? { code: `export default ${JSON.stringify(code)};`, map: null } : null,
    },
  ],
  test: {
    // Bounds against hanging, not of speed: a machine with ten times the work to do keeps them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { TMPDIR: temporary, XDG_CACHE_HOME: cache },
    // Tests that run side by side are labs (test/e2e), which wait for answers that do not come.
    maxConcurrency: 8,
  },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...SHARED,
        test: { ...SHARED.test, name: 'shared', include: ALL, exclude: [...configDefaults.exclude, ...OWN], isolate: false },
      },
      { ...SHARED, test: { ...SHARED.test, name: 'own', include: OWN } },
    ],
    // Two more than can work at once: there is always one that waits, and most often another one. More get into each other's way.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/slowest.ts'],
  },
});
