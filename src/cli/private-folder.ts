// A folder that nobody else can look into, for what is unpacked. It goes with the process.
import { rmSync } from 'node:fs';
import { temporaryFolder } from '../main/temporary-folder.js';
import { onDeath } from './on-death.js';

export function privateFolder(): string {
  const folder = temporaryFolder('hopscope-');
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', clean);
  onDeath(clean);
  return folder;
}
