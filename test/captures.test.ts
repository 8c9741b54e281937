// Every bundled capture has its recipe beside it: who took it, where, when, with what, and what is in it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));
const recipeOf = (name: string) => `captures/${name.replace(/\.\w+$/, '')}.md`;

/** The sentence on where the bytes come from, without the licence that ends it. */
const PROVENANCE = /^Provenance: (.+)\. Licence: MIT, as all of hopscope\.$/m;
const CAPTURED =
  /^captured (\d{4}-\d\d-\d\d \d\d:\d\d) UTC with (tcpdump|dumpcap) [\d.]+ (\(libpcap [\d.]+\) )?in the lab named above/;
const BUILT = /^written by `UPDATE_CAPTURES=1 npx vitest run (test\/[\w/.-]+)` from the frames in `(test\/[\w/.-]+)`/;
const DERIVED = /^derived from `([\w.-]+)` by the command above/;

interface Infos {
  readonly captures: readonly { readonly file: string; readonly first: string | null }[];
}
const { stdout: told } = spawnSync(
  process.execPath,
  ['dist/cli.js', 'info', ...captures.map((name) => `captures/${name}`), '-f', 'json'],
  { encoding: 'utf8', maxBuffer: 1 << 28 },
);
const infos = new Map((JSON.parse(told) as Infos).captures.map((info) => [info.file, info]));

/** `2026-11-21 04:25`, UTC, of the first frame. */
const start = (name: string): string => (infos.get(`captures/${name}`)?.first ?? '').slice(0, 16).replace('T', ' ');

it.each(captures)('captures/%s says where its bytes come from', (name) => {
  const recipe = recipeOf(name);
  expect(existsSync(recipe), `${recipe} is missing: say how ${name} was made`).toBe(true);
  const text = readFileSync(recipe, 'utf8');
  expect(text).toContain(`# ${name}`);
  const [, source] = PROVENANCE.exec(text) ?? [];
  expect(source, `${recipe}: the line "Provenance: ... Licence: ..." is missing`).toBeDefined();
  const captured = CAPTURED.exec(source!);
  const built = BUILT.exec(source!);
  const derived = DERIVED.exec(source!);
  if (captured !== null) {
    const [, when, tool] = captured;
    expect(text, 'the command is missing').toMatch(new RegExp(`\`${tool} -i \\S+`));
    expect(text, 'the kind of network is missing').toMatch(/Linux network namespaces/i);
    expect(start(name), 'the date is not that of the frames').toBe(when);
  } else if (built !== null) {
    expect(existsSync(built[1]!)).toBe(true);
    expect(readFileSync(built[2]!, 'utf8'), `${built[2]} does not make ${name}`).toMatch(
      new RegExp(`['"]${name.replace('.', '\\.')}['"]|['"]?${name.replace(/\.\w+$/, '')}['"]?`),
    );
  } else {
    expect(derived, `${recipe}: neither captured, nor written by a test, nor derived`).not.toBeNull();
    expect(captures).toContain(derived![1]);
    expect(text, 'the command is missing').toMatch(new RegExp(`^ {4}\\S.*${derived![1]}.*${name}`, 'm'));
  }
});

it('every recipe has its capture', () => {
  const recipes = readdirSync('captures').filter((name) => name.endsWith('.md'));
  expect(recipes.map((name) => `captures/${name}`).sort()).toEqual(captures.map(recipeOf).sort());
});
