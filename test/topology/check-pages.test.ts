// The pages of what only a topology shows: their headings, and their examples, which are run.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkRun } from '../../src/main/topology-check.js';
import { catalogue, topologyRules } from '../../src/rules/index.js';
import { readTopology } from '../../src/topology/read.js';

const HEADINGS = ['What it says', 'Why it matters', 'Example', 'What to do', 'Options', 'When it stays silent'];

it('no id is that of a rule, and all findings of a check have a page', () => {
  const known = new Set(catalogue.map(({ id }) => id));
  for (const { id } of topologyRules) expect(known.has(id), id).toBe(false);
  const ids = new Set([...known, ...topologyRules.map(({ id }) => id)]);
  const sources = ['check', 'paths', 'breaks', 'links', 'tunnels', 'passing', 'firewall', 'outer', 'gateways'].map((name) =>
    readFileSync(`src/topology/check/${name}.ts`, 'utf8'),
  );
  const said = sources.flatMap((text) => [...text.matchAll(/rule: '([a-z-]+)'/g)].map(([, id]) => id));
  expect(said.length).toBeGreaterThan(15);
  for (const id of said) expect(ids.has(id), `${id} has no page`).toBe(true);
});

describe.each(topologyRules.map((rule) => [rule.id, rule] as const))('page of %s', (id, rule) => {
  it('has the fixed headings, a title and a hint', () => {
    expect([...rule.page.matchAll(/^#+ .*$/gm)].map(([line]) => line)).toEqual([`# ${id}`, ...HEADINGS.map((h) => `## ${h}`)]);
    expect(existsSync(`src/rules/${id}.md`)).toBe(true);
    expect(rule.title).toMatch(/^[A-Z].{5,99}$/);
    expect(rule.hint).toMatch(/\.$/);
  });

  it('has an example that gives its headline', () => {
    const match = /^\$ hopscope topology check -t (\S+)\n(.+)$/m.exec(rule.page);
    expect(match, `src/rules/${id}.md needs an example`).not.toBeNull();
    const [, path, headline] = match as RegExpExecArray;
    const run = checkRun(readTopology([{ name: path, text: readFileSync(path, 'utf8') }]), [path]);
    const found = run.findings.filter(({ rule }) => rule === id);
    expect(found.map(({ title }) => title)).toContain(headline);
    expect(found[0].severity).toBe(rule.severity);
  });
});
