// Nothing is forgotten: each sentence says what to add.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/rules/index.js';

const sources = readdirSync('src/rules').filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
/** A file that declares a rule. */
const ids = sources
  .filter((file) => /^export default rule\(/m.test(readFileSync(`src/rules/${file}`, 'utf8')))
  .map((f) => f.slice(0, -3));

const tests = readdirSync('test/rules')
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(`test/rules/${file}`, 'utf8'));

describe('the catalogue of rules', () => {
  it('has every rule of the folder', () => {
    const listed = new Set(catalogue.map((rule) => rule.id));
    const missing = ids.filter((id) => !listed.has(id));
    expect(missing, 'import these in src/rules/index.ts and add them to the catalogue, causes before symptoms').toEqual([]);
  });
  it('has no id twice, and each is called like its file', () => {
    expect(catalogue.map((rule) => rule.id).sort(), 'an id and its file must have the same name, once').toEqual([...ids].sort());
  });
  it.each(ids)('%s has its page', (id) => {
    expect(existsSync(`src/rules/${id}.md`), `write src/rules/${id}.md; npm run new:rule shows its headings`).toBe(true);
  });
  it.each(ids)('%s has its tests', (id) => {
    const own = `test/rules/${id}.test.ts`;
    // Rules of one kind may share a file, each with a block of its own.
    const shared = tests.find((text) => text.includes(`describe('${id}'`));
    const text = existsSync(own)
      ? readFileSync(own, 'utf8')
      : (shared?.split(`describe('${id}'`)[1].split(/^describe\(/m)[0] ?? '');
    const count = (text.match(/^\s*it(\.each\(.*\))?\(/gm) ?? []).length;
    expect(count, `write ${own}: a test for each verdict, and one for what the rule must leave alone`).toBeGreaterThan(1);
  });
  it.each(ids)('%s has a page without blanks', (id) => {
    const page = readFileSync(`src/rules/${id}.md`, 'utf8');
    const empty = [...page.matchAll(/^## (.*)\n+(?=## |$(?![\s\S]))/gm)].map((m) => m[1]);
    expect(empty, `src/rules/${id}.md: these sections are empty`).toEqual([]);
  });
  it.each(catalogue.map((rule) => [rule.id, rule] as const))('%s has a title, a hint and a group', (id, rule) => {
    expect(rule.title, `${id}: the title says what is wrong, in one line`).toMatch(/^[A-Z].{5,99}$/);
    expect(rule.hint, `${id}: the hint says what to do, as a sentence`).toMatch(/[.?]$/);
  });
});

describe('npm run new:rule', () => {
  it('starts a rule with its page, its test and its line', () => {
    const root = mkdtempSync(join(tmpdir(), 'new-rule-'));
    try {
      mkdirSync(join(root, 'test/rules'), { recursive: true });
      cpSync('src/rules', join(root, 'src/rules'), { recursive: true });
      const run = (...args: string[]) =>
        execFileSync(process.execPath, ['scripts/new-rule.mjs', ...args], {
          env: { ...process.env, HOPSCOPE_ROOT: root },
          encoding: 'utf8',
          stdio: 'pipe',
        });
      expect(run('tcp-window-full')).toContain('src/rules/index.ts');
      const index = readFileSync(join(root, 'src/rules/index.ts'), 'utf8');
      expect(index).toContain("import tcpWindowFull from './tcp-window-full.js';");
      expect(index).toMatch(/\n {2}tcpWindowFull,\n\];\n$/);
      expect(readFileSync(join(root, 'src/rules/tcp-window-full.ts'), 'utf8')).toContain("group: 'transport'");
      for (const file of ['src/rules/tcp-window-full.md', 'test/rules/tcp-window-full.test.ts'])
        expect(existsSync(join(root, file))).toBe(true);
      expect(() => run('tcp-window-full')).toThrow(/already there/);
      expect(() => run('Bad Name')).toThrow(/no id/);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
