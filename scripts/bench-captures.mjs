// The captures that speed is measured on. They are made in .bench/ when they are not there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';

/** Path of a capture of so many frames; scripts/generate-capture.mjs says what the shapes are. */
export function pinned(shape, frames) {
  const file = `.bench/${shape}-${frames}.pcap`;
  mkdirSync('.bench', { recursive: true });
  if (!existsSync(file))
    spawnSync(process.execPath, ['scripts/generate-capture.mjs', file, '--frames', String(frames), '--shape', shape], {
      stdio: 'inherit',
    });
  return file;
}
