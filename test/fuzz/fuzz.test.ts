// A short, bounded run of the fuzzer: the same command as a long one (docs/fuzzing.md).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Registry } from '../../src/dissect/registry.js';
import * as makers from '../attack/floods.js';
import { times } from '../thorough.js';
import { minimised } from './minimise.js';
import { FileMutator } from './mutate-file.js';
import { FrameMutator } from './mutate-frame.js';
import { Random } from './random.js';
import { loadSeeds } from './seeds.js';
import { mutateText, TEXTS } from './target-text.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the fuzzer', () => {
  it('finds nothing in what it tries first', { timeout: 300_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-fuzz-test-'));
    try {
      const json = join(folder, 'summary.json');
      const share = times(1, 8);
      const counts = ['--frames', `${share * 5000}`, '--files', `${share * 40}`, '--texts', `${share * 175}`];
      // The time is a bound against hanging: what is tried is the same on every machine.
      const bounds = [...counts, '--seconds', '200', '--seed', '1'];
      const run = spawnSync(process.execPath, ['scripts/fuzz.mjs', ...bounds, '--json', json, '--found', folder], {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: 280_000,
      });
      expect(run.error).toBeUndefined();
      expect(run.stderr).toBe('');
      expect(run.status, run.stdout).toBe(0);
      const summary = JSON.parse(readFileSync(json, 'utf8')) as Record<string, number> & { rules: object; views: object };
      expect(summary.crashes).toBe(0);
      // A part of everything was done, and most of the code that packets can reach was reached.
      expect(summary.frames).toBeGreaterThan(500);
      expect(summary.files).toBeGreaterThan(10);
      expect(summary.texts).toBeGreaterThan(20);
      expect(Object.keys(summary.rules).length).toBeGreaterThan(20);
      expect(summary.blocks).toBeGreaterThan(0.45 * summary.of);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a seed', async () => {
  const seeds = await loadSeeds(ROOT);
  const frames = seeds.sessions.flatMap((s) => s.frames);
  const registry = new Registry(dissectors);

  it('makes the same frames, files and texts again', () => {
    const made = (seed: number): string[] => {
      const random = new Random(seed);
      const mutator = new FrameMutator(registry, random);
      const files = new FileMutator(random, seeds.files, () => random.of(frames));
      return Array.from({ length: 200 }, (_, n) => {
        const { bytes, linkType, wireLength } = mutator.mutate(random.of(frames), random.of(frames));
        const file = Buffer.from(files.next().bytes).toString('base64');
        return `${linkType} ${wireLength} ${Buffer.from(bytes).toString('hex')} ${file} ${mutateText(TEXTS[n % 5], seeds.filters, random)}`;
      });
    };
    expect(made(7)).toEqual(made(7));
    expect(made(7)).not.toEqual(made(8));
  });

  it('has frames of every protocol', () => {
    const ids = new Set<string>();
    for (const { bytes, linkType } of [...frames, ...seeds.corpus]) ids.add(`${linkType} ${bytes.length}`);
    expect(ids.size).toBeGreaterThan(100);
    expect(seeds.filters.length).toBeGreaterThan(100);
    expect(seeds.expectations.length).toBeGreaterThan(3);
    expect(seeds.imports.length).toBeGreaterThan(3);
  });

  it('has sweeps and floods, which are made and not stored', () => {
    const floods = seeds.sessions.filter(({ name }) => name.startsWith('flood: '));
    const names = floods.map(({ name }) => name.slice('flood: '.length));
    // Not the frames of SLL2, nor the faults that floods hide.
    const made = Object.keys(makers).filter((name) => !/^(pcapAt|sweep|silentNeighbour|silentServer|SLL2|routesOf)$/.test(name));
    expect(names.sort()).toEqual(made.sort());
    for (const { frames: played } of floods) expect(played.length).toBe(400);
  });
});

describe('an input that fails', () => {
  it('is made small', async () => {
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => i & 0xff);
    const small = await minimised(bytes, async (b) => b.includes(0x77));
    expect([...small]).toEqual([0x77]);
    expect(bytes[0x77]).toBe(0x77);
  });
});
