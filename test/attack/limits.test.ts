// The page of limits is the code's: every figure, and no bound is missing.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, ethernet, file, hopscope, ipv4, pcap, ROOT } from './help.js';

const page = readFileSync(join(ROOT, 'docs/limits.md'), 'utf8');

/** `64 * 1024`, `1 << 20`, `0xffff`, `120_000`, `MAX_RECORD + 64 * 1024`. */
function evaluate(text: string, known: ReadonlyMap<string, number>): number {
  const sum = text.split('+').map((part) => {
    const [shifted, by] = part.split('<<').map((factors) =>
      factors.split('*').reduce((product, factor) => {
        const word = factor.trim().replaceAll('_', '');
        return product * (known.get(factor.trim()) ?? Number(word));
      }, 1),
    );
    return by === undefined ? shifted : shifted * 2 ** by;
  });
  return sum.reduce((a, b) => a + b, 0);
}

/** `128 MiB + 64 KiB`, `65 536`, `1000 of each`. */
function figure(text: string): number {
  const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 2 ** 20, GiB: 2 ** 30, Mi: 2 ** 20 };
  return text.split('+').reduce((sum, part) => {
    const match = /^\s*([\d ]+\d|\d)\s*(KiB|MiB|GiB|Mi)?\b/.exec(part);
    if (match === null) throw new Error(`${text} is no figure`);
    return sum + Number(match[1].replaceAll(' ', '')) * (units[match[2]] ?? 1);
  }, 0);
}

const rows = [...page.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \| `([\w./-]+)` `(\w+)` \|$/gm)].map(
  ([, what, bound, , path, name]) => ({
    what,
    bound,
    path,
    name,
  }),
);

const constants = new Map<string, number>();
const names = new Map<string, number>();
const sources = [...files('src'), ...files('dissectors')];
for (const pass of [1, 2])
  for (const path of sources)
    for (const [, name, value] of readFileSync(join(ROOT, path), 'utf8').matchAll(
      /^\s*(?:export )?(?:static readonly )?const ([A-Z][A-Z_]+)(?:: number)? = ([\w. *<+]+);/gm,
    )) {
      const number = evaluate(value, names);
      if (Number.isNaN(number)) continue;
      constants.set(`${path} ${name}`, number);
      if (pass === 1) names.set(name, number);
    }

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name}`);
}

describe('docs/limits.md', () => {
  it('has rows, and the code has constants', () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(constants.size).toBeGreaterThan(200);
  });
  it.each(rows.map((row) => [`${row.path} ${row.name}`, row] as const))('%s', (key, { bound }) => {
    expect(constants.has(key), `${key} is not in the code any more: correct docs/limits.md`).toBe(true);
    expect(figure(bound), `docs/limits.md says ${bound}`).toBe(constants.get(key));
  });
  it('every bound in the code has a row', () => {
    const told = new Set(rows.map(({ path, name }) => `${path} ${name}`));
    // A subtype of LLDP is called so.
    told.add('dissectors/lldp.ts MAX_FRAME');
    // The terminal UI has many that are of its screens only; those that cut what a user sees of a capture are on the page.
    const missing = [...constants.keys()].filter(
      (key) => /^(?!src\/tui\/).* (MAX_\w+|\w*LARGEST\w*|LIMIT|BOMB_\w+|ZSTD_WINDOW|\w+_WITHIN_NS)$/.test(key) && !told.has(key),
    );
    expect(missing, 'add a row for each to docs/limits.md').toEqual([]);
  });
  it('names only settings that there are', () => {
    const set = readFileSync(join(ROOT, 'src/cli/options.ts'), 'utf8');
    for (const [, name] of page.matchAll(/^\| `(HOPSCOPE_\w+)` \|/gm)) expect(set).toContain(name);
  });
});

describe('HOPSCOPE_CONVERSATIONS', () => {
  const frames = Array.from({ length: 3000 }, (_, n) =>
    ethernet(0x0800, ipv4(17, Uint8Array.of(n >> 8, n & 255, 0, 9, 0, 8, 0, 0))),
  );
  const path = file('many.pcap', pcap(frames));
  const told = (value: string): { status: number | null; err: string; flows: number } => {
    const { status, err, out } = hopscope(['flows', path, '-f', 'json'], { env: { HOPSCOPE_CONVERSATIONS: value } });
    return { status, err, flows: status === 0 || status === 3 ? (JSON.parse(out) as { flows: unknown[] }).flows.length : 0 };
  };
  it('bounds what is kept, and it is said', () => {
    expect(told('')).toMatchObject({ status: 0, flows: 3000, err: '' });
    const few = told('1000');
    expect(few).toMatchObject({ status: 3, flows: 1000 });
    expect(few.err).toMatch(/2000 older conversations had to be forgotten/);
  });
  it.each(['0', '999', 'many', '1e9', '-1'])('%s is refused', (value) => {
    expect(told(value)).toMatchObject({ status: 2 });
  });
});

it('the command line starts', () => {
  expect(spawnSync(process.execPath, [CLI, '--version'], { encoding: 'utf8' }).stdout).toMatch(/^hopscope \d/);
});
