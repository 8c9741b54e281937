// The package as npm packs it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** Packs what was built into a folder. */
export function packInto(folder: string): Packed {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const cwd = resolve(import.meta.dirname, '..');
  const told = JSON.parse(execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as
    | Packed[]
    | Record<string, Packed>;
  return Object.values(told)[0]!;
}

/** Puts the packed package into a folder node_modules, without what it depends on. */
export function unpackInto(modules: string): void {
  const folder = mkdtempSync(join(modules, '.packed-'));
  execFileSync('tar', ['-xzf', join(folder, packInto(folder).filename), '-C', folder]);
  renameSync(join(folder, 'package'), join(modules, 'hopscope'));
  rmSync(folder, { recursive: true });
}
