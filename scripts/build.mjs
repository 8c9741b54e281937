// Bundles the program and what starts it into dist/ (or the folder given). The program is one file, main.js: many small ones took
// longer to load, and V8 keeps what it compiled of a script only, not of modules (src/cli/compiled.ts).
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { licensesOf } from './licenses.mjs';
import { browser, buildPage } from './page.mjs';
import { WORKERS } from './workers.mjs';

const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });

/**
 * What is not in the program and is imported when it is needed. A script that was compiled from its text has no `import` of its own: it
 * gets one from cli.js, and what it imports is a module with a `then`. The views that draw with ink are such modules, since ink cannot
 * be required: it waits while it is loaded.
 */
const importedLater = {
  name: 'imported-later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /-view\.js$|^@duckdb\// }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: path.replace(/-view\.js$/, '-view.mjs'), namespace: 'later' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
      contents: `export const then = (...settle) => importModule(${JSON.stringify(path)}).then(...settle);`,
    }));
  },
};

/** Parts of Node.js that few runs use, loaded when something of them is used: commander's start of programs alone would take 5 ms of each run. */
const loadedLater = {
  name: 'loaded-later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|net|tty|zlib)$/ }, ({ path, namespace }) =>
      namespace === 'loaded-later' ? { path, external: true } : { path, namespace: 'loaded-later' },
    );
    // The names of a module are looked up in what it was made from, where it has none of its own.
    onLoad({ filter: /./, namespace: 'loaded-later' }, ({ path }) => ({
      contents: `let it;
        const get = (_, name) => (name === '__esModule' ? undefined : (it ??= require(${JSON.stringify(path)}))[name]);
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
  },
};

/** The pages of all rules, once for the program and the library: each would hold 130 kB of them. `from`: the folder of `dist` below the one that asks. */
const PAGES = 'rule-pages.js';
const rulePages = (from) => ({
  name: 'rule-pages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^rule-pages$/ }, () => ({ path: `${from}/${PAGES}`, external: true }));
    onLoad({ filter: /[\\/]src[\\/]rules[\\/][^\\/]+\.md$/ }, ({ path }) => ({
      contents: `import pages from 'rule-pages'; export default pages[${JSON.stringify(basename(path))}];`,
      resolveDir: '.',
    }));
  },
});

const common = {
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['@duckdb/node-api', 'blessed', 'cap', 'ink', 'react', 'react/jsx-runtime'],
  // Constants stand where they are used, also across files: a fifth of the time of the walk.
  minifySyntax: true,
  // Less to fetch, to read at each start, and to keep in memory. scripts/where.mjs tells where the places in a stack trace are.
  minifyWhitespace: true,
  minifyIdentifiers: true,
  sourcemap: 'linked',
  loader: { '.md': 'text' },
  logLevel: 'warning',
  metafile: true,
};
const strict = '"use strict";const thisUrl=require("node:url").pathToFileURL(__filename).href;';
const scripts = {
  ...common,
  format: 'cjs',
  define: { 'import.meta.url': 'thisUrl' },
  banner: { js: strict },
  plugins: [importedLater, loadedLater, rulePages('.')],
};
const folder = join('src', 'rules');
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const texts = Object.fromEntries(pages.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
writeFileSync(join(outdir, PAGES), `module.exports=${JSON.stringify(texts)};\n`);
const parts = [];
const made = async (options) => parts.push(await build(options));
await made({
  ...scripts,
  entryPoints: { main: 'src/cli/main.ts' },
  banner: { js: `(function(exports,require,module,__filename,__dirname,importModule){${strict}` },
  footer: { js: '})' },
});
const program = readFileSync(join(outdir, 'main.js'));
if (program.some((byte) => byte > 0x7f))
  throw new Error(
    'main.js is not ASCII and would take twice the memory: write \\u in regular expressions, which esbuild leaves as they are',
  );
await made({
  ...scripts,
  entryPoints: { cli: 'src/cli/cli.ts', ...WORKERS },
  define: { ...scripts.define, BUILD: JSON.stringify(createHash('sha256').update(program).digest('hex').slice(0, 16)) },
});
await made({
  ...common,
  entryPoints: ['src/cli/progress-view.tsx', 'src/cli/live-view.tsx', 'src/cli/capture-view.tsx'],
  format: 'esm',
  outExtension: { '.js': '.mjs' },
});
await made({
  ...common,
  outdir: join(outdir, 'library'),
  entryPoints: ['index', 'matchers', 'plugin', 'reporter', 'vitest'].map((name) => `src/library/${name}.ts`),
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  external: [...common.external, 'vitest'],
  // Libraries that are no modules ask for those of Node.js.
  plugins: [rulePages('..')],
  banner: { js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);" },
});
await made({
  ...browser,
  entryPoints: { index: 'src/library/browser.ts' },
  outdir: join(outdir, 'library', 'browser'),
  format: 'esm',
  splitting: true,
  write: true,
  outExtension: { '.js': '.mjs' },
});
parts.push(...(await buildPage(join(outdir, 'hopscope.html'))));
writeFileSync(join(outdir, 'licenses.txt'), licensesOf(parts.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
chmodSync(join(outdir, 'cli.js'), 0o755);
