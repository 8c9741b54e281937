// A folder that nobody else can look into, for what is unpacked. It goes with the process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onDeath } from './on-death.js';

export function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-'));
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', clean);
  onDeath(clean);
  return folder;
}
