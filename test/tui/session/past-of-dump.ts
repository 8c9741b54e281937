// Fields as `dump -T fields` prints them: it reads all packets in their order.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const CLI = process.env['HOPSCOPE_CLI'] ?? resolve(import.meta.dirname, '..', '..', '..', 'dist', 'cli.js');

/** By packet, the values of `fields`. */
export async function readDump(path: string, fields: readonly string[]): Promise<string[][]> {
  const args = ['dump', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const text = execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}
