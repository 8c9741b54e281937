// Compressed captures that end oddly, for every command that reads one: what is there is read, and nothing waits for what never comes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loaded } from '../cli/loaded.js';
import { file, folder, ROOT } from './help.js';

const PACKED = gzipSync(readFileSync(join(ROOT, 'captures/native-missing-route.pcap')));
const whole = file('whole.pcap.gz', PACKED);
const padded = file('padded.pcap.gz', Buffer.concat([PACKED, Buffer.alloc(1)]));
const trailed = file('trailed.pcap.gz', Buffer.concat([PACKED, Buffer.from('# the end\n')]));
const cut = file('cut.pcap.gz', PACKED.subarray(0, PACKED.length - 4));

const COMMANDS: readonly (readonly [string, (path: string) => string[]])[] = [
  ['diagnose', (path) => ['diagnose', path]],
  ['verify', (path) => ['verify', file('odd.yaml', 'version: 1\nname: o\nexpect:\n  - where: ip\n'), '--capture', `a=${path}`]],
  ['flows', (path) => ['flows', path]],
  ['dump', (path) => ['dump', path]],
  ['info', (path) => ['info', path]],
  ['follow', (path) => ['follow', path, 'tcp']],
  ['diff', (path) => ['diff', path, path]],
  ['record', (path) => ['record', path]],
  ['export', (path) => ['export', path, '--overwrite', '--parquet', 'odd']],
  ['sql', (path) => ['sql', 'SELECT count(*) FROM packets', path]],
];

const hopscope = loaded(() => ({ cwd: folder(), env: { HOPSCOPE_WORKERS: '0' } }));

describe.each(COMMANDS)('%s', (_, args) => {
  const run = (path: string) => hopscope(...args(path));
  const plain = (text: string) => text.replaceAll(/(whole|padded|trailed|cut)/g, 'X').replaceAll(/\(?[\d.]+ m?s\)?/g, '');

  it('reads what stands before padding as if there was none', async () => {
    const [a, b] = [await run(whole), await run(padded)];
    expect(b.code).toBe(a.code);
    expect(b.stderr.replaceAll('padded', 'whole')).toBe(a.stderr);
    if (args !== COMMANDS[4]![1]) expect(plain(b.stdout)).toBe(plain(a.stdout));
  });

  it.each([
    ['other bytes', trailed],
    ['a break', cut],
  ])('says that there is %s, and leaves nothing behind', async (_, path) => {
    const { code, stdout, stderr } = await run(path);
    expect(code, stderr).toBe(4);
    expect(stdout + stderr).toMatch(/after\s+the\s+end\s+of\s+the\s+gzip|breaks\s+off/);
    expect(readdirSync(folder()).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a packed text that breaks off', () => {
  it.each([10, 400, 40_000])('%i lines: what was printed before is read', async (count) => {
    const line = (i: number): string =>
      `12:00:${String(Math.floor(i / 1000) % 60).padStart(2, '0')}.${String(i % 1000).padStart(3, '0')}000 IP 10.0.1.5.${1024 + i} > 10.0.2.5.53: UDP, length ${i % 50}\n`;
    const packed = gzipSync(Array.from({ length: count }, (_, i) => line(i)).join(''), { level: 0 });
    const path = file(`text${count}.gz`, packed.subarray(0, packed.length - 100));
    const { code, stdout, stderr } = await hopscope('dump', path);
    expect(code).toBe(4);
    expect(stderr).toContain('breaks off');
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(count - 4);
  });
});
