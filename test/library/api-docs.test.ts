// docs/api holds every name and every docstring of the published types, and nothing that is gone. `node scripts/docs-api.mjs --check`, which
// needs the registry, compares the whole of it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const TYPES = join('dist', 'types', 'src');
/** Entry -> page. */
const PAGES: Readonly<Record<string, string>> = {
  index: 'hopscope',
  browser: 'browsers',
  ...Object.fromEntries(['matchers', 'plugin', 'reporter', 'vitest'].map((name) => [name, name])),
};

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const unescaped = (text: string) => text.replaceAll(/\\(?=[^a-zA-Z\d\s])/g, '');
const plain = (text: string) =>
  unescaped(text)
    .replaceAll(/[\s`]+/g, ' ')
    .trim();
const page = (name: string) => read('docs', 'api', `${name}.md`);

/** A statement of a file of types, with its docstring. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

const KIND = '(?:interface|type|const|function|(?:abstract )?class)';
const statementsOf = (text: string): Statement[] =>
  text.split(/(?=^\/\*\*|(?<!\*\/\n)^export )/m).flatMap((piece) => {
    const name = new RegExp(`^export (?:default )?(?:declare )?${KIND} (\\w+)`, 'm').exec(piece)?.[1];
    return name === undefined ? [] : [{ name: /^export default/m.test(piece) ? 'default' : name, text: piece }];
  });

/** What a file of types exports, by name, and where it is declared: there, in other files by name, or by `export type *`. */
function exportsOf(file: string): Map<string, Statement> {
  const text = read(TYPES, file);
  const from = (path: string) => join(dirname(file), path.replace(/\.js$/, '.d.ts'));
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '(.*)'/gm)].flatMap(([, list, path]) => {
    const some = exportsOf(from(path!));
    return list!.split(',').flatMap((one) => {
      const name = /^\s*(?:type )?(\w+)/.exec(one)?.[1];
      return name === undefined ? [] : [[name, some.get(name)!] as const];
    });
  });
  const all = [...text.matchAll(/^export type \* from '(.*)'/gm)].flatMap(([, path]) => [...exportsOf(from(path!))]);
  return new Map([...statementsOf(text).map((one) => [one.name, one] as const), ...listed, ...all]);
}

const exported = new Map(Object.keys(PAGES).map((file) => [file, exportsOf(join('library', `${file}.d.ts`))]));
const statements = [...new Set([...exported.values()].flatMap((some) => [...some.values()]))];

describe('the reference of the library', () => {
  it.each(Object.entries(PAGES))('has what %s exports', (file, name) => {
    const headings = [...unescaped(page(name)).matchAll(/^### (?:`abstract` )?(\w+)/gm)].map(([, heading]) => heading!);
    expect([...new Set(headings)].sort()).toEqual([...exported.get(file)!.keys()].sort());
  });

  it('has a docstring of every export', () => {
    expect(statements.length).toBeGreaterThan(90);
    expect(statements.filter(({ text }) => !text.startsWith('/**')).map(({ name }) => name)).toEqual([]);
  });

  it('says what the docstrings say; npm run docs:api makes it', () => {
    const told = plain(Object.values(PAGES).map(page).join('\n'));
    const docstrings = statements.flatMap(({ name, text }) =>
      [...text.matchAll(/\/\*\*(.*?)\*\//gs)].map(([, inner]) => `${name}: ${plain(inner!.replaceAll(/^\s*\* ?/gm, ''))}`),
    );
    expect(docstrings.length).toBeGreaterThan(400);
    expect(docstrings.filter((text) => !told.includes(text.slice(text.indexOf(': ') + 2)))).toEqual([]);
  });
});
