// Nothing is forgotten: each sentence says what to add.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Registry } from '../../src/dissect/registry.js';

const files = readdirSync('dissectors').filter((file) => file.endsWith('.ts') && file !== 'index.ts');

describe('the list of dissectors', () => {
  it('has every file of the folder', () => {
    // The page and the library for browsers leave out those of the second list.
    const index = readFileSync('dissectors/index.ts', 'utf8') + readFileSync('dissectors/more.ts', 'utf8');
    const missing = files.filter((file) => !index.includes(`'./${file.replace(/\.ts$/, '.js')}'`));
    expect(
      missing,
      'import these files in dissectors/index.ts and add what they export to the list, or do so in dissectors/more.ts',
    ).toEqual([]);
  });
  it('is in the documentation', () => {
    const docs = readFileSync('docs/protocols.md', 'utf8');
    const missing = dissectors.filter((d) => !docs.includes(`| \`${d.name}\` | ${d.title} | ${d.spec} |`)).map((d) => d.name);
    expect(missing, 'docs/protocols.md needs a line for these: | `name` | title | specification |').toEqual([]);
  });
  it('says where each format is defined', () => {
    expect(dissectors.filter((d) => d.spec === '').map((d) => d.name)).toEqual([]);
  });
  it('has no key that two protocols claim', () => {
    const owner = new Map<string, string>();
    const twice: string[] = [];
    for (const d of dissectors)
      for (const [table, keys] of Object.entries(d.claims ?? {}))
        for (const key of keys) {
          const claim = `${table} ${key}`;
          if (owner.has(claim)) twice.push(`${claim}: ${owner.get(claim)} and ${d.name}`);
          owner.set(claim, d.name);
        }
    expect(twice, 'the later dissector would win in silence').toEqual([]);
  });
  it('makes a registry', () => {
    expect(new Registry(dissectors).fields.size).toBeGreaterThan(500);
  });
});
