// The pages of the rules: their headings, and their examples, which are run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { catalogue } from '../../src/rules/index.js';
import { examples } from './examples.js';

const HEADINGS = ['What it says', 'Why it matters', 'Example', 'What to do', 'Options', 'When it stays silent'];

/** The command line of a page's example, and the headline that it must give. */
function exampleOf(page: string): { readonly args: readonly string[]; readonly headline: string } | null {
  const match = /^```\w*\n\$ hopscope diagnose (.+)\n(.+)$/m.exec(page);
  return match === null ? null : { args: match[1].split(/\s+/), headline: match[2] };
}

function options(args: readonly string[]): { files: string[]; topology: string[]; ifmap: string | null } {
  const files: string[] = [];
  const topology: string[] = [];
  let ifmap: string | null = null;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-t') topology.push(args[++i]);
    else if (args[i] === '--ifmap') ifmap = args[++i];
    else files.push(args[i]);
  }
  return { files, topology, ifmap };
}

describe('captures made by the builder', () => {
  for (const [name, bytes] of examples)
    it(`captures/${name}`, () => {
      const path = `captures/${name}`;
      if (process.env.UPDATE_CAPTURES !== undefined) writeFileSync(path, bytes);
      expect(existsSync(path), `${path} is missing: UPDATE_CAPTURES=1 npx vitest run test/rules/pages.test.ts writes it`).toBe(
        true,
      );
      expect(Buffer.compare(readFileSync(path), bytes), `${path} is not what test/rules/examples.ts makes`).toBe(0);
    });
});

describe.each(catalogue.map((rule) => [rule.id, rule] as const))('page of %s', (id, rule) => {
  it('has the fixed headings', () => {
    const found = [...rule.page.matchAll(/^#+ .*$/gm)].map(([line]) => line);
    expect(found, `src/rules/${id}.md needs these headings in this order`).toEqual([
      `# ${id}`,
      ...HEADINGS.map((h) => `## ${h}`),
    ]);
  });

  it('explains every option', () => {
    const text = rule.page.slice(rule.page.indexOf('## Options'), rule.page.indexOf('## When it stays silent'));
    const missing = Object.keys(rule.options).filter((name) => !text.includes(`\`${name}\``));
    expect(missing, `src/rules/${id}.md, "Options", must explain these`).toEqual([]);
    for (const option of Object.values(rule.options)) expect(option.text).not.toBe('');
  });

  it('has an example that gives its headline', async () => {
    const example = exampleOf(rule.page);
    expect(
      example,
      `src/rules/${id}.md, "Example", needs a block: $ hopscope diagnose captures/NAME, then the headline`,
    ).not.toBeNull();
    if (example === null) return;
    const { files, topology, ifmap } = options(example.args);
    const run = await analyze({
      files: files.map((path) => ({ point: null, path })),
      topology,
      ifmap,
      decodeAs: [],
      filter: null,
      at: null,
      rules: { only: [], except: [], settings: [] },
    });
    const titles = run.findings.filter((f) => f.rule === id).map((f) => f.title);
    expect(titles, `the example of src/rules/${id}.md gives other headlines`).toContain(example.headline);
    for (const path of files)
      expect(existsSync(path.replace(/\.(pcap|pcapng)$/, '.md')), `${path} needs its recipe beside it, as .md`).toBe(true);
  });
});
