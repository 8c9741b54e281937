// The scaffold of a view, tried on a copy of the list of views.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const VIEWS = 'src/tui/views.ts';

it('npm run new:view writes a view and lists it, once', () => {
  const root = mkdtempSync(join(tmpdir(), 'hopscope-view-'));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/new-view.mjs', ...args], {
      env: { ...process.env, HOPSCOPE_ROOT: root },
      encoding: 'utf8',
    });
  try {
    mkdirSync(join(root, 'src', 'tui'), { recursive: true });
    const before = readFileSync(VIEWS, 'utf8');
    writeFileSync(join(root, VIEWS), before);
    for (const name of ['', 'Round', 'round_trips', 'flows']) {
      expect(run(name).status, name).toBe(2);
      expect(readFileSync(join(root, VIEWS), 'utf8')).toBe(before);
    }
    expect(run('round-trips').stdout).toContain('src/tui/round-trips/view.ts');
    const views = readFileSync(join(root, VIEWS), 'utf8');
    const added = views.split('\n').filter((line) => !before.split('\n').includes(line));
    expect(added).toEqual([
      "import { RoundTripsView } from './round-trips/view.js';",
      "  { name: 'round-trips', digit: '', title: 'Round trips', create: (ui) => new RoundTripsView(ui) },",
    ]);
    expect(readFileSync(join(root, 'src/tui/round-trips/view.ts'), 'utf8')).toContain('class RoundTripsView implements View');
    expect(run('round-trips').stderr).toContain('is already there');
  } finally {
    rmSync(root, { recursive: true });
  }
});
