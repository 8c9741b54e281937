// The tables of docs/expectations.md say what the keys say of themselves, and every file of a key is in the list.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keys } from '../../src/expect/keys/index.js';
import { BESIDE, KINDS, keyTable, subjectTable } from '../../src/expect/schema.js';

const DOC = resolve('docs/expectations.md');
const TABLES = { subjects: subjectTable, keys: keyTable };

describe('docs/expectations.md', () => {
  // vitest -u writes them anew.
  it('has the tables that the keys make', async () => {
    const now = readFileSync(DOC, 'utf8');
    let made = now;
    for (const [name, table] of Object.entries(TABLES)) {
      const marks = new RegExp(`(<!-- ${name}: [^>]*-->)[\\s\\S]*?(<!-- end -->)`);
      expect(now).toMatch(marks);
      made = made.replace(marks, (_, start: string, end: string) => `${start}\n${table()}\n${end}`);
    }
    await expect(made).toMatchFileSnapshot(DOC);
  });
});

describe('the keys', () => {
  it('are all listed in src/expect/keys/index.ts, each file once', () => {
    const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const files = readdirSync(resolve('src/expect/keys')).filter((name) => name !== 'index.ts');
    expect(keys.map(({ key }) => `${kebab(key)}.ts`).sort(), 'add the file to the list, or name it for its key').toEqual(
      files.sort(),
    );
  });

  it('stand beside subjects that there are', () => {
    const unknown = keys.flatMap(({ key, beside }) =>
      beside === 'all' ? [] : beside.filter((name) => !KINDS.includes(name)).map((name) => `${key} beside ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(BESIDE['where']).toContain('size');
    expect(BESIDE['findings']).not.toContain('size');
  });
});
