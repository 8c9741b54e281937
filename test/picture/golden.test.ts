// The pictures of every bundled capture, as text, Mermaid and SVG: looked at by a person, and then kept. UPDATE_PICTURES=1 makes them anew.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import type { Picture } from '../../src/picture/model.js';
import { paintMermaid } from '../../src/picture/paint/mermaid.js';
import { paintSvg } from '../../src/picture/paint/svg.js';
import { paintText } from '../../src/picture/paint/text.js';
import { causes } from '../../src/report/causes.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN } from '../main/options.js';
import { oddities } from './mermaid.js';

const GOLDEN = 'test/picture/golden';
const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));
const UPDATE = process.env.UPDATE_PICTURES === '1';
/** Root causes of a capture that are kept. */
const SOME = 2;

if (UPDATE) {
  rmSync(GOLDEN, { recursive: true, force: true });
  mkdirSync(GOLDEN, { recursive: true });
}

function picturesOf(run: Run): { readonly name: string; readonly picture: Picture }[] {
  const { pictures } = run;
  if (pictures === undefined) throw new Error('the run has no pictures');
  const shown = causes(run).filter(({ kind }) => kind === 'fault' || kind === 'open');
  const all = shown.slice(0, SOME).flatMap(({ finding: { id } }, i) => [
    { name: `ladder${i}`, picture: pictures.ladder(id) },
    { name: `map${i}`, picture: pictures.map(id) },
    { name: `timeline${i}`, picture: pictures.timeline(id) },
  ]);
  all.push({ name: 'map', picture: pictures.map(null) });
  return all.flatMap(({ name, picture }) => (picture === null ? [] : [{ name, picture }]));
}

const goldenOf = (file: string, text: string): string => {
  const path = `${GOLDEN}/${file}`;
  if (UPDATE) writeFileSync(path, text);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

it.each(captures)('%s', async (name) => {
  const base = name.replace(/\.\w+$/, '');
  const own = `captures/${base}.topology.yaml`;
  const run = await analyze({
    ...PLAIN,
    files: [{ point: null, path: `captures/${name}` }],
    topology: existsSync(own) ? [own] : [],
    workers: 0,
  });
  const all = picturesOf(run);
  for (const { name: title, picture } of all) expect(oddities(paintMermaid(picture)), title).toEqual([]);
  const text = all.flatMap(({ name: title, picture }) => [
    `--- ${title}: ${picture.title}`,
    ...(paintText(picture, { width: 140 }) ?? ['(wider than 140 columns)']),
    '',
    ...paintMermaid(picture),
    '',
  ]);
  expect(`${text.join('\n')}\n`).toBe(goldenOf(`${base}.txt`, `${text.join('\n')}\n`));
  for (const { name: title, picture } of all.slice(0, 2)) {
    const svg = paintSvg(picture, { id: `${base}-${title}`, standalone: true });
    expect(svg).toBe(goldenOf(`${base}.${title}.svg`, svg));
  }
});

it('no picture is kept of a capture that is gone', () => {
  const known = new Set(captures.map((name) => name.replace(/\.\w+$/, '')));
  expect(readdirSync(GOLDEN).filter((file) => !known.has(file.split('.')[0]!))).toEqual([]);
});
