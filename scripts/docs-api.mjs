// The reference of the library, docs/api, from the docstrings of its published types (dist/types). With --check it writes nothing, and says
// whether docs/api is up to date. typedoc reads types with a TypeScript of its own, since it cannot use that of the project; npm puts
// both into a folder of this run.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOOLS = ['typedoc@0.28.20', 'typedoc-plugin-markdown@4.14.1', 'typescript@5.9.3', '@types/node@20.19.43'];
/** File of types -> how it is imported, and what it is for. */
const ENTRIES = {
  index: ['hopscope', 'The engine as functions. ([guide](../library.md))'],
  browser: ['browsers', '`hopscope` as bundlers for browsers take it: captures are bytes. ([guide](../library.md#in-a-browser))'],
  matchers: [
    'matchers',
    '`hopscope/matchers`: what `expect.extend` takes, for jest and others. ([guide](../library.md#tests-of-a-lab))',
  ],
  plugin: ['plugin', '`hopscope/plugin`: what plug-ins are made with. ([guide](../plugins.md))'],
  reporter: ['reporter', '`hopscope/reporter`: a reporter for vitest. ([guide](../library.md#tests-of-a-lab))'],
  vitest: ['vitest', '`hopscope/vitest`: the matchers, put into the `expect` of vitest. ([guide](../library.md#tests-of-a-lab))'],
};
const TARGET = join('docs', 'api');

const run = (command, args, cwd) => {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', process.stderr, process.stderr] });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed${error === undefined ? '' : `: ${error.message}`}`);
};

const folder = mkdtempSync(join(tmpdir(), 'hopscope-docs-'));
try {
  const library = join(folder, 'types', 'src', 'library');
  cpSync(join('dist', 'types'), join(folder, 'types'), { recursive: true });
  for (const [name, [title, text]] of Object.entries(ENTRIES)) {
    const file = join(library, `${name}.d.ts`);
    writeFileSync(file, `/**\n * ${text}\n * @module ${title}\n */\n${readFileSync(file, 'utf8')}`);
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, types: ['node'], skipLibCheck: true },
      include: ['types'],
    }),
  );
  writeFileSync(
    join(folder, 'typedoc.json'),
    JSON.stringify({
      name: 'API reference',
      plugin: ['typedoc-plugin-markdown'],
      entryPoints: Object.keys(ENTRIES).map((name) => join('types', 'src', 'library', `${name}.d.ts`)),
      out: 'made',
      readme: 'none',
      // Not those of Error, of which all error classes are.
      excludeExternals: true,
      disableSources: true,
      // A type that an export needs and that is not exported, and an export without a docstring, end this with an error.
      treatValidationWarningsAsErrors: true,
      validation: { notExported: true, invalidLink: true, notDocumented: true },
      requiredToBeDocumented: ['Class', 'Interface', 'Function', 'TypeAlias', 'Variable', 'Method', 'Accessor'],
      outputFileStrategy: 'modules',
      hidePageHeader: true,
      hideBreadcrumbs: true,
      parametersFormat: 'table',
      interfacePropertiesFormat: 'table',
      useCodeBlocks: true,
    }),
  );
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...TOOLS], folder);
  run(process.execPath, [join('node_modules', 'typedoc', 'bin', 'typedoc')], folder);
  const made = new Map(readdirSync(join(folder, 'made')).map((name) => [name, readFileSync(join(folder, 'made', name), 'utf8')]));
  if (process.argv.includes('--check')) {
    const kept = new Map(readdirSync(TARGET).map((name) => [name, readFileSync(join(TARGET, name), 'utf8')]));
    const stale = [...new Set([...made.keys(), ...kept.keys()])].filter((name) => made.get(name) !== kept.get(name));
    if (stale.length > 0) throw new Error(`${stale.join(', ')} of ${TARGET} is not up to date: npm run docs:api`);
    console.log(`${TARGET} is up to date (${made.size} files)`);
  } else {
    rmSync(TARGET, { recursive: true, force: true });
    mkdirSync(TARGET, { recursive: true });
    for (const [name, text] of made) writeFileSync(join(TARGET, name), text);
    console.log(`${made.size} files in ${TARGET}`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
